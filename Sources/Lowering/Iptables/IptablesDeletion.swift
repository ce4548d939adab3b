import FirewallModel
import IptablesSyntax
import SourceText

/// `-D` by number or by what the rule says: iptables compares rules, not their spelling.
extension IptablesBuilder {
  /// The rule that the parser holds in its saved form, without its command.
  var specification: String { RuleWriter(parser).lines(command: "").joined(separator: "\n") }

  /// Changes the list of a chain's saved forms by that of the rule that was just read, where there is such a list.
  mutating func keepSpecification(of id: ChainID, _ change: (inout [String], String) -> Void) {
    guard var all = specifications.removeValue(forKey: id) else { return }
    change(&all, specification)
    specifications[id] = all
  }

  mutating func deleteRule(_ id: ChainID, _ line: IptablesFile.Line) {
    ruleset.coverage.statements += 1
    let count = ruleset.chains[id.index].rules.count
    var index: Int?
    if let number = parser.rule.number {
      index = number >= 1 && number <= count ? number - 1 : nil
    } else {
      let wanted = specification
      index = specifications(of: id).firstIndex(of: wanted)
    }
    guard let index, index < count else {
      report(.undefinedReference, "there is no such rule to delete", line)
      return
    }
    pendingJumps.removeAll { $0.rule == RuleID(chain: id, index: index) }
    shiftPendingJumps(in: id, from: index + 1, by: -1)
    countReferences(of: ruleset.chains[id.index].rules.remove(at: index), by: -1)
    specifications[id]?.remove(at: index)
  }

  /// The saved forms of a chain's rules; made when the first rule of the chain is deleted by what it says, and kept in
  /// step from then on.
  private mutating func specifications(of id: ChainID) -> [String] {
    if let known = specifications[id] { return known }
    var words: [Word] = []
    var reader = RuleParser(source: file.source, isIPv6: isIPv6)
    let all = ruleset.chains[id.index].rules.map { rule -> String in
      words.removeAll(keepingCapacity: true)
      WordScanner.scan(bytes, from: Int(rule.origin.lower), to: Int(rule.origin.upper), into: &words)
      reader.parse(words, table: tableName)
      return RuleWriter(reader).lines(command: "").joined(separator: "\n")
    }
    specifications[id] = all
    return all
  }
}
