import FirewallModel
import IptablesSyntax
import SourceText

/// `-X`: a chain goes only when it has no rules and no rule leads to it (measured with both back ends).
extension IptablesBuilder {
  mutating func deleteChains(_ line: IptablesFile.Line) {
    ruleset.coverage.statements += 1
    lastChain = nil
    guard let table else { return }
    guard let word = parser.rule.chain else {
      // All chains of the user's; in their order, so that the problem is the same each time.
      for id in ruleset.tables[table.index].chains where ruleset.chains[id.index].base == nil {
        guard mayBeDeleted(id, line) else { return }
      }
      for id in ruleset.tables[table.index].chains where ruleset.chains[id.index].base == nil {
        chains[ruleset.chains[id.index].name] = nil
      }
      ruleset.tables[table.index].chains.removeAll { ruleset.chains[$0.index].base == nil }
      return
    }
    let name = String(decoding: parser.text(word), as: UTF8.self)
    guard let id = chains[name] else {
      report(.undefinedReference, "chain `\(name.prefix(40))` does not exist", line)
      return
    }
    guard ruleset.chains[id.index].base == nil else {
      report(.notAllowedHere, "the built-in chain `\(name)` cannot be deleted", line)
      return
    }
    guard mayBeDeleted(id, line) else { return }
    chains[name] = nil
    if let index = ruleset.tables[table.index].chains.firstIndex(of: id) {
      ruleset.tables[table.index].chains.remove(at: index)
    }
  }

  private mutating func mayBeDeleted(_ id: ChainID, _ line: IptablesFile.Line) -> Bool {
    let name = ruleset.chains[id.index].name.prefix(40)
    if !ruleset.chains[id.index].rules.isEmpty {
      report(
        .notAllowedHere, "can't delete chain `\(name)`: it still has rules", line,
        hint: "flush it before: `-F \(name)`")
      return false
    }
    let count = allReferences()[id] ?? 0
    if count > 0 {
      report(
        .notAllowedHere, "can't delete chain `\(name)`: \(count == 1 ? "a rule" : "\(count) rules") still lead to it",
        line, hint: "delete the rules that jump to it before")
      return false
    }
    return true
  }

  /// How many rules of the open table lead to each chain; counted when a chain is first deleted, and kept in step from
  /// then on.
  private mutating func allReferences() -> [ChainID: Int] {
    if let references { return references }
    references = [:]
    guard let table else { return [:] }
    for id in ruleset.tables[table.index].chains {
      for rule in ruleset.chains[id.index].rules { countReferences(of: rule, by: 1) }
    }
    return references ?? [:]
  }

  /// Does nothing before a chain is deleted.
  mutating func countReferences(of rule: Rule, by number: Int) {
    guard references != nil, case .verdict(let verdict, _)? = rule.steps.last else { return }
    switch verdict {
    case .jump(let chain), .goto(let chain): references?[chain, default: 0] += number
    default: return
    }
  }

  /// Takes all rules out of a chain.
  mutating func flush(_ id: ChainID) {
    if references != nil {
      for rule in ruleset.chains[id.index].rules { countReferences(of: rule, by: -1) }
    }
    ruleset.chains[id.index].rules = []
  }
}
