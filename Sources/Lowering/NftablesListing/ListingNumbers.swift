import JSONText
import NftablesSyntax
import Packets

/// Values as nft prints them, by data type.
struct ValuePrinter {
  let style: ListingStyle

  /// One value. Bounds of ranges are `plain`: numbers, whatever names there are.
  func print(_ value: UInt128, _ type: ValueType, plain: Bool = false) -> Printed {
    if type.isHex {
      let text = "0x" + hex(value)
      return Printed(text, value > UInt128(UInt64.max) ? .string(text) : .number(String(value)))
    }
    if let name = name(value, type.type, plain: plain) { return name }
    switch type.type {
    case .ipv4Address: return Printed(Address.v4(UInt32(truncatingIfNeeded: value)).description)
    case .ipv6Address: return Printed(Address.v6(value).description)
    case .etherAddress, .lladdr: return Printed(hardware(value, max(type.width, 48)))
    case .mark:
      return Printed("0x" + hex(value, digits: 8), .number(String(value)))
    case .realm where value != 0: return Printed(String(value), .number(String(value)))
    case .etherType: return Printed("0x" + hex(value, digits: 4), .number(String(value)))
    case .dscp: return Printed("0x" + hex(value, digits: 2), .number(String(value)))
    case .time: return time(value, plain: plain)
    case .timeHour, .timeDate, .timeDay: return calendar(value, type.type)
    case .priority, .classID:
      let text = String(value >> 16, radix: 16) + ":" + String(value & 0xffff, radix: 16)
      return Printed(text)
    case .tcpFlag, .ctState, .ctStatus, .ctEvent: return bits(value, type, separator: ",", numeric: plain)
    default: return Printed(String(value), .number(String(value)))
    }
  }

  // MARK: Names

  private func name(_ value: UInt128, _ type: Datatype, plain: Bool) -> Printed? {
    switch type {
    case .inetProtocol:
      if plain || style.numericProtocols { return nil }
      return Self.protocolName(value).map { Printed($0) }
    case .inetService:
      guard style.namesServices, !plain else { return nil }
      return Self.serviceNames[value].map { Printed("\"\($0)\"", .string($0)) }
    case .boolean: return Printed(value == 0 ? "missing" : "exists", .bool(value != 0))
    case .priority, .classID:
      return value == 0 ? Printed("none") : value == 0xffff_ffff ? Printed("root") : nil
    case .deviceGroup where value == 0: return plain ? nil : Printed("\"default\"", .string("default"))
    case .realm where value == 0: return plain ? nil : Printed("\"cosmos\"", .string("cosmos"))
    case .uid, .gid: return nil
    case .tcpFlag, .ctState, .ctStatus, .ctEvent: return nil
    case .icmpType, .icmpv6Type, .icmpCode, .icmpv6Code, .icmpxCode, .nfproto, .etherType, .packetType, .ctDirection,
      .fibAddressType, .dscp, .ecn, .igmpType, .arpOperation, .arpHardware, .dccpPacketType, .mobilityType:
      if plain || style.numericSymbols { return nil }
      if type == .etherType, value == 0x8100 { return Printed("8021q") }
      if type == .fibAddressType || type != .dscp || value != 0 { return Symbols.name(value, type).map { Printed($0) } }
      return Printed("cs0")
    default: return nil
    }
  }

  /// The name that getprotobynumber(3) gives; nft's symbols have others for some.
  static func protocolName(_ value: UInt128) -> String? {
    switch value {
    case 0: "ip"
    case 4: "ipencap"
    case 58: "ipv6-icmp"
    case 108: "ipcomp"
    // Known to nft(8)'s users by name, but not to the table of the distribution whose listings are the reference.
    case 23, 53, 54, 55, 113: nil
    default: Symbols.name(value, .inetProtocol)
    }
  }

  /// The first name of each port, as getservbyport(3) finds it.
  private static let serviceNames: [UInt128: String] = {
    var names: [UInt128: String] = [:]
    for (name, port) in Services.ports.sorted(by: { $0.key < $1.key }) where names[UInt128(port)] == nil {
      names[UInt128(port)] = name
    }
    return names
  }()

  // MARK: Bits

  /// The names of the bits from the lowest up; bits without name make it one number.
  func bits(_ value: UInt128, _ type: ValueType, separator: String, numeric: Bool = false) -> Printed {
    let entries = Symbols.entries(type.type)
    var known: UInt128 = 0
    var found: [(name: String, value: UInt64)] = []
    for entry in entries.sorted(by: { $0.value < $1.value }) where value & UInt128(entry.value) != 0 {
      if known & UInt128(entry.value) != 0 { continue }
      known |= UInt128(entry.value)
      found.append(entry)
    }
    guard value != 0, known == value, !numeric else {
      return Printed("0x" + hex(value), .number(String(value)))
    }
    let names = found.map { style.numericSymbols ? "0x" + String($0.value, radix: 16) : $0.name }
    let joined = names.joined(separator: separator)
    if names.count == 1 { return Printed(joined) }
    let parts = names.map { JSONValue.string($0) }
    if separator == "," { return Printed(joined, .array(parts)) }
    if style.release == .r1_0_6 {
      // Pairs in pairs.
      let nested = parts.dropFirst().reduce(parts[0]) { .object([(key: "|", value: .array([$0, $1]))]) }
      return Printed(joined, nested)
    }
    return Printed(joined, .object([(key: "|", value: .array(parts))]))
  }

  // MARK: Digits

  func hex(_ value: UInt128, digits: Int = 0) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  private func hardware(_ value: UInt128, _ width: Int) -> String {
    var groups: [String] = []
    var shift = width - 8
    while shift >= 0 {
      groups.append(hex(value >> UInt128(shift) & 0xff, digits: 2))
      shift -= 8
    }
    return groups.joined(separator: ":")
  }

  // MARK: Times

  /// A duration in milliseconds as `1d2h3m4s5ms`; JSON has seconds.
  func time(_ milliseconds: UInt128, plain: Bool = false) -> Printed {
    let json = JSONValue.number(String(milliseconds / 1000))
    if plain || style.numericTimes { return Printed("\(milliseconds / 1000)s", json) }
    return Printed(Self.duration(UInt64(truncatingIfNeeded: milliseconds)), json)
  }

  static func duration(_ milliseconds: UInt64) -> String {
    if milliseconds == 0 { return "0s" }
    var rest = milliseconds
    var text = ""
    for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] as [(String, UInt64)] {
      if rest >= size {
        text += "\(rest / size)\(unit)"
        rest %= size
      }
    }
    return text
  }

  /// Days of the week, hours of the day (seconds since midnight, UTC) and dates (seconds since 1970, UTC).
  private func calendar(_ value: UInt128, _ type: Datatype) -> Printed {
    switch type {
    case .timeDay:
      let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
      if style.numericSymbols { return Printed(String(value), .number(String(value))) }
      guard value < 7 else { return Printed("Unknown", .number(String(value))) }
      return Printed("\"\(days[Int(value)])\"", .string(days[Int(value)]))
    case .timeHour:
      let seconds = Int(value % 86_400)
      let text = Self.clock(seconds, alwaysSeconds: false)
      return Printed("\"\(text)\"", .string(text))
    default:
      let seconds = Int(truncatingIfNeeded: min(value, 253_402_300_799))
      let text = Self.date(seconds / 86_400) + " " + Self.clock(seconds % 86_400, alwaysSeconds: true)
      return Printed("\"\(text)\"", .string(text))
    }
  }

  private static func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }

  private static func clock(_ seconds: Int, alwaysSeconds: Bool) -> String {
    let text = two(seconds / 3600) + ":" + two(seconds / 60 % 60)
    return alwaysSeconds || seconds % 60 != 0 ? text + ":" + two(seconds % 60) : text
  }

  /// The Gregorian date of a day counted from 1970-01-01.
  private static func date(_ days: Int) -> String {
    var year = 1970
    var rest = days
    func length(_ year: Int) -> Int { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365 }
    while rest >= length(year) {
      rest -= length(year)
      year += 1
    }
    var month = 1
    for size in [31, length(year) == 366 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
      if rest < size { break }
      rest -= size
      month += 1
    }
    return "\(year)-\(two(month))-\(two(rest + 1))"
  }

  /// Seconds since 1970 of a date that `Durations.isCalendar` takes.
  static func seconds(ofDate text: String) -> UInt128? {
    let parts = text.split(separator: " ")
    let numbers = parts.first?.split(separator: "-").compactMap { Int($0) } ?? []
    guard numbers.count == 3, numbers[0] >= 1970, numbers[0] <= 9999 else { return nil }
    // Days from 1970 by the year of March: no table, no loop.
    let year = numbers[1] <= 2 ? numbers[0] - 1 : numbers[0]
    let month = (numbers[1] + 9) % 12
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + numbers[2] - 1 - 719_468
    let clock = parts.count > 1 ? seconds(ofClock: String(parts[1])) ?? 0 : 0
    return days < 0 ? nil : UInt128(days) * 86_400 + clock
  }

  static func seconds(ofClock text: String) -> UInt128? {
    let numbers = text.split(separator: ":").compactMap { UInt128($0) }
    guard numbers.count == 2 || numbers.count == 3, numbers.allSatisfy({ $0 <= 60 }) else { return nil }
    return numbers[0] * 3600 + numbers[1] * 60 + (numbers.count > 2 ? numbers[2] : 0)
  }
}
