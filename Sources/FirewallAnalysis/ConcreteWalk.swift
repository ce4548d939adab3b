import FirewallModel
import PacketSets
import Packets

/// The way of one concrete packet through the rules. Where a condition cannot be decided the walk goes both ways; the
/// outcome is `may` only when the ways end differently.
struct ConcreteWalk {
  let ruleset: Ruleset
  let program: Program
  /// The packet's ways: to its own hook, and to the other one of input and forward that DNAT may send it to.
  let ways: (own: Journey, other: Journey)
  let locals: LocalAddresses
  let evaluator: ConditionEvaluator
  let packet: Packet
  let state: ConntrackState
  let recordsFailures: Bool
  /// Notes every rule that matches; off where only the fate is asked for.
  var recordsSteps = true
  /// What is known of the host beside its rules; nil: the packet's hook and state are taken as they are said.
  var host: HostContext?
  /// Rule visits left, over all forks.
  var budget = 20_000_000
  /// Forks left, over the whole walk.
  var forks = 400

  static let maximumForkDepth = 5
  /// NFT_JUMP_STACK_SIZE.
  static let maximumJumps = 16

  /// What happens on the way and is different in each fork.
  struct Cursor {
    var stop = 0
    var chain = 0
    var rule = 0
    var step = 0
    var frames: [(chain: Int, rule: Int)] = []
    var gotos = 0
    var values: PacketValues
    var mask = ClassMask.all
    var hook: Hook?
    var isDecidedByConntrack = false
    var translatedAt: Hook?
    var steps: [TraceStep] = []
    var acceptedBy: [Decider] = []
    var translations: [String] = []
    var isInChain = false
    /// The packet goes another way than it came for, since its destination was changed.
    var isRerouted = false
    /// The interface by which it leaves when it is rerouted.
    var newOutInterface: String?
    /// The base chain that the packet is in.
    var current: JourneyStop?
    /// With a known host: where the packet is on its way, and its flow.
    var position = HostPosition()
  }

  func journey(_ cursor: Cursor) -> Journey { cursor.isRerouted ? ways.other : ways.own }

  struct Ending {
    var outcome: Outcome
    var decider: Decider
    var cursor: Cursor
    /// Deciders of the other ways with the same outcome.
    var alternatives: [Decider] = []
    /// Why it is not certain which of them decided.
    var alternativeReasons: [Uncertainty] = []

    /// `state`: the one assumed; nil: the one that conntrack gave the packet on its way.
    func trace(_ packet: Packet, state: ConntrackState? = nil) -> Trace {
      let own = cursor.values[.ctState].flatMap { ConntrackState(rawValue: UInt8(truncatingIfNeeded: $0)) }
      return Trace(
        packet: packet, state: state ?? own ?? .invalid, steps: cursor.steps, outcome: outcome, decider: decider,
        acceptedBy: cursor.acceptedBy, translations: cursor.translations, alternatives: alternatives)
    }
  }

  init(_ analysis: Analysis, _ packet: Packet, recordsFailures: Bool) {
    ruleset = analysis.ruleset
    program = analysis.program
    let hook = packet.hook ?? .input
    let isV4 = packet.source.isV4
    let other: Hook = hook == .input ? .forward : hook == .forward ? .input : hook
    ways = (analysis.program.journey(to: hook, isV4: isV4), analysis.program.journey(to: other, isV4: isV4))
    locals = analysis.localAddresses
    evaluator = ConditionEvaluator(ruleset: analysis.ruleset, translates: ways.own.translates)
    self.packet = packet
    state = ConntrackClass.state(of: packet)
    self.recordsFailures = recordsFailures
  }

  mutating func run() -> Trace {
    var cursor = Cursor(values: PacketValues(packet))
    cursor.values.set(.ctState, ConntrackState.invalid.rawValue)
    return walk(cursor, depth: 0).trace(packet, state: state)
  }

  /// Walks on until the packet's fate is known.
  mutating func walk(_ start: Cursor, depth: Int) -> Ending {
    var cursor = start
    var others: [(Ending, Uncertainty)] = []
    var end: (Outcome, Decider)? = nil
    while end == nil {
      if !cursor.isInChain, host != nil {
        end = enterNextPlace(&cursor)
        if end != nil { break }
      } else if !cursor.isInChain {
        let goesOn = enterNextStop(&cursor)
        if isHeld(cursor, atEnd: !goesOn) {
          end = (.held, Decider(hook: ways.own.stateHook, chain: nil, rule: nil))
          break
        }
        guard goesOn else {
          end = (.accept, acceptDecider(cursor))
          break
        }
      }
      switch runChain(&cursor, depth: depth, others: &others) {
      case .ended(let outcome, let decider): end = (outcome, decider)
      case .left: continue
      }
    }
    let (outcome, decider) = end ?? (.accept, acceptDecider(cursor))
    return merge(Ending(outcome: outcome, decider: decider, cursor: cursor), others)
  }

  private func merge(_ main: Ending, _ others: [(Ending, Uncertainty)]) -> Ending {
    var result = main
    var reasons: [Uncertainty] = []
    func add(_ reason: Uncertainty) { if !reasons.contains(reason), reasons.count < 16 { reasons.append(reason) } }
    for (other, why) in others where other.outcome != main.outcome {
      add(why)
      if case .may(let inner) = other.outcome { inner.forEach(add) }
    }
    if !reasons.isEmpty {
      if case .may(let inner) = main.outcome { inner.forEach(add) }
      result.outcome = .may(reasons)
    }
    for (other, why) in others {
      for decider in [other.decider] + other.alternatives
      where decider != result.decider && !result.alternatives.contains(decider) && result.alternatives.count < 64 {
        result.alternatives.append(decider)
        if !result.alternativeReasons.contains(why) { result.alternativeReasons.append(why) }
      }
    }
    return result
  }

  /// Conntrack collects fragments (priority -400) before any later rule sees them.
  private func isHeld(_ cursor: Cursor, atEnd: Bool) -> Bool {
    let journey = journey(cursor)
    guard journey.tracks, packet.moreFragments || (packet.fragmentOffset ?? 0) >= 8 else { return false }
    if atEnd { return true }
    let stop = journey.stops[cursor.stop]
    switch stop.hook {
    case .ingress: return false
    case .prerouting, .output: return stop.priority > Journey.defragmentationPriority
    default: return true
    }
  }

  // MARK: Base chains

  /// Moves on to the next base chain that sees the packet; false when the way is at its end.
  private mutating func enterNextStop(_ cursor: inout Cursor) -> Bool {
    let journey = journey(cursor)
    while cursor.stop < journey.stops.count {
      let stop = journey.stops[cursor.stop]
      arrive(&cursor, at: stop)
      if seesPacket(stop, cursor) {
        enter(stop, &cursor)
        return true
      }
      cursor.stop += 1
    }
    return false
  }

  func enter(_ stop: JourneyStop, _ cursor: inout Cursor) {
    cursor.current = stop
    cursor.chain = stop.chain.index
    (cursor.rule, cursor.step, cursor.gotos) = (0, 0, 0)
    if !cursor.frames.isEmpty { cursor.frames.removeAll(keepingCapacity: true) }
    cursor.isInChain = true
  }

  private func arrive(_ cursor: inout Cursor, at stop: JourneyStop) {
    var changed = false
    if cursor.hook != stop.hook {
      cursor.hook = stop.hook
      Self.setInterfaces(&cursor.values, packet, at: stop.hook)
      if cursor.isRerouted || cursor.newOutInterface != nil { setNewRoute(&cursor, at: stop.hook) }
      changed = true
    }
    let isBefore =
      stop.hook == .ingress
      || (stop.hook == .prerouting || stop.hook == .output) && stop.priority <= Journey.conntrackPriority
    if !isBefore, !cursor.isDecidedByConntrack {
      cursor.isDecidedByConntrack = true
      Self.decideState(&cursor.values, packet, state)
      changed = true
    }
    if changed { cursor.mask = Self.mask(of: cursor.values) }
  }

  /// The packet as its last hook sees it.
  static func values(of packet: Packet, hook: Hook) -> PacketValues {
    var values = PacketValues(packet)
    setInterfaces(&values, packet, at: hook)
    // The region speaks of the packet as it came.
    values.set(.ttl, packet.ttl)
    decideState(&values, packet, ConntrackClass.state(of: packet))
    return values
  }

  private static func setInterfaces(_ values: inout PacketValues, _ packet: Packet, at hook: Hook) {
    func set(_ field: Field, _ name: String?) {
      if let name { values.set(field, InterfaceName.value(name)) } else { values.setUnknown(field) }
    }
    let isLocal = packet.hook == .output
    let isForwarded = packet.hook == .forward
    switch hook {
    case .ingress, .prerouting, .input:
      set(.inInterface, packet.inInterface)
      values.set(.outInterface, 0)
    case .forward:
      set(.inInterface, packet.inInterface)
      set(.outInterface, packet.outInterface)
    case .output:
      values.set(.inInterface, 0)
      set(.outInterface, packet.outInterface)
    case .postrouting, .egress:
      if isLocal { values.set(.inInterface, 0) } else { set(.inInterface, packet.inInterface) }
      set(.outInterface, packet.outInterface)
    }
    // ARPHRD_ETHER or ARPHRD_LOOPBACK; other kinds are not told by a name.
    for (name, type) in [(Field.inInterface, Field.inInterfaceType), (.outInterface, .outInterfaceType)] {
      if values[name] == 0 {
        // Nothing to read: nft breaks the rule.
        values.remove(type)
      } else if values[name] == InterfaceName.value("lo") {
        values.set(type, 772)
      } else {
        values.setUnknown(type)
      }
    }
    if values[.inInterface] == 0 { values.remove(.inInterfaceGroup) } else { values.setUnknown(.inInterfaceGroup) }
    if values[.outInterface] == 0 { values.remove(.outInterfaceGroup) } else { values.setUnknown(.outInterfaceGroup) }
    for field in [Field.etherSource, .etherDestination, .etherType] {
      if isLocal { values.remove(field) } else { values.setUnknown(field) }
    }
    // The hop count is taken down before the forward hook.
    if isForwarded, hook == .forward || hook == .postrouting || hook == .egress {
      values.set(.ttl, packet.ttl == 0 ? 0 : packet.ttl - 1)
    }
    if hook == .ingress || hook == .prerouting || hook == .input {
      values.remove(.socketUID); values.remove(.socketGID)
    }
  }

  /// What routing makes of a packet whose destination was changed.
  private func setNewRoute(_ cursor: inout Cursor, at hook: Hook) {
    switch hook {
    case .forward, .postrouting, .egress:
      cursor.values.set(.ttl, packet.ttl == 0 ? 0 : packet.ttl - 1)
      if let name = cursor.newOutInterface {
        cursor.values.set(.outInterface, InterfaceName.value(name))
      } else {
        cursor.values.setUnknown(.outInterface)
      }
    case .input: cursor.values.set(.ttl, packet.ttl)
    default: break
    }
  }

  private static func decideState(_ values: inout PacketValues, _ packet: Packet, _ state: ConntrackState) {
    if values[.ctState] == UInt128(ConntrackState.untracked.rawValue) { return }
    values.set(.ctState, state.rawValue)
    guard state != .invalid, state != .untracked else { return }
    values.set(.ctDirection, if: packet.isReply)
    values.set(.ctMark, packet.conntrackMark)
    values.set(.ctZone, 0)
    values.setUnknown(.ctStatus)
    let isForward = !packet.isReply
    values.set(.ctOriginalSource, isForward ? packet.source.value : packet.destination.value)
    values.set(.ctOriginalDestination, isForward ? packet.destination.value : packet.source.value)
    let (from, to) =
      isForward ? (packet.sourcePort, packet.destinationPort) : (packet.destinationPort, packet.sourcePort)
    if let from { values.set(.ctOriginalSourcePort, from) }
    if let to { values.set(.ctOriginalDestinationPort, to) }
    for field in [Field.ctReplySource, .ctReplyDestination, .ctReplySourcePort, .ctReplyDestinationPort] {
      values.setUnknown(field)
    }
    if state == .related, !packet.inner.isEmpty || packet.icmpType != nil {
      // An error belongs to the flow that it quotes.
      for field in [
        Field.ctDirection, .ctOriginalSource, .ctOriginalDestination, .ctOriginalSourcePort, .ctOriginalDestinationPort,
      ] { values.setUnknown(field) }
    }
  }

  private func seesPacket(_ stop: JourneyStop, _ cursor: Cursor) -> Bool {
    if !stop.devices.isEmpty {
      let device = stop.hook == .egress ? cursor.values[.outInterface] : cursor.values[.inInterface]
      // The device of a packet that names none is not known: taken as none of the listed ones.
      guard let device, stop.devices.contains(device) else { return false }
    }
    if stop.isNAT {
      guard ways.own.tracks, cursor.translatedAt != stop.hook else { return false }
      switch cursor.values[.ctState].flatMap({ ConntrackState(rawValue: UInt8(truncatingIfNeeded: $0)) }) {
      case .new: return true
      case .related: return packet.tcpFlags.map { $0 & (TCPFlag.syn | TCPFlag.ack) == TCPFlag.syn } ?? false
      default: return false
      }
    }
    return true
  }

  static func mask(of values: PacketValues) -> ClassMask {
    var mask = ClassMask.all
    for field in [Field.family, .transportProtocol, .ctState, .destinationPort, .inInterface] {
      if values.isUnknown(field) { continue }
      if values.isPresent(field) {
        mask.narrow(field, to: ValueSet(values.number(field)))
      } else if let absent = field.absent {
        mask.narrow(field, to: ValueSet(absent))
      }
    }
    return mask
  }

  /// For an accepted packet: the last rule that accepted in its own hook, else the policy that did.
  func acceptDecider(_ cursor: Cursor) -> Decider {
    AcceptDecider.choose(cursor.acceptedBy, hook: journey(cursor).hook, ruleset)
  }
}
