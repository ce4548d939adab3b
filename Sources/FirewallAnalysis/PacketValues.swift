import PacketSets
package import Packets

/// A concrete packet as the rules see it at one place: a number for every field, or absent, or there but not known.
package struct PacketValues: Sendable {
  private var values: [UInt128]
  private var present: UInt128 = 0
  private var unknown: UInt128 = 0

  init() { values = Array(repeating: 0, count: Self.fieldCount) }

  private static let fieldCount = Field.allCases.count

  /// The value; nil when absent or not known.
  package subscript(field: Field) -> UInt128? {
    let bit = UInt128(1) << UInt128(field.rawValue)
    return present & bit != 0 && unknown & bit == 0 ? values[Int(field.rawValue)] : nil
  }

  @inline(__always) func isPresent(_ field: Field) -> Bool { present & (UInt128(1) << UInt128(field.rawValue)) != 0 }
  @inline(__always) func isUnknown(_ field: Field) -> Bool { unknown & (UInt128(1) << UInt128(field.rawValue)) != 0 }
  /// The number of a present and known field; 0 otherwise.
  @inline(__always) func number(_ field: Field) -> UInt128 { values[Int(field.rawValue)] }

  mutating func set(_ field: Field, _ value: some BinaryInteger) {
    values[Int(field.rawValue)] = UInt128(truncatingIfNeeded: value)
    present |= UInt128(1) << UInt128(field.rawValue)
    unknown &= ~(UInt128(1) << UInt128(field.rawValue))
  }

  mutating func set(_ field: Field, if condition: Bool) { set(field, condition ? 1 : 0) }

  mutating func setUnknown(_ field: Field) {
    present |= UInt128(1) << UInt128(field.rawValue)
    unknown |= UInt128(1) << UInt128(field.rawValue)
  }

  /// The connection's status bits under a mask (IPS_* of linux/netfilter/nf_conntrack_common.h); nil when one of them
  /// is not told by the packet's state. `translates`: some rule may have changed the flow's addresses.
  func knownStatus(_ mask: UInt128, translates: Bool) -> UInt128? {
    let (expected, seenReply, assured, confirmed): (UInt128, UInt128, UInt128, UInt128) = (1, 2, 4, 8)
    let natBits: UInt128 = translates ? 0 : 0x30
    switch self[.ctState].flatMap({ ConntrackState(rawValue: UInt8(truncatingIfNeeded: $0)) }) {
    case .new: return mask & ~(expected | seenReply | assured | confirmed | natBits) == 0 ? 0 : nil
    case .established:
      return mask & ~(expected | seenReply | confirmed | natBits) == 0 ? mask & (seenReply | confirmed) : nil
    case .related: return mask & ~natBits == 0 ? 0 : nil
    default: return nil
    }
  }

  mutating func remove(_ field: Field) {
    present &= ~(UInt128(1) << UInt128(field.rawValue))
    unknown &= ~(UInt128(1) << UInt128(field.rawValue))
    values[Int(field.rawValue)] = 0
  }
}

extension PacketValues {
  /// What the packet itself says, apart from the hook: interfaces, conntrack and hop count are set on the way.
  init(_ packet: Packet) {
    self.init()
    set(.family, packet.source.family)
    set(.source, packet.source.value)
    set(.destination, packet.destination.value)
    set(.transportProtocol, packet.transportProtocol)
    set(.dscp, packet.dscp)
    set(.ecn, packet.ecn)
    set(.ttl, packet.ttl)
    set(.mark, packet.mark)
    set(.priority, 0)
    set(.packetType, packet.packetType.rawValue)
    let offset = (packet.fragmentOffset ?? 0) / 8
    set(.fragmentOffset, offset & 0x1fff)
    set(.moreFragments, if: packet.moreFragments)
    let isFragment = offset > 0 || packet.moreFragments
    if packet.source.isV4 { setIPv4(packet) } else { setIPv6(packet, isFragment: isFragment) }
    setTransport(packet, isLaterFragment: offset > 0)
    setLengths(packet, isFragment: isFragment)
    if let uid = packet.socketUID { set(.socketUID, uid) } else if packet.hook == .output { setUnknown(.socketUID) }
    if let gid = packet.socketGID { set(.socketGID, gid) } else if packet.hook == .output { setUnknown(.socketGID) }
    if let isOK = packet.reversePathOK { set(.reversePathOK, if: isOK) } else { setUnknown(.reversePathOK) }
    setAddressTypes(packet)
  }

  private mutating func setIPv4(_ packet: Packet) {
    if let number = packet.ipID { set(.ipID, number) } else { setUnknown(.ipID) }
    set(.dontFragment, if: packet.dontFragment)
    let options = packet.ipOptions
    set(.hasLSRR, if: options.contains("lsrr"))
    set(.hasSSRR, if: options.contains("ssrr"))
    set(.hasRecordRoute, if: options.contains("rr"))
    set(.hasTimestampOption, if: options.contains("ts"))
    set(.hasRouterAlert, if: options.contains("ra"))
    let length = options.reduce(0) { $0 + Self.optionLength($1) }
    set(.ipHeaderLength, min(15, 5 + (length + 3) / 4))
  }

  private static func optionLength(_ option: String) -> Int {
    switch option {
    case "lsrr", "ssrr", "rr": 7
    case "ts": 8
    case "ra": 4
    default: 1
    }
  }

  private mutating func setIPv6(_ packet: Packet, isFragment: Bool) {
    let headers = packet.extensionHeaders
    set(.hasHopByHop, if: headers.contains("hopopts") || headers.contains("hbh"))
    set(.hasDestinationOptions, if: headers.contains("dstopts") || headers.contains("dst"))
    set(.hasRoutingHeader, if: headers.contains("rt"))
    set(.hasFragmentHeader, if: headers.contains("frag") || isFragment)
    set(.hasMobilityHeader, if: headers.contains("mh") || packet.transportProtocol == 135)
    set(.hasAH, if: packet.transportProtocol == IPProtocol.ah)
    set(.hasESP, if: packet.transportProtocol == IPProtocol.esp)
    if headers.contains("rt") {
      set(.routingType, packet.routingType)
      for field in [Field.routingLength, .routingSegmentsLeft] { setUnknown(field) }
    }
    if isPresent(.hasFragmentHeader), number(.hasFragmentHeader) == 1 {
      for field in [Field.fragmentID, .fragmentReserved, .fragmentReservedBits] { setUnknown(field) }
    }
    if number(.hasHopByHop) == 1 { setUnknown(.hopByHopLength) }
    if number(.hasDestinationOptions) == 1 { setUnknown(.destinationOptionsLength) }
    set(.flowLabel, packet.flowLabel ?? 0)
    switch headers.first {
    case "hopopts", "hbh": set(.nextHeader, 0)
    case "dstopts", "dst": set(.nextHeader, 60)
    case "rt": set(.nextHeader, 43)
    case "frag": set(.nextHeader, 44)
    case nil: set(.nextHeader, isFragment ? 44 : packet.transportProtocol)
    default: setUnknown(.nextHeader)
    }
  }

  private mutating func setTransport(_ packet: Packet, isLaterFragment: Bool) {
    let hasPorts = ProtocolName.hasPorts(packet.transportProtocol)
    if isLaterFragment || !hasPorts {
      // nft reads whatever stands there as ports: the payload, or the head of another protocol.
      if let bytes = packet.leadingBytes {
        set(.sourcePort, bytes >> 16)
        set(.destinationPort, bytes & 0xffff)
      } else {
        setUnknown(.sourcePort)
        setUnknown(.destinationPort)
      }
    }
    if isLaterFragment {
      if let flags = packet.tcpFlags, packet.leadingBytes != nil { set(.tcpFlags, flags) }
      if packet.leadingBytes != nil, let type = packet.icmpType { set(.icmpType, type) }
      if packet.leadingBytes != nil, let code = packet.icmpCode { set(.icmpCode, code) }
      return
    }
    func number(_ field: Field, _ value: (some BinaryInteger)?) {
      if let value { set(field, value) } else if !packet.isTruncated { setUnknown(field) }
    }
    if hasPorts {
      number(.sourcePort, packet.sourcePort)
      number(.destinationPort, packet.destinationPort)
    }
    for field in Self.headerFields(of: packet.transportProtocol) { setUnknown(field) }
    switch packet.transportProtocol {
    case IPProtocol.tcp:
      number(.tcpFlags, packet.tcpFlags)
      number(.tcpSequence, packet.tcpSequence)
      number(.tcpAcknowledgment, packet.tcpAcknowledgment)
      number(.tcpWindow, packet.tcpWindow)
      number(.tcpUrgent, packet.tcpUrgent)
      if let mss = packet.tcpMSS { set(.tcpMSS, mss) }
      if packet.isTruncated { break }
      let options = packet.tcpOptionKinds ?? []
      if packet.tcpOptionKinds == nil { setUnknown(.tcpOptionKinds) } else { setOptions(options) }
      number(.tcpHeaderLength, packet.tcpHeaderLength)
    case IPProtocol.udp, IPProtocol.udplite:
      if let length = packet.transportLength, !packet.isTruncated, !packet.moreFragments {
        set(.udpLength, length)
      } else if packet.transportLength == nil {
        set(.udpLength, 8 + max(0, packet.payloadLength ?? 0))
      } else {
        setUnknown(.udpLength)
      }
    case IPProtocol.icmp, IPProtocol.icmpv6:
      if let type = packet.icmpType {
        set(.icmpType, type)
        if packet.leadingBytes == nil, let code = packet.icmpCode {
          // ICMP has no ports, but `th` reads the same bytes.
          set(.sourcePort, UInt16(type) << 8 | UInt16(code))
        }
      } else if !packet.isTruncated {
        setUnknown(.icmpType)
      }
      number(.icmpCode, packet.icmpCode)
      number(.icmpID, packet.icmpID)
      number(.icmpSequence, packet.icmpSequence)
      number(.icmpMTU, packet.icmpMTU)
    case IPProtocol.gre where packet.leadingBytes == nil:
      // RFC 2784 without options, carrying IPv4.
      set(.sourcePort, 0)
      set(.destinationPort, 0x0800)
    default: break
    }
  }

  /// Fields of headers of which a packet tells no more than that they are there.
  private static func headerFields(of transport: UInt8) -> [Field] {
    switch transport {
    case IPProtocol.ah: [.ahLength, .ahReserved, .ahSPI]
    case IPProtocol.esp: [.espSPI]
    case 108: [.ipcompCPI]
    case IPProtocol.dccp: [.dccpType]
    case 135: [.mobilityType]
    default: []
    }
  }

  private mutating func setOptions(_ kinds: [UInt8]) {
    set(.tcpOptionKinds, kinds.reduce(UInt64(0)) { $1 < 64 ? $0 | 1 << UInt64($1) : $0 })
  }

  /// Lengths are known where the packet's parts are.
  private mutating func setLengths(_ packet: Packet, isFragment: Bool) {
    if let length = packet.transportLength {
      let header = packet.source.isV4 ? Int(truncatingIfNeeded: number(.ipHeaderLength)) * 4 : 40
      let extra = packet.source.isV4 ? 0 : extensionLength(packet, isFragment: isFragment)
      set(.packetLength, header + extra + length)
      if packet.source.isV4 { set(.ipTotalLength, header + length) }
      return
    }
    let payload = max(0, packet.payloadLength ?? 0)
    var length: Int? = nil
    switch packet.transportProtocol {
    case IPProtocol.tcp: length = 20 + (packet.tcpMSS == nil ? 0 : 4) + payload
    case IPProtocol.udp, IPProtocol.udplite: length = 8 + payload
    case IPProtocol.icmp where packet.inner.isEmpty: length = Self.icmpLength(packet.icmpType).map { $0 + payload }
    case IPProtocol.icmpv6: length = Self.icmpv6Length(packet.icmpType).map { $0 + payload }
    case IPProtocol.gre: length = 4 + payload
    default: length = nil
    }
    guard !isFragment, packet.extensionHeaders.isEmpty, let length else {
      setUnknown(.packetLength)
      if packet.source.isV4 { setUnknown(.ipTotalLength) }
      return
    }
    let header = packet.source.isV4 ? Int(truncatingIfNeeded: number(.ipHeaderLength)) * 4 : 40
    set(.packetLength, header + length)
    if packet.source.isV4 { set(.ipTotalLength, header + length) }
  }

  /// Extension headers as the oracle writes them: a routing header with one address, the others of eight bytes.
  private func extensionLength(_ packet: Packet, isFragment: Bool) -> Int {
    if packet.extensionHeaders.isEmpty, !isFragment { return 0 }
    let given = packet.extensionHeaders.reduce(0) { $0 + ($1 == "rt" ? 24 : 8) }
    return isFragment && !packet.extensionHeaders.contains("frag") ? given + 8 : given
  }

  /// Header and fixed body of the ICMP queries and answers (RFC 792, RFC 950).
  private static func icmpLength(_ type: UInt8?) -> Int? {
    switch type {
    case 0, 8, 15, 16: 8
    case 13, 14: 20
    case 17, 18: 12
    default: nil
    }
  }

  /// Header and fixed body of ICMPv6 queries, answers, listener messages and neighbour discovery without options
  /// (RFC 4443, RFC 2710, RFC 4861). An error's length depends on what it quotes.
  private static func icmpv6Length(_ type: UInt8?) -> Int? {
    switch type {
    case 128, 129, 133: 8
    case 130, 131, 132, 135, 136: 24
    case 134: 16
    case 137: 40
    default: nil
    }
  }

  private mutating func setAddressTypes(_ packet: Packet) {
    func fixed(_ address: Address) -> AddressType? {
      switch Packet.natural(for: address) {
      case .broadcast: .broadcast
      case .multicast: .multicast
      default: address.value == 0 ? .unspec : nil
      }
    }
    if let type = fixed(packet.destination) {
      // The unspecified address is nowhere, so it is of no other kind.
      if type == .unspec { setUnknown(.destinationAddressType) } else { set(.destinationAddressType, type.rawValue) }
    } else {
      switch packet.hook {
      case .input:
        if packet.packetType == .broadcast {
          set(.destinationAddressType, AddressType.broadcast.rawValue)
        } else {
          set(.destinationAddressType, AddressType.local.rawValue)
        }
      case .forward: set(.destinationAddressType, AddressType.unicast.rawValue)
      default: setUnknown(.destinationAddressType)
      }
    }
    if packet.hook == .output {
      set(.sourceAddressType, AddressType.local.rawValue)
    } else if let type = fixed(packet.source), type != .unspec {
      set(.sourceAddressType, type.rawValue)
    } else if packet.reversePathOK == true {
      set(.sourceAddressType, AddressType.unicast.rawValue)
    } else {
      setUnknown(.sourceAddressType)
    }
  }
}
