import PacketLogs
import Packets

extension Packet {
  /// The packet that a line tells of, at the hook that its interfaces tell; nil without a protocol or interface.
  init?(_ event: LogEvent) {
    guard let proto = event.packet.transportProtocol, !(event.inInterface.isEmpty && event.outInterface.isEmpty) else {
      return nil
    }
    self.init(event.packet, proto)
    inInterface = event.inInterface.isEmpty ? nil : event.inInterface
    outInterface = event.outInterface.isEmpty ? nil : event.outInterface
    hook = event.inInterface.isEmpty ? .output : event.outInterface.isEmpty ? .input : .forward
    mark = event.mark ?? 0
    socketUID = event.uid
    socketGID = event.gid
    if event.mac.count >= 6 {
      if event.mac[0..<6].allSatisfy({ $0 == 0xff }) {
        packetType = .broadcast
      } else if event.mac[0] & 1 == 1 {
        packetType = .multicast
      }
    }
  }

  private init(_ logged: LoggedPacket, _ proto: UInt8) {
    self.init(source: logged.source, destination: logged.destination, transportProtocol: proto)
    sourcePort = logged.sourcePort
    destinationPort = logged.destinationPort
    tcpFlags = logged.tcpFlags
    icmpType = logged.icmpType
    icmpCode = logged.icmpCode
    icmpMTU = logged.mtu
    ttl = logged.ttl ?? 64
    if let tos = logged.tos {
      // The log splits the byte into two masks; IPv6 prints it whole.
      let whole = tos | (logged.precedence ?? 0)
      dscp = whole >> 2
      ecn = whole & 3
    }
    dontFragment = logged.dontFragment
    moreFragments = logged.moreFragments || logged.isIncomplete
    if let offset = logged.fragmentOffset, offset > 0 || moreFragments {
      fragmentOffset = logged.source.isV4 ? offset * 8 : offset
    }
    ipOptions = Self.optionNames(logged.ipOptions)
    if let first = logged.inner.first, let innerProtocol = first.transportProtocol {
      inner = [Packet(first, innerProtocol)]
    }
  }

  private static func optionNames(_ bytes: [UInt8]) -> [String] {
    var names: [String] = []
    var index = 0
    while index < bytes.count, bytes[index] != 0, names.count < 40 {
      if bytes[index] == 1 {
        names.append("nop")
        index += 1
        continue
      }
      switch bytes[index] {
      case 0x83: names.append("lsrr")
      case 0x89: names.append("ssrr")
      case 0x07: names.append("rr")
      case 0x44: names.append("ts")
      case 0x94: names.append("ra")
      default: break
      }
      guard index + 1 < bytes.count, bytes[index + 1] >= 2 else { break }
      index += Int(bytes[index + 1])
    }
    return names
  }
}
