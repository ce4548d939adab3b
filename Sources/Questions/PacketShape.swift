import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// What a question's conditions say of a packet's headers on one journey and in one family, and what is usual where they
/// say nothing: a whole packet without options, unmarked, to one machine, of a flow that nobody knows yet.
struct PacketShape {
  let hook: Hook
  let isV4: Bool
  private let terms: [PacketQuestion.Term.Kind]
  private let states: Set<ConntrackState>?
  private let hasFlags: Bool
  private let hasICMP: Bool
  private let isFragment: Bool
  private let options: [PacketQuestion.IPOption]
  private let hasMark: Bool
  /// `to broadcast` and so on.
  let target: PacketQuestion.AddressKind?
  /// Socket owners exist only where the packet is made.
  let isOutputOnly: Bool
  /// Neighbour discovery and listener messages: they go to groups, too.
  let isNeighbourMessage: Bool

  init(_ terms: [PacketQuestion.Term], hook: Hook, isV4: Bool) {
    self.hook = hook
    self.isV4 = isV4
    self.terms = terms.map(\.kind)
    var states: Set<ConntrackState>?
    var (hasFlags, hasICMP, isFragment, hasMark) = (false, false, false, false)
    var (isOutputOnly, isNeighbour) = (false, false)
    var options: [PacketQuestion.IPOption] = []
    var target: PacketQuestion.AddressKind?
    for term in self.terms {
      switch term {
      case .states(let list): states = states.map { $0.intersection(list) } ?? list
      case .not(.states(let list)):
        let others = Set(ConntrackState.allCases).subtracting(list)
        states = states.map { $0.intersection(others) } ?? others
      case .flags, .not(.flags): hasFlags = true
      case .icmp(let isV6, let types, _):
        hasICMP = hasICMP || types != nil
        if isV6, let types { isNeighbour = types.isSubset(of: ConntrackRegions.icmpTypes(.untracked, isV4: false)) }
      case .option(let option): options.append(option)
      case .fragment: isFragment = true
      case .to(let kind): target = kind
      case .mark, .not(.mark): hasMark = true
      case .field(.uid, _), .field(.gid, _): isOutputOnly = true
      default: break
      }
    }
    self.states = states
    self.hasFlags = hasFlags
    self.hasICMP = hasICMP
    self.isFragment = isFragment
    self.options = options
    self.hasMark = hasMark
    self.target = target
    self.isOutputOnly = isOutputOnly
    isNeighbourMessage = isNeighbour && !isV4
  }

  /// The usual packet of the journey.
  func ordinary() -> Box {
    var box = Box.all.narrowed(.family, to: isV4 ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6)
    if isV4 {
      for field in [Field.hasLSRR, .hasSSRR, .hasRecordRoute, .hasTimestampOption, .hasRouterAlert] {
        box = box.narrowed(field, to: options.contains { $0.field == field } ? 1 : 0)
      }
    } else {
      for field in [
        Field.hasHopByHop, .hasDestinationOptions, .hasRoutingHeader, .hasMobilityHeader, .hasAH, .hasESP,
      ] { box = box.narrowed(field, to: 0) }
    }
    if !isFragment {
      box = box.narrowed(.fragmentOffset, to: 0).narrowed(.moreFragments, to: 0)
      if !isV4 { box = box.narrowed(.hasFragmentHeader, to: 0) }
    }
    if !hasMark { box = box.narrowed(.mark, to: 0) }
    var types: [AddressType]
    var link: [PacketType] = [.host]
    switch hook {
    case .input: types = [.local]
    default: types = [.unicast]
    }
    if let target {
      types = [target.type]
      link = target == .broadcast ? [.broadcast] : target == .multicast ? [.multicast] : [.host]
    } else if isNeighbourMessage {
      types.append(.multicast)
      link.append(.multicast)
    }
    box = box.narrowed(.destinationAddressType, to: ValueSet(values: types.map { UInt128($0.rawValue) }))
    return box.narrowed(.packetType, to: ValueSet(values: link.map { UInt128($0.rawValue) }))
  }

  /// The parts of a box that have the shape, disjoint.
  func cut(_ box: Box) -> [Box] {
    var boxes = [box]
    for term in terms { boxes = boxes.flatMap { apply(term, to: $0) } }
    return boxes.flatMap { box in classes().map { box.intersection($0) } }.filter { !$0.isEmpty }
  }

  // MARK: Conditions

  private func apply(_ term: PacketQuestion.Term.Kind, to box: Box) -> [Box] {
    if case .not(let inner) = term {
      if case .states = inner { return [box] }
      return inner == .fragment ? [box] : difference(box, alternatives(inner))
    }
    return alternatives(term).map { box.intersection($0) }.filter { !$0.isEmpty }
  }

  /// A condition as boxes of which one holds; their constraints stand in the order guard first.
  private func alternatives(_ term: PacketQuestion.Term.Kind) -> [Box] {
    switch term {
    case .transport(let number, let ports):
      let box = Box.all.narrowed(.transportProtocol, to: UInt128(number))
      return [ports.map { box.narrowed(.destinationPort, to: $0) } ?? box]
    case .icmp(let isV6, let types, let code):
      var box = Box.all.narrowed(.family, to: isV6 ? NetworkProtocol.ipv6 : NetworkProtocol.ipv4)
        .narrowed(.transportProtocol, to: UInt128(isV6 ? IPProtocol.icmpv6 : IPProtocol.icmp))
      if let types { box = box.narrowed(.icmpType, to: types) }
      if let code { box = box.narrowed(.icmpCode, to: UInt128(code)) }
      // Hosts take neighbour discovery with a hop limit of 255 only (RFC 4861 section 6.1).
      if isV6, let types, types.isSubset(of: ValueSet(Interval(133, 137))), code == nil {
        box = box.narrowed(.ttl, to: 255)
      }
      return [box]
    case .sourcePort(let ports): return [withPorts.narrowed(.sourcePort, to: ports)]
    case .destinationPort(let ports): return [withPorts.narrowed(.destinationPort, to: ports)]
    case .states: return [.all]
    case .flags(let values, let mask):
      let set = ValueSet(values: (0...255).filter { values.contains(UInt8($0) & mask) }.map { UInt128($0) })
      return [Box.all.narrowed(.transportProtocol, to: UInt128(IPProtocol.tcp)).narrowed(.tcpFlags, to: set)]
    case .option(let option):
      return [Box.all.narrowed(.family, to: NetworkProtocol.ipv4).narrowed(option.field, to: 1)]
    case .fragment:
      if !isV4 { return [Box.all.narrowed(.hasFragmentHeader, to: 1)] }
      return [
        Box.all.narrowed(.fragmentOffset, to: ValueSet(Interval(1, Field.fragmentOffset.maximum))),
        Box.all.narrowed(.fragmentOffset, to: 0).narrowed(.moreFragments, to: 1),
      ]
    case .to(let kind):
      return [Box.all.narrowed(.destinationAddressType, to: UInt128(kind.type.rawValue))]
    case .family(let isV4):
      return [Box.all.narrowed(.family, to: isV4 ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6)]
    case .inInterface(let names): return [Box.all.narrowed(.inInterface, to: Self.interfaces(names))]
    case .outInterface(let names): return [Box.all.narrowed(.outInterface, to: Self.interfaces(names))]
    case .mark(let value, let mask): return [Box.all.narrowed(.mark, to: Self.marks(value, mask))]
    case .field(let field, let values): return [Box.all.narrowed(field.field, to: values)]
    case .not: return []
    }
  }

  private var withPorts: Box {
    Box.all.narrowed(.transportProtocol, to: ValueSet(values: [6, 17, 33, 132, 136]))
  }

  /// The box without some others, in disjoint parts.
  private func difference(_ box: Box, _ others: [Box]) -> [Box] {
    var remaining = [box]
    for other in others {
      remaining = remaining.flatMap { part -> [Box] in
        var parts: [Box] = []
        var inside = part
        // The protocol first: what has no such protocol has no such field.
        let ordered = other.constraints.sorted { Self.rank($0.field) < Self.rank($1.field) }
        for constraint in ordered {
          let outside = inside.narrowed(constraint.field, to: constraint.values.complement(in: constraint.field))
          if !outside.isEmpty { parts.append(outside) }
          inside = inside.narrowed(constraint.field, to: constraint.values)
          if inside.isEmpty { break }
        }
        return parts
      }
    }
    return remaining
  }

  private static func rank(_ field: Field) -> Int {
    switch field {
    case .family: 0
    case .transportProtocol: 1
    default: 2
    }
  }

  static func interfaces(_ patterns: [PacketQuestion.InterfacePattern]) -> ValueSet {
    ValueSet(
      patterns.map { pattern in
        guard pattern.isPrefix else { return Interval(InterfaceName.value(pattern.name)) }
        let bounds = InterfaceName.prefixBounds(pattern.name)
        return Interval(Swift.max(bounds.lower, 1), bounds.upper)
      })
  }

  /// Marks with `mark & mask == value`; a mask of many scattered bits is taken with its lowest choices only.
  private static func marks(_ value: UInt32, _ mask: UInt32) -> ValueSet {
    if mask == .max { return ValueSet(UInt128(value)) }
    let low = mask.trailingZeroBitCount
    let below: UInt32 = low >= 32 ? .max : (UInt32(1) << UInt32(low)) - 1
    let free = ~mask & ~below
    var intervals: [Interval] = []
    var part: UInt32 = 0
    repeat {
      intervals.append(Interval(UInt128(value | part), UInt128(value | part | below)))
      part = (part &- free) & free
    } while part != 0 && intervals.count < 4096
    return ValueSet(intervals)
  }

  // MARK: Conntrack classes

  /// Disjoint boxes, each with one state and the protocols, flags and types that go with it.
  private func classes() -> [Box] {
    guard let states else {
      // Of no known flow: new, where such a packet can be; else what the kernel makes of it.
      var result = classes(of: .new) + classes(of: .untracked)
      if hasFlags || hasICMP { result += classes(of: .invalid, withBadChecksum: false) }
      return result
    }
    let order: [ConntrackState] = [.new, .established, .related, .invalid, .untracked]
    return order.filter { states.contains($0) }.flatMap { classes(of: $0) }
  }

  private func classes(of state: ConntrackState, withBadChecksum: Bool = true) -> [Box] {
    let base = Box.all.narrowed(.ctState, to: UInt128(state.rawValue))
    let ownICMP = isV4 ? IPProtocol.icmp : IPProtocol.icmpv6
    func of(_ number: UInt8) -> Box { base.narrowed(.transportProtocol, to: UInt128(number)) }
    let others = base.narrowed(
      .transportProtocol,
      to: ValueSet(allOf: .transportProtocol).subtracting(
        ValueSet(values: [UInt128(IPProtocol.tcp), UInt128(ownICMP)])))
    let types = ConntrackRegions.icmpTypes(state, isV4: isV4)
    let icmp = of(ownICMP).narrowed(.icmpType, to: types)
    var flags = ConntrackRegions.tcpFlags(state)
    let syn = UInt128(TCPFlag.syn)
    switch state {
    case .new:
      if !hasFlags { flags = ValueSet(syn) }
      return [of(IPProtocol.tcp).narrowed(.tcpFlags, to: flags), others, icmp].map {
        hasMark ? $0 : $0.narrowed(.ctMark, to: 0)
      }
    case .established:
      if !hasFlags { flags = flags.subtracting(ValueSet(values: flags.intervals.flatMap(Self.bareSYN))) }
      return [of(IPProtocol.tcp).narrowed(.tcpFlags, to: flags), others, icmp]
    case .related:
      if !hasFlags { flags = flags.intersection(ValueSet(syn)) }
      return [of(IPProtocol.tcp).narrowed(.tcpFlags, to: flags), others, icmp]
    case .invalid:
      var boxes = [of(IPProtocol.tcp).narrowed(.tcpFlags, to: flags), icmp]
      if withBadChecksum, hook != .output { boxes.append(of(IPProtocol.udp)) }
      return boxes
    case .untracked: return isV4 ? [] : [icmp]
    }
  }

  /// Values of an interval with SYN and without ACK.
  private static func bareSYN(_ interval: Interval) -> [UInt128] {
    (interval.lower...interval.upper).filter {
      $0 & UInt128(TCPFlag.syn) != 0 && $0 & UInt128(TCPFlag.ack) == 0
    }
  }
}
