import FirewallModel
import PacketSets
import Packets

/// Walks each base chain with the chains that it calls, as packets do, and keeps what earlier rules take. A rule is
/// dead when it is on every way that leads to it.
struct DeadRuleSearch {
  private let ruleset: Ruleset
  private let ends: ChainEnds
  /// Index of each chain's first rule in `states`.
  private var offsets: [Int] = []
  private var states: [State]
  private var takers: [Int: Takers] = [:]
  private var budget: Int
  private var work = 0
  private var isComplete = true
  /// Rules that may still be passed before ways through chains are given up.
  private var visits: Int

  private enum State: UInt8 { case unknown, alive, dead }

  /// What keeps packets from a rule, over all ways that lead to it.
  private struct Takers {
    var rules: [RuleID] = []
    var jumps: [RuleID] = []
    /// The rule of the same chain behind which nothing comes; on all ways.
    var end: RuleID?
    var contradiction: Int?

    mutating func merge(_ other: Takers) {
      if end != other.end {
        if let end { rules.append(end) }
        if let end = other.end { rules.append(end) }
        end = nil
      }
      for rule in other.rules where rules.count < 64 && !rules.contains(rule) { rules.append(rule) }
      for jump in other.jumps where jumps.count < 64 && !jumps.contains(jump) { jumps.append(jump) }
    }
  }

  /// The packets that may come to a chain on the way that the walk is on.
  private struct Way {
    var box: [Cell] = []
    /// The rule that leads here; nil in the chain where the walk starts.
    var jump: RuleID?
  }

  /// One walk from a base chain, or from a chain that no other leads to.
  private struct Walk {
    var index: CoverIndex
    let reader: RuleReader
    let domains: FieldDomains
    /// Rules passed so far.
    var time = 0
    /// The chains that the walk is in, the innermost last.
    var stack: [Frame] = []
    /// Goes into the chains that rules lead to.
    let followsJumps: Bool
    /// Cells of boxes have been kept that refer to the pool's newest sets.
    var hasKept = false
  }

  /// One chain that the walk is in.
  private struct Frame {
    var chain: ChainID
    /// All packets of the way's box come here unless an earlier rule takes them. Where they may not, what rules take
    /// here they take only here.
    var isExact: Bool
    /// Packets that left the chain before its end and go on in the caller: what later rules here take is taken there
    /// only apart from these. May say too much.
    var left: [[Cell]] = []
    /// Boxes that speak of this chain only.
    var own: [Int] = []
  }

  init(_ ruleset: Ruleset, budget: Int) {
    self.ruleset = ruleset
    self.budget = budget
    ends = ChainEnds(ruleset)
    var count = 0
    for chain in ruleset.chains {
      offsets.append(count)
      count += chain.rules.count
    }
    states = Array(repeating: .unknown, count: count)
    visits = count * 3 + 100_000
  }

  mutating func run() -> DeadRules {
    for index in ruleset.chains.indices where isBase(index) { walk(from: ChainID(index), followsJumps: true) }
    if visits < 0 {
      // Too many ways: what was found on some of them says nothing. Each chain is then taken by itself.
      isComplete = false
      for place in states.indices where states[place] == .dead { states[place] = .unknown }
      takers = [:]
    }
    for index in ruleset.chains.indices where hasUnknown(index) { walk(from: ChainID(index), followsJumps: false) }
    var result = DeadRules(rules: [], isComplete: isComplete, work: work)
    for (chain, content) in ruleset.chains.enumerated() {
      for index in content.rules.indices where states[offsets[chain] + index] == .dead {
        let rule = RuleID(chain: ChainID(chain), index: index)
        if let found = takers[offsets[chain] + index] { result.rules.append(deadRule(rule, found)) }
      }
    }
    return result
  }

  private func isBase(_ index: Int) -> Bool {
    let chain = ruleset.chains[index]
    return chain.base != nil && chain.table.index < ruleset.tables.count && !ruleset[chain.table].isDormant
  }

  private func hasUnknown(_ index: Int) -> Bool {
    let start = offsets[index]
    let end = start + ruleset.chains[index].rules.count
    return ruleset.chains[index].table.index < ruleset.tables.count && states[start..<end].contains(.unknown)
  }

  private mutating func walk(from chain: ChainID, followsJumps: Bool) {
    let family = ruleset[ruleset[chain].table].family
    var walk = Walk(
      index: CoverIndex(family: family, expected: ruleset.chains[chain.index].rules.count),
      reader: RuleReader(ruleset, family), domains: FieldDomains(family), followsJumps: followsJumps)
    visit(chain, Way(), isExact: true, &walk)
    work += walk.index.work + walk.time
    if walk.index.hasSkipped { isComplete = false }
  }

  private mutating func visit(_ chain: ChainID, _ arrival: Way, isExact: Bool, _ walk: inout Walk) {
    walk.stack.append(Frame(chain: chain, isExact: isExact))
    defer { for box in walk.stack.removeLast().own { walk.index.retire(box) } }
    var way = arrival
    var end: RuleID?
    // Of a chain with unknown callers no way says that a rule is dead.
    let tells = !walk.followsJumps || !ends.hasUnknownCallers[chain.index] || ruleset[chain].base != nil
    for index in ruleset.chains[chain.index].rules.indices {
      let rule = RuleID(chain: chain, index: index)
      visits -= walk.followsJumps ? 1 : 0
      if visits < 0, walk.followsJumps { return }
      walk.time += 1
      if let end {
        if tells { note(rule, Takers(end: end)) }
        continue
      }
      let mark = walk.index.pool.mark
      walk.hasKept = false
      end = pass(rule, &way, tells, &walk)
      if !walk.hasKept { walk.index.pool.reset(to: mark) }
      // The caller's rule is not through yet, and its boxes may lie below.
      if walk.stack.count > 1 { walk.hasKept = true }
    }
  }

  /// One rule. Returns it when no packet comes behind it.
  private mutating func pass(
    _ id: RuleID, _ way: inout Way, _ tells: Bool, _ walk: inout Walk
  ) -> RuleID? {
    let cells = walk.reader.read(ruleset.chains[id.chain.index].rules[id.index], &walk.index.pool)
    if let step = cells.contradiction {
      note(id, Takers(contradiction: step))
      return nil
    }
    var boxes: [[Cell]] = cells.boxes
    if !way.box.isEmpty {
      boxes = cells.boxes.compactMap { walk.index.pool.intersection(way.box, $0) }
      if boxes.isEmpty {
        if tells { note(id, Takers(jumps: way.jump.map { [$0] } ?? [])) }
        return nil
      }
    }
    if states[offsets[id.chain.index] + id.index] != .alive {
      if let takers = takers(of: boxes, &walk) {
        if tells { note(id, takers) }
        return nil
      }
      states[offsets[id.chain.index] + id.index] = .alive
    }
    forget(cells.written, &way, &walk)
    switch cells.end {
    case .none: return nil
    case .map(let map):
      follow(map, from: id, boxes, &way, cells.isExact, &walk)
      return nil
    case .verdict(let verdict):
      return follow(verdict, from: id, boxes, &way, cells, &walk)
    }
  }

  /// The rules that take all packets of the boxes; nil when some are left or it is not known.
  private mutating func takers(of boxes: [[Cell]], _ walk: inout Walk) -> Takers? {
    var all: [Int] = []
    let before = budget
    defer { work += before - budget }
    for box in boxes {
      switch walk.index.takers(of: box, walk.domains, budget: &budget) {
      case .open: return nil
      case .undecided:
        isComplete = false
        return nil
      case .taken(let numbers): all += numbers
      }
    }
    var takers = Takers()
    for number in Set(all).sorted() {
      let rule = walk.index.owners[number].rule
      if !takers.rules.contains(rule) { takers.rules.append(rule) }
    }
    return takers
  }

  // MARK: Where rules lead

  private mutating func follow(
    _ verdict: Verdict, from id: RuleID, _ boxes: [[Cell]], _ way: inout Way, _ cells: RuleCells, _ walk: inout Walk
  ) -> RuleID? {
    enter(verdict, from: id, boxes, &way, isExact: cells.isExact, &walk)
    let isFinal = ends.isFinal(verdict) && cells.isExact
    if isFinal, !cells.isUnconditional || walk.stack.count > 1 {
      for box in cells.isUnconditional ? [way.box] : boxes { cover(box, verdict, id, &walk) }
    }
    if leaves(verdict) { leave(boxes, &walk) }
    return isFinal && cells.isUnconditional ? id : nil
  }

  /// Some packets that meet the verdict may go on in the caller without having come to this chain's end.
  private func leaves(_ verdict: Verdict) -> Bool {
    switch verdict {
    case .return, .unknown, .jumpToMissing: true
    case .goto(let target): !ends.isEnding(target)
    case .accept, .drop, .reject, .queue, .stolen, .translate, .jump, .continue: false
    }
  }

  private func leave(_ boxes: [[Cell]], _ walk: inout Walk) {
    guard walk.stack.count > 1 else { return }
    let top = walk.stack.count - 1
    walk.stack[top].left += boxes
    if walk.stack[top].left.count > Self.mostLeft { walk.stack[top].left = [[]] }
    walk.hasKept = true
  }

  private static let mostLeft = 64

  /// Keeps what a rule takes, for as long as it stands before what the walk comes to.
  private func cover(_ box: [Cell], _ verdict: Verdict, _ id: RuleID, _ walk: inout Walk) {
    walk.hasKept = true
    var parts = [box]
    var depth = walk.stack.count - 1
    // What comes back from elsewhere ends this chain's part of the walk only; where the walk starts that is all of it.
    if depth > 0, !ends.isFinal(verdict, isReturnFinal: false) {
      add(parts, id, onlyIn: depth, &walk)
      return
    }
    while depth > 0, !parts.isEmpty {
      guard walk.stack[depth].isExact else {
        add(parts, id, onlyIn: depth, &walk)
        return
      }
      let left = walk.stack[depth].left
      if left.contains(where: { other in parts.contains { !walk.index.areDisjoint($0, other) } }) {
        add(parts, id, onlyIn: depth, &walk)
        for other in left where !parts.isEmpty {
          parts = parts.flatMap { walk.index.remainder(of: $0, without: other, walk.domains) }
          if parts.count > Self.mostLeft { parts = [] }
        }
      }
      depth -= 1
    }
    for part in parts { walk.index.add(part, rule: id, time: walk.time) }
  }

  private func add(_ parts: [[Cell]], _ id: RuleID, onlyIn depth: Int, _ walk: inout Walk) {
    for part in parts {
      walk.stack[depth].own.append(walk.index.count)
      walk.index.add(part, rule: id, time: walk.time)
    }
  }

  /// Goes into the chain that a verdict leads to, if it leads to one.
  private mutating func enter(
    _ verdict: Verdict, from id: RuleID, _ boxes: [[Cell]], _ way: inout Way, isExact: Bool, _ walk: inout Walk
  ) {
    let target: ChainID
    switch verdict {
    case .jump(let chain), .goto(let chain): target = chain
    case .unknown:
      forget(.all, &way, &walk)
      return
    default: return
    }
    guard target.index < ruleset.chains.count else { return }
    if walk.followsJumps {
      if walk.stack.count > ConcreteWalk.maximumJumps || walk.stack.contains(where: { $0.chain == target }) {
        visits = -1
      } else {
        for box in boxes { visit(target, Way(box: box, jump: id), isExact: isExact, &walk) }
      }
    }
    forget(ends.written[target.index], &way, &walk)
  }

  /// Fields have changed: neither the way nor what earlier rules take says anything of them any more.
  private func forget(_ fields: FieldSet, _ way: inout Way, _ walk: inout Walk) {
    guard fields.bits != 0 else { return }
    walk.index.note(written: fields, at: walk.time)
    let before = way.box.count
    way.box.removeAll { fields.bits >> UInt128($0.field) & 1 != 0 }
    if way.box.count != before { walk.stack[walk.stack.count - 1].isExact = false }
  }

  private static let mostElements = 8192

  private mutating func follow(
    _ map: VerdictMap, from id: RuleID, _ boxes: [[Cell]], _ way: inout Way, _ isExact: Bool, _ walk: inout Walk
  ) {
    guard map.map.index < ruleset.sets.count,
      case .map(let elements, let fallback) = ruleset.sets[map.map.index].contents
    else {
      // Its table's chains have unknown callers.
      forget(.all, &way, &walk)
      leave([[]], &walk)
      return
    }
    if elements.count > Self.mostElements || map.key.contains(where: { walk.index.isWritten($0, since: walk.time) }) {
      // The chains that it leads to have ways that the walk does not take.
      visits = -1
      return
    }
    let isKnown = isExact && !ruleset.sets[map.map.index].isDynamic
    // What no element holds, while it is worth keeping.
    var rest: [[Cell]]? = fallback == nil || elements.count > Self.mostLeft ? nil : present(boxes, map.key, &walk)
    for element in elements where element.key.count == map.key.count {
      var parts = boxes
      for (field, interval) in zip(map.key, element.key) {
        _ = walk.reader.narrow(&parts, field, ValueSet(interval), FieldSet(), &walk.index.pool)
      }
      if let open = rest {
        let left = open.flatMap { part in
          parts.reduce([part]) { all, hole in
            all.flatMap { walk.index.remainder(of: $0, without: hole, walk.domains) }
          }
        }
        rest = left.count > Self.mostLeft ? nil : left
      }
      guard case .verdict(let verdict) = element.data, !parts.isEmpty else { continue }
      if isKnown, verdict.target != nil, takers(of: parts, &walk) != nil { continue }
      enter(verdict, from: id, parts, &way, isExact: isKnown, &walk)
      if isKnown, ends.isFinal(verdict) { for part in parts { cover(part, verdict, id, &walk) } }
      if leaves(verdict) { leave(parts, &walk) }
    }
    if ruleset.sets[map.map.index].isDynamic { leave([[]], &walk) }
    guard case .verdict(let verdict)? = fallback else { return }
    enter(verdict, from: id, rest ?? boxes, &way, isExact: isKnown && rest != nil, &walk)
    if isKnown, let rest, ends.isFinal(verdict) { for part in rest { cover(part, verdict, id, &walk) } }
    if leaves(verdict) { leave(rest ?? boxes, &walk) }
  }

  /// The packets of the boxes that have all the fields.
  private func present(_ boxes: [[Cell]], _ fields: [Field], _ walk: inout Walk) -> [[Cell]] {
    var parts = boxes
    for field in fields {
      _ = walk.reader.narrow(&parts, field, ValueSet(allOf: field), FieldSet(), &walk.index.pool)
    }
    return parts
  }

  // MARK: Results

  private mutating func note(_ rule: RuleID, _ found: Takers) {
    let place = offsets[rule.chain.index] + rule.index
    switch states[place] {
    case .alive: return
    case .unknown: takers[place] = found
    case .dead: takers[place]?.merge(found)
    }
    states[place] = .dead
  }

  private func deadRule(_ rule: RuleID, _ found: Takers) -> DeadRule {
    let rules = found.rules.sorted()
    let reason: DeadRule.Reason
    if let step = found.contradiction {
      reason = .contradiction(step: step)
    } else if !found.jumps.isEmpty {
      reason = .notSent(by: found.jumps.sorted(), takenBy: rules + (found.end.map { [$0] } ?? []))
    } else if let end = found.end {
      reason = rules.isEmpty ? .afterEnd(end) : .coveredTogether((rules + [end]).sorted())
    } else {
      reason = rules.count == 1 ? .covered(by: rules[0]) : .coveredTogether(rules)
    }
    let own = ruleset[rule].decision
    let against = rules + (found.end.map { [$0] } ?? [])
    let otherwise = found.contradiction != nil || against.isEmpty || against.contains { ruleset[$0].decision != own }
    return DeadRule(rule: rule, reason: reason, decidesOtherwise: otherwise)
  }
}

extension Verdict {
  /// The chain that it leads to.
  fileprivate var target: ChainID? {
    switch self {
    case .jump(let chain), .goto(let chain): chain
    default: nil
    }
  }
}
