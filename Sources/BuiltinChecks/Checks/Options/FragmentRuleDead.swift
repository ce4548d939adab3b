package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let fragmentRuleDead = Check(
  CheckMetadata(
    code: "OPT009", name: "fragment-rule-dead", level: .note, group: .options,
    summary: "a rule asks for fragments where conntrack has put them together",
    page: CheckPage(
      finds: """
        A rule that matches non-first fragments at a place where none can be seen.
        """,
      matters: """
        With connection tracking in use the kernel reassembles fragments at priority -400, before the rule. It never
        matches, whatever was meant by it.
        """,
      decides: """
        A rule with a test for a fragment offset above 0, reached only from base chains after priority -400, in a rule
        set of the same family that uses `ct` or nat.
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
                ip frag-off & 0x1fff != 0 drop
                tcp dport 22 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 22 accept
              }
            }
            """),
        .init(
          .iptablesSave,
          bad: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -f -j DROP
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "No edit is offered.",
      ignoreWhen: "The rule is kept for a host without connection tracking.",
      notReported: "Rule sets without ct or nat; chains before priority -400.",
      checkByHand: """
        `nft list ruleset`; send fragments with `ping -s 3000 HOST` and watch the rule's counter.
        """,
      sources: "measured on Linux 6.18; RFC 1858"))
) { context in
  guard usesConntrack(context) else { return [] }
  return context.eachRule(naming: .fragmentOffset) { id, rule in
    for step in rule.steps {
      guard case .match(let match) = step, excludesFirst(match.condition) else { continue }
      let roots = context.chains.roots[id.chain.index]
      guard !roots.isEmpty, roots.allSatisfy({ (context.ruleset[$0].base?.priority ?? 0) > -400 }) else { continue }
      let advice = "remove the rule, or move it to a chain at prerouting with a priority below -400"
      return Finding(
        code: "OPT009", level: .note, confidence: .likely,
        message: "this rule never matches: conntrack has put fragments together before it", primary: match.origin,
        effect: "what the rule is meant to stop or count, it does not see",
        remedies: [Remedy(advice, expected: .equivalent, changes: [.advice(advice)])], subject: .rule(id))
    }
    return nil
  }
}

/// Asks for an offset above 0.
private func excludesFirst(_ condition: Condition) -> Bool {
  switch condition {
  case .field(.fragmentOffset, let values): !values.contains(0)
  case .not(.field(.fragmentOffset, let values)): values.single == 0
  default: false
  }
}

private func usesConntrack(_ context: CheckContext) -> Bool {
  if context.zones.hasSourceNAT { return true }
  return context.outlines.areNaming(.ctState)
}
