import FirewallModel
import IptablesSyntax
import SourceText

extension IptablesBuilder {
  // MARK: `:CHAIN POLICY [p:b]`

  mutating func declareChain(_ line: IptablesFile.Line, _ words: [Word], nextLine: UInt32) {
    guard let first = words.first else { return }
    var rest = words.dropFirst()
    var name = parser.text(first).dropFirst()
    if name.isEmpty, let second = rest.popFirst() { name = parser.text(second) }
    let text = String(decoding: name, as: UTF8.self)
    ruleset.coverage.statements += 1
    if table == nil {
      report(
        .syntaxError, "chain `\(text.prefix(40))` outside a table", line, hint: "add a line such as `*filter` before")
      useTable("filter", at: emptyRange(line.lower))
    }
    if name.isEmpty { report(.syntaxError, "the chain's name is missing", line) }
    let policy = rest.popFirst()
    if let counters = rest.popFirst() { checkCounters(counters) }
    let id = makeChain(text, at: file.range(of: line), named: first)
    declarationsEnd = nextLine
    guard let policy else {
      report(
        .syntaxError, "the policy of chain `\(text.prefix(40))` is missing", line, hint: "`-` for a chain of your own")
      return
    }
    setPolicy(of: id, policy, isDeclaration: true)
  }

  private mutating func checkCounters(_ word: Word) {
    let text = parser.text(word)
    let parts = text.dropFirst().dropLast().split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let isGood =
      text.first == UInt8(ascii: "[") && text.last == UInt8(ascii: "]") && parts.count == 2
      && parts.allSatisfy { !$0.isEmpty && $0.count <= 20 && $0.allSatisfy { $0 >= 48 && $0 <= 57 } }
    if !isGood {
      problems.add(
        Problem(.syntaxError, "counters must have the form `[packets:bytes]`", at: word.range(in: file.source.id)))
    }
  }

  mutating func setPolicy(of id: ChainID, _ word: Word, isDeclaration: Bool) {
    let text = String(decoding: parser.text(word), as: UTF8.self)
    let place = word.range(in: file.source.id)
    let name = ruleset.chains[id.index].name
    guard ruleset.chains[id.index].base != nil else {
      if text != "-" {
        problems.add(
          Problem(
            .notAllowedHere, "chain `\(name.prefix(40))` is not built in and has no policy", at: place,
            hint: "write `-`"))
      }
      return
    }
    switch text {
    case "ACCEPT": ruleset.chains[id.index].base?.policy = .accept
    case "DROP": ruleset.chains[id.index].base?.policy = .drop
    case "-" where isDeclaration: return
    default:
      problems.add(
        Problem(
          .typeError, "can't set policy `\(text.prefix(40))` on `\(name)`", at: place,
          hint: "a policy is ACCEPT or DROP"))
      return
    }
    ruleset.chains[id.index].base?.policyOrigin = place
  }

  // MARK: Chains

  /// The chain of that name, made when it is not there.
  mutating func makeChain(_ name: String, at origin: SourceRange, named: Word? = nil) -> ChainID {
    if let id = chains[name] { return id }
    let id = ChainID(ruleset.chains.count)
    guard let table else { return id }
    var base: BaseHook?
    if let hook = IptablesHooks.hook(table: tableName, chain: name, isNFTables: isNFTables) {
      base = BaseHook(
        type: hook.type, hook: hook.hook, priority: hook.priority, policy: .accept, registration: registrations)
      registrations += 1
    } else if let named {
      checkName(name, named)
    }
    ruleset.chains.append(
      Chain(table: table, name: name, base: base, origin: origin, end: emptyRange(declarationsEnd)))
    ruleset.tables[table.index].chains.append(id)
    chains[name] = id
    return id
  }

  private mutating func checkName(_ name: String, _ word: Word) {
    let place = word.range(in: file.source.id)
    if name.utf8.count > 28 {
      problems.add(
        Problem(.typeError, "chain name `\(name.prefix(40))` too long (must be under 29 chars)", at: place))
    } else if let first = name.utf8.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "!") {
      problems.add(Problem(.syntaxError, "chain name not allowed to start with `\(name.prefix(1))`", at: place))
    } else if registry.module(named: Array(name.utf8)[...], isTarget: true) != nil
      || ["ACCEPT", "DROP", "RETURN", "QUEUE"].contains(name)
    {
      problems.add(
        Problem(.notAllowedHere, "chain name `\(name)` may clash with the target of that name", at: place))
    }
  }

  /// The chain that a line works on; a missing one is reported and made.
  mutating func chain(for word: Word, line: IptablesFile.Line) -> ChainID {
    let text = parser.text(word)
    if let last = lastChain, last.name == text { return last.id }
    let name = String(decoding: text, as: UTF8.self)
    let id: ChainID
    if let known = chains[name] {
      id = known
    } else {
      if IptablesHooks.hook(table: tableName, chain: name) == nil {
        problems.add(
          Problem(
            .undefinedReference, "chain `\(name.prefix(40))` does not exist in table \(tableName)",
            at: word.range(in: file.source.id), hint: "declare it before its rules: `:\(name.prefix(40)) - [0:0]`"))
      }
      id = makeChain(name, at: word.range(in: file.source.id), named: word)
    }
    lastChain = (text, id)
    return id
  }

  // MARK: Command lines

  mutating func runCommand(_ line: IptablesFile.Line, _ words: [Word], nextLine: UInt32) {
    if table == nil {
      report(
        .syntaxError, "rule outside a table", line, hint: "add a line such as `*filter` before, and `COMMIT` after")
      useTable("filter", at: emptyRange(line.lower))
    }
    parser.parse(words, table: tableName)
    if let named = parser.rule.table {
      let name = String(decoding: parser.text(named), as: UTF8.self)
      if !file.isListing {
        problems.add(
          Problem(
            .notAllowedHere, "the `-t` option cannot be used in a dump", at: named.range(in: file.source.id),
            hint: "put the rule into the block `*\(name.prefix(40))`"))
      } else if IptablesHooks.tables.contains(name) {
        useTable(name, at: emptyRange(line.lower))
        parser.parse(words, table: tableName)
      }
    }
    problems.add(parser.takeProblems())
    if parser.rule.family != .both, parser.rule.family != (isIPv6 ? .ipv6 : .ipv4) { return }
    guard let command = parser.rule.command else { return }
    switch command {
    case .append, .insert, .replace, .delete: changeRules(command, line, nextLine: nextLine)
    case .policy:
      guard let chain = parser.rule.chain, let policy = parser.rule.argument else { return }
      ruleset.coverage.statements += 1
      let id = makeChain(String(decoding: parser.text(chain), as: UTF8.self), at: file.range(of: line), named: chain)
      setPolicy(of: id, policy, isDeclaration: false)
      declarationsEnd = max(declarationsEnd, nextLine)
    case .newChain:
      guard let chain = parser.rule.chain else { return }
      ruleset.coverage.statements += 1
      let name = String(decoding: parser.text(chain), as: UTF8.self)
      if chains[name] != nil { report(.notAllowedHere, "chain `\(name.prefix(40))` exists already", line) }
      _ = makeChain(name, at: file.range(of: line), named: chain)
      declarationsEnd = max(declarationsEnd, nextLine)
    case .flush:
      ruleset.coverage.statements += 1
      specifications = [:]
      if let named = parser.rule.chain {
        let name = String(decoding: parser.text(named), as: UTF8.self)
        if let id = chains[name] {
          flush(id)
        } else {
          report(.undefinedReference, "chain `\(name.prefix(40))` does not exist", line)
        }
      } else {
        for id in chains.values { flush(id) }
      }
    case .deleteChain: deleteChains(line)
    case .renameChain: renameChain(line)
    case .zero, .list, .check: ruleset.coverage.statements += 1
    }
  }

  private mutating func renameChain(_ line: IptablesFile.Line) {
    ruleset.coverage.statements += 1
    lastChain = nil
    guard let from = parser.rule.chain, let to = parser.rule.argument else { return }
    let old = String(decoding: parser.text(from), as: UTF8.self)
    let new = String(decoding: parser.text(to), as: UTF8.self)
    guard let id = chains[old], chains[new] == nil else {
      report(.undefinedReference, "can't rename chain `\(old.prefix(40))` to `\(new.prefix(40))`", line)
      return
    }
    chains[old] = nil
    chains[new] = id
    ruleset.chains[id.index].name = new
  }

  private mutating func changeRules(_ command: RuleSyntax.Command, _ line: IptablesFile.Line, nextLine: UInt32) {
    guard let word = parser.rule.chain else { return }
    let id = chain(for: word, line: line)
    let count = ruleset.chains[id.index].rules.count
    switch command {
    case .append:
      let rule = lowerRule(line, id: RuleID(chain: id, index: count))
      countReferences(of: rule, by: 1)
      ruleset.chains[id.index].rules.append(rule)
      keepSpecification(of: id) { $0.append($1) }
      ruleset.chains[id.index].end = emptyRange(nextLine)
    case .insert:
      let index = (parser.rule.number ?? 1) - 1
      guard index >= 0, index <= count else {
        report(.undefinedReference, "index of insertion too big: the chain has \(count) rules", line)
        return
      }
      shiftPendingJumps(in: id, from: index, by: 1)
      let rule = lowerRule(line, id: RuleID(chain: id, index: index))
      countReferences(of: rule, by: 1)
      ruleset.chains[id.index].rules.insert(rule, at: index)
      keepSpecification(of: id) { $0.insert($1, at: index) }
      ruleset.chains[id.index].end = emptyRange(nextLine)
    case .replace:
      guard let number = parser.rule.number, number >= 1, number <= count else {
        report(.undefinedReference, "there is no such rule to replace: the chain has \(count) rules", line)
        return
      }
      let rule = lowerRule(line, id: RuleID(chain: id, index: number - 1))
      countReferences(of: ruleset.chains[id.index].rules[number - 1], by: -1)
      countReferences(of: rule, by: 1)
      ruleset.chains[id.index].rules[number - 1] = rule
      keepSpecification(of: id) { $0[number - 1] = $1 }
    case .delete:
      deleteRule(id, line)
      return
    default: break
    }
  }

  mutating func shiftPendingJumps(in chain: ChainID, from index: Int, by offset: Int) {
    for position in pendingJumps.indices where pendingJumps[position].rule.chain == chain {
      let rule = pendingJumps[position].rule
      if rule.index >= index { pendingJumps[position].rule = RuleID(chain: chain, index: rule.index + offset) }
    }
  }
}
