package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let ipv6Unfiltered = Check(
  CheckMetadata(
    code: "IP6013", name: "ipv6-unfiltered", level: .error, group: .ipv6,
    summary: "IPv4 is denied by default and IPv6 is not filtered at all",
    page: CheckPage(
      finds: "A rule set whose IPv4 INPUT denies by default while no rule of it sees IPv6.",
      matters: """
        A host with IPv6 switched on has a link-local address at least, often a global one. Every service that the IPv4
        rules hide can be reached by IPv6.
        """,
      decides: """
        Sends a TCP SYN to an unused port by IPv4 (refused) and by IPv6 (accepted, since no chain sees it). For
        iptables-save dumps the IPv6 rules live in a dump of their own, so this is only a hint. Silent when the sysctls
        say that IPv6 is disabled.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 22 accept
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
                tcp dport 22 accept
              }
            }
            """)
      ],
      fixSafety: "No edit is offered: which IPv6 services are wanted is not known.",
      ignoreWhen: "IPv6 is disabled on all interfaces, or another file filters it.",
      notReported:
        "`table inet`; a file with ip and ip6 tables; `net.ipv6.conf.all.disable_ipv6=1` in the sysctls given.",
      checkByHand: "`ip -6 addr; ss -6 -lnt; nft list ruleset | grep -E 'table (inet|ip6)'`",
      sources: "RFC 7123; NIST SP 800-41r1"))
) { context in
  if context.host.sysctls?["net.ipv6.conf.all.disable_ipv6"]?.value == "1" { return [] }
  let seesIPv6 = context.chains.bases.contains { id in
    let family = context.ruleset[context.ruleset[id].table].family
    return family == .ip6 || family == .inet || family == .netdev || family == .bridge
  }
  guard !seesIPv6, let stranger4 = context.stranger(.v4), let own4 = context.other(.v4) else { return [] }
  guard let stranger6 = context.stranger(.v6), let own6 = context.other(.v6) else { return [] }
  guard let name = context.interfacesToTry.first else { return [] }
  let port = context.named.unusedLowPort
  let probe4 = Packet.tcp(.input, from: stranger4, context.named.ephemeralPort, to: own4, port).on(in: name, out: nil)
  guard let refused = context.judge(probe4), refused.isRefused else { return [] }
  guard let chain = refused.trace.decider.chain else { return [] }
  let probe6 = Packet.tcp(.input, from: stranger6, context.named.ephemeralPort, to: own6, port).on(in: name, out: nil)
  guard let accepted = context.judge(probe6), accepted.isAccepted else { return [] }
  let table = context.ruleset[context.ruleset[chain].table]
  let advice =
    table.dialect.isIptables
    ? "load an ip6tables rule set with a default DROP as well"
    : "make the table `inet`, or write a `table ip6` as strict"
  return [
    Finding(
      code: "IP6013", level: table.dialect.isIptables ? .note : .error,
      confidence: table.dialect.isIptables ? .hint : .likely,
      message: "IPv4 is denied by default, and no rule here sees IPv6", primary: table.origin,
      labels: [Label("IPv4 only", at: table.origin)], witness: accepted.trace,
      effect: "every service that these rules hide may be reached by IPv6",
      remedies: [Remedy(advice, expected: .narrow, changes: [.advice(advice)])],
      subject: .table(context.ruleset[chain].table))
  ]
}
