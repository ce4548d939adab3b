package import JSONText

/// One line of a packet file: a packet, what is to be sent before it, and whether conntrack remembers earlier lines.
/// The schema is the kernel oracle's (its README).
package struct PacketRequest: Sendable {
  /// The `id` member's JSON text; empty: none.
  package var id: [UInt8] = []
  package var packet: Packet
  /// Packets that go through the rules first, in order.
  package var prelude: [Packet] = []
  /// Flows that earlier packets opened are still known.
  package var keepsFlows = false

  package init(packet: Packet) { self.packet = packet }

  package init(json: JSONValue) throws(PacketProblem) {
    var packet = try Packet(json: json)
    var prelude: [Packet] = []
    switch json["prelude"] {
    case nil, .null: break
    case .array(let parts):
      for part in parts { prelude.append(try Packet(json: part)) }
    case .string("established"): prelude = Self.handshake(&packet, json, isWhole: true)
    case .string("syn"): prelude = Self.handshake(&packet, json, isWhole: false)
    default: throw PacketProblem("`prelude` is a list of packets, \"established\" or \"syn\"")
    }
    self.packet = packet
    self.prelude = prelude
    if let id = json["id"] { self.id = id.written() }
    keepsFlows = json["keep"]?.boolValue ?? false
  }

  /// The packets that open the flow of a packet: three for TCP, a question and its answer otherwise. The packet then
  /// goes on where they end.
  private static func handshake(_ packet: inout Packet, _ json: JSONValue, isWhole: Bool) -> [Packet] {
    var first = packet
    first.state = nil
    (first.isReply, first.isOfSeenFlow) = (false, false)
    first.payloadLength = nil
    first.transportLength = nil
    var answer = first
    swap(&answer.source, &answer.destination)
    swap(&answer.sourcePort, &answer.destinationPort)
    answer.packetType = Packet.natural(for: answer.destination)
    switch packet.hook {
    case .forward: swap(&answer.inInterface, &answer.outInterface)
    case .output:
      (answer.hook, answer.inInterface, answer.outInterface) = (.input, packet.outInterface ?? "eth0", nil)
    default: (answer.hook, answer.inInterface, answer.outInterface) = (.output, nil, packet.inInterface ?? "eth0")
    }
    guard packet.transportProtocol == IPProtocol.tcp else {
      if let type = packet.icmpType {
        answer.icmpType = type == 8 ? 0 : type == 128 ? 129 : 0
      }
      return isWhole ? [first, answer] : [first]
    }
    if json["seq"] == nil { packet.tcpSequence = 1000 }
    if json["ack"] == nil { packet.tcpAcknowledgment = 5000 }
    if json["flags"] == nil { packet.tcpFlags = TCPFlag.psh | TCPFlag.ack }
    first.tcpFlags = TCPFlag.syn
    (first.tcpSequence, first.tcpAcknowledgment) = (999, 0)
    guard isWhole else { return [first] }
    answer.tcpFlags = TCPFlag.syn | TCPFlag.ack
    (answer.tcpSequence, answer.tcpAcknowledgment) = (4999, 1000)
    var third = first
    third.tcpFlags = TCPFlag.ack
    (third.tcpSequence, third.tcpAcknowledgment) = (1000, 5000)
    return [first, answer, third]
  }
}
