import PacketSets
import Packets

/// One place where two rule sets differ in the model.
package struct ModelDifference: Hashable, Sendable, CustomStringConvertible {
  /// Where, e.g. `inet filter input rule 3 step 2`.
  package var place: String
  package var left: String
  package var right: String

  package var description: String { "\(place): \(left) | \(right)" }
}

extension Ruleset {
  /// All differences between two rule sets in the model. Only source ranges, the dialect, the numbering of chains and
  /// sets, and the spelling of quoted source text (white space, quotes, number base) are left out of the comparison: tables, chains and named sets are found
  /// by name, anonymous sets compared by what they hold, registration by its order. O(n) but for lookups by name.
  package func differences(from other: Ruleset) -> [ModelDifference] {
    var comparison = ModelComparison(left: self, right: other)
    comparison.run()
    return comparison.differences
  }
}

/// Walks two rule sets side by side.
struct ModelComparison {
  let left: Ruleset
  let right: Ruleset
  var differences: [ModelDifference] = []

  private mutating func note(_ place: String, _ left: String, _ right: String) {
    differences.append(ModelDifference(place: place, left: left, right: right))
  }

  private mutating func compare<Value: Equatable>(_ a: Value, _ b: Value, _ place: String) {
    if a != b { note(place, "\(a)", "\(b)") }
  }

  mutating func run() {
    let others = Self.index(right.tables.indices) { "\(right.tables[$0].family.rawValue) \(right.tables[$0].name)" }
    var seen: Set<String> = []
    for table in left.tables {
      let name = "\(table.family.rawValue) \(table.name)"
      seen.insert(name)
      guard let other = others[name] else {
        note("table \(name)", "there", "not there")
        continue
      }
      compareTables(table, right.tables[other], name)
    }
    for name in others.keys.sorted() where !seen.contains(name) { note("table \(name)", "not there", "there") }
    compare(Self.registrations(left), Self.registrations(right), "order of registration")
    compare(left.coverage.notUnderstood.count, right.coverage.notUnderstood.count, "statements not understood")
  }

  private static func index(_ indices: some Sequence<Int>, name: (Int) -> String) -> [String: Int] {
    var result: [String: Int] = [:]
    for index in indices { result[name(index)] = index }
    return result
  }

  private static func registrations(_ ruleset: Ruleset) -> [String] {
    let bases = ruleset.chains.compactMap { chain in chain.base.map { (chain: chain, number: $0.registration) } }
    return bases.sorted { $0.number < $1.number }.map { base in
      let table = ruleset[base.chain.table]
      return "\(table.family.rawValue) \(table.name) \(base.chain.name)"
    }
  }

  private mutating func compareTables(_ a: Table, _ b: Table, _ name: String) {
    compare(a.isDormant, b.isDormant, "\(name) dormant")
    compare(a.comment, b.comment, "\(name) comment")
    let otherChains = Self.index(b.chains.map(\.index)) { right.chains[$0].name }
    for id in a.chains {
      let chain = left[id]
      if let other = otherChains[chain.name] {
        compareChains(chain, right.chains[other], "\(name) \(chain.name)")
      } else {
        note("\(name) chain \(chain.name)", "there", "not there")
      }
    }
    let chainNames = Set(a.chains.map { left[$0].name })
    for missing in otherChains.keys.sorted() where !chainNames.contains(missing) {
      note("\(name) chain \(missing)", "not there", "there")
    }
    let otherSets = Self.index(b.sets.map(\.index)) { right.sets[$0].name }
    for id in a.sets {
      let set = left[id]
      if let other = otherSets[set.name] {
        compareSets(set, right.sets[other], "\(name) set \(set.name)")
      } else {
        note("\(name) set \(set.name)", "there", "not there")
      }
    }
    let setNames = Set(a.sets.map { left[$0].name })
    for missing in otherSets.keys.sorted() where !setNames.contains(missing) {
      note("\(name) set \(missing)", "not there", "there")
    }
  }

  private mutating func compareChains(_ a: Chain, _ b: Chain, _ name: String) {
    compare(a.comment, b.comment, "\(name) comment")
    switch (a.base, b.base) {
    case (nil, nil): break
    case (let a?, let b?):
      compare(a.type, b.type, "\(name) type")
      compare(a.hook, b.hook, "\(name) hook")
      compare(a.devices, b.devices, "\(name) devices")
      compare(a.priority, b.priority, "\(name) priority")
      compare(a.policy, b.policy, "\(name) policy")
    default: note(name, a.base == nil ? "regular" : "base", b.base == nil ? "regular" : "base")
    }
    compare(a.rules.count, b.rules.count, "\(name) number of rules")
    for (index, pair) in zip(a.rules, b.rules).enumerated() {
      compareRules(pair.0, pair.1, "\(name) rule \(index)")
    }
  }

  private mutating func compareRules(_ a: Rule, _ b: Rule, _ name: String) {
    compare(a.comment, b.comment, "\(name) comment")
    compare(a.steps.count, b.steps.count, "\(name) number of steps")
    for (index, pair) in zip(a.steps, b.steps).enumerated() where !areEqual(pair.0, pair.1) {
      note("\(name) step \(index)", "\(describe(pair.0, left))", "\(describe(pair.1, right))")
    }
  }

  private mutating func compareSets(_ a: NamedSet, _ b: NamedSet, _ name: String) {
    compare(a.isDynamic, b.isDynamic, "\(name) dynamic")
    if !areEqual(a.contents, b.contents) { note("\(name) contents", "\(a.contents)", "\(b.contents)") }
  }

  private func describe(_ step: Step, _ ruleset: Ruleset) -> String {
    switch step {
    case .match(let match): "\(match.isImplied ? "implied " : "")\(match.condition)"
    case .effect(let effect, _): "\(effect)"
    case .verdict(let verdict, _): "\(verdict)"
    case .verdictMap(let map, _): "\(map) \(ruleset[map.map].contents)"
    }
  }

  // MARK: Steps

  private func areEqual(_ a: Step, _ b: Step) -> Bool {
    switch (a, b) {
    case (.match(let a), .match(let b)): a.isImplied == b.isImplied && areEqual(a.condition, b.condition)
    case (.effect(let a, _), .effect(let b, _)): areEqual(a, b)
    case (.verdict(let a, _), .verdict(let b, _)): areEqual(a, b)
    case (.verdictMap(let a, _), .verdictMap(let b, _)): a.key == b.key && areEqual(a.map, b.map)
    default: false
    }
  }

  private func areEqual(_ a: Condition, _ b: Condition) -> Bool {
    switch (a, b) {
    case (.field(let a, let x), .field(let b, let y)): a == b && x == y
    case (.masked(let a, let m, let x), .masked(let b, let n, let y)): a == b && m == n && x == y
    case (.member(let a, let f, let n), .member(let b, let g, let m)): f == g && n == m && areEqual(a, b)
    case (.any(let a), .any(let b)), (.all(let a), .all(let b)):
      a.count == b.count && zip(a, b).allSatisfy { areEqual($0, $1) }
    case (.not(let a), .not(let b)): areEqual(a, b)
    case (.constant(let a), .constant(let b)): a == b
    case (.unknown(let a), .unknown(let b)): areEqual(a, b)
    default: false
    }
  }

  private func areEqual(_ a: Uncertainty, _ b: Uncertainty) -> Bool {
    a.kind == b.kind && Self.folded(a.text) == Self.folded(b.text)
  }

  /// Source text without white space and quotes, with hexadecimal numbers as decimal ones.
  private static func folded(_ text: String) -> String {
    var result = ""
    var word = ""
    func flush() {
      let number = word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : nil
      result += number.map { String($0) } ?? word
      word = ""
    }
    for character in text {
      if character.isLetter || character.isNumber {
        word.append(character)
      } else {
        flush()
        if !character.isWhitespace, character != "\"" { result.append(character) }
      }
    }
    flush()
    return result
  }

  private func areEqual(_ a: Effect, _ b: Effect) -> Bool {
    switch (a, b) {
    case (.counter(let p, let n), .counter(let q, let m)): p == q && n == m
    case (.log(let a), .log(let b)): a == b
    case (.setMark(let v, let m), .setMark(let w, let n)),
      (.setConntrackMark(let v, let m), .setConntrackMark(let w, let n)):
      v == w && m == n
    case (.saveMark, .saveMark), (.restoreMark, .restoreMark), (.notrack, .notrack), (.clampMSS, .clampMSS): true
    case (.setMarkFromMap(let a, let f), .setMarkFromMap(let b, let g)): f == g && areEqual(a, b)
    case (.updateSet(let a, let s), .updateSet(let b, let t)):
      Self.folded(s) == Self.folded(t) && areEqual(optional: a, b)
    case (.setField(let a, let v), .setField(let b, let w)): a == b && v == w
    case (.other(let a), .other(let b)): Self.folded(a) == Self.folded(b)
    case (.unknown(let a), .unknown(let b)): areEqual(a, b)
    default: false
    }
  }

  private func areEqual(_ a: Verdict, _ b: Verdict) -> Bool {
    switch (a, b) {
    case (.jump(let a), .jump(let b)), (.goto(let a), .goto(let b)): return areEqual(a, b)
    case (.translate(var a), .translate(var b)):
      let areMapsEqual = areEqual(optional: a.map, b.map)
      a.map = nil
      b.map = nil
      return areMapsEqual && a == b
    case (.unknown(let a), .unknown(let b)): return areEqual(a, b)
    default: return a == b
    }
  }

  private func areEqual(_ a: ChainID, _ b: ChainID) -> Bool {
    guard left.chains.indices.contains(a.index), right.chains.indices.contains(b.index) else { return false }
    return left[a].name == right[b].name && areTablesEqual(left[a].table, right[b].table)
  }

  private func areTablesEqual(_ a: TableID?, _ b: TableID?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return left[a].name == right[b].name && left[a].family == right[b].family
  }

  // MARK: Sets

  private func areEqual(optional a: SetID?, _ b: SetID?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return areEqual(a, b)
  }

  /// Named sets are compared where they are declared; anonymous ones here.
  private func areEqual(_ a: SetID, _ b: SetID) -> Bool {
    guard left.sets.indices.contains(a.index), right.sets.indices.contains(b.index) else { return false }
    let (x, y) = (left[a], right[b])
    guard x.name == y.name, areTablesEqual(x.table, y.table) else { return false }
    return !x.name.isEmpty || x.isDynamic == y.isDynamic && areEqual(x.contents, y.contents)
  }

  private func areEqual(_ a: NamedSet.Contents, _ b: NamedSet.Contents) -> Bool {
    switch (a, b) {
    case (.values(let a), .values(let b)): return a == b
    case (.tuples(let a), .tuples(let b)): return Set(a) == Set(b)
    case (.map(let a, let f), .map(let b, let g)):
      guard a.count == b.count, areEqual(optional: f, g) else { return false }
      // Elements of a map do not overlap, so their order says nothing.
      let (x, y) = (a.sorted(by: Self.precedes), b.sorted(by: Self.precedes))
      return zip(x, y).allSatisfy { $0.key == $1.key && areEqual($0.data, $1.data) }
    case (.unknown(let a), .unknown(let b)): return areEqual(a, b)
    default: return false
    }
  }

  private static func precedes(_ a: NamedSet.MapElement, _ b: NamedSet.MapElement) -> Bool {
    a.key.lexicographicallyPrecedes(b.key)
  }

  private func areEqual(optional a: NamedSet.MapData?, _ b: NamedSet.MapData?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return areEqual(a, b)
  }

  private func areEqual(_ a: NamedSet.MapData, _ b: NamedSet.MapData) -> Bool {
    switch (a, b) {
    case (.verdict(let a), .verdict(let b)): areEqual(a, b)
    case (.values(let a), .values(let b)): a == b
    case (.unknown(let a), .unknown(let b)): Self.folded(a) == Self.folded(b)
    default: false
    }
  }
}
