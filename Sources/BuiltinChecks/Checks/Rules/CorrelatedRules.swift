package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let correlatedRules = Check(
  CheckMetadata(
    code: "RULE004", name: "correlated-rules", level: .note, group: .rules,
    summary: "rules overlap crosswise and decide otherwise, so that their order matters",
    page: CheckPage(
      finds: """
        Two rules of a chain of which each matches packets that the other does not, with some in common, and of which one
        accepts and the other refuses.
        """,
      matters: """
        What happens to the common packets depends on the order of the two. Moving either changes what the chain lets through.
        """,
      decides: """
        Compares exact sets of packets. One finding for a chain, with the number of pairs and the first few of them; counting
        stops at 1000.
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
                ip saddr 203.0.113.0/24 drop
                tcp dport 443 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 443 accept
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
            -A INPUT -s 203.0.113.0/24 -j DROP
            -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        No edit is offered.
        """,
      ignoreWhen: """
        The order is meant, as with a block list before the services: so this is a hint, shown with `--min-confidence hint`.
        """,
      notReported: """
        Rules of which one holds the other; overlaps in one field only (RULE002); in chains of thousands of rules, pairs that
        stand far apart.
        """,
      checkByHand: """
        Trace the packet that is shown: `fwlint trace`.
        """,
      sources: "Al-Shaer and Hamed, Firewall Policy Advisor (2003): correlation"))
) { context in
  context.relations.correlations.compactMap { found in
    guard let first = found.pairs.first else { return nil }
    let trace = found.pairs.lazy.compactMap { LostPacket.trace(context, $0.common, takenBy: $0.earlier) }.first
    guard let trace else { return nil }
    var labels: [Label] = []
    for (index, pair) in found.pairs.prefix(4).enumerated() {
      labels.append(Label("\(index + 1): decides the common packets", at: context.ruleset[pair.earlier].origin))
      labels.append(Label("\(index + 1): decides otherwise", at: context.ruleset[pair.later].origin))
    }
    let count = found.count >= 1000 ? "1000 pairs or more" : found.count == 1 ? "a pair" : "\(found.count) pairs"
    let advice = "keep their order, or make the rules disjoint"
    return Finding(
      code: "RULE004", level: .note, confidence: .hint,
      message: "\(count) of rules overlap crosswise and decide otherwise: their order matters",
      primary: context.ruleset[first.later].origin, labels: labels, witness: trace,
      effect: "moving one of the rules changes what the chain lets through",
      remedies: [Remedy(advice, expected: .change, changes: [.advice(advice)])], subject: .chain(found.chain))
  }
}
