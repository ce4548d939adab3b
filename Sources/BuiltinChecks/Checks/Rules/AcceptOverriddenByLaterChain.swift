package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let acceptOverriddenByLaterChain = Check(
  CheckMetadata(
    code: "RULE009", name: "accept-overridden-by-later-chain", level: .warning, group: .rules,
    summary: "what one base chain accepts, a later one of the same hook refuses",
    page: CheckPage(
      finds: """
        A service that a rule of one table accepts and another table's chain at the same hook refuses.
        """,
      matters: """
        `accept` ends only its own base chain; every other base chain of the hook still decides. The service cannot be
        reached, although a rule says so.
        """,
      decides: """
        Cuts a stranger's new packets by destination port. Reported where a rule that names the port accepts it in one
        filter chain and another base chain of the same hook refuses it.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip one {
              chain input {
                type filter hook input priority -10; policy accept;
                tcp dport 8443 accept
              }
            }
            table ip two {
              chain input {
                type filter hook input priority 0; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 22 accept
              }
            }
            """,
          good: """
            table ip one {
              chain input {
                type filter hook input priority -10; policy accept;
                tcp dport 8443 accept
              }
            }
            table ip two {
              chain input {
                type filter hook input priority 0; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport { 22, 8443 } accept
              }
            }
            """)
      ],
      fixSafety: "No edit is offered: accept the packet in the later chain too.",
      ignoreWhen: "The later chain is to have the last word.",
      notReported: """
        Chains at other hooks; iptables' raw and mangle tables; accepts of everything.
        """,
      checkByHand: "`nft list chains`; `nft monitor trace`",
      sources: "nft(8), verdicts"))
) { context in
  var findings: [Finding] = []
  for opening in context.openings
  where context.chains.filters(at: opening.hook, opening.version, in: context.ruleset).count > 1 {
    for piece in opening.pieces.prefix(64) where piece.outcome.isRefused {
      let ports = context.named.destinationPorts.map { UInt128($0) }
      guard let region = narrowed(piece.region, ports) else { continue }
      guard let packet = context.witness(in: region, at: opening.hook), let judgement = context.judge(packet) else {
        continue
      }
      guard judgement.isRefused, judgement.trace.decider.hook == opening.hook else { continue }
      let earlier = judgement.trace.acceptedBy.first { decider in
        guard decider.hook == opening.hook, let rule = decider.rule else { return false }
        return context.tests(.destinationPort, rule) && isOrdinaryFilter(context, rule)
      }
      guard let rule = earlier?.rule, let place = context.range(of: judgement.trace.decider) else { continue }
      guard rule.chain != judgement.trace.decider.chain else { continue }
      let advice = "accept the packets in the later chain as well"
      findings.append(
        Finding(
          code: "RULE009", level: .warning, confidence: judgement.confidence,
          message: "this accept is overridden: a later base chain of the same hook refuses the packet",
          primary: context.ruleset[rule].origin,
          labels: [
            Label("1: accepts, for its own base chain only", at: context.ruleset[rule].origin),
            Label("2: refuses what the first accepted", at: place.range),
          ], witness: judgement.trace, effect: "the service cannot be reached, although a rule accepts it",
          remedies: [Remedy(advice, expected: .widen, changes: [.advice(advice)])], subject: .rule(rule)))
    }
  }
  return firstOfEach(findings) { $0.subject }
}

/// The region with one of the ports that rules name; nil when it holds none of them.
private func narrowed(_ region: Box, _ ports: [UInt128]) -> Box? {
  guard let own = region[.destinationPort] else { return nil }
  guard let port = ports.first(where: { own.contains($0) }) else { return nil }
  return region.narrowed(.destinationPort, to: port)
}

/// In iptables' raw and mangle tables `ACCEPT` is the customary way to leave a chain early.
private func isOrdinaryFilter(_ context: CheckContext, _ rule: RuleID) -> Bool {
  let table = context.ruleset[context.ruleset[rule.chain].table]
  return !table.dialect.isIptables || table.name == "filter"
}
