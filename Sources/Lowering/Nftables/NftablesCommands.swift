import FirewallModel
import NftablesSyntax
import SourceText

// Flat commands: `add rule …`, `delete chain …`, `flush ruleset`.
extension NftablesReader {
  mutating func runCommand(_ x: Ex) {
    let command = node(x)
    if command.kind == .table { return runTable(x) }
    guard command.kind == .command else { return }
    coverage.statements += 1
    switch command.word {
    case .add, .create, .insert, .replace: runAdd(x, verb: command.word, object: command.field)
    case .delete, .destroy: runDelete(x, object: command.field, isDestroy: command.word == .destroy)
    case .flush: runFlush(x, object: command.field)
    case .rename: runRename(x)
    default: break  // `list`, `reset`, `monitor` … leave the rules as they are.
    }
  }

  /// Family and names of a command, and what follows them.
  private struct Path {
    var family = Family.ip
    var names: [(text: String, ex: Ex)] = []
    var rest: [Ex] = []
  }

  private mutating func path(_ x: Ex, names count: Int) -> Path {
    var result = Path()
    for child in children(x) {
      switch node(child).kind {
      case .family: result.family = family(child)
      case .name, .variable:
        if result.names.count < count, let text = name(child) {
          result.names.append((text, child))
        } else {
          result.rest.append(child)
        }
      default: result.rest.append(child)
      }
    }
    return result
  }

  /// The table that a command names; an unknown one is reported.
  private mutating func table(_ path: Path, quiet: Bool = false) -> Int? {
    guard let first = path.names.first else { return nil }
    if let found = findTable(path.family, first.text) { return found }
    if !quiet {
      let others = tables.filter { !$0.isDeleted }
      let sameName = others.first { $0.name == first.text }
      let near = NearestWord.find(first.text, among: others.map(\.name))
      let hint =
        sameName.map { "there is a table `\($0.family.rawValue) \($0.name)`" } ?? near.map { "did you mean `\($0)`?" }
      report(
        .undefinedReference, "there is no table `\(path.family.rawValue) \(first.text)` here", at: range(first.ex),
        hint: hint)
    }
    return nil
  }

  private mutating func chain(_ path: Path, in table: Int, quiet: Bool = false) -> Int? {
    guard path.names.count > 1 else { return nil }
    let name = path.names[1]
    if let found = tables[table].chainIndex[name.text] { return found }
    if !quiet {
      let known = tables[table].chains.filter { !$0.isDeleted }.map(\.name)
      report(
        .undefinedReference, "there is no chain `\(name.text)` in table `\(tables[table].name)`", at: range(name.ex),
        hint: NearestWord.find(name.text, among: known).map { "did you mean `\($0)`?" })
    }
    return nil
  }

  private mutating func runAdd(_ x: Ex, verb: Word, object: Word) {
    switch object {
    case .table:
      let table = firstChild(x)
      if node(table).kind == .table {
        if verb == .create { refuseExisting(table) }
        runTable(table, isCreate: verb == .create)
      }
    case .chain:
      let path = path(x, names: 2)
      guard let table = table(path), path.names.count == 2 else { return }
      if verb == .create, let found = tables[table].chainIndex[path.names[1].text] {
        report(
          .notAllowedHere, "chain `\(path.names[1].text)` exists already", at: range(path.names[1].ex),
          labels: [Label("declared here", at: tables[table].chains[found].origin)], hint: "use `add`")
      }
      let chain = declareChain(path.names[1].text, table: table, origin: range(x), end: lineEnd(x))
      if let block = path.rest.first(where: { node($0).kind == .chain }) {
        runChain(block, from: Ex(file: x.file, node: node(block).child, scope: x.scope), table: table, chain: chain)
      }
    case .rule: addRule(x, verb: verb)
    case .set, .map, .meter:
      let path = path(x, names: 2)
      guard let table = table(path), path.names.count == 2 else { return }
      guard let block = path.rest.first(where: { node($0).kind == .set }) else { return }
      declareSet(block, name: path.names[1].text, nameNode: path.names[1].ex, table: table)
      let index = tables[table].setIndex[path.names[1].text] ?? 0
      tables[table].sets[index].isMap = object == .map
      tables[table].sets[index].origin = range(x)
      addSetEntries(from: firstChild(block), table: table, set: index)
    case .element: changeElements(x, isDeletion: false)
    case .flowtable:
      let path = path(x, names: 2)
      guard let table = table(path), path.names.count == 2 else { return }
      tables[table].flowtables.insert(path.names[1].text)
      if let block = path.rest.first(where: { node($0).kind == .flowtable }) {
        checkFlowtable(first: firstChild(block))
        tables[table].declare(Declaration(kind: .flowtable, name: path.names[1].text, ex: block))
      }
    default:
      let path = path(x, names: 2)
      guard let table = table(path), path.names.count == 2 else { return }
      let kind = path.rest.first { node($0).kind == .entry }.map { node($0).word } ?? .none
      tables[table].objects.insert(object.rawValue + " " + kind.rawValue + " " + path.names[1].text)
      let body = path.rest.first { node($0).kind == .object }
      if let body { checkObject(x, object: object, kind: kind, first: firstChild(body)) }
      tables[table].declare(
        Declaration(kind: .object, word: object, field: kind, name: path.names[1].text, ex: body ?? x))
    }
  }

  /// `create table` of a table that is there.
  private mutating func refuseExisting(_ table: Ex) {
    var item = firstChild(table)
    var family = Family.ip
    if node(item).kind == .family {
      family = self.family(item)
      item = sibling(item)
    }
    guard item.node != 0, let found = findTable(family, symbol(item)) else { return }
    report(
      .notAllowedHere, "table `\(family.rawValue) \(symbol(item))` exists already", at: range(item),
      labels: [Label("declared here", at: tables[found].origin)], hint: "use `add`")
  }

  private mutating func addRule(_ x: Ex, verb: Word) {
    let path = path(x, names: 2)
    guard let table = table(path), let chain = chain(path, in: table) else { return }
    var position: Int?
    var isPlaced = true
    for handle in path.rest where node(handle).kind == .handle {
      if node(handle).word == .index, let number = Int(symbol(firstChild(handle))) {
        position = number
      } else {
        // Handles are given by the kernel; a text cannot know them.
        isPlaced = false
      }
    }
    guard let rule = path.rest.first(where: { node($0).kind == .rule }) else { return }
    if !isPlaced {
      coverage.notModelled.append(Coverage.Gap("\(verb.rawValue) rule by handle", at: range(x)))
      if verb == .replace { return }
    }
    let state = RuleState(rule: Ex(file: rule.file, node: rule.node, scope: currentScope()), written: x.node)
    let count = tables[table].chains[chain].rules.count
    if let position {
      guard position < count else {
        report(.undefinedReference, "the chain has no rule with index \(position)", at: range(x))
        return
      }
      tables[table].chains[chain].rules.insert(state, at: verb == .insert ? position : position + 1)
    } else if verb == .insert {
      tables[table].chains[chain].rules.insert(state, at: 0)
    } else {
      tables[table].chains[chain].rules.append(state)
    }
    if verb == .add, position == nil || position == count - 1 { tables[table].chains[chain].end = lineEnd(x) }
    if count == 0 { tables[table].chains[chain].end = lineEnd(x) }
  }

  private mutating func changeElements(_ x: Ex, isDeletion: Bool, isDestroy: Bool = false) {
    let path = path(x, names: 2)
    guard let table = table(path), path.names.count == 2 else { return }
    guard let set = tables[table].setIndex[path.names[1].text] else {
      let known = tables[table].sets.filter { !$0.isDeleted }.map(\.name)
      report(
        .undefinedReference, "there is no set `\(path.names[1].text)` in table `\(tables[table].name)`",
        at: range(path.names[1].ex),
        hint: NearestWord.find(path.names[1].text, among: known).map { "did you mean `\($0)`?" })
      return
    }
    for value in path.rest {
      let stored = Ex(file: value.file, node: value.node, scope: currentScope())
      if isDestroy { tables[table].sets[set].tolerantDeletions.insert(tables[table].sets[set].elements.count) }
      tables[table].sets[set].elements.append((stored, isDeletion))
    }
  }

  private mutating func runDelete(_ x: Ex, object: Word, isDestroy: Bool) {
    switch object {
    case .table:
      let path = path(x, names: 1)
      guard let table = table(path, quiet: isDestroy || path.names.isEmpty) else { return }
      deleteTable(table)
    case .chain:
      let path = path(x, names: 2)
      guard let table = table(path, quiet: isDestroy), let chain = chain(path, in: table, quiet: isDestroy) else {
        return
      }
      tables[table].chains[chain].isDeleted = true
      tables[table].chainIndex[tables[table].chains[chain].name] = nil
    case .set, .map, .meter:
      let path = path(x, names: 2)
      guard let table = table(path, quiet: isDestroy), path.names.count == 2,
        let set = tables[table].setIndex[path.names[1].text]
      else { return }
      tables[table].sets[set].isDeleted = true
      tables[table].setIndex[path.names[1].text] = nil
    case .element: changeElements(x, isDeletion: true, isDestroy: isDestroy)
    case .rule: coverage.notModelled.append(Coverage.Gap("delete rule by handle", at: range(x)))
    case .flowtable:
      let path = path(x, names: 2)
      guard let table = table(path, quiet: isDestroy), path.names.count == 2 else { return }
      tables[table].flowtables.remove(path.names[1].text)
      tables[table].undeclare(.flowtable, .none, path.names[1].text)
    default:
      let path = path(x, names: 2)
      guard let table = table(path, quiet: isDestroy), path.names.count == 2 else { return }
      let kind = path.rest.first { node($0).kind == .entry }.map { node($0).word.rawValue } ?? ""
      tables[table].objects.remove(object.rawValue + " " + kind + " " + path.names[1].text)
      tables[table].undeclare(.object, object, path.names[1].text)
    }
  }

  private mutating func deleteTable(_ table: Int) {
    tables[table].isDeleted = true
    tableIndex[Self.key(tables[table].family, tables[table].name)] = nil
  }

  private mutating func runFlush(_ x: Ex, object: Word) {
    switch object {
    case .ruleset:
      let family = children(x).first { node($0).kind == .family }.map { self.family($0) }
      for index in tables.indices where !tables[index].isDeleted && (family == nil || tables[index].family == family) {
        deleteTable(index)
      }
    case .table:
      let path = path(x, names: 1)
      guard let table = table(path) else { return }
      for chain in tables[table].chains.indices { tables[table].chains[chain].rules = [] }
    case .chain:
      let path = path(x, names: 2)
      guard let table = table(path), let chain = chain(path, in: table) else { return }
      tables[table].chains[chain].rules = []
    case .set, .map, .meter:
      let path = path(x, names: 2)
      guard let table = table(path), path.names.count == 2, let set = tables[table].setIndex[path.names[1].text] else {
        return
      }
      tables[table].sets[set].elements = []
      tables[table].sets[set].tolerantDeletions = []
    default: break
    }
  }

  private mutating func runRename(_ x: Ex) {
    let path = path(x, names: 3)
    guard path.names.count == 3, let table = table(path), let chain = chain(path, in: table) else { return }
    if let found = tables[table].chainIndex[path.names[2].text] {
      report(
        .notAllowedHere, "chain `\(path.names[2].text)` exists already", at: range(path.names[2].ex),
        labels: [Label("declared here", at: tables[table].chains[found].origin)], hint: "take another name")
      return
    }
    tables[table].chainIndex[path.names[1].text] = nil
    tables[table].chains[chain].name = path.names[2].text
    tables[table].chainIndex[path.names[2].text] = chain
  }
}
