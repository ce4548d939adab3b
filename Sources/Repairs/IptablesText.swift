import CheckKit
import FirewallModel
import Packets

/// Rules as iptables-save(8) and ip6tables-save(8) print them: `-s -d -i -o -p`, the matches, then `-j`.
enum IptablesText {
  /// The lines of a new rule after `-A CHAIN `. More than one where one rule cannot say it.
  static func rules(_ rule: NewRule, isV6: Bool) throws(Refusal) -> [String] {
    var head = Head()
    var matches: [String] = []
    var limits: [String] = []
    var alternatives: [String] = []
    let transport = NftablesText.transportProtocol(of: rule.conditions)
    for condition in rule.conditions {
      switch condition {
      case .inInterface(let name): head.input = "-i \(try interface(name))"
      case .notInInterface(let name): head.input = "! -i \(try interface(name))"
      case .outInterface(let name): head.output = "-o \(try interface(name))"
      case .source(let text): head.source = "-s \(try address(text, isV6: isV6))"
      case .destination(let text): head.destination = "-d \(try address(text, isV6: isV6))"
      case .transportProtocol(let number): head.transport = number
      case .anyICMP: head.transport = isV6 ? IPProtocol.icmpv6 : IPProtocol.icmp
      case .sourcePort, .destinationPort: break
      case .icmp(let type, let code):
        guard !isV6 else { throw Refusal("ip6tables sees no ICMPv4") }
        head.transport = IPProtocol.icmp
        matches.append("-m icmp --icmp-type \(type)" + (code.map { "/\($0)" } ?? ""))
      case .icmpv6(let type):
        guard isV6 else { throw Refusal("iptables sees no ICMPv6") }
        head.transport = IPProtocol.icmpv6
        matches.append("-m icmp6 --icmpv6-type \(type)")
      case .icmpv6Types(let types):
        guard isV6 else { throw Refusal("iptables sees no ICMPv6") }
        guard !types.isEmpty, alternatives.isEmpty else { throw Refusal("the ICMPv6 types cannot be written") }
        head.transport = IPProtocol.icmpv6
        alternatives = types.map { "-m icmp6 --icmpv6-type \($0)" }
      case .states(let states):
        guard !states.isEmpty else { throw Refusal("no conntrack state was given") }
        matches.append("-m conntrack --ctstate \(self.states(Set(states)))")
      case .ipOption: throw Refusal("iptables has no match for IP options")
      case .destinationIsBroadcast:
        guard !isV6 else { throw Refusal("IPv6 has no broadcast") }
        matches.append("-m addrtype --dst-type BROADCAST")
      case .hopLimit(let value): matches.append(isV6 ? "-m hl --hl-eq \(value)" : "-m ttl --ttl-eq \(value)")
      case .limit(let rate, let burst): limits.append(try limit(rate, burst: burst))
      }
    }
    if let ports = try ports(rule.conditions, transport: transport) { matches.insert(ports, at: 0) }
    if let comment = rule.comment { limits.append("-m comment --comment \(try quoted(comment, limit: 255))") }
    let verdict = "-j \(try self.verdict(rule.verdict, isV6: isV6, transport: transport))"
    let first = head.words
    return (alternatives.isEmpty ? [""] : alternatives).map { alternative in
      (first + (alternative.isEmpty ? [] : [alternative]) + matches + limits + [verdict]).joined(separator: " ")
    }
  }

  private struct Head {
    var source: String?
    var destination: String?
    var input: String?
    var output: String?
    var transport: UInt8?
    var words: [String] {
      [source, destination, input, output].compactMap { $0 }
        + (transport.map { ["-p \(ProtocolNames.transport($0) ?? "\($0)")"] } ?? [])
    }
  }

  /// What follows `-j `.
  static func verdict(_ verdict: NewRule.Verdict, isV6: Bool, transport: UInt8?) throws(Refusal) -> String {
    switch verdict {
    case .accept: return "ACCEPT"
    case .drop: return "DROP"
    case .log(let prefix): return "LOG --log-prefix \(try quoted(prefix, limit: 29))"
    case .reject(.tcpReset):
      guard transport == IPProtocol.tcp else { throw Refusal("`--reject-with tcp-reset` needs a rule with `-p tcp`") }
      return "REJECT --reject-with tcp-reset"
    case .reject(.icmp(let code)):
      return try reject(isV6 ? ProtocolNames.v6Code(ofV4: code) : code, isV6: isV6)
    case .reject(.icmpv6(let code)):
      return try reject(isV6 ? code : ProtocolNames.v4Code(ofV6: code), isV6: isV6)
    case .reject(.icmpx(let code)):
      return try reject(isV6 ? ProtocolNames.v6Code(ofX: code) : ProtocolNames.v4Code(ofX: code), isV6: isV6)
    }
  }

  private static func reject(_ code: UInt8?, isV6: Bool) throws(Refusal) -> String {
    guard let name = code.flatMap({ isV6 ? ProtocolNames.ip6tablesReject($0) : ProtocolNames.iptablesReject($0) })
    else { throw Refusal("the reject has no name in this family") }
    return "REJECT --reject-with \(name)"
  }

  /// The order in which xt_conntrack prints states.
  static let stateOrder: [ConntrackState] = [.invalid, .new, .related, .established, .untracked]

  static func states(_ states: Set<ConntrackState>) -> String {
    stateOrder.filter { states.contains($0) }.map { $0.name.uppercased() }.joined(separator: ",")
  }

  private static func ports(_ conditions: [NewRule.Condition], transport: UInt8?) throws(Refusal) -> String? {
    var source: ClosedRange<UInt16>?
    var destination: ClosedRange<UInt16>?
    for condition in conditions {
      switch condition {
      case .sourcePort(let range): source = range
      case .destinationPort(let range): destination = range
      default: break
      }
    }
    guard source != nil || destination != nil else { return nil }
    guard let transport, [6, 17, 33, 132, 136].contains(transport), let name = ProtocolNames.transport(transport) else {
      throw Refusal("ports need a protocol that has them")
    }
    func text(_ range: ClosedRange<UInt16>) -> String {
      range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound):\(range.upperBound)"
    }
    // udplite has no match extension of its own: xt_udp takes it.
    return "-m \(transport == 136 ? "udp" : name)" + (source.map { " --sport \(text($0))" } ?? "")
      + (destination.map { " --dport \(text($0))" } ?? "")
  }

  private static func address(_ text: String, isV6: Bool) throws(Refusal) -> String {
    guard NftablesText.isAddress(text) else { throw Refusal("`\(text)` is no address") }
    guard text.utf8.contains(UInt8(ascii: ":")) == isV6 else {
      throw Refusal("the address \(text) is of another family than the table")
    }
    return text.utf8.contains(UInt8(ascii: "/")) ? text : "\(text)/\(isV6 ? 128 : 32)"
  }

  private static func interface(_ name: String) throws(Refusal) -> String {
    // nft's `*` at the end is iptables' `+`.
    let name = name.hasSuffix("*") ? name.dropLast() + "+" : name
    guard NftablesText.isInterfaceName(name) else { throw Refusal("`\(name)` is no interface name") }
    return name
  }

  private static func limit(_ rate: String, burst: Int) throws(Refusal) -> String {
    let (count, unit) = try RateText.parts(rate)
    let short = unit == "second" ? "sec" : unit == "minute" ? "min" : unit
    return "-m limit --limit \(count)/\(short)" + (burst == 5 ? "" : " --limit-burst \(max(1, burst))")
  }

  /// In quotes where iptables-save puts them: when a byte is not a letter, digit or one of `_-.`.
  private static func quoted(_ text: String, limit: Int) throws(Refusal) -> String {
    guard text.utf8.count <= limit, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c && $0 != 0x7f })
    else { throw Refusal("a text of the rule cannot be quoted") }
    let isPlain = text.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "_-.".utf8.contains($0)
    }
    return isPlain && !text.isEmpty ? text : "\"\(text)\""
  }
}
