import JSONText
import NftablesSyntax

// Header fields, metadata and functions: their canonical spelling, data type and place.
extension NftablesListing {
  static func object(_ members: [(key: String, value: JSONValue)]) -> JSONValue { .object(members) }

  /// A field of the packet or something that is computed; nil where the node is none.
  mutating func field(_ x: Ex) -> ListedField? {
    let node = reader.node(x)
    switch node.kind {
    case .payload: return payload(x, node)
    case .rawPayload: return rawPayload(x)
    case .meta: return meta(node)
    case .conntrack: return conntrack(node)
    case .tcpOption: return tcpOption(x, node)
    case .ipOption: return option(x, "ip option", node)
    case .sctpChunk: return chunk(x)
    case .dccpOption:
      let number = reader.symbol(reader.firstChild(x))
      let json = Self.object([("dccp option", Self.object([("type", .number(number))]))])
      return ListedField(printed: Printed("dccp option \(number)", json), type: ValueType(.boolean, 1))
    case .extensionHeader:
      let json = Self.object([("exthdr", Self.object([("name", .string(node.word.text))]))])
      return ListedField(printed: Printed("exthdr \(node.word.text)", json), type: ValueType(.boolean, 1))
    case .routing: return routing(node)
    case .socket: return socket(x, node)
    case .osf: return osf(node)
    case .fib: return fib(x, node)
    case .numgen: return numgen(x, node)
    case .hash: return hash(x, node)
    case .ipsec: return ipsec(x, node)
    case .inner: return inner(x, node)
    default: return nil
    }
  }

  // MARK: Headers

  static func base(of header: Word) -> HeaderBase? {
    switch header {
    case .ether, .vlan: .link
    case .ip, .ip6, .arp: .network
    case .tcp, .udp, .udplite, .sctp, .dccp, .icmp, .icmpv6, .igmp, .ah, .esp, .comp, .th, .gre, .gretap: .transport
    default: nil
    }
  }

  private func payload(_ x: Ex, _ node: Node) -> ListedField? {
    let header = node.word
    var field = node.field
    if header == .vlan, field == .cfi { field = .dei }
    var type = HeaderTable.field(header, field).map { ValueType($0.type, $0.width) }
    var name = field.text
    if header == .arp, field == .saddr || field == .daddr {
      type = node.flag == 1 ? ValueType(.ipv4Address) : ValueType(.etherAddress)
      name += node.flag == 1 ? " ip" : " ether"
    }
    switch header {
    case .hbh, .dst, .frag, .rt, .rt0, .rt2, .rt4, .srh, .mh:
      var members: [(key: String, value: JSONValue)] = [("name", .string(header.text)), ("field", .string(name))]
      var text = "\(header.text) \(name)"
      let written = reader.text(x)
      if let bracket = written.lastIndex(of: "["), written.hasSuffix("]") {
        let index = written[written.index(after: bracket)...].dropLast().filter { !$0.isWhitespace }
        text += "[\(index)]"
        members.append(("offset", .number(String(index))))
        type = ValueType(.ipv6Address)
      }
      return ListedField(
        printed: Printed(text, Self.object([("exthdr", Self.object(members))])),
        type: type ?? ValueType(.integer, 8), header: .hbh)
    default: break
    }
    let json = Self.object([
      ("payload", Self.object([("protocol", .string(header.text)), ("field", .string(name))]))
    ])
    return ListedField(
      printed: Printed("\(header.text) \(name)", json), type: type ?? ValueType(.integer, 16),
      base: Self.base(of: header), header: header, field: field)
  }

  private static let templateFields: [Word] = [
    .version, .hdrlength, .dscp, .ecn, .length, .id, .fragOff, .ttl, .protocolWord, .checksum, .saddr, .daddr, .flowlabel,
    .nexthdr, .hoplimit, .sport, .dport, .sequence, .ackseq, .doff, .reserved, .flags, .window, .urgptr, .csumcov, .vtag,
    .type, .code, .mrt, .group,
  ]

  /// Raw bits; those that are a field of a header that is known here are printed as the field.
  private func rawPayload(_ x: Ex) -> ListedField? {
    let parts = reader.children(x).compactMap { Int(reader.symbol($0)) }
    guard parts.count == 2 else { return nil }
    let name = reader.node(x).word
    let header: Word? =
      switch name {
      case .ll: context.link
      case .nh: context.network
      case .th: context.transport.flatMap { Self.transportHeader($0) } ?? .th
      default: nil
      }
    if let header {
      for field in Self.templateFields {
        guard let found = HeaderTable.field(header, field), found.offset == parts[0], found.width == parts[1] else {
          continue
        }
        let json = Self.object([
          ("payload", Self.object([("protocol", .string(header.text)), ("field", .string(field.text))]))
        ])
        return ListedField(
          printed: Printed("\(header.text) \(field.text)", json), type: ValueType(found.type, found.width),
          base: Self.base(of: header), header: header, field: field)
      }
    }
    let json = Self.object([
      (
        "payload",
        Self.object([
          ("base", .string(name.text)), ("offset", .int(parts[0])), ("len", .int(parts[1])),
        ])
      )
    ])
    return ListedField(
      printed: Printed("@\(name.text),\(parts[0]),\(parts[1])", json), type: ValueType(.integer, parts[1], isHex: true))
  }

  static func transportHeader(_ number: UInt8) -> Word? {
    switch number {
    case 6: .tcp
    case 17: .udp
    case 136: .udplite
    case 132: .sctp
    case 33: .dccp
    case 1: .icmp
    case 58: .icmpv6
    case 2: .igmp
    case 51: .ah
    case 50: .esp
    case 108: .comp
    case 47: .gre
    default: nil
    }
  }

  static func transportNumber(_ header: Word) -> UInt8? {
    switch header {
    case .tcp: 6
    case .udp: 17
    case .udplite: 136
    case .sctp: 132
    case .dccp: 33
    case .icmp: 1
    case .icmpv6: 58
    case .igmp: 2
    case .ah: 51
    case .esp: 50
    case .comp: 108
    case .gre, .gretap: 47
    default: nil
    }
  }

  private mutating func inner(_ x: Ex, _ node: Node) -> ListedField? {
    guard var inside = field(reader.firstChild(x)) else { return nil }
    var json = inside.printed.json
    if let payload = json["payload"], let members = payload.members {
      json = Self.object([("payload", .object([("tunnel", .string(node.word.text))] + members))])
    }
    inside.printed = Printed("\(node.word.text) \(inside.printed.text)", json)
    inside.base = nil
    inside.header = .none
    return inside
  }

  private func tcpOption(_ x: Ex, _ node: Node) -> ListedField? {
    if node.flag == 1 {
      let text = reader.text(x).filter { !$0.isWhitespace }
      guard let at = text.firstIndex(of: "@") else { return nil }
      let parts = text[text.index(after: at)...].split(separator: ",").map(String.init)
      guard parts.count == 3, let width = Int(parts[2]) else { return nil }
      let kind = UInt64(parts[0]).map(String.init) ?? TCPOptions.kind(of: parts[0]).map(String.init) ?? parts[0]
      let json = Self.object([
        ("tcp option", Self.object([("base", .number(kind)), ("offset", .number(parts[1])), ("len", .number(parts[2]))]))
      ])
      return ListedField(
        printed: Printed("tcp option @\(kind),\(parts[1]),\(parts[2])", json), type: ValueType(.integer, width))
    }
    let spelt = reader.symbol(reader.firstChild(x))
    let name = TCPOptions.canonicalName(spelt)
    guard node.field != .none else {
      var members: [(key: String, value: JSONValue)] = [("name", .string(name))]
      if Int(name) != nil { members = [("base", .number(name)), ("offset", .int(0)), ("len", .int(8))] }
      let json = Self.object([("tcp option", Self.object(members))])
      return ListedField(printed: Printed("tcp option \(name)", json), type: ValueType(.boolean, 1), header: .tcp)
    }
    let json = Self.object([
      ("tcp option", Self.object([("name", .string(name)), ("field", .string(node.field.text))]))
    ])
    return ListedField(
      printed: Printed("tcp option \(name) \(node.field.text)", json),
      type: ValueType(.integer, TCPOptions.width(node.field)), header: .tcp)
  }

  private func option(_ x: Ex, _ kind: String, _ node: Node) -> ListedField? {
    let name = reader.symbol(reader.firstChild(x))
    guard node.field != .none else {
      let json = Self.object([(kind, Self.object([("name", .string(name))]))])
      return ListedField(printed: Printed("\(kind) \(name)", json), type: ValueType(.boolean, 1))
    }
    let json = Self.object([(kind, Self.object([("name", .string(name)), ("field", .string(node.field.text))]))])
    let width = node.field == .value ? 16 : node.field == .addr ? 32 : 8
    let type: Datatype = node.field == .addr ? .ipv4Address : .integer
    return ListedField(printed: Printed("\(kind) \(name) \(node.field.text)", json), type: ValueType(type, width))
  }

  private func chunk(_ x: Ex) -> ListedField? {
    let parts = reader.children(x).map { reader.symbol($0) }
    guard let name = parts.first else { return nil }
    guard parts.count > 1 else {
      let json = Self.object([("sctp chunk", Self.object([("name", .string(name))]))])
      return ListedField(printed: Printed("sctp chunk \(name)", json), type: ValueType(.boolean, 1))
    }
    let width =
      switch parts[1] {
      case "type", "flags": 8
      case "length", "stream", "ssn", "num-outbound-streams", "num-inbound-streams", "num-gap-ack-blocks",
        "num-dup-tsns":
        16
      default: 32
      }
    let json = Self.object([("sctp chunk", Self.object([("name", .string(name)), ("field", .string(parts[1]))]))])
    return ListedField(printed: Printed("sctp chunk \(name) \(parts[1])", json), type: ValueType(.integer, width))
  }

  // MARK: Keys

  private func meta(_ node: Node) -> ListedField? {
    var key = node.word
    if key == .secpath { key = .ipsec }
    if key == .ibridgename { key = .ibrname }
    if key == .obridgename { key = .obrname }
    let type: ValueType =
      switch key {
      case .iifname, .oifname, .ibrname, .obrname, .sdifname, .ibriport, .obriport: ValueType(.ifName)
      case .iif, .oif, .sdif: ValueType(.ifIndex, 32)
      case .iiftype, .oiftype: ValueType(.arpHardware)
      case .iifgroup, .oifgroup: ValueType(.deviceGroup)
      case .nfproto: ValueType(.nfproto)
      case .l4proto: ValueType(.inetProtocol)
      case .protocolWord, .ibrvproto: ValueType(.etherType)
      case .mark: ValueType(.mark)
      case .priority: ValueType(.priority)
      case .pkttype: ValueType(.packetType)
      case .skuid: ValueType(.uid)
      case .skgid: ValueType(.gid)
      case .time: ValueType(.timeDate)
      case .hour: ValueType(.timeHour)
      case .day: ValueType(.timeDay)
      case .rtclassid: ValueType(.realm)
      case .ipsec: ValueType(.boolean)
      case .iifkind, .oifkind: ValueType(.interfaceKind)
      case .ibrpvid: ValueType(.integer, 16)
      case .ibrhwaddr: ValueType(.etherAddress)
      case .nftrace: ValueType(.integer, 1)
      case .secmark: ValueType(.string, 0)
      default: .integer32
      }
    let isBare: Bool =
      switch key {
      case .iif, .oif, .iifname, .oifname, .iifgroup, .oifgroup: true
      default: false
      }
    let json = Self.object([("meta", Self.object([("key", .string(key.text))]))])
    return ListedField(
      printed: Printed(isBare ? key.text : "meta \(key.text)", json), type: type, header: .meta, field: key)
  }

  private func conntrack(_ node: Node) -> ListedField? {
    let key = node.word
    var words: [String] = []
    var members: [(key: String, value: JSONValue)] = [("key", .string(key.text))]
    var type: ValueType
    var base: HeaderBase?
    var header = Word.none
    switch key {
    case .state: type = ValueType(.ctState)
    case .direction: type = ValueType(.ctDirection)
    case .status: type = ValueType(.ctStatus)
    case .mark: type = ValueType(.mark)
    case .expiration: type = ValueType(.time, 32)
    case .helper, .timeout, .expectation: type = ValueType(.string, 128)
    case .label: type = ValueType(.ctLabel)
    case .l3proto: type = ValueType(.nfproto)
    case .protocolWord: type = ValueType(.inetProtocol)
    case .protoSrc, .protoDst: type = ValueType(.inetService)
    case .zone: type = ValueType(.integer, 16)
    case .bytes, .packets, .avgpkt: type = ValueType(.integer, 64)
    case .event: type = ValueType(.ctEvent)
    case .saddr, .daddr:
      let version = node.field != .none ? node.field : context.network == .ip6 ? Word.ip6 : .ip
      type = version == .ip6 ? ValueType(.ipv6Address) : ValueType(.ipv4Address)
      // The IP version is a dependency like that of a header field.
      base = .network
      header = version
      words.append(version.text)
      members[0] = ("key", .string("\(version.text) \(key.text)"))
    default: type = .integer32
    }
    // The kernel keeps no direction for these two.
    let isDirected = node.flag != 0 && key != .protocolWord && key != .l3proto
    var text = "ct "
    if isDirected {
      text += node.flag == 1 ? "original " : "reply "
      members.append(("dir", .string(node.flag == 1 ? "original" : "reply")))
    }
    text += (words + [key.text]).joined(separator: " ")
    return ListedField(
      printed: Printed(text, Self.object([("ct", Self.object(members))])), type: type, base: base, header: header,
      field: key)
  }

  private func routing(_ node: Node) -> ListedField? {
    let key = node.word
    var members: [(key: String, value: JSONValue)] = [("key", .string(key.text))]
    var text = "rt \(key.text)"
    let type: ValueType
    switch key {
    case .classid: type = ValueType(.realm)
    case .ipsec: type = ValueType(.boolean)
    case .mtu: type = ValueType(.integer, 16)
    default:
      let version = node.field != .none ? node.field : context.network == .ip6 ? Word.ip6 : .ip
      type = version == .ip6 ? ValueType(.ipv6Address) : ValueType(.ipv4Address)
      text = "rt \(version.text) \(key.text)"
      members.append(("family", .string(version.text)))
    }
    return ListedField(printed: Printed(text, Self.object([("rt", Self.object(members))])), type: type)
  }

  private func socket(_ x: Ex, _ node: Node) -> ListedField? {
    var members: [(key: String, value: JSONValue)] = [("key", .string(node.word.text))]
    var text = "socket \(node.word.text)"
    let type: ValueType
    switch node.word {
    case .mark: type = ValueType(.mark)
    case .cgroupv2:
      let level = reader.text(x).split { $0.isWhitespace }.last.map(String.init) ?? "1"
      text += " level \(level)"
      members.append(("level", .number(level)))
      type = ValueType(.cgroupv2)
    default: type = ValueType(.integer, 8)
    }
    return ListedField(printed: Printed(text, Self.object([("socket", Self.object(members))])), type: type)
  }

  private func osf(_ node: Node) -> ListedField? {
    var members: [(key: String, value: JSONValue)] = [("key", .string(node.word.text))]
    var text = "osf "
    if node.field != .none {
      text += "ttl \(node.field.text) "
      members.append(("ttl", .string(node.field.text)))
    }
    text += node.word.text
    return ListedField(
      printed: Printed(text, Self.object([("osf", Self.object(members))])), type: ValueType(.string, 128))
  }

  private func fib(_ x: Ex, _ node: Node) -> ListedField? {
    let given = reader.children(x).map { reader.node($0).word }
    let flags = [Word.saddr, .daddr, .mark, .iif, .oif].filter { given.contains($0) }.map(\.text)
    let json = Self.object([
      (
        "fib",
        Self.object([
          ("result", .string(node.word.text)),
          ("flags", .array(flags.map { .string($0) })),
        ])
      )
    ])
    let type: ValueType =
      switch node.word {
      case .type: ValueType(.fibAddressType)
      case .oifname: ValueType(.ifName)
      default: ValueType(.ifIndex, 32)
      }
    return ListedField(
      printed: Printed("fib \(flags.joined(separator: " . ")) \(node.word.text)", json), type: type, header: .fib)
  }

  private func number(_ x: Ex) -> UInt128 {
    let bytes = Array(reader.symbol(x).utf8)
    return NftablesReader.number(bytes, 0, bytes.count) ?? 0
  }

  private func numgen(_ x: Ex, _ node: Node) -> ListedField? {
    let numbers = reader.children(x).map { number($0) }
    guard let modulus = numbers.first else { return nil }
    let offset = numbers.count > 1 ? numbers[1] : 0
    let mode = node.word == .inc ? "inc" : "random"
    let json = Self.object([
      (
        "numgen",
        Self.object([
          ("mode", .string(mode)), ("mod", .number(String(modulus))), ("offset", .number(String(offset))),
        ])
      )
    ])
    return ListedField(
      printed: Printed("numgen \(mode) mod \(modulus)" + (offset > 0 ? " offset \(offset)" : ""), json),
      type: .integer32)
  }

  private mutating func hash(_ x: Ex, _ node: Node) -> ListedField? {
    var children = reader.children(x)
    var text = node.word.text
    var members: [(key: String, value: JSONValue)] = []
    if node.word == .jhash {
      guard !children.isEmpty, let key = operand(children.removeFirst()) else { return nil }
      text += " \(key.printed.text)"
      members.append(("expr", key.printed.json))
    }
    guard !children.isEmpty else { return nil }
    let modulus = number(children.removeFirst())
    text += " mod \(modulus)"
    members.insert(("mod", .number(String(modulus))), at: 0)
    var seed: UInt128?
    var offset: UInt128 = 0
    for option in children {
      // An option is the keyword and its number.
      let file = reader.files[Int(option.file)]
      let token = file.tokens[Int(reader.node(option).end) - 1]
      let bytes = Array(file.bytes(of: token))
      let value = NftablesReader.number(bytes, 0, bytes.count) ?? 0
      if reader.node(option).word == .seed { seed = value } else { offset = value }
    }
    if let seed {
      text += " seed 0x" + String(seed, radix: 16)
      members.append(("seed", .number(String(seed))))
    }
    if offset > 0 { text += " offset \(offset)" }
    if offset > 0 { members.append(("offset", .number(String(offset)))) }
    return ListedField(printed: Printed(text, Self.object([(node.word.text, Self.object(members))])), type: .integer32)
  }

  private func ipsec(_ x: Ex, _ node: Node) -> ListedField? {
    let direction = node.flag == 1 ? "in" : "out"
    let index = reader.children(x).first.map { number($0) } ?? 0
    var text = "ipsec \(direction) "
    if index > 0 { text += "spnum \(index) " }
    var members: [(key: String, value: JSONValue)] = [("key", .string(node.word.text))]
    if node.field != .none {
      text += node.field.text + " "
      members.append(("family", .string(node.field.text)))
    }
    text += node.word.text
    members += [("dir", .string(direction)), ("spnum", .number(String(index)))]
    let type: ValueType = node.field == .ip6 ? ValueType(.ipv6Address) : node.field == .ip ? ValueType(.ipv4Address) : .integer32
    return ListedField(printed: Printed(text, Self.object([("ipsec", Self.object(members))])), type: type)
  }
}
