import CheckKit
import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets
import SourceText

/// The packets by which IPv6 hosts on one link find each other, as they come in from a neighbour.
enum LinkLocalDelivery {
  static let neighbour = Address.v6(0xfe80 << 112 | 0x0200_00ff_fe00_0017)
  static let allNodes = Address.v6(0xff02 << 112 | 1)
  static let allRouters = Address.v6(0xff02 << 112 | 2)

  /// Solicited-node multicast address of an address: ff02::1:ffXX:XXXX (RFC 4291).
  static func solicited(_ address: Address) -> Address {
    .v6(0xff02 << 112 | 0x1_ff00_0000 | address.value & 0xff_ffff)
  }

  /// Interfaces on which IPv6 connections come and go; only there must neighbours be found.
  static func interfaces(_ context: CheckContext) -> [String] {
    var result: [String] = []
    for flow in context.flows where flow.version == .v6 && flow.isCarried && flow.hook != .forward {
      let packet = flow.opener.trace.packet
      guard let name = flow.hook == .input ? packet.inInterface : packet.outInterface else { continue }
      if !result.contains(name) { result.append(name) }
    }
    return result
  }

  /// A neighbour-discovery or multicast-listener message as the kernel sees it: hop limit 255 (MLD: 1), untracked.
  static func message(
    _ hook: Hook, _ type: UInt8, from source: Address, to destination: Address, on name: String
  ) -> Packet {
    var packet = Packet.icmp(hook, type, from: source, to: destination, state: .untracked)
      .on(in: hook == .input ? name : nil, out: hook == .output ? name : nil)
    let isListener = (130...132).contains(type) || type == 143
    packet.ttl = isListener ? 1 : 255
    if isListener { packet.extensionHeaders = ["hopopts"] }
    if destination.value >> 120 == 0xff { packet.packetType = .multicast }
    return packet
  }
}
