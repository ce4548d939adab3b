/// Times as logs write them, and back.
package enum LogTime {
  /// Days before each month in a year of 366 days.
  private static let daysBefore = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366]
  private static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  /// Seconds in the year that yearless times count in.
  package static let yearlessYear = 366.0 * 86400

  /// 1…12 for `Jan`…`Dec` in the low three bytes.
  @inline(__always) static func month(_ letters: UInt32) -> Int? {
    switch letters & 0xffffff {
    case bytes4("J", "a", "n", "\0"): 1
    case bytes4("F", "e", "b", "\0"): 2
    case bytes4("M", "a", "r", "\0"): 3
    case bytes4("A", "p", "r", "\0"): 4
    case bytes4("M", "a", "y", "\0"): 5
    case bytes4("J", "u", "n", "\0"): 6
    case bytes4("J", "u", "l", "\0"): 7
    case bytes4("A", "u", "g", "\0"): 8
    case bytes4("S", "e", "p", "\0"): 9
    case bytes4("O", "c", "t", "\0"): 10
    case bytes4("N", "o", "v", "\0"): 11
    case bytes4("D", "e", "c", "\0"): 12
    default: nil
    }
  }

  /// Seconds from the start of the year; nil for a month or day that is not there.
  static func yearless(month: Int, day: Int, seconds: Double) -> Double? {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    return Double(daysBefore[month - 1] + day - 1) * 86400 + seconds
  }

  /// Days from 1970-01-01 of a date in the proleptic Gregorian calendar; nil outside the years 1…9999.
  static func days(year: Int, month: Int, day: Int) -> Int? {
    guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146097 + dayOfEra - 719468
  }

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// For people: `Mar 15 20:57:02`, `2015-03-07 03:09:30`, `12:34:56` after start-up as `+0d 12:34:56`.
  package static func text(_ time: Double, _ base: TimeBase) -> String {
    guard time.isFinite, time >= 0, time < 253_402_300_800 else { return "?" }
    var seconds = Int(time)
    if base == .yearless { seconds %= Int(yearlessYear) }
    let clock = "\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    let day = seconds / 86400
    switch base {
    case .none: return "?"
    case .uptime: return "+\(day)d \(clock)"
    case .yearless:
      let month = daysBefore.lastIndex { $0 <= day } ?? 0
      guard month < 12 else { return clock }
      return "\(monthNames[month]) \(day - daysBefore[month] + 1) \(clock)"
    case .absolute:
      // The days' algorithm turned round (400-year eras from 1 March of year 0).
      let shifted = day + 719468
      let era = shifted / 146097
      let dayOfEra = shifted - era * 146097
      let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
      let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
      let monthIndex = (5 * dayOfYear + 2) / 153
      let monthDay = dayOfYear - (153 * monthIndex + 2) / 5 + 1
      let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
      let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
      return "\(year)-\(two(month))-\(two(monthDay)) \(clock)"
    }
  }
}
