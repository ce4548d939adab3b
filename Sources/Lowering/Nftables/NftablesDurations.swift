import NftablesSyntax

/// Times as nft(8) writes them: `1d2h3m4s5ms`.
enum Durations {
  static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

  /// True for a day's name, `HH:MM[:SS]` and `YYYY-MM-DD[ HH:MM[:SS]]`.
  static func isCalendar(_ text: String, _ type: Datatype) -> Bool {
    if let number = UInt64(text) { return type != .timeDay || number <= 6 }
    switch type {
    case .timeDay:
      return days.contains(text)
    case .timeHour: return isHour(text[...])
    default:
      let parts = text.split(separator: " ")
      guard let date = parts.first, parts.count <= 2 else { return false }
      let numbers = date.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
      guard numbers.count == 3, numbers[0] >= 1900, 1...12 ~= numbers[1], 1...31 ~= numbers[2] else { return false }
      return parts.count == 1 || isHour(parts[1])
    }
  }

  private static func isHour(_ text: Substring) -> Bool {
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
    guard numbers.count == 2 || numbers.count == 3, 0...23 ~= numbers[0] else { return false }
    return numbers.dropFirst().allSatisfy { 0...60 ~= $0 }
  }

  /// The time in milliseconds; a bare number is seconds. nil when the text is no time.
  static func milliseconds(_ text: String) -> UInt64? {
    var total: UInt64 = 0
    var number: UInt64 = 0
    var digits = 0
    var unit = ""
    func factor(_ unit: String) -> UInt64? {
      switch unit {
      case "w": 604_800_000
      case "d": 86_400_000
      case "h": 3_600_000
      case "m": 60_000
      case "s": 1000
      case "ms": 1
      default: nil
      }
    }
    for byte in text.utf8 {
      if byte >= 48, byte <= 57 {
        if !unit.isEmpty {
          guard digits > 0, let factor = factor(unit) else { return nil }
          total = total &+ number &* factor
          (number, digits, unit) = (0, 0, "")
        }
        number = number &* 10 &+ UInt64(byte - 48)
        digits += 1
        if digits > 15 { return nil }
      } else {
        unit.append(Character(UnicodeScalar(byte)))
        if unit.count > 2 { return nil }
      }
    }
    guard digits > 0 else { return nil }
    if unit.isEmpty { return total &+ number &* 1000 }
    guard let factor = factor(unit) else { return nil }
    return total &+ number &* factor
  }
}
