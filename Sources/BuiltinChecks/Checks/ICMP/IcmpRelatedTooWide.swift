package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmpRelatedTooWide = Check(
  CheckMetadata(
    code: "ICMP010", name: "icmp-related-too-wide", level: .note, group: .icmp,
    summary: "redirects about own connections come in with `related`, and the host acts on redirects",
    page: CheckPage(
      finds: "A rule that accepts `related` and with it ICMP redirects, on a host whose sysctls act on redirects.",
      matters: """
        Conntrack calls a redirect (ICMP 5, ICMPv6 137) `related` when it quotes a known connection, so a neighbour who
        sees a connection can divert it.
        """,
      decides: """
        Only with sysctls: when `accept_redirects` is on for all interfaces of a host, sends a redirect in state
        `related`. Without sysctls the check is silent, since the usual `established,related accept` is right.
        """,
      examples: [],
      fixSafety: "`narrow`: drops ICMP type 5 only.",
      ignoreWhen: "The neighbours on the link are trusted.",
      notReported: "Hosts whose sysctls are not given or do not act on redirects; rule sets that drop type 5 first.",
      checkByHand: "`sysctl net.ipv4.conf.all.accept_redirects`",
      sources: "RFC 6633; RFC 1812; measured on Linux 6.18"))
) { context in
  guard let entry = context.host.sysctls?["net.ipv4.conf.all.accept_redirects"], entry.value == "1" else { return [] }
  guard context.role == .host, let stranger = context.stranger(.v4), let own = context.other(.v4) else { return [] }
  guard context.isFiltered(.input, .v4), let name = context.interfacesToTry.first else { return [] }
  let packet = Packet.icmp(.input, 5, 1, from: stranger, to: own, state: .related).on(in: name, out: nil)
  guard let judgement = context.judge(packet), judgement.isAccepted else { return [] }
  guard let rule = judgement.trace.acceptingRule, let match = context.match(on: .ctState, in: rule) else { return [] }
  return [
    Finding(
      code: "ICMP010", level: .note, confidence: judgement.confidence,
      message: "ICMP redirects about open connections come in with `related`, and this host acts on them",
      primary: match.range, labels: [Label("acts on redirects", at: entry.origin)], witness: judgement.trace,
      effect: "a neighbour who sees a connection can divert it",
      remedies: [
        Remedy(
          "drop redirects first", expected: .narrow,
          changes: [.insert(NewRule([.icmp(type: 5, code: nil)], .drop), .before(rule))])
      ], subject: .rule(rule))
  ]
}
