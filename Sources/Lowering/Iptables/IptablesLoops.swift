import FirewallModel
import SourceText

extension IptablesBuilder {
  /// Reports jumps that lead back to their own chain, which the kernel refuses where a packet could get there: it walks
  /// from the built-in chains (measured with both back ends). Iterative: a chain of jumps may be as
  /// long as the file.
  mutating func findLoops(in table: TableID) {
    enum Mark { case open, done }
    var marks: [ChainID: Mark] = [:]
    for start in ruleset.tables[table.index].chains
    where ruleset.chains[start.index].base != nil && marks[start] == nil {
      var stack: [(chain: ChainID, rule: Int)] = [(start, 0)]
      marks[start] = .open
      while let top = stack.last {
        let rules = ruleset.chains[top.chain.index].rules
        guard top.rule < rules.count else {
          marks[top.chain] = .done
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].rule += 1
        guard let step = rules[top.rule].steps.last, case .verdict(let verdict, let place) = step else { continue }
        let next: ChainID
        switch verdict {
        case .jump(let chain), .goto(let chain): next = chain
        default: continue
        }
        switch marks[next] {
        case .done: continue
        case .open:
          problems.add(
            Problem(
              .jumpLoop, "the jump to `\(ruleset.chains[next.index].name.prefix(40))` closes a loop", at: place,
              labels: [Label("the loop starts in this chain", at: ruleset.chains[next.index].origin)]))
        case nil:
          marks[next] = .open
          stack.append((next, 0))
        }
      }
    }
  }
}
