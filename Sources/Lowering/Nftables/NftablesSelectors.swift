import FirewallModel
import NftablesSyntax
import PacketSets
import Packets
import SourceText

/// An operation on a field before it is compared: `& mask`, `<< 2`.
struct BitOperation {
  enum Kind: UInt8 { case or, xor, and, shiftLeft, shiftRight }
  var kind: Kind
  var operand: UInt128

  func applied(to value: UInt128, width: Int) -> UInt128 {
    switch kind {
    case .or: value | operand
    case .xor: value ^ operand
    case .and: value & operand
    case .shiftLeft: operand < 128 ? (value << operand) & NftablesReader.maximum(width) : 0
    case .shiftRight: operand < 128 ? value >> operand : 0
    }
  }
}

/// What stands left of a comparison: a field of the model, or the reason why there is none.
struct Selector {
  enum Form {
    case field(Field)
    /// The conntrack state: nft compares bits, the model one of five values.
    case conntrackState
    /// An Ethernet type that only says which family the packet has.
    case protocolFamily
    /// The 16 bits of the IPv4 header that hold two flags and the fragment offset.
    case fragmentWord
    /// 1 when the field is present at all.
    case presence(Field)
    /// 1 when some bit of the field is set.
    case anyBit(Field, mask: UInt128)
    case unknown(Uncertainty)
  }

  var form: Form
  var type: Datatype
  var width: Int
  var operations: [BitOperation] = []

  var isBitmask: Bool {
    switch type {
    case .tcpFlag, .ctState, .ctStatus, .ctLabel, .ctEvent, .bitmask: true
    default: false
    }
  }

  var field: Field? {
    switch form {
    case .field(let field): field
    case .conntrackState: .ctState
    default: nil
    }
  }

  static func unknown(_ kind: Uncertainty.Kind, _ text: String, _ type: Datatype = .integer, _ width: Int = 32)
    -> Selector
  {
    Selector(form: .unknown(Uncertainty(kind, text)), type: type, width: width)
  }
}

/// What a rule has established so far, and what it has become.
struct RuleBuilder {
  let table: Int
  let family: Family
  var steps: [Step] = []
  /// NFPROTO that is certain here: by the table's family or by an earlier match.
  var network: UInt128?
  /// The same, as far as the rule itself says it (for conflicts).
  var transport: UInt8?
  /// A match has named the protocol of the connection.
  var conntrackTransportIsKnown = false
  /// The one ICMP or ICMPv6 type that the rule is about.
  var icmpType: UInt128?
  /// What `ip6 nexthdr` has been compared with.
  var nextHeader: UInt8?
  var etherIsKnown = false
  /// The rule has said that the frame holds IP or ARP itself.
  var etherTypeIsOther = false
  /// A match has named the transport protocol, be it as a set of several.
  var transportIsKnown = false
  var comment: String?
  /// The statement that ends the rule for every packet.
  var terminal: SourceRange?
  /// Where the rule's chain stands, when it is a base chain.
  var base: BaseHook?

  init(table: Int, family: Family, base: BaseHook? = nil) {
    self.table = table
    self.family = family
    self.base = base
    network = Self.network(of: family)
  }

  private static func network(of family: Family) -> UInt128? {
    switch family {
    case .ip: NetworkProtocol.ipv4
    case .ip6: NetworkProtocol.ipv6
    case .arp: NetworkProtocol.arp
    default: nil
    }
  }

  /// Forgets the rule before, so that the next one of the same chain can be read.
  mutating func begin() {
    steps.removeAll(keepingCapacity: true)
    network = Self.network(of: family)
    transport = nil
    nextHeader = nil
    conntrackTransportIsKnown = false
    icmpType = nil
    etherIsKnown = false
    etherTypeIsOther = false
    transportIsKnown = false
    comment = nil
    terminal = nil
  }

  mutating func imply(_ field: Field, _ value: UInt128, at origin: SourceRange) {
    steps.append(.match(Match(.field(field, ValueSet(value)), at: origin, isImplied: true)))
  }

  /// Makes sure that the packet is of a family. False: the rule says another already.
  mutating func requireNetwork(_ value: UInt128, at origin: SourceRange) -> Bool {
    if let network { return network == value }
    network = value
    imply(.family, value, at: origin)
    return true
  }

  mutating func requireTransport(_ value: UInt8, at origin: SourceRange) -> Bool {
    if let transport {
      if transport == value { return true }
      return false
    }
    if let nextHeader, nextHeader != value { return false }
    transport = value
    imply(.transportProtocol, UInt128(value), at: origin)
    return true
  }
}

extension NftablesReader {
  /// Reads the left side; implied matches are added to the rule. nil: wrong, and reported.
  mutating func selector(_ x: Ex, _ rule: inout RuleBuilder) -> Selector? {
    let node = node(x)
    switch node.kind {
    case .payload: return payload(x, node, &rule)
    case .meta: return meta(x, node, &rule)
    case .conntrack: return conntrack(x, node, &rule)
    case .binary: return binary(x, node, &rule)
    case .fib: return fib(x, node)
    case .tcpOption: return tcpOption(x, node)
    case .ipOption: return ipOption(x, node, &rule)
    case .extensionHeader: return extensionHeader(x, node, &rule)
    case .rawPayload: return rawPayload(x, node, &rule)
    case .routing:
      return routing(x, node, &rule)
    case .socket:
      return .unknown(
        .hostFact, text(x), node.word == .cgroupv2 ? .cgroupv2 : node.word == .mark ? .mark : .boolean,
        node.word == .cgroupv2 || node.word == .mark ? 32 : 1)
    case .osf: return .unknown(.notModelled, text(x), .string, 128)
    case .numgen: return .unknown(node.word == .random ? .random : .rate, text(x))
    case .hash: return .unknown(.notModelled, text(x), .integer, 128)
    case .dccpOption: return .unknown(.notModelled, text(x), .boolean, 1)
    case .inner:
      // What the header inside holds is known; whether it is there is not.
      var inside = RuleBuilder(table: rule.table, family: .inet)
      guard let selector = selector(firstChild(x), &inside) else { return nil }
      return .unknown(.notModelled, text(x), selector.type, selector.width)
    case .sctpChunk: return .unknown(.notModelled, text(x), children(x).count > 1 ? .integer : .boolean, 32)
    case .ipsec:
      let isAddress = node.word == .saddr || node.word == .daddr
      return .unknown(
        .hostFact, text(x), isAddress ? (node.field == .ip ? .ipv4Address : .ipv6Address) : .integer,
        isAddress && node.field == .ip6 ? 128 : 32)
    default:
      report(.typeError, "`\(text(x).prefix(60))` reads nothing from the packet", at: range(x))
      return nil
    }
  }

  private mutating func binary(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) -> Selector? {
    let left = firstChild(x)
    guard var selector = selector(left, &rule) else { return nil }
    let isShift = node.flag >= 3
    guard let right = resolve(sibling(left)) else { return nil }
    switch self.node(right).kind {
    case .symbol, .binary, .list, .prefix: break
    default:
      // Two fields combined: newer releases can, the model cannot.
      return .unknown(.notModelled, text(x), selector.type, selector.width)
    }
    switch constant(right, isShift ? .integer : selector.type, width: isShift ? 32 : selector.width) {
    case .value(let value):
      if isShift, value >= UInt128(selector.width) {
        report(
          .typeError, "shifting \(selector.width) bits by \(value) leaves nothing", at: range(right))
        return nil
      }
      selector.operations.append(BitOperation(kind: BitOperation.Kind(rawValue: node.flag) ?? .and, operand: value))
      return selector
    case .unknown(let why): return Selector(form: .unknown(why), type: selector.type, width: selector.width)
    default: return nil
    }
  }

  // MARK: Headers

  mutating func conflict(_ x: Ex, _ what: String) {
    report(
      .typeError, "`\(text(x))` needs \(what), but the rule is about another protocol already", at: range(x))
  }

  private mutating func payload(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) -> Selector? {
    let origin = range(x)
    guard requireHeader(node.word, x, origin, &rule) else { return nil }
    if node.word == .arp, node.field == .saddr || node.field == .daddr {
      if node.flag == 1 {
        let field: Field = node.field == .saddr ? .arpSenderIP : .arpTargetIP
        return Selector(form: .field(field), type: .ipv4Address, width: 32)
      }
      return .unknown(.notModelled, text(x), .etherAddress, 48)
    }
    if node.field == .addr || node.field == .sid {
      return .unknown(.notModelled, text(x), .ipv6Address, 128)
    }
    guard let layout = HeaderTable.field(node.word, node.field) else { return nil }
    if let form = form(node.word, node.field, x, origin, &rule) {
      return Selector(form: form, type: layout.type, width: layout.width)
    }
    return .unknown(.notModelled, text(x), layout.type, layout.width)
  }

  /// Adds what a header implies: its family and its protocol number.
  private mutating func requireHeader(_ header: Word, _ x: Ex, _ origin: SourceRange, _ rule: inout RuleBuilder) -> Bool
  {
    func networkFor(_ header: Word) -> UInt128? {
      switch header {
      case .ip, .icmp, .igmp: NetworkProtocol.ipv4
      case .ip6, .icmpv6, .hbh, .dst, .frag, .rt, .rt0, .rt2, .rt4, .srh, .mh: NetworkProtocol.ipv6
      case .arp: NetworkProtocol.arp
      default: nil
      }
    }
    // ICMP inside the other IP version is strange, but nft takes it.
    let isControl = header == .icmp || header == .icmpv6 || header == .igmp
    if let network = networkFor(header), !(isControl && rule.network != nil), !rule.requireNetwork(network, at: origin)
    {
      conflict(x, network == NetworkProtocol.ipv4 ? "IPv4" : network == NetworkProtocol.ipv6 ? "IPv6" : "ARP")
      return false
    }
    let transport: UInt8? =
      switch header {
      case .tcp: IPProtocol.tcp
      case .udp: IPProtocol.udp
      case .udplite: IPProtocol.udplite
      case .sctp: IPProtocol.sctp
      case .dccp: IPProtocol.dccp
      case .icmp: IPProtocol.icmp
      case .icmpv6: IPProtocol.icmpv6
      case .igmp: IPProtocol.igmp
      case .ah: IPProtocol.ah
      case .esp: IPProtocol.esp
      case .comp: 108
      case .gre: IPProtocol.gre
      default: nil
      }
    if rule.family == .arp, header != .arp, header != .ether {
      conflict(x, "IPv4 or IPv6")
      return false
    }
    if let transport, !rule.requireTransport(transport, at: origin) {
      conflict(x, "protocol \(header.rawValue)")
      return false
    }
    switch header {
    case .ether, .vlan:
      if header == .vlan, rule.etherTypeIsOther {
        conflict(x, "Ethernet type vlan")
        return false
      }
      if rule.family != .bridge, rule.family != .netdev, !rule.etherIsKnown {
        rule.etherIsKnown = true
        rule.imply(.inInterfaceType, 1, at: origin)
      }
    case .hbh: rule.imply(.hasHopByHop, 1, at: origin)
    case .dst: rule.imply(.hasDestinationOptions, 1, at: origin)
    case .frag: rule.imply(.hasFragmentHeader, 1, at: origin)
    case .rt, .rt0, .rt2, .rt4, .srh: rule.imply(.hasRoutingHeader, 1, at: origin)
    case .mh: rule.imply(.hasMobilityHeader, 1, at: origin)
    default: break
    }
    return true
  }

  /// The model's field for a header field, where it has one.
  private mutating func form(_ header: Word, _ field: Word, _ x: Ex, _ origin: SourceRange, _ rule: inout RuleBuilder)
    -> Selector.Form?
  {
    switch (header, field) {
    case (.ip, .saddr), (.ip6, .saddr): return .field(.source)
    case (.ip, .daddr), (.ip6, .daddr): return .field(.destination)
    case (.tcp, .dport), (.udp, .dport), (.th, .dport), (.sctp, .dport), (.dccp, .dport), (.udplite, .dport):
      return .field(.destinationPort)
    case (.tcp, .sport), (.udp, .sport), (.th, .sport), (.sctp, .sport), (.dccp, .sport), (.udplite, .sport):
      return .field(.sourcePort)
    case (.ip, .protocolWord): return .field(.transportProtocol)
    case (.ip6, .nexthdr): return .field(.nextHeader)
    case (.ip, .ttl), (.ip6, .hoplimit): return .field(.ttl)
    case (.ip, .dscp), (.ip6, .dscp): return .field(.dscp)
    case (.ip, .ecn), (.ip6, .ecn): return .field(.ecn)
    case (.ip, .id): return .field(.ipID)
    case (.ip, .hdrlength): return .field(.ipHeaderLength)
    case (.ip, .length): return .field(.ipTotalLength)
    case (.ip, .fragOff): return .fragmentWord
    case (.ip6, .flowlabel): return .field(.flowLabel)
    case (.tcp, .flags): return .field(.tcpFlags)
    case (.tcp, .sequence): return .field(.tcpSequence)
    case (.tcp, .ackseq): return .field(.tcpAcknowledgment)
    case (.tcp, .window): return .field(.tcpWindow)
    case (.tcp, .urgptr): return .field(.tcpUrgent)
    case (.tcp, .doff): return .field(.tcpHeaderLength)
    case (.udp, .length): return .field(.udpLength)
    case (.icmp, .type), (.icmpv6, .type): return .field(.icmpType)
    case (.icmp, .code), (.icmpv6, .code): return .field(.icmpCode)
    case (.icmp, .id), (.icmp, .sequence):
      requireICMPType([0, 8], x, rule)
      rule.steps.append(.match(Match(.field(.icmpType, ValueSet(values: [0, 8])), at: origin, isImplied: true)))
      return .field(field == .id ? .icmpID : .icmpSequence)
    case (.icmpv6, .id), (.icmpv6, .sequence):
      requireICMPType([128, 129], x, rule)
      rule.steps.append(.match(Match(.field(.icmpType, ValueSet(values: [128, 129])), at: origin, isImplied: true)))
      return .field(field == .id ? .icmpID : .icmpSequence)
    case (.icmp, .mtu):
      requireICMPType([3], x, rule)
      rule.imply(.icmpType, 3, at: origin)
      return .field(.icmpMTU)
    case (.icmpv6, .mtu):
      requireICMPType([2], x, rule)
      rule.imply(.icmpType, 2, at: origin)
      return .field(.icmpMTU)
    case (.icmp, .gateway):
      requireICMPType([5], x, rule)
      rule.imply(.icmpType, 5, at: origin)
      return nil
    case (.icmpv6, .parameterProblem):
      requireICMPType([4], x, rule)
      rule.imply(.icmpType, 4, at: origin)
      return nil
    case (.ether, .saddr): return .field(.etherSource)
    case (.ether, .daddr): return .field(.etherDestination)
    case (.ether, .type): return .protocolFamily
    case (.vlan, .id): return .field(.vlanID)
    case (.vlan, .pcp): return .field(.vlanPriority)
    case (.arp, .operation): return .field(.arpOperation)
    case (.frag, .fragOff): return .field(.fragmentOffset)
    case (.frag, .moreFragments): return .field(.moreFragments)
    case (.rt, .type): return .field(.routingType)
    case (.rt, .hdrlength): return .field(.routingLength)
    case (.rt, .segLeft): return .field(.routingSegmentsLeft)
    case (.frag, .id): return .field(.fragmentID)
    case (.frag, .reserved): return .field(.fragmentReserved)
    case (.hbh, .hdrlength): return .field(.hopByHopLength)
    case (.dst, .hdrlength): return .field(.destinationOptionsLength)
    case (.ah, .hdrlength): return .field(.ahLength)
    case (.ah, .reserved): return .field(.ahReserved)
    case (.ah, .spi): return .field(.ahSPI)
    case (.esp, .spi): return .field(.espSPI)
    case (.comp, .cpi): return .field(.ipcompCPI)
    case (.dccp, .type): return .field(.dccpType)
    case (.mh, .type): return .field(.mobilityType)
    default: return nil
    }
  }

  /// Some fields stand in messages of certain types only.
  private mutating func requireICMPType(_ types: [UInt128], _ x: Ex, _ rule: RuleBuilder) {
    guard let type = rule.icmpType, !types.contains(type) else { return }
    let wanted = types.map { String($0) }.joined(separator: " or ")
    report(
      .typeError, "`\(text(x))` is in messages of type \(wanted) only, but the rule is about type \(type)", at: range(x)
    )
  }

  /// `@th,16,16` is the destination port, whatever the protocol; other places only where the layout is certain.
  private mutating func rawPayload(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) -> Selector {
    let first = firstChild(x)
    let offset = Int(symbol(first)) ?? -1
    let width = Int(symbol(sibling(first))) ?? 0
    let unknown = Selector.unknown(.notModelled, text(x), .integer, width)
    if node.word == .th {
      if width == 16, offset == 0 { return Selector(form: .field(.sourcePort), type: .integer, width: 16) }
      if width == 16, offset == 16 { return Selector(form: .field(.destinationPort), type: .integer, width: 16) }
      return unknown
    }
    guard node.word == .nh, let network = rule.network else { return unknown }
    let fields: [(Int, Int, Field)] =
      network == NetworkProtocol.ipv4
      ? [(96, 32, .source), (128, 32, .destination), (64, 8, .ttl), (72, 8, .transportProtocol), (32, 16, .ipID)]
      : network == NetworkProtocol.ipv6 ? [(64, 128, .source), (192, 128, .destination), (56, 8, .ttl)] : []
    for (at, size, field) in fields where at == offset && size == width {
      return Selector(form: .field(field), type: .integer, width: width)
    }
    return unknown
  }

  // MARK: Options and extension headers

  private func tcpOption(_ x: Ex, _ node: Node) -> Selector {
    let isField = node.field != .none || node.flag == 1
    let name = symbol(firstChild(x))
    if name == "maxseg" || name == "mss" {
      if node.field == .size { return Selector(form: .field(.tcpMSS), type: .integer, width: 16) }
      if !isField { return Selector(form: .presence(.tcpMSS), type: .boolean, width: 1) }
    }
    let kinds = [
      "nop": 1, "window": 3, "sack-perm": 4, "sack-permitted": 4, "sack": 5, "timestamp": 8, "md5sig": 19, "mptcp": 30,
      "fastopen": 34,
    ]
    if !isField, let kind = kinds[name] ?? Int(name), (1..<64).contains(kind) {
      return Selector(form: .anyBit(.tcpOptionKinds, mask: 1 << UInt128(kind)), type: .boolean, width: 1)
    }
    var width = isField ? TCPOptions.width(node.field) : 1
    if node.flag == 1, let digits = text(x).split(separator: ",").last { width = Int(digits) ?? 32 }
    return .unknown(.notModelled, text(x), isField ? .integer : .boolean, width)
  }

  private mutating func ipOption(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) -> Selector? {
    guard rule.requireNetwork(NetworkProtocol.ipv4, at: range(x)) else {
      conflict(x, "IPv4")
      return nil
    }
    guard node.field == .none else { return .unknown(.notModelled, text(x), .integer, 32) }
    let field: Field? =
      switch symbol(firstChild(x)) {
      case "lsrr": .hasLSRR
      case "ssrr": .hasSSRR
      case "rr": .hasRecordRoute
      case "ra": .hasRouterAlert
      case "timestamp": .hasTimestampOption
      default: nil
      }
    guard let field else { return .unknown(.notModelled, text(x), .boolean, 1) }
    return Selector(form: .field(field), type: .boolean, width: 1)
  }

  private mutating func extensionHeader(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) -> Selector? {
    guard rule.requireNetwork(NetworkProtocol.ipv6, at: range(x)) else {
      conflict(x, "IPv6")
      return nil
    }
    let field: Field? =
      switch node.word {
      case .hbh: .hasHopByHop
      case .dst: .hasDestinationOptions
      case .frag: .hasFragmentHeader
      case .rt, .rt0, .rt2, .rt4, .srh: .hasRoutingHeader
      case .mh: .hasMobilityHeader
      case .ah: .hasAH
      case .esp: .hasESP
      default: nil
      }
    guard let field else { return .unknown(.notModelled, text(x), .boolean, 1) }
    return Selector(form: .field(field), type: .boolean, width: 1)
  }
}
