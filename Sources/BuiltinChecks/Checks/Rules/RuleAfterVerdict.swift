package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let ruleAfterVerdict = Check(
  CheckMetadata(
    code: "RULE006", name: "rule-after-verdict", level: .warning, group: .rules,
    summary: "rules stand behind a rule that takes every packet",
    page: CheckPage(
      finds: """
        Rules after an unconditional accept, drop, reject, return or goto in the same chain.
        """,
      matters: "They do nothing; often they were appended by mistake.",
      decides: """
        A rule that every packet matches and that ends the chain's walk (a verdict, or a jump to a chain that never
        returns); what follows in the chain is dead. A warning where that was to decide otherwise than the verdict, else
        a note.
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
                tcp dport 22 accept
                drop
                tcp dport 80 accept
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
                drop
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
            -A INPUT -j DROP
            -A INPUT -p tcp -m tcp --dport 80 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 80 -j ACCEPT
            -A INPUT -j DROP
            COMMIT
            """),
      ],
      fixSafety: "`equivalent`: the dead rules are removed.",
      ignoreWhen: "The rules are kept for later use.",
      notReported: "Rules behind conditional verdicts; jumps, which come back.",
      checkByHand: "Their counters stay at 0.",
      sources: "nft(8); iptables(8)"))
) { context in
  var groups: [(end: RuleID, rules: [RuleID])] = []
  for dead in context.dead.rules {
    guard case .afterEnd(let end) = dead.reason else { continue }
    if groups.last?.end == end {
      groups[groups.count - 1].rules.append(dead.rule)
    } else {
      groups.append((end, [dead.rule]))
    }
  }
  return groups.compactMap { group in
    guard let first = group.rules.first else { return nil }
    let count = group.rules.count
    return Finding(
      code: "RULE006", level: endsOtherwise(context, group) ? .warning : .note, confidence: .proved,
      message: count == 1
        ? "no packet comes to this rule: an earlier one takes them all"
        : "no packet comes to this rule and \(count - 1) more: an earlier one takes them all",
      primary: context.ruleset[first].origin,
      labels: [Label("takes every packet", at: context.ruleset[group.end].origin)],
      effect: "the rules do nothing",
      remedies: [
        Remedy(
          "remove what no packet reaches", expected: .equivalent,
          changes: group.rules.prefix(200).map { Remedy.Change.remove($0) })
      ], subject: .rule(first))
  }
}

/// Is one of the dead rules meant to decide otherwise than the verdict that takes its packets? What stands behind a jump
/// that never comes back is how generated chains are closed, and does no harm.
private func endsOtherwise(_ context: CheckContext, _ group: (end: RuleID, rules: [RuleID])) -> Bool {
  guard case .verdict(let end, _)? = context.ruleset[group.end].steps.last else { return false }
  let accepts: Bool
  switch end {
  case .accept: accepts = true
  case .drop, .reject: accepts = false
  default: return false
  }
  return group.rules.contains { id in
    guard case .verdict(let verdict, _)? = context.ruleset[id].steps.last else { return false }
    switch verdict {
    case .accept: return !accepts
    case .drop, .reject: return accepts
    case .jump, .goto: return true
    default: return false
    }
  }
}
