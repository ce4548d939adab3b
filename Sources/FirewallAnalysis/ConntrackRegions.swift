package import PacketSets
package import Packets

/// Which TCP flags and ICMP types go with which conntrack state, as sets: `ConntrackClass` asked about every value.
package enum ConntrackRegions {
  /// Flag bytes for a state. `new` and `invalid`: the state of such a segment of no known flow. `established` and
  /// `related`: segments that may belong to a flow.
  package static func tcpFlags(_ state: ConntrackState) -> ValueSet { flags[Int(state.rawValue)] }

  /// ICMP types of a version for a state, likewise.
  package static func icmpTypes(_ state: ConntrackState, isV4: Bool) -> ValueSet {
    (isV4 ? typesV4 : typesV6)[Int(state.rawValue)]
  }

  private static let flags = ConntrackState.allCases.map { state in
    values { value in
      var packet = Packet(source: .v4(0xc000_0201), destination: .v4(0xcb00_7109), transportProtocol: IPProtocol.tcp)
      packet.tcpFlags = value
      packet.sourcePort = 40000
      packet.destinationPort = 80
      return fits(packet, state)
    }
  }
  private static let typesV4 = types(isV4: true)
  private static let typesV6 = types(isV4: false)

  private static func types(isV4: Bool) -> [ValueSet] {
    ConntrackState.allCases.map { state in
      values { value in
        var packet =
          isV4
          ? Packet(source: .v4(0xc000_0201), destination: .v4(0xcb00_7109), transportProtocol: IPProtocol.icmp)
          : Packet(source: .v6(1 << 64), destination: .v6(2 << 64), transportProtocol: IPProtocol.icmpv6)
        packet.icmpType = value
        packet.icmpCode = 0
        if state == .related, !ICMPType.quotes(value, isV6: !isV4) { return false }
        return fits(packet, state)
      }
    }
  }

  private static func fits(_ packet: Packet, _ state: ConntrackState) -> Bool {
    var packet = packet
    packet.state = state == .established || state == .related ? state : nil
    return ConntrackClass.state(of: packet) == state
  }

  private static func values(_ isIn: (UInt8) -> Bool) -> ValueSet {
    ValueSet(values: (UInt8.min...UInt8.max).filter(isIn).map { UInt128($0) })
  }
}
