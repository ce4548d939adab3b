/// Takes what a `LogReader` reads, line by line in the order of the log.
package protocol LogSink {
  /// `text` holds the places of the record; both are good during the call only.
  mutating func netfilter(_ record: LogRecord, _ text: borrowing Span<UInt8>)
  mutating func kernel(_ message: KernelMessage)
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
    /// Lines that have netfilter fields and cannot be read, or are longer than `maximumLine`.
    package var notUnderstood = 0
    /// Everything else.
    package var other: Int { lines - netfilter - kernel - notUnderstood }
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
    var bytes = bytes
    if !carry.isEmpty || carryIsCut {
      guard let end = bytes.firstIndex(of: 0x0a) else { return keep(bytes) }
      keep(bytes[..<end])
      finishLine(into: &sink)
      bytes = bytes[(end + 1)...]
    }
    // Lines that end close to the chunk's end have no margin behind them: they are read from a copy.
    guard let last = bytes.lastIndex(of: 0x0a) else { return keep(bytes) }
    var inPlace = bytes.startIndex
    if bytes.endIndex - bytes.startIndex > LineCursor.margin,
      let safe = bytes[..<(bytes.endIndex - LineCursor.margin)].lastIndex(of: 0x0a)
    {
      inPlace = safe + 1
      scan(bytes[..<inPlace], into: &sink, isCut: false)
    }
    if inPlace <= last {
      var copy = Array(bytes[inPlace...last])
      let count = copy.count
      copy.append(contentsOf: repeatElement(0, count: LineCursor.margin))
      scan(copy[..<count], into: &sink, isCut: false)
    }
    keep(bytes[(last + 1)...])
  }

  /// Reads a last line that has no line feed. Also to be called between two logs.
  package mutating func finish(into sink: inout some LogSink) {
    if !carry.isEmpty || carryIsCut { finishLine(into: &sink) }
  }

  private mutating func keep(_ bytes: ArraySlice<UInt8>) {
    let room = Self.maximumLine - carry.count
    if bytes.count > room { carryIsCut = true }
    carry.append(contentsOf: bytes.prefix(room))
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
    let count = lines.count
    guard count > 0 else { return }
    unsafe lines.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      let text = unsafe Span(_unsafeElements: buffer)
      // The slice ends with a line feed, and its storage goes on for the margin.
      var cursor = unsafe LineCursor(base: UnsafeRawPointer(start), at: 0)
      // A record of the function's own is handed over without a copy.
      var record = LogRecord()
      while cursor.at < count { line(&cursor, text, &record, into: &sink, isCut: isCut) }
    }
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
      other(cursor, record, isProgram: true, into: &sink)
      cursor.skipToLineEnd()
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
      if origin == .kernel { other(message, record, isProgram: false, into: &sink) }
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
      case .nothing: other(message, record, isProgram: false, into: &sink)
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

  @inline(never)
  private mutating func other(
    _ cursor: LineCursor, _ record: LogRecord, isProgram: Bool, into sink: inout some LogSink
  ) {
    let message = isProgram ? KernelMessage.daemonNote(cursor, record) : KernelMessage.read(cursor, record)
    guard let message else { return }
    counts.kernel += 1
    timeBase = record.timeBase
    sink.kernel(message)
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
