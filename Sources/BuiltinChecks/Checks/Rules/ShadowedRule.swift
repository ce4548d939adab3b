package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let shadowedRule = Check(
  CheckMetadata(
    code: "RULE001", name: "shadowed-rule", level: .warning, group: .rules,
    summary: "earlier rules take every packet that this rule matches",
    page: CheckPage(
      finds: "A rule all of whose packets earlier rules of the same chain decide.",
      matters: """
        The rule does nothing. Where it was to decide otherwise (a drop behind an accept, or the reverse), what its
        author meant does not happen.
        """,
      decides: """
        Compares the exact sets of packets. A rule whose match is uncertain (limit, time, probability, sets that
        others fill) covers nothing and is not reported. A warning when the earlier rules decide otherwise, else a
        note.
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
                tcp dport 1-1024 accept
                tcp dport 80 drop
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 80 drop
                tcp dport 1-1024 accept
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
            -A INPUT -s 10.0.0.0/8 -j DROP
            -A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 22 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -s 10.1.0.0/16 -p tcp -m tcp --dport 22 -j ACCEPT
            -A INPUT -s 10.0.0.0/8 -j DROP
            COMMIT
            """),
      ],
      fixSafety: """
        `equivalent`: the rule is removed; no packet's fate changes. Where it decides otherwise, think first: perhaps
        it should be moved up.
        """,
      ignoreWhen: "The rule documents an intention.",
      notReported: """
        Rules that are taken in part; rules behind uncertain matches; rules behind an unconditional verdict (RULE006);
        exact repetitions (RULE012).
        """,
      checkByHand: "The rule's counter stays at 0.",
      sources: "nft(8); iptables(8)"))
) { context in
  context.dead.rules.compactMap { dead in
    switch dead.reason {
    case .covered(let rule):
      if SameRule.areSame(context.ruleset[rule], context.ruleset[dead.rule]) { return nil }
      return finding(context, dead, takenBy: [rule])
    case .coveredTogether(let rules): return finding(context, dead, takenBy: rules)
    case .notSent(let jumps, let rules): return finding(context, dead, notSentBy: jumps, takenBy: rules)
    case .afterEnd, .contradiction: return nil
    }
  }
}

private func finding(_ context: CheckContext, _ dead: DeadRule, takenBy covering: [RuleID]) -> Finding {
  let what = dead.decidesOtherwise ? "and decides otherwise" : "and decides the same"
  let by =
    covering.count == 1
    ? "an earlier rule takes them all \(what)" : "\(covering.count) earlier rules take them all between them"
  let shown = covering.prefix(8)
  var labels = shown.enumerated().map { index, rule in
    Label(
      "\(index + 1): takes \(covering.count == 1 ? "its" : "some of its") packets", at: context.ruleset[rule].origin)
  }
  labels.append(Label("\(shown.count + 1): so this rule sees none", at: context.ruleset[dead.rule].origin))
  return finding(context, dead, "no packet comes to this rule: \(by)", labels)
}

private func finding(
  _ context: CheckContext, _ dead: DeadRule, notSentBy jumps: [RuleID], takenBy covering: [RuleID]
) -> Finding {
  var labels = jumps.prefix(4).map { Label("sends none of its packets here", at: context.ruleset[$0].origin) }
  labels += covering.prefix(4).map { Label("takes some of its packets", at: context.ruleset[$0].origin) }
  let jump = jumps.count == 1 ? "the rule that leads to this chain sends" : "the rules that lead to this chain send"
  let rest = covering.isEmpty ? "" : " but those that earlier rules take"
  return finding(context, dead, "no packet comes to this rule: \(jump) none of its packets\(rest)", labels)
}

private func finding(_ context: CheckContext, _ dead: DeadRule, _ message: String, _ labels: [Label]) -> Finding {
  Finding(
    code: "RULE001", level: dead.decidesOtherwise ? .warning : .note, confidence: .proved, message: message,
    primary: context.ruleset[dead.rule].origin, labels: labels,
    effect: dead.decidesOtherwise ? "what this rule was meant to do does not happen" : "the rule does nothing",
    remedies: [Remedy("remove the rule", expected: .equivalent, changes: [.remove(dead.rule)])],
    subject: .rule(dead.rule))
}
