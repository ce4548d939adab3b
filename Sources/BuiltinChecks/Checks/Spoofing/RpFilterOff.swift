package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let rpFilterOff = Check(
  CheckMetadata(
    code: "SPOOF003", name: "rp-filter-off", level: .warning, group: .spoofing,
    summary: "no reverse-path filter checks IPv4 source addresses",
    page: CheckPage(
      finds: """
        Sysctls that switch reverse-path filtering off for all interfaces, and rules that do not check the reverse
        path either.
        """,
      matters: """
        Packets with forged source addresses come in, also with addresses of inside networks, and pass rules that
        trust them.
        """,
      decides: """
        Only with sysctls. The effective value is the larger of `all` and the interface's own; reported when every one
        given is 0 and a stranger's packet that would not be answered by the same interface is accepted or refused
        alike.
        """,
      examples: [],
      fixSafety: "`host`: printed, not written.",
      ignoreWhen: """
        Asymmetric routing, policy routing, WireGuard or several uplinks; then 2, or a rule, is the better choice.
        """,
      notReported: """
        Any interface value above 0; a `fib saddr . iif oif missing drop` or `rpfilter` rule; sysctls not given.
        """,
      checkByHand: "`sysctl -a | grep '\\\\.rp_filter'`",
      sources: "RFC 3704; kernel documentation ip-sysctl"))
) { context in
  guard let sysctls = context.host.sysctls, let all = sysctls["net.ipv4.conf.all.rp_filter"], all.value == "0" else {
    return []
  }
  let keys = sysctls.entries.keys.sorted().filter { $0.hasPrefix("net.ipv4.conf.") && $0.hasSuffix(".rp_filter") }
  let own = keys.filter { !$0.contains(".all.") && !$0.contains(".default.") && !$0.contains(".lo.") }
  guard !own.isEmpty, own.allSatisfy({ sysctls[$0]?.value == "0" }) else { return [] }
  guard !checksReversePath(context) else { return [] }
  return [
    Finding(
      code: "SPOOF003", level: .warning, confidence: .proved,
      message: "reverse-path filtering is off on every interface, and no rule does its work", primary: all.origin,
      effect: "packets with forged source addresses come in and pass rules that trust addresses",
      remedies: [
        Remedy(
          "switch reverse-path filtering on", expected: .host,
          changes: [.sysctl(key: "net.ipv4.conf.all.rp_filter", value: "1")])
      ], subject: .ruleset)
  ]
}

/// Does some rule test whether the way back leaves by the interface the packet came in by?
private func checksReversePath(_ context: CheckContext) -> Bool {
  context.outlines.areNaming(.reversePathOK)
}
