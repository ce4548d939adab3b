package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let ip6NexthdrNotL4proto = Check(
  CheckMetadata(
    code: "OPT007", name: "ip6-nexthdr-not-l4proto", level: .warning, group: .options,
    summary: "`ip6 nexthdr` is used where the upper protocol is meant",
    page: CheckPage(
      finds: """
        A rule that tests the next-header field of the fixed IPv6 header for TCP, UDP, SCTP or ICMPv6.
        """,
      matters: """
        The field holds the first extension header when there is one. A segment behind a destination-options header
        slips past a drop, and multicast listener reports (behind hop-by-hop) miss an accept.
        """,
      decides: """
        Looks for a written test of `ip6 nexthdr` with an upper-layer protocol.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                ip6 nexthdr ipv6-icmp accept
              }
            }
            """,
          good: """
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                meta l4proto ipv6-icmp accept
              }
            }
            """)
      ],
      fixSafety: "No edit is offered: write `meta l4proto` in place of `ip6 nexthdr`.",
      ignoreWhen: "Packets with extension headers are dropped before the rule.",
      notReported: """
        `meta l4proto`; rules for ICMPv6 types that carry no extension headers; accepts of TCP or UDP (a hint only); tests of nexthdr for extension headers; ip6tables `-p`, which skips extension headers.
        """,
      checkByHand: "`nft list ruleset | grep nexthdr`",
      sources: "nft(8); RFC 7112; measured on Linux 6.18"))
) { context in
  context.eachRule(naming: .nextHeader) { id, rule in
    guard !context.ruleset[context.ruleset[id.chain].table].dialect.isIptables else { return nil }
    for step in rule.steps {
      guard case .match(let match) = step, !match.isImplied else { continue }
      guard case .field(.nextHeader, let values) = match.condition, values.count <= 32 else { continue }
      let upper = [IPProtocol.tcp, IPProtocol.udp, IPProtocol.sctp, IPProtocol.icmpv6].first {
        values.contains(UInt128($0))
      }
      guard let upper else { continue }
      // Neighbour discovery and errors carry no extension headers; listener reports do.
      let names = context.match(on: .icmpType, in: id) != nil && !context.singlesOut(143, id)
      if upper == IPProtocol.icmpv6, names { continue }
      let refuses =
        switch rule.steps.last {
        case .verdict(.drop, _)?, .verdict(.reject, _)?: true
        default: false
        }
      let advice = "write `meta l4proto` instead of `ip6 nexthdr`"
      return Finding(
        code: "OPT007", level: .warning, confidence: refuses || upper == IPProtocol.icmpv6 ? .likely : .hint,
        message: "`ip6 nexthdr` sees only the first header; packets with extension headers do not match",
        primary: match.origin, effect: "a segment behind an extension header slips past this rule",
        remedies: [Remedy(advice, expected: .change, changes: [.advice(advice)])], subject: .rule(id))
    }
    return nil
  }
}
