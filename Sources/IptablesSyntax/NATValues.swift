import SourceText

extension RuleParser {
  /// `[address[-address]][:port[-port[/port]]]`; IPv6 addresses stand in brackets when ports follow. `list` holds
  /// hasAddress, lower, upper, hasPorts, lower, upper, base.
  mutating func readNATRange(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    var addresses = text
    var ports: ArraySlice<UInt8>?
    if isIPv6 {
      if text.first == UInt8(ascii: "[") {
        guard let close = text.firstIndex(of: UInt8(ascii: "]")) else {
          refuse(&use, "invalid address format `", text)
          return
        }
        addresses = text[(text.startIndex + 1)..<close]
        let rest = text[(close + 1)...]
        if rest.first == UInt8(ascii: ":") {
          ports = rest.dropFirst()
        } else if !rest.isEmpty {
          refuse(&use, "invalid address format `", text)
          return
        }
      } else if text.first == UInt8(ascii: ":"), text.count > 1, text[text.startIndex + 1] != UInt8(ascii: ":") {
        addresses = text[text.endIndex...]
        ports = text.dropFirst()
      }
    } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
      addresses = text[..<colon]
      ports = text[(colon + 1)...]
    }
    var values: [UInt128] = [0, 0, 0, 0, 0, 0, 0]
    if !addresses.isEmpty {
      let split = addresses.firstIndex(of: UInt8(ascii: "-"))
      let low = split.map { addresses[..<$0] } ?? addresses
      let high = split.map { addresses[($0 + 1)...] } ?? addresses
      guard let lower = Read.address(low, isIPv6: isIPv6), let upper = Read.address(high, isIPv6: isIPv6) else {
        refuse(&use, "bad IP address `", addresses)
        return
      }
      values[0] = 1
      values[1] = lower
      values[2] = upper
    } else if ports == nil {
      refuse(&use, "bad IP address `", text)
      return
    }
    if let ports {
      guard readPorts(&use, ports, into: &values) else { return }
      requirePortProtocol(use)
    }
    use.list = rule.pool.count..<rule.pool.count + values.count
    rule.pool += values
  }

  mutating func readNATPorts(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    var values: [UInt128] = [0, 0, 0, 0, 0, 0, 0]
    if text.contains(UInt8(ascii: "/")) {
      refuse(&use, "garbage after port value: `", text)
      return
    }
    guard readPorts(&use, text, into: &values) else { return }
    requirePortProtocol(use)
    use.list = rule.pool.count..<rule.pool.count + values.count
    rule.pool += values
  }

  private mutating func requirePortProtocol(_ use: RuleSyntax.OptionUse) {
    // Of ICMP the identifier is meant; iptables takes the number of its IPv4 kind in both families.
    let withPorts: [UInt8] = [6, 17, 132, 33, 1]
    if let test = rule.transportProtocol, !test.isNegated, let number = test.number, withPorts.contains(number) {
      return
    }
    fail(
      .typeError, "need TCP, UDP, SCTP or DCCP with port specification", at: use.value,
      hint: "put `-p tcp` or `-p udp` before the target")
  }

  private mutating func readPorts(
    _ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>, into values: inout [UInt128]
  ) -> Bool {
    var range = text
    if let slash = text.firstIndex(of: UInt8(ascii: "/")) {
      range = text[..<slash]
      let base = text[(slash + 1)...]
      guard let port = Read.port(base), port > 0 else {
        refuse(&use, "port `", base, after: "` not valid")
        return false
      }
      values[6] = UInt128(port)
    }
    guard !range.isEmpty, let (lower, upper) = natPortRange(range), upper > 0 || use.key == .toPorts else {
      refuse(&use, "port `", range, after: "` not valid")
      return false
    }
    if lower > upper {
      refuseReversed(&use, range)
      return false
    }
    values[3] = 1
    values[4] = UInt128(lower)
    values[5] = UInt128(upper)
    return true
  }

  private func natPortRange(_ text: ArraySlice<UInt8>) -> (UInt64, UInt64)? {
    if let port = Read.port(text) { return (port, port) }
    guard let dash = text.firstIndex(of: UInt8(ascii: "-")), let lower = Read.number(text[..<dash], upTo: 65535),
      let upper = Read.number(text[(dash + 1)...], upTo: 65535)
    else { return nil }
    return (lower, upper)
  }

  /// `address[/mask]`: the network that addresses are mapped to.
  mutating func readNetmap(_ use: inout RuleSyntax.OptionUse, _ text: ArraySlice<UInt8>) {
    guard let (address, mask) = Read.addressAndMask(text, isIPv6: isIPv6) else {
      refuse(&use, "bad IP address `", text)
      return
    }
    use.first = address
    use.second = mask
  }
}
