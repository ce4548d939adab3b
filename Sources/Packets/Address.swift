/// An IPv4 or IPv6 address in host order.
package enum Address: Hashable, Comparable, Sendable {
  case v4(UInt32)
  case v6(UInt128)

  /// The number as it stands in `Field.source` and `Field.destination`.
  package var value: UInt128 {
    switch self {
    case .v4(let value): UInt128(value)
    case .v6(let value): value
    }
  }

  package var isV4: Bool {
    if case .v4 = self { return true }
    return false
  }

  /// The NFPROTO number: 2 or 10.
  package var family: UInt128 { isV4 ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6 }

  /// Width in bits: 32 or 128.
  package var width: Int { isV4 ? 32 : 128 }

  /// Reads a dotted quad (four decimal parts, no leading zeros beyond what inet_pton allows) or an IPv6 address
  /// in any form of RFC 4291 section 2.2; nil for anything else (host names, zone ids, prefixes).
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    if bytes.contains(UInt8(ascii: ":")) {
      guard let value = Self.parseV6(bytes[...]) else { return nil }
      self = .v6(value)
    } else {
      guard let value = Self.parseV4(bytes[...]) else { return nil }
      self = .v4(value)
    }
  }

  /// Reads a dotted quad from ASCII bytes.
  package static func parseV4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    var part: UInt32 = 0
    var digits = 0
    var parts = 0
    for byte in bytes {
      if byte == UInt8(ascii: ".") {
        guard digits > 0, parts < 3 else { return nil }
        value = value << 8 | part
        (part, digits, parts) = (0, 0, parts + 1)
      } else {
        guard byte >= 48, byte <= 57, digits == 0 || part != 0 else { return nil }
        part = part * 10 + UInt32(byte - 48)
        digits += 1
        guard part <= 255 else { return nil }
      }
    }
    guard parts == 3, digits > 0 else { return nil }
    return value << 8 | part
  }

  /// Reads an IPv6 address from ASCII bytes.
  package static func parseV6(_ bytes: ArraySlice<UInt8>) -> UInt128? {
    var head: [UInt16] = []
    var tail: [UInt16] = []
    var sawGap = false
    var index = bytes.startIndex
    let end = bytes.endIndex
    func isColon(_ at: Int) -> Bool { at < end && bytes[at] == UInt8(ascii: ":") }
    if isColon(index) {
      guard isColon(index + 1) else { return nil }
      sawGap = true
      index += 2
    }
    var needGroup = false
    while index < end {
      let start = index
      var value: UInt32 = 0
      while index < end, let digit = hexDigit(bytes[index]) {
        value = value << 4 | UInt32(digit)
        index += 1
        guard index - start <= 4 else { return nil }
      }
      if index < end, bytes[index] == UInt8(ascii: ".") {
        guard let quad = parseV4(bytes[start..<end]) else { return nil }
        let groups = [UInt16(quad >> 16), UInt16(quad & 0xffff)]
        if sawGap { tail += groups } else { head += groups }
        index = end
        needGroup = false
        break
      }
      guard index > start else { return nil }
      if sawGap { tail.append(UInt16(value)) } else { head.append(UInt16(value)) }
      needGroup = false
      if index == end { break }
      guard isColon(index) else { return nil }
      index += 1
      if isColon(index) {
        guard !sawGap else { return nil }
        sawGap = true
        index += 1
      } else {
        needGroup = true
      }
    }
    guard !needGroup else { return nil }
    let count = head.count + tail.count
    guard sawGap ? count < 8 : count == 8 else { return nil }
    var value: UInt128 = 0
    for group in head { value = value << 16 | UInt128(group) }
    value = sawGap && head.isEmpty ? 0 : value
    let gap = 8 - count
    if gap > 0 { value = value << UInt128(16 * gap) }
    for group in tail { value = value << 16 | UInt128(group) }
    return value
  }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }

  package static func < (a: Address, b: Address) -> Bool {
    a.isV4 != b.isV4 ? a.isV4 : a.value < b.value
  }
}

extension Address: CustomStringConvertible {
  /// The canonical text: dotted quad, or RFC 5952 section 4 (lower case, longest zero run of at least two groups
  /// folded). IPv4-mapped addresses are written with a dotted quad as inet_ntop(3) does.
  package var description: String {
    switch self {
    case .v4(let value):
      return "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
    case .v6(let value):
      if value >> 32 == 0xffff {
        return "::ffff:\(Address.v4(UInt32(truncatingIfNeeded: value)))"
      }
      let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128(16 * (7 - $0))) }
      var best = 0..<0
      var start = 0
      while start < 8 {
        var end = start
        while end < 8, groups[end] == 0 { end += 1 }
        if end - start > best.count, end - start >= 2 { best = start..<end }
        start = max(end, start) + 1
      }
      func text(_ range: Range<Int>) -> String {
        range.map { String(groups[$0], radix: 16) }.joined(separator: ":")
      }
      return best.isEmpty ? text(0..<8) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
    }
  }
}
