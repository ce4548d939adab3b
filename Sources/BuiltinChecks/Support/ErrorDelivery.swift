import CheckKit
import FirewallAnalysis
import FirewallModel
import Packets
import SourceText

/// An ICMP error as a check asks about it.
struct ErrorMessage {
  var type: UInt8
  var code: UInt8
  /// As people name it: "fragmentation needed".
  var name: String
}

/// An error about a carried flow that does not get through.
struct LostError {
  var flow: Flow
  var message: ErrorMessage
  var judgement: Judgement
  /// What passes the same way and belongs to the same flow.
  var passing: Judgement
}

/// The question behind the checks on ICMP errors: of every connection that the rules carry, does the error that a
/// router on the way sends about one of its packets reach the side that sent it?
enum ErrorDelivery {
  /// One lost error for each rule or policy that refuses it, in the order of the flows.
  static func lost(_ context: CheckContext, _ version: IPVersion, _ messages: [ErrorMessage]) -> [LostError] {
    guard let router = context.router(version) else { return [] }
    var found: [LostError] = []
    var seen: Set<Decider> = []
    for flow in context.flows where flow.version == version && flow.isCarried && !flow.staysOnLink {
      for error in errors(about: flow, from: router) {
        for message in messages {
          var packet = error.packet
          packet.icmpType = message.type
          packet.icmpCode = message.code
          if message.name == "fragmentation needed" || message.name == "packet too big" { packet.icmpMTU = 1400 }
          guard let judgement = context.judge(packet), judgement.isRefused else { continue }
          if comesFromInside(packet, context), passesFromNeighbour(packet, error.passing, context) { continue }
          guard seen.insert(judgement.trace.decider).inserted else { continue }
          found.append(LostError(flow: flow, message: message, judgement: judgement, passing: error.passing))
        }
      }
    }
    return found
  }

  /// Does the error come to a router from a side that is not outside?
  private static func comesFromInside(_ packet: Packet, _ context: CheckContext) -> Bool {
    guard packet.hook == .forward, let name = packet.inInterface else { return false }
    return !context.zones.allOutside.contains(name)
  }

  /// A router inside has an address of the network that the rules let in from there.
  private static func passesFromNeighbour(_ packet: Packet, _ passing: Judgement, _ context: CheckContext) -> Bool {
    var near = packet
    near.source = passing.trace.packet.source
    return context.judge(near)?.isAccepted ?? false
  }

  private static func errors(about flow: Flow, from router: Address) -> [(packet: Packet, passing: Judgement)] {
    guard let reply = flow.reply, let data = flow.data else { return [] }
    var result: [(Packet, Judgement)] = []
    // About what the opener sent: comes back the way of the replies.
    if flow.hook != .input { result.append((error(about: data, like: reply, from: router), reply)) }
    // About what the other side sent: goes the way of the opener's data.
    if flow.hook != .output { result.append((error(about: reply, like: data, from: router), data)) }
    return result
  }

  private static func error(about quoted: Judgement, like passing: Judgement, from router: Address) -> Packet {
    var inner = quoted.trace.packet
    inner.hook = nil
    inner.tcpFlags = TCPFlag.ack
    inner.state = nil
    let way = passing.trace.packet
    var packet = Packet.icmp(
      way.hook ?? .input, 0, from: router, to: quoted.trace.packet.source, state: .related
    ).on(in: way.inInterface, out: way.outInterface)
    packet.inner = [inner]
    return packet
  }

  /// The finding: labels in the order of events, and the ways to let the error through.
  static func finding(
    _ context: CheckContext, _ lost: LostError, code: String, level: Level, message: String, effect: String
  ) -> Finding? {
    let trace = lost.judgement.trace
    guard let end = context.range(of: trace.decider) else { return nil }
    var place = end
    var labels: [Label] = []
    if let rule = lost.flow.opener.trace.acceptingRule {
      labels.append(Label("1: opens the flows that will stall", at: context.ruleset[rule].origin))
    }
    let accepting = lost.passing.trace.acceptingRule
    let established = accepting.flatMap { rule in context.match(on: .ctState, in: rule).map { (rule, $0) } }
    if let (rule, match) = established, !match.set.contains(.related), isBefore(rule, trace.decider) {
      place = .init(range: match.range, subject: .rule(rule))
      let text = "\(labels.count + 1): an ICMP error about a flow is `related`, so it does not match"
      labels.append(Label(text, at: match.range))
    }
    if let label = context.label(labels.count + 1, at: trace, "so the error ends here: ") { labels.append(label) }
    return Finding(
      code: code, level: level, confidence: lost.judgement.confidence, message: message, primary: place.range,
      labels: labels, witness: trace, effect: effect, remedies: remedies(context, lost), subject: place.subject)
  }

  /// Is the rule met before the place that decides?
  private static func isBefore(_ rule: RuleID, _ decider: Decider) -> Bool {
    guard let last = decider.rule else { return true }
    return rule.chain != last.chain || rule.index < last.index
  }

  private static func remedies(_ context: CheckContext, _ lost: LostError) -> [Remedy] {
    let trace = lost.judgement.trace
    let title = "accept ICMP errors that belong to tracked flows"
    let stateful = NewRule([.states([.related]), .anyICMP], .accept)
    var result: [Remedy] = []
    let hookKnowsState = trace.decider.hook == trace.packet.hook
    guard hookKnowsState else {
      guard let place = context.placeBefore(trace.decider) else { return [] }
      let types = [lost.message.type]
      let condition: NewRule.Condition =
        lost.flow.version == .v4 ? .icmp(type: lost.message.type, code: nil) : .icmpv6Types(types)
      return [
        Remedy("accept these errors here", expected: .widen, changes: [.insert(NewRule([condition], .accept), place)])
      ]
    }
    if let rule = lost.passing.trace.acceptingRule, context.tests(.ctState, rule), isBefore(rule, trace.decider),
      context.ruleset[rule.chain].base != nil
    {
      result.append(Remedy(title, expected: .widen, changes: [.insert(stateful, .after(rule))]))
      result.append(
        Remedy(
          "accept `related` together with `established`", expected: .widen, changes: [.addStates(rule, [.related])]))
    } else if let place = context.placeBefore(trace.decider) {
      result.append(Remedy(title, expected: .widen, changes: [.insert(stateful, place)]))
    }
    return result
  }
}
