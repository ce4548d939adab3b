/// Lengths and leading bytes of packets whose plain fields say everything.
extension Packet {
  /// Sets the transport header's length and, where a packet has no ports, the bytes that stand in their place.
  package mutating func settleLength() {
    let payload = max(0, payloadLength ?? 0)
    switch transportProtocol {
    case IPProtocol.tcp:
      tcpHeaderLength = tcpMSS == nil ? 5 : 6
      transportLength = 20 + (tcpMSS == nil ? 0 : 4) + payload
    case IPProtocol.udp, IPProtocol.udplite: transportLength = 8 + payload
    case IPProtocol.sctp: transportLength = 32
    case IPProtocol.dccp: transportLength = 20
    case IPProtocol.icmp, IPProtocol.icmpv6: settleICMP(payload)
    case IPProtocol.gre:
      transportLength = 4 + payload
      // RFC 2784 without options, carrying IPv4.
      leadingBytes = 0x0000_0800
    case IPProtocol.esp:
      transportLength = 24 + payload
      leadingBytes = 0x100
    case IPProtocol.ah:
      transportLength = 24 + payload
      leadingBytes = 0x3b04_0000
    case IPProtocol.igmp:
      transportLength = 8
      leadingBytes = 0x1100_eeff
    default:
      transportLength = payload == 0 ? 8 : payload
      leadingBytes = 0
    }
  }

  private mutating func settleICMP(_ payload: Int) {
    let isV6 = transportProtocol == IPProtocol.icmpv6
    guard let type = icmpType, let code = icmpCode else { return }
    var words = UInt32(type) << 8 | UInt32(code)
    let length: Int
    switch (isV6, type) {
    case (true, 133...137), (true, 130...132): (length, words) = neighbourMessage(type, words)
    case (false, 3), (false, 4), (false, 5), (false, 11), (false, 12):
      length = 36
      words &+= 0x4500
    default:
      length = 8 + payload + (isV6 ? 0 : type == 13 || type == 14 ? 12 : type == 17 || type == 18 ? 4 : 0)
      words &+= UInt32(icmpID ?? 0) &+ UInt32(icmpSequence ?? 0)
    }
    transportLength = length
    guard icmpID != nil, icmpSequence != nil else { return }
    if isV6, !source.isV4 {
      for address in [source.value, destination.value] {
        for shift in stride(from: 0, to: 128, by: 16) {
          words &+= UInt32(truncatingIfNeeded: address >> UInt128(shift)) & 0xffff
        }
      }
      words &+= UInt32(length) &+ 58
    }
    while words >> 16 != 0 { words = words & 0xffff &+ words >> 16 }
    var sum = ~UInt16(truncatingIfNeeded: words)
    if hasBadChecksum {
      sum ^= 0x5555
      if sum == 0 { sum = 1 }
    }
    leadingBytes = UInt32(type) << 24 | UInt32(code) << 16 | UInt32(sum)
  }

  /// Neighbour discovery and listener messages with their default targets (fe80::1, ff02::1234): length, sum of words.
  private func neighbourMessage(_ type: UInt8, _ head: UInt32) -> (Int, UInt32) {
    switch type {
    case 130...132: (24, head &+ 1000 &+ 0xff02 &+ 0x1234)
    case 133: (8, head)
    case 134: (16, head &+ 0x4000)
    case 135: (24, head &+ 0xfe81)
    case 136: (24, head &+ 0x6000 &+ 0xfe81)
    default: (40, head &+ 0xfe81 &+ 0xfe81)
    }
  }
}
