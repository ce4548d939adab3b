import FirewallModel
import PacketSets
import Packets

/// What of a host does not change from packet to packet. One object, so that a walk passes it on cheaply.
final class HostScene: Sendable {
  let router: Router
  let places: HostPlaces

  init(router: Router, places: HostPlaces) {
    self.router = router
    self.places = places
  }
}

/// What is known of a host beside its rules: where its routes lead, and which flows conntrack remembers.
struct HostContext: Sendable {
  var scene: HostScene
  var flows: FlowTable
  /// Its way was said beforehand: a route for this packet alone.
  var override: Router.Override?
  /// The device by which it comes; nil: it is sent by the host itself.
  var inDevice: Int?
  /// The device by which the host sends it, as far as it was said.
  var outDevice: Int?

  var router: Router { scene.router }
  var places: HostPlaces { scene.places }
}

/// Where a packet is on its way through a known host.
struct HostPosition: Sendable {
  var part = HostPlaces.Part.incoming
  var place = 0
  /// Interface numbers as `Field.inInterface` has them; 0: none.
  var inNumber: UInt128 = 0
  var outNumber: UInt128 = 0
  var inDevice: Int?
  var outDevice: Int?
  var isForwarded = false
  /// Sent to the host itself over the loopback interface.
  var isLooping = false
  /// The flow as it is now, and its place in the table when the table has it.
  var flow: Flow?
  var flowIndex: Int?
  var isReply = false
  /// An ICMP error about the flow.
  var isError = false
  /// The packet has left all chains behind: its flow is confirmed.
  var isDelivered = false
  /// Rules or translations have changed the destination since the packet was routed.
  var routedTo: UInt128?
}

extension ConcreteWalk {
  typealias End = (Outcome, Decider)

  /// Goes on to the next base chain that sees the packet; an end when there is none left, or the stack drops it.
  mutating func enterNextPlace(_ cursor: inout Cursor) -> End? {
    guard let context = host else { return (.accept, acceptDecider(cursor)) }
    while true {
      let part = context.places[cursor.position.part]
      guard cursor.stop < part.count else {
        if let end = leavePart(&cursor, context) { return end }
        continue
      }
      let place = part[cursor.stop]
      switch place.kind {
      case .hook:
        if let end = enterHook(place.hook, &cursor, context) { return end }
      case .defragment:
        if context.places.tracks, let end = collectFragments(place.hook, &cursor) { return end }
      case .conntrack:
        if context.places.tracks { track(&cursor, context) } else { cursor.isDecidedByConntrack = true }
      case .translations:
        if context.places.tracks, let end = finishTranslations(place.hook, &cursor) { return end }
      case .chain(let stop):
        if sees(stop, cursor, context) {
          enter(stop, &cursor)
          return nil
        }
      }
      cursor.stop += 1
    }
  }

  private func lost(_ why: String, at hook: Hook) -> End {
    (.lost(why), Decider(hook: hook, chain: nil, rule: nil))
  }

  // MARK: Hooks

  private mutating func enterHook(_ hook: Hook, _ cursor: inout Cursor, _ context: HostContext) -> End? {
    if hook == .prerouting, !cursor.position.isLooping, let why = stackRefuses(cursor, context) {
      return lost(why, at: .ingress)
    }
    cursor.hook = hook
    cursor.translatedAt = nil
    setPlace(hook, &cursor, context)
    cursor.mask = Self.mask(of: cursor.values)
    return nil
  }

  private func setPlace(_ hook: Hook, _ cursor: inout Cursor, _ context: HostContext) {
    let position = cursor.position
    let (inNumber, outNumber): (UInt128, UInt128)
    switch hook {
    case .ingress, .prerouting, .input: (inNumber, outNumber) = (position.inNumber, 0)
    case .output: (inNumber, outNumber) = (0, position.outNumber)
    case .forward, .postrouting, .egress: (inNumber, outNumber) = (position.inNumber, position.outNumber)
    }
    cursor.values.set(.inInterface, inNumber)
    cursor.values.set(.outInterface, outNumber)
    setKind(inNumber, .inInterfaceType, .inInterfaceGroup, &cursor.values)
    setKind(outNumber, .outInterfaceType, .outInterfaceGroup, &cursor.values)
    if hook == .ingress || hook == .prerouting || hook == .input {
      cursor.values.remove(.socketUID)
      cursor.values.remove(.socketGID)
    }
    guard let device = position.inDevice, !position.isLooping else {
      for field in [Field.etherSource, .etherDestination, .etherType] { cursor.values.remove(field) }
      return
    }
    cursor.values.set(.etherSource, packet.sourceMAC ?? (device == 0 ? 0 : 0x02aa_0000_0001))
    cursor.values.set(
      .etherDestination, packet.destinationMAC ?? frameDestination(context.router.interfaces[device].mac))
    cursor.values.set(.etherType, packet.source.isV4 ? UInt16(0x0800) : 0x86dd)
  }

  /// ARPHRD_ETHER or ARPHRD_LOOPBACK; a missing interface has no type that could be read.
  private func setKind(_ number: UInt128, _ type: Field, _ group: Field, _ values: inout PacketValues) {
    if number == 0 {
      values.remove(type)
      values.remove(group)
    } else {
      values.set(type, number == Self.loopback ? UInt16(772) : 1)
      values.set(group, UInt8(0))
    }
  }

  static let loopback = InterfaceName.value("lo")

  private func frameDestination(_ own: UInt64) -> UInt64 {
    switch packet.packetType {
    case .broadcast: return 0xffff_ffff_ffff
    case .multicast:
      let low = UInt64(truncatingIfNeeded: packet.destination.value)
      return packet.source.isV4 ? 0x0100_5e00_0000 | low & 0x7f_ffff : 0x3333_0000_0000 | low & 0xffff_ffff
    case .otherHost: return 0x02ff_ffff_ff01
    case .host: return own
    }
  }

  /// Conntrack keeps fragments until all have come, and makes one packet of them.
  private func collectFragments(_ hook: Hook, _ cursor: inout Cursor) -> End? {
    // An IPv6 fragment that is no multiple of eight bytes long passes by (nf_ct_frag6_queue: EPROTO).
    if !packet.source.isV4, packet.moreFragments, (packet.transportLength ?? 0) % 8 != 0 { return nil }
    if packet.moreFragments || (packet.fragmentOffset ?? 0) >= 8 {
      return (.held, Decider(hook: hook, chain: nil, rule: nil))
    }
    guard !packet.source.isV4, packet.extensionHeaders.contains("frag") else { return nil }
    // An atomic fragment (RFC 6946) loses its header.
    cursor.values.set(.hasFragmentHeader, UInt8(0))
    if let length = cursor.values[.packetLength], length >= 8 { cursor.values.set(.packetLength, length - 8) }
    if packet.extensionHeaders.first == "frag" {
      switch packet.extensionHeaders.dropFirst().first {
      case "hopopts", "hbh": cursor.values.set(.nextHeader, UInt8(0))
      case "dstopts", "dst": cursor.values.set(.nextHeader, UInt8(60))
      case "rt": cursor.values.set(.nextHeader, UInt8(43))
      default: cursor.values.set(.nextHeader, packet.transportProtocol)
      }
    }
    return nil
  }

  private func sees(_ stop: JourneyStop, _ cursor: Cursor, _ context: HostContext) -> Bool {
    if !stop.devices.isEmpty {
      let device = stop.hook == .egress ? cursor.values[.outInterface] : cursor.values[.inInterface]
      guard let device, stop.devices.contains(device) else { return false }
    }
    guard stop.isNAT else { return true }
    // Only packets that may open a flow, and only until one rule has translated.
    guard context.places.tracks, let flow = cursor.position.flow, !cursor.position.isError else { return false }
    let isFirst = cursor.values[.ctState] == Self.new || cursor.values[.ctState] == Self.related
    return isFirst && !flow.has(Self.doneBit(stop.hook))
  }

  private static let new = UInt128(ConntrackState.new.rawValue)
  private static let related = UInt128(ConntrackState.related.rawValue)

  static func changesSource(_ hook: Hook) -> Bool { hook == .postrouting || hook == .input }

  static func doneBit(_ hook: Hook) -> UInt32 {
    changesSource(hook) ? Flow.Status.sourceDone : Flow.Status.destinationDone
  }

  // MARK: Between the parts

  /// The end of a part: the host routes the packet, or is done with it.
  private mutating func leavePart(_ cursor: inout Cursor, _ context: HostContext) -> End? {
    cursor.stop = 0
    switch cursor.position.part {
    case .incoming: return routeIncoming(&cursor, context)
    case .forward: cursor.position.part = .outgoing
    case .output:
      if let why = routeOutgoing(&cursor, context) { return lost(why, at: .output) }
      cursor.position.part = .outgoing
    case .outgoing:
      guard cursor.position.outNumber == Self.loopback, !cursor.position.isLooping else {
        cursor.position.isDelivered = true
        return (.accept, lastAccept(cursor))
      }
      confirm(&cursor)
      cursor.position.part = .incoming
      cursor.position.isLooping = true
      cursor.position.inDevice = 0
      cursor.position.inNumber = Self.loopback
    case .input:
      cursor.position.isDelivered = true
      return (.accept, lastAccept(cursor))
    }
    return nil
  }

  /// A packet that the host sends to itself comes in again with its flow confirmed.
  private func confirm(_ cursor: inout Cursor) {
    cursor.position.flow?.status |= Flow.Status.confirmed
  }

  /// The last rule or policy that accepted at input, forward or output.
  private func lastAccept(_ cursor: Cursor) -> Decider {
    let last = cursor.acceptedBy.last { $0.hook == .input || $0.hook == .forward || $0.hook == .output }
    return last ?? Decider(hook: cursor.hook ?? .input, chain: nil, rule: nil)
  }

  private mutating func routeIncoming(_ cursor: inout Cursor, _ context: HostContext) -> End? {
    switch IncomingRoute(packet, cursor.values, cursor.position, context).decide() {
    case .lost(let why): return lost(why, at: .prerouting)
    case .local:
      if packet.source.isV4, !context.places.tracks, packet.moreFragments || (packet.fragmentOffset ?? 0) >= 8 {
        return lost("fragments are collected before local delivery", at: .prerouting)
      }
      cursor.position.part = .input
    case .forward(let device):
      cursor.position.part = .forward
      cursor.position.isForwarded = true
      cursor.position.outDevice = device
      cursor.position.outNumber = context.router.interfaces[device].number
      if let ttl = cursor.values[.ttl], ttl > 0 { cursor.values.set(.ttl, ttl - 1) }
    }
    return nil
  }

  /// ip_route_me_harder: a packet of the host whose destination was changed is routed again.
  private func routeOutgoing(_ cursor: inout Cursor, _ context: HostContext) -> String? {
    guard let destination = cursor.values[.destination], destination != packet.destination.value else { return nil }
    guard let route = context.router.lookup(destination, isV4: packet.source.isV4, context.override) else {
      return "no route to the new destination"
    }
    let device = route.type == .local ? 0 : route.device
    cursor.position.outDevice = device
    cursor.position.outNumber = context.router.interfaces[device].number
    return nil
  }

  // MARK: The stack

  /// ip_rcv and ipv6_rcv: what never gets to prerouting.
  private func stackRefuses(_ cursor: Cursor, _ context: HostContext) -> String? {
    if packet.packetType == .otherHost { return "the frame is for another host" }
    guard !packet.source.isV4, cursor.position.inDevice != 0 else { return nil }
    if packet.source.value == 1 || packet.destination.value == 1 { return "::1 never comes from a wire" }
    if packet.source.value >> 120 == 0xff { return "a multicast address is no source" }
    if packet.source.value >> 32 == 0xffff { return "an IPv4-mapped address is no source" }
    if packet.destination.value >> 120 == 0xff {
      let scope = packet.destination.value >> 112 & 0xf
      if scope == 0 || scope == 1 { return "a multicast address of this scope stays on its node" }
    }
    return nil
  }
}

extension PacketValues {
  /// Address types by the host's routes, after a change of addresses too.
  mutating func setAddressTypes(_ router: Router, isV4: Bool, _ override: Router.Override?) {
    func type(_ address: UInt128) -> AddressType {
      if isV4, address >> 24 == 0 { return .broadcast }
      if !isV4, address == 0 { return .unspec }
      return router.lookup(address, isV4: isV4, override)?.type ?? .unicast
    }
    if let source = self[.source] { set(.sourceAddressType, type(source).rawValue) }
    if let destination = self[.destination] { set(.destinationAddressType, type(destination).rawValue) }
  }
}
