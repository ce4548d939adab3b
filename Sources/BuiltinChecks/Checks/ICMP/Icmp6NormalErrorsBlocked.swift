package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp6NormalErrorsBlocked = Check(
  CheckMetadata(
    code: "ICMP007", name: "icmp6-normal-errors-blocked", level: .note, group: .icmp,
    summary: "an ICMPv6 error that should normally pass is refused although it belongs to a carried connection",
    page: CheckPage(
      finds:
        "A carried IPv6 connection whose ICMPv6 errors 3/1 (reassembly time) or 4/0 (erroneous header) are refused.",
      matters: "Faults of fragmentation and of headers stay unseen by the sender. The loss is small.",
      decides: """
        As ICMP006, with types 3/1 and 4/0, which RFC 4890 says should normally not be dropped. Silent where the same
        rule or policy loses an essential error as well.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip6 filter {
              chain forward {
                type filter hook forward priority filter; policy drop;
                icmpv6 type { destination-unreachable, packet-too-big } accept
                icmpv6 type time-exceeded icmpv6 code 0 accept
                icmpv6 type parameter-problem icmpv6 code { 1, 2 } accept
                ct state established accept
                iifname "lan0" oifname "wan0" accept
              }
            }
            """,
          good: """
            table ip6 filter {
              chain forward {
                type filter hook forward priority filter; policy drop;
                icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept
                ct state established accept
                iifname "lan0" oifname "wan0" accept
              }
            }
            """)
      ],
      fixSafety: "`widen`: accepts ICMPv6 packets in state `related` only.",
      ignoreWhen: "The rule set lists exactly the must-not-drop class of RFC 4890 on purpose.",
      notReported: "`ct state established,related accept`.",
      checkByHand: "`nft list ruleset`: is there an accept of time-exceeded and parameter-problem without a code?",
      sources: "RFC 4890"))
) { context in
  let first = [
    ErrorMessage(type: 2, code: 0, name: "packet too big"), ErrorMessage(type: 1, code: 0, name: "no route"),
    ErrorMessage(type: 3, code: 0, name: "hop limit exceeded"), ErrorMessage(type: 4, code: 1, name: "next header"),
  ]
  let reported = Set(ErrorDelivery.lost(context, .v6, first).map { $0.judgement.trace.decider })
  let messages = [
    ErrorMessage(type: 3, code: 1, name: "reassembly time exceeded"),
    ErrorMessage(type: 4, code: 0, name: "erroneous header field"),
  ]
  return ErrorDelivery.lost(context, .v6, messages).filter { !reported.contains($0.judgement.trace.decider) }
    .compactMap { lost in
      ErrorDelivery.finding(
        context, lost, code: "ICMP007", level: .note,
        message: "ICMPv6 `\(lost.message.name)` errors for \(flowWord(lost)) flows are dropped",
        effect: "the sender never learns why its packets are thrown away")
    }
}
