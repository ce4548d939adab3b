package import FirewallModel
import HostFacts
import PacketSets
package import Packets

/// A host with its rules, routes and flows, to which packets are presented one after the other.
///
/// Packets of one request share what conntrack remembers; the next request starts without any flow unless it says
/// otherwise. Rules that count (limits, quotas, sets that packets fill) stay undecided: they remember nothing here.
package struct HostSession: Sendable {
  private let analysis: Analysis
  private var router: Router
  private var flows = FlowTable()
  private var v4: HostScene
  private var v6: HostScene
  private var ports: [String: Int] = [:]

  /// What became of a packet.
  package struct Fate: Sendable {
    package var outcome: Outcome
    /// For an accepted packet the last rule or policy that said so at input, forward or output.
    package var decider: Decider
    /// The last place where the packet was: for an accepted packet the last hook of its way.
    /// nil: it never got to a hook.
    package var hook: Hook?
    /// Why another rule or policy may have decided the same; empty: the decider is certain.
    package var doubts: [Uncertainty] = []
    /// For a rejected packet: an answer is sent at all.
    package var isAnswered: Bool
  }

  /// nil: the analysis knows no topology.
  package init?(_ analysis: Analysis) {
    guard let router = analysis.router else { return nil }
    self.analysis = analysis
    self.router = router
    let places = analysis.program.places
    v4 = HostScene(router: router, places: places.v4)
    v6 = HostScene(router: router, places: places.v6)
  }

  /// Follows the packet of a request, after its prelude.
  package mutating func run(_ request: PacketRequest) -> Fate {
    if !request.keepsFlows { flows.removeAll() }
    for packet in request.prelude { _ = follow(packet, recordsSteps: false, recordsFailures: false) }
    let ending = follow(request.packet, recordsSteps: false, recordsFailures: false)
    return fate(ending, request.packet)
  }

  /// The same with everything that happened on the way.
  package mutating func trace(_ request: PacketRequest, recordsFailures: Bool) -> (trace: Trace, fate: Fate) {
    if !request.keepsFlows { flows.removeAll() }
    for packet in request.prelude { _ = follow(packet, recordsSteps: false, recordsFailures: false) }
    let ending = follow(request.packet, recordsSteps: true, recordsFailures: recordsFailures)
    return (ending.trace(request.packet), fate(ending, request.packet))
  }

  private func fate(_ ending: ConcreteWalk.Ending, _ packet: Packet) -> Fate {
    var hook: Hook? = ending.decider.hook
    if ending.cursor.hook == nil, case .lost = ending.outcome, ending.decider.hook == .output { hook = nil }
    if ending.outcome == .accept, let last = ending.cursor.hook { hook = last == .egress ? .postrouting : last }
    return Fate(
      outcome: ending.outcome, decider: ending.decider, hook: hook, doubts: ending.alternativeReasons,
      isAnswered: RejectAnswer(packet, ending, router).isSent)
  }

  private mutating func follow(_ packet: Packet, recordsSteps: Bool, recordsFailures: Bool) -> ConcreteWalk.Ending {
    var packet = packet
    flows.assume(packet)
    let isV4 = packet.source.isV4
    if isV4, packet.hook != .output, !packet.hasGivenType,
      router.lookup(packet.destination.value, isV4: true, nil)?.type == .broadcast
    {
      packet.packetType = .broadcast
    }
    let incoming = packet.hook == .output ? nil : device(packet.inInterface ?? "eth0")
    let outgoing = packet.outInterface.map { device($0) }
    var context = HostContext(
      scene: isV4 ? v4 : v6, flows: FlowTable(), inDevice: incoming, outDevice: outgoing)
    swap(&context.flows, &flows)
    context.override = override(packet, context)
    var walk = ConcreteWalk(analysis, packet, recordsFailures: recordsFailures)
    walk.recordsSteps = recordsSteps || recordsFailures
    walk.host = context
    let ending = walk.runOnHost()
    if let table = walk.host?.flows { flows = table }
    walk.host = nil
    flows.learn(ending.cursor)
    return ending
  }

  private mutating func device(_ name: String) -> Int {
    if let known = ports[name] { return known }
    let index: Int
    if let found = router.device(InterfaceName.value(name)) {
      index = found
    } else {
      // Interfaces that a packet names are made when they are missing.
      index = router.addMissing(name)
      v4 = HostScene(router: router, places: v4.places)
      v6 = HostScene(router: router, places: v6.places)
    }
    ports[name] = index
    return index
  }

  /// The oracle makes a route of the packet's own so that it goes the way that was said (README, `hook`).
  private func override(_ packet: Packet, _ context: HostContext) -> Router.Override? {
    let isV4 = packet.source.isV4
    let destination = packet.destination.value
    if isV4 ? destination >> 28 == 0xe || destination == 0xffff_ffff : destination >> 120 == 0xff { return nil }
    let known = router.lookup(destination, isV4: isV4, nil)
    if known?.type == .broadcast { return nil }
    let isOwn = known?.type == .local && !(isV4 && destination >> 24 == 127 && destination != 0x7f00_0001)
    if isOwn { return nil }
    switch packet.hook {
    case .input: return Router.Override(destination: destination, type: .local, device: 0)
    case .forward:
      return Router.Override(destination: destination, type: .unicast, device: context.outDevice ?? 0)
    case .output:
      guard let device = context.outDevice else { return nil }
      return Router.Override(destination: destination, type: device == 0 ? .local : .unicast, device: device)
    default: return nil
    }
  }
}

extension ConcreteWalk {
  /// The walk of a packet through a host whose topology and flows are known.
  mutating func runOnHost() -> Ending {
    guard let context = host else { return walk(Cursor(values: PacketValues(packet)), depth: 0) }
    var cursor = Cursor(values: PacketValues(packet))
    cursor.values.set(.ctState, ConntrackState.invalid.rawValue)
    cursor.values.setAddressTypes(context.router, isV4: packet.source.isV4, context.override)
    cursor.values.set(.reversePathOK, if: reversePath(context))
    if packet.hook == .output {
      cursor.position.part = .output
      guard let device = outgoingDevice(context) else {
        let decider = Decider(hook: .output, chain: nil, rule: nil)
        return Ending(outcome: .lost("no route to the destination"), decider: decider, cursor: cursor)
      }
      cursor.position.outDevice = device
      cursor.position.outNumber = context.router.interfaces[device].number
      if let length = cursor.values[.packetLength], length > UInt128(context.router.interfaces[device].mtu) {
        let decider = Decider(hook: .output, chain: nil, rule: nil)
        return Ending(outcome: .lost("larger than the interface takes"), decider: decider, cursor: cursor)
      }
    } else {
      let device = context.inDevice ?? 0
      cursor.position.inDevice = device
      cursor.position.inNumber = context.router.interfaces[device].number
    }
    return walk(cursor, depth: 0)
  }

  private func outgoingDevice(_ context: HostContext) -> Int? {
    let destination = packet.destination.value
    guard let route = context.router.lookup(destination, isV4: packet.source.isV4, context.override) else { return nil }
    switch route.type {
    case .local, .anycast: return 0
    case .multicast, .broadcast:
      if packet.source.isV4, destination != 0xffff_ffff, route.type == .broadcast { return route.device }
      return context.outDevice ?? context.router.lookup(0, isV4: packet.source.isV4, nil)?.device ?? 1
    default: return route.device
    }
  }

  /// nft_fib: the route to the source is a unicast route by the interface that the packet came by.
  private func reversePath(_ context: HostContext) -> Bool {
    guard let device = context.inDevice else { return false }
    if device == 0 { return true }
    if packet.source.isV4, packet.source.value >> 24 == 0 {
      return packet.destination.value == 0xffff_ffff || packet.destination.value >> 8 == 0xe0_0000
    }
    let route = context.router.lookup(packet.source.value, isV4: packet.source.isV4, context.override)
    return route?.type == .unicast && route?.device == device
  }
}
