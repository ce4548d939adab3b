package import PacketSets
package import Packets

extension Packet {
  /// A TCP segment; a SYN of a new connection unless told otherwise.
  package static func tcp(
    _ hook: Hook, from source: Address, _ sourcePort: UInt16, to destination: Address, _ destinationPort: UInt16,
    flags: UInt8 = TCPFlag.syn, state: ConntrackState = .new
  ) -> Packet {
    var packet = Packet(source: source, destination: destination, transportProtocol: IPProtocol.tcp)
    packet.hook = hook
    packet.sourcePort = sourcePort
    packet.destinationPort = destinationPort
    packet.tcpFlags = flags
    packet.state = state
    packet.reversePathOK = true
    return packet
  }

  package static func udp(
    _ hook: Hook, from source: Address, _ sourcePort: UInt16, to destination: Address, _ destinationPort: UInt16,
    state: ConntrackState = .new
  ) -> Packet {
    var packet = Packet(source: source, destination: destination, transportProtocol: IPProtocol.udp)
    packet.hook = hook
    packet.sourcePort = sourcePort
    packet.destinationPort = destinationPort
    packet.state = state
    packet.reversePathOK = true
    return packet
  }

  /// An ICMP or ICMPv6 message, by the version of its addresses.
  package static func icmp(
    _ hook: Hook, _ type: UInt8, _ code: UInt8 = 0, from source: Address, to destination: Address,
    state: ConntrackState
  ) -> Packet {
    let number = source.isV4 ? IPProtocol.icmp : IPProtocol.icmpv6
    var packet = Packet(source: source, destination: destination, transportProtocol: number)
    packet.hook = hook
    packet.icmpType = type
    packet.icmpCode = code
    packet.state = state
    packet.reversePathOK = true
    return packet
  }

  /// The packet on given interfaces; nil where there is none.
  package func on(in inInterface: String?, out outInterface: String?) -> Packet {
    var packet = self
    packet.inInterface = inInterface
    packet.outInterface = outInterface
    return packet
  }

  /// The version of its addresses.
  package var hasIPv4: Bool { source.isV4 }
}

/// Regions of packets that checks ask about.
package enum Region {
  /// Whole unicast packets of a version on the way to a hook, not over loopback, without options.
  package static func ordinary(_ hook: Hook, _ version: IPVersion) -> Box {
    let notLoopback = ValueSet(InterfaceName.value("lo")).complement(in: .inInterface)
    let someInterface = notLoopback.subtracting(ValueSet(0))
    var box = Box()
    box = box.narrowed(.family, to: version.family)
    if hook == .input || hook == .forward { box = box.narrowed(.inInterface, to: someInterface) }
    if hook == .output || hook == .forward { box = box.narrowed(.outInterface, to: someInterface) }
    return box
  }

  /// Addresses of one receiver: no multicast, and in IPv4 neither 255.255.255.255 nor what is reserved beside it.
  private static func unicast(_ version: IPVersion) -> ValueSet {
    switch version {
    case .v4: ValueSet(Interval(0, 0xdfff_ffff))
    case .v6: ValueSet(Interval(0, (0xff << 120) - 1))
    }
  }

  /// Without the IPv4 options that route.
  private static func unrouted(_ box: Box, _ version: IPVersion) -> Box {
    version == .v4 ? box.narrowed(.hasLSRR, to: 0).narrowed(.hasSSRR, to: 0) : box
  }

  /// SYNs of new connections, not source-routed.
  package static func newTCP(_ hook: Hook, _ version: IPVersion) -> Box {
    unrouted(ordinary(hook, version), version)
      .narrowed(.destination, to: unicast(version))
      .narrowed(.transportProtocol, to: UInt128(IPProtocol.tcp))
      .narrowed(.tcpFlags, to: UInt128(TCPFlag.syn))
      .narrowed(.ctState, to: UInt128(ConntrackState.new.rawValue))
  }

  package static func newUDP(_ hook: Hook, _ version: IPVersion) -> Box {
    ordinary(hook, version)
      .narrowed(.transportProtocol, to: UInt128(IPProtocol.udp))
      .narrowed(.ctState, to: UInt128(ConntrackState.new.rawValue))
  }

  package static func interface(_ name: String) -> ValueSet { ValueSet(InterfaceName.value(name)) }
  package static func port(_ number: UInt16) -> ValueSet { ValueSet(UInt128(number)) }
}

extension Box {
  /// Narrowed to the first of the values that the field may have; unchanged when none fits.
  package func preferring(_ field: Field, _ values: [UInt128]) -> Box {
    let present = self[field]
    for value in values where present?.contains(value) ?? true { return narrowed(field, to: value) }
    return self
  }

  /// May the field have this value in the region?
  package func admits(_ field: Field, _ value: UInt128) -> Bool { self[field]?.contains(value) ?? true }
}
