package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let managementPathLost = Check(
  CheckMetadata(
    code: "OPS001", name: "management-path-lost", level: .error, group: .operation,
    summary: "ssh from the administrators' networks is refused",
    page: CheckPage(
      finds: """
        Rules that refuse new ssh connections from a network that the host facts name as `admin-from`.
        """,
      matters: "Once the rules are loaded nobody can log in to repair them.",
      decides: """
        Only with `admin-from`: sends a SYN to port 22 from each network named, on every interface that rules name.
        Reported when all are refused.
        """,
      examples: [],
      fixSafety: "`widen`: accepts ssh from that network.",
      ignoreWhen: "Administration over another port or the console.",
      notReported: "`admin-from` not given; ssh accepted on at least one interface.",
      checkByHand: "`ssh` from there before the old rules are gone (keep a session open).",
      sources: "common practice"))
) { context in
  var findings: [Finding] = []
  for prefix in context.host.adminFrom {
    let parts = prefix.split(separator: "/")
    guard let text = parts.first, let base = Address(text) else { continue }
    let source: Address
    switch base {
    case .v4(let value): source = .v4(parts.count > 1 && parts[1] != "32" ? value | 9 : value)
    case .v6(let value): source = .v6(parts.count > 1 && parts[1] != "128" ? value | 9 : value)
    }
    let version: IPVersion = source.isV4 ? .v4 : .v6
    guard context.isFiltered(.input, version), let own = context.other(version) else { continue }
    let names = context.interfacesToTry + context.named.interfaces.filter { context.zones.inside.contains($0) }
    let judged = names.map { name in
      context.judge(Packet.tcp(.input, from: source, context.named.ephemeralPort, to: own, 22).on(in: name, out: nil))
    }
    guard let first = judged.first ?? nil, judged.allSatisfy({ $0?.isRefused ?? false }) else { continue }
    guard let place = context.range(of: first.trace.decider) else { continue }
    var remedies: [Remedy] = []
    if let before = context.placeBefore(first.trace.decider) {
      let rule = NewRule([.source(prefix), .transportProtocol(IPProtocol.tcp), .destinationPort(22...22)], .accept)
      remedies.append(Remedy("accept ssh from there", expected: .widen, changes: [.insert(rule, before)]))
    }
    findings.append(
      Finding(
        code: "OPS001", level: .error, confidence: first.confidence,
        message: "ssh from the administrators' network \(prefix) is refused", primary: place.range,
        labels: [context.label(nil, at: first.trace, "SYN to port 22: ")].compactMap { $0 }, witness: first.trace,
        effect: "once these rules are loaded nobody can log in to repair them", remedies: remedies,
        subject: place.subject))
  }
  return findings
}
