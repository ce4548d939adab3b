package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let redundantRule = Check(
  CheckMetadata(
    code: "RULE003", name: "redundant-rule", level: .note, group: .rules,
    summary: "later rules decide all packets of a rule just as it does",
    page: CheckPage(
      finds: """
        A rule without which nothing would change: every packet that it matches is decided in the same way by later rules of
        the chain.
        """,
      matters: """
        Rules that do nothing make a rule set hard to read, and cost time on every packet.
        """,
      decides: """
        Follows the rule's packets down the chain as if it were not there. Reported only where each of them meets a rule with
        the same decision before any rule that does something else. Rules that log, mark, count into sets or translate are not
        redundant.
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
                ip saddr 10.1.0.0/16 tcp dport 22 accept
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
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            -A INPUT -p udp -m udp --dport 53 -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 1:1023 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p udp -m udp --dport 53 -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 1:1023 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        `equivalent`: the rule is removed; no packet's fate changes.
        """,
      ignoreWhen: """
        The rule stands early to save time for frequent packets, or for its counter.
        """,
      notReported: """
        Rules about established flows, which stand early to save time; rules that earlier ones take (RULE001); rules that only the policy makes superfluous (RULE011); in chains of
        thousands of rules, pairs that stand far apart.
        """,
      checkByHand: """
        Remove the rule and compare: `fwlint diff OLD NEW`.
        """,
      sources: "Al-Shaer and Hamed, Firewall Policy Advisor (2003): redundancy"))
) { context in
  context.relations.redundant.compactMap { found in
    guard !found.later.isEmpty else { return nil }
    // Stands early because nearly all packets are of flows that are known: it saves what it seems to cost.
    if let states = context.match(on: .ctState, in: found.rule)?.set, states.contains(.established) { return nil }
    var labels = found.later.prefix(8).map { Label("decides the same", at: context.ruleset[$0].origin) }
    if found.needsPolicy, let base = context.ruleset[found.rule.chain].base {
      labels.append(Label("as does the policy", at: base.policyOrigin ?? context.ruleset[found.rule.chain].origin))
    }
    let by = found.later.count == 1 && !found.needsPolicy ? "a later rule decides" : "what follows decides"
    return Finding(
      code: "RULE003", level: .note, confidence: .proved,
      message: "this rule changes nothing: \(by) all its packets just as it does",
      primary: context.ruleset[found.rule].origin, labels: labels, effect: "the rule does nothing but take time",
      remedies: [Remedy("remove the rule", expected: .equivalent, changes: [.remove(found.rule)])],
      subject: .rule(found.rule))
  }
}
