package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp4FragNeededEgressBlocked = Check(
  CheckMetadata(
    code: "ICMP004", name: "icmp4-frag-needed-egress-blocked", level: .error, group: .icmp,
    summary: "this router's own fragmentation-needed errors cannot leave",
    page: CheckPage(
      finds: """
        A router whose OUTPUT refuses the ICMP errors "fragmentation needed" and "packet too big" that it has to send
        when a packet does not fit into the next link.
        """,
      matters: """
        When one of this router's links has a smaller MTU (PPPoE, VPN, tunnel), every sender on the other side keeps on
        sending packets that are too big: connections open and then hang.
        """,
      decides: """
        Sends such an error, in state `related`, through the output and postrouting chains of a host that forwards
        (declared as router, or its rules carry forwarded connections).
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table inet filter {
              chain forward {
                type filter hook forward priority filter; policy drop;
                ct state established,related accept
                iifname "lan0" oifname "wan0" accept
              }
              chain output {
                type filter hook output priority filter; policy drop;
                oifname "lo" accept
                ct state established accept
                udp dport 53 accept
              }
            }
            """,
          good: """
            table inet filter {
              chain forward {
                type filter hook forward priority filter; policy drop;
                ct state established,related accept
                iifname "lan0" oifname "wan0" accept
              }
              chain output {
                type filter hook output priority filter; policy drop;
                oifname "lo" accept
                ct state established,related accept
                meta l4proto ipv6-icmp accept
                udp dport 53 accept
              }
            }
            """)
      ],
      fixSafety: "`widen`: accepts outgoing ICMP and ICMPv6 packets in state `related` only.",
      ignoreWhen: "All links of the router have the same MTU.",
      notReported:
        "OUTPUT with policy accept; `ct state established,related accept` in OUTPUT; hosts that do not forward.",
      checkByHand: "`tracepath -n HOST` from a host behind the router.",
      sources: "RFC 1812; Firewall Forensics FAQ 2.3.4"))
) { context in
  guard context.role == .router else { return [] }
  var findings: [Finding] = []
  for version in IPVersion.allCases {
    guard context.isFiltered(.output, version) else { continue }
    guard let own = context.router(version) else { continue }
    guard let flow = context.flows.first(where: { $0.hook == .forward && $0.version == version && $0.isCarried }),
      let data = flow.data
    else { continue }
    var inner = data.trace.packet
    inner.hook = nil
    inner.tcpFlags = TCPFlag.ack
    inner.state = nil
    let type: UInt8 = version == .v4 ? 3 : 2
    var packet = Packet.icmp(
      .output, type, version == .v4 ? 4 : 0, from: own, to: data.trace.packet.source, state: .related
    ).on(in: nil, out: data.trace.packet.inInterface)
    packet.icmpMTU = 1400
    packet.inner = [inner]
    guard let judgement = context.judge(packet), judgement.isRefused else { continue }
    guard let place = context.range(of: judgement.trace.decider) else { continue }
    var remedies: [Remedy] = []
    if let before = context.placeBefore(judgement.trace.decider) {
      let rule = NewRule([.states([.related]), .anyICMP], .accept)
      remedies.append(
        Remedy("let ICMP errors about tracked flows leave", expected: .widen, changes: [.insert(rule, before)]))
    }
    let name = version == .v4 ? "fragmentation-needed" : "packet-too-big"
    findings.append(
      Finding(
        code: "ICMP004", level: .error, confidence: min(judgement.confidence, .likely),
        message: "this router cannot send \(name) errors; senders behind it will stall",
        primary: place.range,
        labels: [context.label(nil, at: judgement.trace, "the router's own error is ")].compactMap { $0 },
        witness: judgement.trace,
        effect:
          "when a packet does not fit into a link of this router, its sender is never told and tries again in vain",
        remedies: remedies, subject: place.subject))
  }
  return firstOfEach(findings) { $0.subject }
}
