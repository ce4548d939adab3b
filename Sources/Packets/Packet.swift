/// One concrete packet, with what is assumed about it: the hook where it is looked at and its conntrack state.
/// The JSON form (`Packet+JSON.swift`) is the schema of the kernel oracle, so that a witness can be replayed.
package struct Packet: Hashable, Sendable {
  /// `input`, `forward` or `output`: which way it goes. nil: routing decides (unknown).
  package var hook: Hook?
  package var inInterface: String?
  package var outInterface: String?
  package var source: Address
  package var destination: Address
  /// IP protocol number.
  package var transportProtocol: UInt8
  package var sourcePort: UInt16?
  package var destinationPort: UInt16?
  /// `TCPFlag` bits; nil unless TCP.
  package var tcpFlags: UInt8?
  package var icmpType: UInt8?
  package var icmpCode: UInt8?
  /// Next-hop MTU in an ICMP 3/4 or ICMPv6 2 message.
  package var icmpMTU: UInt32?
  package var ttl: UInt8 = 64
  package var dscp: UInt8 = 0
  package var ecn: UInt8 = 0
  package var mark: UInt32 = 0
  package var socketUID: UInt32?
  package var socketGID: UInt32?
  /// Names as the oracle takes them: lsrr ssrr rr ra ts nop.
  package var ipOptions: [String] = []
  /// IPv6 extension headers in order: hopopts dstopts rt frag.
  package var extensionHeaders: [String] = []
  /// Offset in bytes of a fragment; nil when not fragmented.
  package var fragmentOffset: Int?
  package var moreFragments = false
  package var dontFragment = false
  package var payloadLength: Int?
  package var packetType: PacketType = .host
  /// `packetType` was said and does not follow from the destination.
  package var hasGivenType = false
  /// The conntrack state assumed; nil: what the kernel would give it with no flow known.
  package var state: ConntrackState?
  /// The packet goes in the reply direction of its flow; only with state established or related.
  package var isReply = false
  /// The connection's mark; it has a meaning when conntrack knows the packet.
  package var conntrackMark: UInt32 = 0
  /// Its transport checksum is wrong: conntrack calls it invalid when it comes from outside.
  package var hasBadChecksum = false
  /// The maximum segment size option of a TCP packet; nil: it has none.
  package var tcpMSS: UInt16?
  /// The route back to its source leaves by the interface it came from; nil: not known.
  package var reversePathOK: Bool?
  /// A known flow's later packet before any answer: conntrack still calls it new.
  package var isOfSeenFlow = false
  /// Numbers that most questions leave open; nil: not known.
  package var ipID: UInt16?
  package var flowLabel: UInt32?
  package var tcpSequence: UInt32?
  package var tcpAcknowledgment: UInt32?
  package var tcpWindow: UInt16?
  package var tcpUrgent: UInt16?
  package var icmpID: UInt16?
  package var icmpSequence: UInt16?
  /// Kinds of the TCP options beside the maximum segment size; nil: not known.
  package var tcpOptionKinds: [UInt8]?
  /// In words of 32 bits; nil: not known.
  package var tcpHeaderLength: UInt8?
  /// The type of the IPv6 routing header.
  package var routingType: UInt8 = 0
  package var routingSegmentsLeft: UInt8 = 0
  /// Ethernet addresses, 48 bits; nil: not known.
  package var sourceMAC: UInt64?
  package var destinationMAC: UInt64?
  /// The first four bytes behind the IP header as they stand on the wire, where they are not the ports of the
  /// packet's own header (another protocol, a later fragment); nil: not known.
  package var leadingBytes: UInt32?
  /// Bytes behind the IP header and all extension headers; nil: not known.
  package var transportLength: Int?
  /// The transport header is cut off: conntrack calls the packet invalid.
  package var isTruncated = false
  /// The packet quoted in an ICMP error: none or one element.
  package var inner: [Packet] = []

  package init(source: Address, destination: Address, transportProtocol: UInt8) {
    self.source = source
    self.destination = destination
    self.transportProtocol = transportProtocol
  }
}
