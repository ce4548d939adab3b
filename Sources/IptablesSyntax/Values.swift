import SourceText

extension ValueKind {
  /// How many words follow the option.
  var argumentCount: Int {
    switch self {
    case .none: 0
    case .tcpFlags, .chunkTypes, .setReference: 2
    default: 1
    }
  }
}

extension RuleParser {
  /// Reads the value of an option into `first`, `second` and `list`.
  mutating func readValue(_ spec: OptionSpec, _ use: inout RuleSyntax.OptionUse) {
    let text = text(use.value)
    switch spec.kind {
    case .none: break
    case .text: readText(spec, &use, text)
    case .uint8: readNumber(spec, &use, text, width: 0xff)
    case .uint16: readNumber(spec, &use, text, width: 0xffff)
    case .uint32: readNumber(spec, &use, text, width: 0xffff_ffff)
    case .uint64: readNumber(spec, &use, text, width: .max)
    case .uint8Range: readRange(spec, &use, text, width: 0xff)
    case .uint16Range: readRange(spec, &use, text, width: 0xffff)
    case .uint32Range, .ctExpire: readRange(spec, &use, text, width: 0xffff_ffff)
    case .uint64Range: readRange(spec, &use, text, width: .max)
    case .port:
      if let port = Read.port(text) { use.first = UInt128(port) } else { refusePort(&use, text) }
    case .portRange: readPortRange(spec, &use, text)
    case .mark, .setMark, .xorMark, .devgroup: readMasked(spec, &use, text, width: 0xffff_ffff)
    case .tos: readTOS(&use, text)
    case .host:
      if let value = Read.address(text, isIPv6: isIPv6) { use.first = value } else { refuse(&use, "host `", text) }
    case .hostMask, .hostMaskList:
      if let (address, mask) = hostAndMask(text) {
        use.first = address
        use.second = mask
      } else {
        refuse(&use, "host/network `", text, after: "` not found")
      }
    case .prefixLength: readNumber(spec, &use, text, width: isIPv6 ? 128 : 32)
    case .protocolNumber:
      if let number = Read.protocolNumber(text) {
        use.first = UInt128(number)
      } else {
        refuse(&use, "unknown protocol `", text, after: "` specified")
      }
    case .double: readProbability(&use, text)
    case .mac:
      if let value = Read.mac(text) { use.first = UInt128(value) } else { refuse(&use, "invalid MAC address `", text) }
    default: readOwnValue(spec, &use, text)
    }
  }

  private mutating func readOwnValue(_ spec: OptionSpec, _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    switch spec.kind {
    case .ctState where spec.module == .state: readNames(&use, text, StateNames.plainValue, what: "state")
    case .addressTypes: readNames(&use, text, AddressTypeNames.value, what: "address type")
    case .ctState: readNames(&use, text, StateNames.value, what: "state")
    case .ctStatus: readNames(&use, text, StateNames.status, what: "status")
    case .ctDirection: readChoice(&use, text, ["ORIGINAL", "REPLY"], ignoresCase: true)
    case .icmpType: readICMP(&use, text, ICMPNames.v4)
    case .icmp6Type: readICMP(&use, text, ICMPNames.v6)
    case .tcpFlags: readTCPFlags(&use)
    case .portList: readPortList(&use, text)
    case .addressRange: readAddressRange(&use, text)
    case .packetType: readPacketType(&use, text)
    case .owner, .ownerGroup: readOwner(&use, text)
    case .natRange: readNATRange(&use, text)
    case .natPorts: readNATPorts(&use, text)
    case .netmapRange: readNetmap(&use, text)
    case .rejectType: readRejectType(&use, text)
    case .dscpClass: readDSCPClass(&use, text)
    case .setReference: readSetReference(&use)
    case .headerNames: readHeaderNames(&use, text)
    case .classID: readClassID(&use, text)
    default: readRemaining(spec, &use, text)
    }
  }

  // MARK: Shared kinds

  mutating func refuse(
    _ use: inout RuleSyntax.OptionUse, _ message: String, _ text: ArraySlice<UInt8>, after: String = "`",
    hint: String? = nil
  ) {
    use.isValid = false
    fail(.typeError, message + Read.string(text.prefix(80)) + after, at: use.value, hint: hint)
  }

  /// Texts are cut where they are too long; an interface name and some others are refused.
  private mutating func readText(_ spec: OptionSpec, _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    switch spec.key {
    case .physdevIn, .physdevOut, .oif:
      if text.count > 15 { refuse(&use, "interface name `", text, after: "` must be shorter than 16 characters") }
    case .logPrefix, .nflogPrefix:
      if text.contains(0x0A) { refuse(&use, "newlines not allowed in `", text) }
      if text.isEmpty { refuse(&use, "the prefix must have at least one character: `", text) }
    case .string:
      if text.isEmpty || text.count > 128 { refuse(&use, "the string must have 1 to 128 bytes: `", text) }
    default: break
    }
  }

  private mutating func readNumber(
    _ spec: OptionSpec, _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>, width: UInt64
  ) {
    let maximum = min(spec.maximum, width)
    if let value = Read.number(text, upTo: maximum), value >= spec.minimum {
      use.first = UInt128(value)
      use.second = UInt128(value)
    } else {
      refuse(
        &use, "bad value for option `--\(spec.key.rawValue)`: `", text,
        after: "` is not a number from \(spec.minimum) to \(maximum)")
    }
  }

  private mutating func readRange(
    _ spec: OptionSpec, _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>, width: UInt64
  ) {
    let maximum = min(spec.maximum, width)
    guard let (lower, upper) = Read.range(text, upTo: maximum) else {
      refuse(
        &use, "bad value for option `--\(spec.key.rawValue)`: `", text,
        after: "` is not a number or range from \(spec.minimum) to \(maximum)")
      return
    }
    use.first = UInt128(lower)
    use.second = UInt128(upper)
    // One number of connbytes is a lower bound.
    if spec.key == .connbytes, !text.contains(UInt8(ascii: ":")) { use.second = UInt128(maximum) }
    // Other extensions take such a range, which then never matches.
    if use.first > use.second, spec.key == .mss || spec.key == .connbytes { refuseReversed(&use, text) }
  }

  mutating func refuseReversed(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    refuse(&use, "invalid range `", text, after: "` (min > max)", hint: "write the smaller number first")
  }

  /// The addresses of extensions are read by inet_aton(3), those of the rule itself part by part: `10/8` differs.
  private func hostAndMask(_ text: ArraySlice<UInt8>) -> (UInt128, UInt128)? {
    guard !isIPv6 else { return Read.addressAndMask(text, isIPv6: true) }
    let slash = text.lastIndex(of: UInt8(ascii: "/"))
    let host = slash.map { text[..<$0] } ?? text
    guard let address = host.elementsEqual("localhost".utf8) ? 0x7f00_0001 : Read.classicIPv4(host) else { return nil }
    guard let slash else { return (address, Read.allOnes(isIPv6: false)) }
    return Read.netmask(text[(slash + 1)...], isIPv6: false).map { (address, $0) }
  }

  private mutating func refusePort(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    refuse(&use, "invalid port/service `", text, after: "` specified")
  }

  private mutating func readPortRange(
    _ spec: OptionSpec, _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>
  ) {
    guard let (lower, upper) = Read.portRange(text) else {
      refusePort(&use, text)
      return
    }
    use.first = UInt128(lower)
    use.second = UInt128(upper)
    // Extensions that read ports by the common table take such a range, which then never matches.
    if lower > upper, spec.module == .tcp || spec.module == .sctp { refuseReversed(&use, text) }
  }

  private mutating func readMasked(
    _ spec: OptionSpec, _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>, width: UInt64
  ) {
    if spec.kind == .devgroup, text.elementsEqual("default".utf8) {
      // The one name that /etc/iproute2/group always has.
      use.second = UInt128(width)
      return
    }
    guard let (value, mask) = Read.valueAndMask(text, upTo: width) else {
      refuse(&use, "bad value for option `--\(spec.key.rawValue)`: `", text)
      return
    }
    use.first = UInt128(value)
    use.second = UInt128(mask)
  }

  /// A list of names with commas; `value` gives the bits of one.
  private mutating func readNames(
    _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>, _ value: (ArraySlice<UInt8>) -> UInt64?, what: String
  ) {
    var bits: UInt64 = 0
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let bit = value(part) else {
        refuse(&use, "bad \(what) `", part)
        return
      }
      bits |= bit
    }
    use.first = UInt128(bits)
  }

  /// One word of several; `first` is its index.
  mutating func readChoice(
    _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>, _ choices: [String], ignoresCase: Bool = false
  ) {
    for (index, choice) in choices.enumerated() {
      let isEqual =
        ignoresCase
        ? text.elementsEqual(choice.utf8, by: { Read.lower($0) == Read.lower($1) }) : text.elementsEqual(choice.utf8)
      if isEqual {
        use.first = UInt128(index)
        return
      }
    }
    refuse(&use, "unknown value `", text, hint: "one of \(choices.joined(separator: ", "))")
  }

  // MARK: Kinds of single extensions

  private mutating func readTOS(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    if let value = TOSNames.value(text) {
      use.first = UInt128(value)
      use.second = 0x3f
    } else if let (value, mask) = Read.valueAndMask(text, upTo: 255) {
      use.first = UInt128(value)
      use.second = UInt128(mask)
    } else {
      refuse(&use, "bad TOS value `", text)
    }
  }

  private mutating func readICMP(
    _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>, _ names: [ICMPNames.Entry]
  ) {
    if let entry = ICMPNames.find(text, in: names) {
      use.first = UInt128(entry.type)
      use.list = rule.pool.count..<rule.pool.count + 2
      rule.pool.append(UInt128(entry.lower))
      rule.pool.append(UInt128(entry.upper))
      return
    }
    let parts = text.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let type = Read.number(first, upTo: 255) else {
      refuse(&use, isIPv6 ? "unknown ICMPv6 type `" : "unknown ICMP type `", text)
      return
    }
    var codes: (UInt64, UInt64) = (0, 255)
    if parts.count > 1 {
      guard let code = Read.number(parts[1], upTo: 255) else {
        refuse(&use, isIPv6 ? "invalid ICMPv6 code `" : "invalid ICMP code `", parts[1])
        return
      }
      codes = (code, code)
    }
    use.first = UInt128(type)
    use.list = rule.pool.count..<rule.pool.count + 2
    rule.pool.append(UInt128(codes.0))
    rule.pool.append(UInt128(codes.1))
  }

  private mutating func readTCPFlags(_ use: inout RuleSyntax.OptionUse) {
    guard let mask = TCPFlagNames.bits(text(use.value)) else {
      refuse(&use, "unknown TCP flags `", text(use.value))
      return
    }
    guard let compare = TCPFlagNames.bits(text(use.secondValue)) else {
      refuse(&use, "unknown TCP flags `", text(use.secondValue))
      return
    }
    use.first = UInt128(mask)
    use.second = UInt128(compare)
  }

  private mutating func readPortList(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    let start = rule.pool.count
    var slots = 0
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard part.first != UInt8(ascii: ":"), part.last != UInt8(ascii: ":"), let (lower, upper) = Read.portRange(part)
      else {
        refuse(
          &use, "invalid port/service `", part, after: "` specified",
          hint: "multiport has no open ranges: write both ports")
        return
      }
      if lower > upper {
        refuse(&use, "invalid portrange `", part, after: "`", hint: "write the smaller port first")
        return
      }
      slots += part.contains(UInt8(ascii: ":")) ? 2 : 1
      rule.pool.append(UInt128(lower))
      rule.pool.append(UInt128(upper))
    }
    use.list = start..<rule.pool.count
    if slots > 15 {
      fail(
        .typeError, "too many ports specified: multiport takes 15, and a range counts as two", at: use.value,
        hint: "split the rule")
    }
  }

  private mutating func readAddressRange(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    let split = text.firstIndex(of: UInt8(ascii: "-"))
    let low = split.map { text[..<$0] } ?? text
    let high = split.map { text[($0 + 1)...] } ?? text
    guard let lower = Read.looseAddress(low, isIPv6: isIPv6), let upper = Read.looseAddress(high, isIPv6: isIPv6) else {
      refuse(&use, "bad IP range `", text)
      return
    }
    use.first = lower
    use.second = upper
    if lower > upper {
      // iptables takes it; nothing matches.
      use.second = upper
    }
  }

  private mutating func readPacketType(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    let names: [(String, UInt8)] = [
      ("unicast", 0), ("host", 0), ("broadcast", 1), ("bcast", 1), ("multicast", 2), ("mcast", 2), ("otherhost", 3),
    ]
    for (name, value) in names where text.elementsEqual(name.utf8, by: { Read.lower($0) == $1 }) {
      use.first = UInt128(value)
      return
    }
    refuse(&use, "bad packet type `", text)
  }

  /// Numbers, a range, or a name (`second` is then the largest number and `isValid` stays true: a host fact).
  private mutating func readOwner(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    if text.first != UInt8(ascii: "-"), text.last != UInt8(ascii: "-"),
      let (lower, upper) = Read.range(text, separator: UInt8(ascii: "-"), upTo: 0xffff_fffe), lower <= upper
    {
      use.first = UInt128(lower)
      use.second = UInt128(upper)
      return
    }
    if text.elementsEqual("root".utf8) { return }
    guard let first = text.first, Read.lower(first) >= 97, Read.lower(first) <= 122 || first == 95 else {
      refuse(&use, "bad value for owner: `", text)
      return
    }
    // The name of a user of that machine.
    use.first = .max
  }

  private mutating func readRejectType(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    if let index = RejectNames.index(of: text, isIPv6: isIPv6) {
      use.first = UInt128(index)
    } else {
      refuse(&use, "unknown reject type `", text)
    }
  }

  private mutating func readDSCPClass(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    if let value = DSCPNames.value(text) {
      use.first = UInt128(value)
      use.second = UInt128(value)
    } else {
      refuse(&use, "invalid DSCP class `", text)
    }
  }

  /// `name src,dst`: `list` holds 0 for src and 1 for dst.
  private mutating func readSetReference(_ use: inout RuleSyntax.OptionUse) {
    let start = rule.pool.count
    for part in text(use.secondValue).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      if part.elementsEqual("src".utf8) {
        rule.pool.append(0)
      } else if part.elementsEqual("dst".utf8) {
        rule.pool.append(1)
      } else {
        refuse(&use, "set directions must be `src` or `dst`, not `", part)
        return
      }
    }
    use.list = start..<rule.pool.count
    if use.list.count > 6 { refuse(&use, "more than 6 directions: `", text(use.secondValue)) }
    if text(use.value).count > 31 { refuse(&use, "setname `", text(use.value), after: "` too long, max 31 characters") }
  }

  private mutating func readHeaderNames(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    var bits: UInt64 = 0
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let bit = HeaderNames.bit(part) else {
        refuse(&use, "unknown header `", part, after: "` specified")
        return
      }
      bits |= bit
    }
    use.first = UInt128(bits)
  }

  private mutating func readClassID(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 2, let major = HexNumbers.read(parts[0], upTo: 0xffff),
      let minor = HexNumbers.read(parts[1], upTo: 0xffff)
    else {
      refuse(&use, "bad class value `", text)
      return
    }
    use.first = UInt128(major << 16 | minor)
  }
}
