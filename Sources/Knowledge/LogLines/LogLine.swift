import PacketLogs

/// Explains one pasted line of a log: of the packet filter, of the kernel, or of a server that the FAQ speaks of.
enum LogLine {
  /// Longer lines are cut.
  static let maximumLength = 1 << 16

  static func explain(_ line: String) -> Answer {
    var bytes = Array(line.utf8.prefix(maximumLength)).map { $0 == 0x0a ? 0x20 : $0 }
    bytes.append(0x0a)
    var reader = LogReader()
    var sink = Sink()
    reader.consume(bytes[...], into: &sink)
    reader.finish(into: &sink)
    if let event = sink.event {
      return Answer(subject: "netfilter log line", topics: NetfilterEventGuide.topics(event))
    }
    if let message = sink.message {
      return Answer(subject: "kernel message", topics: [KernelMessageGuide.topic(message)])
    }
    let topics = ServerLogGuide.topics(line)
    if !topics.isEmpty { return Answer(subject: "server log line", topics: topics) }
    let problem =
      reader.counts.notUnderstood > 0
      ? "this looks like a netfilter line, but it cannot be read"
      : "this is no line of the packet filter, and of no server that is known here"
    return Answer(
      subject: "log line", topics: [], suggestions: ["log 'IN=eth0 OUT= SRC=… DST=… PROTO=…'"], problem: problem)
  }

  private struct Sink: LogSink {
    var event: LogEvent?
    var message: KernelMessage?

    mutating func netfilter(_ record: LogRecord, _ text: borrowing Span<UInt8>) {
      event = event ?? LogEvent(record, text)
    }

    mutating func kernel(_ message: KernelMessage) { self.message = self.message ?? message }
  }
}
