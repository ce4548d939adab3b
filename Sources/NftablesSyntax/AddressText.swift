/// The spelling of addresses, and their values.
package enum AddressText {
  static func isIPv4(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    ipv4(bytes, range) != nil
  }

  /// The value of a dotted quad.
  package static func ipv4(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt32? {
    var value: UInt32 = 0
    var part: UInt32 = 0
    var digits = 0
    var parts = 0
    for index in range {
      let byte = bytes[index]
      if byte == UInt8(ascii: ".") {
        guard digits > 0, parts < 3 else { return nil }
        value = value << 8 | part
        (part, digits, parts) = (0, 0, parts + 1)
      } else {
        guard byte >= 48, byte <= 57 else { return nil }
        part = part * 10 + UInt32(byte - 48)
        digits += 1
        guard part <= 255, digits <= 3 else { return nil }
      }
    }
    guard parts == 3, digits > 0 else { return nil }
    return value << 8 | part
  }

  static func isIPv6(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    ipv6(bytes, range) != nil
  }

  /// The value of an IPv6 address in any form of RFC 4291 section 2.2.
  package static func ipv6(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt128? {
    var head: UInt128 = 0
    var headCount = 0
    var tail: UInt128 = 0
    var tailCount = 0
    var sawGap = false
    var index = range.lowerBound
    let end = range.upperBound
    let colon = UInt8(ascii: ":")
    if index < end, bytes[index] == colon {
      guard index + 1 < end, bytes[index + 1] == colon else { return nil }
      sawGap = true
      index += 2
    }
    var needsGroup = false
    while index < end {
      guard headCount + tailCount < 8 else { return nil }
      let start = index
      var value: UInt32 = 0
      while index < end, let digit = hexDigit(bytes[index]) {
        value = value << 4 | UInt32(digit)
        index += 1
        if index - start > 4 { return nil }
      }
      if index < end, bytes[index] == UInt8(ascii: ".") {
        guard headCount + tailCount < 7, let quad = ipv4(bytes, start..<end) else { return nil }
        if sawGap {
          tail = tail << 32 | UInt128(quad)
          tailCount += 2
        } else {
          head = head << 32 | UInt128(quad)
          headCount += 2
        }
        needsGroup = false
        break
      }
      guard index > start else { return nil }
      if sawGap {
        tail = tail << 16 | UInt128(value)
        tailCount += 1
      } else {
        head = head << 16 | UInt128(value)
        headCount += 1
      }
      needsGroup = false
      if index == end { break }
      guard bytes[index] == colon else { return nil }
      index += 1
      if index < end, bytes[index] == colon {
        guard !sawGap else { return nil }
        sawGap = true
        index += 1
      } else {
        needsGroup = true
      }
    }
    guard !needsGroup else { return nil }
    let count = headCount + tailCount
    guard sawGap ? count < 8 : count == 8 else { return nil }
    if !sawGap { return head }
    return (headCount == 0 ? 0 : head << UInt128(16 * (8 - headCount))) | tail
  }

  static func isHardware(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    hardware(bytes, range) != nil
  }

  /// The value of a hardware address: groups of one or two hexadecimal digits (six of them for Ethernet).
  package static func hardware(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt128? {
    var value: UInt128 = 0
    var group: UInt8 = 0
    var digits = 0
    var groups = 0
    for index in range {
      if bytes[index] == UInt8(ascii: ":") {
        guard digits > 0, groups < 7 else { return nil }
        value = value << 8 | UInt128(group)
        (group, digits, groups) = (0, 0, groups + 1)
      } else {
        guard let digit = hexDigit(bytes[index]), digits < 2 else { return nil }
        group = group << 4 | digit
        digits += 1
      }
    }
    guard digits > 0, groups == 5 else { return nil }
    return value << 8 | UInt128(group)
  }

  package static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }
}
