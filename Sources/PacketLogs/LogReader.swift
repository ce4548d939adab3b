/// Takes what a `LogReader` reads, line by line in the order of the log.
package protocol LogSink {
  /// `text` holds the places of the record; both are good during the call only.
  mutating func netfilter(_ record: LogRecord, _ text: borrowing Span<UInt8>)
  mutating func kernel(_ message: KernelMessage)
  /// A line of a server that may be one of those the knowledge base speaks of (`ServerLine.mayTell`), whole and cut to
  /// 2,000 bytes; `timeBase` none: the time is inside. True when it is one.
  mutating func server(_ line: ServerLine) -> Bool
}

extension LogSink {
  package mutating func server(_ line: ServerLine) -> Bool { false }
}

/// A line that could not be read.
package struct LogSample: Hashable, Sendable {
  package var line: Int
  /// Cut to 300 bytes; as untrusted as the log.
  package var text: String
}

/// Reads logs from chunks of bytes. It keeps at most one line (`maximumLine` bytes) between chunks, so that memory does
/// not grow with the log; the result does not depend on where the chunks are cut.
package struct LogReader: Sendable {
  package struct Counts: Hashable, Sendable {
    package var lines = 0
    package var netfilter = 0
    /// Messages of the kernel or of log daemons that are recognised.
    package var kernel = 0
    /// Lines of servers that are explained.
    package var server = 0
    /// Lines that have netfilter fields and cannot be read, or are longer than `maximumLine`.
    package var notUnderstood = 0
    /// Everything else.
    package var other: Int { lines - netfilter - kernel - server - notUnderstood }
  }

  /// What is longer is not a LOG line: the kernel's lines have less than 1 KiB.
  package static let maximumLine = 1 << 16
  private static let maximumSamples = 5

  package private(set) var counts = Counts()
  /// The first lines that were not understood.
  package private(set) var samples: [LogSample] = []
  /// The base of the last time read.
  package private(set) var timeBase = TimeBase.none

  private var head = LineHead()
  private var carry: [UInt8] = []
  private var carryIsCut = false

  package init() {}

  /// Reads the next bytes of the log.
  package mutating func consume(_ bytes: ArraySlice<UInt8>, into sink: inout some LogSink) {
    unsafe bytes.withUnsafeBufferPointer { buffer in unsafe consume(buffer, into: &sink) }
  }

  /// The same without a copy.
  package mutating func consume(_ bytes: borrowing Span<UInt8>, into sink: inout some LogSink) {
    unsafe bytes.withUnsafeBufferPointer { buffer in unsafe consume(buffer, into: &sink) }
  }

  private mutating func consume(_ bytes: UnsafeBufferPointer<UInt8>, into sink: inout some LogSink) {
    var start = 0
    if !carry.isEmpty || carryIsCut {
      guard let end = unsafe bytes.firstIndex(of: 0x0a) else { return unsafe keep(bytes[...]) }
      unsafe keep(bytes[..<end])
      finishLine(into: &sink)
      start = end + 1
    }
    // Lines that end close to the chunk's end have no margin behind them: they are read from a copy.
    guard let last = unsafe bytes[start...].lastIndex(of: 0x0a) else { return unsafe keep(bytes[start...]) }
    var inPlace = start
    if bytes.count - start > LineCursor.margin,
      let safe = unsafe bytes[start..<(bytes.count - LineCursor.margin)].lastIndex(of: 0x0a)
    {
      inPlace = safe + 1
      unsafe scan(UnsafeBufferPointer(rebasing: bytes[start..<inPlace]), into: &sink, isCut: false)
    }
    if inPlace <= last {
      var copy = unsafe Array(bytes[inPlace...last])
      let count = copy.count
      copy.append(contentsOf: repeatElement(0, count: LineCursor.margin))
      scan(copy[..<count], into: &sink, isCut: false)
    }
    unsafe keep(bytes[(last + 1)...])
  }

  /// Takes what a reader has read of the lines that follow those of this one: the result is as if one had read both,
  /// where each part begins and ends with a line. The seconds that yearless times of the later part are too small by.
  package mutating func append(_ later: LogReader) -> Double {
    for sample in later.samples where samples.count < Self.maximumSamples {
      samples.append(LogSample(line: sample.line + counts.lines, text: sample.text))
    }
    counts.lines += later.counts.lines
    counts.netfilter += later.counts.netfilter
    counts.kernel += later.counts.kernel
    counts.server += later.counts.server
    counts.notUnderstood += later.counts.notUnderstood
    if later.timeBase != .none { timeBase = later.timeBase }
    return head.continued(by: later.head)
  }

  /// Reads a last line that has no line feed. Also to be called between two logs.
  package mutating func finish(into sink: inout some LogSink) {
    if !carry.isEmpty || carryIsCut { finishLine(into: &sink) }
  }

  private mutating func keep(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    let room = Self.maximumLine - carry.count
    if unsafe bytes.count > room { carryIsCut = true }
    unsafe carry.append(contentsOf: bytes.prefix(room))
  }

  private mutating func finishLine(into sink: inout some LogSink) {
    let isCut = carryIsCut
    var line = carry
    carry.removeAll(keepingCapacity: true)
    carryIsCut = false
    line.append(0x0a)
    let count = line.count
    line.append(contentsOf: repeatElement(0, count: LineCursor.margin))
    scan(line[..<count], into: &sink, isCut: isCut)
  }

  /// Reads whole lines. `LineCursor.margin` bytes behind `lines` belong to the same storage.
  private mutating func scan(_ lines: ArraySlice<UInt8>, into sink: inout some LogSink, isCut: Bool) {
    unsafe lines.withUnsafeBufferPointer { buffer in unsafe scan(buffer, into: &sink, isCut: isCut) }
  }

  private mutating func scan(_ buffer: UnsafeBufferPointer<UInt8>, into sink: inout some LogSink, isCut: Bool) {
    let count = buffer.count
    guard count > 0, let start = buffer.baseAddress else { return }
    let text = unsafe Span(_unsafeElements: buffer)
    // The slice ends with a line feed, and its storage goes on for the margin.
    var cursor = unsafe LineCursor(base: UnsafeRawPointer(start), at: 0)
    // A record of the function's own is handed over without a copy.
    var record = LogRecord()
    while cursor.at < count { line(&cursor, text, &record, into: &sink, isCut: isCut) }
  }

  @inline(__always) private mutating func line(
    _ cursor: inout LineCursor, _ text: borrowing Span<UInt8>, _ record: inout LogRecord,
    into sink: inout some LogSink, isCut: Bool
  ) {
    let start = cursor.at
    counts.lines &+= 1
    record.line = counts.lines
    cursor.failed = false
    if cursor.byte() == 0x7b {
      journal(&cursor, into: &sink)
      return
    }
    let origin = head.read(&cursor, into: &record)
    if origin == .program {
      let message = cursor
      cursor.skipToLineEnd()
      if !other(message, record, isProgram: true, into: &sink), ServerLine.mayTell(message) {
        server(message, record, start, into: &sink)
      }
      cursor.at &+= 1
      return
    }
    let message = cursor
    record.reset()
    let found = NetfilterLine.read(&cursor, into: &record)
    if found == .netfilter, !isCut, cursor.at &- start <= Self.maximumLine {
      cursor.skipToLineEnd()
      cursor.at &+= 1
      counts.netfilter &+= 1
      timeBase = record.timeBase
      sink.netfilter(record, text)
      return
    }
    cursor.at = message.at
    cursor.skipToLineEnd()
    let length = cursor.at &- start
    cursor.at &+= 1
    if length > Self.maximumLine, !isCut { return overlong(message, length, start, into: &sink) }
    if found == .nothing {
      if origin == .kernel || message.half() == bytes4("T", "c", "p", "E") {
        _ = other(message, record, isProgram: false, into: &sink)
      } else if ServerLine.mayTell(message) {
        server(message, record, start, into: &sink)
      }
    } else {
      notUnderstood(message, start)
    }
  }

  /// A line that starts with a brace: one entry of journalctl -o json. The record's places are in a copy of the message.
  @inline(never) private mutating func journal(_ cursor: inout LineCursor, into sink: inout some LogSink) {
    let start = cursor.at
    cursor.skipToLineEnd()
    let length = cursor.at - start
    defer { cursor.at = start + length + 1 }
    guard length <= Self.maximumLine, let entry = JournalLine(cursor.bytes(start..<start + length)[...]) else { return }
    var record = LogRecord()
    record.line = counts.lines
    record.time = entry.time
    record.timeBase = entry.timeBase
    record.host = ByteRange(lower: 0, count: entry.hostLength)
    var text = entry.bytes
    text.append(0x0a)
    text.append(contentsOf: repeatElement(0, count: LineCursor.margin))
    unsafe text.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      var inner = unsafe LineCursor(base: UnsafeRawPointer(base), at: entry.hostLength + 1)
      let message = inner
      guard entry.isKernel || entry.identifier == "ulogd" else {
        daemonNote(entry, message, record, into: &sink)
        return
      }
      record.reset()
      switch NetfilterLine.read(&inner, into: &record) {
      case .netfilter:
        counts.netfilter += 1
        timeBase = record.timeBase
        sink.netfilter(record, unsafe Span(_unsafeElements: buffer))
      case .unreadable: notUnderstood(message, message.at)
      case .nothing: _ = other(message, record, isProgram: false, into: &sink)
      }
    }
  }

  private mutating func daemonNote(
    _ entry: JournalLine, _ message: LineCursor, _ record: LogRecord, into sink: inout some LogSink
  ) {
    guard entry.identifier == "rsyslogd" || entry.identifier == "systemd-journald",
      let note = KernelMessage.suppressionNote(message, record)
    else { return }
    counts.kernel += 1
    sink.kernel(note)
  }

  private mutating func other(
    _ cursor: LineCursor, _ record: LogRecord, isProgram: Bool, into sink: inout some LogSink
  ) -> Bool {
    let message = isProgram ? KernelMessage.daemonNote(cursor, record) : KernelMessage.read(cursor, record)
    guard let message else { return false }
    counts.kernel += 1
    timeBase = record.timeBase
    sink.kernel(message)
    return true
  }

  @inline(never) private mutating func server(
    _ message: LineCursor, _ record: LogRecord, _ start: Int, into sink: inout some LogSink
  ) {
    var whole = message
    whole.at = start
    let line = ServerLine(
      line: counts.lines, time: record.time, timeBase: record.timeBase,
      text: whole.messageText(ServerLine.maximumLength))
    if sink.server(line) { counts.server += 1 }
  }

  @inline(never) private mutating func notUnderstood(_ message: LineCursor, _ start: Int) {
    counts.notUnderstood += 1
    guard samples.count < Self.maximumSamples else { return }
    var copy = message
    copy.at = start
    samples.append(LogSample(line: counts.lines, text: copy.messageText(300)))
  }

  /// A line longer than any LOG line, read whole: judged as it is when it comes in pieces.
  @inline(never) private mutating func overlong(
    _ message: LineCursor, _ length: Int, _ start: Int, into sink: inout some LogSink
  ) {
    var copy = message
    copy.at = start
    var line: [UInt8] = []
    line.reserveCapacity(Self.maximumLine + 1 + LineCursor.margin)
    for index in 0..<Self.maximumLine { line.append(copy.byte(index)) }
    line.append(0x0a)
    let count = line.count
    line.append(contentsOf: repeatElement(0, count: LineCursor.margin))
    counts.lines -= 1
    scan(line[..<count], into: &sink, isCut: true)
  }
}
