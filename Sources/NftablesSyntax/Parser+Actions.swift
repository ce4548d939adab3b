import SourceText

// Statements that do something: logging, rejecting, translating, changing sets.
extension Parser {
  // MARK: Log, reject, queue

  mutating func parseLog() -> NodeID {
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
        if tokens[index].upper - tokens[index].lower > 129 {
          report("a log prefix has at most 127 bytes", at: range(from: index, to: index + 1))
        }
        add(kind == .dollar ? parseMisplacedVariable() : leaf(.symbol), to: &value)
      case .level:
        advance()
        guard kind == .word else {
          return fail("a level", near: ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit"])
        }
        add(leaf(.symbol, word: word), to: &value)
      case .group, .snaplen, .queueThreshold:
        advance()
        guard kind == .number || kind == .dollar else { return fail("a number") }
        add(kind == .dollar ? parseMisplacedVariable() : leaf(.symbol), to: &value)
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

  mutating func parseReject() -> NodeID {
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

  mutating func parseQueue() -> NodeID {
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
  mutating func parseNat() -> NodeID {
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
    let statement = nodes[Int(id)].word
    if !hasTo, statement == .tproxy { return fail("`to`") }
    if !hasTo, statement == .snat || statement == .dnat, isAtSeparator || startsStatement || isNatFlag {
      return fail("`to` and an address")
    }
    if !hasTo, statement == .masquerade || statement == .redirect,
      !(isAtSeparator || startsStatement || isNatFlag)
    {
      return fail("`to`, `random` or the end of the rule", near: ["to", "random", "persistent", "fully-random"])
    }
    if hasTo, statement == .masquerade, kind != .colon { return fail("`:` and a port") }
    if hasTo, kind == .colon, nodes[Int(id)].field != .none, statement != .tproxy {
      return fail("an address before `:`")
    }
    if hasTo, kind == .leftBrace { return fail("one address, or a map") }
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

  var isNatFlag: Bool { word == .random || word == .persistent || word == .fullyRandom }

  /// `dup to addr device "eth0"`, `fwd ip to addr device "eth0"`.
  mutating func parseDupFwd() -> NodeID {
    let id = open(word == .dup ? .dup : .fwd)
    advance()
    var list = ChildList()
    if word == .ip || word == .ip6 {
      nodes[Int(id)].field = word
      advance()
    }
    let needsDevice = nodes[Int(id)].kind == .fwd && nodes[Int(id)].field != .none
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
    } else if needsDevice {
      return fail("`device` and the device that the packet leaves by", near: ["device"])
    }
    close(id, list)
    return id
  }

  mutating func parseFlow() -> NodeID {
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

  mutating func parseSynproxy() -> NodeID {
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
  mutating func parseSetUpdate() -> NodeID {
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

  mutating func parseDynamicElement(into list: inout ChildList) -> Bool {
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
  mutating func parseOldSetUpdate() -> NodeID {
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
  mutating func parseMeter() -> NodeID {
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

  mutating func parseResetOption() -> NodeID {
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
  mutating func parseXt() -> NodeID {
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
