package import Packets

/// One netfilter LOG line, every field of it. Fields that the line does not have are nil or empty.
package struct LogEvent: Sendable {
  /// Line in the input, from 1.
  package var line: Int
  /// Seconds, counted as `timeBase` says; nil without a time.
  package var time: Double?
  package var timeBase = TimeBase.none
  package var hostName: String?
  /// Text before `IN=`, without syslog's own head; trailing white space kept.
  package var prefix: String
  package var inInterface: String
  package var outInterface: String
  package var physicalIn: String?
  package var physicalOut: String?
  /// The bytes after `MAC=`: on Ethernet destination, source, type. From `MACSRC= MACDST= MACPROTO=` likewise.
  package var mac: [UInt8]
  package var vlanID: UInt16?
  package var vlanProtocol: UInt16?
  /// The outer addresses of a SIT tunnel, `a->b`.
  package var tunnel: String?
  package var arp: ARPRecord?
  /// False for a frame that is not IP: `packet` is then of no meaning (its addresses are 0.0.0.0).
  package var hasPacket = true
  package var packet: LoggedPacket
  package var mark: UInt32?
  package var uid: UInt32?
  package var gid: UInt32?

  package init(line: Int, prefix: String, inInterface: String, outInterface: String, packet: LoggedPacket) {
    self.line = line
    self.prefix = prefix
    self.inInterface = inInterface
    self.outInterface = outInterface
    self.packet = packet
    mac = []
  }
}

/// The packet part of a LOG line; `inner` is the packet quoted in brackets.
package struct LoggedPacket: Sendable {
  package var source: Address
  package var destination: Address
  package var length: Int?
  package var tos: UInt8?
  package var precedence: UInt8?
  package var ttl: UInt8?
  package var ipID: UInt32?
  package var flowLabel: UInt32?
  package var congestionExperienced = false
  package var dontFragment = false
  package var moreFragments = false
  package var fragmentOffset: Int?
  package var isIncomplete = false
  /// Bytes of `OPT (…)` of the IP header.
  package var ipOptions: [UInt8] = []
  /// nil when the protocol word is not known.
  package var transportProtocol: UInt8?
  package var sourcePort: UInt16?
  package var destinationPort: UInt16?
  package var tcpFlags: UInt8?
  package var tcpSequence: UInt32?
  package var tcpAcknowledgment: UInt32?
  package var tcpWindow: UInt16?
  package var tcpUrgent: UInt16?
  package var tcpOptions: [UInt8] = []
  package var udpLength: Int?
  package var icmpType: UInt8?
  package var icmpCode: UInt8?
  package var icmpID: UInt32?
  package var icmpSequence: UInt32?
  package var icmpParameter: UInt32?
  package var icmpGateway: Address?
  package var mtu: UInt32?
  package var spi: UInt32?
  /// The reserved bits after the TCP header's length, as `RES=` gives them.
  package var tcpReserved: UInt8?
  package var tcpAccurateECN = false
  /// The kernel saw fewer bytes than a header needs.
  package var isCutShort = false
  /// None or one element.
  package var inner: [LoggedPacket] = []

  package init(source: Address, destination: Address) {
    self.source = source
    self.destination = destination
  }
}
