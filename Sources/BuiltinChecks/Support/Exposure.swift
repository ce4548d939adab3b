import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

/// The question behind the exposure checks: may a stranger open a connection to one of these ports?
struct ExposedPorts {
  var code: String
  var level: Level
  var tcp: [UInt16]
  var udp: [UInt16]
  /// Names what listens there: "SMB and NetBIOS".
  var service: String
  var effect: String

  /// An interface of the region that is outside, or every interface; nil when the region lies inside, or nobody knows.
  static func outside(_ context: CheckContext, _ region: Box) -> (name: String, isKnown: Bool)? {
    for name in context.zones.outside where region.admits(.inInterface, InterfaceName.value(name)) {
      return (name, true)
    }
    if !context.zones.outside.isEmpty { return nil }
    for name in context.zones.likelyOutside where region.admits(.inInterface, InterfaceName.value(name)) {
      return (name, false)
    }
    if let name = context.named.unnamedInterfaces.first, region.admits(.inInterface, InterfaceName.value(name)) {
      return (name, false)
    }
    // A host with one interface: what it names is where strangers come from.
    if context.role == .host, context.named.interfaces.count == 1, let name = context.named.interfaces.first,
      region.admits(.inInterface, InterfaceName.value(name))
    {
      return (name, false)
    }
    return nil
  }

  /// Multicast and broadcast do not come from far away: does the region hold other destinations?
  static func takesUnicast(_ region: Box, _ version: IPVersion) -> Bool {
    guard let destinations = region[.destination] else { return true }
    let multicast = version == .v4 ? Interval(0xe000_0000, 0xffff_ffff) : Interval(UInt128(0xff) << 120, .max)
    return !destinations.isSubset(of: ValueSet(multicast))
  }

  /// Is nearly every port open there, so that one more says nothing?
  static func isWideOpen(_ context: CheckContext, _ opening: Opening, on name: String) -> Bool {
    opening.pieces.contains { piece in
      piece.outcome == .accept && piece.region.admits(.inInterface, InterfaceName.value(name))
        && piece.region.admits(.destinationPort, UInt128(context.named.unusedLowPort))
        && piece.region.admits(.destinationPort, UInt128(context.named.unusedHighPort))
    }
  }

  private struct Hit {
    var rule: RuleID
    var judgement: Judgement
    var isKnown: Bool
    var interface: String
    var ports: [String]
    var numbers: [UInt16]
    var transportProtocol: UInt8
  }

  func findings(_ context: CheckContext) -> [Finding] {
    var hits: [Hit] = []
    for opening in context.openings { collect(context, opening, into: &hits) }
    return hits.map { finding(context, $0) }
  }

  private func collect(_ context: CheckContext, _ opening: Opening, into hits: inout [Hit]) {
    let isTCP = opening.transportProtocol == IPProtocol.tcp
    for port in isTCP ? tcp : udp {
      for piece in opening.pieces {
        guard piece.outcome == .accept, piece.region.admits(.destinationPort, UInt128(port)) else { continue }
        guard Self.takesUnicast(piece.region, opening.version) else { continue }
        guard let outside = Self.outside(context, piece.region) else { continue }
        guard !Self.isWideOpen(context, opening, on: outside.name) else { continue }
        var region = piece.region
          .narrowed(.destinationPort, to: UInt128(port))
          .narrowed(.inInterface, to: InterfaceName.value(outside.name))
        if let own = context.other(opening.version) { region = region.preferring(.destination, [own.value]) }
        if opening.hook == .forward {
          region = region.preferring(
            .outInterface, context.named.unnamedInterfaces.reversed().map { InterfaceName.value($0) })
        }
        guard let packet = context.witness(in: region, at: opening.hook) else { continue }
        guard let judgement = context.judge(packet), judgement.isAccepted else { continue }
        guard let rule = judgement.trace.acceptingRule else { continue }
        let name = "\(port)/\(isTCP ? "tcp" : "udp")"
        if let index = hits.firstIndex(where: { $0.rule == rule }) {
          if !hits[index].ports.contains(name) {
            hits[index].ports.append(name)
            if hits[index].transportProtocol == opening.transportProtocol { hits[index].numbers.append(port) }
          }
        } else {
          hits.append(
            Hit(
              rule: rule, judgement: judgement, isKnown: outside.isKnown, interface: outside.name, ports: [name],
              numbers: [port], transportProtocol: opening.transportProtocol))
        }
        break
      }
    }
  }

  private func finding(_ context: CheckContext, _ hit: Hit) -> Finding {
    let verb = hit.judgement.trace.packet.hook == .forward ? "reached through this box" : "reached"
    let place = hit.isKnown ? "from outside" : "from any address"
    let message = "\(service) (\(listed(hit.ports))) can be \(verb) \(place)"
    var remedies: [Remedy] = []
    if hit.isKnown {
      let changes = hit.numbers.map { port in
        let conditions: [NewRule.Condition] = [
          .inInterface(hit.interface), .transportProtocol(hit.transportProtocol), .destinationPort(port...port),
        ]
        return Remedy.Change.insert(NewRule(conditions, .drop), .before(hit.rule))
      }
      remedies.append(Remedy("drop it on the outside interface", expected: .narrow, changes: changes))
    }
    let advice = "name the addresses or the interface that need it in the rule"
    remedies.append(Remedy(advice, expected: .narrow, changes: [.advice(advice)]))
    return Finding(
      code: code, level: level, confidence: hit.isKnown ? hit.judgement.confidence : .likely, message: message,
      primary: context.ruleset[hit.rule].origin,
      labels: [Label("accepts new connections from anybody", at: context.ruleset[hit.rule].origin)],
      witness: hit.judgement.trace, effect: effect, remedies: remedies, subject: .rule(hit.rule))
  }
}
