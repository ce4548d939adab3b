/// What stands before the message: syslog's, journald's or dmesg's time, host and tag.
struct LineHead {
  enum Origin {
    /// The kernel's message starts at the cursor.
    case kernel
    /// No tag: may be a LOG line (ulogd's LOGEMU, a bare message), may be anything.
    case untagged
    /// Another program's line.
    case program
  }

  // The last RFC 3164 time read: lines come many to a second.
  private var cachedWords: (UInt64, UInt64) = (0, 0)
  private var cachedTime = 0.0
  /// Of the entry of an exported journal that is being read.
  private var exportTime = 0.0
  /// The yearless time before, and the years gone by since the first.
  private(set) var lastYearless = -1.0
  private(set) var firstYearless = -1.0
  private(set) var yearOffset = 0.0

  /// Reads the head of a line and moves to the message.
  @inline(__always)
  mutating func read(_ cursor: inout LineCursor, into record: inout LogRecord) -> Origin {
    record.host = .none
    let first = cursor.word()
    let second = cursor.word(7)
    if first == cachedWords.0, second == cachedWords.1, cursor.byte(15) == 0x20 {
      record.time = cachedTime
      record.timeBase = .yearless
      cursor.at &+= 16
    } else {
      switch time(&cursor, into: &record) {
      case .hostFollows: break
      case .messageFollows: return kernelMessage(&cursor)
      case .noTime: return untagged(&cursor, into: &record)
      case .structured: return structured(&cursor, into: &record)
      }
    }
    record.host = cursor.text()
    cursor.skipBlanks()
    // "kernel:" and a blank.
    if cursor.word() == 0x203a_6c65_6e72_656b {
      cursor.at &+= 8
      return kernelMessage(&cursor)
    }
    return tag(&cursor, into: &record)
  }

  private enum After { case hostFollows, messageFollows, noTime, structured }

  /// Passes `[  123.456789] ` and the caller's id `[    T1]` behind it.
  @inline(__always) func kernelMessage(_ cursor: inout LineCursor) -> Origin {
    guard cursor.byte() == 0x5b else { return .kernel }
    // The usual width first: five digits, a point, six digits.
    if cursor.byte(13) == 0x5d, cursor.byte(14) == 0x20, cursor.byte(6) == 0x2e, cursor.isDigit(5), cursor.isDigit(7),
      cursor.isDigit(12), cursor.byte(1) <= 0x39
    {
      cursor.at &+= 15
      return .kernel
    }
    return slowKernelMessage(&cursor)
  }

  @inline(never) private func slowKernelMessage(_ cursor: inout LineCursor) -> Origin {
    for _ in 0..<2 where cursor.byte() == 0x5b {
      var end = 1
      while end < 32, cursor.byte(end) != 0x5d, cursor.byte(end) != 0x0a { end += 1 }
      guard cursor.byte(end) == 0x5d else { break }
      var isClock = end > 2
      for index in 1..<max(end, 1) {
        let byte = cursor.byte(index)
        let isDigit = byte >= 0x30 && byte <= 0x39
        isClock = isClock && (isDigit || byte == 0x2e || byte == 0x20 || byte == 0x54 || byte == 0x43)
      }
      let last = cursor.byte(end - 1)
      guard isClock, last >= 0x30, last <= 0x39 else { break }
      cursor.at += end + 1
      cursor.skipBlanks()
    }
    return .kernel
  }

  /// No time: a bare message, or a priority of dmesg's raw form.
  private mutating func untagged(_ cursor: inout LineCursor, into record: inout LogRecord) -> Origin {
    if cursor.skip("kernel: ") { return kernelMessage(&cursor) }
    // journalctl -o export: one field a line, the time before the message.
    if cursor.byte() == 0x5f, cursor.skip("__REALTIME_TIMESTAMP=") {
      var micros = 0.0
      while cursor.byte() >= 0x30, cursor.byte() <= 0x39 {
        micros = micros * 10 + Double(cursor.byte() - 0x30)
        cursor.at += 1
      }
      exportTime = micros < 1e18 ? micros / 1e6 : 0
      return .program
    }
    if cursor.byte() == 0x4d, cursor.skip("MESSAGE=") {
      if exportTime > 0 { (record.time, record.timeBase) = (exportTime, .absolute) }
      return kernelMessage(&cursor)
    }
    return .untagged
  }
}

// MARK: - Tags

extension LineHead {
  /// The word behind the host, when it is not the kernel's.
  @inline(never) private func tag(_ cursor: inout LineCursor, into record: inout LogRecord) -> Origin {
    // No host at all: `Jan  1 00:00:00 kernel: …`.
    if record.host.count == 7, cursor.byteBehind(record.host) == 0x3a {
      var copy = cursor
      copy.at = Int(record.host.lower)
      if copy.skip("kernel: ") {
        record.host = .none
        cursor.at = copy.at
        return kernelMessage(&cursor)
      }
    }
    // Facility and level before the tag (busybox, logread): `kern.warn kernel: …`.
    var copy = cursor
    if copy.skip("kern.") {
      _ = copy.text()
      copy.skipBlanks()
      if copy.skip("kernel: ") {
        cursor.at = copy.at
        return kernelMessage(&cursor)
      }
    }
    // Some relays write `kernel` without a colon, or with a process id.
    copy = cursor
    if copy.skip("kernel") {
      if copy.skip("[") {
        _ = copy.number(.max)
        if !copy.failed, copy.skip("]: ") {
          cursor.at = copy.at
          return kernelMessage(&cursor)
        }
      } else if copy.byte() == 0x20 {
        copy.skipBlanks()
        cursor.at = copy.at
        return kernelMessage(&cursor)
      }
    }
    return program(&cursor)
  }

  /// A program's tag: `name[12]:` or `name:`. ulogd's own is passed. A word with a colon directly before `IN=` is a
  /// prefix (LOGEMU writes no tag).
  private func program(_ cursor: inout LineCursor) -> Origin {
    let start = cursor.at
    var copy = cursor
    while copy.byte() > 0x20, copy.byte() != 0x5b, copy.byte() != 0x3a { copy.at += 1 }
    if copy.byte() == 0x5b, copy.at > start {
      var probe = copy
      probe.at += 1
      _ = probe.number(.max)
      if !probe.failed, probe.skip("]:") {
        var name = cursor
        if name.skip("ulogd[") {
          probe.skipBlanks()
          cursor.at = probe.at
          return .untagged
        }
        return .program
      }
      return .untagged
    }
    guard copy.byte() == 0x3a, copy.at > start else { return .untagged }
    copy.at += 1
    if copy.byte() > 0x20 { return .untagged }
    copy.skipBlanks()
    return copy.skip("IN=") ? .untagged : .program
  }
}

extension LineCursor {
  @inline(__always) fileprivate func isDigit(_ distance: Int) -> Bool {
    byte(distance) >= 0x30 && byte(distance) <= 0x39
  }

  fileprivate func byteBehind(_ range: ByteRange) -> UInt8 {
    var copy = self
    copy.at = Int(range.lower) + Int(range.count) - 1
    return copy.byte()
  }
}

// MARK: - Times

extension LineHead {
  @inline(never) private mutating func time(_ cursor: inout LineCursor, into record: inout LogRecord) -> After {
    record.timeBase = .none
    record.time = 0
    let start = cursor.at
    if cursor.byte() == 0x3c { priority(&cursor) }
    let first = cursor.byte()
    if first == 0x5b { return bracket(&cursor, into: &record, start) }
    if first >= 0x30, first <= 0x39 { return digits(&cursor, into: &record, start) }
    if let seconds = rfc3164(&cursor, remember: true) {
      record.time = monotone(seconds)
      cachedTime = record.time
      record.timeBase = .yearless
      if cursor.byte() == 0x2e || cursor.byte() == 0x2c { record.time += fraction(&cursor) }
      cursor.skipBlanks()
      return .hostFollows
    }
    return weekday(&cursor, into: &record, start)
  }

  /// `<4>`.
  private func priority(_ cursor: inout LineCursor) {
    var copy = cursor
    copy.at += 1
    _ = copy.number(191)
    if !copy.failed, copy.skip(">") { cursor.at = copy.at }
  }

  /// `Jan  2 03:04:05`; nil and the cursor unmoved when it is not that.
  private mutating func rfc3164(_ cursor: inout LineCursor, remember: Bool) -> Double? {
    guard let month = LogTime.month(cursor.half()), cursor.byte(3) == 0x20 else { return nil }
    let words = (cursor.word(), cursor.word(7))
    let start = cursor.at
    var copy = cursor
    copy.at += 4
    copy.skipBlanks()
    let day = copy.number(31)
    guard !copy.failed, copy.skip(" "), let clock = clock(&copy) else { return nil }
    guard let seconds = LogTime.yearless(month: month, day: Int(day), seconds: clock) else { return nil }
    cursor.at = copy.at
    if remember, copy.at - start == 15 { cachedWords = words }
    return seconds
  }

  /// `03:04:05`.
  private func clock(_ cursor: inout LineCursor) -> Double? {
    var copy = cursor
    let hours = copy.number(23)
    guard !copy.failed, copy.skip(":") else { return nil }
    let minutes = copy.number(59)
    guard !copy.failed, copy.skip(":") else { return nil }
    let seconds = copy.number(60)
    guard !copy.failed else { return nil }
    cursor.at = copy.at
    return Double(hours * 3600 + minutes * 60 + seconds)
  }

  /// `.123456` as a part of a second.
  private func fraction(_ cursor: inout LineCursor) -> Double {
    cursor.at += 1
    var value = 0.0
    var scale = 0.1
    while cursor.byte() >= 0x30, cursor.byte() <= 0x39 {
      value += Double(cursor.byte() - 0x30) * scale
      scale /= 10
      cursor.at += 1
    }
    return value
  }

  /// What the times of a later part of the same log are behind those of this one, and takes over where that part ends.
  mutating func continued(by later: LineHead) -> Double {
    guard later.firstYearless >= 0 else { return 0 }
    if lastYearless >= 0, lastYearless - later.firstYearless > LogTime.yearlessYear / 2 {
      yearOffset += LogTime.yearlessYear
    }
    let shift = yearOffset
    if firstYearless < 0 { firstYearless = later.firstYearless }
    lastYearless = later.lastYearless
    yearOffset += later.yearOffset
    return shift
  }

  /// Adds a year each time the calendar starts again (December to January).
  private mutating func monotone(_ seconds: Double) -> Double {
    if lastYearless >= 0, lastYearless - seconds > LogTime.yearlessYear / 2 { yearOffset += LogTime.yearlessYear }
    if firstYearless < 0 { firstYearless = seconds }
    lastYearless = seconds
    return seconds + yearOffset
  }

  /// `2015-03-07T05:09:30.045015+02:00`, RFC 5424's `1 2015-…`, `1700000000.123456`, `4,123,4567,-;`.
  private func digits(_ cursor: inout LineCursor, into record: inout LogRecord, _ start: Int) -> After {
    var copy = cursor
    let number = copy.number(.max)
    guard !copy.failed else { return .noTime }
    if copy.byte() == 0x2d, number >= 1000, number <= 9999 {
      cursor.at = copy.at
      guard let hasComma = isoTime(&cursor, year: Int(number), into: &record) else {
        cursor.at = start
        return .noTime
      }
      // dmesg writes a comma before the fraction and no host.
      return hasComma ? .messageFollows : .hostFollows
    }
    if copy.byte() == 0x20, number == 1, start != cursor.at {
      copy.skipBlanks()
      cursor.at = copy.at
      return .structured
    }
    if copy.byte() == 0x2e, number > 100_000_000 {
      record.time = Double(number) + fraction(&copy)
      record.timeBase = .absolute
      copy.skipBlanks()
      cursor.at = copy.at
      return .hostFollows
    }
    if copy.byte() == 0x2c {
      // /dev/kmsg: priority, sequence, microseconds, flags.
      copy.at += 1
      while copy.byte() >= 0x30, copy.byte() <= 0x39 { copy.at += 1 }
      guard copy.skip(",") else { return .noTime }
      var micros = 0.0
      while copy.byte() >= 0x30, copy.byte() <= 0x39 {
        micros = micros * 10 + Double(copy.byte() - 0x30)
        copy.at += 1
      }
      while copy.byte() != 0x3b, copy.byte() != 0x0a { copy.at += 1 }
      guard copy.skip(";") else { return .noTime }
      record.time = micros / 1e6
      record.timeBase = .uptime
      cursor.at = copy.at
      return .messageFollows
    }
    return .noTime
  }

  /// From the `-` behind the year on; nil when it is no time, else whether a comma stood before the fraction.
  func isoTime(_ cursor: inout LineCursor, year: Int, into record: inout LogRecord) -> Bool? {
    var copy = cursor
    guard copy.skip("-") else { return nil }
    let month = copy.number(12)
    guard copy.skip("-") else { return nil }
    let day = copy.number(31)
    guard !copy.failed, copy.skip("T") || copy.skip(" "), var seconds = clock(&copy) else { return nil }
    guard let days = LogTime.days(year: year, month: Int(month), day: Int(day)) else { return nil }
    var hasComma = false
    if copy.byte() == 0x2e || copy.byte() == 0x2c {
      hasComma = copy.byte() == 0x2c
      seconds += fraction(&copy)
    }
    if copy.byte() == 0x2b || copy.byte() == 0x2d {
      let sign = copy.byte() == 0x2d ? 1.0 : -1.0
      copy.at += 1
      let zone = copy.number(9999)
      if copy.skip(":") {
        seconds += sign * (Double(zone) * 3600 + Double(copy.number(59)) * 60)
      } else {
        seconds += sign * (Double(zone / 100) * 3600 + Double(zone % 100) * 60)
      }
      if copy.failed { return nil }
    } else {
      _ = copy.skip("Z")
    }
    guard copy.byte() <= 0x20 else { return nil }
    copy.skipBlanks()
    record.time = Double(days) * 86400 + seconds
    record.timeBase = .absolute
    cursor.at = copy.at
    return hasComma
  }

  /// `[  123.456789] …`, `[Mon Nov 23 21:00:00 2026] …`, `[Nov23 21:00] …`.
  private mutating func bracket(_ cursor: inout LineCursor, into record: inout LogRecord, _ start: Int) -> After {
    var copy = cursor
    copy.at += 1
    copy.skipBlanks()
    if copy.byte() >= 0x30, copy.byte() <= 0x39 {
      let whole = copy.number(.max)
      guard !copy.failed, copy.byte() == 0x2e else { return restart(&cursor, start) }
      let seconds = Double(whole) + fraction(&copy)
      // `[  123.456 <    0.0012>]` gives the distance to the line before too.
      while copy.byte() != 0x5d, copy.byte() != 0x0a { copy.at += 1 }
      guard copy.skip("]") else { return restart(&cursor, start) }
      copy.skipBlanks()
      record.time = seconds
      record.timeBase = .uptime
      cursor.at = copy.at
      return shortMonotonic(&cursor, into: &record)
    }
    if copy.byte() == 0x2b || copy.byte() == 0x3c {
      // `[  +0.000012]`, `[<    0.000000>]`: distances only.
      while copy.byte() != 0x5d, copy.byte() != 0x0a { copy.at += 1 }
      guard copy.skip("]") else { return restart(&cursor, start) }
      copy.skipBlanks()
      cursor.at = copy.at
      return .messageFollows
    }
    if LogTime.month(copy.half()) == nil {
      copy.at += copy.byte() > 0x20 && copy.byte(1) > 0x20 && copy.byte(2) > 0x20 ? 3 : 0
    }
    copy.skipBlanks()
    guard let month = LogTime.month(copy.half()) else { return restart(&cursor, start) }
    copy.at += 3
    copy.skipBlanks()
    let day = copy.number(31)
    copy.skipBlanks()
    guard !copy.failed else { return restart(&cursor, start) }
    if let clock = clock(&copy) {
      copy.skipBlanks()
      let year = copy.number(9999)
      guard !copy.failed, copy.skip("]"), let days = LogTime.days(year: Int(year), month: month, day: Int(day)) else {
        return restart(&cursor, start)
      }
      record.time = Double(days) * 86400 + clock
      record.timeBase = .absolute
    } else {
      while copy.byte() != 0x5d, copy.byte() != 0x0a { copy.at += 1 }
      guard copy.skip("]") else { return restart(&cursor, start) }
    }
    copy.skipBlanks()
    cursor.at = copy.at
    return .messageFollows
  }

  private func restart(_ cursor: inout LineCursor, _ start: Int) -> After {
    cursor.at = start
    return .noTime
  }

  /// journalctl -o short-monotonic has host and tag behind the bracket, dmesg has not.
  private func shortMonotonic(_ cursor: inout LineCursor, into record: inout LogRecord) -> After {
    var copy = cursor
    _ = copy.text()
    copy.skipBlanks()
    return copy.skip("kernel: ") ? .hostFollows : .messageFollows
  }

  /// `Tue Nov 23 21:00:00 2026 …` (logread), `Mon 2026-11-23 21:00:00 UTC …` (journalctl short-full),
  /// `kern  :warn  : [  123.45] …` (dmesg -x).
  private mutating func weekday(_ cursor: inout LineCursor, into record: inout LogRecord, _ start: Int) -> After {
    var copy = cursor
    if copy.skip("kern ") {
      copy.skipBlanks()
      if copy.skip(":") {
        while copy.byte() != 0x3a, copy.byte() != 0x0a { copy.at += 1 }
        if copy.skip(":") {
          copy.skipBlanks()
          if copy.byte() == 0x5b {
            cursor.at = copy.at
            return bracket(&cursor, into: &record, copy.at)
          }
        }
      }
      return restart(&cursor, start)
    }
    guard copy.byte(3) == 0x20, copy.byte(1) > 0x20, copy.byte(2) > 0x20, copy.byte() > 0x20 else {
      return restart(&cursor, start)
    }
    copy.at += 4
    if let seconds = rfc3164(&copy, remember: false) {
      copy.skipBlanks()
      let year = copy.number(9999)
      guard !copy.failed, let first = LogTime.days(year: Int(year), month: 1, day: 1) else {
        return restart(&cursor, start)
      }
      // The yearless day counts 29 February; other years have none.
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      let shift = !isLeap && seconds >= 60 * 86400 ? 86400.0 : 0
      record.time = Double(first) * 86400 + seconds - shift
      record.timeBase = .absolute
      copy.skipBlanks()
      cursor.at = copy.at
      return logread(&cursor)
    }
    let year = copy.number(9999)
    guard !copy.failed, copy.byte() == 0x2d, isoTime(&copy, year: Int(year), into: &record) != nil else {
      return restart(&cursor, start)
    }
    _ = copy.text()
    copy.skipBlanks()
    cursor.at = copy.at
    return .hostFollows
  }

  /// logread writes `kern.warn kernel: ` and no host.
  private func logread(_ cursor: inout LineCursor) -> After {
    var copy = cursor
    if copy.skip("kern.") {
      _ = copy.text()
      copy.skipBlanks()
      if copy.skip("kernel: ") {
        cursor.at = copy.at
        return .messageFollows
      }
    }
    return .hostFollows
  }
}
