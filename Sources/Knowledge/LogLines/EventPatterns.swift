import PacketLogs
import Packets

/// Facts that hold for a packet as a whole, not for one of its fields.
enum EventPatterns {
  /// Ids of facts, closest first.
  static func ids(_ event: LogEvent) -> [String] {
    let packet = event.packet
    switch packet.transportProtocol {
    case IPProtocol.udp: return udp(packet)
    case IPProtocol.tcp: return tcp(packet)
    case IPProtocol.icmp: return icmp(event)
    default: return []
    }
  }

  private static let limitedBroadcast = Address.v4(.max)

  private static func udp(_ packet: LoggedPacket) -> [String] {
    var ids: [String] = []
    let (source, destination) = (packet.sourcePort, packet.destinationPort)
    // The kernel's two LEN= fields: of the IP packet and of the UDP datagram.
    if destination == 137 {
      ids.append(source == 137 && packet.length == 78 ? "LS031" : source.map { $0 > 1023 } == true ? "SP012" : "LS030")
    }
    if destination == 1434, packet.length == 404 { ids.append("LS037") }
    if let destination, (33434...33600).contains(destination) { ids += ["LS021", "TI004"] }
    if packet.destination == limitedBroadcast { ids.append(destination == 67 ? "AD001" : "LS015") }
    if source == 3130, destination == 7 { ids.append("LE002") }
    if destination == 7 || destination == 19, isEdge(packet.destination) {
      ids.append(destination == 7 ? "LS002" : "LS003")
    }
    return ids
  }

  private static func tcp(_ packet: LoggedPacket) -> [String] {
    var ids: [String] = []
    guard let source = packet.sourcePort, let destination = packet.destinationPort else { return [] }
    if source == 0 { ids.append("SP001") }
    if destination == 0, packet.destination == .v4(0) { ids.append("LS001") }
    if source == destination, [23, 25, 110, 143, 80].contains(destination) { ids.append("LS024") }
    if (1...5).contains(source) { ids.append("LS026") }
    return ids
  }

  private static func icmp(_ event: LogEvent) -> [String] {
    let packet = event.packet
    switch (packet.icmpType, packet.icmpCode) {
    case (8, _):
      let isBroadcast = event.mac.prefix(6).allSatisfy { $0 == 255 } && event.mac.count >= 6
      return isBroadcast || isEdge(packet.destination) ? ["LS028", "LS013"] : []
    case (3, 3):
      guard let inner = packet.inner.first else { return [] }
      if inner.sourcePort == 53 { return ["LS009", "LE017"] }
      if inner.destinationPort == 137 { return ["LS011", "LE017"] }
      if let port = inner.destinationPort, (33434...33600).contains(port) {
        return [event.inInterface.isEmpty || !event.outInterface.isEmpty ? "LS023" : "LS012", "LE017"]
      }
      return ["LE017"]
    case (3, 4): return ["IC006", "RC009"]
    default: return []
    }
  }

  /// `.0` or `.255`, as the FAQ looks at it; only a mask can tell for certain.
  private static func isEdge(_ address: Address) -> Bool {
    guard case .v4(let value) = address else { return false }
    return value & 255 == 255 || value & 255 == 0
  }
}
