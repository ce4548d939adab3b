package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let directedBroadcastInput = Check(
  CheckMetadata(
    code: "BCAST002", name: "directed-broadcast-input", level: .warning, group: .broadcast,
    summary: "a service of the router answers packets to the broadcast address of another network",
    page: CheckPage(
      finds: """
        A router that accepts a stranger's packets from outside to the broadcast address of an inside network.
        """,
      matters: """
        The kernel hands such packets to the router itself. Its UDP services answer a forged sender, and probes find
        out which networks are attached.
        """,
      decides: """
        Only with host facts that name outside interfaces and the addresses of inside ones. Sends UDP packets to the
        broadcast address, to the ports that the rules open.
        """,
      examples: [],
      fixSafety: "`narrow`: drops what comes from outside to a broadcast address.",
      ignoreWhen: "Wake-on-LAN relays.",
      notReported: """
        Hosts whose zones and addresses are not given; rule sets that drop such packets; TCP.
        """,
      checkByHand: "`nft monitor trace` with `ping -b BROADCAST` from outside.",
      sources: "RFC 2644; measured on Linux 6.18"))
) { context in
  guard !context.zones.outside.isEmpty, let stranger = context.stranger(.v4) else { return [] }
  var findings: [Finding] = []
  for network in AttachedNetworks(context.host).list where !context.zones.outside.contains(network.interface) {
    for name in context.zones.outside {
      for port in context.named.destinationPorts.prefix(24) {
        var packet = Packet.udp(.input, from: stranger, context.named.ephemeralPort, to: network.broadcast, port)
          .on(in: name, out: nil)
        packet.packetType = .host
        guard let judgement = context.judge(packet), judgement.isAccepted else { continue }
        // Its link-layer address is the router's; that the address is a broadcast only the routing table says.
        var marked = packet
        marked.packetType = .broadcast
        guard context.judge(marked)?.isAccepted ?? false else { continue }
        guard let rule = judgement.trace.acceptingRule else { continue }
        findings.append(
          Finding(
            code: "BCAST002", level: .warning, confidence: min(judgement.confidence, .likely),
            message:
              "packets from outside to the broadcast address of `\(network.interface)` reach this box's own services",
            primary: context.ruleset[rule].origin, witness: judgement.trace,
            effect: "services answer forged senders, and probes find out which networks are attached",
            remedies: [
              Remedy(
                "drop what comes from outside to a broadcast address", expected: .narrow,
                changes: [.insert(NewRule([.inInterface(name), .destinationIsBroadcast], .drop), .before(rule))])
            ], subject: .rule(rule)))
      }
    }
  }
  return firstOfEach(findings) { $0.subject }
}
