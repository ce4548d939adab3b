package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let syncookiesOff = Check(
  CheckMetadata(
    code: "STATE015", name: "syncookies-off", level: .note, group: .state,
    summary: "SYN cookies are switched off",
    page: CheckPage(
      finds: "A sysctl `net.ipv4.tcp_syncookies` of 0.",
      matters: "A small SYN flood fills the listen queue and services stop answering.",
      decides: "Only with sysctls.",
      examples: [],
      fixSafety: "`host`: printed, not written.",
      ignoreWhen: "A front end answers SYNs for the host.",
      notReported: "Values 1 and 2; sysctls not given.",
      checkByHand: "`sysctl net.ipv4.tcp_syncookies`",
      sources: "kernel documentation ip-sysctl"))
) { context in
  SysctlFinding.equal(
    context, code: "STATE015", level: .note, key: "net.ipv4.tcp_syncookies", bad: "0", good: "1",
    message: "SYN cookies are off", effect: "a small SYN flood keeps real clients out")
}
