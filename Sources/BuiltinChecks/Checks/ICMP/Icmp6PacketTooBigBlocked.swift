package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp6PacketTooBigBlocked = Check(
  CheckMetadata(
    code: "ICMP005", name: "icmp6-packet-too-big-blocked", level: .error, group: .icmp,
    summary: "ICMPv6 packet too big about a carried connection is refused",
    page: CheckPage(
      finds: "An IPv6 connection that the rules carry, whose ICMPv6 error \"packet too big\" (type 2) is refused.",
      matters: """
        IPv6 routers never fragment, so there is no fallback: without this message a connection hangs on the first
        packet that is too big for a link on the way.
        """,
      decides: """
        As ICMP001, with ICMPv6 type 2 in state `related`. Where the same rule or policy of an inet table refuses the
        IPv4 message too, ICMP001 speaks for both.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established accept
                meta l4proto ipv6-icmp icmpv6 type { 130, 131, 132, 133, 134, 135, 136, 143 } accept
                tcp dport 22 accept
              }
            }
            """,
          good: """
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                meta l4proto ipv6-icmp icmpv6 type { 130, 131, 132, 133, 134, 135, 136, 143 } accept
                tcp dport 22 accept
              }
            }
            """),
        .init(
          .ip6tablesSave,
          bad: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
            -A FORWARD -i lan0 -o wan0 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
            -A FORWARD -i lan0 -o wan0 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "`widen`: accepts ICMPv6 packets in state `related` only.",
      ignoreWhen: "The host speaks IPv6 only on links with the minimum MTU of 1280 bytes.",
      notReported: """
        `ct state established,related accept`; an accept of `icmpv6 type packet-too-big`; rule sets that carry no IPv6.
        """,
      checkByHand: "`tracepath6 -n HOST` through the firewall.",
      sources: "RFC 4890; RFC 8201; RFC 4443"))
) { context in
  let reported = Set(
    ErrorDelivery.lost(context, .v4, [ErrorMessage(type: 3, code: 4, name: "fragmentation needed")])
      .map { $0.judgement.trace.decider })
  return ErrorDelivery.lost(context, .v6, [ErrorMessage(type: 2, code: 0, name: "packet too big")])
    .filter { !reported.contains($0.judgement.trace.decider) }
    .compactMap { lost in
      ErrorDelivery.finding(
        context, lost, code: "ICMP005", level: .error,
        message: "packet-too-big errors for \(flowWord(lost)) IPv6 flows are dropped; large transfers will stall",
        effect: "IPv6 routers never fragment: a connection hangs on the first packet too big for a link on its way")
    }
}
