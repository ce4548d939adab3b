package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp6NdSourceRestricted = Check(
  CheckMetadata(
    code: "IP6002", name: "icmp6-nd-source-restricted", level: .error, group: .ipv6,
    summary: "neighbour discovery is accepted from link-local sources or to unicast addresses only",
    page: CheckPage(
      finds: """
        Rules that accept neighbour solicitations from link-local addresses, and refuse those from global addresses or,
        for duplicate address detection, from the unspecified address.
        """,
      matters: """
        Neighbours use a global source as often as a link-local one, so IPv6 fails with some neighbours and at some
        times; and an address conflict stays undetected.
        """,
      decides: """
        After a solicitation from fe80::/10 was accepted, sends the same from a global address and from `::` with hop
        limit 255, in conntrack state `untracked`.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                ip6 saddr fe80::/10 meta l4proto ipv6-icmp accept
                tcp dport 22 accept
              }
            }
            """,
          good: """
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept
                ip6 saddr fe80::/10 meta l4proto ipv6-icmp accept
                tcp dport 22 accept
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
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -s fe80::/10 -p ipv6-icmp -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 135 -m hl --hl-eq 255 -j ACCEPT
            -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 136 -m hl --hl-eq 255 -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "`widen`: accepts ICMPv6 types 135 and 136 with hop limit 255, which only neighbours can send.",
      ignoreWhen: "All neighbours are known to use link-local sources only.",
      notReported: "Accepts without a source; rule sets where neighbour discovery is refused altogether (IP6001).",
      checkByHand: "`ip -6 neigh flush all`, then `ping -6` the host from a neighbour's global address.",
      sources: "RFC 4861; RFC 4862"))
) { context in
  guard let own = context.other(.v6), let global = context.stranger(.v6) else { return [] }
  var findings: [Finding] = []
  for name in LinkLocalDelivery.interfaces(context) {
    let target = LinkLocalDelivery.solicited(own)
    let usual = LinkLocalDelivery.message(.input, 135, from: LinkLocalDelivery.neighbour, to: target, on: name)
    guard let accepted = context.judge(usual), accepted.isAccepted else { continue }
    for (source, what) in [(global, "a global address"), (Address.v6(0), "the unspecified address `::`")] {
      var packet = usual
      packet.source = source
      guard let judgement = context.judge(packet), judgement.isRefused else { continue }
      guard let place = context.range(of: judgement.trace.decider) else { continue }
      var labels: [Label] = []
      if let rule = accepted.trace.acceptingRule {
        labels.append(Label("1: accepts them from link-local sources only", at: context.ruleset[rule].origin))
      }
      if let label = context.label(labels.count + 1, at: judgement.trace, "from \(what): ") { labels.append(label) }
      var remedies: [Remedy] = []
      if let before = context.placeBefore(judgement.trace.decider) {
        let rule = NewRule([.icmpv6Types([135, 136]), .hopLimit(255)], .accept)
        remedies.append(
          Remedy("accept neighbour discovery from any source", expected: .widen, changes: [.insert(rule, before)]))
      }
      findings.append(
        Finding(
          code: "IP6002", level: .error, confidence: judgement.confidence,
          message: "neighbour solicitations from \(what) are dropped", primary: labels.first?.range ?? place.range,
          labels: labels, witness: judgement.trace,
          effect: "IPv6 fails with some neighbours and at some times; address conflicts stay undetected",
          remedies: remedies, subject: place.subject))
      break
    }
  }
  return firstOfEach(findings) { $0.subject }
}
