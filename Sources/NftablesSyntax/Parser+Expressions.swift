import SourceText

// What stands left of a comparison: header fields, keys and operations on them.
extension Parser {
  /// True when the word here can begin an expression that reads something from the packet.
  var startsLeftSide: Bool {
    switch kind {
    case .at, .leftParen, .dollar, .number, .address: return true
    case .word: return isSelectorWord(word)
    default: return false
    }
  }

  func isSelectorWord(_ word: Word) -> Bool {
    switch word {
    case .meta, .ct, .rt, .socket, .osf, .fib, .numgen, .jhash, .symhash, .ipsec, .exthdr, .ether, .vlan, .arp, .ip,
      .icmp, .igmp, .ip6, .icmpv6, .tcp, .udp, .udplite, .sctp, .dccp, .comp, .ah, .esp, .th, .gre, .vxlan, .geneve,
      .gretap, .hbh, .dst, .frag, .rt0, .rt2, .rt4, .srh, .mh:
      return true
    default: return isUnqualifiedMeta(word)
    }
  }

  /// Keys that need no `meta` before them.
  func isUnqualifiedMeta(_ word: Word) -> Bool {
    switch word {
    case .mark, .iif, .iifname, .iiftype, .oif, .oifname, .oiftype, .skuid, .skgid, .nftrace, .rtclassid, .ibriport,
      .obriport, .ibrname, .obrname, .ibridgename, .obridgename, .pkttype, .cpu, .iifgroup, .oifgroup, .cgroup,
      .l4proto, .nfproto, .protocolWord, .length, .random, .secpath, .time, .day, .hour:
      return true
    default: return false
    }
  }

  /// True when a new statement starts here, so that what came before is complete.
  var startsStatement: Bool {
    switch word {
    case .accept, .drop, .reject, .jump, .goto, .return, .continue, .queue, .counter, .log, .limit, .quota, .comment,
      .snat, .dnat, .masquerade, .redirect, .tproxy, .notrack, .dup, .fwd, .flow, .add, .update, .delete, .meter, .xt:
      return true
    default: return false
    }
  }

  mutating func parseLeftSide() -> NodeID {
    let first = parseLeftBasic()
    if first == 0 || kind != .dot { return first }
    let id = open(.concatenation, from: first)
    var list = ChildList()
    add(first, to: &list)
    while take(.dot) {
      let part = parseLeftBasic()
      if part == 0 { return 0 }
      add(part, to: &list)
    }
    close(id, list)
    return id
  }

  /// A field with the operations on it: `ct mark & 0xff`, `tcp flags & (fin | syn)`, `meta mark << 8`.
  mutating func parseLeftBasic() -> NodeID {
    parseBinary(level: 0) {
      $0.parseLeftPrimary()
    } operand: {
      $0.parseOperand()
    }
  }

  /// Operators from weak to strong: `|`, `^`, `&`, shifts.
  private func binaryLevel() -> Int? {
    switch kind {
    case .pipe: 0
    case .caret: 1
    case .ampersand: 2
    case .shiftLeft, .shiftRight: 3
    case .word:
      switch word {
      case .or: 0
      case .xor: 1
      case .and: 2
      case .lshift, .rshift: 3
      default: nil
      }
    default: nil
    }
  }

  static let binaryOr: UInt8 = 0
  static let binaryXor: UInt8 = 1
  static let binaryAnd: UInt8 = 2
  static let binaryShiftLeft: UInt8 = 3
  static let binaryShiftRight: UInt8 = 4

  mutating func parseBinary(
    level: Int, first: (inout Parser) -> NodeID, operand: (inout Parser) -> NodeID
  ) -> NodeID {
    var left = first(&self)
    if left == 0 || binaryLevel() == nil { return left }
    return continueBinary(&left, level: level, operand: operand)
  }

  private mutating func continueBinary(
    _ left: inout NodeID, level: Int, operand: (inout Parser) -> NodeID
  ) -> NodeID {
    var count = 0
    while let found = binaryLevel(), found >= level {
      count += 1
      if count > Self.maximumOperators { return fail("fewer operators in one expression") }
      let isRight = kind == .shiftRight || word == .rshift
      advance()
      var right = operand(&self)
      if right == 0 { return 0 }
      while let next = binaryLevel(), next > found {
        right = continueBinary(&right, level: found + 1, operand: operand)
        if right == 0 { return 0 }
      }
      let id = open(.binary, from: left)
      nodes[Int(id)].flag = isRight ? Self.binaryShiftRight : UInt8(truncatingIfNeeded: found)
      var list = ChildList()
      add(left, to: &list)
      add(right, to: &list)
      close(id, list)
      left = id
    }
    return left
  }

  /// The right operand of `&`, `|` …: a constant, a list in parentheses, or another field.
  private mutating func parseOperand() -> NodeID {
    if kind == .leftParen {
      return nested { parser in
        parser.advance()
        let inner = parser.parseBinary(level: 0) {
          $0.parseOperand()
        } operand: {
          $0.parseOperand()
        }
        if inner == 0 { return 0 }
        guard parser.take(.rightParen) else { return parser.fail("`)`") }
        return inner
      }
    }
    if startsSelector { return parseLeftPrimary() }
    return parseRightPrimary()
  }

  private mutating func parseLeftPrimary() -> NodeID {
    switch kind {
    case .leftParen:
      return nested { parser in
        parser.advance()
        let inner = parser.parseLeftSide()
        if inner == 0 { return 0 }
        guard parser.take(.rightParen) else { return parser.fail("`)`") }
        return inner
      }
    case .at: return parseRawPayload()
    case .dollar: return parseVariable()
    case .number, .address: return leaf(.symbol)
    default: break
    }
    switch word {
    case .meta: return parseMeta()
    case .ct: return parseConntrack()
    case .rt: return parseRouting()
    case .socket: return parseSocket()
    case .osf: return parseOsf()
    case .fib: return parseFib()
    case .numgen: return parseNumgen()
    case .jhash, .symhash: return parseHash()
    case .ipsec: return parseIpsec()
    case .exthdr:
      let id = open(.extensionHeader)
      advance()
      guard word == .hbh || word == .rt || word == .frag || word == .dst || word == .mh else {
        return fail("`hbh`, `rt`, `frag`, `dst` or `mh`", near: Self.extensionHeaders)
      }
      nodes[Int(id)].word = word
      advance()
      close(id)
      return id
    case .tcp: return parseTCP()
    case .ip where nextToken.word == .option: return parseIPOption()
    case .sctp where nextToken.word == .chunk: return parseChunk()
    case .dccp where nextToken.word == .option: return parseDCCPOption()
    case .arp: return parseARP()
    case .hbh, .dst, .frag, .rt0, .rt2, .rt4, .srh, .mh: return parseExtensionHeaderField()
    case .vxlan, .geneve, .gre, .gretap: return parseTunnel()
    case .ether, .vlan, .ip, .icmp, .igmp, .ip6, .icmpv6, .udp, .udplite, .sctp, .dccp, .comp, .ah, .esp, .th:
      return parseHeaderField()
    default:
      if isUnqualifiedMeta(word) {
        let id = leaf(.meta, word: word)
        nodes[Int(id)].flag = 1
        return id
      }
      return fail("an expression such as `ip saddr`", near: Self.statementWords)
    }
  }

  static let extensionHeaders = ["hbh", "rt", "frag", "dst", "mh"]

  /// True when a field follows, in places where a plain value may stand too (`… set mark`, `… set ip dscp`).
  var startsSelector: Bool {
    if kind == .at { return true }
    guard kind == .word else { return false }
    let next = nextToken
    switch word {
    case .meta, .ct, .rt, .socket, .osf, .fib, .numgen, .jhash, .symhash, .ipsec: return next.kind == .word
    case .iif, .oif, .iifname, .oifname, .mark, .cpu, .skuid, .skgid, .iifgroup, .oifgroup, .rtclassid, .pkttype,
      .random, .cgroup:
      return true
    case .exthdr: return next.kind == .word
    default:
      if next.word == .option || next.word == .chunk {
        return word == .ip || word == .tcp || word == .sctp || word == .dccp
      }
      return isSelectorWord(word) && next.word != .none && HeaderTable.field(word, next.word) != nil
    }
  }

  // MARK: Headers

  private mutating func parseHeaderField() -> NodeID {
    let id = open(.payload)
    let header = word
    nodes[Int(id)].word = header
    advance()
    guard kind == .word, HeaderTable.field(header, word) != nil else {
      return fail("a field of the \(header.text) header", near: HeaderTable.fieldNames(header))
    }
    nodes[Int(id)].field = word
    advance()
    close(id)
    return id
  }

  mutating func parseTCP() -> NodeID {
    guard nextToken.word == .option else { return parseHeaderField() }
    let id = open(.tcpOption)
    advance()
    advance()
    if take(.at) {
      // `tcp option @kind,offset,length`
      nodes[Int(id)].flag = 1
      guard kind == .number || kind == .word else { return fail("the kind of an option") }
      advance()
      for _ in 0..<2 {
        guard take(.comma), kind == .number else { return fail("`@kind,offset,length`") }
        advance()
      }
      close(id)
      return id
    }
    guard kind == .word || kind == .number else { return fail("the name or number of a TCP option") }
    var list = ChildList()
    nodes[Int(id)].word = word
    let name = tokenText(index)
    if kind == .number ? (Int(name).map { $0 > 255 } ?? false) : TCPOptions.fields(of: name) == nil {
      return fail("the name of a TCP option or a number up to 255", near: TCPOptions.names)
    }
    add(leaf(.symbol, word: word), to: &list)
    switch word {
    case .kind, .length, .size, .count, .left, .right, .tsval, .tsecr, .subtype:
      if let fields = TCPOptions.fields(of: name), !fields.contains(word) {
        return fail("a field of the \(name) option", near: fields.map(\.rawValue))
      }
    default: break
    }
    switch word {
    case .kind, .length, .size, .count, .left, .right, .tsval, .tsecr, .subtype:
      nodes[Int(id)].field = word
      advance()
    default: break
    }
    close(id, list)
    return id
  }

  private static let ipOptions = ["lsrr", "rr", "ssrr", "ra"]

  private mutating func parseIPOption() -> NodeID {
    let id = open(.ipOption)
    advance()
    advance()
    guard kind == .word, Self.ipOptions.contains(tokenText(index)) else {
      return fail("`lsrr`, `rr`, `ssrr` or `ra`", near: Self.ipOptions)
    }
    var list = ChildList()
    add(leaf(.symbol, word: word), to: &list)
    switch word {
    case .type, .length, .value, .ptr, .addr:
      nodes[Int(id)].field = word
      advance()
    default: break
    }
    close(id, list)
    return id
  }

  private mutating func parseChunk() -> NodeID {
    let id = open(.sctpChunk)
    advance()
    advance()
    guard kind == .word, !SCTPChunks.fields(of: tokenText(index)).isEmpty else {
      return fail("the name of a chunk", near: SCTPChunks.names)
    }
    var list = ChildList()
    add(leaf(.symbol, word: word), to: &list)
    if kind == .word,
      !SCTPChunks.fields(of: symbolText(list.head)).isEmpty || word == .type || word == .flags || word == .length,
      SCTPChunks.isField(tokenText(index))
    {
      add(leaf(.symbol, word: word), to: &list)
    }
    close(id, list)
    return id
  }

  private func symbolText(_ id: NodeID) -> String { tokenText(Int(nodes[Int(id)].first)) }

  private mutating func parseDCCPOption() -> NodeID {
    let id = open(.dccpOption)
    advance()
    advance()
    guard kind == .number else { return fail("the number of a DCCP option") }
    var list = ChildList()
    add(leaf(.symbol), to: &list)
    close(id, list)
    return id
  }

  private mutating func parseARP() -> NodeID {
    let id = open(.payload)
    nodes[Int(id)].word = .arp
    advance()
    guard HeaderTable.field(.arp, word) != nil || word == .saddr || word == .daddr else {
      return fail("a field of the arp header", near: HeaderTable.fieldNames(.arp) + ["saddr", "daddr"])
    }
    nodes[Int(id)].field = word
    let isAddress = word == .saddr || word == .daddr
    advance()
    if isAddress {
      guard word == .ip || word == .ether else { return fail("`ip` or `ether`", near: ["ip", "ether"]) }
      nodes[Int(id)].flag = word == .ip ? 1 : 2
      advance()
    }
    close(id)
    return id
  }

  private mutating func parseExtensionHeaderField() -> NodeID {
    let id = open(.payload)
    let header = word
    nodes[Int(id)].word = header
    advance()
    if word == .addr || word == .sid, nextToken.kind == .leftBracket {
      nodes[Int(id)].field = word
      advance()
      advance()
      guard kind == .number else { return fail("a number") }
      advance()
      guard take(.rightBracket) else { return fail("`]`") }
      close(id)
      return id
    }
    guard HeaderTable.field(header, word) != nil else {
      return fail("a field of the \(header.text) header", near: HeaderTable.fieldNames(header))
    }
    nodes[Int(id)].field = word
    advance()
    close(id)
    return id
  }

  /// `vxlan vni`, `gre protocol`, and headers inside: `vxlan ip saddr`, `geneve tcp dport`.
  private mutating func parseTunnel() -> NodeID {
    let header = word
    if HeaderTable.field(header, nextToken.word) != nil { return parseHeaderField() }
    let id = open(.inner)
    nodes[Int(id)].word = header
    advance()
    guard isSelectorWord(word) else {
      return fail("a field of the \(header.text) header or a header inside", near: HeaderTable.fieldNames(header))
    }
    let inside = nested { $0.parseLeftPrimary() }
    if inside == 0 { return 0 }
    var list = ChildList()
    add(inside, to: &list)
    close(id, list)
    return id
  }

  /// `@th,16,16`.
  private mutating func parseRawPayload() -> NodeID {
    let id = open(.rawPayload)
    advance()
    guard word == .ll || word == .nh || word == .th || word == .ih else {
      return fail("`ll`, `nh`, `th` or `ih`", near: ["ll", "nh", "th", "ih"])
    }
    nodes[Int(id)].word = word
    var list = ChildList()
    advance()
    for _ in 0..<2 {
      guard take(.comma), kind == .number else { return fail("`@base,offset,length`") }
      add(leaf(.symbol), to: &list)
    }
    let length = Int(tokenText(index - 1)) ?? 1
    if length == 0 { report("a length of 0 bits holds nothing", at: range(from: index - 1, to: index)) }
    if length > 128 { report("at most 128 bits are read at once", at: range(from: index - 1, to: index)) }
    close(id, list)
    return id
  }
}
