import CheckKit
import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// A reject in the rules whose answer another rule or policy stops. The RST of `reject with tcp reset` is a packet of
/// this host in conntrack state `related`: it passes output like any other.
struct LostAnswer {
  var isIdent: Bool
  var decider: Decider

  func remedy(_ ruleset: Ruleset) -> Remedy {
    var conditions: [NewRule.Condition] = [.states([.related]), .transportProtocol(IPProtocol.tcp)]
    if isIdent { conditions.append(.sourcePort(113...113)) }
    let place: Remedy.Place = decider.rule.map { .before($0) } ?? .atEnd(decider.chain ?? ChainID(0))
    return Remedy(
      "let the answers of `reject` out", expected: .widen, changes: [.insert(NewRule(conditions, .accept), place)])
  }
}

enum LostAnswers {
  /// At most one for ident and one for other ports.
  static func find(_ analysis: Analysis) -> [LostAnswer] {
    var found: [LostAnswer] = []
    for chain in analysis.ruleset.chains {
      for rule in chain.rules {
        guard rejectsWithReset(rule) else { continue }
        let ports = destinationPorts(rule)
        let isIdent = ports.map { $0.contains(113) } ?? false
        if found.contains(where: { $0.isIdent == isIdent }) { continue }
        let family = analysis.ruleset[chain.table].family
        if let decider = stop(
          port: isIdent ? 113 : ports?.intervals.first.map { UInt16(truncatingIfNeeded: $0.lower) },
          isV4: family != .ip6, analysis)
        {
          found.append(LostAnswer(isIdent: isIdent, decider: decider))
        }
      }
    }
    return found
  }

  private static func rejectsWithReset(_ rule: Rule) -> Bool {
    rule.steps.contains { step in
      if case .verdict(.reject(.tcpReset), _) = step { return true }
      return false
    }
  }

  private static func destinationPorts(_ rule: Rule) -> ValueSet? {
    for case .match(let match) in rule.steps {
      if case .field(.destinationPort, let values) = match.condition { return values }
    }
    return nil
  }

  /// What stops a reset of this host to somewhere outside; nil when it gets out or that is uncertain.
  private static func stop(port: UInt16?, isV4: Bool, _ analysis: Analysis) -> Decider? {
    var packet = Packet(
      source: isV4 ? .v4(0xc633_6407) : .v6(0x2001_0db8 << 96 | 7),
      destination: isV4 ? .v4(0xcb00_7109) : .v6(0x2001_0db8 << 96 | 1 << 64 | 9), transportProtocol: IPProtocol.tcp)
    packet.hook = .output
    packet.sourcePort = port ?? 80
    packet.destinationPort = 40000
    packet.tcpFlags = TCPFlag.rst | TCPFlag.ack
    packet.state = .related
    var decider: Decider?
    for name in outInterfaces(analysis.ruleset) {
      packet.outInterface = name
      let trace = analysis.trace(packet)
      guard trace.outcome.isRefused else { return nil }
      if decider == nil { decider = trace.decider }
    }
    return decider
  }

  /// Every interface that rules speak of, and one that they do not.
  private static func outInterfaces(_ ruleset: Ruleset) -> [String] {
    var names: Set<String> = ["eth0"]
    for chain in ruleset.chains {
      for rule in chain.rules {
        for case .match(let match) in rule.steps {
          guard case .field(.outInterface, let values) = match.condition, let value = values.single else { continue }
          names.insert(InterfaceName.name(value))
        }
      }
    }
    names.remove("lo")
    return names.sorted()
  }
}
