package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let forwardingSysctlContradictsRules = Check(
  CheckMetadata(
    code: "OPS002", name: "forwarding-sysctl-contradicts-rules", level: .warning, group: .operation,
    summary: "the rules forward packets and the kernel does not",
    page: CheckPage(
      finds: """
        Rules that forward or translate packets for others, with a sysctl that switches forwarding off.
        """,
      matters: "Nothing is forwarded, whatever the rules accept.",
      decides: """
        Only with sysctls: `net.ipv4.ip_forward` (or the IPv6 one) is 0, and rules of that version translate source
        addresses or accept forwarded connections by name.
        """,
      examples: [],
      fixSafety: "`host`: printed, not written.",
      ignoreWhen: "Forwarding is switched on later by another program.",
      notReported: "Sysctls not given; forward chains with policy accept and no rules.",
      checkByHand: "`sysctl net.ipv4.ip_forward`",
      sources: "kernel documentation ip-sysctl"))
) { context in
  guard let sysctls = context.host.sysctls else { return [] }
  var findings: [Finding] = []
  for (version, key) in [(IPVersion.v4, "net.ipv4.ip_forward"), (.v6, "net.ipv6.conf.all.forwarding")] {
    guard let entry = sysctls[key], entry.value == "0" else { continue }
    let flow = context.flows.first {
      $0.hook == .forward && $0.version == version && $0.opener.trace.acceptingRule != nil
    }
    guard let flow, let rule = flow.opener.trace.acceptingRule else { continue }
    findings.append(
      Finding(
        code: "OPS002", level: .warning, confidence: .proved,
        message: "the rules forward \(version.name) packets, and the kernel does not", primary: entry.origin,
        labels: [Label("accepts forwarded connections", at: context.ruleset[rule].origin)], witness: flow.opener.trace,
        effect: "nothing is forwarded, whatever the rules accept",
        remedies: [Remedy("switch forwarding on", expected: .host, changes: [.sysctl(key: key, value: "1")])],
        subject: .rule(rule)))
  }
  return findings
}
