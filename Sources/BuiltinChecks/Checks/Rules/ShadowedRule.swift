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
    let covering: [RuleID]
    switch dead.reason {
    case .covered(let rule): covering = [rule]
    case .coveredTogether(let rules): covering = rules
    case .afterEnd, .contradiction: return nil
    }
    if covering.count == 1, SameRule.areSame(context.ruleset[covering[0]], context.ruleset[dead.rule]) { return nil }
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
    return Finding(
      code: "RULE001", level: dead.decidesOtherwise ? .warning : .note, confidence: .proved,
      message: "no packet comes to this rule: \(by)", primary: context.ruleset[dead.rule].origin, labels: labels,
      effect: dead.decidesOtherwise ? "what this rule was meant to do does not happen" : "the rule does nothing",
      remedies: [Remedy("remove the rule", expected: .equivalent, changes: [.remove(dead.rule)])],
      subject: .rule(dead.rule))
  }
}
