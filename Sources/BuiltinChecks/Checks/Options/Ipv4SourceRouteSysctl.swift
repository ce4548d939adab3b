package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let ipv4SourceRouteSysctl = Check(
  CheckMetadata(
    code: "OPT002", name: "ipv4-source-route-sysctl", level: .warning, group: .options,
    summary: "the kernel is told to honour source routes",
    page: CheckPage(
      finds: "A sysctl `accept_source_route` for all interfaces that is on.",
      matters: """
        Source-routed packets walk around address filters; nothing legitimate uses them.
        """,
      decides: """
        The effective value is `all` AND the interface's own, so only `net.ipv4.conf.all` (and `net.ipv6.conf.all`
        above 0) is reported; `default=1` alone has no effect.
        """,
      examples: [],
      fixSafety: "`host`: printed, not written.",
      ignoreWhen: "A test network that uses source routes.",
      notReported: "`default` or one interface at 1 while `all` is 0.",
      checkByHand: "`sysctl -a | grep accept_source_route`",
      sources: "kernel documentation ip-sysctl"))
) { context in
  guard let sysctls = context.host.sysctls else { return [] }
  return ["net.ipv4.conf.all.accept_source_route", "net.ipv6.conf.all.accept_source_route"].compactMap { key in
    guard let entry = sysctls[key], let value = Int(entry.value), value > 0 else { return nil }
    return Finding(
      code: "OPT002", level: .warning, confidence: .proved,
      message: "the kernel honours source routes: `\(key)=\(value)`",
      primary: entry.origin, effect: "a stranger dictates the way of packets and answers, past address filters",
      remedies: [Remedy("switch source routes off", expected: .host, changes: [.sysctl(key: key, value: "0")])],
      subject: .ruleset)
  }
}
