package import FirewallModel
import PacketSets
import Packets

/// A rule that no packet can ever match, with the proof.
package struct DeadRule: Sendable, Hashable {
  package enum Reason: Sendable, Hashable {
    /// One earlier rule of the chain takes all of its packets.
    case covered(by: RuleID)
    /// An earlier rule takes every packet that comes that far.
    case afterEnd(RuleID)
    /// Earlier rules take all of its packets between them.
    case coveredTogether([RuleID])
    /// Its own step with this index contradicts an earlier one.
    case contradiction(step: Int)
  }
  package var rule: RuleID
  package var reason: Reason
  /// The covering rules decide otherwise than the dead one: what it was meant to do does not happen.
  package var decidesOtherwise: Bool
}

/// All rules of a rule set that can never match.
package struct DeadRules: Sendable {
  /// In the order of chains and rules.
  package var rules: [DeadRule]
  /// False when the work budget ended the search: more may be dead.
  package var isComplete: Bool
}

extension Analysis {
  /// Finds rules that can never match since earlier rules of the same chain end every packet that would, or since they
  /// contradict themselves. Never a false one: a rule whose match is uncertain, or whose verdict lets packets go on,
  /// covers nothing. About linear in the number of rules.
  package func deadRules(budget: Int = 40_000_000) -> DeadRules {
    var finder = DeadRuleFinder(ruleset, budget: budget)
    return finder.run()
  }
}

/// What is known of each chain before its rules are looked at.
struct ChainEnds {
  /// No packet that enters the chain comes back to its caller.
  private(set) var always: [Bool]
  /// Fields that the chain, or one it calls, changes.
  private(set) var written: [FieldSet]

  init(_ ruleset: Ruleset) {
    let count = ruleset.chains.count
    always = Array(repeating: false, count: count)
    written = Array(repeating: FieldSet(), count: count)
    // Chains call each other without loops in what loads; a few rounds reach the deepest nesting that the kernel takes.
    for _ in 0..<ConcreteWalk.maximumJumps {
      var changed = false
      for index in 0..<count {
        let ends = always[index] || endsAlways(ruleset.chains[index], ruleset)
        let fields = writtenFields(ruleset.chains[index], ruleset)
        if ends != always[index] || fields != written[index] { changed = true }
        (always[index], written[index]) = (ends, fields)
      }
      if !changed { break }
    }
  }

  private func endsAlways(_ chain: Chain, _ ruleset: Ruleset) -> Bool {
    for rule in chain.rules {
      let isUnconditional = rule.steps.allSatisfy { step in
        switch step {
        case .match: false
        case .effect(let effect, _): effect.leavesPacketAlone && !effect.mayEndRule
        case .verdict, .verdictMap: true
        }
      }
      for step in rule.steps {
        switch step {
        case .match, .effect: continue
        case .verdict(let verdict, _):
          switch verdict {
          case .return, .unknown, .jumpToMissing: return false
          case .goto(let target) where !isEnding(target): return false
          default: break
          }
          if isUnconditional, isFinal(verdict, isReturnFinal: false) { return true }
        case .verdictMap: return false
        }
      }
    }
    return false
  }

  private func isEnding(_ chain: ChainID) -> Bool { chain.index < always.count && always[chain.index] }

  /// Packets that meet the verdict do not go on in this chain.
  func isFinal(_ verdict: Verdict, isReturnFinal: Bool = true) -> Bool {
    switch verdict {
    case .accept, .drop, .reject, .queue, .stolen: true
    case .translate(let translation): translation.kind != .tproxy
    case .goto(let target): isReturnFinal || isEnding(target)
    case .return: isReturnFinal
    case .jump(let target): isEnding(target)
    case .continue, .jumpToMissing, .unknown: false
    }
  }

  private func writtenFields(_ chain: Chain, _ ruleset: Ruleset) -> FieldSet {
    var fields = FieldSet()
    for rule in chain.rules { fields.bits |= writtenFields(rule, ruleset).bits }
    return fields
  }

  /// Fields that a packet may have changed after it passed the rule and came to the next one.
  func writtenFields(_ rule: Rule, _ ruleset: Ruleset) -> FieldSet {
    var fields = FieldSet()
    func add(_ verdict: Verdict) {
      if case .jump(let target) = verdict, target.index < written.count { fields.bits |= written[target.index].bits }
      if case .goto(let target) = verdict, target.index < written.count { fields.bits |= written[target.index].bits }
      if case .unknown = verdict { fields = .all }
    }
    for step in rule.steps {
      switch step {
      case .match: continue
      case .effect(let effect, _): fields.bits |= effect.writtenFields.bits
      case .verdict(let verdict, _): add(verdict)
      case .verdictMap(let map, _):
        guard map.map.index < ruleset.sets.count,
          case .map(let elements, let fallback) = ruleset.sets[map.map.index].contents
        else {
          fields = .all
          continue
        }
        for element in elements { if case .verdict(let verdict) = element.data { add(verdict) } }
        if case .verdict(let verdict)? = fallback { add(verdict) }
      }
    }
    return fields
  }
}

struct DeadRuleFinder {
  private let ruleset: Ruleset
  private let ends: ChainEnds
  private var budget: Int
  /// Tests of one box against another that unions may cost over the whole rule set.
  private var unionBudget = 40_000
  private var result = DeadRules(rules: [], isComplete: true)

  init(_ ruleset: Ruleset, budget: Int) {
    self.ruleset = ruleset
    self.budget = budget
    ends = ChainEnds(ruleset)
  }

  mutating func run() -> DeadRules {
    for index in ruleset.chains.indices { search(ChainID(index)) }
    return result
  }

  private mutating func search(_ id: ChainID) {
    let chain = ruleset.chains[id.index]
    guard chain.rules.count > 0, chain.table.index < ruleset.tables.count else { return }
    let family = ruleset[chain.table].family
    var index = CoverIndex(expected: chain.rules.count)
    /// The rule of each box in the index, and its verdict.
    var owners: [(rule: Int, fields: FieldSet)] = []
    var lastWrite = LastWrite()
    var endedBy: Int? = nil
    for (place, rule) in chain.rules.enumerated() {
      let rid = RuleID(chain: id, index: place)
      if let endedBy {
        let by = RuleID(chain: id, index: endedBy)
        add(rid, .afterEnd(by), against: [by])
        continue
      }
      let box = RuleBox(rule, ruleset, family: family)
      if let step = box.contradiction {
        result.rules.append(DeadRule(rule: rid, reason: .contradiction(step: step), decidesOtherwise: true))
        continue
      }
      let cover = index.first(holding: box.upper) { number in
        let owner = owners[number]
        return !lastWrite.touches(owner.fields, since: owner.rule)
      }
      if let cover {
        let by = RuleID(chain: id, index: owners[cover].rule)
        add(rid, .covered(by: by), against: [by])
        continue
      }
      // One packet of the rule that no earlier rule takes shows that it is alive.
      let isTaken = Sample.allCases.allSatisfy { sample in
        index.first(holding: Self.samplePacket(of: box.upper, family, sample)) { number in
          let owner = owners[number]
          return !lastWrite.touches(owner.fields, since: owner.rule)
        } != nil
      }
      // A packet of the rule that no earlier rule takes shows that it is alive, without any subtraction.
      if isTaken,
        let together = coverTogether(
          box.upper, index.boxes, family,
          { number in
            let owner = owners[number]
            return !lastWrite.touches(owner.fields, since: owner.rule)
          })
      {
        let rules = together.map { RuleID(chain: id, index: owners[$0].rule) }
        add(rid, .coveredTogether(rules), against: rules)
        continue
      }
      lastWrite.note(ends.writtenFields(rule, ruleset), at: place)
      guard box.isExact, let verdict = box.verdict, ends.isFinal(verdict) else { continue }
      if Self.isUnconditional(box.upper, family) {
        endedBy = place
        continue
      }
      var fields = FieldSet()
      for constraint in box.upper.constraints { fields.insert(constraint.field) }
      index.add(box.upper)
      owners.append((place, fields))
    }
  }

  /// Earlier boxes that together hold the given one, or nil. Exact as far as it goes: what is left of the box is cut by
  /// one earlier rule after the other until nothing is left.
  /// Which values of its fields a sample packet has.
  private enum Sample: CaseIterable { case first, last, middle, quarter }

  /// One packet of a box: a value of each field, and common values where the box leaves the choice.
  private static func samplePacket(of box: Box, _ family: Family, _ sample: Sample) -> Box {
    var point = box
    for constraint in box.constraints {
      let intervals = constraint.values.intervals
      guard let first = intervals.first, let last = intervals.last else { continue }
      let value: UInt128
      switch sample {
      case .first: value = first.lower
      case .last: value = last.upper
      case .middle:
        let interval = intervals[intervals.count / 2]
        value = interval.lower + (interval.upper - interval.lower) / 2
      case .quarter:
        let interval = intervals[intervals.count / 4]
        value = interval.lower + (interval.upper - interval.lower) / 4
      }
      point = point.narrowed(constraint.field, to: value)
    }
    func choose(_ field: Field, _ value: UInt128) {
      if point[field] == nil { point = point.narrowed(field, to: value) }
    }
    choose(.family, family == .ip6 ? NetworkProtocol.ipv6 : NetworkProtocol.ipv4)
    let isV4 = point[.family]?.first == NetworkProtocol.ipv4
    choose(.source, isV4 ? 0xc633_6409 : 0x2001_0db8 << 96 | 9)
    choose(.destination, isV4 ? 0xcb00_7107 : 0x2001_0db8 << 96 | 7)
    choose(.inInterface, InterfaceName.value("zz-in"))
    choose(.outInterface, InterfaceName.value("zz-out"))
    choose(.ctState, UInt128(ConntrackState.new.rawValue))
    choose(.transportProtocol, UInt128(IPProtocol.tcp))
    switch point[.transportProtocol]?.first.map({ UInt8(truncatingIfNeeded: $0) }) {
    case IPProtocol.tcp, IPProtocol.udp:
      choose(.sourcePort, 40_961)
      choose(.destinationPort, 47_111)
    case IPProtocol.icmp, IPProtocol.icmpv6:
      choose(.icmpType, 99)
      choose(.icmpCode, 77)
    default: break
    }
    return point
  }

  private mutating func coverTogether(
    _ box: Box, _ earlier: [Box], _ family: Family, _ isUsable: (Int) -> Bool
  ) -> [Int]? {
    guard !earlier.isEmpty, family == .ip || family == .ip6 || family == .inet else { return nil }
    guard earlier.count <= Self.unionLimit, budget > 0, unionBudget > 0 else {
      result.isComplete = false
      return nil
    }
    budget -= earlier.count
    unionBudget -= earlier.count
    var remaining = [family == .inet ? box.narrowed(.family, to: Self.bothFamilies) : box]
    var used: [Int] = []
    for (number, other) in earlier.enumerated() where !other.isDisjoint(from: box) && isUsable(number) {
      var next: [Box] = []
      var tookSome = false
      for part in remaining {
        if other.isDisjoint(from: part) {
          next.append(part)
        } else {
          tookSome = true
          next += part.subtracting(other)
        }
      }
      budget -= remaining.count
      unionBudget -= remaining.count
      remaining = next
      if tookSome { used.append(number) }
      if remaining.isEmpty { return used }
      if remaining.count > Self.maximumParts || unionBudget < 0 {
        result.isComplete = false
        return nil
      }
    }
    return nil
  }

  /// Chains with more covering rules are compared rule by rule only.
  private static let unionLimit = 1500
  private static let maximumParts = 128
  private static let bothFamilies = ValueSet(values: [NetworkProtocol.ipv4, NetworkProtocol.ipv6])

  private static func isUnconditional(_ box: Box, _ family: Family) -> Bool {
    box.constraints.allSatisfy { $0.field == .family && (family == .ip || family == .ip6) }
  }

  private mutating func add(_ rule: RuleID, _ reason: DeadRule.Reason, against: [RuleID]) {
    let own = ruleset[rule].decision
    let otherwise = against.contains { ruleset[$0].decision != own }
    result.rules.append(DeadRule(rule: rule, reason: reason, decidesOtherwise: otherwise))
  }
}

/// Where a field was last changed by a rule of the chain.
private struct LastWrite {
  private var places: [(fields: FieldSet, place: Int)] = []

  mutating func note(_ fields: FieldSet, at place: Int) {
    guard fields.bits != 0 else { return }
    // One entry for each distinct set of fields is enough.
    places.removeAll { $0.fields == fields }
    places.append((fields, place))
  }

  /// A rule at or after `since` changes one of the fields.
  func touches(_ fields: FieldSet, since: Int) -> Bool {
    places.contains { $0.place >= since && $0.fields.bits & fields.bits != 0 }
  }
}

extension Rule {
  /// The kind of end it makes, for comparing rules.
  var decision: String {
    for step in steps {
      switch step {
      case .verdict(let verdict, _):
        switch verdict {
        case .accept: return "accept"
        case .drop: return "drop"
        case .reject: return "reject"
        default: return "\(verdict)"
        }
      case .verdictMap: return "map"
      case .match, .effect: continue
      }
    }
    return "none"
  }
}
