package import FirewallModel
package import PacketSets
package import Packets

/// How rules of one chain stand to each other, apart from rules that never match (`DeadRules`).
package struct RuleRelations: Sendable {
  /// An earlier rule that decides otherwise takes a part of a rule's packets that is no mere exception to it: whole
  /// elements of a list, or one end of a range.
  package struct Loss: Sendable {
    package var rule: RuleID
    package var taker: RuleID
    /// What both match.
    package var common: Box
    /// The one field in which the earlier rule does not match all that the later one does.
    package var field: Field
  }

  /// A rule whose packets later rules, or the policy, would decide just as it does.
  package struct Redundant: Sendable {
    package var rule: RuleID
    /// The later rules that take its packets; empty: the policy alone does.
    package var later: [RuleID]
    /// The policy decides some of its packets.
    package var needsPolicy: Bool
  }

  /// Rules of a chain of which each matches packets that the other does not, and which decide otherwise.
  package struct Correlation: Sendable {
    package var chain: ChainID
    /// The first few pairs, the earlier rule first.
    package var pairs: [(earlier: RuleID, later: RuleID, common: Box)]
    /// All pairs that were met.
    package var count: Int
  }

  package var losses: [Loss] = []
  package var redundant: [Redundant] = []
  package var correlations: [Correlation] = []
  /// Chains that are so long that only rules near each other were compared.
  package var windowed: Set<ChainID> = []
  /// Pairs compared.
  package var work = 0
}

extension Analysis {
  /// Compares the rules of each chain with each other; in long chains, only rules that stand near each other, so that
  /// no more than about `budget` pairs are compared.
  package func relations(apartFrom dead: DeadRules, budget: Int = 3_000_000) -> RuleRelations {
    var result = RuleRelations()
    let deadRules = Set(dead.rules.map(\.rule))
    var left = budget
    for index in ruleset.chains.indices where ruleset.chains[index].table.index < ruleset.tables.count {
      let count = ruleset.chains[index].rules.count
      guard count > 0 else { continue }
      var comparison = ChainComparison(ruleset, ChainID(index), deadRules)
      comparison.window = max(24, min(count, left / count))
      if comparison.window < count { result.windowed.insert(ChainID(index)) }
      comparison.run(into: &result)
      left = max(0, left - comparison.work)
      result.work += comparison.work
    }
    return result
  }
}

/// Compares the rules of one chain.
private struct ChainComparison {
  private let ruleset: Ruleset
  private let chain: ChainID
  private let domains: FieldDomains
  private var entries: [Entry] = []
  /// By entry.
  private var sketches: [Sketch] = []
  /// Holds the value sets of the entries' cells.
  private var index: CoverIndex
  /// How far apart two rules may stand to be compared.
  var window = 0
  private(set) var work = 0

  private static let shownPairs = 8
  private static let mostCounted = 1000
  private static let mostLosses = 200
  private static let mostParts = 32

  private enum Decision: Equatable {
    case accept, drop
    case reject(RejectKind)
    /// The packet goes on with the next rule as it was, but for counters.
    case none
    /// Anything else: another chain, another packet, or not known.
    case other

    /// nil: neither.
    var isAccept: Bool? {
      switch self {
      case .accept: true
      case .drop, .reject: false
      case .none, .other: nil
      }
    }
  }

  private struct Entry {
    /// Every packet that the rule does anything to.
    var cells: [Cell]
    /// The cells say exactly what it matches.
    var isExact: Bool
    var decision: Decision
    /// It does nothing beside its decision, counters apart.
    var isPlain: Bool
    var isDead: Bool
  }

  /// Bounds of the usual fields, to pass over most pairs without a look at their cells. Addresses are kept in 64 bits:
  /// shortened in a way that keeps their order, so that what is disjoint in short is disjoint.
  private struct Sketch {
    var source: (lower: UInt64, upper: UInt64) = (0, .max)
    var destination: (lower: UInt64, upper: UInt64) = (0, .max)
    var ports: (lower: UInt32, upper: UInt32) = (0, .max)
    var mask = ClassMask.all
    /// What an exact rule that is not dead decides; nil: it is none, or decides neither.
    var takes: Bool?
    var isDead = false

    @inline(__always) func isDisjoint(with other: Sketch) -> Bool {
      if ports.upper < other.ports.lower || other.ports.upper < ports.lower { return true }
      if source.upper < other.source.lower || other.source.upper < source.lower { return true }
      if destination.upper < other.destination.lower || other.destination.upper < destination.lower { return true }
      return ClassMask(bits: mask.bits & other.mask.bits).lacksGroup
    }

    /// IPv4 addresses as they are; of others the upper half, above them.
    static func short(_ cell: Cell) -> (lower: UInt64, upper: UInt64) { (short(cell.lower), short(cell.upper)) }

    private static func short(_ address: UInt128) -> UInt64 {
      if address <= UInt128(UInt32.max) { return UInt64(address) }
      let (sum, isTooLarge) = UInt64(address >> 64).addingReportingOverflow(1 << 32)
      return isTooLarge ? .max : sum
    }
  }

  init(_ ruleset: Ruleset, _ chain: ChainID, _ dead: Set<RuleID>) {
    self.ruleset = ruleset
    self.chain = chain
    let family = ruleset[ruleset[chain].table].family
    domains = FieldDomains(family)
    index = CoverIndex(family: family, expected: 0)
    let reader = RuleReader(ruleset, family)
    entries.reserveCapacity(ruleset[chain].rules.count)
    sketches.reserveCapacity(ruleset[chain].rules.count)
    for place in ruleset[chain].rules.indices {
      let rule = ruleset.chains[chain.index].rules[place]
      let cells = reader.read(rule, &index.pool)
      let isOne = cells.boxes.count == 1
      var entry = Entry(
        cells: isOne ? cells.boxes[0] : [], isExact: isOne && cells.isExact, decision: Self.decision(cells.end),
        isPlain: Self.isPlain(rule), isDead: dead.contains(RuleID(chain: chain, index: place)))
      if !entry.isPlain, entry.decision == .none { entry.decision = .other }
      var sketch = sketch(entry.cells)
      sketch.takes = entry.isExact && !entry.isDead ? entry.decision.isAccept : nil
      sketch.isDead = entry.isDead
      entries.append(entry)
      sketches.append(sketch)
    }
  }

  private static func decision(_ end: RuleCells.End) -> Decision {
    switch end {
    case .none, .verdict(.continue): .none
    case .verdict(.accept): .accept
    case .verdict(.drop): .drop
    case .verdict(.reject(let kind)): .reject(kind)
    case .verdict, .map: .other
    }
  }

  private static func isPlain(_ rule: Rule) -> Bool {
    for step in rule.steps {
      switch step {
      case .effect(.counter, _), .match, .verdict, .verdictMap: continue
      case .effect: return false
      }
    }
    return true
  }

  private func sketch(_ cells: [Cell]) -> Sketch {
    var sketch = Sketch()
    for cell in cells {
      switch Field(rawValue: cell.field) {
      case .source?: sketch.source = Sketch.short(cell)
      case .destination?: sketch.destination = Sketch.short(cell)
      case .destinationPort?:
        sketch.ports = (UInt32(truncatingIfNeeded: cell.lower), UInt32(truncatingIfNeeded: cell.upper))
        sketch.mask.narrow(.destinationPort, to: index.pool.values(cell))
      case let field? where field == .family || field == .transportProtocol || field == .ctState:
        sketch.mask.narrow(field, to: index.pool.values(cell))
      case .inInterface?: sketch.mask.narrow(.inInterface, to: index.pool.values(cell))
      default: continue
      }
    }
    return sketch
  }

  mutating func run(into result: inout RuleRelations) {
    var correlation = RuleRelations.Correlation(chain: chain, pairs: [], count: 0)
    let sketches = self.sketches
    for later in entries.indices where !entries[later].isDead {
      compareBackward(later, sketches, &result, &correlation)
      compareForward(later, sketches, &result)
    }
    if correlation.count > 0 { result.correlations.append(correlation) }
  }

  private func id(_ place: Int) -> RuleID { RuleID(chain: chain, index: place) }

  // MARK: Earlier rules that decide otherwise

  private mutating func compareBackward(
    _ later: Int, _ sketches: [Sketch], _ result: inout RuleRelations,
    _ correlation: inout RuleRelations.Correlation
  ) {
    guard let accepts = entries[later].decision.isAccept else { return }
    let sketch = sketches[later]
    let first = max(0, later - window)
    work += later - first
    for earlier in first..<later {
      guard sketches[earlier].takes == !accepts, !sketches[earlier].isDisjoint(with: sketch) else { continue }
      compare(earlier, later, &result, &correlation)
    }
  }

  private mutating func compare(
    _ earlier: Int, _ later: Int, _ result: inout RuleRelations, _ correlation: inout RuleRelations.Correlation
  ) {
    let (a, b) = (entries[earlier].cells, entries[later].cells)
    // Of a rule that takes everything all that follows is an exception that comes too late: a dead rule.
    guard !a.isEmpty, !b.isEmpty, !index.areDisjoint(a, b) else { return }
    let outside = fieldsNotHeld(by: a, of: b)
    let narrower = fieldsNotHeld(by: b, of: a)
    guard let field = outside.first else { return }
    if outside.count == 1, narrower.contains(field) || takesElements(a, of: b, field) {
      guard result.losses.count < Self.mostLosses, let common = common(a, b) else { return }
      result.losses.append(.init(rule: id(later), taker: id(earlier), common: common, field: field))
    } else if !narrower.isEmpty, correlation.count < Self.mostCounted {
      correlation.count += 1
      if correlation.pairs.count < Self.shownPairs, let common = common(a, b) {
        correlation.pairs.append((id(earlier), id(later), common))
      }
    }
  }

  /// Fields in which `inner` has values that `outer` does not.
  private func fieldsNotHeld(by outer: [Cell], of inner: [Cell]) -> [Field] {
    outer.compactMap { cell in
      guard let field = Field(rawValue: cell.field) else { return nil }
      guard let own = inner.cell(field) else { return field }
      return index.pool.holds(cell, own) ? nil : field
    }
  }

  /// Some whole interval of a list of them is among the values of the other box.
  private func takesElements(_ a: [Cell], of b: [Cell], _ field: Field) -> Bool {
    guard let list = b.cell(field), list.list >= 0, let values = a.cell(field) else { return false }
    let taken = index.pool.values(values)
    return index.pool.values(list).intervals.prefix(4096).contains { ValueSet($0).isSubset(of: taken) }
  }

  private mutating func common(_ a: [Cell], _ b: [Cell]) -> Box? {
    guard let cells = index.pool.intersection(a, b) else { return nil }
    return Box(
      sorted: cells.compactMap { cell in
        Field(rawValue: cell.field).map { Box.Constraint($0, index.pool.values(cell)) }
      })
  }

  // MARK: Later rules that decide the same

  private mutating func compareForward(_ place: Int, _ sketches: [Sketch], _ result: inout RuleRelations) {
    let entry = entries[place]
    guard entry.isExact, entry.isPlain, entry.decision.isAccept != nil else { return }
    let mark = index.pool.mark
    defer { index.pool.reset(to: mark) }
    var parts = [entry.cells]
    var used: [Int] = []
    let end = min(entries.count, place + 1 + window)
    let sketch = sketches[place]
    for next in place + 1..<max(end, place + 1) where !sketches[next].isDead {
      work += 1
      guard !sketches[next].isDisjoint(with: sketch) else { continue }
      let other = entries[next]
      guard parts.contains(where: { !index.areDisjoint($0, other.cells) }) else { continue }
      if other.decision == .none { continue }
      guard other.isPlain, other.decision == entry.decision else { return }
      guard other.isExact else { continue }
      parts = parts.flatMap { index.remainder(of: $0, without: other.cells, domains) }
      used.append(next)
      if parts.isEmpty {
        result.redundant.append(.init(rule: id(place), later: used.map { id($0) }, needsPolicy: false))
        return
      }
      if parts.count > Self.mostParts { return }
    }
    guard end == entries.count, let base = ruleset[chain].base else { return }
    switch (base.policy, entry.decision) {
    case (.accept, .accept), (.drop, .drop):
      result.redundant.append(.init(rule: id(place), later: used.map { id($0) }, needsPolicy: true))
    default: return
    }
  }
}
