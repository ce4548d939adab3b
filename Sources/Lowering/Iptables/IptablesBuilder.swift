import FirewallModel
import IptablesSyntax
import SourceText

/// Walks the lines of a dump and builds the model that stands after all its commands.
struct IptablesBuilder {
  let file: IptablesFile
  let dialect: Dialect
  let isIPv6: Bool
  let bytes: [UInt8]
  let registry = Registry.shared
  var ruleset = Ruleset()
  var problems = ProblemList()
  var parser: RuleParser
  var sets: SetLibrary
  /// Names of sets that rules change.
  var changedSets: Set<String> = []
  /// The table of the block that is being read; nil outside of one.
  var table: TableID?
  var tableName = ""
  var chains: [String: ChainID] = [:]
  var registrations = 0
  /// Where the declarations of the block end: a chain without rules is appended to there.
  var declarationsEnd: UInt32 = 0
  /// Jumps whose chain was not there when their line was read.
  var pendingJumps: [PendingJump] = []
  /// The chain of the last line, since most lines name the same one as the line before.
  var lastChain: (name: ArraySlice<UInt8>, id: ChainID)?

  struct PendingJump {
    var rule: RuleID
    var step: Int
    var name: String
    var isGoto: Bool
  }

  init(file: IptablesFile, dialect: Dialect, ipsets: [SourceFile]) {
    sets = SetLibrary(ipsets)
    self.file = file
    self.dialect = dialect
    isIPv6 = dialect == .ip6tablesSave
    bytes = file.source.bytes
    parser = RuleParser(source: file.source, isIPv6: isIPv6)
    problems.add(file.problems)
    problems.add(sets.problems)
  }

  var family: Family { isIPv6 ? .ip6 : .ip }

  mutating func run() {
    let replaced = replacedBlocks()
    var saved: Ruleset?
    var words: [Word] = []
    if file.isListing { openListing() }
    for (number, line) in file.lines.enumerated() {
      switch line.kind {
      case .blank, .comment: continue
      case .table:
        if table != nil { missingCommit(before: line) }
        if let before = saved { restore(before) }
        saved = replaced.contains(number) ? ruleset : nil
        file.words(of: line, into: &words)
        openTable(line, words)
      case .chain:
        file.words(of: line, into: &words)
        declareChain(line, words, nextLine: lineEnd(number))
      case .command:
        file.words(of: line, into: &words)
        runCommand(line, words, nextLine: lineEnd(number))
      case .commit:
        if table == nil { report(.syntaxError, "COMMIT outside a table", line) }
        closeTable()
        if let before = saved { restore(before) }
        saved = nil
      case .other: reportOther(line)
      }
    }
    if table != nil, !file.isListing, let last = file.lines.last { missingCommit(after: last) }
    closeTable()
    if let before = saved { restore(before) }
  }

  mutating func finish() -> Lowered {
    for index in ruleset.sets.indices where changedSets.contains(ruleset.sets[index].name) {
      ruleset.sets[index].isDynamic = true
    }
    var result = Lowered(ruleset: ruleset, dialect: dialect, problems: problems.sorted())
    result.isListing = file.isListing
    return result
  }

  /// The byte after a line and its line end.
  private func lineEnd(_ number: Int) -> UInt32 {
    let starts = file.source.lineStarts
    return number + 1 < starts.count ? starts[number + 1] : UInt32(bytes.count)
  }

  /// Lines of tables that a later block of the same name flushes.
  private func replacedBlocks() -> Set<Int> {
    var last: [String: Int] = [:]
    var result: Set<Int> = []
    for (number, line) in file.lines.enumerated() where line.kind == .table {
      let name = String(decoding: bytes[Int(line.lower)..<Int(line.upper)], as: UTF8.self)
      if let before = last.updateValue(number, forKey: name) { result.insert(before) }
    }
    return result
  }

  private mutating func restore(_ before: Ruleset) {
    let coverage = ruleset.coverage
    let sets = ruleset.sets
    ruleset = before
    ruleset.coverage = coverage
    ruleset.sets = sets
  }

  // MARK: Tables

  private mutating func openListing() {
    table = nil
    useTable("filter", at: SourceRange(file: file.source.id, lower: 0, upper: 0))
  }

  private mutating func openTable(_ line: IptablesFile.Line, _ words: [Word]) {
    closeTable()
    guard let first = words.first else { return }
    var name = parser.text(first).dropFirst()
    if name.isEmpty, words.count > 1 { name = parser.text(words[1]) }
    let text = String(decoding: name, as: UTF8.self)
    ruleset.coverage.statements += 1
    if !IptablesHooks.tables.contains(text) {
      report(
        .undefinedReference, "table `\(text.prefix(40))` does not exist", line,
        hint: "the tables are \(IptablesHooks.tables.joined(separator: ", "))")
    }
    let id = TableID(ruleset.tables.count)
    ruleset.tables.append(Table(family: family, name: text, dialect: dialect, origin: file.range(of: line)))
    table = id
    tableName = text
    chains = [:]
    lastChain = nil
    declarationsEnd = line.upper < UInt32(bytes.count) ? line.upper + 1 : line.upper
  }

  /// Selects a table, making it when it is not there; for lines that name the table by `-t`.
  mutating func useTable(_ name: String, at origin: SourceRange) {
    if let index = ruleset.tables.firstIndex(where: { $0.name == name && $0.dialect == dialect }) {
      let id = TableID(index)
      if table == id { return }
      table = id
      chains = [:]
      for chain in ruleset.tables[index].chains { chains[ruleset[chain].name] = chain }
    } else {
      table = TableID(ruleset.tables.count)
      ruleset.tables.append(Table(family: family, name: name, dialect: dialect, origin: origin))
      chains = [:]
    }
    tableName = name
    lastChain = nil
  }

  private mutating func closeTable() {
    guard let open = table else { return }
    for jump in pendingJumps {
      guard let target = chains[jump.name] else { continue }
      let rule = jump.rule
      if case .verdict(_, let place) = ruleset.chains[rule.chain.index].rules[rule.index].steps[jump.step] {
        ruleset.chains[rule.chain.index].rules[rule.index].steps[jump.step] =
          .verdict(jump.isGoto ? .goto(target) : .jump(target), at: place)
      }
    }
    pendingJumps = []
    for chain in ruleset.tables[open.index].chains where ruleset.chains[chain.index].end.lower < declarationsEnd {
      ruleset.chains[chain.index].end = emptyRange(declarationsEnd)
    }
    findLoops(in: open)
    if !file.isListing { table = nil }
  }

  private mutating func missingCommit(before line: IptablesFile.Line) {
    report(.syntaxError, "table `\(tableName)` is not closed before the next one", line, hint: "add a line `COMMIT`")
  }

  private mutating func missingCommit(after line: IptablesFile.Line) {
    report(.syntaxError, "COMMIT expected at the end of table `\(tableName)`", line, hint: "add a line `COMMIT`")
  }

  private mutating func reportOther(_ line: IptablesFile.Line) {
    let text = String(decoding: bytes[Int(line.lower)..<min(Int(line.upper), Int(line.lower) + 60)], as: UTF8.self)
    report(
      .syntaxError, "not a line of iptables-save: `\(text)`", line,
      hint: table == nil ? "a dump starts with a table, such as `*filter`" : nil)
  }

  mutating func report(_ kind: Problem.Kind, _ message: String, _ line: IptablesFile.Line, hint: String? = nil) {
    problems.add(Problem(kind, message, at: file.range(of: line), hint: hint))
  }

  func emptyRange(_ offset: UInt32) -> SourceRange {
    SourceRange(file: file.source.id, lower: offset, upper: offset)
  }
}
