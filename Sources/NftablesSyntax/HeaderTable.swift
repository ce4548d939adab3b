/// A field of a protocol header: where it is and what it holds.
package struct HeaderField: Sendable {
  /// In bits from the start of the header.
  package var offset: Int
  /// In bits.
  package var width: Int
  package var type: Datatype
  init(_ offset: Int, _ width: Int, _ type: Datatype = .integer) {
    self.offset = offset
    self.width = width
    self.type = type
  }
}

/// The headers that nft(8) knows, with the layout that their RFCs give them.
package enum HeaderTable {
  package static func field(_ header: Word, _ field: Word) -> HeaderField? {
    switch header {
    case .ip: ip(field)
    case .ip6: ip6(field)
    case .tcp: tcp(field)
    case .udp, .udplite, .th, .sctp, .dccp: transport(header, field)
    case .icmp, .igmp, .icmpv6: control(header, field)
    case .ether, .vlan, .arp: link(header, field)
    case .ah, .esp, .comp: security(header, field)
    case .gre, .gretap, .vxlan, .geneve: tunnel(header, field)
    case .hbh, .dst, .frag, .rt, .rt0, .rt2, .rt4, .srh, .mh: extensionHeader(header, field)
    default: nil
    }
  }

  private static func ip(_ field: Word) -> HeaderField? {
    switch field {
    case .version: HeaderField(0, 4)
    case .hdrlength: HeaderField(4, 4)
    case .dscp: HeaderField(8, 6, .dscp)
    case .ecn: HeaderField(14, 2, .ecn)
    case .length: HeaderField(16, 16)
    case .id: HeaderField(32, 16)
    case .fragOff: HeaderField(48, 16)
    case .ttl: HeaderField(64, 8)
    case .protocolWord: HeaderField(72, 8, .inetProtocol)
    case .checksum: HeaderField(80, 16)
    case .saddr: HeaderField(96, 32, .ipv4Address)
    case .daddr: HeaderField(128, 32, .ipv4Address)
    default: nil
    }
  }

  private static func ip6(_ field: Word) -> HeaderField? {
    switch field {
    case .version: HeaderField(0, 4)
    case .dscp: HeaderField(4, 6, .dscp)
    case .ecn: HeaderField(10, 2, .ecn)
    case .flowlabel: HeaderField(12, 20)
    case .length: HeaderField(32, 16)
    case .nexthdr: HeaderField(48, 8, .inetProtocol)
    case .hoplimit: HeaderField(56, 8)
    case .saddr: HeaderField(64, 128, .ipv6Address)
    case .daddr: HeaderField(192, 128, .ipv6Address)
    default: nil
    }
  }

  private static func tcp(_ field: Word) -> HeaderField? {
    switch field {
    case .sport: HeaderField(0, 16, .inetService)
    case .dport: HeaderField(16, 16, .inetService)
    case .sequence: HeaderField(32, 32)
    case .ackseq: HeaderField(64, 32)
    case .doff: HeaderField(96, 4)
    case .reserved: HeaderField(100, 4)
    case .flags: HeaderField(104, 8, .tcpFlag)
    case .window: HeaderField(112, 16)
    case .checksum: HeaderField(128, 16)
    case .urgptr: HeaderField(144, 16)
    default: nil
    }
  }

  private static func transport(_ header: Word, _ field: Word) -> HeaderField? {
    switch (header, field) {
    case (_, .sport): HeaderField(0, 16, .inetService)
    case (_, .dport): HeaderField(16, 16, .inetService)
    case (.udp, .length), (.udplite, .csumcov): HeaderField(32, 16)
    case (.udp, .checksum), (.udplite, .checksum): HeaderField(48, 16)
    case (.dccp, .type): HeaderField(67, 4, .dccpPacketType)
    case (.sctp, .vtag): HeaderField(32, 32)
    case (.sctp, .checksum): HeaderField(64, 32)
    default: nil
    }
  }

  private static func control(_ header: Word, _ field: Word) -> HeaderField? {
    switch (header, field) {
    case (.icmp, .type): HeaderField(0, 8, .icmpType)
    case (.icmp, .code): HeaderField(8, 8, .icmpCode)
    case (.icmpv6, .type): HeaderField(0, 8, .icmpv6Type)
    case (.icmpv6, .code): HeaderField(8, 8, .icmpv6Code)
    case (.igmp, .type): HeaderField(0, 8, .igmpType)
    case (.igmp, .mrt): HeaderField(8, 8)
    case (.igmp, .group): HeaderField(32, 32, .ipv4Address)
    case (_, .checksum): HeaderField(16, 16)
    case (.icmp, .id), (.icmpv6, .id): HeaderField(32, 16)
    case (.icmp, .sequence), (.icmpv6, .sequence): HeaderField(48, 16)
    case (.icmp, .gateway): HeaderField(32, 32)
    case (.icmp, .mtu): HeaderField(48, 16)
    case (.icmpv6, .parameterProblem), (.icmpv6, .mtu): HeaderField(32, 32)
    case (.icmpv6, .maxDelay): HeaderField(32, 16)
    case (.icmpv6, .taddr): HeaderField(64, 128, .ipv6Address)
    case (.icmpv6, .daddr): HeaderField(192, 128, .ipv6Address)
    default: nil
    }
  }

  private static func link(_ header: Word, _ field: Word) -> HeaderField? {
    switch (header, field) {
    case (.ether, .daddr): HeaderField(0, 48, .etherAddress)
    case (.ether, .saddr): HeaderField(48, 48, .etherAddress)
    case (.ether, .type): HeaderField(96, 16, .etherType)
    case (.vlan, .pcp): HeaderField(0, 3)
    case (.vlan, .dei), (.vlan, .cfi): HeaderField(3, 1)
    case (.vlan, .id): HeaderField(4, 12)
    case (.vlan, .type): HeaderField(16, 16, .etherType)
    case (.arp, .htype): HeaderField(0, 16)
    case (.arp, .ptype): HeaderField(16, 16, .etherType)
    case (.arp, .hlen): HeaderField(32, 8)
    case (.arp, .plen): HeaderField(40, 8)
    case (.arp, .operation): HeaderField(48, 16, .arpOperation)
    default: nil
    }
  }

  private static func security(_ header: Word, _ field: Word) -> HeaderField? {
    switch (header, field) {
    case (.ah, .nexthdr), (.comp, .nexthdr): HeaderField(0, 8, .inetProtocol)
    case (.ah, .hdrlength): HeaderField(8, 8)
    case (.ah, .reserved): HeaderField(16, 16)
    case (.ah, .spi): HeaderField(32, 32)
    case (.ah, .sequence): HeaderField(64, 32)
    case (.esp, .spi): HeaderField(0, 32)
    case (.esp, .sequence): HeaderField(32, 32)
    case (.comp, .flags): HeaderField(8, 8)
    case (.comp, .cpi): HeaderField(16, 16)
    default: nil
    }
  }

  private static func tunnel(_ header: Word, _ field: Word) -> HeaderField? {
    switch (header, field) {
    case (.gre, .flags): HeaderField(0, 5)
    case (.gre, .version): HeaderField(13, 3)
    case (.gre, .protocolWord): HeaderField(16, 16, .etherType)
    case (.vxlan, .flags): HeaderField(0, 8)
    case (.vxlan, .vni): HeaderField(32, 24)
    case (.geneve, .type): HeaderField(16, 16, .etherType)
    case (.geneve, .vni): HeaderField(32, 24)
    default: nil
    }
  }

  private static func extensionHeader(_ header: Word, _ field: Word) -> HeaderField? {
    switch (header, field) {
    case (_, .nexthdr): return HeaderField(0, 8, .inetProtocol)
    case (.frag, .reserved): return HeaderField(8, 8)
    case (.frag, .fragOff): return HeaderField(16, 13)
    case (.frag, .reserved2): return HeaderField(29, 2)
    case (.frag, .moreFragments): return HeaderField(31, 1)
    case (.frag, .id): return HeaderField(32, 32)
    case (.frag, _): return nil
    case (_, .hdrlength): return HeaderField(8, 8)
    case (.mh, .type): return HeaderField(16, 8, .mobilityType)
    case (.mh, .reserved): return HeaderField(24, 8)
    case (.mh, .checksum): return HeaderField(32, 16)
    case (.rt, .type): return HeaderField(16, 8)
    case (.rt, .segLeft): return HeaderField(24, 8)
    case (.srh, .lastEntry): return HeaderField(32, 8)
    case (.srh, .flags): return HeaderField(40, 8)
    case (.srh, .tag): return HeaderField(48, 16)
    default: return nil
    }
  }

  /// The names of a header's fields, for hints.
  package static func fieldNames(_ header: Word) -> [String] {
    candidates.filter { field(header, $0) != nil }.map(\.rawValue)
  }

  private static let candidates: [Word] = [
    .saddr, .daddr, .sport, .dport, .type, .code, .protocolWord, .nexthdr, .version, .hdrlength, .dscp, .ecn, .length,
    .id, .fragOff, .ttl, .checksum, .flowlabel, .hoplimit, .sequence, .ackseq, .doff, .reserved, .flags, .window,
    .urgptr, .csumcov, .vtag, .mrt, .group, .gateway, .mtu, .parameterProblem, .packetTooBig, .maxDelay, .taddr, .pcp,
    .dei, .cfi, .htype, .ptype, .hlen, .plen, .operation, .spi, .cpi, .vni, .reserved2, .moreFragments, .segLeft,
    .lastEntry, .tag,
  ]
}
