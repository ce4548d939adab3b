/// ICMP and ICMPv6 type names of nft(8), and which types are errors that quote a packet.
package enum ICMPType {
  private static let v4: [(name: String, number: UInt8)] = [
    ("echo-reply", 0), ("destination-unreachable", 3), ("source-quench", 4), ("redirect", 5), ("echo-request", 8),
    ("router-advertisement", 9), ("router-solicitation", 10), ("time-exceeded", 11), ("parameter-problem", 12),
    ("timestamp-request", 13), ("timestamp-reply", 14), ("info-request", 15), ("info-reply", 16),
    ("address-mask-request", 17), ("address-mask-reply", 18),
  ]
  private static let v6: [(name: String, number: UInt8)] = [
    ("destination-unreachable", 1), ("packet-too-big", 2), ("time-exceeded", 3), ("parameter-problem", 4),
    ("echo-request", 128), ("echo-reply", 129), ("mld-listener-query", 130), ("mld-listener-report", 131),
    ("mld-listener-done", 132), ("nd-router-solicit", 133), ("nd-router-advert", 134), ("nd-neighbor-solicit", 135),
    ("nd-neighbor-advert", 136), ("nd-redirect", 137), ("mld2-listener-report", 143),
  ]

  /// The type number of a name in ICMP (`isV6` false) or ICMPv6.
  package static func number(_ name: String, isV6: Bool) -> UInt8? {
    (isV6 ? v6 : v4).first { $0.name == name }?.number
  }

  /// The name of a type number.
  package static func name(_ number: UInt8, isV6: Bool) -> String? {
    (isV6 ? v6 : v4).first { $0.number == number }?.name
  }

  /// An ICMP error: it quotes the packet that caused it (RFC 792; RFC 4443 section 2.1; a redirect quotes too).
  package static func quotes(_ type: UInt8, isV6: Bool) -> Bool {
    if isV6 { return type < 128 || type == 137 }
    switch type {
    case 3, 4, 5, 11, 12: return true
    default: return false
    }
  }

  /// A query that opens a flow of its own (kernel: the `invmap` of nf_conntrack_proto_icmp and icmpv6).
  package static func isQuery(_ type: UInt8, isV6: Bool) -> Bool {
    isV6 ? type == 128 || type == 139 : type == 8 || type == 13 || type == 15 || type == 17
  }

  /// The answer to such a query.
  package static func isAnswer(_ type: UInt8, isV6: Bool) -> Bool {
    isV6 ? type == 129 || type == 140 : type == 0 || type == 14 || type == 16 || type == 18
  }
}
