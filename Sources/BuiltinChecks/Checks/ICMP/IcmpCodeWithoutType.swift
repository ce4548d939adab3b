package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmpCodeWithoutType = Check(
  CheckMetadata(
    code: "ICMP019", name: "icmp-code-without-type", level: .note, group: .icmp,
    summary: "a rule tests the ICMP code and no type, so it takes that code of every type",
    page: CheckPage(
      finds: "A rule with `icmp code` or `icmpv6 code` and without a type.",
      matters: """
        `icmp code frag-needed` is code 4 of any type: it misses nothing that was meant, but takes messages that were
        not, e.g. an ICMPv6 port-unreachable for a rule meant for something else.
        """,
      decides: "Looks at the rule's own tests: a condition on the code, none on the type.",
      examples: [
        .init(
          .nft,
          bad: """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy accept;
                icmp code frag-needed accept
              }
            }
            """,
          good: """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy accept;
                icmp type destination-unreachable icmp code frag-needed accept
              }
            }
            """)
      ],
      fixSafety: "No edit is offered: the type that was meant is not known.",
      ignoreWhen: "The code of every type is really meant.",
      notReported: "Type and code together; a type alone; `--icmp-type 3/4`, which holds both.",
      checkByHand: "`nft list ruleset | grep 'icmp code'`",
      sources: "Firewall Forensics FAQ 2 (types and codes); nft(8)"))
) { context in
  context.eachRule(naming: .icmpCode) { id, rule in
    guard context.tests(.icmpCode, id), !context.tests(.icmpType, id) else { return nil }
    guard let match = context.match(on: .icmpCode, in: id) else { return nil }
    let advice = "name the type as well, e.g. `icmp type destination-unreachable icmp code frag-needed`"
    return Finding(
      code: "ICMP019", level: .note, confidence: .proved,
      message: "the ICMP code is tested without a type, so this code of every type matches", primary: match.range,
      effect: "messages match that were not meant",
      remedies: [Remedy(advice, expected: .change, changes: [.advice(advice)])],
      subject: .rule(id))
  }
}
