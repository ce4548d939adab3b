import SourceText

// Commands and what a script consists of.
extension Parser {
  static let commandWords = [
    "table", "chain", "rule", "set", "map", "element", "flowtable", "add", "create", "insert", "replace", "delete",
    "destroy", "flush", "list", "reset", "rename", "define", "redefine", "undefine", "include", "counter", "quota",
    "limit", "describe", "monitor", "export", "import",
  ]

  mutating func parseFile(_ context: NftablesFile.Context) -> NodeID {
    let root = open(.script)
    var list = ChildList()
    if isBinary {
      report("not a text: it holds NUL bytes", at: range(from: 0, to: 1))
      index = tokens.count - 1
    }
    while kind != .end {
      let start = index
      if kind == .newline || kind == .semicolon {
        advance()
        continue
      }
      if kind == .rightBrace {
        report("`}` closes no block", at: rangeOfCurrent())
        advance()
        continue
      }
      let item: NodeID
      switch context {
      case .script: item = parseCommand()
      case .table: item = parseTableItem()
      case .chain: item = parseChainItem()
      }
      add(item, to: &list)
      if index == start { advance() }
      endOfStatement()
    }
    close(root, list)
    return root
  }

  /// A text with NUL bytes is not read at all.
  var isBinary: Bool {
    guard let first = tokens.first, first.kind == .junk, tokens.count == 2 else { return false }
    return source.bytes.prefix(65_536).contains(0)
  }

  /// After a statement a separator must follow; what else stands there is reported and skipped.
  mutating func endOfStatement() {
    if isAtSeparator { return }
    // A block that was closed for lack of its brace has taken the line end.
    if index > 0, tokens[index - 1].kind == .newline { return }
    switch word {
    case .table, .chain, .set, .map, .flowtable:
      // Another block on the same line: only the separator is missing.
      fail("a line end or `;`")
      return
    default: break
    }
    fail("the end of the statement")
    skipStatement()
  }

  mutating func parseCommand() -> NodeID {
    switch word {
    case .include: return parseInclude()
    case .define, .redefine: return parseDefine()
    case .undefine:
      let id = open(.undefine)
      advance()
      var list = ChildList()
      add(parseName(), to: &list)
      close(id, list)
      return id
    case .table:
      return parseTable()
    case .chain, .rule, .set, .map, .element, .flowtable, .counter, .quota, .limit, .ct, .synproxy, .secmark:
      return parseVerb(.add, at: index)
    case .add, .create, .insert, .replace, .delete, .destroy, .flush, .rename, .reset, .list, .get, .describe,
      .export, .import, .monitor:
      let start = index
      let verb = word
      advance()
      return parseVerb(verb, at: start)
    default:
      let start = index
      if startsBareRule { return parseVerb(.add, at: start) }
      fail("a command such as `table` or `add`", near: Self.commandWords)
      return unknown(from: start)
    }
  }

  /// `ip filter input tcp dport 22 accept`: a rule may be added without saying so.
  private var startsBareRule: Bool {
    var at = 0
    switch word {
    case .ip, .ip6, .inet, .arp, .bridge, .netdev: at = 1
    default: break
    }
    guard peek(at).kind == .word, peek(at + 1).kind == .word else { return false }
    switch peek(at + 2).word {
    case .accept, .drop, .reject, .jump, .goto, .return, .continue, .counter, .log, .limit, .masquerade, .snat, .dnat,
      .redirect, .handle, .position, .index:
      return true
    default: return isSelectorWord(peek(at + 2).word)
    }
  }

  // MARK: Definitions and includes

  mutating func parseInclude() -> NodeID {
    let id = open(.include)
    let start = index
    advance()
    var list = ChildList()
    guard kind == .quoted else {
      fail("a file name in quotes")
      return unknown(from: start)
    }
    add(leaf(.symbol), to: &list)
    close(id, list)
    return id
  }

  mutating func parseDefine() -> NodeID {
    let start = index
    let id = open(.define)
    nodes[Int(id)].word = word
    advance()
    var list = ChildList()
    guard kind == .word else {
      fail("the name of a variable")
      return unknown(from: start)
    }
    add(leaf(.name), to: &list)
    guard take(.equal) else {
      fail("`=`")
      return unknown(from: start)
    }
    let value = parseDefinitionValue()
    if value == 0 { return unknown(from: start) }
    add(value, to: &list)
    close(id, list)
    return id
  }

  /// The value of a variable: an expression, a set, a verdict or a list.
  mutating func parseDefinitionValue() -> NodeID {
    // `define x = {}` and values on lines of their own inside braces are both fine; a minus is a negative priority.
    if kind == .minus, nextToken.kind == .number {
      let id = open(.symbol)
      advance()
      advance()
      close(id)
      return id
    }
    return parseRightSide()
  }

  // MARK: Flat commands

  private static let objectWords = [
    "table", "chain", "rule", "set", "map", "element", "flowtable", "counter", "quota", "limit", "ct", "synproxy",
    "secmark", "ruleset", "meter",
  ]

  mutating func parseVerb(_ verb: Word, at start: Int) -> NodeID {
    let id = open(.command)
    nodes[Int(id)].first = UInt32(truncatingIfNeeded: start)
    nodes[Int(id)].word = verb
    nodes[Int(id)].field = word
    switch verb {
    case .list, .get, .describe, .export, .import, .monitor:
      checkQuery(verb)
      skipStatement()
      close(id)
      return id
    default: break
    }
    var list = ChildList()
    switch word {
    case .table where verb == .add || verb == .create:
      add(parseTable(), to: &list)
    case .table, .ruleset:
      advance()
      add(parseFamily(), to: &list)
      if nodes[Int(id)].field == .table {
        let name = parseNameOrHandle(optional: false)
        if name == 0 { return unknown(from: start) }
        add(name, to: &list)
      }
    case .chain, .set, .map, .flowtable, .synproxy, .secmark, .counter, .quota, .limit, .ct, .meter, .tables, .chains,
      .rules, .sets, .maps, .counters, .quotas, .limits, .flowtables, .meters, .synproxys, .secmarks:
      guard parseObjectCommand(verb, into: &list) else { return unknown(from: start) }
    case .element:
      advance()
      guard parsePath(2, into: &list) else { return unknown(from: start) }
      guard kind == .leftBrace || kind == .dollar else {
        fail("the elements in braces")
        return unknown(from: start)
      }
      let elements = parseBasicRightSide()
      if elements == 0 { return unknown(from: start) }
      add(elements, to: &list)
    default:
      let isRule = take(.rule)
      nodes[Int(id)].field = .rule
      guard isRule || verb == .add || verb == .insert || verb == .replace, kind == .word || kind == .dollar else {
        fail("what to \(verb.text)", near: Self.objectWords)
        return unknown(from: start)
      }
      guard parsePath(2, into: &list) else { return unknown(from: start) }
      while word == .handle || word == .position || word == .index { add(parseHandle(), to: &list) }
      if verb == .add || verb == .insert || verb == .replace {
        if isAtSeparator {
          fail("the statements of the rule")
          return unknown(from: start)
        }
        add(parseRule(), to: &list)
      }
    }
    close(id, list)
    return id
  }

  /// Commands that only print leave the rules as they are; what they print is looked at no further.
  private mutating func checkQuery(_ verb: Word) {
    switch verb {
    case .export, .import:
      report(
        "`\(verb.text)` is no longer part of nft", at: range(from: index - 1, to: index), hint: "use `list ruleset`")
    case .list:
      switch word {
      case .table, .tables, .chain, .chains, .ruleset, .set, .sets, .map, .maps, .meter, .meters, .counter, .counters,
        .quota, .quotas, .limit, .limits, .flowtable, .flowtables, .ct, .synproxy, .synproxys, .secmark, .secmarks,
        .hooks, .rule, .rules:
        break
      default: fail("what to list", near: Self.objectWords + ["tables", "chains", "sets", "maps", "counters"])
      }
    default: break
    }
  }

  private mutating func parseNameOrHandle(optional: Bool) -> NodeID {
    if optional, isAtSeparator { return 0 }
    if word == .handle { return parseHandle() }
    return parseName()
  }

  mutating func parseHandle() -> NodeID {
    let id = open(.handle)
    nodes[Int(id)].word = word
    advance()
    var list = ChildList()
    if kind == .number { add(leaf(.symbol), to: &list) } else { fail("a number") }
    close(id, list)
    return id
  }

  /// `[family] table name`: reads the family and as many names as asked.
  private mutating func parsePath(_ count: Int, into list: inout ChildList) -> Bool {
    add(parseFamily(), to: &list)
    for _ in 0..<count {
      let name = parseName()
      if name == 0 { return false }
      add(name, to: &list)
    }
    return true
  }

  private mutating func parseObjectCommand(_ verb: Word, into list: inout ChildList) -> Bool {
    let object = word
    advance()
    if object == .ct {
      switch word {
      case .helper, .timeout, .expectation: add(leaf(.entry, word: word), to: &list)
      default:
        fail("`helper`, `timeout` or `expectation`", near: ["helper", "timeout", "expectation"])
        return false
      }
    }
    add(parseFamily(), to: &list)
    if isAtSeparator, verb == .reset || object.text.hasSuffix("s") && object != .synproxy { return true }
    let table = parseName()
    if table == 0 { return false }
    add(table, to: &list)
    if isAtSeparator { return true }
    if word == .handle {
      add(parseHandle(), to: &list)
      return true
    }
    let name = parseName()
    if name == 0 { return false }
    add(name, to: &list)
    if verb == .rename {
      let newName = parseName()
      if newName == 0 { return false }
      add(newName, to: &list)
      return true
    }
    guard verb == .add || verb == .create || kind == .leftBrace else { return true }
    if kind == .leftBrace {
      add(parseBlock(of: object, at: index), to: &list)
    } else if !isAtSeparator {
      let body = open(.object)
      nodes[Int(body)].word = object
      var entries = ChildList()
      while !isAtSeparator {
        let before = index
        add(parseObjectEntry(object), to: &entries)
        if index == before { return false }
      }
      close(body, entries)
      add(body, to: &list)
    }
    return true
  }

  /// The braces behind the name in `add chain t c { … }`.
  private mutating func parseBlock(of object: Word, at start: Int) -> NodeID {
    switch object {
    case .chain:
      let id = open(.chain)
      var list = ChildList()
      parseBody(into: &list) { $0.parseChainItem() }
      close(id, list)
      return id
    case .set, .map, .meter:
      let id = open(.set)
      nodes[Int(id)].word = object
      var list = ChildList()
      parseBody(into: &list) { $0.parseSetEntry() }
      close(id, list)
      return id
    case .flowtable:
      let id = open(.flowtable)
      var list = ChildList()
      parseBody(into: &list) { $0.parseFlowtableEntry() }
      close(id, list)
      return id
    default:
      let id = open(.object)
      nodes[Int(id)].word = object
      var list = ChildList()
      parseBody(into: &list, needsSeparator: false) { $0.parseObjectEntry(object) }
      close(id, list)
      return id
    }
  }

  // MARK: Names

  mutating func parseFamily() -> NodeID {
    switch word {
    case .ip, .ip6, .inet, .arp, .bridge, .netdev:
      let next = nextToken
      // `table ip {` has no name behind it: then the word is the name.
      guard
        next.kind == .word || next.kind == .quoted || next.kind == .dollar || next.kind == .newline
          || next.kind == .end || next.kind == .semicolon || next.kind == .number
      else { return 0 }
      return leaf(.family, word: word)
    default: return 0
    }
  }

  /// The name of a table, chain, set or object. Variables are only possible behind `jump` and `goto`.
  mutating func parseName(allowsVariable: Bool = false) -> NodeID {
    switch kind {
    case .word:
      if word.isReserved {
        report(
          "`\(word.text)` is a word of the language and cannot be a name", at: rangeOfCurrent(),
          hint: "choose another name")
      }
      return leaf(.name, word: word)
    case .quoted:
      report("a name is written without quotes", at: rangeOfCurrent(), hint: "leave out the quotes")
      return leaf(.name, word: word)
    case .dollar:
      if allowsVariable { return parseVariable() }
      report("a variable cannot stand for a name here", at: rangeOfCurrent(), hint: "write the name itself")
      return parseVariable()
    default: return fail("a name")
    }
  }
}
