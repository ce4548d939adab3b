/// Words of the packet schema as numbers: their bytes read as one big-endian number, so that a scanned word is compared
/// in one step. The tests hold each to its name.
enum PacketWord {
  static var id: UInt128 { 0x6964 }
  static var hook: UInt128 { 0x686f6f6b }
  static var iif: UInt128 { 0x696966 }
  static var oif: UInt128 { 0x6f6966 }
  static var src: UInt128 { 0x737263 }
  static var dst: UInt128 { 0x647374 }
  static var proto: UInt128 { 0x70726f746f }
  static var sport: UInt128 { 0x73706f7274 }
  static var dport: UInt128 { 0x64706f7274 }
  static var flags: UInt128 { 0x666c616773 }
  static var seq: UInt128 { 0x736571 }
  static var ack: UInt128 { 0x61636b }
  static var window: UInt128 { 0x77696e646f77 }
  static var mss: UInt128 { 0x6d7373 }
  static var icmpType: UInt128 { 0x69636d705f74797065 }
  static var icmpCode: UInt128 { 0x69636d705f636f6465 }
  static var icmpId: UInt128 { 0x69636d705f6964 }
  static var icmpSeq: UInt128 { 0x69636d705f736571 }
  static var ttl: UInt128 { 0x74746c }
  static var tos: UInt128 { 0x746f73 }
  static var dscp: UInt128 { 0x64736370 }
  static var ecn: UInt128 { 0x65636e }
  static var ipId: UInt128 { 0x69705f6964 }
  static var df: UInt128 { 0x6466 }
  static var flow: UInt128 { 0x666c6f77 }
  static var payloadLen: UInt128 { 0x7061796c6f61645f6c656e }
  static var badcsum: UInt128 { 0x6261646373756d }
  static var pkttype: UInt128 { 0x706b7474797065 }
  static var mark: UInt128 { 0x6d61726b }
  static var skuid: UInt128 { 0x736b756964 }
  static var skgid: UInt128 { 0x736b676964 }
  static var ct: UInt128 { 0x6374 }
  static var ctMark: UInt128 { 0x63745f6d61726b }
  static var keep: UInt128 { 0x6b656570 }
  static var urgptr: UInt128 { 0x757267707472 }
  static var input: UInt128 { 0x696e707574 }
  static var forward: UInt128 { 0x666f7277617264 }
  static var output: UInt128 { 0x6f7574707574 }
  static var tcp: UInt128 { 0x746370 }
  static var udp: UInt128 { 0x756470 }
  static var icmp: UInt128 { 0x69636d70 }
  static var icmpv6: UInt128 { 0x69636d707636 }
  static var gre: UInt128 { 0x677265 }
  static var sctp: UInt128 { 0x73637470 }
  static var host: UInt128 { 0x686f7374 }
  static var broadcast: UInt128 { 0x62726f616463617374 }
  static var multicast: UInt128 { 0x6d756c746963617374 }
  static var auto: UInt128 { 0x6175746f }
  static var established: UInt128 { 0x65737461626c6973686564 }
  static var reply: UInt128 { 0x7265706c79 }
  static var related: UInt128 { 0x72656c61746564 }
  static var seen: UInt128 { 0x7365656e }
  static var new: UInt128 { 0x6e6577 }
  static var isTrue: UInt128 { 0x74727565 }
  static var isFalse: UInt128 { 0x66616c7365 }

  /// The number of a word of at most 16 bytes.
  static func number(_ text: String) -> UInt128 { text.utf8.reduce(0) { $0 << 8 | UInt128($1) } }

  static let all: [(name: String, number: UInt128)] = [
    ("id", id),
    ("hook", hook),
    ("iif", iif),
    ("oif", oif),
    ("src", src),
    ("dst", dst),
    ("proto", proto),
    ("sport", sport),
    ("dport", dport),
    ("flags", flags),
    ("seq", seq),
    ("ack", ack),
    ("window", window),
    ("mss", mss),
    ("icmp_type", icmpType),
    ("icmp_code", icmpCode),
    ("icmp_id", icmpId),
    ("icmp_seq", icmpSeq),
    ("ttl", ttl),
    ("tos", tos),
    ("dscp", dscp),
    ("ecn", ecn),
    ("ip_id", ipId),
    ("df", df),
    ("flow", flow),
    ("payload_len", payloadLen),
    ("badcsum", badcsum),
    ("pkttype", pkttype),
    ("mark", mark),
    ("skuid", skuid),
    ("skgid", skgid),
    ("ct", ct),
    ("ct_mark", ctMark),
    ("keep", keep),
    ("urgptr", urgptr),
    ("input", input),
    ("forward", forward),
    ("output", output),
    ("tcp", tcp),
    ("udp", udp),
    ("icmp", icmp),
    ("icmpv6", icmpv6),
    ("gre", gre),
    ("sctp", sctp),
    ("host", host),
    ("broadcast", broadcast),
    ("multicast", multicast),
    ("auto", auto),
    ("established", established),
    ("reply", reply),
    ("related", related),
    ("seen", seen),
    ("new", new),
    ("true", isTrue),
    ("false", isFalse),
  ]
}
