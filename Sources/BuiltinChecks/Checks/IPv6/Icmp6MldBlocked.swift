package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp6MldBlocked = Check(
  CheckMetadata(
    code: "IP6004", name: "icmp6-mld-blocked", level: .warning, group: .ipv6,
    summary: "multicast listener messages are refused on a link that carries IPv6",
    page: CheckPage(
      finds: """
        Rules that let neighbour discovery pass and refuse multicast listener queries (ICMPv6 130) from routers, or the
        host's own reports (143).
        """,
      matters: """
        Switches that snoop on these messages stop sending the solicited-node groups to a port that never reports, so
        neighbour discovery fails minutes later, on such switches only.
        """,
      decides: """
        Sends a query from a link-local router to all nodes and the host's own report outwards, in conntrack state
        `untracked`, where neighbour solicitations are accepted.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
                icmpv6 type { 130, 131, 132, 143 } drop
                tcp dport 22 accept
              }
            }
            """,
          good: """
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
                icmpv6 type { 130, 131, 132, 143 } accept
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
            -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 130 -j DROP
            COMMIT
            """,
          good: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 139 -j DROP
            COMMIT
            """),
      ],
      fixSafety: "`widen`: accepts ICMPv6 types 130, 131, 132 and 143.",
      ignoreWhen: "No switch on the link snoops on multicast.",
      notReported: """
        A default drop without a rule that names these types is a note; rule sets where neighbour discovery itself is
        refused (IP6001).
        """,
      checkByHand: "`ip -6 maddr`; watch for reports with `tcpdump -n icmp6 and ip6[48] == 143`.",
      sources: "RFC 4890; RFC 3810"))
) { context in
  guard let own = context.other(.v6) else { return [] }
  var findings: [Finding] = []
  for name in LinkLocalDelivery.interfaces(context) {
    let solicitation = LinkLocalDelivery.message(
      .input, 135, from: LinkLocalDelivery.neighbour, to: LinkLocalDelivery.solicited(own), on: name)
    guard let accepted = context.judge(solicitation), accepted.isAccepted else { continue }
    let allReports = Address.v6(0xff02 << 112 | 0x16)
    let probes = [
      LinkLocalDelivery.message(
        .input, 130, from: LinkLocalDelivery.neighbour, to: LinkLocalDelivery.allNodes, on: name),
      LinkLocalDelivery.message(.output, 143, from: LinkLocalDelivery.neighbour, to: allReports, on: name),
    ]
    for packet in probes {
      guard let judgement = context.judge(packet), judgement.isRefused else { continue }
      guard let place = context.range(of: judgement.trace.decider) else { continue }
      let type = packet.icmpType ?? 130
      let isNamed = judgement.trace.decider.rule.map { context.singlesOut(type, $0) } ?? false
      var remedies: [Remedy] = []
      if let before = context.placeBefore(judgement.trace.decider) {
        let rule = NewRule([.icmpv6Types([130, 131, 132, 143])], .accept)
        remedies.append(
          Remedy("accept multicast listener messages", expected: .widen, changes: [.insert(rule, before)]))
      }
      findings.append(
        Finding(
          code: "IP6004", level: isNamed ? .warning : .note, confidence: min(judgement.confidence, .likely),
          message: type == 130
            ? "multicast listener queries are dropped; snooping switches may cut neighbour discovery off"
            : "this host's multicast listener reports are dropped; snooping switches may cut neighbour discovery off",
          primary: place.range, labels: [context.label(nil, at: judgement.trace, "")].compactMap { $0 },
          witness: judgement.trace,
          effect: "on switches with MLD snooping IPv6 fails some minutes after the link came up", remedies: remedies,
          subject: place.subject))
    }
  }
  return firstOfEach(findings) { $0.subject }
}
