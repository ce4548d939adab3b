package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let unreachableChain = Check(
  CheckMetadata(
    code: "RULE007", name: "unreachable-chain", level: .note, group: .rules,
    summary: "chains with rules that no base chain leads to",
    page: CheckPage(
      finds: """
        Regular chains with rules of their own to which no jump, goto or verdict map leads from a base chain.
        """,
      matters: "Their rules do nothing.",
      decides: """
        Follows jumps, gotos and verdict maps from all base chains of tables that are not dormant.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain web {
                tcp dport 80 accept
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
              }
            }
            """,
          good: """
            table ip filter {
              chain web {
                tcp dport 80 accept
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                jump web
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
            -A web -p tcp -m tcp --dport 80 -j ACCEPT
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
            -A INPUT -j web
            -A web -p tcp -m tcp --dport 80 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "No edit is offered.",
      ignoreWhen: "Another program adds the jump at run time; so it is a hint only.",
      notReported: "Empty chains; chains of a file without any base chain.",
      checkByHand: "`nft list ruleset | grep -E 'jump|goto'`",
      sources: "nft(8)"))
) { context in
  var findings: [Finding] = []
  for (index, table) in context.ruleset.tables.enumerated() where !table.isDormant {
    guard table.chains.contains(where: { context.ruleset[$0].base != nil }) else { continue }
    let lost = table.chains.filter { id in
      context.chains.roots[id.index].isEmpty && !context.ruleset[id].rules.isEmpty && context.ruleset[id].base == nil
    }
    guard let first = lost.first else { continue }
    let names = lost.prefix(4).map { "`\(context.ruleset[$0].name)`" }
    let rest = lost.count > 4 ? " and \(lost.count - 4) more" : ""
    let advice = "add the jump that leads there, or delete the chain"
    findings.append(
      Finding(
        code: "RULE007", level: .note, confidence: .hint,
        message: "no packet comes to chain \(rest.isEmpty ? listed(names) : names.joined(separator: ", ") + rest)",
        primary: context.ruleset[first].origin,
        labels: lost.dropFirst().prefix(20).map { Label("nor to this one", at: context.ruleset[$0].origin) },
        effect: "its rules do nothing", remedies: [Remedy(advice, expected: .equivalent, changes: [.advice(advice)])],
        subject: .table(TableID(index))))
  }
  return findings
}
