package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp6NdBlocked = Check(
  CheckMetadata(
    code: "IP6001", name: "icmp6-nd-blocked", level: .error, group: .ipv6,
    summary: "IPv6 neighbour discovery is refused on a link that carries IPv6",
    page: CheckPage(
      finds: """
        Rules that carry IPv6 connections of this host and refuse neighbour solicitations or advertisements (ICMPv6 135,
        136), which do for IPv6 what ARP does for IPv4.
        """,
      matters: """
        Without them no neighbour can be found: IPv6 stops as soon as the neighbour's entry expires, so it works for some
        seconds after a change and then not. Programs wait before they fall back to IPv4.
        """,
      decides: """
        Sends a solicitation to the host's solicited-node multicast address and an advertisement to the host itself, from
        a link-local neighbour with hop limit 255, and the host's own solicitation outwards. The kernel gives them
        conntrack state `untracked`, so `established,related` does not match them.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport { 22, 443 } accept
              }
            }
            """,
          good: """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
                tcp dport { 22, 443 } accept
              }
            }
            """),
        .init(
          .ip6tablesSave,
          bad: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 135 -m hl --hl-eq 255 -j ACCEPT
            -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 136 -m hl --hl-eq 255 -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety:
        "`widen`: accepts ICMPv6 types 133 to 136 with hop limit 255, which only neighbours on the link can send.",
      ignoreWhen:
        "The host is on point-to-point links without neighbour discovery, or is to speak no IPv6: then drop it all.",
      notReported: """
        Rule sets that carry no IPv6 at all; accepts of the types, of all ICMPv6, or of `untracked`.
        """,
      checkByHand: "`ip -6 neigh flush all && ping -6 -c 3 NEIGHBOUR`",
      sources: "RFC 4890; RFC 4861; conntrack state `untracked` measured on Linux 6.18"))
) { context in
  guard let own = context.other(.v6) else { return [] }
  let neighbour = LinkLocalDelivery.neighbour
  var findings: [Finding] = []
  for name in LinkLocalDelivery.interfaces(context) {
    let probes: [(String, Packet)] = [
      (
        "neighbour solicitations",
        LinkLocalDelivery.message(.input, 135, from: neighbour, to: LinkLocalDelivery.solicited(own), on: name)
      ),
      ("neighbour advertisements", LinkLocalDelivery.message(.input, 136, from: neighbour, to: own, on: name)),
      (
        "this host's own neighbour solicitations",
        LinkLocalDelivery.message(.output, 135, from: own, to: LinkLocalDelivery.solicited(neighbour), on: name)
      ),
      (
        "this host's own neighbour advertisements",
        LinkLocalDelivery.message(.output, 136, from: own, to: neighbour, on: name)
      ),
    ]
    for (what, packet) in probes {
      guard let judgement = context.judge(packet), judgement.isRefused else { continue }
      guard let place = context.range(of: judgement.trace.decider) else { continue }
      var remedies: [Remedy] = []
      if let before = context.placeBefore(judgement.trace.decider) {
        let rule = NewRule([.icmpv6Types([133, 134, 135, 136]), .hopLimit(255)], .accept)
        remedies.append(Remedy("accept neighbour discovery", expected: .widen, changes: [.insert(rule, before)]))
      }
      let label = context.label(nil, at: judgement.trace, "conntrack calls it `untracked`, no rule accepts that: ")
      findings.append(
        Finding(
          code: "IP6001", level: .error, confidence: judgement.confidence,
          message: "IPv6 \(what) are dropped; IPv6 stops when neighbour entries expire",
          primary: place.range, labels: [label].compactMap { $0 }, witness: judgement.trace,
          effect: "IPv6 works for seconds and then not; programs wait before they fall back to IPv4",
          remedies: remedies,
          subject: place.subject))
    }
  }
  return firstOfEach(findings) { $0.subject }
}
