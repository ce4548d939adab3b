/// Names of IP protocols and TCP flags as the JSON form of a packet writes them.
package enum ProtocolName {
  private static let table: [(name: String, number: UInt8)] = [
    ("icmp", 1), ("igmp", 2), ("ipip", 4), ("tcp", 6), ("udp", 17), ("dccp", 33), ("ipv6", 41), ("gre", 47),
    ("esp", 50), ("ah", 51), ("icmpv6", 58), ("none", 59), ("ospf", 89), ("comp", 108), ("vrrp", 112), ("sctp", 132),
    ("udplite", 136), ("ipv6-icmp", 58),
  ]

  /// The number of a name; nil when it has none here.
  package static func number(_ name: String) -> UInt8? { table.first { $0.name == name }?.number }

  /// The name of a number; nil when it has none here.
  package static func name(_ number: UInt8) -> String? { table.first { $0.number == number }?.name }

  /// True when the protocol's header starts with a source and a destination port.
  package static func hasPorts(_ number: UInt8) -> Bool {
    switch number {
    case IPProtocol.tcp, IPProtocol.udp, IPProtocol.dccp, IPProtocol.sctp, IPProtocol.udplite: true
    default: false
    }
  }
}

extension TCPFlag {
  /// Letters in the order of the wire, FIN first.
  package static let letters: [(letter: Character, bit: UInt8)] = [
    ("F", fin), ("S", syn), ("R", rst), ("P", psh), ("A", ack), ("U", urg), ("E", ece), ("C", cwr),
  ]

  /// `SA` for SYN and ACK: SYN before ACK, as people write it.
  package static func text(_ flags: UInt8) -> String {
    String(letters.filter { flags & $0.bit != 0 }.map(\.letter))
  }

  /// The bits of letters; letters that are no flag are passed over.
  package static func bits(_ text: String) -> UInt8 {
    text.reduce(0) { bits, letter in bits | (letters.first { $0.letter == letter }?.bit ?? 0) }
  }

  /// The bit of a long name such as `syn`; nil for no flag.
  package static func bit(named name: String) -> UInt8? {
    switch name {
    case "fin": fin
    case "syn": syn
    case "rst": rst
    case "psh": psh
    case "ack": ack
    case "urg": urg
    case "ecn", "ece": ece
    case "cwr": cwr
    default: nil
    }
  }
}
