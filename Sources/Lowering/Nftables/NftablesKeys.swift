import FirewallModel
import NftablesSyntax
import PacketSets
import Packets
import SourceText

// Keys: metadata, conntrack, routes.
extension NftablesReader {
  mutating func meta(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) -> Selector? {
    func plain(_ field: Field, _ type: Datatype, _ width: Int) -> Selector {
      Selector(form: .field(field), type: type, width: width)
    }
    switch node.word {
    case .iifname: return plain(.inInterface, .ifName, 128)
    case .oifname: return plain(.outInterface, .ifName, 128)
    case .iif: return plain(.inInterface, .ifIndex, 128)
    case .oif: return plain(.outInterface, .ifIndex, 128)
    case .iiftype: return plain(.inInterfaceType, .arpHardware, 16)
    case .oiftype: return plain(.outInterfaceType, .arpHardware, 16)
    case .iifgroup: return plain(.inInterfaceGroup, .deviceGroup, 32)
    case .oifgroup: return plain(.outInterfaceGroup, .deviceGroup, 32)
    case .nfproto:
      if rule.family == .ip || rule.family == .ip6 || rule.family == .arp {
        report(.notAllowedHere, "`meta nfproto` says nothing in a table of one family", at: range(x))
      }
      return plain(.family, .nfproto, 8)
    case .l4proto: return plain(.transportProtocol, .inetProtocol, 8)
    case .protocolWord: return Selector(form: .protocolFamily, type: .etherType, width: 16)
    case .length: return plain(.packetLength, .integer, 32)
    case .mark: return plain(.mark, .mark, 32)
    case .priority: return plain(.priority, .priority, 32)
    case .pkttype: return plain(.packetType, .packetType, 8)
    case .skuid: return plain(.socketUID, .uid, 32)
    case .skgid: return plain(.socketGID, .gid, 32)
    case .random: return .unknown(.random, text(x), .integer, 32)
    case .time: return .unknown(.time, text(x), .timeDate, 64)
    case .hour: return .unknown(.time, text(x), .timeHour, 32)
    case .day: return .unknown(.time, text(x), .timeDay, 8)
    case .ibrname, .obrname, .ibridgename, .obridgename:
      if rule.family != .bridge {
        report(.notAllowedHere, "`\(text(x))` is only known in the bridge family", at: range(x))
      }
      return .unknown(.hostFact, text(x), .ifName, 128)
    case .ibriport, .obriport, .sdifname:
      return .unknown(.hostFact, text(x), .ifName, 128)
    case .sdif: return .unknown(.hostFact, text(x), .ifIndex, 128)
    case .iifkind, .oifkind: return .unknown(.hostFact, text(x), .interfaceKind, 128)
    case .cgroup: return .unknown(.hostFact, text(x), .integer, 32)
    case .cpu: return .unknown(.hostFact, text(x), .integer, 32)
    case .rtclassid: return .unknown(.hostFact, text(x), .realm, 32)
    case .nftrace: return .unknown(.notModelled, text(x), .integer, 1)
    case .secpath, .ipsec: return .unknown(.hostFact, text(x), .boolean, 1)
    case .ibrvproto: return .unknown(.hostFact, text(x), .etherType, 16)
    case .ibrpvid: return .unknown(.hostFact, text(x), .integer, 16)
    case .ibrhwaddr: return .unknown(.hostFact, text(x), .etherAddress, 48)
    default: return .unknown(.notModelled, text(x), .string, 128)
    }
  }

  mutating func conntrack(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) -> Selector? {
    let isOriginal = node.flag == 1
    func plain(_ field: Field, _ type: Datatype, _ width: Int) -> Selector {
      Selector(form: .field(field), type: type, width: width)
    }
    switch node.word {
    case .state: return Selector(form: .conntrackState, type: .ctState, width: 32)
    case .direction: return plain(.ctDirection, .ctDirection, 8)
    case .status: return plain(.ctStatus, .ctStatus, 32)
    case .mark: return plain(.ctMark, .mark, 32)
    case .zone: return node.flag == 0 ? plain(.ctZone, .integer, 16) : .unknown(.notModelled, text(x), .integer, 16)
    case .saddr, .daddr:
      let is6 = node.field == .ip6 || (node.field == .none && rule.network == NetworkProtocol.ipv6)
      if node.field != .none || rule.family == .ip || rule.family == .ip6 {
        guard rule.requireNetwork(is6 ? NetworkProtocol.ipv6 : NetworkProtocol.ipv4, at: range(x)) else {
          conflict(x, is6 ? "IPv6" : "IPv4")
          return nil
        }
      } else if rule.network == nil {
        report(
          .typeError, "`\(text(x))` does not say which IP version it is about", at: range(x),
          hint: "write `ct original ip saddr` or `ct original ip6 saddr`")
        return nil
      }
      let type: Datatype = is6 ? .ipv6Address : .ipv4Address
      guard isOriginal else {
        return plain(node.word == .saddr ? .ctReplySource : .ctReplyDestination, type, is6 ? 128 : 32)
      }
      return plain(node.word == .saddr ? .ctOriginalSource : .ctOriginalDestination, type, is6 ? 128 : 32)
    case .protoSrc, .protoDst:
      if rule.transport == nil, !rule.conntrackTransportIsKnown {
        report(
          .typeError, "`\(text(x))` is a port only in a rule about one transport protocol", at: range(x),
          hint: "add `meta l4proto tcp` or another before it")
      }
      guard isOriginal else {
        return plain(node.word == .protoSrc ? .ctReplySourcePort : .ctReplyDestinationPort, .inetService, 16)
      }
      return plain(
        node.word == .protoSrc ? .ctOriginalSourcePort : .ctOriginalDestinationPort, .inetService, 16)
    case .l3proto: return .unknown(.notModelled, text(x), .nfproto, 8)
    case .protocolWord: return .unknown(.notModelled, text(x), .inetProtocol, 8)
    case .helper: return .unknown(.notModelled, text(x), .string, 128)
    case .label: return .unknown(.notModelled, text(x), .ctLabel, 128)
    case .expiration: return .unknown(.rate, text(x), .time, 64)
    case .bytes, .packets, .avgpkt: return .unknown(.rate, text(x), .integer, 64)
    case .event: return .unknown(.notModelled, text(x), .ctEvent, 32)
    default: return .unknown(.notModelled, text(x), .integer, 32)
    }
  }

  mutating func routing(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) -> Selector? {
    switch node.word {
    case .classid: return .unknown(.hostFact, text(x), .realm, 32)
    case .ipsec: return .unknown(.hostFact, text(x), .boolean, 1)
    case .mtu: return .unknown(.hostFact, text(x), .integer, 16)
    default:
      let network: UInt128?
      switch node.field {
      case .ip: network = NetworkProtocol.ipv4
      case .ip6: network = NetworkProtocol.ipv6
      default: network = rule.network
      }
      guard let network else {
        report(
          .typeError, "`\(text(x))` does not say which IP version it is about", at: range(x),
          hint: "write `rt ip nexthop` or `rt ip6 nexthop`")
        return nil
      }
      guard rule.requireNetwork(network, at: range(x)) else {
        conflict(x, network == NetworkProtocol.ipv4 ? "IPv4" : "IPv6")
        return nil
      }
      let is6 = network == NetworkProtocol.ipv6
      return .unknown(.hostFact, text(x), is6 ? .ipv6Address : .ipv4Address, is6 ? 128 : 32)
    }
  }

  func fib(_ x: Ex, _ node: Node) -> Selector {
    let keys = children(x).map { self.node($0).word }
    if node.word == .type {
      if keys == [.saddr] { return Selector(form: .field(.sourceAddressType), type: .fibAddressType, width: 32) }
      if keys == [.daddr] { return Selector(form: .field(.destinationAddressType), type: .fibAddressType, width: 32) }
      return .unknown(.hostFact, text(x), .fibAddressType, 32)
    }
    if node.word == .oif, keys.contains(.saddr), keys.contains(.iif), !keys.contains(.daddr) {
      return Selector(form: .field(.reversePathOK), type: .boolean, width: 1)
    }
    return .unknown(.hostFact, text(x), node.word == .oifname ? .ifName : .boolean, node.word == .oifname ? 128 : 32)
  }
}
