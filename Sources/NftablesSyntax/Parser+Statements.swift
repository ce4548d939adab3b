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
      advance()
      close(id)
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
        let name = parseName()
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
    if word == .over || word == .until {
      nodes[Int(id)].flag = word == .over ? 1 : 0
      advance()
    }
    let rate = parseAmount()
    if rate == 0 { return 0 }
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
    add(kind == .dollar ? parseVariable() : leaf(.symbol), to: &list)
    if take(.slash) {
      guard kind == .word, ["second", "minute", "hour", "day", "week"].contains(tokenText(index)) else {
        return fail("a unit of time", near: ["second", "minute", "hour", "day", "week"])
      }
      add(leaf(.symbol), to: &list)
      nodes[Int(id)].flag = 1
    } else if kind == .word, isUnit {
      add(leaf(.symbol), to: &list)
      // `10 bytes / second` with blanks.
      if kind == .slash { return fail("the unit of time without a blank, as in `mbytes/second`") }
    }
    close(id, list)
    return id
  }

  private var isUnit: Bool {
    let text = tokenText(index)
    return ["bytes", "kbytes", "mbytes", "gbytes", "packets"].contains { text == $0 || text.hasPrefix($0 + "/") }
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
    if word == .over || word == .until {
      nodes[Int(id)].flag = word == .over ? 1 : 0
      advance()
    }
    var list = ChildList()
    guard kind == .number || kind == .dollar else { return fail("a number") }
    add(kind == .dollar ? parseVariable() : leaf(.symbol), to: &list)
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

  // MARK: Log, reject, queue

  private mutating func parseLog() -> NodeID {
    let id = open(.log)
    advance()
    var list = ChildList()
    while true {
      let option = open(.option)
      nodes[Int(option)].word = word
      var value = ChildList()
      switch word {
      case .prefix:
        advance()
        guard kind == .quoted || kind == .dollar || kind == .word else { return fail("the prefix in quotes") }
        add(kind == .dollar ? parseVariable() : leaf(.symbol), to: &value)
      case .level:
        advance()
        guard kind == .word else {
          return fail("a level", near: ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit"])
        }
        add(leaf(.symbol, word: word), to: &value)
      case .group, .snaplen, .queueThreshold:
        advance()
        guard kind == .number || kind == .dollar else { return fail("a number") }
        add(kind == .dollar ? parseVariable() : leaf(.symbol), to: &value)
      case .flags:
        advance()
        switch word {
        case .tcp, .ip:
          nodes[Int(option)].field = word
          advance()
          repeat {
            skipNewlines()
            guard kind == .word else { return fail("`sequence` or `options`", near: ["sequence", "options"]) }
            add(leaf(.symbol, word: word), to: &value)
          } while take(.comma)
        case .skuid, .ether:
          nodes[Int(option)].field = word
          advance()
        default:
          guard kind == .word, tokenText(index) == "all" else {
            return fail("`tcp`, `ip`, `skuid`, `ether` or `all`", near: ["tcp", "ip", "skuid", "ether", "all"])
          }
          advance()
        }
      default:
        nodes[Int(option)].kind = .none
        close(id, list)
        return id
      }
      close(option, value)
      add(option, to: &list)
    }
  }

  private mutating func parseReject() -> NodeID {
    let id = open(.reject)
    advance()
    var list = ChildList()
    if take(.with) {
      switch word {
      case .tcp:
        nodes[Int(id)].word = .tcp
        advance()
        guard take(.reset) else { return fail("`reset`", near: ["reset"]) }
      case .icmp, .icmpv6, .icmpx:
        nodes[Int(id)].word = word
        advance()
        _ = take(.type)
        guard kind == .word || kind == .number || kind == .dollar else {
          return fail("a code such as `port-unreachable`")
        }
        add(kind == .dollar ? parseVariable() : leaf(.symbol), to: &list)
      default: return fail("`icmp`, `icmpv6`, `icmpx` or `tcp reset`", near: ["icmp", "icmpv6", "icmpx", "tcp"])
      }
    }
    close(id, list)
    return id
  }

  private mutating func parseQueue() -> NodeID {
    let id = open(.queue)
    advance()
    var list = ChildList()
    while true {
      let option = open(.option)
      nodes[Int(option)].word = word
      var value = ChildList()
      switch word {
      case .num, .to:
        advance()
        let target = parseValue()
        if target == 0 { return 0 }
        add(target, to: &value)
      case .flags:
        advance()
        repeat {
          guard word == .bypass || word == .fanout else {
            return fail("`bypass` or `fanout`", near: ["bypass", "fanout"])
          }
          add(leaf(.symbol, word: word), to: &value)
        } while take(.comma)
      case .bypass, .fanout:
        repeat {
          guard word == .bypass || word == .fanout else {
            return fail("`bypass` or `fanout`", near: ["bypass", "fanout"])
          }
          add(leaf(.symbol, word: word), to: &value)
        } while take(.comma)
        nodes[Int(option)].word = .flags
      default:
        nodes[Int(option)].kind = .none
        close(id, list)
        return id
      }
      close(option, value)
      add(option, to: &list)
    }
  }

  // MARK: NAT and forwarding

  /// `dnat ip to 10.0.0.1:80 random`, `redirect to :8080`, `snat ip prefix to ip saddr map { … }`.
  private mutating func parseNat() -> NodeID {
    let id = open(.nat)
    nodes[Int(id)].word = word
    advance()
    var list = ChildList()
    if word == .ip || word == .ip6,
      nextToken.word == .to || nextToken.word == .addr || nextToken.word == .prefix
        || nextToken.word == .interval
    {
      nodes[Int(id)].field = word
      advance()
      if word == .addr || word == .prefix || word == .interval {
        // `snat ip addr . port to …`, `dnat ip prefix to …`.
        nodes[Int(id)].flag = word == .prefix ? 2 : word == .interval ? 3 : 1
        advance()
        if take(.dot) { if !take(.port) { return fail("`port`") } }
      }
    } else if word == .prefix || word == .interval {
      nodes[Int(id)].flag = word == .prefix ? 2 : 3
      advance()
    }
    let hasTo = take(.to)
    if !hasTo, nodes[Int(id)].word == .tproxy { return fail("`to`") }
    if hasTo || (!isAtSeparator && !startsStatement && !isNatFlag) {
      let target = open(.option)
      nodes[Int(target)].word = .to
      var parts = ChildList()
      if kind == .leftBracket {
        advance()
        let address = parseValue()
        if address == 0 { return 0 }
        add(address, to: &parts)
        if take(.minus) {
          // `[a]-[b]`
          guard take(.leftBracket) else { return fail("`[`") }
          add(parseValue(), to: &parts)
          nodes[Int(target)].flag = 2
          guard take(.rightBracket) else { return fail("`]`") }
        } else if !take(.rightBracket) {
          return fail("`]`")
        }
        if kind == .minus, nextToken.kind == .leftBracket {
          advance()
          advance()
          add(parseValue(), to: &parts)
          nodes[Int(target)].flag = 2
          guard take(.rightBracket) else { return fail("`]`") }
        }
      } else if kind != .colon {
        let address = parseValue()
        if address == 0 { return 0 }
        add(address, to: &parts)
      }
      if take(.colon) {
        let port = open(.option)
        nodes[Int(port)].word = .port
        var value = ChildList()
        let expression = parseValue()
        if expression == 0 { return 0 }
        add(expression, to: &value)
        close(port, value)
        add(port, to: &parts)
      }
      close(target, parts)
      add(target, to: &list)
    }
    while isNatFlag {
      add(leaf(.option, word: word), to: &list)
      _ = take(.comma)
    }
    close(id, list)
    return id
  }

  private var isNatFlag: Bool { word == .random || word == .persistent || word == .fullyRandom }

  /// `dup to addr device "eth0"`, `fwd ip to addr device "eth0"`.
  private mutating func parseDupFwd() -> NodeID {
    let id = open(word == .dup ? .dup : .fwd)
    advance()
    var list = ChildList()
    if word == .ip || word == .ip6 {
      nodes[Int(id)].field = word
      advance()
    }
    guard take(.to) else { return fail("`to`", near: ["to"]) }
    let target = parseValue()
    if target == 0 { return 0 }
    add(target, to: &list)
    if word == .device {
      let option = open(.option)
      nodes[Int(option)].word = .device
      advance()
      var value = ChildList()
      let device = parseValue()
      if device == 0 { return 0 }
      add(device, to: &value)
      close(option, value)
      add(option, to: &list)
    }
    close(id, list)
    return id
  }

  private mutating func parseFlow() -> NodeID {
    let id = open(.flow)
    advance()
    guard word == .add || word == .offload || word == .offload else { return fail("`add`", near: ["add", "offload"]) }
    advance()
    guard take(.at) else { return fail("`@` and the name of a flowtable") }
    var list = ChildList()
    let name = parseName()
    if name == 0 { return 0 }
    add(name, to: &list)
    close(id, list)
    return id
  }

  private mutating func parseSynproxy() -> NodeID {
    let id = open(.synproxy)
    advance()
    var list = ChildList()
    while true {
      switch word {
      case .mss, .wscale:
        let option = open(.option)
        nodes[Int(option)].word = word
        advance()
        guard kind == .number else { return fail("a number") }
        var value = ChildList()
        add(leaf(.symbol), to: &value)
        close(option, value)
        add(option, to: &list)
      case .timestamp, .sackPerm: add(leaf(.option, word: word), to: &list)
      case .name:
        nodes[Int(id)].kind = .objectReference
        nodes[Int(id)].word = .synproxy
        advance()
        let value = parseValue()
        if value == 0 { return 0 }
        add(value, to: &list)
      default:
        close(id, list)
        return id
      }
    }
  }

  // MARK: Sets changed by rules

  /// `add @set { ip saddr timeout 5m limit rate 1/second : 0x1 }`.
  private mutating func parseSetUpdate() -> NodeID {
    let id = open(.setUpdate)
    nodes[Int(id)].word = word
    advance()
    guard kind == .at else { return fail("`@` and the name of a set") }
    var list = ChildList()
    add(parseSetReference(), to: &list)
    guard take(.leftBrace) else { return fail("`{`") }
    skipNewlines()
    guard parseDynamicElement(into: &list) else { return 0 }
    skipNewlines()
    guard take(.rightBrace) else { return fail("`}`") }
    close(id, list)
    return id
  }

  private mutating func parseDynamicElement(into list: inout ChildList) -> Bool {
    let key = parseLeftSide()
    if key == 0 { return false }
    add(key, to: &list)
    while true {
      switch word {
      case .timeout, .expires, .comment:
        let option = open(.option)
        nodes[Int(option)].word = word
        advance()
        guard kind != .rightBrace, kind != .newline, kind != .end else {
          fail("a value")
          return false
        }
        if kind == .dollar { _ = parseVariable() } else { advance() }
        close(option)
        add(option, to: &list)
      case .counter, .limit, .quota, .last, .ct:
        let statement = parseStatement()
        if statement == 0 { return false }
        add(statement, to: &list)
      default:
        if take(.colon) {
          let option = open(.option)
          nodes[Int(option)].word = .value
          var value = ChildList()
          let data = parseValue()
          if data == 0 { return false }
          add(data, to: &value)
          close(option, value)
          add(option, to: &list)
          continue
        }
        return true
      }
    }
  }

  /// The old forms `set add ip saddr @name` and `map update tcp dport : ip saddr @name`.
  private mutating func parseOldSetUpdate() -> NodeID {
    let id = open(.setUpdate)
    advance()
    nodes[Int(id)].word = word
    nodes[Int(id)].flag = 1
    advance()
    var elements = ChildList()
    guard parseDynamicElement(into: &elements) else { return 0 }
    guard kind == .at else { return fail("`@` and the name of a set") }
    let reference = parseSetReference()
    nodes[Int(reference)].next = elements.head
    var list = ChildList()
    list.head = reference
    close(id, list)
    return id
  }

  /// `meter name [size N] { key statements }`.
  private mutating func parseMeter() -> NodeID {
    let id = open(.meter)
    advance()
    var list = ChildList()
    let name = parseName()
    if name == 0 { return 0 }
    add(name, to: &list)
    if take(.size) {
      guard kind == .number else { return fail("a number") }
      let option = open(.option)
      nodes[Int(option)].word = .size
      advance()
      close(option)
      add(option, to: &list)
    }
    guard take(.leftBrace) else { return fail("`{`") }
    guard parseDynamicElement(into: &list) else { return 0 }
    guard take(.rightBrace) else { return fail("`}`") }
    close(id, list)
    return id
  }

  private mutating func parseResetOption() -> NodeID {
    let id = open(.resetOption)
    advance()
    var list = ChildList()
    let option = parseTCP()
    if option == 0 { return 0 }
    add(option, to: &list)
    close(id, list)
    return id
  }

  /// `xt match "conntrack"`, `xt target TCPMSS`: how listings show what only iptables can say.
  private mutating func parseXt() -> NodeID {
    let id = open(.xt)
    advance()
    guard kind == .word else { return fail("`match` or `target`") }
    advance()
    guard kind == .word || kind == .quoted else { return fail("the name of the extension") }
    advance()
    close(id)
    return id
  }
}
