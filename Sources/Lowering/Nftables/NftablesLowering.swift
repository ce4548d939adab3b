import FirewallModel
import NftablesSyntax
import PacketSets
import Packets
import SourceText

/// Turns what the commands have left into the model: numbers the tables, chains and sets, then reads the rules.
struct NftablesLowering {
  var reader: NftablesReader
  var ruleset = Ruleset()
  var tableIDs: [Int: Int] = [:]
  /// The types that each set states, by set; empty for those in braces.
  var typesOfSets: [SetTypes] = []
  /// Sets whose `size` has been reported, by where they are declared.
  var reportedSizes: Set<SourceRange> = []
  /// Where each chain jumps to, by chain; noted while rules are read, for `reportLoops`.
  var jumps: [[Jump]] = []
  /// The chain whose rules are read just now.
  var currentChain = 0

  init(reader: NftablesReader) { self.reader = reader }

  mutating func run() -> Lowered {
    number()
    // All types first: an element may lead to another set.
    for table in reader.tables.indices where !reader.tables[table].isDeleted {
      for set in reader.tables[table].sets.indices where !reader.tables[table].sets[set].isDeleted {
        typesOfSets[reader.tables[table].setIDs[set]] = setTypes(reader.tables[table].sets[set], table: table)
      }
    }
    for table in reader.tables.indices where !reader.tables[table].isDeleted {
      for set in reader.tables[table].sets.indices where !reader.tables[table].sets[set].isDeleted {
        let id = reader.tables[table].setIDs[set]
        let isDynamic = ruleset.sets[id].isDynamic
        ruleset.sets[id] = lowerSet(table, set)
        if isDynamic { ruleset.sets[id].isDynamic = true }
      }
    }
    for table in reader.tables.indices where !reader.tables[table].isDeleted {
      for chain in reader.tables[table].chains.indices where !reader.tables[table].chains[chain].isDeleted {
        lowerRules(table, chain)
      }
    }
    reportLoops()
    ruleset.coverage = reader.coverage
    let problems = reader.problems.enumerated().sorted {
      ($0.element.range, $0.offset) < ($1.element.range, $1.offset)
    }
    return Lowered(ruleset: ruleset, dialect: .nft, problems: problems.map(\.element))
  }

  // MARK: Numbers

  private mutating func number() {
    for index in reader.tables.indices where !reader.tables[index].isDeleted {
      let state = reader.tables[index]
      let id = TableID(ruleset.tables.count)
      tableIDs[index] = id.index
      var table = Table(family: state.family, name: state.name, dialect: .nft, origin: state.origin)
      table.isDormant = state.isDormant
      table.comment = state.comment
      var chainIDs = Array(repeating: -1, count: state.chains.count)
      for (position, chain) in state.chains.enumerated() where !chain.isDeleted {
        chainIDs[position] = ruleset.chains.count
        table.chains.append(ChainID(ruleset.chains.count))
        var lowered = Chain(table: id, name: chain.name, origin: chain.origin, end: chain.end)
        lowered.comment = chain.comment
        lowered.base = baseHook(chain, state)
        ruleset.chains.append(lowered)
      }
      var setIDs = Array(repeating: -1, count: state.sets.count)
      for (position, set) in state.sets.enumerated() where !set.isDeleted {
        setIDs[position] = ruleset.sets.count
        table.sets.append(SetID(ruleset.sets.count))
        ruleset.sets.append(NamedSet(table: id, name: set.name, contents: .values(.empty), origin: set.origin))
      }
      reader.tables[index].chainIDs = chainIDs
      reader.tables[index].setIDs = setIDs
      ruleset.tables.append(table)
    }
    jumps = Array(repeating: [], count: ruleset.chains.count)
    typesOfSets = Array(repeating: SetTypes(), count: ruleset.sets.count)
  }

  func chainID(_ table: Int, _ name: String) -> ChainID? {
    guard let index = reader.tables[table].chainIndex[name] else { return nil }
    return ChainID(reader.tables[table].chainIDs[index])
  }

  func setID(_ table: Int, _ index: Int) -> SetID? {
    guard index < reader.tables[table].setIDs.count, reader.tables[table].setIDs[index] >= 0 else { return nil }
    return SetID(reader.tables[table].setIDs[index])
  }

  // MARK: Base chains

  private mutating func baseHook(_ chain: ChainState, _ table: TableState) -> BaseHook? {
    guard let spec = chain.hook else {
      if let policy = chain.policy {
        reader.report(
          .notAllowedHere, "only a base chain has a policy", at: reader.range(policy),
          labels: [Label("this chain has no `type … hook …` line", at: chain.origin)])
      }
      return nil
    }
    let parts = reader.children(spec)
    guard parts.count >= 3 else { return nil }
    guard let typeName = reader.name(parts[0]) else { return nil }
    let hookName = reader.symbol(parts[1])
    guard let type = ChainType(rawValue: typeName) else {
      let near = NearestWord.find(typeName, among: ["filter", "nat", "route"])
      reader.report(
        .typeError, "`\(typeName)` is not a chain type", at: reader.range(parts[0]),
        hint: near.map { "did you mean `\($0)`?" } ?? "the types are `filter`, `nat` and `route`")
      return nil
    }
    guard let hook = Hook.allCases.first(where: { $0.name == hookName }) else {
      let near = NearestWord.find(hookName, among: Hook.allCases.map(\.name))
      reader.report(
        .typeError, "`\(hookName)` is not a hook", at: reader.range(parts[1]),
        hint: near.map { "did you mean `\($0)`?" })
      return nil
    }
    var devices: [String] = []
    for entry in parts.dropFirst(2) + chain.extraDevices where reader.node(entry).kind == .entry {
      for value in reader.children(entry) { collectNames(value, into: &devices) }
    }
    guard let priorityNode = parts.last, reader.node(priorityNode).kind == .priority,
      let priority = priority(priorityNode, table.family, hook)
    else { return nil }
    check(type, hook, table.family, priority, spec, devices)
    var policy = Policy.accept
    if let node = chain.policy, let text = reader.name(node) {
      if let found = Policy(rawValue: text) {
        policy = found
        if type == .nat, found == .drop {
          // The kernel takes it; nothing to say here.
        }
      } else {
        let near = NearestWord.find(text, among: ["accept", "drop"])
        reader.report(
          .typeError, "`\(text)` is not a policy", at: reader.range(node),
          hint: near.map { "did you mean `\($0)`?" } ?? "a policy is `accept` or `drop`")
      }
    }
    return BaseHook(
      type: type, hook: hook, devices: devices, priority: priority, policy: policy,
      policyOrigin: chain.policy.map { reader.range($0) }, registration: chain.registration)
  }

  private mutating func collectNames(_ x: Ex, into names: inout [String], depth: Int = 0) {
    guard depth < 32, names.count < 4096, let x = reader.resolve(x) else { return }
    if reader.node(x).kind == .setLiteral {
      for child in reader.children(x) { collectNames(child, into: &names, depth: depth + 1) }
    } else {
      names.append(reader.symbol(x))
    }
  }

  private mutating func priority(_ x: Ex, _ family: Family, _ hook: Hook) -> Int32? {
    let parts = reader.children(x)
    guard let first = parts.first, let base = reader.resolve(first) else { return nil }
    let text = reader.node(base).kind == .symbol ? priorityText(base) : reader.symbol(base)
    let value: Int32
    if let number = Int32(text) {
      value = number
    } else {
      // `filter - 10` in a variable is one text.
      let words = text.split(separator: " ").map(String.init)
      let name = words.first ?? text
      guard let standard = Symbols.priority(name, family: family.rawValue, hook: hook.name) else {
        let near = NearestWord.find(name, among: Symbols.priorityNames)
        reader.report(
          .typeError, "`\(name)` is not a priority for \(hook.name) in a \(family.rawValue) table",
          at: reader.range(first), hint: near.map { "did you mean `\($0)`?" })
        return nil
      }
      var offset: Int32 = 0
      if words.count == 3, let number = Int32(words[2]) { offset = words[1] == "-" ? 0 &- number : number }
      value = standard &+ offset
    }
    guard parts.count > 1, let offset = Int32(reader.symbol(parts[1])) else { return value }
    let (result, overflow) =
      reader.node(x).flag == 2 ? value.subtractingReportingOverflow(offset) : value.addingReportingOverflow(offset)
    if overflow {
      reader.report(.typeError, "this priority does not fit into 32 bits", at: reader.range(x))
      return nil
    }
    return result
  }

  /// `- 10` and `-10` are both numbers.
  private func priorityText(_ x: Ex) -> String {
    let text = reader.text(x)
    if text.hasPrefix("-") { return text.filter { $0 != " " } }
    return reader.symbol(x)
  }

  /// Which chain types and hooks each family has (nft(8), "Chains").
  private mutating func check(
    _ type: ChainType, _ hook: Hook, _ family: Family, _ priority: Int32, _ spec: Ex, _ devices: [String]
  ) {
    let hooks: [Hook]
    switch family {
    case .ip, .ip6: hooks = [.prerouting, .input, .forward, .output, .postrouting]
    case .inet: hooks = [.ingress, .prerouting, .input, .forward, .output, .postrouting]
    case .bridge: hooks = [.prerouting, .input, .forward, .output, .postrouting]
    case .arp: hooks = [.input, .output, .forward]
    case .netdev: hooks = [.ingress, .egress]
    }
    let parts = reader.children(spec)
    if !devices.isEmpty, family != .netdev, hook != .ingress, hook != .egress {
      reader.report(
        .notAllowedHere, "a chain at \(hook.name) sees all devices and cannot be bound to one",
        at: reader.range(parts.dropFirst(2).first { reader.node($0).kind == .entry } ?? spec))
    }
    if !hooks.contains(hook) {
      reader.report(
        .notAllowedHere, "a \(family.rawValue) table has no \(hook.name) hook", at: reader.range(parts[1]),
        hint: "it has \(hooks.map(\.name).joined(separator: ", "))")
      return
    }
    if type == .nat {
      if family == .bridge || family == .arp || family == .netdev || hook == .forward || hook == .ingress {
        reader.report(
          .notAllowedHere, "no nat chain is possible at \(hook.name) in a \(family.rawValue) table",
          at: reader.range(parts[0]))
      } else if priority <= -200 {
        reader.report(
          .notAllowedHere, "a nat chain must come after connection tracking: its priority must be above -200",
          at: reader.range(parts[parts.count - 1]))
      }
    }
    if type == .route, hook != .output || family == .bridge || family == .arp || family == .netdev {
      reader.report(.notAllowedHere, "a route chain is only possible at output", at: reader.range(parts[0]))
    }
    if family == .netdev || hook == .ingress, devices.isEmpty {
      reader.report(
        .notAllowedHere, "a chain at \(hook.name) needs a device", at: reader.range(spec),
        hint: "add `device \"eth0\"` before `priority`")
    }
  }

  // MARK: Rules

  private mutating func lowerRules(_ table: Int, _ chain: Int) {
    let state = reader.tables[table].chains[chain]
    let family = reader.tables[table].family
    let id = reader.tables[table].chainIDs[chain]
    var rules: [Rule] = []
    rules.reserveCapacity(state.rules.count)
    currentChain = id
    var builder = RuleBuilder(table: table, family: family, base: ruleset.chains[id].base)
    for rule in state.rules {
      reader.focus(on: rule.rule.file)
      builder.begin()
      var statement = reader.firstChild(rule.rule)
      while statement.node != 0 {
        self.statement(statement, &builder)
        statement = reader.sibling(statement)
      }
      // An array of its own that is as large as it must be; the builder keeps its room for the next rule.
      var steps: [Step] = []
      steps.reserveCapacity(builder.steps.count)
      steps.append(contentsOf: builder.steps)
      let written = Ex(file: rule.rule.file, node: rule.written, scope: 0)
      rules.append(Rule(steps: steps, comment: builder.comment, origin: reader.range(written)))
    }
    ruleset.chains[id].rules = rules
  }
}
