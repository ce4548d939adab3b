import SourceText

/// The elements of ipsets as ipset(8) writes them.
extension IpsetFile {
  /// Appends one part for each dimension of the set; false when the text is no element of it. The caller takes back what
  /// was appended then.
  /// Static, since the set is a part of the file that is being read.
  static func appendParts(of text: ArraySlice<UInt8>, isWildcard: Bool, to set: inout Set) -> Bool {
    if set.dimensions == [.set] {
      set.parts.append(.name(Read.string(text)))
      return true
    }
    var rest = text
    for (index, dimension) in set.dimensions.enumerated() {
      let isLast = index == set.dimensions.count - 1
      guard let comma = rest.firstIndex(of: UInt8(ascii: ",")) else {
        guard let part = part(rest, dimension, set, isWildcard: isWildcard) else { return false }
        set.parts.append(part)
        // Only a MAC of `bitmap:ip,mac` may be left away: the first packet gives it.
        if isLast { return true }
        guard set.type == "bitmap:ip,mac" else { return false }
        set.parts.append(.any)
        set.isChanging = true
        return true
      }
      guard !isLast, let part = part(rest[..<comma], dimension, set, isWildcard: isWildcard) else { return false }
      set.parts.append(part)
      rest = rest[(comma + 1)...]
    }
    return false
  }

  private static func part(_ text: ArraySlice<UInt8>, _ dimension: Dimension, _ set: Set, isWildcard: Bool) -> Part? {
    switch dimension {
    case .ip, .net: return addresses(text, set)
    case .port: return set.type == "bitmap:port" ? plainPorts(text) : ports(text)
    case .mac: return Read.mac(text).map { .range(UInt128($0), UInt128($0)) }
    case .mark: return Read.number(text, upTo: 0xffff_ffff).map { .range(UInt128($0), UInt128($0)) }
    case .iface:
      let name = Read.string(text)
      guard !name.isEmpty, name.utf8.count <= (name.hasPrefix("physdev:") ? 23 : 15) else { return nil }
      return .interface(name, isWildcard: isWildcard)
    case .set: return .name(Read.string(text))
    }
  }

  private static func addresses(_ text: ArraySlice<UInt8>, _ set: Set) -> Part? {
    var text = text
    // IPv6 addresses may stand in brackets.
    if text.first == UInt8(ascii: "["), text.last == UInt8(ascii: "]") { text = text.dropFirst().dropLast() }
    let whole = Read.allOnes(isIPv6: set.isIPv6)
    if let dash = text.firstIndex(of: UInt8(ascii: "-")) {
      guard let lower = Read.address(text[..<dash], isIPv6: set.isIPv6),
        let upper = Read.address(text[(dash + 1)...], isIPv6: set.isIPv6), lower <= upper
      else { return nil }
      guard let bits = set.netmask else { return .range(lower, upper) }
      let mask = Read.mask(prefix: bits, isIPv6: set.isIPv6)
      return .range(lower & mask, upper | (~mask & whole))
    }
    guard let (address, mask) = Read.addressAndMask(text, isIPv6: set.isIPv6) else { return nil }
    var effective = mask
    if let bits = set.netmask { effective &= Read.mask(prefix: bits, isIPv6: set.isIPv6) }
    let lower = address & effective
    return .range(lower, lower | (~effective & whole))
  }

  private static func plainPorts(_ text: ArraySlice<UInt8>) -> Part? {
    guard let (lower, upper) = Read.portRange(text, separator: UInt8(ascii: "-")), lower <= upper else { return nil }
    return .port(protocol: nil, lower: UInt16(lower), upper: UInt16(upper))
  }

  /// `80`, `80-90`, `tcp:80`, `icmp:8/0`, `icmp:echo-request`, `gre:0`. Without a protocol TCP is meant.
  private static func ports(_ text: ArraySlice<UInt8>) -> Part? {
    var number: UInt8 = 6
    var rest = text
    if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
      guard let named = Read.protocolNumber(text[..<colon]) else { return nil }
      number = named
      rest = text[(colon + 1)...]
    }
    switch number {
    case 1: return control(rest, number, ICMPNames.v4)
    case 58: return control(rest, number, ICMPNames.v6)
    case 6, 17, 132, 136:
      guard let (lower, upper) = Read.portRange(rest, separator: UInt8(ascii: "-")), lower <= upper else { return nil }
      return .port(protocol: number, lower: UInt16(lower), upper: UInt16(upper))
    default:
      // Protocols without ports are written with port 0.
      return Read.number(rest) == 0 ? .port(protocol: number, lower: 0, upper: 0) : nil
    }
  }

  private static func control(_ text: ArraySlice<UInt8>, _ number: UInt8, _ names: [ICMPNames.Entry]) -> Part? {
    if let entry = ICMPNames.find(text, in: names) {
      let value = UInt16(entry.type) << 8 | UInt16(entry.lower)
      return .port(protocol: number, lower: value, upper: value)
    }
    let parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 2, let type = Read.number(parts[0], upTo: 255), let code = Read.number(parts[1], upTo: 255)
    else { return nil }
    let value = UInt16(type) << 8 | UInt16(code)
    return .port(protocol: number, lower: value, upper: value)
  }
}
