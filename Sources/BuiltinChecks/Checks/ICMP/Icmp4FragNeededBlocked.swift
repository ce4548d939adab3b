package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp4FragNeededBlocked = Check(
  CheckMetadata(
    code: "ICMP001", name: "icmp4-frag-needed-blocked", level: .error, group: .icmp,
    summary: "ICMP fragmentation needed about a carried connection is refused",
    page: CheckPage(
      finds: """
        A connection that the rules carry, whose ICMP error "fragmentation needed" (type 3 code 4) is refused on its way
        back to the sender.
        """,
      matters: """
        Path-MTU discovery depends on this message. Without it a connection opens and then hangs on the first full-size
        packet, as soon as one link on the way has a smaller MTU (PPPoE, VPN, tunnel). Small transfers work, large ones
        stall.
        """,
      decides: """
        Takes connections that the rules let open at input, forward and output and whose replies pass. For each it sends
        the error that a router on the way would send, in conntrack state `related`, quoting a packet of the connection,
        and follows it through all base chains. It is silent when the error is accepted, when no connection is carried,
        and when the answer hangs on something uncertain.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table inet filter {
              chain forward {
                type filter hook forward priority filter; policy drop;
                ct state established accept
                iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
              }
            }
            """,
          good: """
            table inet filter {
              chain forward {
                type filter hook forward priority filter; policy drop;
                ct state established accept
                ct state related meta l4proto { icmp, ipv6-icmp } accept
                iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
              }
            }
            """),
        .init(
          .iptablesSave,
          bad: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
            -A FORWARD -i lan0 -o wan0 -p tcp -m multiport --dports 80,443 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A FORWARD -i lan0 -o wan0 -p tcp -m multiport --dports 80,443 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        `widen`: the inserted rule accepts ICMP and ICMPv6 packets in state `related` only. These are errors whose quoted
        packet belongs to a tracked connection; the kernel checks that.
        """,
      ignoreWhen: """
        Every path has one MTU and stays so, or the hosts behind use packetisation-layer path-MTU discovery (RFC 4821).
        """,
      notReported: """
        `ct state established,related accept`; policy accept without a drop; a drop of echo requests only; a drop of ICMP
        after the rule that accepts `related`.
        """,
      checkByHand: """
        `tracepath -n HOST` through the firewall; `nft monitor trace` with a packet sent by `ping -M do -s 1472 HOST` over
        a link of smaller MTU.
        """,
      sources: "RFC 1191; RFC 2923; RFC 1812; Firewall Forensics FAQ 2.3.4 and 8.1"))
) { context in
  ErrorDelivery.lost(context, .v4, [ErrorMessage(type: 3, code: 4, name: "fragmentation needed")]).compactMap { lost in
    ErrorDelivery.finding(
      context, lost, code: "ICMP001", level: .error,
      message: "path-MTU errors for \(flowWord(lost)) flows are dropped; large transfers will stall",
      effect: """
        connections open, then hang on the first full-size packet if a hop has a smaller MTU (PPPoE, VPN, tunnel)\
        \(alsoLosesIPv6(context, lost) ? "; IPv6 loses packet-too-big the same way" : "")
        """)
  }
}

/// "forwarded" or "this host's": whose flow it is.
func flowWord(_ lost: LostError) -> String { lost.flow.hook == .forward ? "forwarded" : "this host's" }

private func alsoLosesIPv6(_ context: CheckContext, _ lost: LostError) -> Bool {
  ErrorDelivery.lost(context, .v6, [ErrorMessage(type: 2, code: 0, name: "packet too big")])
    .contains { $0.judgement.trace.decider == lost.judgement.trace.decider }
}
