import SourceText

// Rules and their statements.
extension Parser {
  static let statementWords = [
    "accept", "drop", "reject", "jump", "goto", "return", "continue", "queue", "counter", "log", "limit", "quota",
    "ct", "meta", "ip", "ip6", "tcp", "udp", "icmp", "icmpv6", "ether", "arp", "vlan", "sctp", "dccp", "th", "fib",
    "rt", "socket", "snat", "dnat", "masquerade", "redirect", "tproxy", "notrack", "dup", "fwd", "flow", "synproxy",
    "iif", "oif", "iifname", "oifname", "mark", "add", "update", "delete", "set", "comment", "exthdr", "frag",
    "udplite", "igmp", "ah", "esp", "skuid", "skgid", "pkttype", "numgen", "osf", "ipsec", "meter", "xt", "last",
  ]

  mutating func parseRule() -> NodeID {
    let rule = open(.rule)
    var list = ChildList()
    while !isAtSeparator {
      let start = index
      let statement = parseStatement()
      if statement == 0 || index == start {
        if statement == 0, index == start, problems.isEmpty { fail("a statement") }
        add(unknown(from: start), to: &list)
        break
      }
      add(statement, to: &list)
    }
    close(rule, list)
    return rule
  }

  mutating func parseStatement() -> NodeID {
    switch word {
    case .accept, .drop, .continue, .return, .jump, .goto:
      let id = open(.verdictStatement)
      var list = ChildList()
      let verdict = parseVerdict()
      if verdict == 0 { return 0 }
      add(verdict, to: &list)
      close(id, list)
      return id
    case .counter: return parseCounter()
    case .limit: return parseLimit()
    case .quota: return parseQuota()
    case .log: return parseLog()
    case .reject: return parseReject()
    case .snat, .dnat, .masquerade, .redirect, .tproxy: return parseNat()
    case .notrack: return leaf(.notrack)
    case .dup, .fwd: return parseDupFwd()
    case .queue: return parseQueue()
    case .flow: return parseFlow()
    case .synproxy: return parseSynproxy()
    case .add, .update, .delete: return parseSetUpdate()
    case .set where nextToken.word == .add || nextToken.word == .update: return parseOldSetUpdate()
    case .map where nextToken.word == .add || nextToken.word == .update: return parseOldSetUpdate()
    case .meter: return parseMeter()
    case .reset where nextToken.word == .tcp: return parseResetOption()
    case .last: return parseLast()
    case .xt: return parseXt()
    case .comment:
      let id = open(.comment)
      advance()
      guard kind == .quoted || kind == .word else { return fail("a text in quotes") }
      if tokens[index].upper - tokens[index].lower > 130 {
        report("a comment has at most 128 bytes", at: range(from: index, to: index + 1))
      }
      advance()
      close(id)
      if word == .comment { return fail("the end of the rule: a comment stands last, and there is one") }
      return id
    case .ct where nextToken.word == .count: return parseConnectionLimit()
    default: return parseMatchOrAssign()
    }
  }

  /// `accept`, `jump name`.
  mutating func parseVerdict() -> NodeID {
    let id = open(.verdict)
    nodes[Int(id)].word = word
    let needsTarget = word == .jump || word == .goto
    advance()
    var list = ChildList()
    if needsTarget {
      if kind == .leftBrace {
        // `jump { … }`: a chain without name.
        let block = open(.chain)
        var items = ChildList()
        parseBody(into: &items) { $0.parseChainItem() }
        close(block, items)
        add(block, to: &list)
      } else {
        let name = parseName(allowsVariable: true)
        if name == 0 { return 0 }
        add(name, to: &list)
      }
    }
    close(id, list)
    return id
  }

  // MARK: Matches and assignments

  /// `expr [op] value`, `expr vmap {…}`, `expr set value`.
  private mutating func parseMatchOrAssign() -> NodeID {
    guard startsLeftSide else {
      return fail("a statement", near: Self.statementWords)
    }
    let left = parseLeftSide()
    if left == 0 { return 0 }
    var list = ChildList()
    add(left, to: &list)
    if word == .vmap {
      let id = open(.vmapStatement, from: left)
      advance()
      let map = parseBasicRightSide()
      if map == 0 { return 0 }
      add(map, to: &list)
      close(id, list)
      return id
    }
    if word == .set {
      let id = open(.assign, from: left)
      advance()
      if kind == .leftBrace { return fail("one value") }
      let value = parseValue()
      if value == 0 { return 0 }
      add(value, to: &list)
      close(id, list)
      return id
    }
    let id = open(.match, from: left)
    nodes[Int(id)].flag = takeOperator().rawValue
    let right = parseRightSide()
    if right == 0 { return 0 }
    add(right, to: &list)
    close(id, list)
    return id
  }

  private mutating func takeOperator() -> RelationalOperator {
    let result: RelationalOperator
    switch kind {
    case .equalEqual: result = .equal
    case .notEqual: result = .notEqual
    case .less: result = .less
    case .greater: result = .greater
    case .lessEqual: result = .lessOrEqual
    case .greaterEqual: result = .greaterOrEqual
    case .not: result = .negated
    case .word:
      switch word {
      case .eq: result = .equal
      case .ne: result = .notEqual
      case .lt: result = .less
      case .gt: result = .greater
      case .le: result = .lessOrEqual
      case .ge: result = .greaterOrEqual
      case .not: result = .negated
      default: return .implicit
      }
    default: return .implicit
    }
    advance()
    return result
  }

  // MARK: Counting and limiting

  private mutating func parseCounter() -> NodeID {
    let start = open(.counter)
    advance()
    var list = ChildList()
    if word == .name {
      nodes[Int(start)].kind = .objectReference
      nodes[Int(start)].word = .counter
      advance()
      let value = parseValue()
      if value == 0 { return 0 }
      add(value, to: &list)
    } else {
      while word == .packets || word == .bytes {
        let id = open(.option)
        nodes[Int(id)].word = word
        advance()
        guard kind == .number else { return fail("a number") }
        var value = ChildList()
        add(leaf(.symbol), to: &value)
        close(id, value)
        add(id, to: &list)
      }
    }
    close(start, list)
    return start
  }

  /// `limit rate over 10 mbytes/second burst 5 packets`.
  private mutating func parseLimit() -> NodeID {
    let id = open(.limit)
    advance()
    var list = ChildList()
    if word == .name {
      nodes[Int(id)].kind = .objectReference
      nodes[Int(id)].word = .limit
      advance()
      let value = parseValue()
      if value == 0 { return 0 }
      add(value, to: &list)
      close(id, list)
      return id
    }
    guard take(.rate) else { return fail("`rate`", near: ["rate", "name"]) }
    if take(.over) { nodes[Int(id)].flag = 1 }
    let zero = kind == .number && tokenText(index) == "0" ? index : -1
    let rate = parseAmount()
    if rate == 0 { return 0 }
    if lacksUnit(rate) { return fail("`/` and a unit of time, or a unit such as `mbytes`") }
    if zero >= 0 { report("a rate of 0 lets nothing pass; the kernel refuses it", at: range(from: zero, to: zero + 1)) }
    add(rate, to: &list)
    if word == .burst {
      let option = open(.option)
      nodes[Int(option)].word = .burst
      advance()
      let unit = index + 1
      let amount = parseAmount()
      if amount == 0 { return 0 }
      if index > unit, (tokens[unit].word == .packets) != (nodes[Int(rate)].flag == 1) {
        report(
          "the burst is counted in another unit than the rate", at: range(from: unit, to: unit + 1),
          hint: nodes[Int(rate)].flag == 1 ? "write `packets`" : "write `bytes`, `kbytes` or `mbytes`")
      }
      var value = ChildList()
      add(amount, to: &value)
      close(option, value)
      add(option, to: &list)
    }
    close(id, list)
    return id
  }

  /// `10/second`, `400 mbytes/minute`, `5 packets`, `25mbytes`.
  mutating func parseAmount() -> NodeID {
    let id = open(.amount)
    var list = ChildList()
    guard kind == .number || kind == .timeString || kind == .dollar else { return fail("a number") }
    add(kind == .dollar ? parseMisplacedVariable() : leaf(.symbol), to: &list)
    if take(.slash) {
      guard kind == .word, Self.timeUnits.contains(tokenText(index)) else {
        return fail("a unit of time", near: Self.timeUnits)
      }
      add(leaf(.symbol), to: &list)
      nodes[Int(id)].flag = 1
    } else if kind == .word, isUnit {
      add(leaf(.symbol), to: &list)
      // `10 bytes / second` with blanks.
      if kind == .slash {
        advance()
        guard kind == .word, Self.timeUnits.contains(tokenText(index)) else {
          return fail("a unit of time", near: Self.timeUnits)
        }
        add(leaf(.symbol), to: &list)
        nodes[Int(id)].flag = 2
      }
    }
    close(id, list)
    return id
  }

  /// True for a bare number, which says neither packets nor bytes.
  private func lacksUnit(_ amount: NodeID) -> Bool {
    let number = nodes[Int(amount)].child
    return nodes[Int(amount)].flag == 0 && nodes[Int(number)].next == 0
      && tokens[Int(nodes[Int(number)].first)].kind == .number
  }

  /// A variable where the grammar wants the number, time or text itself: reported, and read as one.
  mutating func parseMisplacedVariable() -> NodeID {
    report("no variable may stand here", at: rangeOfCurrent(), hint: "write the value itself")
    return parseVariable()
  }

  static let timeUnits = ["second", "minute", "hour", "day", "week"]

  private var isUnit: Bool {
    let text = tokenText(index)
    return ["bytes", "kbytes", "mbytes", "packets"].contains { text == $0 || text.hasPrefix($0 + "/") }
  }

  private mutating func parseQuota() -> NodeID {
    let id = open(.quota)
    advance()
    var list = ChildList()
    if word == .name {
      nodes[Int(id)].kind = .objectReference
      nodes[Int(id)].word = .quota
      advance()
      let value = parseValue()
      if value == 0 { return 0 }
      add(value, to: &list)
      close(id, list)
      return id
    }
    if word == .over || word == .until {
      nodes[Int(id)].flag = word == .over ? 1 : 0
      advance()
    }
    let amount = parseAmount()
    if amount == 0 { return 0 }
    if lacksUnit(amount) { return fail("`bytes`, `kbytes` or `mbytes`", near: ["bytes", "kbytes", "mbytes"]) }
    add(amount, to: &list)
    if word == .used {
      let option = open(.option)
      nodes[Int(option)].word = .used
      advance()
      let amount = parseAmount()
      if amount == 0 { return 0 }
      var value = ChildList()
      add(amount, to: &value)
      close(option, value)
      add(option, to: &list)
    }
    close(id, list)
    return id
  }

  private mutating func parseConnectionLimit() -> NodeID {
    let id = open(.connectionLimit)
    advance()
    advance()
    if take(.over) { nodes[Int(id)].flag = 1 }
    var list = ChildList()
    guard kind == .number || kind == .dollar else { return fail("a number") }
    add(kind == .dollar ? parseMisplacedVariable() : leaf(.symbol), to: &list)
    close(id, list)
    return id
  }

  private mutating func parseLast() -> NodeID {
    let id = open(.last)
    advance()
    if take(.used) {
      if word == .never || kind == .timeString || kind == .number {
        advance()
      } else {
        return fail("a time or `never`")
      }
    }
    close(id)
    return id
  }
}
