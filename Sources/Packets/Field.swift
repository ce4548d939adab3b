/// One property of a packet at one place of its journey. Every field is an unsigned number of at most 128 bits in
/// host order, so that any condition is a set of intervals.
///
/// Interface names are the kernel's own 16 bytes (IFNAMSIZ, zero padded) read as one big-endian number: a wildcard
/// such as `eth*` is then one interval, and the missing interface is 0.
package enum Field: UInt8, CaseIterable, Hashable, Sendable {
  /// NFPROTO number: 2 IPv4, 10 IPv6, 3 ARP, 7 bridge (neither IP nor ARP).
  case family
  case inInterface, outInterface
  case inInterfaceType, outInterfaceType
  case inInterfaceGroup, outInterfaceGroup
  case etherSource, etherDestination, etherType, vlanID, vlanPriority
  /// IPv4 addresses are the low 32 bits; `family` tells them apart.
  case source, destination
  /// The upper-layer protocol behind all extension headers (`meta l4proto`).
  case transportProtocol
  /// `ip6 nexthdr`: the protocol number in the fixed header only.
  case nextHeader
  case dscp, ecn, ttl, ipID, ipHeaderLength, ipTotalLength, packetLength, flowLabel
  case fragmentOffset, moreFragments, dontFragment
  /// 0 or 1 each: the option or header is there.
  case hasLSRR, hasSSRR, hasRecordRoute, hasTimestampOption, hasRouterAlert
  case hasHopByHop, hasDestinationOptions, hasRoutingHeader, hasFragmentHeader, hasMobilityHeader, hasAH, hasESP
  case routingType
  case sourcePort, destinationPort
  case tcpFlags, tcpSequence, tcpAcknowledgment, tcpWindow, tcpUrgent, tcpMSS
  case udpLength
  case icmpType, icmpCode, icmpID, icmpSequence, icmpMTU
  case arpOperation, arpSenderIP, arpTargetIP
  /// `ConntrackState.rawValue`.
  case ctState
  /// 0 original, 1 reply. Absent on invalid and untracked packets, as are the next fields.
  case ctDirection
  case ctStatus, ctMark, ctZone
  case ctOriginalSource, ctOriginalDestination, ctOriginalSourcePort, ctOriginalDestinationPort
  case mark, priority
  /// `PacketType.rawValue`.
  case packetType
  /// `AddressType.rawValue` by the local routing table (`fib saddr type`, `-m addrtype`).
  case sourceAddressType, destinationAddressType
  /// 1 when the route back to the source leaves by the interface it came from (`fib saddr . iif oif exists`).
  case reversePathOK
  case socketUID, socketGID
  /// IP Authentication Header (RFC 4302): payload length as it stands, reserved field, security parameters index.
  case ahLength, ahReserved, ahSPI
  /// ESP (RFC 4303): security parameters index. IPComp (RFC 3173): compression parameter index.
  case espSPI, ipcompCPI
  /// DCCP packet type (RFC 4340) and mobility header type (RFC 6275).
  case dccpType, mobilityType
  /// IPv6 fragment header (RFC 8200): identification, the reserved byte and the two reserved bits.
  case fragmentID, fragmentReserved, fragmentReservedBits
  /// IPv6 extension headers: their length field as it stands (in units of 8 bytes, not counting the first), and the
  /// segments left of a routing header.
  case routingLength, routingSegmentsLeft, hopByHopLength, destinationOptionsLength
  /// The flow's answers as they come in: reversed, and after translation.
  case ctReplySource, ctReplyDestination, ctReplySourcePort, ctReplyDestinationPort
  /// Bit n is set when an option of kind n stands in the TCP header (n below 64).
  case tcpOptionKinds
  /// `tcp doff`, in words of 32 bits.
  case tcpHeaderLength

  /// Width in bits: 1…128.
  package var width: Int {
    switch self {
    case .inInterface, .outInterface, .source, .destination, .ctOriginalSource, .ctOriginalDestination, .ctReplySource,
      .ctReplyDestination:
      128
    case .tcpOptionKinds: 64
    case .etherSource, .etherDestination: 48
    case .tcpSequence, .tcpAcknowledgment, .mark, .priority, .ctMark, .ctStatus, .socketUID, .socketGID,
      .inInterfaceGroup, .outInterfaceGroup, .arpSenderIP, .arpTargetIP, .packetLength, .icmpMTU, .ahSPI, .espSPI,
      .fragmentID:
      32
    case .flowLabel: 20
    case .etherType, .ipID, .ipTotalLength, .sourcePort, .destinationPort, .tcpWindow, .tcpUrgent, .tcpMSS, .udpLength,
      .icmpID, .icmpSequence, .ahReserved, .ipcompCPI, .arpOperation, .inInterfaceType, .outInterfaceType, .ctZone,
      .ctOriginalSourcePort, .ctOriginalDestinationPort, .ctReplySourcePort, .ctReplyDestinationPort:
      16
    case .fragmentOffset: 13
    case .vlanID: 12
    case .family, .transportProtocol, .nextHeader, .ttl, .routingType, .tcpFlags, .icmpType, .icmpCode,
      .sourceAddressType, .destinationAddressType, .ahLength, .mobilityType, .fragmentReserved, .routingLength,
      .routingSegmentsLeft, .hopByHopLength, .destinationOptionsLength:
      8
    case .dscp: 6
    case .ipHeaderLength, .tcpHeaderLength, .dccpType: 4
    case .vlanPriority, .ctState, .packetType: 3
    case .ecn, .fragmentReservedBits: 2
    case .moreFragments, .dontFragment, .hasLSRR, .hasSSRR, .hasRecordRoute, .hasTimestampOption, .hasRouterAlert,
      .hasHopByHop, .hasDestinationOptions, .hasRoutingHeader, .hasFragmentHeader, .hasMobilityHeader, .hasAH, .hasESP,
      .ctDirection, .reversePathOK:
      1
    }
  }

  /// The largest value: 2^width − 1.
  package var maximum: UInt128 { width == 128 ? UInt128.max : (UInt128(1) << UInt128(width)) - 1 }
}

/// NFPROTO numbers as they stand in `Field.family`.
package enum NetworkProtocol {
  package static let ipv4: UInt128 = 2
  package static let arp: UInt128 = 3
  package static let bridge: UInt128 = 7
  package static let ipv6: UInt128 = 10
}

/// What conntrack says of a packet.
package enum ConntrackState: UInt8, CaseIterable, Hashable, Sendable {
  case invalid, established, related, new, untracked

  /// The name in nft(8), lower case; iptables writes it in upper case.
  package var name: String {
    switch self {
    case .invalid: "invalid"
    case .established: "established"
    case .related: "related"
    case .new: "new"
    case .untracked: "untracked"
    }
  }
}

/// PACKET_* of linux/if_packet.h.
package enum PacketType: UInt8, CaseIterable, Hashable, Sendable {
  case host, broadcast, multicast, otherHost
}

/// RTN_* of linux/rtnetlink.h, as `fib … type` and `-m addrtype` know them.
package enum AddressType: UInt8, CaseIterable, Hashable, Sendable {
  case unspec, unicast, local, broadcast, anycast, multicast, blackhole, unreachable, prohibit, `throw`, nat, xresolve
}

/// Where in a packet's journey a base chain stands.
package enum Hook: UInt8, CaseIterable, Hashable, Sendable {
  case ingress, prerouting, input, forward, output, postrouting, egress

  /// The name in nft(8).
  package var name: String {
    switch self {
    case .ingress: "ingress"
    case .prerouting: "prerouting"
    case .input: "input"
    case .forward: "forward"
    case .output: "output"
    case .postrouting: "postrouting"
    case .egress: "egress"
    }
  }
}

/// TCP flag bits in the order of the wire (RFC 9293, header format): FIN is bit 0.
package enum TCPFlag {
  package static let fin: UInt8 = 0x01
  package static let syn: UInt8 = 0x02
  package static let rst: UInt8 = 0x04
  package static let psh: UInt8 = 0x08
  package static let ack: UInt8 = 0x10
  package static let urg: UInt8 = 0x20
  package static let ece: UInt8 = 0x40
  package static let cwr: UInt8 = 0x80
}

/// IP protocol numbers (IANA "Protocol Numbers") that the rooms name.
package enum IPProtocol {
  package static let icmp: UInt8 = 1
  package static let igmp: UInt8 = 2
  package static let tcp: UInt8 = 6
  package static let udp: UInt8 = 17
  package static let dccp: UInt8 = 33
  package static let ipv6: UInt8 = 41
  package static let gre: UInt8 = 47
  package static let esp: UInt8 = 50
  package static let ah: UInt8 = 51
  package static let icmpv6: UInt8 = 58
  package static let sctp: UInt8 = 132
  package static let udplite: UInt8 = 136
}

/// Interface names as numbers; see `Field`.
package enum InterfaceName {
  /// The kernel's limit (IFNAMSIZ − 1).
  package static let maximumLength = 15

  /// The number of a name; bytes beyond 16 are cut off.
  package static func value(_ name: String) -> UInt128 {
    var value: UInt128 = 0
    var count = 0
    for byte in name.utf8.prefix(16) {
      value = value << 8 | UInt128(byte)
      count += 1
    }
    return value << UInt128(8 * (16 - count))
  }

  /// The closed interval of all names that start with a prefix. The empty prefix gives every name and the missing one.
  package static func prefixBounds(_ prefix: String) -> (lower: UInt128, upper: UInt128) {
    let lower = value(prefix)
    let free = 8 * (16 - min(16, prefix.utf8.count))
    let mask: UInt128 = free == 0 ? 0 : free == 128 ? .max : (UInt128(1) << UInt128(free)) - 1
    return (lower, lower | mask)
  }

  /// The name of a number: its bytes up to the first zero; invalid UTF-8 is repaired. 0 gives "".
  package static func name(_ value: UInt128) -> String {
    var bytes: [UInt8] = []
    for index in 0..<16 {
      let byte = UInt8(truncatingIfNeeded: value >> UInt128(8 * (15 - index)))
      if byte == 0 { break }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
