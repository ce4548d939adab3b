package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let duplicateRule = Check(
  CheckMetadata(
    code: "RULE012", name: "duplicate-rule", level: .note, group: .rules,
    summary: "a rule stands twice in its chain",
    page: CheckPage(
      finds: """
        A rule that repeats an earlier one of the same chain: the same tests, the same verdict.
        """,
      matters: "The second one does nothing. Often a script was run twice.",
      decides: """
        A rule all of whose packets one earlier rule takes (as RULE001), with equal tests and an equal verdict.
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
                tcp dport 80 accept
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
                tcp dport 80 accept
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
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "`equivalent`: the second rule is removed.",
      ignoreWhen: "Hardly ever.",
      notReported: """
        Equal rules in different chains; equal tests with another verdict (RULE001).
        """,
      checkByHand: "`iptables -S | sort | uniq -d`",
      sources: "nft(8); iptables(8)"))
) { context in
  context.dead.rules.compactMap { dead in
    guard case .covered(let first) = dead.reason else { return nil }
    guard SameRule.areSame(context.ruleset[first], context.ruleset[dead.rule]) else { return nil }
    return Finding(
      code: "RULE012", level: .note, confidence: .proved, message: "this rule repeats an earlier one",
      primary: context.ruleset[dead.rule].origin, labels: [Label("the first one", at: context.ruleset[first].origin)],
      effect: "the rule does nothing",
      remedies: [Remedy("remove the repetition", expected: .equivalent, changes: [.remove(dead.rule)])],
      subject: .rule(dead.rule))
  }
}
