import PacketSets
import Packets

/// Looks for a packet of a region that people would recognise.
struct WitnessFinder {
  let analysis: Analysis
  let region: Box
  let hook: Hook

  /// Protocols and states in the order in which they are tried where the region leaves the choice.
  private static let protocols: [UInt128] = [6, 17, 1, 58, 132, 47, 50, 2]
  private static let states: [ConntrackState] = [.new, .established, .related, .invalid, .untracked]

  /// The first candidate that is in the region, has the state that Linux would give it, and pleases the caller.
  func find(_ isGood: (Packet) -> Bool) -> Packet? {
    var attempts = 0
    for family in [NetworkProtocol.ipv4, NetworkProtocol.ipv6] {
      guard region[.family]?.contains(family) ?? true,
        let entry = SymbolicWalk.entry(region, to: hook, isV4: family == NetworkProtocol.ipv4)
      else { continue }
      for transport in candidates(entry, .transportProtocol, Self.protocols, limit: 6) {
        // ICMP of the other version is no packet that people meet.
        let foreign: UInt128 = family == NetworkProtocol.ipv4 ? 58 : 1
        if transport == foreign, entry[.transportProtocol]?.single != foreign { continue }
        guard let base = RegionFacts.settle(entry.narrowed(.transportProtocol, to: transport)) else { continue }
        for state in Self.states {
          let number = UInt128(state.rawValue)
          guard base[.ctState]?.contains(number) ?? true else { continue }
          // A state that the region does not name is the natural one of the packet.
          let isFree = base[.ctState] == nil
          for shape in shapes(base, transport: UInt8(truncatingIfNeeded: transport), state) {
            attempts += 1
            if attempts > 200 { return nil }
            guard let packet = build(shape, transport: UInt8(truncatingIfNeeded: transport), state, isFree: isFree)
            else { continue }
            if isGood(packet) { return packet }
          }
        }
      }
    }
    return nil
  }

  private func candidates(_ box: Box, _ field: Field, _ preferred: [UInt128], limit: Int) -> [UInt128] {
    guard let values = box[field] else { return Array(preferred.prefix(limit)) }
    var result = preferred.filter { values.contains($0) }
    for interval in values.intervals {
      if result.count >= limit { break }
      for value in [interval.lower, interval.upper] where value <= field.maximum && !result.contains(value) {
        result.append(value)
      }
    }
    return Array(result.prefix(limit))
  }

  /// Flags or ICMP types that go with a state.
  private func shapes(_ base: Box, transport: UInt8, _ state: ConntrackState) -> [Box] {
    switch transport {
    case IPProtocol.tcp:
      let flags: [UInt8]
      switch state {
      case .new: flags = [TCPFlag.syn, TCPFlag.ack]
      case .established, .related: flags = [TCPFlag.ack, TCPFlag.ack | TCPFlag.psh, TCPFlag.ack | TCPFlag.fin]
      default: flags = [TCPFlag.rst, TCPFlag.fin | TCPFlag.ack, TCPFlag.syn | TCPFlag.ack, 0]
      }
      return candidates(base, .tcpFlags, flags.map { UInt128($0) }, limit: 6).compactMap {
        RegionFacts.settle(base.narrowed(.tcpFlags, to: $0))
      }
    case IPProtocol.icmp, IPProtocol.icmpv6:
      let types: [UInt128]
      let isV6 = transport == IPProtocol.icmpv6
      switch state {
      case .new: types = isV6 ? [128] : [8, 13]
      case .established: types = isV6 ? [129, 128] : [0, 8]
      case .related: types = isV6 ? [2, 1, 3, 4] : [3, 11, 12]
      case .invalid: types = isV6 ? [129, 1, 137] : [0, 3, 5]
      case .untracked: types = isV6 ? [135, 136, 134, 133] : [8]
      }
      return candidates(base, .icmpType, types, limit: 6).compactMap { type -> Box? in
        guard let typed = RegionFacts.settle(base.narrowed(.icmpType, to: type)) else { return nil }
        // Fragmentation needed is the error that people ask about.
        let codes: [UInt128] = !isV6 && type == 3 ? [4, 3, 1] : [0]
        guard let code = candidates(typed, .icmpCode, codes, limit: 1).first else { return nil }
        return RegionFacts.settle(typed.narrowed(.icmpCode, to: code))
      }
    default: return [base]
    }
  }

  private func build(_ shape: Box, transport: UInt8, _ state: ConntrackState, isFree: Bool) -> Packet? {
    var chooser = WitnessChooser(shape, hook: hook)
    guard var packet = chooser.packet(transport: transport, state) else { return nil }
    packet.state = state == .established || state == .related ? state : nil
    if state == .related, let type = packet.icmpType {
      // Only a message that quotes a packet is related to that packet's flow; conntrack expects no ICMP query.
      guard ICMPType.quotes(type, isV6: transport == IPProtocol.icmpv6) else { return nil }
      packet.inner = [quoted(by: packet)]
    }
    // The state must be the one that Linux would give this packet.
    guard ConntrackClass.state(of: packet) == state || (isFree && packet.state == nil) else {
      return notracked(packet, state)
    }
    packet.state = ConntrackClass.state(of: packet)
    return RegionMembership.contains(region, packet, hook: hook) ? packet : nil
  }

  /// A packet that rules exempt from conntrack has no state of its own to be checked.
  private func notracked(_ packet: Packet, _ state: ConntrackState) -> Packet? { nil }

  /// The packet that an ICMP error is about: sent by the error's receiver.
  private func quoted(by error: Packet) -> Packet {
    let far: Address = error.source.isV4 ? .v4(0xc633_6409) : .v6(WitnessChooser.farV6)
    var inner = Packet(source: error.destination, destination: far, transportProtocol: IPProtocol.tcp)
    inner.sourcePort = 40000
    inner.destinationPort = 443
    inner.tcpFlags = TCPFlag.ack
    return inner
  }
}

/// Whether a concrete packet is of a region.
enum RegionMembership {
  static func contains(_ region: Box, _ packet: Packet, hook: Hook) -> Bool {
    let values = ConcreteWalk.values(of: packet, hook: hook)
    for constraint in region.constraints {
      let field = constraint.field
      if values.isPresent(field) {
        if values.isUnknown(field) {
          // What a packet does not tell is left to the host; every possible number must do.
          if !ValueSet(allOf: field).isSubset(of: constraint.values) { return false }
        } else if !constraint.values.contains(values.number(field)) {
          return false
        }
      } else if let absent = field.absent {
        guard constraint.values.contains(absent) else { return false }
      } else {
        return false
      }
    }
    return true
  }
}
