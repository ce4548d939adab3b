import SourceText

// What stands right of a comparison: constants, ranges, sets, lists.
extension Parser {
  /// A value of a comparison or definition: an expression, then `, more` or `/ mask`.
  mutating func parseRightSide() -> NodeID {
    var value = parseConcatenatedRight()
    if value == 0 { return 0 }
    if kind == .comma, braceDepth == 0 {
      let id = open(.list, from: value)
      var list = ChildList()
      add(value, to: &list)
      while take(.comma) {
        skipNewlines()
        let part = parseRightBasic()
        if part == 0 { return 0 }
        add(part, to: &list)
      }
      close(id, list)
      value = id
    }
    if kind == .slash, braceDepth == 0 {
      // `tcp flags syn / syn,ack`
      let id = open(.flagMask, from: value)
      advance()
      var list = ChildList()
      add(value, to: &list)
      let mask = parseRightSide()
      if mask == 0 { return 0 }
      add(mask, to: &list)
      close(id, list)
      value = id
    }
    return value
  }

  /// A set, a reference to one, a variable or a value without list.
  mutating func parseBasicRightSide() -> NodeID { parseConcatenatedRight() }

  /// Parts joined by dots: `10.0.0.0/8 . 22`.
  mutating func parseConcatenatedRight() -> NodeID {
    let first = parseRightBasic()
    if first == 0 || kind != .dot { return first }
    let id = open(.concatenation, from: first)
    var list = ChildList()
    add(first, to: &list)
    while take(.dot) {
      let part = parseRightBasic()
      if part == 0 { return 0 }
      add(part, to: &list)
    }
    close(id, list)
    return id
  }

  /// One constant with operators, prefix length or upper bound.
  mutating func parseRightBasic() -> NodeID {
    switch kind {
    case .leftBrace: return parseSetLiteral()
    case .at: return parseSetReference()
    case .star: return leaf(.wildcard)
    default: break
    }
    switch word {
    case .accept, .drop, .continue, .return, .jump, .goto: return parseVerdict()
    default: break
    }
    var value = parseBinary(level: 0) {
      $0.parseRightPrimary()
    } operand: {
      $0.parseRightPrimary()
    }
    if value == 0 { return 0 }
    if kind == .slash, nextToken.kind == .number {
      let id = open(.prefix, from: value)
      var list = ChildList()
      add(value, to: &list)
      advance()
      add(leaf(.symbol), to: &list)
      close(id, list)
      value = id
      if kind == .slash { return fail("the end of the value") }
    }
    if kind == .minus {
      let id = open(.range, from: value)
      advance()
      var list = ChildList()
      add(value, to: &list)
      let upper = parseBinary(level: 0) {
        $0.parseRightPrimary()
      } operand: {
        $0.parseRightPrimary()
      }
      if upper == 0 { return 0 }
      add(upper, to: &list)
      close(id, list)
      return id
    }
    return value
  }

  /// A name, number, address, variable or an expression in parentheses.
  mutating func parseRightPrimary() -> NodeID {
    switch kind {
    case .word:
      // `1:2` and `abcd:1` are class ids when nothing stands between.
      if isAdjacent(), nextToken.kind == .colon, isAdjacent(1), isClassPart(index),
        isClassPart(index + 2) || isClassRange(index + 2), !isInKey
      {
        return classID()
      }
      return leaf(.symbol, word: word)
    case .number, .timeString:
      if isAdjacent(), nextToken.kind == .colon, isAdjacent(1), isClassPart(index + 2), !isInKey { return classID() }
      return leaf(.symbol)
    case .quoted, .address: return leaf(.symbol)
    case .dollar: return parseVariable()
    case .leftParen:
      return nested { parser in
        parser.advance()
        let inner = parser.parseRightSide()
        if inner == 0 { return 0 }
        guard parser.take(.rightParen) else { return parser.fail("`)`") }
        return inner
      }
    default: return fail("a value")
    }
  }

  /// Before the colon of a map element a class id cannot stand.
  private var isInKey: Bool { keyDepth > 0 || !allowsClassID }

  private func isClassPart(_ at: Int) -> Bool {
    guard at < tokens.count else { return false }
    let token = tokens[at]
    guard token.kind == .number || token.kind == .word || token.kind == .timeString, token.upper - token.lower <= 4
    else {
      return false
    }
    return source.bytes[Int(token.lower)..<Int(token.upper)].allSatisfy { AddressText.hexDigit($0) != nil }
  }

  /// Above, `a:b-c:d` is `a`, `:`, the word `b-c`, `:`, `d`.
  private func isClassRange(_ at: Int) -> Bool {
    guard at + 2 < tokens.count, tokens[at].kind == .word || tokens[at].kind == .timeString else { return false }
    let halves = source.bytes[Int(tokens[at].lower)..<Int(tokens[at].upper)].split(
      separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard halves.count == 2, halves.allSatisfy({ $0.count <= 4 && $0.allSatisfy { AddressText.hexDigit($0) != nil } })
    else { return false }
    return tokens[at + 1].kind == .colon && isClassPart(at + 2)
  }

  private mutating func classID() -> NodeID {
    let id = open(.symbol)
    nodes[Int(id)].flag = 1
    if isClassRange(index + 2) {
      nodes[Int(id)].flag = 2
      advance()
      advance()
    }
    advance()
    advance()
    advance()
    close(id)
    return id
  }

  mutating func parseVariable() -> NodeID {
    let id = open(.variable)
    advance()
    guard kind == .word || kind == .timeString || kind == .number else { return fail("the name of a variable") }
    advance()
    close(id)
    return id
  }

  mutating func parseSetReference() -> NodeID {
    let id = open(.setReference)
    advance()
    guard kind == .word || kind == .dollar else { return fail("the name of a set") }
    if kind == .dollar {
      report("a variable cannot stand for the name of a set", at: rangeOfCurrent(), hint: "write the name itself")
    }
    var list = ChildList()
    add(kind == .dollar ? parseVariable() : leaf(.symbol, word: word), to: &list)
    close(id, list)
    return id
  }

  // MARK: Sets

  /// `{ key [options] [: data], … }`. Line ends mean nothing inside.
  mutating func parseSetLiteral() -> NodeID {
    let brace = index
    let id = open(.setLiteral)
    guard depth < Self.maximumNesting else {
      report("nested too deeply (more than \(Self.maximumNesting) levels)", at: rangeOfCurrent())
      return 0
    }
    depth += 1
    braceDepth += 1
    defer {
      depth -= 1
      braceDepth -= 1
    }
    advance()
    var list = ChildList()
    while true {
      skipNewlines()
      if take(.rightBrace) { break }
      if kind == .end {
        report("this `{` is never closed", at: range(from: brace, to: brace + 1), hint: "add `}`")
        return 0
      }
      let element = parseElement()
      if element == 0 { return 0 }
      add(element, to: &list)
      skipNewlines()
      if take(.comma) { continue }
      if take(.rightBrace) { break }
      if kind == .end { continue }
      let isValue = kind == .number || kind == .address || kind == .word || kind == .quoted
      fail("`,` or `}`")
      if isValue, !problems.isEmpty, problems[problems.count - 1].hint == nil {
        problems[problems.count - 1].hint = "put a `,` between the elements"
      }
      return 0
    }
    close(id, list)
    return id
  }

  private mutating func parseElement() -> NodeID {
    keyDepth += 1
    let key = parseConcatenatedRight()
    keyDepth -= 1
    if key == 0 { return 0 }
    var options: NodeID = 0
    if kind == .word, word != .none {
      let start = open(.elementOptions)
      var list = ChildList()
      loop: while true {
        switch word {
        case .timeout, .expires, .comment:
          let option = open(.option)
          nodes[Int(option)].word = word
          advance()
          guard kind != .rightBrace, kind != .end, kind != .comma, kind != .newline else { return fail("a value") }
          var value = ChildList()
          add(kind == .dollar ? parseMisplacedVariable() : leaf(.symbol, word: word), to: &value)
          close(option, value)
          add(option, to: &list)
        case .counter, .limit, .quota, .last, .ct:
          let statement = parseStatement()
          if statement == 0 { return 0 }
          add(statement, to: &list)
        default: break loop
        }
      }
      close(start, list)
      if list.head != 0 { options = start }
    }
    guard kind == .colon else {
      guard options != 0 else { return key }
      let id = open(.mapping, from: key)
      var list = ChildList()
      add(key, to: &list)
      add(options, to: &list)
      close(id, list)
      return id
    }
    advance()
    skipNewlines()
    let id = open(.mapping, from: key)
    nodes[Int(id)].flag = 1
    var list = ChildList()
    add(key, to: &list)
    add(options, to: &list)
    let saved = (keyDepth, allowsClassID)
    keyDepth = 0
    allowsClassID = true
    let data = parseConcatenatedRight()
    (keyDepth, allowsClassID) = saved
    if data == 0 { return 0 }
    add(data, to: &list)
    close(id, list)
    return id
  }

  // MARK: Values that may read the packet

  /// What an assignment or a nat statement takes: a constant, a field, or `field map { … }`.
  mutating func parseValue() -> NodeID {
    var value: NodeID
    if startsSelector || kind == .leftParen && isSelectorWord(nextToken.word) {
      value = parseLeftSide()
    } else {
      let wasAllowed = allowsClassID
      allowsClassID = assignsClassID
      defer { allowsClassID = wasAllowed }
      value = parseRightSide()
    }
    if value == 0 { return 0 }
    if word == .map {
      let id = open(.map, from: value)
      advance()
      var list = ChildList()
      add(value, to: &list)
      let map = parseBasicRightSide()
      if map == 0 { return 0 }
      add(map, to: &list)
      close(id, list)
      value = id
    }
    return value
  }

  /// `meta priority set 1:2`, not `dnat to 10.0.0.1:80`.
  private var assignsClassID: Bool { index > 0 && tokens[index - 1].word == .set }
}
