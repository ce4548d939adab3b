package import CheckKit
package import FirewallAnalysis
package import FirewallModel
package import PacketSets
import Packets

/// The way of what a reject sends back. The RST or ICMP error is a packet of this host: it passes output and
/// postrouting in conntrack state `related` (measured: with a policy of drop and only `established` accepted there, the
/// RST never leaves and the client waits as if nothing had been sent).
package enum ReplyWay {
  /// A place that stops the answer.
  package struct Block: Hashable, Sendable {
    package var decider: Decider
    package var region: Box
  }

  /// Where the answer of a reject to TCP packets to a port range is stopped; empty when it gets out, or when that is
  /// uncertain.
  package static func blocks(
    of kind: RejectKind, toPorts ports: ClosedRange<UInt16>?, isV4: Bool, in analysis: Analysis
  ) -> [Block] {
    guard let region = region(of: kind, toPorts: ports, isV4: isV4) else { return [] }
    var blocks: [Block] = []
    for piece in analysis.partition(region, at: .output, budget: 200_000).pieces where piece.outcome.isRefused {
      if !blocks.contains(where: { $0.decider == piece.decider }) {
        blocks.append(Block(decider: piece.decider, region: piece.region))
      }
    }
    return blocks
  }

  /// The packets that a reject sends; nil when it sends nothing in this IP version.
  package static func region(of kind: RejectKind, toPorts ports: ClosedRange<UInt16>?, isV4: Bool) -> Box? {
    let box = Box.all.narrowed(.family, to: isV4 ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6)
      .narrowed(.ctState, to: UInt128(ConntrackState.related.rawValue))
    func icmp(_ number: UInt8, _ type: UInt128, _ code: UInt8?) -> Box {
      let error = box.narrowed(.transportProtocol, to: UInt128(number)).narrowed(.icmpType, to: type)
      return code.map { error.narrowed(.icmpCode, to: UInt128($0)) } ?? error
    }
    switch kind {
    case .tcpReset:
      let reset = box.narrowed(.transportProtocol, to: UInt128(IPProtocol.tcp))
        .narrowed(.tcpFlags, to: UInt128(TCPFlag.rst | TCPFlag.ack))
      return ports.map {
        reset.narrowed(.sourcePort, to: ValueSet(Interval(UInt128($0.lowerBound), UInt128($0.upperBound))))
      } ?? reset
    case .icmp(let code): return isV4 ? icmp(IPProtocol.icmp, 3, code) : nil
    case .icmpv6(let code): return isV4 ? nil : icmp(IPProtocol.icmpv6, 1, code)
    case .icmpx(let code):
      return isV4
        ? icmp(IPProtocol.icmp, 3, ProtocolNames.v4Code(ofX: code))
        : icmp(IPProtocol.icmpv6, 1, ProtocolNames.v6Code(ofX: code))
    }
  }

  /// What a remedy's rejects send and to whom, as far as the remedy says it.
  private static func answers(
    of remedy: Remedy, in ruleset: Ruleset
  ) -> [(kind: RejectKind, ports: ClosedRange<UInt16>?, family: Family)] {
    remedy.changes.compactMap { change in
      switch change {
      case .insert(let rule, let place):
        guard case .reject(let kind) = rule.verdict, let chain = checked(place.chain, ruleset) else { return nil }
        var ports: ClosedRange<UInt16>?
        for case .destinationPort(let range) in rule.conditions { ports = range }
        return (kind, ports, ruleset[ruleset[chain].table].family)
      case .setVerdict(let id, .reject(let kind)):
        guard let chain = checked(id.chain, ruleset), ruleset[chain].rules.indices.contains(id.index) else {
          return nil
        }
        var ports: ClosedRange<UInt16>?
        for case .match(let match) in ruleset[id].steps {
          if case .field(.destinationPort, let values) = match.condition, let first = values.intervals.first,
            let last = values.intervals.last
          {
            ports =
              UInt16(
                truncatingIfNeeded: first.lower)...max(
                UInt16(truncatingIfNeeded: first.lower), UInt16(truncatingIfNeeded: last.upper))
          }
        }
        return (kind, ports, ruleset[ruleset[chain].table].family)
      default: return nil
      }
    }
  }

  private static func checked(_ id: ChainID, _ ruleset: Ruleset) -> ChainID? {
    ruleset.chains.indices.contains(id.index) ? id : nil
  }

  /// The remedy with the way out for what its rejects send; the remedy itself when nothing stops that. Adds `related` to
  /// the rule of the stopping chain that accepts `established`, else a rule that accepts `related` for this answer only.
  package static func completed(_ remedy: Remedy, in analysis: Analysis) -> Remedy {
    let ruleset = analysis.ruleset
    var changes: [Remedy.Change] = []
    var handled: Set<ChainID> = []
    for change in remedy.changes {
      switch change {
      case .addStates(let id, let states): if states.contains(.related) { handled.insert(id.chain) }
      case .insert(let rule, let place): if rule.verdict == .accept { handled.insert(place.chain) }
      default: break
      }
    }
    let answers = answers(of: remedy, in: ruleset)
    if answers.isEmpty { return remedy }
    // A packet stopped at one chain does not show what stops it later: each chain found is opened in a copy.
    var view = opened(analysis, handled.sorted())
    for _ in 0..<maximumChains {
      let before = handled.count
      for answer in answers {
        for isV4 in [true, false] where isV4 ? answer.family != .ip6 : answer.family != .ip {
          for block in blocks(of: answer.kind, toPorts: answer.ports, isV4: isV4, in: view) {
            guard let chain = block.decider.chain, handled.insert(chain).inserted else { continue }
            changes.append(opening(chain, before: block.decider.rule, for: answer.kind, answer.ports, in: ruleset))
          }
        }
      }
      if handled.count == before { break }
      view = opened(analysis, handled.sorted())
    }
    guard !changes.isEmpty else { return remedy }
    return Remedy(
      "\(remedy.title), and let the answer out", expected: remedy.expected == .narrow ? .change : .widen,
      changes: remedy.changes + changes)
  }

  private static let maximumChains = 4

  /// The rule set with chains that accept everything in state `related` first.
  private static func opened(_ analysis: Analysis, _ chains: [ChainID]) -> Analysis {
    if chains.isEmpty { return analysis }
    var ruleset = analysis.ruleset
    for id in chains {
      let origin = ruleset[id].origin
      let related = Match(
        .field(.ctState, ValueSet(UInt128(ConntrackState.related.rawValue))), at: origin)
      ruleset.chains[id.index].rules.insert(
        Rule(steps: [.match(related), .verdict(.accept, at: origin)], origin: origin), at: 0)
    }
    return Analysis(ruleset, host: analysis.host)
  }

  private static func opening(
    _ chain: ChainID, before rule: RuleID?, for kind: RejectKind, _ ports: ClosedRange<UInt16>?, in ruleset: Ruleset
  ) -> Remedy.Change {
    let limit = rule.map { $0.chain == chain ? $0.index : 0 } ?? ruleset[chain].rules.count
    for index in 0..<limit where acceptsEstablished(ruleset[chain].rules[index]) {
      return .addStates(RuleID(chain: chain, index: index), [.related])
    }
    var conditions: [NewRule.Condition] = [.states([.related])]
    switch kind {
    case .tcpReset:
      conditions.append(.transportProtocol(IPProtocol.tcp))
      if let ports { conditions.append(.sourcePort(ports)) }
    case .icmp, .icmpv6, .icmpx: conditions.append(.anyICMP)
    }
    let new = NewRule(conditions, .accept)
    if let rule { return .insert(new, .before(rule)) }
    return .insert(new, ruleset[chain].rules.isEmpty ? .atEnd(chain) : .atStart(chain))
  }

  /// `ct state established accept` and nothing else that a packet could fail.
  private static func acceptsEstablished(_ rule: Rule) -> Bool {
    var hasState = false
    for step in rule.steps {
      switch step {
      case .match(let match):
        guard case .field(.ctState, let values) = match.condition, !hasState,
          values.contains(UInt128(ConntrackState.established.rawValue))
        else { return false }
        hasState = true
      case .effect(let effect, _): if !effect.leavesPacketAlone { return false }
      case .verdict(let verdict, _): return verdict == .accept && hasState
      case .verdictMap: return false
      }
    }
    return false
  }
}
