import CheckKit
import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets
import SourceText

/// The question behind the source-port checks: is a stranger's packet accepted with this source port and refused with
/// another?
enum SourcePortTrust {
  /// Bounds the work in rule sets that name source ports by the hundred.
  static let mostPorts = 16

  static func findings(
    _ context: CheckContext, ports: [UInt16], protocols: [UInt8], code: String, level: Level, what: String
  ) -> [Finding] {
    var findings: [Finding] = []
    var seen: Set<RuleID> = []
    for version in IPVersion.allCases {
      guard let stranger = context.stranger(version) else { continue }
      for hook in [Hook.input, .forward] where context.isFiltered(hook, version) {
        for number in protocols {
          for port in ports.prefix(mostPorts) where context.named.sourcePorts.contains(port) {
            let all = number == IPProtocol.tcp ? Region.newTCP(hook, version) : Region.newUDP(hook, version)
            let region = all.narrowed(.source, to: stranger.value).narrowed(.sourcePort, to: UInt128(port))
            for piece in context.typical.partition(region, at: hook, budget: 60_000).pieces {
              guard let (rule, judgement) = trust(context, piece, port, hook), seen.insert(rule).inserted else {
                continue
              }
              findings.append(finding(context, rule, judgement, port, code: code, level: level, what: what))
            }
          }
        }
      }
    }
    return findings
  }

  /// The accepting rule and a packet, when the piece is accepted for its source port alone.
  private static func trust(
    _ context: CheckContext, _ piece: Piece, _ port: UInt16, _ hook: Hook
  ) -> (RuleID, Judgement)? {
    guard piece.outcome == .accept else { return nil }
    // A short list of destination ports is a service that asks for its usual partner port, not a hole.
    if let destination = piece.region[.destinationPort], destination.count < 100 { return nil }
    var box = piece.region.preferring(.destinationPort, [UInt128(context.named.unusedHighPort), 3306, 8080, 22])
    if hook == .forward, !context.zones.inside.isEmpty {
      let inside = context.zones.inside.contains { box[.inInterface]?.single == InterfaceName.value($0) }
      if inside { return nil }
    }
    if hook == .forward, leavesOnly(context, box) { return nil }
    let outside = (context.zones.allOutside + context.named.unnamedInterfaces).map { InterfaceName.value($0) }
    box = box.preferring(.inInterface, outside)
    guard let packet = context.witness(in: box, at: hook) else { return nil }
    guard let judgement = context.judge(packet), judgement.isAccepted else { return nil }
    guard let rule = judgement.trace.acceptingRule else { return nil }
    var same = packet
    same.sourcePort = context.named.ephemeralPort
    guard let without = context.judge(same), without.isRefused else { return nil }
    return (rule, judgement)
  }

  /// Traffic from a known inside interface to a known outside one is not a stranger's.
  private static func leavesOnly(_ context: CheckContext, _ box: Box) -> Bool {
    guard let out = box[.outInterface]?.single, let into = box[.inInterface]?.single else { return false }
    let outside = context.zones.allOutside.map { InterfaceName.value($0) }
    return outside.contains(out) && !outside.contains(into)
  }

  private static func finding(
    _ context: CheckContext, _ rule: RuleID, _ judgement: Judgement, _ port: UInt16, code: String, level: Level,
    what: String
  ) -> Finding {
    let packet = judgement.trace.packet
    let name = packet.transportProtocol == IPProtocol.tcp ? "TCP" : "UDP"
    var remedies: [Remedy] = []
    let stateful = NewRule([.states([.established, .related])], .accept)
    remedies.append(
      Remedy(
        "accept answers by connection state instead of by source port", expected: .change,
        changes: [.insert(stateful, .before(rule)), .remove(rule)]))
    return Finding(
      code: code, level: level, confidence: judgement.confidence,
      message: "any \(name) packet with source port \(port) is accepted, whatever it wants",
      primary: context.ruleset[rule].origin,
      labels: [Label("accepts on the source port, which the sender chooses", at: context.ruleset[rule].origin)],
      witness: judgement.trace,
      effect: "\(what) anybody who sends from port \(port) reaches every port behind this rule",
      remedies: remedies, subject: .rule(rule))
  }
}
