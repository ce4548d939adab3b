package import FirewallModel
package import Packets

/// Which chains packets can reach at all, and from which hooks.
package struct ChainFacts: Sendable {
  /// For each chain the base chains that reach it by jump, goto or verdict map, itself included; by `ChainID.index`.
  package let roots: [[ChainID]]
  /// Base chains that are not of a dormant table.
  package let bases: [ChainID]

  /// O(base chains × rules).
  package init(_ ruleset: Ruleset) {
    var targets: [[Int]] = []
    targets.reserveCapacity(ruleset.chains.count)
    for chain in ruleset.chains {
      var list: [Int] = []
      for rule in chain.rules { Self.addTargets(of: rule, in: ruleset, to: &list) }
      targets.append(Array(Set(list)).sorted())
    }
    var roots: [[ChainID]] = Array(repeating: [], count: ruleset.chains.count)
    var bases: [ChainID] = []
    for (index, chain) in ruleset.chains.enumerated() where chain.base != nil && !ruleset[chain.table].isDormant {
      bases.append(ChainID(index))
      var seen = Array(repeating: false, count: ruleset.chains.count)
      var open = [index]
      seen[index] = true
      while let next = open.popLast() {
        roots[next].append(ChainID(index))
        for target in targets[next] where target < seen.count && !seen[target] {
          seen[target] = true
          open.append(target)
        }
      }
    }
    self.roots = roots
    self.bases = bases
  }

  private static func addTargets(of rule: Rule, in ruleset: Ruleset, to list: inout [Int]) {
    func add(_ verdict: Verdict) {
      switch verdict {
      case .jump(let chain), .goto(let chain): if list.last != chain.index { list.append(chain.index) }
      default: break
      }
    }
    for step in rule.steps {
      switch step {
      case .verdict(let verdict, _): add(verdict)
      case .verdictMap(let map, _):
        guard ruleset.sets.indices.contains(map.map.index) else { continue }
        guard case .map(let elements, let fallback) = ruleset[map.map].contents else { continue }
        for element in elements { if case .verdict(let verdict) = element.data { add(verdict) } }
        if case .verdict(let verdict)? = fallback { add(verdict) }
      case .match, .effect: break
      }
    }
  }

  /// The hooks from which a chain is reached, in the order of `Hook`.
  package func hooks(of chain: ChainID, in ruleset: Ruleset) -> [Hook] {
    let found = Set(roots[chain.index].compactMap { ruleset[$0].base?.hook })
    return Hook.allCases.filter { found.contains($0) }
  }

  /// Base chains of a hook that see packets of a version, nat chains left out.
  package func filters(at hook: Hook, _ version: IPVersion, in ruleset: Ruleset) -> [ChainID] {
    bases.filter { id in
      guard let base = ruleset[id].base, base.hook == hook, base.type != .nat else { return false }
      return version.isSeen(by: ruleset[ruleset[id].table].family)
    }
  }
}
