package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let spoofInsideSourceOutside = Check(
  CheckMetadata(
    code: "SPOOF001", name: "spoof-inside-source-outside", level: .error, group: .spoofing,
    summary: "packets from outside that claim an inside address are accepted for it",
    page: CheckPage(
      finds: """
        A rule that trusts inside addresses and accepts them from an outside interface too.
        """,
      matters: """
        Whoever is outside writes an inside address as source and is treated as a neighbour; for UDP and other one-way
        traffic that is all it takes.
        """,
      decides: """
        Only with host facts: a packet with a source in the prefix of an inside interface arrives on an outside one.
        Reported when it is accepted where the same packet of a stranger is refused, and no effective `rp_filter` of 1
        is given.
        """,
      examples: [],
      fixSafety: "`narrow`: drops packets from outside with an inside source.",
      ignoreWhen: "Asymmetric routing on purpose.",
      notReported: """
        Hosts whose zones and addresses are not given; `rp_filter=1`; rules that bind the interface; services that are
        open to everybody.
        """,
      checkByHand: "`sysctl net.ipv4.conf.all.rp_filter`",
      sources: "RFC 2827; RFC 3704; Firewall Forensics FAQ 3.1"))
) { context in
  guard let stranger = context.stranger(.v4), let own = context.other(.v4) else { return [] }
  var findings: [Finding] = []
  for network in AttachedNetworks(context.host).list where context.zones.inside.contains(network.interface) {
    for name in context.zones.outside where !filtersReversePath(context, name) {
      guard case .v4(let broadcast) = network.broadcast else { continue }
      let inside = Address.v4(broadcast &- 1)
      for hook in [Hook.input, .forward] where context.isFiltered(hook, .v4) {
        for port in [context.named.unusedLowPort] + context.named.destinationPorts.prefix(24) {
          let out = hook == .forward ? network.interface : nil
          var packet = Packet.tcp(hook, from: inside, context.named.ephemeralPort, to: own, port).on(in: name, out: out)
          packet.reversePathOK = false
          guard let judgement = context.judge(packet), judgement.isAccepted else { continue }
          guard let rule = judgement.trace.acceptingRule else { continue }
          packet.source = stranger
          packet.reversePathOK = true
          guard context.judge(packet)?.isRefused ?? false else { continue }
          findings.append(finding(context, judgement, rule, name, network))
        }
      }
    }
  }
  return firstOfEach(findings) { $0.subject }
}

private func filtersReversePath(_ context: CheckContext, _ name: String) -> Bool {
  guard let sysctls = context.host.sysctls else { return false }
  let all = sysctls["net.ipv4.conf.all.rp_filter"].flatMap { Int($0.value) } ?? 0
  let own = sysctls["net.ipv4.conf.\(name).rp_filter"].flatMap { Int($0.value) } ?? 0
  return max(all, own) == 1
}

private func finding(
  _ context: CheckContext, _ judgement: Judgement, _ rule: RuleID, _ name: String, _ network: AttachedNetworks.Network
) -> Finding {
  let known = context.host.sysctls != nil
  var remedies: [Remedy] = []
  for text in context.host.interfaces[network.interface]?.addresses ?? []
  where Address(text.split(separator: "/")[0])?.isV4 ?? false {
    let conditions: [NewRule.Condition] = [.inInterface(name), .source(text)]
    remedies.append(
      Remedy(
        "drop inside sources from outside", expected: .narrow,
        changes: [.insert(NewRule(conditions, .drop), .before(rule))]))
    break
  }
  return Finding(
    code: "SPOOF001", level: .error, confidence: known ? judgement.confidence : min(judgement.confidence, .likely),
    message: "packets from `\(name)` that claim an address of `\(network.interface)` are trusted",
    primary: context.ruleset[rule].origin,
    labels: [Label("trusts the address, from any interface", at: context.ruleset[rule].origin)],
    witness: judgement.trace, effect: "whoever is outside writes an inside address and is treated as a neighbour",
    remedies: remedies, subject: .rule(rule))
}
