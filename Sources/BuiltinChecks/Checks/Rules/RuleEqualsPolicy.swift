package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let ruleEqualsPolicy = Check(
  CheckMetadata(
    code: "RULE011", name: "rule-equals-policy", level: .note, group: .rules,
    summary: "a rule decides as the policy would, and nothing after it does otherwise",
    page: CheckPage(
      finds: """
        A rule of a base chain whose packets would meet no other rule that decides, only the policy, which does the same.
        """,
      matters: """
        The rule does nothing; with the policy it says the same thing twice.
        """,
      decides: """
        Follows the rule's packets down the chain as if it were not there: each comes to the policy, and the policy decides as
        the rule does.
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
                tcp dport 23 drop
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
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 23 -j DROP
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
      fixSafety: """
        `equivalent`: the rule is removed; no packet's fate changes.
        """,
      ignoreWhen: """
        The rule shall still stand when somebody changes the policy.
        """,
      notReported: """
        A last rule for all packets (`-A INPUT -j DROP` under policy DROP), which is the custom; rules that log, mark or
        translate; chains without a policy; rules that later ones make superfluous (RULE003).
        """,
      checkByHand: """
        Remove the rule and compare: `fwlint diff OLD NEW`.
        """,
      sources: "nft(8), chains; iptables(8), -P"))
) { context in
  context.relations.redundant.compactMap { found in
    let chain = context.ruleset[found.rule.chain]
    guard found.later.isEmpty, found.needsPolicy, let base = chain.base, base.type == .filter else { return nil }
    let rule = context.ruleset[found.rule]
    let hasTest = rule.steps.contains { if case .match(let match) = $0 { !match.isImplied } else { false } }
    guard hasTest else { return nil }
    let word = base.policy == .accept ? "accepts" : "drops"
    return Finding(
      code: "RULE011", level: .note, confidence: .proved,
      message: "this rule changes nothing: the policy \(word) its packets anyway", primary: rule.origin,
      labels: [Label("the policy \(word) what no rule decides", at: base.policyOrigin ?? chain.origin)],
      effect: "the rule does nothing but take time",
      remedies: [Remedy("remove the rule", expected: .equivalent, changes: [.remove(found.rule)])],
      subject: .rule(found.rule))
  }
}
