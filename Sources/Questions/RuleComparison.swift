import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// Compares rules of two rule sets: do they do the same to every packet that reaches both? Logs, counters and comments
/// do not count. "Equal" is certain; rules that are not found equal may still do the same.
struct RuleComparison {
  let old: Ruleset
  let new: Ruleset
  /// Packets of one family are looked at: conditions that ask for it hold, rules that ask for another do nothing. nil:
  /// both families, conditions on the family are compared as they stand.
  let family: UInt128?
  private var sets: [SetPair: Bool] = [:]
  private let isOneDialect: Bool

  private struct SetPair: Hashable {
    var old: SetID
    var new: SetID
  }

  init(old: Ruleset, new: Ruleset, family: UInt128?) {
    self.old = old
    self.new = new
    self.family = family
    isOneDialect = Set((old.tables + new.tables).map(\.dialect.isIptables)).count < 2
  }

  // MARK: What counts

  /// The rule may do something to a packet's fate or to what later rules see.
  func counts(_ rule: Rule) -> Bool {
    var hasEffect = false
    for step in rule.steps {
      switch step {
      case .match(let match): if isNever(match.condition) { return false }
      case .effect(let effect, _): if !effect.leavesPacketAlone || effect.mayEndRule { hasEffect = true }
      case .verdict(.continue, _): return hasEffect
      case .verdict, .verdictMap: return true
      }
    }
    return hasEffect
  }

  private func isNever(_ condition: Condition) -> Bool {
    guard let family, case .field(.family, let values) = condition else { return false }
    return !values.contains(family)
  }

  private func isAlways(_ condition: Condition) -> Bool {
    switch condition {
    case .constant(true): return true
    case .field(.family, let values): return family.map { values.contains($0) } ?? false
    default: return false
    }
  }

  private func isNothing(_ step: Step) -> Bool {
    switch step {
    case .match(let match): isAlways(match.condition)
    case .effect(let effect, _): effect.leavesPacketAlone && !effect.mayEndRule
    case .verdict, .verdictMap: false
    }
  }

  // MARK: Keys

  /// Equal rules have equal keys; the order of conditions between two other steps does not matter.
  func key(_ rule: Rule, in ruleset: Ruleset) -> UInt64 {
    var key: UInt64 = 1
    var run: UInt64 = 0
    for (index, step) in rule.steps.enumerated() where !isNothing(step) {
      switch step {
      case .match(let match):
        let own = Self.key(match.condition)
        // Said twice is said once.
        let isRepeated = rule.steps[..<index].contains { other in
          if case .match(let earlier) = other { return Self.key(earlier.condition) == own } else { return false }
        }
        if !isRepeated { run = run &+ own }
      case .effect(let effect, _): key = Self.mix(key &+ run, Self.key(effect))
      case .verdict(let verdict, _): return Self.mix(key &+ run, Self.key(verdict, ruleset))
      case .verdictMap(let map, _):
        key = Self.mix(key &+ run, 77)
        for field in map.key { key = Self.mix(key, UInt64(field.rawValue)) }
      }
    }
    return Self.mix(key &+ run, 3)
  }

  private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    var z = a ^ (b &* 0x9e37_79b9_7f4a_7c15)
    z = (z ^ (z >> 31)) &* 0xbf58_476d_1ce4_e5b9
    return z ^ (z >> 29)
  }

  private static func key(_ values: ValueSet) -> UInt64 {
    var key: UInt64 = 17
    func add(_ interval: Interval) {
      key = mix(key, UInt64(truncatingIfNeeded: interval.lower))
      key = mix(key, UInt64(truncatingIfNeeded: interval.lower >> 64))
      key = mix(key, UInt64(truncatingIfNeeded: interval.upper))
      key = mix(key, UInt64(truncatingIfNeeded: interval.upper >> 64))
    }
    switch values.storage {
    case .empty: break
    case .one(let interval): add(interval)
    case .many(let list): for interval in list.prefix(64) { add(interval) }
    }
    return key
  }

  private static func key(_ condition: Condition) -> UInt64 {
    switch condition {
    case .field(let field, let values): return mix(key(values), UInt64(field.rawValue))
    case .masked(let field, let mask, let values):
      return mix(mix(key(values), UInt64(field.rawValue)), UInt64(truncatingIfNeeded: mask))
    case .member(_, let fields, let negated):
      return fields.reduce(negated ? 5 : 7) { mix($0, UInt64($1.rawValue)) }
    case .any(let parts): return parts.reduce(11) { mix($0, key($1)) }
    case .all(let parts): return parts.reduce(13) { mix($0, key($1)) }
    case .not(let part): return mix(19, key(part))
    case .constant(let value): return value ? 23 : 29
    case .unknown(let why): return mix(31, key(why.text))
    }
  }

  private static func key(_ text: String) -> UInt64 { text.utf8.reduce(37) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } }

  private static func key(_ effect: Effect) -> UInt64 {
    switch effect {
    case .setMark(let value, let mask): mix(mix(41, UInt64(value)), UInt64(mask))
    case .setConntrackMark(let value, let mask): mix(mix(43, UInt64(value)), UInt64(mask))
    case .setField(let field, let value): mix(mix(47, UInt64(field.rawValue)), UInt64(truncatingIfNeeded: value))
    case .unknown(let why): mix(53, key(why.text))
    case .saveMark: 59
    case .restoreMark: 61
    case .notrack: 67
    default: 71
    }
  }

  private static func key(_ verdict: Verdict, _ ruleset: Ruleset) -> UInt64 {
    switch verdict {
    case .accept: 101
    case .drop: 103
    case .reject: 107
    case .jump(let id): mix(109, key(name(id, ruleset)))
    case .goto(let id): mix(113, key(name(id, ruleset)))
    case .return: 127
    case .continue: 131
    case .queue: 137
    case .translate(let translation): mix(139, key(translation.kind.rawValue))
    case .stolen(let how): mix(149, key(how))
    case .jumpToMissing(let name, _): mix(151, key(name))
    case .unknown(let why): mix(157, key(why.text))
    }
  }

  private static func name(_ id: ChainID, _ ruleset: Ruleset) -> String {
    ruleset.chains.indices.contains(id.index) ? ruleset[id].name : ""
  }

  // MARK: Equality

  /// True when both do the same, given that the chains which they jump to do, in pairs; those are added to `calls`.
  mutating func isSame(_ a: Rule, _ b: Rule, calls: inout [(old: ChainID, new: ChainID)]) -> Bool {
    let first = a.steps.filter { !isNothing($0) }
    let second = b.steps.filter { !isNothing($0) }
    var i = 0
    var j = 0
    while true {
      var own: [Condition] = []
      var other: [Condition] = []
      while i < first.count, case .match(let match) = first[i] {
        own.append(match.condition)
        i += 1
      }
      while j < second.count, case .match(let match) = second[j] {
        other.append(match.condition)
        j += 1
      }
      guard isSame(own, other) else { return false }
      if i == first.count || j == second.count { return i == first.count && j == second.count }
      switch (first[i], second[j]) {
      case (.effect(let x, _), .effect(let y, _)): guard isSame(x, y) else { return false }
      case (.verdict(let x, _), .verdict(let y, _)):
        // Nothing runs behind a verdict.
        return isSame(x, y, &calls)
      case (.verdictMap(let x, _), .verdictMap(let y, _)):
        guard x.key == y.key, isSame(x.map, y.map, &calls) else { return false }
      default: return false
      }
      i += 1
      j += 1
    }
  }

  private mutating func isSame(_ own: [Condition], _ other: [Condition]) -> Bool {
    if own.count == other.count {
      var isInOrder = true
      for (x, y) in zip(own, other) where isInOrder { isInOrder = isSame(x, y) }
      if isInOrder { return true }
    }
    func holds(_ list: [Condition], _ other: [Condition], _ comparison: inout RuleComparison, _ isOld: Bool) -> Bool {
      for x in list {
        var isFound = false
        for y in other where !isFound { isFound = isOld ? comparison.isSame(x, y) : comparison.isSame(y, x) }
        if !isFound { return false }
      }
      return true
    }
    return holds(own, other, &self, true) && holds(other, own, &self, false)
  }

  private mutating func isSame(_ a: Condition, _ b: Condition) -> Bool {
    switch (a, b) {
    case (.field(let f, let v), .field(let g, let w)): return f == g && v == w
    case (.masked(let f, let m, let v), .masked(let g, let n, let w)): return f == g && m == n && v == w
    case (.member(let x, let f, let n), .member(let y, let g, let m)):
      var calls: [(old: ChainID, new: ChainID)] = []
      return n == m && f == g && isSame(x, y, &calls)
    case (.any(let x), .any(let y)), (.all(let x), .all(let y)):
      guard x.count == y.count else { return false }
      for (p, q) in zip(x, y) where !isSame(p, q) { return false }
      return true
    case (.not(let x), .not(let y)): return isSame(x, y)
    case (.constant(let x), .constant(let y)): return x == y
    case (.unknown(let x), .unknown(let y)): return x == y
    default: return false
    }
  }

  private mutating func isSame(_ a: Effect, _ b: Effect) -> Bool {
    switch (a, b) {
    case (.setMark(let v, let m), .setMark(let w, let n)),
      (.setConntrackMark(let v, let m), .setConntrackMark(let w, let n)):
      return v == w && m == n
    case (.setMarkFromMap(let x, let f), .setMarkFromMap(let y, let g)):
      var calls: [(old: ChainID, new: ChainID)] = []
      return f == g && isSame(x, y, &calls)
    case (.setField(let f, let v), .setField(let g, let w)): return f == g && v == w
    case (.updateSet(_, let x), .updateSet(_, let y)): return x == y
    case (.saveMark, .saveMark), (.notrack, .notrack): return true
    // Packets that conntrack does not know go on in one dialect and end the rule in the other.
    case (.restoreMark, .restoreMark): return isOneDialect
    case (.unknown(let x), .unknown(let y)): return x == y
    default: return false
    }
  }

  private mutating func isSame(
    _ a: Verdict, _ b: Verdict, _ calls: inout [(old: ChainID, new: ChainID)]
  ) -> Bool {
    switch (a, b) {
    case (.jump(let x), .jump(let y)), (.goto(let x), .goto(let y)):
      guard Self.name(x, old) == Self.name(y, new), !Self.name(x, old).isEmpty else { return false }
      calls.append((x, y))
      return true
    case (.translate(let x), .translate(let y)): return isSame(x, y)
    case (.reject(let x), .reject(let y)):
      if x == y { return true }
      guard let family else { return false }
      let isV4 = family == NetworkProtocol.ipv4
      return RejectNames.name(of: x, isV4: isV4) == RejectNames.name(of: y, isV4: isV4)
    default: return a == b
    }
  }

  mutating func isSame(_ a: Translation, _ b: Translation) -> Bool {
    guard a.kind == b.kind, a.addresses == b.addresses, a.ports == b.ports else { return false }
    switch (a.map, b.map) {
    case (nil, nil): return true
    case (let x?, let y?):
      var calls: [(old: ChainID, new: ChainID)] = []
      return a.mapKey == b.mapKey && isSame(x, y, &calls)
    default: return false
    }
  }

  /// The same contents, and the same name where the contents change while the rules run.
  private mutating func isSame(
    _ a: SetID, _ b: SetID, _ calls: inout [(old: ChainID, new: ChainID)]
  ) -> Bool {
    guard old.sets.indices.contains(a.index), new.sets.indices.contains(b.index) else { return false }
    let (x, y) = (old[a], new[b])
    let pair = SetPair(old: a, new: b)
    if let known = sets[pair] {
      if known { Self.addCalls(x, y, &calls) }
      return known
    }
    let result = isSame(x, y)
    sets[pair] = result
    if result { Self.addCalls(x, y, &calls) }
    return result
  }

  private func isSame(_ x: NamedSet, _ y: NamedSet) -> Bool {
    guard x.isDynamic == y.isDynamic, !x.isDynamic || x.name == y.name else { return false }
    switch (x.contents, y.contents) {
    case (.values(let v), .values(let w)): return v == w
    case (.tuples(let v), .tuples(let w)): return v == w
    case (.map(let v, let f), .map(let w, let g)):
      guard v.count == w.count, isSame(f, g) else { return false }
      return zip(v, w).allSatisfy { $0.key == $1.key && isSame($0.data, $1.data) }
    case (.unknown(let v), .unknown(let w)): return v == w && x.name == y.name
    default: return false
    }
  }

  private func isSame(_ a: NamedSet.MapData?, _ b: NamedSet.MapData?) -> Bool {
    switch (a, b) {
    case (nil, nil): return true
    case (.verdict(.jump(let x)), .verdict(.jump(let y))), (.verdict(.goto(let x)), .verdict(.goto(let y))):
      return Self.name(x, old) == Self.name(y, new) && !Self.name(x, old).isEmpty
    default: return a == b
    }
  }

  private static func addCalls(_ x: NamedSet, _ y: NamedSet, _ calls: inout [(old: ChainID, new: ChainID)]) {
    guard case .map(let v, let f) = x.contents, case .map(let w, let g) = y.contents else { return }
    func target(_ data: NamedSet.MapData?) -> ChainID? {
      switch data {
      case .verdict(.jump(let id)), .verdict(.goto(let id)): id
      default: nil
      }
    }
    for (p, q) in zip(v, w) { if let a = target(p.data), let b = target(q.data) { calls.append((a, b)) } }
    if let a = target(f), let b = target(g) { calls.append((a, b)) }
  }
}
