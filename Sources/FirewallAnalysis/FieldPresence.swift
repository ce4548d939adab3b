import PacketSets
import Packets

/// When a packet has a field at all. Every field's range is widened by one value that stands for "absent"
/// (`Field.absent`), so that "not in the set" and "not there" stay apart in one set of numbers.
extension Field {
  /// The number beyond the field's largest one. Fields of 128 bits have none: their presence follows from the guard.
  var absent: UInt128? { width == 128 ? nil : maximum + 1 }

  /// Everything a packet may have here, absence included.
  var domain: ValueSet {
    switch self {
    case .family:
      ValueSet(
        values: [NetworkProtocol.ipv4, NetworkProtocol.arp, NetworkProtocol.bridge, NetworkProtocol.ipv6])
    case .ctState: ValueSet(Interval(0, UInt128(ConntrackState.allCases.count - 1)))
    case .packetType: ValueSet(Interval(0, UInt128(PacketType.allCases.count - 1)))
    default:
      if mayBeAbsent, let absent { ValueSet(Interval(0, absent)) } else { ValueSet(Interval(0, maximum)) }
    }
  }

  /// Another field whose value decides whether this one is there.
  struct Presence {
    var guardField: Field
    /// Values of the guard with which the field can be there.
    var possible: ValueSet
    /// Values of the guard with which it always is there.
    var certain: ValueSet
  }

  /// nil: always there, or free to be there or not; see `mayBeAbsent`.
  var presence: Presence? {
    switch self {
    case .source, .destination, .transportProtocol, .dscp, .ecn, .ttl, .fragmentOffset, .moreFragments:
      Presence(guardField: .family, possible: Self.anyIP, certain: Self.anyIP)
    case .ipID, .ipHeaderLength, .ipTotalLength, .dontFragment, .hasLSRR, .hasSSRR, .hasRecordRoute,
      .hasTimestampOption, .hasRouterAlert:
      Presence(guardField: .family, possible: Self.v4, certain: Self.v4)
    case .nextHeader, .flowLabel, .hasHopByHop, .hasDestinationOptions, .hasRoutingHeader, .hasFragmentHeader,
      .hasMobilityHeader, .hasAH, .hasESP:
      Presence(guardField: .family, possible: Self.v6, certain: Self.v6)
    case .routingType, .routingLength, .routingSegmentsLeft:
      Presence(guardField: .hasRoutingHeader, possible: ValueSet(1), certain: ValueSet(1))
    case .fragmentID, .fragmentReserved, .fragmentReservedBits:
      Presence(guardField: .hasFragmentHeader, possible: ValueSet(1), certain: ValueSet(1))
    case .hopByHopLength: Presence(guardField: .hasHopByHop, possible: ValueSet(1), certain: ValueSet(1))
    case .destinationOptionsLength:
      Presence(guardField: .hasDestinationOptions, possible: ValueSet(1), certain: ValueSet(1))
    case .ahLength, .ahReserved, .ahSPI:
      Presence(guardField: .transportProtocol, possible: ValueSet(51), certain: ValueSet(51))
    case .espSPI: Presence(guardField: .transportProtocol, possible: ValueSet(50), certain: ValueSet(50))
    case .ipcompCPI: Presence(guardField: .transportProtocol, possible: ValueSet(108), certain: ValueSet(108))
    case .dccpType: Presence(guardField: .transportProtocol, possible: ValueSet(33), certain: ValueSet(33))
    case .mobilityType: Presence(guardField: .transportProtocol, possible: ValueSet(135), certain: ValueSet(135))
    case .sourcePort, .destinationPort:
      Presence(guardField: .transportProtocol, possible: Self.withPorts, certain: Self.withPorts)
    case .tcpFlags, .tcpSequence, .tcpAcknowledgment, .tcpWindow, .tcpUrgent, .tcpOptionKinds, .tcpHeaderLength:
      Presence(guardField: .transportProtocol, possible: ValueSet(6), certain: ValueSet(6))
    case .tcpMSS: Presence(guardField: .transportProtocol, possible: ValueSet(6), certain: .empty)
    case .udpLength:
      Presence(
        guardField: .transportProtocol, possible: ValueSet(values: [17, 136]), certain: ValueSet(values: [17, 136]))
    case .icmpType, .icmpCode:
      Presence(guardField: .transportProtocol, possible: Self.anyICMP, certain: Self.anyICMP)
    case .icmpID, .icmpSequence, .icmpMTU:
      Presence(guardField: .transportProtocol, possible: Self.anyICMP, certain: .empty)
    case .arpOperation, .arpSenderIP, .arpTargetIP:
      Presence(guardField: .family, possible: ValueSet(3), certain: ValueSet(3))
    case .ctDirection, .ctStatus, .ctMark, .ctZone, .ctOriginalSource, .ctOriginalDestination, .ctReplySource,
      .ctReplyDestination:
      Presence(guardField: .ctState, possible: Self.tracked, certain: Self.tracked)
    case .ctOriginalSourcePort, .ctOriginalDestinationPort, .ctReplySourcePort, .ctReplyDestinationPort:
      Presence(guardField: .ctState, possible: Self.tracked, certain: .empty)
    default: nil
    }
  }

  /// True for fields without a guard that a packet may lack.
  var mayBeAbsent: Bool {
    switch self {
    case .etherSource, .etherDestination, .etherType, .vlanID, .vlanPriority, .socketUID, .socketGID: true
    default: presence != nil && width < 128
    }
  }

  private static let v4 = ValueSet(NetworkProtocol.ipv4)
  private static let v6 = ValueSet(NetworkProtocol.ipv6)
  private static let anyIP = ValueSet(values: [NetworkProtocol.ipv4, NetworkProtocol.ipv6])
  static let withPorts = ValueSet(values: [6, 17, 33, 132, 136])
  private static let anyICMP = ValueSet(values: [1, 58])
  private static let tracked = ValueSet(
    values: [ConntrackState.established, .related, .new].map { UInt128($0.rawValue) })
}
