import CheckKit
import FirewallModel
import Packets

/// Rules in the language of nft(8), as short as `nft list ruleset` writes them.
enum NftablesText {
  /// The text of a new rule for a table of a family, without `add rule …`.
  static func rule(_ rule: NewRule, family: Family) throws(Refusal) -> String {
    guard family != .arp else { throw Refusal("rules of arp tables are not written") }
    var words: [String] = []
    var limits: [String] = []
    let transport = transportProtocol(of: rule.conditions)
    let hasPort = rule.conditions.contains { isPort($0) }
    for condition in rule.conditions {
      if case .transportProtocol(let number) = condition, hasPort, portKeyword(number) != nil { continue }
      let text = try self.condition(condition, family: family, transport: transport)
      if case .limit = condition { limits.append(text) } else { words.append(text) }
    }
    words += limits
    words.append(try verdict(rule.verdict, family: family, transport: transport))
    if let comment = rule.comment { words.append("comment \(try quoted(comment, limit: 128))") }
    return words.joined(separator: " ")
  }

  static func verdict(_ verdict: NewRule.Verdict, family: Family, transport: UInt8?) throws(Refusal) -> String {
    switch verdict {
    case .accept: return "accept"
    case .drop: return "drop"
    case .log(let prefix): return "log prefix \(try quoted(prefix, limit: 127))"
    case .reject(let kind): return try reject(kind, family: family, transport: transport)
    }
  }

  private static func reject(_ kind: RejectKind, family: Family, transport: UInt8?) throws(Refusal) -> String {
    guard family != .netdev else { throw Refusal("netdev chains are not given a reject") }
    switch kind {
    case .tcpReset:
      guard transport == IPProtocol.tcp else { throw Refusal("a TCP reset needs a rule that matches TCP only") }
      return "reject with tcp reset"
    case .icmp(let code):
      if family == .ip6 {
        guard let other = ProtocolNames.v6Code(ofV4: code), let name = ProtocolNames.nftUnreachableV6(other) else {
          throw Refusal("ICMP code \(code) has no counterpart in ICMPv6")
        }
        return "reject with icmpv6 type \(name)"
      }
      guard let name = ProtocolNames.nftUnreachable(code) else { throw Refusal("no reject with ICMP code \(code)") }
      return "reject with icmp type \(name)"
    case .icmpv6(let code):
      if family == .ip {
        guard let other = ProtocolNames.v4Code(ofV6: code), let name = ProtocolNames.nftUnreachable(other) else {
          throw Refusal("ICMPv6 code \(code) has no counterpart in ICMP")
        }
        return "reject with icmp type \(name)"
      }
      guard let name = ProtocolNames.nftUnreachableV6(code) else { throw Refusal("no reject with ICMPv6 code \(code)") }
      return "reject with icmpv6 type \(name)"
    case .icmpx(let code):
      switch family {
      case .ip:
        guard let v4 = ProtocolNames.v4Code(ofX: code) else { throw Refusal("no reject with icmpx code \(code)") }
        return try reject(.icmp(code: v4), family: family, transport: transport)
      case .ip6:
        guard let v6 = ProtocolNames.v6Code(ofX: code) else { throw Refusal("no reject with icmpx code \(code)") }
        return try reject(.icmpv6(code: v6), family: family, transport: transport)
      default:
        guard let name = ProtocolNames.nftUnreachableX(code) else { throw Refusal("no reject with icmpx code \(code)") }
        return "reject with icmpx type \(name)"
      }
    }
  }

  private static func condition(
    _ condition: NewRule.Condition, family: Family, transport: UInt8?
  ) throws(Refusal) -> String {
    switch condition {
    case .inInterface(let name): return "iifname \(try interface(name))"
    case .outInterface(let name): return "oifname \(try interface(name))"
    case .notInInterface(let name): return "iifname != \(try interface(name))"
    case .source(let text): return try address("saddr", text, family: family)
    case .destination(let text): return try address("daddr", text, family: family)
    case .transportProtocol(let number):
      let name = ProtocolNames.transport(number) ?? "\(number)"
      return family == .ip && number != 58 ? "ip protocol \(name)" : "meta l4proto \(name)"
    case .anyICMP:
      switch family {
      case .ip: return "ip protocol icmp"
      case .ip6: return "meta l4proto ipv6-icmp"
      default: return "meta l4proto { icmp, ipv6-icmp }"
      }
    case .sourcePort(let range): return "\(portWord(transport)) sport \(ports(range))"
    case .destinationPort(let range): return "\(portWord(transport)) dport \(ports(range))"
    case .icmp(let type, let code):
      guard family != .ip6 else { throw Refusal("an ip6 table sees no ICMPv4") }
      let head = "icmp type \(ProtocolNames.nftICMPType(type))"
      return code.map { "\(head) icmp code \(ProtocolNames.nftICMPCode($0, type: type))" } ?? head
    case .icmpv6(let type):
      guard family != .ip else { throw Refusal("an ip table sees no ICMPv6") }
      return "icmpv6 type \(ProtocolNames.nftICMPv6Type(type))"
    case .icmpv6Types(let types):
      guard family != .ip else { throw Refusal("an ip table sees no ICMPv6") }
      guard let first = types.first else { throw Refusal("no ICMPv6 type was given") }
      if types.count == 1 { return "icmpv6 type \(ProtocolNames.nftICMPv6Type(first))" }
      return "icmpv6 type { \(types.map { ProtocolNames.nftICMPv6Type($0) }.joined(separator: ", ")) }"
    case .states(let states):
      guard !states.isEmpty else { throw Refusal("no conntrack state was given") }
      guard family != .netdev else { throw Refusal("netdev chains see no conntrack state") }
      return "ct state \(states.map(\.name).joined(separator: ","))"
    case .ipOption(let field):
      guard family != .ip6, let name = optionName(field) else { throw Refusal("this IP option cannot be matched here") }
      return "ip option \(name) exists"
    case .destinationIsBroadcast:
      guard family != .ip6 else { throw Refusal("IPv6 has no broadcast") }
      return "fib daddr type broadcast"
    case .hopLimit(let value):
      switch family {
      case .ip: return "ip ttl \(value)"
      default: return "ip6 hoplimit \(value)"
      }
    case .limit(let rate, let burst): return "limit rate \(try self.rate(rate)) burst \(max(1, burst)) packets"
    }
  }

  static func optionName(_ field: Field) -> String? {
    switch field {
    case .hasLSRR: "lsrr"
    case .hasSSRR: "ssrr"
    case .hasRecordRoute: "rr"
    case .hasRouterAlert: "ra"
    default: nil
    }
  }

  static func transportProtocol(of conditions: [NewRule.Condition]) -> UInt8? {
    for case .transportProtocol(let number) in conditions { return number }
    return nil
  }

  static func isPort(_ condition: NewRule.Condition) -> Bool {
    switch condition {
    case .sourcePort, .destinationPort: true
    default: false
    }
  }

  private static func portKeyword(_ transport: UInt8) -> String? {
    switch transport {
    case 6, 17, 33, 132, 136: ProtocolNames.transport(transport)
    default: nil
    }
  }

  private static func portWord(_ transport: UInt8?) -> String { transport.flatMap { portKeyword($0) } ?? "th" }

  private static func ports(_ range: ClosedRange<UInt16>) -> String {
    range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
  }

  private static func address(_ word: String, _ text: String, family: Family) throws(Refusal) -> String {
    let isV6 = text.utf8.contains(UInt8(ascii: ":"))
    guard isAddress(text) else { throw Refusal("`\(text)` is no address") }
    guard !(isV6 && family == .ip), !(!isV6 && family == .ip6) else {
      throw Refusal("the address \(text) is of another family than the table")
    }
    return "\(isV6 ? "ip6" : "ip") \(word) \(text)"
  }

  /// An address, or an address and a prefix length.
  static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let head = parts.first, let address = Address(head) else { return false }
    guard parts.count == 2 else { return true }
    guard let length = Int(parts[1]) else { return false }
    return length >= 0 && length <= address.width
  }

  /// Interface names go into quotes; what could end the quotes or hold more than a name is refused.
  private static func interface(_ name: String) throws(Refusal) -> String {
    guard isInterfaceName(name) else { throw Refusal("`\(name)` is no interface name") }
    return "\"\(name)\""
  }

  static func isInterfaceName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= InterfaceName.maximumLength
      && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"\"\\/;{}#'$`".utf8.contains($0) }
  }

  private static func quoted(_ text: String, limit: Int) throws(Refusal) -> String {
    guard text.utf8.count <= limit, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c && $0 != 0x7f })
    else { throw Refusal("a text of the rule cannot be quoted") }
    return "\"\(text)\""
  }

  private static func rate(_ text: String) throws(Refusal) -> String {
    let (count, unit) = try RateText.parts(text)
    return "\(count)/\(unit)"
  }
}

/// `5/second` as the remedies give it.
enum RateText {
  static func parts(_ text: String) throws(Refusal) -> (count: UInt32, unit: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let count = UInt32(parts[0]), count > 0 else { throw Refusal("`\(text)` is no rate") }
    for unit in ["second", "minute", "hour", "day"] where unit.hasPrefix(parts[1]) && !parts[1].isEmpty {
      return (count, unit)
    }
    throw Refusal("`\(text)` is no rate")
  }
}
