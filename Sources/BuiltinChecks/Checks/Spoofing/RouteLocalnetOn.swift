package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let routeLocalnetOn = Check(
  CheckMetadata(
    code: "SPOOF008", name: "route-localnet-on", level: .error, group: .spoofing,
    summary: "packets from outside to 127.0.0.0/8 are accepted, and the kernel routes them",
    page: CheckPage(
      finds: """
        A sysctl `route_localnet` that is on, and rules that accept packets from another interface to 127.0.0.0/8.
        """,
      matters: """
        Services that listen on the loopback address because they trust local users can be reached by neighbours on
        the link (CVE-2020-8558).
        """,
      decides: """
        Only with sysctls: where one `route_localnet` is 1, a SYN from a stranger to 127.0.0.1 is sent in by another
        interface.
        """,
      examples: [],
      fixSafety: "`narrow`: drops packets to 127.0.0.0/8 that do not come from lo.",
      ignoreWhen: "kube-proxy needs the sysctl; then keep the rule.",
      notReported: "`route_localnet=0`; a drop of 127.0.0.0/8 from other interfaces.",
      checkByHand: "`sysctl -a | grep route_localnet`",
      sources: "kernel documentation ip-sysctl; CVE-2020-8558"))
) { context in
  guard let sysctls = context.host.sysctls, let stranger = context.stranger(.v4) else { return [] }
  let keys = sysctls.entries.keys.sorted().filter { $0.hasPrefix("net.ipv4.conf.") && $0.hasSuffix(".route_localnet") }
  guard let key = keys.first(where: { sysctls[$0]?.value == "1" }), let entry = sysctls[key] else { return [] }
  guard context.isFiltered(.input, .v4) else { return [] }
  let local = Address.v4(0x7f00_0001)
  for name in context.interfacesToTry {
    for port in [context.named.unusedLowPort] + context.named.destinationPorts.prefix(12) {
      let packet = Packet.tcp(.input, from: stranger, context.named.ephemeralPort, to: local, port).on(
        in: name, out: nil)
      guard let judgement = context.judge(packet), judgement.isAccepted else { continue }
      let decider = judgement.trace.acceptedBy.last ?? judgement.trace.decider
      guard let place = context.range(of: decider) else { continue }
      var remedies: [Remedy] = []
      if let rule = decider.rule {
        let conditions: [NewRule.Condition] = [.notInInterface("lo"), .destination("127.0.0.0/8")]
        remedies.append(
          Remedy("drop it before", expected: .narrow, changes: [.insert(NewRule(conditions, .drop), .before(rule))]))
      }
      remedies.append(
        Remedy("do not route loopback addresses", expected: .host, changes: [.sysctl(key: key, value: "0")]))
      return [
        Finding(
          code: "SPOOF008", level: .error, confidence: judgement.confidence,
          message: "packets from outside to 127.0.0.0/8 are routed and accepted", primary: place.range,
          labels: [Label("1: the kernel routes them", at: entry.origin), Label("2: accepts them", at: place.range)],
          witness: judgement.trace,
          effect: "neighbours on the link reach services that listen on the loopback address only",
          remedies: remedies, subject: place.subject)
      ]
    }
  }
  return []
}
