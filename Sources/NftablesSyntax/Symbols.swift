/// The names that values have in nft(8), per data type. Taken from the protocols' registries and the manual; names
/// that only a machine knows (interfaces, users, hosts) are not here.
package enum Symbols {
  package typealias Entry = (name: String, value: UInt64)

  /// The value of a name; nil when the type has no such name.
  package static func value(_ name: String, _ type: Datatype) -> UInt128? {
    switch type {
    case .inetService: return Services.ports[name].map { UInt128($0) }
    case .inetProtocol:
      return protocols.first { $0.name == name }.map { UInt128($0.value) }
    default:
      for entry in entries(type) where entry.name == name { return UInt128(entry.value) }
      return nil
    }
  }

  /// The name of a value, the first one listed.
  package static func name(_ value: UInt128, _ type: Datatype) -> String? {
    let entries = type == .inetProtocol ? protocols : entries(type)
    return entries.first { UInt128($0.value) == value }?.name
  }

  package static func names(_ type: Datatype) -> [String] {
    type == .inetService ? ["ssh", "smtp", "domain", "http", "https", "ntp"] : entries(type).map(\.name)
  }

  package static func entries(_ type: Datatype) -> [Entry] {
    switch type {
    case .ctState: ctStates
    case .tcpFlag: tcpFlags
    case .icmpType: icmpTypes
    case .icmpv6Type: icmpv6Types
    case .inetProtocol: protocols
    case .nfproto: [("ipv4", 2), ("ipv6", 10)]
    case .etherType: etherTypes
    case .packetType: [("host", 0), ("unicast", 0), ("broadcast", 1), ("multicast", 2), ("other", 3)]
    case .boolean: [("exists", 1), ("missing", 0)]
    case .ctDirection: [("original", 0), ("reply", 1)]
    case .ctStatus: ctStatuses
    case .ctEvent: ctEvents
    case .fibAddressType: addressTypes
    case .icmpCode: icmpCodes
    case .icmpv6Code: icmpv6Codes
    case .icmpxCode: icmpxCodes
    case .dscp: dscps
    case .ecn: [("not-ect", 0), ("ect1", 1), ("ect0", 2), ("ce", 3)]
    case .igmpType: igmpTypes
    case .arpOperation: arpOperations
    case .arpHardware:
      [("ether", 1), ("ppp", 512), ("ipip", 768), ("ipip6", 769), ("loopback", 772), ("sit", 776), ("ipgre", 778)]
    case .dccpPacketType: dccpTypes
    case .mobilityType: mobilityTypes
    case .timeDay:
      [("Sunday", 0), ("Monday", 1), ("Tuesday", 2), ("Wednesday", 3), ("Thursday", 4), ("Friday", 5), ("Saturday", 6)]
    case .deviceGroup: [("default", 0)]
    case .uid, .gid: [("root", 0)]
    case .realm: [("default", 0)]
    case .priority: [("none", 0), ("root", 0xffff_ffff)]
    case .classID: [("none", 0), ("root", 0xffff_ffff)]
    default: []
    }
  }

  static let ctStates: [Entry] = [
    ("invalid", 1), ("established", 2), ("related", 4), ("new", 8), ("untracked", 64),
  ]
  static let tcpFlags: [Entry] = [
    ("fin", 1), ("syn", 2), ("rst", 4), ("psh", 8), ("ack", 16), ("urg", 32), ("ecn", 64), ("cwr", 128),
  ]
  static let icmpTypes: [Entry] = [
    ("echo-reply", 0), ("destination-unreachable", 3), ("source-quench", 4), ("redirect", 5), ("echo-request", 8),
    ("router-advertisement", 9), ("router-solicitation", 10), ("time-exceeded", 11), ("parameter-problem", 12),
    ("timestamp-request", 13), ("timestamp-reply", 14), ("info-request", 15), ("info-reply", 16),
    ("address-mask-request", 17), ("address-mask-reply", 18),
  ]
  static let icmpv6Types: [Entry] = [
    ("destination-unreachable", 1), ("packet-too-big", 2), ("time-exceeded", 3), ("parameter-problem", 4),
    ("echo-request", 128), ("echo-reply", 129), ("mld-listener-query", 130), ("mld-listener-report", 131),
    ("mld-listener-done", 132), ("mld-listener-reduction", 132), ("nd-router-solicit", 133),
    ("nd-router-advert", 134), ("nd-neighbor-solicit", 135), ("nd-neighbor-advert", 136), ("nd-redirect", 137),
    ("router-renumbering", 138), ("ind-neighbor-solicit", 141), ("ind-neighbor-advert", 142),
    ("mld2-listener-report", 143),
  ]
  static let protocols: [Entry] = [
    ("tcp", 6), ("udp", 17), ("udplite", 136), ("esp", 50), ("ah", 51), ("icmp", 1), ("icmpv6", 58), ("ipv6-icmp", 58),
    ("comp", 108), ("ipcomp", 108), ("dccp", 33), ("sctp", 132), ("gre", 47), ("igmp", 2), ("ipip", 94), ("ipencap", 4),
    ("ipv4", 4), ("ipv6", 41), ("ip", 0), ("ospf", 89), ("ospfigp", 89), ("pim", 103), ("vrrp", 112), ("l2tp", 115),
    ("egp", 8), ("igp", 9), ("eigrp", 88), ("rsvp", 46), ("ipv6-route", 43), ("ipv6-frag", 44), ("ipv6-nonxt", 59),
    ("ipv6-opts", 60), ("hopopt", 0), ("isis", 124), ("mobility-header", 135), ("hip", 139), ("shim6", 140),
    ("mpls-in-ip", 137), ("etherip", 97), ("encap", 98), ("fc", 133), ("st", 5), ("ggp", 3), ("pup", 12), ("hmp", 20),
    ("xns-idp", 22), ("rdp", 27), ("iso-tp4", 29), ("xtp", 36), ("ddp", 37), ("idpr-cmtp", 38), ("idrp", 45),
    ("skip", 57), ("rspf", 73), ("vmtp", 81), ("manet", 138), ("wesp", 141), ("rohc", 142), ("ax.25", 93),
    ("swipe", 53),
    ("narp", 54), ("mobile", 55), ("trunk-1", 23), ("pgm", 113),
  ]
  static let etherTypes: [Entry] = [
    ("ip", 0x0800), ("arp", 0x0806), ("ip6", 0x86dd), ("vlan", 0x8100), ("8021q", 0x8100), ("8021ad", 0x88a8),
  ]
  static let ctStatuses: [Entry] = [
    ("expected", 1), ("seen-reply", 2), ("assured", 4), ("confirmed", 8), ("snat", 16), ("dnat", 32), ("dying", 512),
  ]
  static let ctEvents: [Entry] = [
    ("new", 1), ("related", 2), ("destroy", 4), ("reply", 8), ("assured", 16), ("protoinfo", 32), ("helper", 64),
    ("mark", 128), ("seqadj", 256), ("secmark", 512), ("label", 1024),
  ]
  static let addressTypes: [Entry] = [
    ("unspec", 0), ("unicast", 1), ("local", 2), ("broadcast", 3), ("anycast", 4), ("multicast", 5), ("blackhole", 6),
    ("unreachable", 7), ("prohibit", 8),
  ]
  static let icmpCodes: [Entry] = [
    ("net-unreachable", 0), ("host-unreachable", 1), ("prot-unreachable", 2), ("port-unreachable", 3),
    ("frag-needed", 4), ("net-prohibited", 9), ("host-prohibited", 10), ("admin-prohibited", 13),
  ]
  static let icmpv6Codes: [Entry] = [
    ("no-route", 0), ("admin-prohibited", 1), ("addr-unreachable", 3), ("port-unreachable", 4), ("policy-fail", 5),
    ("reject-route", 6),
  ]
  static let icmpxCodes: [Entry] = [
    ("port-unreachable", 1), ("admin-prohibited", 3), ("no-route", 0), ("host-unreachable", 2),
  ]
  static let dscps: [Entry] = [
    ("cs0", 0), ("cs1", 8), ("cs2", 16), ("cs3", 24), ("cs4", 32), ("cs5", 40), ("cs6", 48), ("cs7", 56),
    ("df", 0), ("be", 0), ("lephb", 1), ("le", 1), ("af11", 10), ("af12", 12), ("af13", 14), ("af21", 18), ("af22", 20),
    ("af23", 22), ("af31", 26), ("af32", 28), ("af33", 30), ("af41", 34), ("af42", 36), ("af43", 38), ("va", 44),
    ("ef", 46),
  ]
  static let igmpTypes: [Entry] = [
    ("membership-query", 0x11), ("membership-report-v1", 0x12), ("membership-report-v2", 0x16),
    ("membership-report-v3", 0x22), ("leave-group", 0x17),
  ]
  static let arpOperations: [Entry] = [
    ("request", 1), ("reply", 2), ("rrequest", 3), ("rreply", 4), ("inrequest", 8), ("inreply", 9), ("nak", 10),
  ]
  static let dccpTypes: [Entry] = [
    ("request", 0), ("response", 1), ("data", 2), ("ack", 3), ("dataack", 4), ("closereq", 5), ("close", 6),
    ("reset", 7), ("sync", 8), ("syncack", 9),
  ]
  static let mobilityTypes: [Entry] = [
    ("binding-refresh-request", 0), ("home-test-init", 1), ("careof-test-init", 2), ("home-test", 3),
    ("careof-test", 4), ("binding-update", 5), ("binding-acknowledgement", 6), ("binding-error", 7),
    ("fast-binding-update", 8), ("fast-binding-acknowledgement", 9), ("fast-binding-advertisement", 10),
    ("experimental-mobility-header", 11), ("home-agent-switch-message", 12),
  ]

  /// The standard priorities and where each is known (`nft(8)`, "Standard priority names").
  package static func priority(_ name: String, family: String, hook: String) -> Int32? {
    if family == "bridge" {
      switch name {
      case "dstnat" where hook == "prerouting": return -300
      case "filter": return -200
      case "out" where hook == "output": return 100
      case "srcnat" where hook == "postrouting": return 300
      default: return nil
      }
    }
    switch name {
    case "raw" where family != "netdev" && family != "arp": return -300
    case "mangle" where family != "netdev" && family != "arp": return -150
    case "dstnat" where hook == "prerouting" && family != "arp": return -100
    case "filter": return 0
    case "security" where family != "netdev" && family != "arp": return 50
    case "srcnat" where hook == "postrouting" && family != "arp": return 100
    default: return nil
    }
  }

  package static let priorityNames = ["raw", "mangle", "dstnat", "filter", "security", "srcnat", "out"]
}
