package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let natTcpTimeoutShort = Check(
  CheckMetadata(
    code: "STATE010", name: "nat-tcp-timeout-short", level: .note, group: .state,
    summary: "a conntrack timeout is short for a NAT box",
    page: CheckPage(
      finds: """
        A NAT box whose sysctl `net.netfilter.nf_conntrack_tcp_timeout_established` is below 7440 seconds.
        """,
      matters: "Idle ssh, IMAP and database connections break without a word.",
      decides: """
        Only with sysctls and where rules translate source addresses. The kernel's default is 432000.
        """,
      examples: [],
      fixSafety: "`host`: printed, not written.",
      ignoreWhen: "Many short-lived flows fill the conntrack table.",
      notReported: "Hosts without NAT; values of 7440 or more; sysctls not given.",
      checkByHand: "`sysctl net.netfilter.nf_conntrack_tcp_timeout_established`",
      sources: "RFC 5382"))
) { context in
  guard context.zones.hasSourceNAT else { return [] }
  return SysctlFinding.below(
    context, code: "STATE010", key: "net.netfilter.nf_conntrack_tcp_timeout_established", bound: 7440, good: "7440",
    message: "idle connections through NAT are forgotten after {} seconds",
    effect: "idle connections break and clients wait for a timeout")
}
