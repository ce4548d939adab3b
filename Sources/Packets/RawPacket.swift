/// A packet from the bytes of its IP header and what follows (RFC 791, RFC 8200).
extension Packet {
  /// nil: too short for its own IP header, or of another version.
  package init?(bytes: [UInt8]) {
    guard let first = bytes.first else { return nil }
    if first >> 4 == 4 { self.init(ipv4: bytes) } else if first >> 4 == 6 { self.init(ipv6: bytes) } else { return nil }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt128 {
    bytes.reduce(0) { $0 << 8 | UInt128($1) }
  }

  private init?(ipv4 bytes: [UInt8]) {
    let header = Int(bytes[0] & 15) * 4
    guard header >= 20, bytes.count >= header else { return nil }
    self.init(
      source: .v4(UInt32(truncatingIfNeeded: Self.number(bytes[12..<16]))),
      destination: .v4(UInt32(truncatingIfNeeded: Self.number(bytes[16..<20]))), transportProtocol: bytes[9])
    (dscp, ecn, ttl) = (bytes[1] >> 2, bytes[1] & 3, bytes[8])
    ipID = UInt16(bytes[4]) << 8 | UInt16(bytes[5])
    let word = UInt16(bytes[6]) << 8 | UInt16(bytes[7])
    dontFragment = word & 0x4000 != 0
    moreFragments = word & 0x2000 != 0
    if word & 0x1fff != 0 { fragmentOffset = Int(word & 0x1fff) * 8 }
    let total = min(bytes.count, max(header, Int(bytes[2]) << 8 | Int(bytes[3])))
    readIPOptions(bytes[20..<header])
    read(transport: Array(bytes[header..<total]), isLaterFragment: fragmentOffset != nil)
  }

  mutating func readIPOptions(_ bytes: ArraySlice<UInt8>) {
    var at = bytes.startIndex
    while at < bytes.endIndex {
      let kind = bytes[at]
      if kind == 0 { return }
      if kind == 1 {
        ipOptions.append("nop")
        at += 1
        continue
      }
      guard at + 1 < bytes.endIndex, bytes[at + 1] >= 2 else { return }
      switch kind {
      case 131: ipOptions.append("lsrr")
      case 137: ipOptions.append("ssrr")
      case 7: ipOptions.append("rr")
      case 148: ipOptions.append("ra")
      case 68: ipOptions.append("ts")
      default: ipOptions.append(String(kind))
      }
      at += Int(bytes[at + 1])
    }
  }

  private init?(ipv6 bytes: [UInt8]) {
    guard bytes.count >= 40 else { return nil }
    self.init(
      source: .v6(Self.number(bytes[8..<24])), destination: .v6(Self.number(bytes[24..<40])),
      transportProtocol: bytes[6])
    let head = UInt32(truncatingIfNeeded: Self.number(bytes[0..<4]))
    let tos = UInt8(truncatingIfNeeded: head >> 20)
    (dscp, ecn, ttl) = (tos >> 2, tos & 3, bytes[7])
    flowLabel = head & 0xf_ffff
    var next = bytes[6]
    var at = 40
    let end = min(bytes.count, 40 + (Int(bytes[4]) << 8 | Int(bytes[5])))
    while at + 8 <= end {
      let length: Int
      switch next {
      case 0: extensionHeaders.append("hopopts")
      case 60: extensionHeaders.append("dstopts")
      case 43:
        extensionHeaders.append("rt")
        (routingType, routingSegmentsLeft) = (bytes[at + 2], bytes[at + 3])
      case 44:
        let word = UInt16(bytes[at + 2]) << 8 | UInt16(bytes[at + 3])
        moreFragments = word & 1 != 0
        if word & 0xfff8 != 0 { fragmentOffset = Int(word & 0xfff8) }
        extensionHeaders.append("frag")
      default:
        transportProtocol = next
        read(transport: Array(bytes[at..<end]), isLaterFragment: false)
        return
      }
      length = next == 44 ? 8 : (Int(bytes[at + 1]) + 1) * 8
      next = bytes[at]
      at += length
      if fragmentOffset != nil { break }
    }
    transportProtocol = next
    read(transport: at < end ? Array(bytes[at..<end]) : [], isLaterFragment: fragmentOffset != nil)
    if fragmentOffset != nil { setLeadingBytesOfLaterFragment() }
  }

  /// In a later IPv6 fragment nft finds no transport header and reads from the IPv6 header's start.
  mutating func setLeadingBytesOfLaterFragment() {
    guard !source.isV4 else { return }
    leadingBytes = 0x6000_0000 | UInt32(dscp << 2 | ecn) << 20 | (flowLabel ?? 0)
    let lead = leadingBytes ?? 0
    tcpFlags = transportProtocol == IPProtocol.tcp ? UInt8(truncatingIfNeeded: source.value >> 80) : nil
    let isControl = transportProtocol == IPProtocol.icmp || transportProtocol == IPProtocol.icmpv6
    icmpType = isControl ? UInt8(lead >> 24) : nil
    icmpCode = isControl ? UInt8(lead >> 16 & 255) : nil
  }
}
