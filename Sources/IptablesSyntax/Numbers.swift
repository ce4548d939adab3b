/// Reading numbers, addresses and names as iptables does. All functions take the text of a word and return nil for what
/// iptables would refuse.
enum Read {
  typealias Text = ArraySlice<UInt8>

  /// Decimal, `0x` hexadecimal or `0` octal, as strtoul(3) with base 0: blanks and `+` before it are taken, `-` is not.
  static func number(_ text: Text, upTo maximum: UInt64 = .max) -> UInt64? {
    var rest = text
    guard let value = leadingNumber(&rest), rest.isEmpty, value <= maximum else { return nil }
    return value
  }

  /// Reads a number at the start and leaves the rest.
  static func leadingNumber(_ rest: inout Text) -> UInt64? {
    var index = rest.startIndex
    let end = rest.endIndex
    while index < end, rest[index] == 0x20 || rest[index] == 0x09 { index += 1 }
    if index < end, rest[index] == UInt8(ascii: "+") { index += 1 }
    guard index < end else { return nil }
    var radix: UInt64 = 10
    if rest[index] == 48 {
      radix = 8
      if index + 2 < end, rest[index + 1] | 0x20 == UInt8(ascii: "x"), digit(rest[index + 2]) < 16 {
        radix = 16
        index += 2
      }
    }
    let start = index
    var value: UInt64 = 0
    while index < end {
      let digit = digit(rest[index])
      guard digit < radix else { break }
      let (product, overflow) = value.multipliedReportingOverflow(by: radix)
      let (sum, overflow2) = product.addingReportingOverflow(digit)
      guard !overflow, !overflow2 else { return nil }
      value = sum
      index += 1
    }
    guard index > start else { return nil }
    rest = rest[index...]
    return value
  }

  @inline(__always)
  static func digit(_ byte: UInt8) -> UInt64 {
    switch byte {
    case 48...57: UInt64(byte) - 48
    case 65...70: UInt64(byte) - 55
    case 97...102: UInt64(byte) - 87
    default: 99
    }
  }

  /// `a`, `a:b`, `a:`, `:b`.
  static func range(_ text: Text, separator: UInt8 = UInt8(ascii: ":"), upTo maximum: UInt64) -> (UInt64, UInt64)? {
    guard let split = text.firstIndex(of: separator) else {
      return number(text, upTo: maximum).map { ($0, $0) }
    }
    let low = text[..<split]
    let high = text[(split + 1)...]
    guard let lower = low.isEmpty ? 0 : number(low, upTo: maximum),
      let upper = high.isEmpty ? maximum : number(high, upTo: maximum)
    else { return nil }
    return (lower, upper)
  }

  /// A port number or a service name.
  static func port(_ text: Text) -> UInt64? {
    if let value = number(text) { return value <= 65535 ? value : nil }
    return ServiceNames.port(of: text)
  }

  static func portRange(_ text: Text, separator: UInt8 = UInt8(ascii: ":")) -> (UInt64, UInt64)? {
    guard let split = text.firstIndex(of: separator) else { return port(text).map { ($0, $0) } }
    // A name may hold the separator itself (`ftp-data`).
    if separator != UInt8(ascii: ":"), let named = ServiceNames.port(of: text) { return (named, named) }
    let low = text[..<split]
    let high = text[(split + 1)...]
    guard let lower = low.isEmpty ? 0 : port(low), let upper = high.isEmpty ? 65535 : port(high) else { return nil }
    return (lower, upper)
  }

  /// A dotted quad as inet_pton(3) takes it.
  static func ipv4(_ text: Text) -> UInt32? {
    var value: UInt32 = 0
    var part: UInt32 = 0
    var digits = 0
    var parts = 0
    for byte in text {
      if byte == UInt8(ascii: ".") {
        guard digits > 0, parts < 3 else { return nil }
        value = value << 8 | part
        (part, digits, parts) = (0, 0, parts + 1)
      } else {
        guard byte >= 48, byte <= 57, digits < 3 else { return nil }
        part = part * 10 + UInt32(byte - 48)
        digits += 1
        guard part <= 255, digits == 1 || part >= 10 else { return nil }
      }
    }
    guard parts == 3, digits > 0 else { return nil }
    return value << 8 | part
  }

  /// Any form of RFC 4291 section 2.2.
  static func ipv6(_ text: Text) -> UInt128? {
    var groups: [UInt16] = []
    var gap: Int?
    var index = text.startIndex
    let end = text.endIndex
    let colon = UInt8(ascii: ":")
    if index < end, text[index] == colon {
      guard index + 1 < end, text[index + 1] == colon else { return nil }
      gap = 0
      index += 2
    }
    var needsGroup = index == end && gap == nil
    while index < end {
      let start = index
      var value: UInt32 = 0
      while index < end, digit(text[index]) < 16 {
        value = value << 4 | UInt32(digit(text[index]))
        index += 1
        guard index - start <= 4 else { return nil }
      }
      if index < end, text[index] == UInt8(ascii: ".") {
        guard let quad = ipv4(text[start..<end]) else { return nil }
        groups += [UInt16(truncatingIfNeeded: quad >> 16), UInt16(truncatingIfNeeded: quad)]
        index = end
        needsGroup = false
        break
      }
      guard index > start else { return nil }
      groups.append(UInt16(truncatingIfNeeded: value))
      guard groups.count <= 8 else { return nil }
      needsGroup = false
      if index == end { break }
      guard text[index] == colon else { return nil }
      index += 1
      if index < end, text[index] == colon {
        guard gap == nil else { return nil }
        gap = groups.count
        index += 1
      } else {
        needsGroup = true
      }
    }
    guard !needsGroup, gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
    var value: UInt128 = 0
    let missing = 8 - groups.count
    for (position, group) in groups.enumerated() {
      if position == gap { for _ in 0..<missing { value = value << 16 } }
      value = value << 16 | UInt128(group)
    }
    if gap == groups.count { for _ in 0..<missing { value = value << 16 } }
    return value
  }

  /// What inet_aton(3) takes: one to four numbers, of which the last fills the rest of the address (`10` is 0.0.0.10).
  static func classicIPv4(_ text: Text) -> UInt128? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count <= 4 else { return nil }
    var value: UInt64 = 0
    for (index, part) in parts.enumerated() {
      let isLast = index == parts.count - 1
      let free = 8 * (4 - index)
      guard part.first != UInt8(ascii: "+"), part.first != 0x20,
        let number = number(part, upTo: isLast ? (1 << UInt64(free)) - 1 : 255)
      else { return nil }
      value = isLast ? value << UInt64(free) | number : value << 8 | number
    }
    return UInt128(value)
  }

  static func address(_ text: Text, isIPv6: Bool) -> UInt128? {
    isIPv6 ? ipv6(text) : ipv4(text).map { UInt128($0) }
  }

  /// All ones of an address of that family.
  static func allOnes(isIPv6: Bool) -> UInt128 { isIPv6 ? .max : 0xffff_ffff }

  /// The mask of a prefix length.
  static func mask(prefix: Int, isIPv6: Bool) -> UInt128 {
    let width = isIPv6 ? 128 : 32
    guard prefix > 0 else { return 0 }
    let all = allOnes(isIPv6: isIPv6)
    return prefix >= width ? all : all << UInt128(width - prefix) & all
  }

  /// `a`, `a/24`, `a/255.255.255.0`; IPv4 addresses may be cut short (`10/8`). The address keeps its host bits.
  static func addressAndMask(_ text: Text, isIPv6: Bool) -> (UInt128, UInt128)? {
    guard let slash = text.lastIndex(of: UInt8(ascii: "/")) else {
      guard let value = looseAddress(text, isIPv6: isIPv6) else { return nil }
      return (value, allOnes(isIPv6: isIPv6))
    }
    guard let mask = netmask(text[(slash + 1)...], isIPv6: isIPv6) else { return nil }
    guard let value = looseAddress(text[..<slash], isIPv6: isIPv6) else { return nil }
    return (value, mask)
  }

  static func looseAddress(_ text: Text, isIPv6: Bool) -> UInt128? {
    if let value = address(text, isIPv6: isIPv6) { return value }
    if text.elementsEqual("localhost".utf8) { return isIPv6 ? 1 : 0x7f00_0001 }
    return isIPv6 ? nil : shortIPv4(text)
  }

  /// A prefix length or a mask in address form.
  static func netmask(_ text: Text, isIPv6: Bool) -> UInt128? {
    if let value = address(text, isIPv6: isIPv6) { return value }
    guard let bits = number(text, upTo: isIPv6 ? 128 : 32) else { return nil }
    return mask(prefix: Int(bits), isIPv6: isIPv6)
  }

  /// `10`, `10.1`, `10.1.2`: missing parts are zero. A part that starts with 0 is octal, as strtoul(3) has it.
  static func shortIPv4(_ text: Text) -> UInt128? {
    var value: UInt32 = 0
    var parts = 0
    for part in text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
      guard let number = number(part, upTo: 255), parts < 4 else { return nil }
      value = value << 8 | UInt32(number)
      parts += 1
    }
    guard parts > 0 else { return nil }
    return UInt128(value << UInt32(8 * (4 - parts)))
  }

  /// The protocol's number; names without regard to case.
  static func protocolNumber(_ text: Text) -> UInt8? {
    if let value = number(text) { return UInt8(exactly: value) }
    return ProtocolNames.number(of: text)
  }

  /// `value` or `value/mask`.
  static func valueAndMask(_ text: Text, upTo maximum: UInt64) -> (UInt64, UInt64)? {
    var rest = text
    guard let value = leadingNumber(&rest), value <= maximum else { return nil }
    if rest.isEmpty { return (value, maximum) }
    guard rest.first == UInt8(ascii: "/"), let mask = number(rest.dropFirst(), upTo: maximum) else { return nil }
    return (value, mask)
  }

  static func mac(_ text: Text) -> UInt64? {
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 6 else { return nil }
    var value: UInt64 = 0
    for part in parts {
      guard part.count == 1 || part.count == 2 else { return nil }
      var octet: UInt64 = 0
      for byte in part {
        guard digit(byte) < 16 else { return nil }
        octet = octet << 4 | digit(byte)
      }
      value = value << 8 | octet
    }
    return value
  }

  static func equalsIgnoringCase(_ text: Text, _ other: StaticString) -> Bool {
    guard text.count == other.utf8CodeUnitCount else { return false }
    return text.elementsEqual(String(describing: other).utf8) { lower($0) == lower($1) }
  }

  @inline(__always)
  static func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte + 32 : byte }

  static func lowercased(_ text: Text) -> String { String(decoding: text.map(lower), as: UTF8.self) }

  static func string(_ text: Text) -> String { String(decoding: text, as: UTF8.self) }
}
