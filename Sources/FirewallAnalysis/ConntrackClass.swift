import Packets

/// The state that Linux gives to a packet of which it knows no flow (measured on 6.18 with default sysctls).
enum ConntrackClass {
  /// ICMPv6 that conntrack leaves alone: neighbour discovery and multicast listener messages.
  static func isAlwaysUntracked(family: UInt128, transport: UInt8, icmpType: UInt8?) -> Bool {
    guard family == NetworkProtocol.ipv6, transport == IPProtocol.icmpv6, let icmpType else { return false }
    return (130...136).contains(icmpType) || icmpType == 143
  }

  static func state(of packet: Packet) -> ConntrackState {
    let family = packet.source.family
    if isAlwaysUntracked(family: family, transport: packet.transportProtocol, icmpType: packet.icmpType) {
      return .untracked
    }
    if packet.isTruncated || hasFault(packet, comesIn: packet.hook != .output) { return .invalid }
    if packet.state == .established, !canBelongToFlow(packet) { return .invalid }
    // A flow from an address and port to itself is its own answer.
    let isToItself = packet.source == packet.destination && packet.sourcePort == packet.destinationPort
    if packet.state == .related, packet.icmpType == nil, isToItself { return .established }
    if let state = packet.state { return state }
    return opens(packet) ? .new : .invalid
  }

  /// Header faults for which conntrack calls a packet invalid. Checksums are verified on what comes in only.
  static func hasFault(_ packet: Packet, comesIn: Bool) -> Bool {
    if packet.hasBadChecksum, comesIn, verifiesChecksum(packet.transportProtocol) { return true }
    // Linux 6.18 sums up UDP-Lite with UDP's pseudo header, so that nothing that comes in holds.
    if packet.transportProtocol == IPProtocol.udplite, comesIn { return true }
    guard packet.transportProtocol == IPProtocol.tcp, let flags = packet.tcpFlags else { return false }
    return !tcpIsValid(flags)
  }

  /// Would the packet open a flow when none is known?
  static func opens(_ packet: Packet) -> Bool {
    switch packet.transportProtocol {
    case IPProtocol.tcp: return tcpOpens(packet.tcpFlags ?? TCPFlag.syn)
    case IPProtocol.icmp:
      return !packet.source.isV4 || ICMPType.isQuery(packet.icmpType ?? 8, isV6: false)
    case IPProtocol.icmpv6:
      return packet.source.isV4 || ICMPType.isQuery(packet.icmpType ?? 128, isV6: true)
    default: return true
    }
  }

  /// Of ICMP only queries and their answers are flows; everything else is an error or stands alone.
  private static func canBelongToFlow(_ packet: Packet) -> Bool {
    guard let type = packet.icmpType else { return true }
    let isV6 = packet.transportProtocol == IPProtocol.icmpv6
    guard isV6 != packet.source.isV4 else { return true }
    return ICMPType.isQuery(type, isV6: isV6) || ICMPType.isAnswer(type, isV6: isV6)
  }

  private static func verifiesChecksum(_ transport: UInt8) -> Bool {
    switch transport {
    case IPProtocol.tcp, IPProtocol.udp, IPProtocol.udplite, IPProtocol.dccp, IPProtocol.sctp, IPProtocol.icmp,
      IPProtocol.icmpv6:
      true
    default: false
    }
  }

  /// Flag bytes that TCP conntrack takes at all (nf_conntrack_proto_tcp, `tcp_valid_flags`).
  private static func tcpIsValid(_ flags: UInt8) -> Bool {
    let core = flags & ~(TCPFlag.psh | TCPFlag.ece | TCPFlag.cwr)
    let (syn, ack, fin, rst, urg) = (TCPFlag.syn, TCPFlag.ack, TCPFlag.fin, TCPFlag.rst, TCPFlag.urg)
    return [syn, syn | urg, syn | ack, rst, rst | ack, fin | ack, fin | ack | urg, ack, ack | urg].contains(core)
  }

  /// The flag bytes with which TCP conntrack opens a flow: SYN, and ACK in mid-stream (tcp_loose). PSH, ECE, CWR and URG
  /// do not count; what the protocol forbids is invalid.
  private static func tcpOpens(_ flags: UInt8) -> Bool {
    let core = flags & ~(TCPFlag.psh | TCPFlag.ece | TCPFlag.cwr)
    switch core {
    case TCPFlag.syn, TCPFlag.ack, TCPFlag.ack | TCPFlag.urg, TCPFlag.syn | TCPFlag.urg: return true
    default: return false
    }
  }
}
