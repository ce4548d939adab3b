package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let echoBroadcastSysctl = Check(
  CheckMetadata(
    code: "BCAST004", name: "echo-broadcast-sysctl", level: .warning, group: .broadcast,
    summary: "the host answers echo requests to broadcast addresses",
    page: CheckPage(
      finds: "A sysctl `net.ipv4.icmp_echo_ignore_broadcasts` of 0.",
      matters: """
        The host takes part in smurf floods: one forged ping to the broadcast address is answered by every host of the
        network.
        """,
      decides: "Only with sysctls.",
      examples: [],
      fixSafety: "`host`: printed, not written.",
      ignoreWhen: "A closed network that counts its hosts so.",
      notReported: "The default of 1; sysctls not given.",
      checkByHand: "`sysctl net.ipv4.icmp_echo_ignore_broadcasts`",
      sources: "kernel documentation ip-sysctl; Firewall Forensics FAQ 3.7"))
) { context in
  SysctlFinding.equal(
    context, code: "BCAST004", level: .warning, key: "net.ipv4.icmp_echo_ignore_broadcasts", bad: "0", good: "1",
    message: "pings to broadcast addresses are answered", effect: "the host takes part in smurf floods against others")
}
