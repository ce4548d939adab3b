package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp6EssentialErrorsBlocked = Check(
  CheckMetadata(
    code: "ICMP006", name: "icmp6-essential-errors-blocked", level: .error, group: .icmp,
    summary: "an ICMPv6 error that must not be dropped is refused although it belongs to a carried connection",
    page: CheckPage(
      finds: """
        An IPv6 connection that the rules carry, whose ICMPv6 destination-unreachable, time-exceeded (hop limit) or
        parameter-problem (unrecognised header or option) error is refused.
        """,
      matters: """
        Programs wait for their timeouts instead of failing at once, fallback from IPv6 to IPv4 is slow, and traceroute
        does not end.
        """,
      decides: """
        As ICMP005, with types 1, 3/0, 4/1 and 4/2, which RFC 4890 puts into the class "must not be dropped". Silent
        where the same rule or policy loses packet-too-big as well, which ICMP005 or ICMP001 reports.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip6 filter {
              chain forward {
                type filter hook forward priority filter; policy drop;
                icmpv6 type packet-too-big accept
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
      ignoreWhen: "Hardly ever; RFC 4890 names no good case.",
      notReported: "`ct state established,related accept`; explicit accepts of these types.",
      checkByHand: "`traceroute -6 HOST` through the firewall.",
      sources: "RFC 4890 with erratum 2706"))
) { context in
  let first = [ErrorMessage(type: 2, code: 0, name: "packet too big")]
  let reported = Set(ErrorDelivery.lost(context, .v6, first).map { $0.judgement.trace.decider })
  let messages = [
    ErrorMessage(type: 1, code: 0, name: "no route to destination"),
    ErrorMessage(type: 1, code: 4, name: "port unreachable"),
    ErrorMessage(type: 3, code: 0, name: "hop limit exceeded"),
    ErrorMessage(type: 4, code: 1, name: "unrecognised next header"),
    ErrorMessage(type: 4, code: 2, name: "unrecognised option"),
  ]
  return ErrorDelivery.lost(context, .v6, messages).filter { !reported.contains($0.judgement.trace.decider) }
    .compactMap { lost in
      ErrorDelivery.finding(
        context, lost, code: "ICMP006", level: .error,
        message: "ICMPv6 `\(lost.message.name)` errors for \(flowWord(lost)) flows are dropped",
        effect: "programs wait for a timeout where they could fail, or fall back to IPv4, at once")
    }
}
