import NftablesSyntax
import Packets

/// Names that a question may use for numbers.
enum QuestionNames {
  static let protocols: [(name: String, number: UInt8)] = [
    ("tcp", 6), ("udp", 17), ("sctp", 132), ("dccp", 33), ("udplite", 136), ("icmp", 1), ("icmpv6", 58), ("igmp", 2),
    ("gre", 47), ("esp", 50), ("ah", 51), ("ipip", 4), ("ipv6", 41), ("ospf", 89), ("vrrp", 112), ("pim", 103),
    ("comp", 108),
  ]
  /// Other spellings.
  static let protocolAliases: [(name: String, number: UInt8)] = [
    ("ipv6-icmp", 58), ("icmp6", 58), ("ipcomp", 108), ("carp", 112),
  ]

  static func `protocol`(_ name: String) -> UInt8? {
    (protocols + protocolAliases).first { $0.name == name }?.number
  }
  static func name(ofProtocol number: UInt8) -> String? { protocols.first { $0.number == number }?.name }

  static func port(_ name: String) -> UInt16? { Services.ports[name] }
  static var services: [String] { Services.ports.keys.sorted() }

  /// An ICMP type by name, and the code where the name means one.
  static func icmp(_ name: String, isV6: Bool) -> (type: UInt8, code: UInt8?)? {
    if let number = ICMPType.number(name, isV6: isV6) { return (number, nil) }
    return icmpNames(isV6: isV6).first { $0.name == name }.map { ($0.type, $0.code) }
  }

  /// Spellings beside those of nft(8): RFC words and iptables-extensions(8).
  static func icmpNames(isV6: Bool) -> [(name: String, type: UInt8, code: UInt8?)] { isV6 ? v6 : v4 }

  private static let v4: [(name: String, type: UInt8, code: UInt8?)] = [
    ("ping", 8, nil), ("pong", 0, nil), ("echo", 8, nil), ("fragmentation-needed", 3, 4), ("frag-needed", 3, 4),
    ("net-unreachable", 3, 0), ("host-unreachable", 3, 1), ("protocol-unreachable", 3, 2),
    ("port-unreachable", 3, 3), ("source-route-failed", 3, 5), ("admin-prohibited", 3, 13),
    ("communication-prohibited", 3, 13), ("ttl-exceeded", 11, 0), ("ttl-zero-during-transit", 11, 0),
    ("ttl-zero-during-reassembly", 11, 1),
  ]
  private static let v6: [(name: String, type: UInt8, code: UInt8?)] = [
    ("ping", 128, nil), ("pong", 129, nil), ("router-solicitation", 133, nil), ("router-advertisement", 134, nil),
    ("neighbour-solicitation", 135, nil), ("neighbor-solicitation", 135, nil),
    ("neighbour-advertisement", 136, nil), ("neighbor-advertisement", 136, nil), ("redirect", 137, nil),
    ("nd-neighbour-solicit", 135, nil), ("nd-neighbour-advert", 136, nil), ("port-unreachable", 1, 4),
    ("no-route", 1, 0), ("address-unreachable", 1, 3), ("ttl-exceeded", 3, 0), ("hop-limit-exceeded", 3, 0),
  ]

  static func icmpHints(isV6: Bool) -> [String] {
    let own = (0...255).compactMap { ICMPType.name(UInt8($0), isV6: isV6) }
    return own + icmpNames(isV6: isV6).map(\.name)
  }

  static let flagNames = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr"]
  static let stateNames = ConntrackState.allCases.map(\.name)
  static let hooks: [Hook] = [.ingress, .prerouting, .input, .forward, .output, .postrouting]
}
