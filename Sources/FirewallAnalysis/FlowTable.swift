import Packets

/// One direction of a flow as conntrack keys it (struct nf_conntrack_tuple).
struct FlowTuple: Hashable, Sendable {
  var source: UInt128
  var destination: UInt128
  var isV4: Bool
  var transport: UInt8
  /// Source port, or the identifier of an ICMP query.
  var first: UInt16
  /// Destination port, or type and code of an ICMP query.
  var second: UInt16
  var zone: UInt16 = 0

  /// The tuple of the answers; nil: an ICMP message that has none.
  var inverted: FlowTuple? {
    var result = self
    (result.source, result.destination) = (destination, source)
    switch (transport, isV4) {
    case (IPProtocol.icmp, true), (IPProtocol.icmpv6, false):
      guard let answer = Self.answer(UInt8(second >> 8), isV6: !isV4) else { return nil }
      result.second = UInt16(answer) << 8 | second & 255
    default: (result.first, result.second) = (second, first)
    }
    return result
  }

  /// nf_conntrack_proto_icmp.c and nf_conntrack_proto_icmpv6.c, `invmap`.
  static func answer(_ type: UInt8, isV6: Bool) -> UInt8? {
    switch (isV6, type) {
    case (false, 8): 0
    case (false, 0): 8
    case (false, 13): 14
    case (false, 14): 13
    case (false, 15): 16
    case (false, 16): 15
    case (false, 17): 18
    case (false, 18): 17
    case (true, 128): 129
    case (true, 129): 128
    case (true, 139): 140
    case (true, 140): 139
    default: nil
    }
  }

  /// The tuple of a packet as it is described; nil when its ports are not known.
  init?(_ packet: Packet) {
    source = packet.source.value
    destination = packet.destination.value
    isV4 = packet.source.isV4
    transport = packet.transportProtocol
    (first, second) = (0, 0)
    switch transport {
    case IPProtocol.icmp where isV4, IPProtocol.icmpv6 where !isV4:
      guard let type = packet.icmpType else { return nil }
      first = packet.icmpID ?? 0
      second = UInt16(type) << 8 | UInt16(packet.icmpCode ?? 0)
    default:
      guard ProtocolName.hasPorts(transport) else { return }
      guard let from = packet.sourcePort, let to = packet.destinationPort else { return nil }
      (first, second) = (from, to)
    }
  }

  /// The tuple of the packet as rules have made it.
  init?(_ values: PacketValues, _ packet: Packet, isV4: Bool) {
    guard var tuple = FlowTuple(packet), let source = values[.source], let destination = values[.destination] else {
      return nil
    }
    (tuple.source, tuple.destination) = (source, destination)
    if ProtocolName.hasPorts(packet.transportProtocol) {
      guard let from = values[.sourcePort], let to = values[.destinationPort] else { return nil }
      (tuple.first, tuple.second) = (UInt16(truncatingIfNeeded: from), UInt16(truncatingIfNeeded: to))
    }
    tuple.zone = UInt16(truncatingIfNeeded: values[.ctZone] ?? 0)
    self = tuple
  }
}

/// What conntrack remembers of a flow.
struct Flow: Hashable, Sendable {
  /// IPS_* of linux/netfilter/nf_conntrack_common.h.
  enum Status {
    static let expected: UInt32 = 1
    static let seenReply: UInt32 = 2
    static let assured: UInt32 = 4
    static let confirmed: UInt32 = 8
    static let sourceNAT: UInt32 = 0x10
    static let destinationNAT: UInt32 = 0x20
    static let sourceDone: UInt32 = 0x80
    static let destinationDone: UInt32 = 0x100
  }

  var original: FlowTuple
  var reply: FlowTuple
  var status: UInt32 = 0
  var mark: UInt32 = 0
  var tcp = TCPTracking.State.none
  /// A rule chose an address or port that is not known here.
  var isUncertain = false

  init(original: FlowTuple, reply: FlowTuple) {
    self.original = original
    self.reply = reply
  }

  func has(_ bits: UInt32) -> Bool { status & bits != 0 }
}

/// The flows that conntrack knows.
struct FlowTable: Sendable {
  private(set) var flows: [Flow] = []
  private var index: [FlowTuple: Int] = [:]
  /// Up to so many flows are searched one by one.
  private static let small = 8

  var isEmpty: Bool { flows.isEmpty }

  mutating func removeAll() {
    if flows.isEmpty { return }
    flows.removeAll(keepingCapacity: true)
    if !index.isEmpty { index.removeAll(keepingCapacity: true) }
  }

  /// The flow of a tuple and whether the tuple is its reply direction.
  func find(_ tuple: FlowTuple) -> (index: Int, isReply: Bool)? {
    if flows.isEmpty { return nil }
    if flows.count > Self.small {
      guard let found = index[tuple] else { return nil }
      return (found, flows[found].original != tuple)
    }
    for (at, flow) in flows.enumerated().reversed() {
      if flow.original == tuple { return (at, false) }
      if flow.reply == tuple { return (at, true) }
    }
    return nil
  }

  mutating func insert(_ flow: Flow) {
    flows.append(flow)
    if flows.count == Self.small + 1 {
      for (at, flow) in flows.enumerated() { note(flow, at) }
    } else if flows.count > Self.small {
      note(flow, flows.count - 1)
    }
  }

  private mutating func note(_ flow: Flow, _ at: Int) {
    index[flow.original] = at
    index[flow.reply] = at
  }

  mutating func update(_ at: Int, _ flow: Flow) {
    guard flows.indices.contains(at) else { return }
    flows[at] = flow
  }

  mutating func remove(_ at: Int) {
    guard flows.indices.contains(at) else { return }
    flows.remove(at: at)
    index.removeAll(keepingCapacity: true)
    if flows.count > Self.small { for (at, flow) in flows.enumerated() { note(flow, at) } }
  }
}
