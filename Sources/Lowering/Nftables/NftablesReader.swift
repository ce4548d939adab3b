import FirewallModel
import NftablesSyntax
import SourceText

/// Runs the commands of a script and what it includes, in order.
struct NftablesReader {
  static let maximumIncludeDepth = 16
  static let maximumFiles = 4096
  /// Elements that one set may come to when the variables in it are replaced.
  static let maximumElements = 4_000_000
  static let maximumProblems = 1000

  let include: (IncludeRequest) -> IncludeAnswer
  var files: [NftablesFile] = []
  var tables: [TableState] = []
  var tableIndex: [String: Int] = [:]
  var scopes: [Scope] = [Scope()]
  var scope = Scope()
  private var scopeIsStored = false
  var problems: [Problem] = []
  var coverage = Coverage()
  /// How deep variables and operators lead; see `constant`.
  var constantDepth = 0
  private var includeStack: [String] = []
  private var registrations = 0
  /// Blocks of chains read so far.
  private var chainBlocks = 0
  /// The file that is looked at most just now, and its arrays, so that a look at a node costs no copy of a file.
  private var focused: Int32 = -1
  private var nodes: [Node] = []
  private var tokens: [Token] = []
  private var bytes: [UInt8] = []
  private var source = SourceID(0)

  init(include: @escaping (IncludeRequest) -> IncludeAnswer) { self.include = include }

  // MARK: Access

  /// Makes looks at the nodes of one file cheap; those of others stay possible.
  mutating func focus(on file: Int32) {
    guard file != focused, file >= 0, Int(file) < files.count else { return }
    focused = file
    nodes = files[Int(file)].nodes
    tokens = files[Int(file)].tokens
    bytes = files[Int(file)].source.bytes
    source = files[Int(file)].source.id
  }

  @inline(__always) func node(_ x: Ex) -> Node {
    x.file == focused ? nodes[Int(x.node)] : nodeElsewhere(x)
  }
  /// By itself, so that the frequent look needs no copy of a file.
  @inline(never) private func nodeElsewhere(_ x: Ex) -> Node { files[Int(x.file)].nodes[Int(x.node)] }
  @inline(never) private func rangeElsewhere(_ x: Ex) -> SourceRange { files[Int(x.file)].range(of: x.node) }
  @inline(never) private func tokenElsewhere(_ file: Int32, _ index: UInt32) -> Token {
    files[Int(file)].tokens[Int(index)]
  }
  @inline(never) private func bytesElsewhere(_ file: Int32) -> [UInt8] { files[Int(file)].source.bytes }
  @inline(never) private func sourceElsewhere(_ file: Int32) -> SourceID { files[Int(file)].source.id }
  @inline(__always) func firstChild(_ x: Ex) -> Ex { Ex(file: x.file, node: node(x).child, scope: x.scope) }
  @inline(__always) func sibling(_ x: Ex) -> Ex { Ex(file: x.file, node: node(x).next, scope: x.scope) }
  func range(_ x: Ex) -> SourceRange {
    guard x.file == focused else { return rangeElsewhere(x) }
    let node = nodes[Int(x.node)]
    let lower = tokens[Int(node.first)].lower
    let upper = node.end > node.first ? tokens[Int(node.end) - 1].upper : lower
    return SourceRange(file: source, lower: lower, upper: upper)
  }
  func text(_ x: Ex) -> String { text(x.file, range(x)) }

  private func text(_ file: Int32, _ range: SourceRange) -> String {
    withBytes(of: file) { String(decoding: $0[Int(range.lower)..<Int(range.upper)], as: UTF8.self) }
  }

  /// The first token of a node, without quotes.
  func symbol(_ x: Ex) -> String { text(x.file, token(x)) }

  /// The text of a token, without quotes.
  func text(_ file: Int32, _ token: Token) -> String {
    let trim: UInt32 = token.kind == .quoted && token.upper - token.lower >= 2 ? 1 : 0
    let range = SourceRange(file: SourceID(0), lower: token.lower + trim, upper: token.upper - trim)
    return text(file, range)
  }
  func token(_ x: Ex) -> Token { token(x.file, node(x).first) }
  @inline(__always) func token(_ file: Int32, _ index: UInt32) -> Token {
    file == focused ? tokens[Int(index)] : tokenElsewhere(file, index)
  }

  /// Runs a body on the bytes of a file.
  @inline(__always) func withBytes<Result>(of file: Int32, _ body: ([UInt8]) -> Result) -> Result {
    file == focused ? body(bytes) : body(bytesElsewhere(file))
  }

  func children(_ x: Ex) -> [Ex] {
    var result: [Ex] = []
    var child = node(x).child
    while child != 0 {
      result.append(Ex(file: x.file, node: child, scope: x.scope))
      child = node(Ex(file: x.file, node: child, scope: x.scope)).next
    }
    return result
  }

  mutating func report(
    _ kind: Problem.Kind, _ message: String, at range: SourceRange, labels: [Label] = [], hint: String? = nil
  ) {
    if problems.count < Self.maximumProblems {
      problems.append(Problem(kind, message, at: range, labels: labels, hint: hint))
    } else if problems.count == Self.maximumProblems {
      problems.append(Problem(kind, "more problems follow that are not shown", at: range))
    }
  }

  // MARK: Scopes

  /// The index of the scope as it is now.
  mutating func currentScope() -> Int32 {
    if !scopeIsStored {
      scopes.append(scope)
      scopeIsStored = true
    }
    return Int32(truncatingIfNeeded: scopes.count - 1)
  }

  /// Goes on with the variables of another scope.
  mutating func enter(_ other: Scope) {
    scope = other
    scopeIsStored = false
  }

  private mutating func pushScope() {
    scope.frames.append([:])
    scopeIsStored = false
  }

  private mutating func popScope() {
    if scope.frames.count > 1 { scope.frames.removeLast() }
    scopeIsStored = false
  }

  mutating func define(_ name: String, _ value: Ex) {
    scope.frames[scope.frames.count - 1][name] = value
    scopeIsStored = false
  }

  /// Follows variables to what they stand for. nil: not defined, which is reported.
  mutating func resolve(_ x: Ex) -> Ex? {
    var current = x
    for _ in 0..<32 {
      guard node(current).kind == .variable else { return current }
      let file = files[Int(current.file)]
      let nameToken = file.tokens[Int(node(current).first) + 1]
      let name = String(decoding: file.bytes(of: nameToken), as: UTF8.self)
      let known = scopes[Int(current.scope)]
      guard let value = known.lookup(name) else {
        let near = NearestWord.find(name, among: known.names)
        report(
          .undefinedReference, "variable `$\(name)` is not defined", at: range(current),
          hint: near.map { "did you mean `$\($0)`?" })
        return nil
      }
      current = value
    }
    return nil
  }

  // MARK: Files

  /// Reads one file and runs it. `table` and `chain` say where its text stands when a block includes it.
  mutating func run(_ source: SourceFile, context: NftablesFile.Context, table: Int? = nil, chain: Int? = nil) {
    let file = NftablesFile(parsing: source, context: context)
    for problem in file.problems {
      report(problem.kind, problem.message, at: problem.range, labels: problem.labels, hint: problem.hint)
    }
    let index = Int32(truncatingIfNeeded: files.count)
    files.append(file)
    includeStack.append(source.path)
    let before = focused
    focus(on: index)
    defer {
      includeStack.removeLast()
      focus(on: before)
    }
    let root = Ex(file: index, node: file.root, scope: 0)
    runItems(root, table: table, chain: chain)
  }

  private mutating func runItems(_ parent: Ex, table: Int?, chain: Int?) {
    var child = node(parent).child
    while child != 0 {
      let x = Ex(file: parent.file, node: child, scope: currentScope())
      switch node(x).kind {
      case .include: runInclude(x, table: table, chain: chain)
      case .define: runDefine(x)
      case .undefine: runUndefine(x)
      case .unknown: gap(x)
      default:
        if let table, let chain {
          runChainItem(x, table: table, chain: chain)
        } else if let table {
          runTableItem(x, table: table)
        } else {
          runCommand(x)
        }
      }
      child = node(x).next
    }
  }

  /// Counts what the parser did not recognise.
  mutating func gap(_ x: Ex) {
    coverage.statements += 1
    let first = files[Int(x.file)].bytes(ofSymbol: x.node).prefix(40)
    coverage.notUnderstood.append(Coverage.Gap(String(decoding: first, as: UTF8.self), at: range(x)))
  }

  private mutating func runInclude(_ x: Ex, table: Int?, chain: Int?) {
    coverage.statements += 1
    let pattern = symbol(firstChild(x))
    guard includeStack.count < Self.maximumIncludeDepth, files.count < Self.maximumFiles else {
      report(
        .missingInclude, "too many files are included", at: range(x))
      return
    }
    switch include(IncludeRequest(pattern: pattern, from: files[Int(x.file)].source)) {
    case .failed(let reason):
      report(.missingInclude, "cannot read `\(pattern)`: \(reason)", at: range(firstChild(x)))
    case .files(let sources):
      for source in sources {
        if includeStack.contains(source.path) {
          report(.missingInclude, "`\(source.path)` includes itself", at: range(firstChild(x)))
          continue
        }
        run(source, context: chain != nil ? .chain : table != nil ? .table : .script, table: table, chain: chain)
      }
    }
  }

  private mutating func runDefine(_ x: Ex) {
    coverage.statements += 1
    let name = firstChild(x)
    let value = sibling(name)
    let spelt = symbol(name)
    if node(x).word == .define, scope.frames[scope.frames.count - 1][spelt] != nil {
      report(
        .undefinedReference, "variable `\(spelt)` is defined already", at: range(name),
        hint: "`redefine` gives a variable another value")
    }
    define(spelt, value)
  }

  private mutating func runUndefine(_ x: Ex) {
    coverage.statements += 1
    let name = symbol(firstChild(x))
    // nft takes an `undefine` of what is not defined.
    scope.frames[scope.frames.count - 1][name] = nil
    scopeIsStored = false
  }

  // MARK: Tables

  static func key(_ family: Family, _ name: String) -> String { family.rawValue + " " + name }

  func family(_ x: Ex) -> Family { Family(rawValue: node(x).word.rawValue) ?? .ip }

  func findTable(_ family: Family, _ name: String) -> Int? { tableIndex[Self.key(family, name)] }

  mutating func runTable(_ x: Ex, isCreate: Bool = false) {
    coverage.statements += 1
    var item = firstChild(x)
    var family = Family.ip
    if node(item).kind == .family {
      family = self.family(item)
      item = sibling(item)
    }
    guard item.node != 0, let name = name(item) else { return }
    var origin = range(x)
    origin = SourceRange(file: origin.file, lower: origin.lower, upper: max(origin.lower, range(item).upper))
    let table: Int
    if let found = findTable(family, name) {
      table = found
    } else {
      table = tables.count
      tables.append(TableState(family: family, name: name, origin: origin))
      tableIndex[Self.key(family, name)] = table
    }
    pushScope()
    // Chains are declared before any rule of the block is looked at, and that is done after all commands.
    var child = sibling(item).node
    while child != 0 {
      let x = Ex(file: x.file, node: child, scope: currentScope())
      switch node(x).kind {
      case .include: runInclude(x, table: table, chain: nil)
      case .define: runDefine(x)
      case .undefine: runUndefine(x)
      case .unknown: gap(x)
      default: runTableItem(x, table: table)
      }
      child = node(x).next
    }
    popScope()
  }

  /// The text of a name node, through a variable if it is one.
  mutating func name(_ x: Ex) -> String? {
    guard let x = resolve(x) else { return nil }
    return symbol(x)
  }

  private mutating func runTableItem(_ x: Ex, table: Int) {
    coverage.statements += 1
    let item = node(x)
    switch item.kind {
    case .chain:
      let nameNode = firstChild(x)
      guard let name = name(nameNode) else { return }
      let origin = SourceRange(
        file: range(x).file, lower: range(x).lower, upper: range(nameNode).upper)
      let chain = declareChain(name, table: table, origin: origin, end: headEnd(x, after: nameNode))
      runChain(x, from: sibling(nameNode), table: table, chain: chain)
    case .set:
      let nameNode = firstChild(x)
      guard let name = name(nameNode) else { return }
      declareSet(x, name: name, nameNode: nameNode, table: table)
    case .flowtable:
      if let name = name(firstChild(x)) {
        tables[table].flowtables.insert(name)
        checkFlowtable(first: sibling(firstChild(x)))
        tables[table].declare(Declaration(kind: .flowtable, name: name, ex: x))
      }
    case .object:
      if let name = name(firstChild(x)) {
        tables[table].objects.insert(item.word.rawValue + " " + item.field.rawValue + " " + name)
        checkObject(x, object: item.word, kind: item.field, first: sibling(firstChild(x)))
        tables[table].declare(Declaration(kind: .object, word: item.word, field: item.field, name: name, ex: x))
      }
    case .entry:
      for value in children(x) {
        if item.word == .flags {
          switch symbol(value) {
          case "dormant": tables[table].isDormant = true
          case "owner", "persist": break
          default:
            let near = NearestWord.find(symbol(value), among: ["dormant", "owner", "persist"])
            report(
              .typeError, "`\(symbol(value).prefix(60))` is not a flag of a table", at: range(value),
              hint: near.map { "did you mean `\($0)`?" } ?? "the flags are dormant, owner and persist")
          }
        }
        if item.word == .comment { tables[table].comment = symbol(value) }
      }
    default: break
    }
  }

  mutating func declareSet(_ x: Ex, name: String, nameNode: Ex, table: Int) {
    let origin = SourceRange(file: range(x).file, lower: range(x).lower, upper: range(nameNode).upper)
    let isMap = node(x).word == .map
    let index: Int
    if let found = tables[table].setIndex[name] {
      index = found
      tables[table].sets[found].declarations.append(tables[table].sets[found].entries.count)
      let wasMap = tables[table].sets[found].isMap
      if wasMap != isMap, node(x).kind == .set, node(x).word == .map || node(x).word == .set {
        report(
          .typeError, "`\(name)` is a \(wasMap ? "map" : "set") already", at: range(nameNode),
          labels: [Label("declared here", at: tables[table].sets[found].origin)])
      }
    } else {
      index = tables[table].sets.count
      tables[table].sets.append(SetState(name: name, isMap: isMap, origin: origin))
      tables[table].setIndex[name] = index
    }
    addSetEntries(
      from: node(x).kind == .set && sibling(nameNode).node != 0 ? sibling(nameNode) : nil, table: table, set: index)
  }

  mutating func addSetEntries(from first: Ex?, table: Int, set: Int) {
    guard var item = first else { return }
    while item.node != 0 {
      switch node(item).kind {
      case .unknown: gap(item)
      case .define: runDefine(item)
      case .entry:
        coverage.statements += 1
        let stored = Ex(file: item.file, node: item.node, scope: currentScope())
        if node(item).word == .elements {
          tables[table].sets[set].elements.append((firstChild(stored), false))
        } else {
          tables[table].sets[set].entries.append(stored)
        }
      default: break
      }
      item = sibling(item)
    }
  }

  // MARK: Chains

  mutating func declareChain(_ name: String, table: Int, origin: SourceRange, end: SourceRange) -> Int {
    if let found = tables[table].chainIndex[name] {
      if tables[table].chains[found].rules.isEmpty { tables[table].chains[found].end = end }
      return found
    }
    let index = tables[table].chains.count
    tables[table].chains.append(ChainState(name: name, origin: origin, end: end))
    tables[table].chainIndex[name] = index
    return index
  }

  /// Where a first rule is to be put: behind the lines that say what the chain is.
  private func headEnd(_ x: Ex, after nameNode: Ex) -> SourceRange {
    var last: NodeID = 0
    var child = sibling(nameNode)
    while child.node != 0 {
      switch node(child).kind {
      case .hookSpec, .entry: last = child.node
      default: break
      }
      // Behind a rule the place is that of the last rule.
      if node(child).kind == .rule { break }
      child = sibling(child)
    }
    if last != 0 { return lineEnd(Ex(file: x.file, node: last, scope: 0)) }
    // Behind the brace.
    var index = node(nameNode).end
    if token(x.file, index).kind == .leftBrace { index += 1 }
    return lineEnd(x.file, index)
  }

  /// The place behind the line of a statement: behind its separator and line feed.
  func lineEnd(_ x: Ex) -> SourceRange { lineEnd(x.file, node(x).end) }

  /// The last token of a file is its end, so one behind the last of a node is always there.
  private func lineEnd(_ file: Int32, _ end: UInt32) -> SourceRange {
    var index = end
    var upper = index > 0 ? token(file, index - 1).upper : 0
    var next = token(file, index)
    if next.kind == .semicolon {
      upper = next.upper
      index += 1
      next = token(file, index)
    }
    if next.kind == .newline { upper = next.upper }
    return SourceRange(file: file == focused ? source : sourceElsewhere(file), lower: upper, upper: upper)
  }

  mutating func runChain(_ x: Ex, from first: Ex, table: Int, chain: Int) {
    pushScope()
    chainBlocks += 1
    var item = first
    while item.node != 0 {
      item.scope = currentScope()
      switch node(item).kind {
      case .include: runInclude(item, table: table, chain: chain)
      case .define: runDefine(item)
      case .undefine: runUndefine(item)
      case .unknown: gap(item)
      default: runChainItem(item, table: table, chain: chain)
      }
      item = sibling(item)
    }
    popScope()
  }

  private mutating func runChainItem(_ x: Ex, table: Int, chain: Int) {
    let item = node(x)
    switch item.kind {
    case .rule:
      tables[table].chains[chain].rules.append(RuleState(rule: x, written: x.node))
      tables[table].chains[chain].end = lineEnd(x)
    case .hookSpec:
      coverage.statements += 1
      if tables[table].chains[chain].hook == nil {
        tables[table].chains[chain].registration = registrations
        registrations += 1
      }
      tables[table].chains[chain].hook = x
    case .entry:
      coverage.statements += 1
      let value = firstChild(x)
      switch item.word {
      case .policy:
        if let before = tables[table].chains[chain].policy, tables[table].chains[chain].policyBlock == chainBlocks {
          report(
            .notAllowedHere, "the chain has its policy already", at: range(x),
            labels: [Label("here", at: range(before))])
        }
        tables[table].chains[chain].policy = value
        tables[table].chains[chain].policyBlock = chainBlocks
      case .comment: tables[table].chains[chain].comment = symbol(value)
      case .device, .devices: tables[table].chains[chain].extraDevices.append(x)
      default: break
      }
    default: break
    }
  }
}
