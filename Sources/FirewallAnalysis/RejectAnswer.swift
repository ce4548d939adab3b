import FirewallModel
import PacketSets
import Packets

/// Whether a reject sends anything back (net/ipv4/netfilter/nf_reject_ipv4.c, net/ipv6/netfilter/nf_reject_ipv6.c,
/// icmp_send, icmp6_send). When it does not, the packet is dropped all the same.
struct RejectAnswer {
  let isSent: Bool

  init(_ packet: Packet, _ ending: ConcreteWalk.Ending, _ router: Router) {
    guard Self.hasWayBack(packet, router) else {
      isSent = false
      return
    }
    let type = ending.cursor.values[.destinationAddressType].flatMap {
      AddressType(rawValue: UInt8(truncatingIfNeeded: $0))
    }
    isSent = Self.isSent(for: packet, ending.outcome, destination: type ?? .unicast)
  }

  /// `destination`: the type of the packet's destination by the host's routes.
  static func isSent(for packet: Packet, _ outcome: Outcome, destination: AddressType? = nil) -> Bool {
    guard case .reject(let kind) = outcome else { return false }
    let natural = Packet.natural(for: packet.destination)
    let isGroup =
      destination == .broadcast || destination == .multicast || natural == .multicast || natural == .broadcast
    if packet.fragmentOffset ?? 0 >= 8 || isGroup { return false }
    if case .tcpReset = kind { return resets(packet) }
    return reports(packet)
  }

  /// A link-local sender is answered by the interface that its packet came by, if a route leads there.
  private static func hasWayBack(_ packet: Packet, _ router: Router) -> Bool {
    guard packet.hook != .output, !packet.source.isV4, packet.source.value >> 118 == 0x3fa,
      let device = packet.inInterface.flatMap({ router.device(InterfaceName.value($0)) }), device != 0
    else { return true }
    return router.lookup(packet.source.value, isV4: false, from: device, nil)?.device == device
  }

  private static func resets(_ packet: Packet) -> Bool {
    packet.transportProtocol == IPProtocol.tcp && !packet.isTruncated && !packet.hasBadChecksum
      && (packet.tcpFlags ?? 0) & TCPFlag.rst == 0
  }

  private static func reports(_ packet: Packet) -> Bool {
    let isV4 = packet.source.isV4
    if packet.packetType != .host { return false }
    if packet.hasBadChecksum, verifies(packet.transportProtocol) { return false }
    if packet.isTruncated, packet.transportProtocol == IPProtocol.tcp { return false }
    if sumIsWrong(packet) { return false }
    if isV4 {
      if packet.source.value >> 24 == 0 { return false }
      guard packet.transportProtocol == IPProtocol.icmp, let type = packet.icmpType else { return true }
      // icmp_pointers: what counts as an error is answered by none.
      return type <= 18 && ![1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12].contains(type)
    }
    if packet.source.value == 0 { return false }
    guard packet.transportProtocol == IPProtocol.icmpv6, let type = packet.icmpType else { return true }
    return type >= 128
  }

  /// nf_reject_verify_csum: protocols whose checksum is one over the whole payload.
  private static func verifies(_ transport: UInt8) -> Bool {
    switch transport {
    case IPProtocol.gre, IPProtocol.ah, IPProtocol.esp, IPProtocol.sctp, IPProtocol.udplite, IPProtocol.dccp: false
    default: true
    }
  }

  /// Protocols without a checksum of their own are summed up all the same.
  private static func sumIsWrong(_ packet: Packet) -> Bool {
    switch packet.transportProtocol {
    case IPProtocol.tcp, IPProtocol.udp, IPProtocol.icmpv6: false
    case IPProtocol.icmp: !packet.source.isV4
    case IPProtocol.igmp: !packet.source.isV4
    default: verifies(packet.transportProtocol)
    }
  }
}
