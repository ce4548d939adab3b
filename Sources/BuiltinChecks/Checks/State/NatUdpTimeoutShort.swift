package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let natUdpTimeoutShort = Check(
  CheckMetadata(
    code: "STATE009", name: "nat-udp-timeout-short", level: .note, group: .state,
    summary: "a conntrack timeout is short for a NAT box",
    page: CheckPage(
      finds: """
        A NAT box whose sysctl `net.netfilter.nf_conntrack_udp_timeout` is below 30 seconds.
        """,
      matters: """
        UDP applications that are silent for a while (DNS over UDP aside: VPN, SIP, games) lose their way back.
        """,
      decides: """
        Only with sysctls and where rules translate source addresses. The kernel's default is 30 (unreplied) and 120
        (stream).
        """,
      examples: [],
      fixSafety: "`host`: printed, not written.",
      ignoreWhen: "Many short-lived flows fill the conntrack table.",
      notReported: "Hosts without NAT; values of 30 or more; sysctls not given.",
      checkByHand: "`sysctl net.netfilter.nf_conntrack_udp_timeout`",
      sources: "RFC 4787"))
) { context in
  guard context.zones.hasSourceNAT else { return [] }
  return SysctlFinding.below(
    context, code: "STATE009", key: "net.netfilter.nf_conntrack_udp_timeout", bound: 30, good: "120",
    message: "idle connections through NAT are forgotten after {} seconds",
    effect: "idle connections break and clients wait for a timeout")
}
