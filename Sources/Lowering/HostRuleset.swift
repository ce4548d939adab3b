import FirewallModel
package import SourceText

extension Lowering {
  /// Puts the rule sets of one host together, as if they had been loaded one after the other: an iptables table that a
  /// later dump holds again is the later one's, as iptables-restore replaces it. `place` gives the place (from 0) of
  /// the input that a source file belongs to; base chains of equal priority count as registered in that order.
  ///
  /// nft scripts of one host must come as one part (see `nftables(_:options:include:)` for several files), since a
  /// later one may add to tables of an earlier one. Linear in the size of the parts.
  package static func combined(_ parts: [Lowered], place: (SourceID) -> Int) -> Lowered {
    guard parts.count > 1, let first = parts.first else {
      return parts.first ?? Lowered(ruleset: Ruleset(), dialect: .nft, problems: [])
    }
    var result = Lowered(ruleset: Ruleset(), dialect: first.dialect, problems: [])
    for (index, part) in parts.enumerated() {
      let replaced = parts[(index + 1)...].flatMap { $0.ruleset.tables.filter(\.dialect.isIptables) }
      result.append(part) { table in
        table.dialect.isIptables && replaced.contains { $0.family == table.family && $0.name == table.name }
      }
    }
    let bases = result.ruleset.chains.indices.compactMap { index -> (index: Int, place: Int, registration: Int)? in
      let chain = result.ruleset.chains[index]
      return chain.base.map { (index, place(chain.origin.file), $0.registration) }
    }
    let ordered = bases.sorted { ($0.place, $0.registration, $0.index) < ($1.place, $1.registration, $1.index) }
    for (registration, base) in ordered.enumerated() {
      result.ruleset.chains[base.index].base?.registration = registration
    }
    result.problems.sort { $0.range < $1.range }
    return result
  }
}

extension Lowered {
  /// Adds the tables of another rule set that are not left out.
  fileprivate mutating func append(_ part: Lowered, isLeftOut: (Table) -> Bool) {
    let kept = part.ruleset.tables.indices.filter { !isLeftOut(part.ruleset.tables[$0]) }
    // Anonymous sets belong to no table's list, so sets are all kept.
    var move = Renumbering(setOffset: ruleset.sets.count)
    for index in kept {
      move.tables[TableID(index)] = TableID(ruleset.tables.count + move.tables.count)
      for chain in part.ruleset.tables[index].chains {
        move.chains[chain] = ChainID(ruleset.chains.count + move.chains.count)
      }
    }
    for index in kept {
      var table = part.ruleset.tables[index]
      for id in table.chains { ruleset.chains.append(move.chain(part.ruleset[id])) }
      table.chains = table.chains.compactMap { move.chains[$0] }
      table.sets = table.sets.map(move.set)
      ruleset.tables.append(table)
    }
    for set in part.ruleset.sets { ruleset.sets.append(move.namedSet(set)) }
    ruleset.coverage.statements += part.ruleset.coverage.statements
    ruleset.coverage.notUnderstood += part.ruleset.coverage.notUnderstood
    ruleset.coverage.notModelled += part.ruleset.coverage.notModelled
    problems += part.problems
    isListing = isListing || part.isListing
  }
}

/// New numbers for the tables, chains and sets of a rule set that becomes part of another one.
private struct Renumbering {
  var tables: [TableID: TableID] = [:]
  var chains: [ChainID: ChainID] = [:]
  var setOffset: Int

  init(setOffset: Int) { self.setOffset = setOffset }

  func set(_ id: SetID) -> SetID { SetID(id.index + setOffset) }

  func chain(_ chain: Chain) -> Chain {
    var chain = chain
    if let table = tables[chain.table] { chain.table = table }
    for index in chain.rules.indices { chain.rules[index].steps = chain.rules[index].steps.map(step) }
    return chain
  }

  func namedSet(_ set: NamedSet) -> NamedSet {
    var set = set
    set.table = set.table.flatMap { tables[$0] }
    if case .map(let elements, let fallback) = set.contents {
      set.contents = .map(
        elements.map { NamedSet.MapElement(key: $0.key, data: data($0.data), origin: $0.origin) },
        fallback: fallback.map(data))
    }
    return set
  }

  private func data(_ data: NamedSet.MapData) -> NamedSet.MapData {
    if case .verdict(let verdict) = data { return .verdict(self.verdict(verdict)) }
    return data
  }

  private func step(_ step: Step) -> Step {
    switch step {
    case .match(var match):
      match.condition = condition(match.condition)
      return .match(match)
    case .effect(.setMarkFromMap(let id, let key), at: let origin):
      return .effect(.setMarkFromMap(set(id), key), at: origin)
    case .effect(.updateSet(let id?, let text), at: let origin):
      return .effect(.updateSet(set(id), text), at: origin)
    case .effect: return step
    case .verdict(let verdict, at: let origin): return .verdict(self.verdict(verdict), at: origin)
    case .verdictMap(let map, at: let origin):
      return .verdictMap(VerdictMap(key: map.key, map: set(map.map)), at: origin)
    }
  }

  private func condition(_ condition: Condition) -> Condition {
    switch condition {
    case .member(let id, let fields, let negated): .member(set(id), fields, negated: negated)
    case .any(let parts): .any(parts.map(self.condition))
    case .all(let parts): .all(parts.map(self.condition))
    case .not(let part): .not(self.condition(part))
    case .field, .masked, .constant, .unknown: condition
    }
  }

  private func verdict(_ verdict: Verdict) -> Verdict {
    switch verdict {
    case .jump(let id): return chains[id].map { .jump($0) } ?? verdict
    case .goto(let id): return chains[id].map { .goto($0) } ?? verdict
    case .translate(var translation):
      translation.map = translation.map.map(set)
      return .translate(translation)
    default: return verdict
    }
  }
}
