package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let directedBroadcastForward = Check(
  CheckMetadata(
    code: "BCAST001", name: "directed-broadcast-forward", level: .error, group: .broadcast,
    summary: "packets to the broadcast address of another network are forwarded",
    page: CheckPage(
      finds: """
        A router whose sysctls forward directed broadcasts and whose rules let a stranger's packet to such an address
        pass.
        """,
      matters: """
        One forged packet is answered by every host of the network: the router multiplies floods (smurf, fraggle).
        """,
      decides: """
        The kernel does not forward directed broadcasts unless `bc_forwarding` is 1 for `all` and for the interface,
        so without sysctls that say so this is silent. With them, and with the addresses of the interfaces, an echo
        request and a UDP packet to the broadcast address are followed.
        """,
      examples: [],
      fixSafety: "`host`: printed, not written.",
      ignoreWhen: "Wake-on-LAN relays; then accept that port from its sender only.",
      notReported: """
        `bc_forwarding` off or not given; a drop of the address; addresses ending in .255, which prove nothing.
        """,
      checkByHand: "`sysctl -a | grep bc_forwarding`",
      sources: "RFC 2644; Firewall Forensics FAQ 3.7 and 5.4; measured on Linux 6.18"))
) { context in
  guard let sysctls = context.host.sysctls, sysctls["net.ipv4.conf.all.bc_forwarding"]?.value == "1" else { return [] }
  guard let entry = sysctls["net.ipv4.conf.all.bc_forwarding"], let stranger = context.stranger(.v4) else { return [] }
  var findings: [Finding] = []
  for network in AttachedNetworks(context.host).list {
    guard sysctls["net.ipv4.conf.\(network.interface).bc_forwarding"]?.value == "1" else { continue }
    for name in context.interfacesToTry where name != network.interface {
      guard sysctls["net.ipv4.conf.\(name).bc_forwarding"]?.value != "0" else { continue }
      let probes = [
        Packet.icmp(.forward, 8, from: stranger, to: network.broadcast, state: .new),
        Packet.udp(.forward, from: stranger, context.named.ephemeralPort, to: network.broadcast, 7),
      ]
      for probe in probes {
        let packet = probe.on(in: name, out: network.interface)
        guard let judgement = context.judge(packet), judgement.isAccepted else { continue }
        let decider = judgement.trace.acceptedBy.last { $0.hook == .forward } ?? judgement.trace.decider
        let range = context.range(of: decider)?.range ?? entry.origin
        findings.append(
          Finding(
            code: "BCAST001", level: .error, confidence: judgement.confidence,
            message: "packets to the broadcast address of `\(network.interface)` are forwarded", primary: range,
            labels: [Label("the kernel forwards them", at: entry.origin)], witness: judgement.trace,
            effect: "one forged packet is answered by every host of that network",
            remedies: [
              Remedy(
                "do not forward directed broadcasts", expected: .host,
                changes: [.sysctl(key: "net.ipv4.conf.all.bc_forwarding", value: "0")])
            ], subject: context.range(of: decider)?.subject ?? .ruleset))
      }
    }
  }
  return firstOfEach(findings) { $0.subject }
}
