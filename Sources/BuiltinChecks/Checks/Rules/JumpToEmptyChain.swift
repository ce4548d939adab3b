package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let jumpToEmptyChain = Check(
  CheckMetadata(
    code: "RULE010", name: "jump-to-empty-chain", level: .note, group: .rules,
    summary: "a rule leads to a chain without rules",
    page: CheckPage(
      finds: """
        A jump or goto to a chain that holds no rule.
        """,
      matters: """
        The packet comes straight back: the rule does nothing, or its chain was to be filled and is not.
        """,
      decides: """
        Looks at the target of each jump and goto that a rule makes. One finding for a chain.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain web {
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport { 80, 443 } jump web
              }
            }
            """,
          good: """
            table ip filter {
              chain web {
                ip saddr 192.0.2.0/24 accept
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport { 80, 443 } jump web
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
            :web - [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 80 -j web
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            :web - [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 80 -j web
            -A web -s 192.0.2.0/24 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        No edit is offered: what the chain was to hold is not known.
        """,
      ignoreWhen: """
        Another program fills the chain at run time, as for example fail2ban and docker do.
        """,
      notReported: """
        Chains that a verdict map leads to; empty chains to which nothing leads. A rule set with more than five such chains
        keeps them as places for rules to come: there each is a `hint` only.
        """,
      checkByHand: """
        `nft list chain`; `iptables -S CHAIN`
        """,
      sources: "nft(8), jump; iptables(8), targets"))
) { context in
  var callers: [ChainID: [RuleID]] = [:]
  for (index, chain) in context.ruleset.chains.enumerated() {
    for place in chain.rules.indices {
      guard case .verdict(let verdict, _)? = chain.rules[place].steps.last else { continue }
      let target: ChainID
      switch verdict {
      case .jump(let chain), .goto(let chain): target = chain
      default: continue
      }
      guard context.ruleset.chains.indices.contains(target.index), context.ruleset[target].rules.isEmpty else {
        continue
      }
      callers[target, default: []].append(RuleID(chain: ChainID(index), index: place))
    }
  }
  // A rule set with many such chains is written by a program that keeps them as places for rules to come.
  let confidence = callers.count > 5 ? Confidence.hint : .likely
  return callers.keys.sorted().compactMap { target in
    guard let rules = callers[target], let first = rules.first else { return nil }
    let rest = rules.count == 1 ? "" : ", as do \(rules.count - 1) more"
    let advice = "fill the chain, or remove the jump"
    return Finding(
      code: "RULE010", level: .note, confidence: confidence,
      message: "this rule leads to chain `\(context.ruleset[target].name)`, which has no rules\(rest)",
      primary: context.ruleset[first].origin, labels: [Label("empty", at: context.ruleset[target].origin)],
      effect: "packets come straight back: the rule does nothing",
      remedies: [Remedy(advice, expected: .change, changes: [.advice(advice)])], subject: .rule(first))
  }
}
