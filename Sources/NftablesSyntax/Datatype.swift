/// The data types of nft(8): what a field holds and how its values are written.
package enum Datatype: UInt8, Sendable, CaseIterable {
  case invalid, verdict, nfproto, bitmask, integer, string, lladdr, ipv4Address, ipv6Address, etherAddress, etherType
  case arpOperation, inetProtocol, inetService, icmpType, tcpFlag, dccpPacketType, mobilityType, time, mark, ifIndex
  case arpHardware, realm, classID, uid, gid, ctState, ctDirection, ctStatus, icmpv6Type, ctLabel, packetType
  case icmpCode, icmpv6Code, icmpxCode, deviceGroup, dscp, ecn, fibAddressType, boolean, ctEvent, ifName, igmpType
  case timeDate, timeHour, timeDay, cgroupv2, interfaceKind, priority, hostEndian

  /// The name as it stands behind `type`; nil where there is none.
  package var name: String? {
    switch self {
    case .verdict: "verdict"
    case .nfproto: "nf_proto"
    case .bitmask: "bitmask"
    case .integer: "integer"
    case .string: "string"
    case .lladdr: "ll_addr"
    case .ipv4Address: "ipv4_addr"
    case .ipv6Address: "ipv6_addr"
    case .etherAddress: "ether_addr"
    case .etherType: "ether_type"
    case .arpOperation: "arp_op"
    case .inetProtocol: "inet_proto"
    case .inetService: "inet_service"
    case .icmpType: "icmp_type"
    case .tcpFlag: "tcp_flag"
    case .dccpPacketType: "dccp_pkttype"
    case .mobilityType: "mh_type"
    case .time: "time"
    case .mark: "mark"
    case .ifIndex: "iface_index"
    case .arpHardware: "iface_type"
    case .realm: "realm"
    case .classID: "classid"
    case .uid: "uid"
    case .gid: "gid"
    case .ctState: "ct_state"
    case .ctDirection: "ct_dir"
    case .ctStatus: "ct_status"
    case .icmpv6Type: "icmpv6_type"
    case .ctLabel: "ct_label"
    case .packetType: "pkt_type"
    case .icmpCode: "icmp_code"
    case .icmpv6Code: "icmpv6_code"
    case .icmpxCode: "icmpx_code"
    case .deviceGroup: "devgroup"
    case .dscp: "dscp"
    case .ecn: "ecn"
    case .fibAddressType: "fib_addrtype"
    case .boolean: "boolean"
    case .ctEvent: "ct_event"
    case .ifName: "ifname"
    case .igmpType: "igmp_type"
    case .cgroupv2: "cgroupsv2"
    case .interfaceKind: nil
    case .timeDate, .timeHour, .timeDay, .priority, .invalid, .hostEndian: nil
    }
  }

  /// The type that a name behind `type` stands for.
  package init?(name: String) {
    switch name {
    case "time_date": self = .timeDate
    case "hour": self = .timeHour
    case "day": self = .timeDay
    default:
      guard let found = Datatype.allCases.first(where: { $0.name == name }) else { return nil }
      self = found
    }
  }

  /// Width in bits as a set key; 0 where the type says nothing of it.
  package var width: Int {
    switch self {
    case .ipv4Address, .mark, .ifIndex, .realm, .classID, .uid, .gid, .ctState, .ctStatus, .deviceGroup,
      .fibAddressType,
      .ctEvent, .priority:
      32
    case .ipv6Address, .ctLabel, .ifName, .interfaceKind: 128
    case .etherAddress, .lladdr: 48
    case .etherType, .arpOperation, .inetService, .arpHardware: 16
    case .inetProtocol, .icmpType, .icmpv6Type, .icmpCode, .icmpv6Code, .icmpxCode, .tcpFlag, .nfproto, .mobilityType,
      .ctDirection, .packetType, .igmpType, .timeDay:
      8
    case .dccpPacketType: 4
    case .dscp: 6
    case .ecn: 2
    case .boolean: 1
    case .time, .timeDate, .cgroupv2: 64
    case .timeHour: 32
    default: 0
    }
  }

  /// The words that nft itself uses for the type in its messages.
  package var title: String {
    switch self {
    case .ipv4Address: "IPv4 address"
    case .ipv6Address: "IPv6 address"
    case .etherAddress: "Ethernet address"
    case .inetService: "port"
    case .inetProtocol: "protocol"
    case .ctState: "conntrack state"
    case .ifName: "interface name"
    case .ifIndex: "interface"
    case .mark: "packet mark"
    case .icmpType: "ICMP type"
    case .icmpv6Type: "ICMPv6 type"
    case .tcpFlag: "TCP flag"
    default: name ?? "value"
    }
  }
}
