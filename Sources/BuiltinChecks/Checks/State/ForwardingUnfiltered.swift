package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let forwardingUnfiltered = Check(
  CheckMetadata(
    code: "STATE017", name: "forwarding-unfiltered", level: .error, group: .state,
    summary: "forwarding is on and the forward chain accepts by default",
    page: CheckPage(
      finds: """
        Sysctls that switch forwarding on, for a host whose forward chain accepts what its rules do not match.
        """,
      matters: """
        Anybody who can send packets to the host reaches the networks behind it.
        """,
      decides: """
        Only with sysctls: `net.ipv4.ip_forward` or `net.ipv6.conf.all.forwarding` at 1; then packets of a stranger to
        unused ports are followed through forward.
        """,
      examples: [],
      fixSafety: """
        `narrow`: drops what no rule accepts; on a host that is no router switch forwarding off instead.
        """,
      ignoreWhen: "Containers or virtual machines whose own tool filters forwarding.",
      notReported: """
        Forwarding off; a forward chain with policy drop or a last drop; no sysctls given.
        """,
      checkByHand: "`sysctl net.ipv4.ip_forward; nft list chains`",
      sources: "kernel documentation ip-sysctl"))
) { context in
  guard let sysctls = context.host.sysctls else { return [] }
  var findings: [Finding] = []
  for (version, key) in [(IPVersion.v4, "net.ipv4.ip_forward"), (.v6, "net.ipv6.conf.all.forwarding")] {
    guard let entry = sysctls[key], entry.value == "1", context.isFiltered(.forward, version) else { continue }
    guard context.role != .router else { continue }
    guard let stranger = context.stranger(version), let own = context.other(version) else { continue }
    let judged = UnmatchedPackets.judge(context, .forward, from: stranger, to: own)
    guard let first = judged.first, judged.allSatisfy({ $0.isAccepted && $0.trace.acceptingRule == nil }) else {
      continue
    }
    guard let place = context.range(of: first.trace.acceptedBy.last { $0.hook == .forward } ?? first.trace.decider)
    else {
      continue
    }
    guard case .chain(let chain) = place.subject else { continue }
    findings.append(
      Finding(
        code: "STATE017", level: .error, confidence: first.confidence,
        message: "\(version.name) forwarding is on and everything may be forwarded", primary: place.range,
        labels: [
          Label("1: forwarding is on", at: entry.origin), Label("2: accepts what no rule matches", at: place.range),
        ],
        witness: first.trace, effect: "whoever can send packets to this host reaches the networks behind it",
        remedies: [
          Remedy("drop what no rule accepts", expected: .narrow, changes: [.setPolicy(chain, .drop)]),
          Remedy("switch forwarding off", expected: .host, changes: [.sysctl(key: key, value: "0")]),
        ], subject: place.subject))
  }
  return firstOfEach(findings) { $0.subject }
}
