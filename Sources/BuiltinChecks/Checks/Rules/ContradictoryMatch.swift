package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let contradictoryMatch = Check(
  CheckMetadata(
    code: "RULE005", name: "contradictory-match", level: .warning, group: .rules,
    summary: "the tests of a rule exclude each other, so it can never match",
    page: CheckPage(
      finds: "A rule with two tests that no packet can pass together.",
      matters: "The rule does nothing, whatever it was written for.",
      decides: """
        Intersects the rule's own tests field by field, implied ones included.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 22 tcp dport 80 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport { 22, 80 } accept
              }
            }
            """),
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                ip saddr 10.0.0.0/8 ip saddr 192.168.1.1 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                ip saddr 192.168.1.1 accept
              }
            }
            """),
      ],
      fixSafety: "`equivalent`: the rule is removed.",
      ignoreWhen: "Hardly ever.",
      notReported: "Rules whose packets an earlier rule takes (RULE001).",
      checkByHand: "The rule's counter stays at 0.",
      sources: "nft(8); iptables(8)"))
) { context in
  context.dead.rules.compactMap { dead in
    guard case .contradiction(let step) = dead.reason else { return nil }
    let rule = context.ruleset[dead.rule]
    guard rule.steps.indices.contains(step), case .match(let match) = rule.steps[step] else { return nil }
    if case .constant(false) = match.condition, match.isImplied { return nil }
    return Finding(
      code: "RULE005", level: .warning, confidence: .proved,
      message: "this rule can never match: its tests exclude each other", primary: match.origin,
      labels: [Label("in this rule", at: rule.origin)], effect: "the rule does nothing, whatever it was written for",
      remedies: [Remedy("remove the rule", expected: .equivalent, changes: [.remove(dead.rule)])],
      subject: .rule(dead.rule))
  }
}
