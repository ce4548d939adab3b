package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmpNameInWrongFamily = Check(
  CheckMetadata(
    code: "IPT002", name: "icmp-name-in-wrong-family", level: .error, group: .iptables,
    summary: "ICMP is named in an IPv6 chain, or ICMPv6 in an IPv4 chain",
    page: CheckPage(
      finds: """
        A rule for protocol 1 (ICMP) in an IPv6 table, or for protocol 58 (ICMPv6) in an IPv4 table.
        """,
      matters: """
        IPv6 uses ICMPv6, so the rule never sees the messages that it is written for. In an IPv6 chain that denies by
        default neighbour discovery and packet-too-big are lost.
        """,
      decides: """
        Looks at the protocol of the rule and the family of its packets. An error with a witness where the message
        that was meant is refused, else a warning.
        """,
      examples: [
        .init(
          .ip6tablesSave,
          bad: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p icmp -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p ipv6-icmp -j ACCEPT
            COMMIT
            """)
      ],
      fixSafety: "No edit is offered: write `ipv6-icmp` (or `icmp`).",
      ignoreWhen: "Hardly ever.",
      notReported: """
        `-p ipv6-icmp` in ip6tables; `meta l4proto { icmp, ipv6-icmp }` in inet tables.
        """,
      checkByHand: "`ip6tables -S | grep -- '-p icmp'`",
      sources: "iptables(8)"))
) { context in
  let chains = context.ruleset.chains
  let families = chains.map { context.ruleset[$0.table].family }
  let findings = context.outlines.rules(naming: [.transportProtocol]).compactMap { id -> Finding? in
    let family = families[id.chain.index]
    guard family == .ip || family == .ip6 else { return nil }
    let version: IPVersion = family == .ip ? .v4 : .v6
    let wrong = version == .v4 ? IPProtocol.icmpv6 : IPProtocol.icmp
    for step in chains[id.chain.index].rules[id.index].steps.indices {
      guard case .match(let match) = chains[id.chain.index].rules[id.index].steps[step],
        case .field(.transportProtocol, let values) = match.condition
      else {
        continue
      }
      guard values.single == UInt128(wrong) else { continue }
      let isAccept =
        if case .verdict(.accept, _)? = chains[id.chain.index].rules[id.index].steps.last { true } else { false }
      let lost = isAccept ? refusedEcho(context, id, version) : nil
      let right = version == .v4 ? "icmp" : "ipv6-icmp"
      let advice = "write `\(right)`"
      return Finding(
        code: "IPT002", level: lost == nil ? .warning : .error, confidence: lost == nil ? .likely : .proved,
        message:
          "\(version.name) does not use \(version == .v4 ? "ICMPv6" : "ICMP"), so this rule sees none of its messages",
        primary: match.origin, witness: lost?.trace,
        effect: "the messages that the rule is written for are treated by other rules or the policy",
        remedies: [Remedy(advice, expected: .change, changes: [.advice(advice)])], subject: .rule(id))
    }
    return nil
  }
  guard var first = findings.first(where: { $0.level == .error }) ?? findings.first, findings.count > 1 else {
    return findings
  }
  first.message += " (\(findings.count) such rules)"
  first.labels += findings.filter { $0.subject != first.subject }.prefix(20).map { Label("here too", at: $0.primary) }
  return [first]
}

/// The message that was meant, when it is refused: an echo request, the most ordinary of them.
private func refusedEcho(_ context: CheckContext, _ id: RuleID, _ version: IPVersion) -> Judgement? {
  guard let stranger = context.stranger(version), let own = context.other(version) else { return nil }
  guard let root = context.chains.roots[id.chain.index].first, let base = context.ruleset[root].base else { return nil }
  guard base.hook == .input || base.hook == .forward, let name = context.interfacesToTry.first else { return nil }
  let packet = Packet.icmp(base.hook, version == .v4 ? 8 : 128, from: stranger, to: own, state: .new)
    .on(in: name, out: base.hook == .forward ? context.otherInterface(than: name) : nil)
  guard let judgement = context.judge(packet), judgement.isRefused else { return nil }
  return judgement.confidence == .proved ? judgement : nil
}
