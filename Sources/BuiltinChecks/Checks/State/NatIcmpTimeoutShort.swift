package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let natIcmpTimeoutShort = Check(
  CheckMetadata(
    code: "STATE011", name: "nat-icmp-timeout-short", level: .note, group: .state,
    summary: "a conntrack timeout is short for a NAT box",
    page: CheckPage(
      finds: """
        A NAT box whose sysctl `net.netfilter.nf_conntrack_icmp_timeout` is below 30 seconds.
        """,
      matters: "Slow ping replies are lost.",
      decides: """
        Only with sysctls and where rules translate source addresses. The kernel's default is 30.
        """,
      examples: [],
      fixSafety: "`host`: printed, not written.",
      ignoreWhen: "Many short-lived flows fill the conntrack table.",
      notReported: "Hosts without NAT; values of 30 or more; sysctls not given.",
      checkByHand: "`sysctl net.netfilter.nf_conntrack_icmp_timeout`",
      sources: "RFC 5508"))
) { context in
  guard context.zones.hasSourceNAT else { return [] }
  return SysctlFinding.below(
    context, code: "STATE011", key: "net.netfilter.nf_conntrack_icmp_timeout", bound: 30, good: "60",
    message: "idle connections through NAT are forgotten after {} seconds",
    effect: "idle connections break and clients wait for a timeout")
}
