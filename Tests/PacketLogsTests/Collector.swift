import PacketLogs

/// Keeps everything that a reader gives.
struct Collector: LogSink {
  var events: [LogEvent] = []
  var messages: [KernelMessage] = []

  mutating func netfilter(_ record: LogRecord, _ text: borrowing Span<UInt8>) {
    events.append(LogEvent(record, text))
  }
  mutating func kernel(_ message: KernelMessage) { messages.append(message) }
}

/// Reads a text in chunks of a size.
func read(_ bytes: [UInt8], chunk: Int = 1 << 16) -> (collector: Collector, reader: LogReader) {
  var reader = LogReader()
  var collector = Collector()
  var start = 0
  while start < bytes.count {
    let end = min(start + chunk, bytes.count)
    reader.consume(bytes[start..<end], into: &collector)
    start = end
  }
  reader.finish(into: &collector)
  return (collector, reader)
}

func read(_ text: String, chunk: Int = 1 << 16) -> (collector: Collector, reader: LogReader) {
  read(Array(text.utf8), chunk: chunk)
}
