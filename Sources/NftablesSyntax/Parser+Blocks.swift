import SourceText

// Tables, chains, sets and objects in their block form.
extension Parser {
  /// Reads `{ item… }`, one item after the other. A brace that is missing is reported at the brace that opens.
  mutating func parseBody(
    into list: inout ChildList, needsSeparator: Bool = true, _ item: (inout Parser) -> NodeID
  ) {
    let brace = index
    guard take(.leftBrace) else {
      fail("`{`")
      return
    }
    guard depth < Self.maximumNesting else {
      report("nested too deeply (more than \(Self.maximumNesting) levels)", at: rangeOfCurrent())
      return
    }
    depth += 1
    defer { depth -= 1 }
    while true {
      while kind == .newline || kind == .semicolon { advance() }
      if kind == .rightBrace {
        advance()
        return
      }
      if kind == .end || (depth > 1 && startsOuterBlock()) {
        report(
          "this block is never closed", at: range(from: brace, to: brace + 1),
          labels: [Label("a `}` is missing before this", at: rangeOfCurrent())], hint: "add `}`")
        return
      }
      let start = index
      let node = item(&self)
      add(node, to: &list)
      if index == start { advance() }
      // The grammar asks for none after `elements = { … }` and `auto-merge`.
      let entry = nodes[Int(node)]
      let isClosed = entry.kind == .entry && (entry.word == .elements || entry.word == .autoMerge)
      if kind == .rightBrace, needsSeparator, !isClosed {
        report(
          "unexpected `}`, expected a line end or `;` before it", at: rangeOfCurrent(), hint: "add `;` before the `}`")
      }
      endOfStatement()
    }
  }

  /// In a chain or set: the next line begins another block of the table, so a brace is missing.
  private func startsOuterBlock() -> Bool {
    guard index > 0, tokens[index - 1].kind == .newline else { return false }
    switch word {
    case .chain, .set, .map, .flowtable: return nextToken.kind == .word && peek(2).kind == .leftBrace
    case .table:
      return nextToken.kind == .word && (peek(2).kind == .leftBrace || peek(3).kind == .leftBrace)
    default: return false
    }
  }

  mutating func parseTable() -> NodeID {
    let start = index
    let id = open(.table)
    advance()
    var list = ChildList()
    add(parseFamily(), to: &list)
    let name = parseName()
    if name == 0 { return unknown(from: start) }
    add(name, to: &list)
    if kind == .leftBrace { parseBody(into: &list) { $0.parseTableItem() } }
    close(id, list)
    return id
  }

  static let tableWords = [
    "chain", "set", "map", "flowtable", "counter", "quota", "limit", "ct", "synproxy", "secmark", "flags", "comment",
    "include", "define",
  ]

  mutating func parseTableItem() -> NodeID {
    let start = index
    switch word {
    case .chain:
      let id = open(.chain)
      advance()
      var list = ChildList()
      let name = parseName()
      if name == 0 { return unknown(from: start) }
      add(name, to: &list)
      if kind == .leftBrace { parseBody(into: &list) { $0.parseChainItem() } } else { fail("`{`") }
      close(id, list)
      return id
    case .set, .map, .meter:
      let id = open(.set)
      nodes[Int(id)].word = word
      advance()
      var list = ChildList()
      let name = parseName()
      if name == 0 { return unknown(from: start) }
      add(name, to: &list)
      if kind == .leftBrace { parseBody(into: &list) { $0.parseSetEntry() } } else { fail("`{`") }
      close(id, list)
      return id
    case .flowtable:
      let id = open(.flowtable)
      advance()
      var list = ChildList()
      let name = parseName()
      if name == 0 { return unknown(from: start) }
      add(name, to: &list)
      if kind == .leftBrace { parseBody(into: &list) { $0.parseFlowtableEntry() } } else { fail("`{`") }
      close(id, list)
      return id
    case .counter, .quota, .limit, .ct, .synproxy, .secmark: return parseObjectBlock()
    case .flags, .comment: return parseEntry()
    case .include: return parseInclude()
    case .define, .redefine: return parseDefine()
    case .undefine: return parseCommand()
    default:
      fail("`chain`, `set` or another part of a table", near: Self.tableWords)
      return unknown(from: start)
    }
  }

  /// `counter name { … }`, `ct helper name { … }`.
  private mutating func parseObjectBlock() -> NodeID {
    let start = index
    let id = open(.object)
    let object = word
    nodes[Int(id)].word = object
    advance()
    var list = ChildList()
    if object == .ct {
      switch word {
      case .helper, .timeout, .expectation:
        nodes[Int(id)].field = word
        advance()
      default:
        fail("`helper`, `timeout` or `expectation`", near: ["helper", "timeout", "expectation"])
        return unknown(from: start)
      }
    }
    let name = parseName()
    if name == 0 { return unknown(from: start) }
    add(name, to: &list)
    if kind == .leftBrace {
      parseBody(into: &list, needsSeparator: false) { $0.parseObjectEntry(object) }
    } else {
      fail("`{`")
    }
    close(id, list)
    return id
  }

  /// One line of an object's block. What it says matters to no verdict; it is kept as tokens.
  mutating func parseObjectEntry(_ object: Word) -> NodeID {
    let id = open(.entry)
    nodes[Int(id)].word = word
    if word == .comment { return parseEntry() }
    var list = ChildList()
    var braces = 0
    while kind != .end {
      if braces == 0, isAtSeparator { break }
      if kind == .leftBrace { braces += 1 }
      if kind == .rightBrace { braces -= 1 }
      if kind == .junk {
        fail("a property of this object")
        return 0
      }
      if kind == .word || kind == .number || kind == .quoted || kind == .timeString || kind == .address {
        add(leaf(.symbol, word: word), to: &list)
      } else {
        advance()
      }
    }
    close(id, list)
    return id
  }

  // MARK: Chains

  mutating func parseChainItem() -> NodeID {
    switch word {
    case .type where nextToken.kind == .word || nextToken.kind == .dollar: return parseHookSpec()
    case .policy, .comment, .flags, .devices, .device: return parseEntry()
    case .include: return parseInclude()
    case .define, .redefine: return parseDefine()
    case .undefine: return parseCommand()
    default: return parseRule()
    }
  }

  /// `type filter hook ingress device "eth0" priority filter - 10`.
  private mutating func parseHookSpec() -> NodeID {
    let start = index
    let id = open(.hookSpec)
    advance()
    var list = ChildList()
    add(leaf(.name, word: word), to: &list)
    guard take(.hook) else {
      fail("`hook`", near: ["hook"])
      return unknown(from: start)
    }
    guard kind == .word else {
      fail("the name of a hook", near: Self.hookNames)
      return unknown(from: start)
    }
    add(leaf(.name, word: word), to: &list)
    while word == .device || word == .devices {
      let entry = parseEntry()
      if entry == 0 { return unknown(from: start) }
      add(entry, to: &list)
    }
    guard take(.priority) else {
      fail("`priority`", near: ["priority"])
      return unknown(from: start)
    }
    let priority = open(.priority)
    var parts = ChildList()
    switch kind {
    case .minus where nextToken.kind == .number:
      let number = open(.symbol)
      advance()
      advance()
      close(number)
      add(number, to: &parts)
    case .number, .word, .quoted: add(leaf(.symbol, word: word), to: &parts)
    case .dollar: add(parseVariable(), to: &parts)
    default:
      fail("a priority: a number or a name such as `filter`")
      return unknown(from: start)
    }
    if kind == .plus || kind == .minus {
      nodes[Int(priority)].flag = kind == .plus ? 1 : 2
      advance()
      guard kind == .number else {
        fail("a number")
        return unknown(from: start)
      }
      add(leaf(.symbol), to: &parts)
    }
    close(priority, parts)
    add(priority, to: &list)
    // Listings of older releases put the policy on the same line without separator.
    close(id, list)
    return id
  }

  static let hookNames = ["ingress", "egress", "prerouting", "input", "forward", "output", "postrouting"]

  /// `policy accept`, `flags interval, timeout`, `size 100`, `devices = { eth0, eth1 }`, `comment "…"`.
  mutating func parseEntry() -> NodeID {
    let start = index
    let id = open(.entry)
    nodes[Int(id)].word = word
    advance()
    _ = take(.equal)
    var list = ChildList()
    while true {
      let value: NodeID
      switch kind {
      case .leftBrace: value = parseSetLiteral()
      case .dollar:
        switch nodes[Int(id)].word {
        case .size, .timeout, .gcInterval, .comment: value = parseMisplacedVariable()
        default: value = parseVariable()
        }
      case .word, .number, .quoted, .timeString, .address: value = leaf(.symbol, word: word)
      default:
        fail("a value")
        return unknown(from: start)
      }
      if value == 0 { return unknown(from: start) }
      if nodes[Int(id)].word == .comment, tokens[index - 1].upper - tokens[index - 1].lower > 130 {
        report("a comment has at most 128 bytes", at: range(from: index - 1, to: index))
      }
      add(value, to: &list)
      // A comma, or for flags of a table `flags owner persist`, nothing.
      if take(.comma) {
        skipNewlines()
        continue
      }
      if nodes[Int(id)].word == .flags, kind == .word { continue }
      break
    }
    close(id, list)
    return id
  }

  // MARK: Sets

  static let setWords = [
    "type", "typeof", "flags", "elements", "size", "timeout", "gc-interval", "auto-merge", "policy", "comment",
    "counter", "limit", "quota", "last",
  ]

  mutating func parseSetEntry() -> NodeID {
    let start = index
    switch word {
    case .type, .typeof: return parseSetType()
    case .flags, .size, .timeout, .gcInterval, .policy, .comment: return parseEntry()
    case .autoMerge: return leaf(.entry, word: .autoMerge)
    case .elements:
      let id = open(.entry)
      nodes[Int(id)].word = .elements
      advance()
      _ = take(.equal)
      let value = parseBasicRightSide()
      if value == 0 { return unknown(from: start) }
      if nodes[Int(value)].kind == .setLiteral, nodes[Int(value)].child == 0 {
        report("the braces hold no element", at: range(from: Int(nodes[Int(value)].first), to: index))
      }
      var list = ChildList()
      add(value, to: &list)
      close(id, list)
      return id
    case .counter, .limit, .quota, .last, .ct:
      // Statements that each element carries.
      let id = open(.entry)
      nodes[Int(id)].word = word
      var list = ChildList()
      while !isAtSeparator {
        let statement = parseStatement()
        if statement == 0 { return unknown(from: start) }
        add(statement, to: &list)
      }
      close(id, list)
      return id
    case .include: return parseInclude()
    case .define, .redefine: return parseDefine()
    default:
      fail("a property of this set", near: Self.setWords)
      return unknown(from: start)
    }
  }

  /// `type ipv4_addr . inet_service : verdict`, `typeof ip saddr . tcp dport : ip daddr`.
  private mutating func parseSetType() -> NodeID {
    let start = index
    let id = open(.entry)
    nodes[Int(id)].word = word
    let isTypeof = word == .typeof
    advance()
    var list = ChildList()
    var part = open(.concatenation)
    var parts = ChildList()
    while true {
      let value: NodeID
      if isTypeof {
        // `typeof … : interval …`, `typeof … : verdict`.
        if word == .interval, nodes[Int(id)].flag != 0 {
          nodes[Int(id)].flag = 2
          advance()
        }
        value = word == .none && kind == .word ? leaf(.symbol) : parseLeftBasic()
      } else if kind == .word || kind == .dollar {
        if word == .interval, nodes[Int(id)].flag != 0 {
          nodes[Int(id)].flag = 2
          advance()
        }
        value = kind == .dollar ? parseVariable() : leaf(.symbol, word: word)
      } else {
        value = fail("a type")
      }
      if value == 0 { return unknown(from: start) }
      add(value, to: &parts)
      if take(.dot) { continue }
      if kind == .comma, !isTypeof {  // `type a, b` is an old form of `a . b`
        break
      }
      close(part, parts)
      add(part, to: &list)
      guard take(.colon) else { break }
      nodes[Int(id)].flag = 1
      part = open(.concatenation)
      parts = ChildList()
    }
    close(id, list)
    return id
  }

  // MARK: Flowtables

  mutating func parseFlowtableEntry() -> NodeID {
    let start = index
    switch word {
    case .hook:
      let id = open(.entry)
      nodes[Int(id)].word = .hook
      var list = ChildList()
      while !isAtSeparator {
        if kind == .plus || kind == .minus {
          advance()
        } else if kind == .word || kind == .number || kind == .dollar {
          add(kind == .dollar ? parseVariable() : leaf(.symbol, word: word), to: &list)
        } else {
          fail("`hook ingress priority N`")
          return unknown(from: start)
        }
      }
      close(id, list)
      return id
    case .devices, .device, .flags, .comment: return parseEntry()
    case .counter: return leaf(.entry, word: .counter)
    default:
      fail("a property of this flowtable", near: ["hook", "devices", "flags", "counter"])
      return unknown(from: start)
    }
  }
}
