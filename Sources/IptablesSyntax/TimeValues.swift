import SourceText

extension RuleParser {
  /// `hh:mm[:ss]`; `first` is the second of the day.
  mutating func readTimeOfDay(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    guard let seconds = Self.secondOfDay(text) else {
      refuse(
        &use, "invalid time `", text, after: "` specified, should be hh:mm[:ss] format and within the boundaries")
      return
    }
    use.first = UInt128(seconds)
  }

  private static func secondOfDay(_ text: ArraySlice<UInt8>) -> UInt64? {
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, let hour = decimal(parts[0], upTo: 23),
      let minute = decimal(parts[1], upTo: 59)
    else { return nil }
    var second: UInt64 = 0
    if parts.count == 3 {
      guard let value = decimal(parts[2], upTo: 59) else { return nil }
      second = value
    }
    return hour * 3600 + minute * 60 + second
  }

  /// Decimal with leading zeros.
  private static func decimal(_ text: ArraySlice<UInt8>, upTo maximum: UInt64) -> UInt64? {
    guard !text.isEmpty, text.count <= 4 else { return nil }
    var value: UInt64 = 0
    for byte in text {
      guard byte >= 48, byte <= 57 else { return nil }
      value = value * 10 + UInt64(byte - 48)
    }
    return value <= maximum ? value : nil
  }

  /// `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]`; `first` is the number of seconds since 1970 in UTC.
  mutating func readDate(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    let halves = text.split(separator: UInt8(ascii: "T"), maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    var fields: [UInt64] = [1970, 1, 1]
    let limits: [UInt64] = [2038, 12, 31]
    var isGood = parts.count <= 3
    for (index, part) in parts.enumerated() where index < 3 {
      guard let value = Self.decimal(part, upTo: limits[index]), value >= (index == 0 ? 1970 : 1) else {
        isGood = false
        break
      }
      fields[index] = value
    }
    var seconds: UInt64 = 0
    if halves.count == 2, isGood {
      let time = halves[1].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      let scale: [UInt64] = [3600, 60, 1]
      let most: [UInt64] = [23, 59, 59]
      isGood = time.count <= 3 && parts.count == 3
      for (index, part) in time.enumerated() where index < 3 {
        guard let value = Self.decimal(part, upTo: most[index]) else {
          isGood = false
          break
        }
        seconds += value * scale[index]
      }
    }
    guard isGood else {
      refuse(
        &use, "invalid date `", text, after: "` specified, should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]] format")
      return
    }
    use.first = UInt128(CalendarDate.days(year: fields[0], month: fields[1], day: fields[2]) * 86400 + seconds)
  }

  /// Names or numbers 1 to 7 from Monday; `first` has bit n for day n.
  mutating func readWeekdays(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    var bits: UInt64 = 0
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      if let number = Read.number(part) {
        guard number >= 1, number <= 7 else {
          refuse(&use, "`", part, after: "` is not a valid day (1-7)")
          return
        }
        bits |= 1 << number
      } else if let index = CalendarDate.weekdays.firstIndex(where: { Self.isDay(part, $0) }) {
        bits |= 1 << UInt64(index + 1)
      } else {
        refuse(&use, "`", part, after: "` is not a valid day specifier")
        return
      }
    }
    use.first = UInt128(bits)
  }

  /// The first two letters decide, capital and small ones told apart.
  private static func isDay(_ text: ArraySlice<UInt8>, _ name: String) -> Bool {
    text.count >= 2 && text.prefix(2).elementsEqual(name.utf8.prefix(2))
  }

  mutating func readMonthDays(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    var bits: UInt64 = 0
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let number = Read.number(part, upTo: 31), number >= 1 else {
        refuse(&use, "`", part, after: "` is not a valid day for --monthdays")
        return
      }
      bits |= 1 << number
    }
    use.first = UInt128(bits)
  }
}

enum CalendarDate {
  static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  /// Days since 1970-01-01; a day beyond the month's end runs into the next month.
  static func days(year: UInt64, month: UInt64, day: UInt64) -> UInt64 {
    var days: UInt64 = 0
    var current: UInt64 = 1970
    while current < year {
      days += isLeap(current) ? 366 : 365
      current += 1
    }
    for index in 1..<max(1, min(month, 12)) { days += length(of: index, year: year) }
    return days + day - 1
  }

  static func isLeap(_ year: UInt64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  static func length(of month: UInt64, year: UInt64) -> UInt64 {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// `YYYY-MM-DDThh:mm:ss` of a number of seconds since 1970.
  static func text(_ seconds: UInt64) -> String {
    var days = seconds / 86400
    var year: UInt64 = 1970
    while days >= (isLeap(year) ? 366 : 365) {
      days -= isLeap(year) ? 366 : 365
      year += 1
    }
    var month: UInt64 = 1
    while days >= length(of: month, year: year) {
      days -= length(of: month, year: year)
      month += 1
    }
    return "\(year)-\(padded(month))-\(padded(days + 1))T\(clock(seconds % 86400))"
  }

  static func clock(_ second: UInt64) -> String {
    "\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))"
  }

  static func padded(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
