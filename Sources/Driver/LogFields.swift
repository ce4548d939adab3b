import Foundation
import PacketLogs

/// Reads every field of a log and nothing more, for the benchmark.
package enum LogFields {
  private struct Sink: LogSink {
    var count = 0
    var sum: UInt64 = 0
    mutating func netfilter(_ record: LogRecord, _ text: borrowing Span<UInt8>) {
      count &+= 1
      sum = sum &+ UInt64(truncatingIfNeeded: record.packet.source) &+ UInt64(record.packet.destinationPort)
    }
    mutating func kernel(_ message: KernelMessage) { count &+= 1 }
  }

  /// The lines read; 0 when the file cannot be read.
  package static func read(_ path: String) -> Int {
    guard let handle = FileHandle(forReadingAtPath: path) else { return 0 }
    var reader = LogReader()
    var sink = Sink()
    while let data = try? handle.read(upToCount: 1 << 20), !data.isEmpty { reader.consume(data.span, into: &sink) }
    reader.finish(into: &sink)
    return sink.count
  }
}
