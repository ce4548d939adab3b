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
        A rule without any test and with a verdict that ends the chain's walk; what follows in the chain is dead.
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
  var findings: [Finding] = []
  for (index, chain) in context.ruleset.chains.enumerated() {
    guard let number = chain.rules.firstIndex(where: takesEverything), number + 1 < chain.rules.count else { continue }
    let dead = chain.rules[(number + 1)...]
    guard let first = dead.first else { continue }
    let id = ChainID(index)
    let changes = dead.indices.prefix(200).map { Remedy.Change.remove(RuleID(chain: id, index: $0)) }
    let count = dead.count
    findings.append(
      Finding(
        code: "RULE006", level: .warning, confidence: .proved,
        message: count == 1
          ? "no packet comes to this rule: the one before it takes them all"
          : "no packet comes to this rule and the \(count - 1) after it: the one before takes them all",
        primary: first.origin, labels: [Label("takes every packet", at: chain.rules[number].origin)],
        effect: "the rules do nothing",
        remedies: [Remedy("remove what no packet reaches", expected: .equivalent, changes: changes)],
        subject: .rule(RuleID(chain: id, index: number + 1))))
  }
  return findings
}

/// No test, and a verdict after which no rule of the chain sees the packet.
private func takesEverything(_ rule: Rule) -> Bool {
  for step in rule.steps {
    switch step {
    case .effect(.unknown, _), .effect(.setMarkFromMap, _), .effect(.updateSet, _), .effect(.restoreMark, _):
      return false
    case .effect: continue
    case .match, .verdictMap: return false
    case .verdict(let verdict, _):
      switch verdict {
      case .accept, .drop, .reject, .return, .goto: return true
      default: return false
      }
    }
  }
  return false
}
