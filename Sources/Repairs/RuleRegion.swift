import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// Regions of packets outside of which a change of rules has no effect.
enum RuleRegion {
  /// Holds every packet that may match the rule, in terms of the packet as its journey begins: conditions on what an
  /// earlier rule may have rewritten are left out.
  static func box(of rule: Rule, rewritten: Set<Field>) -> Box {
    var box = Box.all
    for step in rule.steps {
      switch step {
      case .match(let match): narrow(&box, by: match.condition, rewritten: rewritten)
      // What stands behind a statement that changes the packet speaks of the changed packet.
      case .effect(let effect, _): if !effect.leavesPacketAlone { return box }
      case .verdict, .verdictMap: return box
      }
    }
    return box
  }

  private static func narrow(_ box: inout Box, by condition: Condition, rewritten: Set<Field>) {
    switch condition {
    case .field(let field, let values): if !rewritten.contains(field) { box = box.narrowed(field, to: values) }
    case .all(let parts): for part in parts { narrow(&box, by: part, rewritten: rewritten) }
    case .constant(false): box = box.narrowed(.family, to: .empty)
    case .masked, .member, .any, .not, .constant, .unknown: break
    }
  }

  /// The fields that a packet may have lost or got on its way.
  static func rewrittenFields(_ ruleset: Ruleset) -> Set<Field> {
    // The hop limit falls by one on the way.
    var fields: Set<Field> = [.ttl]
    for chain in ruleset.chains {
      for rule in chain.rules {
        for step in rule.steps {
          switch step {
          case .effect(.setMark, _), .effect(.restoreMark, _), .effect(.setMarkFromMap, _): fields.insert(.mark)
          case .effect(.setConntrackMark, _), .effect(.saveMark, _), .effect(.setConntrackMarkFromMap, _):
            fields.insert(.ctMark)
          case .effect(.mixMark(let field, _), _): fields.insert(field)
          case .effect(.notrack, _):
            fields.formUnion([.ctState, .ctDirection, .ctStatus, .ctMark])
          case .effect(.setField(let field, _), _): fields.insert(field)
          case .effect(.unknown, _), .verdict(.unknown, _): fields.formUnion(Field.allCases.filter { $0 != .family })
          case .verdict(.translate, _): fields.formUnion([.source, .destination, .sourcePort, .destinationPort])
          default: break
          }
        }
      }
    }
    return fields
  }
}

/// Which chains a base chain reaches, and from which journeys.
struct ChainReach {
  /// For each chain the journeys (input, forward, output) on which packets may come to it.
  private(set) var journeys: [[Hook]]
  /// For each chain the base chains that reach it.
  private var roots: [[Int]]
  private var baseHooks: [Hook?]
  /// For each chain what it reaches, by its own jumps.
  private var targets: [[Int]]

  /// O(rules + base chains × chains).
  init(_ ruleset: Ruleset) {
    targets = ruleset.chains.map { chain in
      Array(Set(chain.rules.flatMap { Self.targets(of: $0, in: ruleset) })).sorted()
    }
    baseHooks = ruleset.chains.map { $0.base?.hook }
    roots = Array(repeating: [], count: ruleset.chains.count)
    journeys = Array(repeating: [], count: ruleset.chains.count)
    for (index, chain) in ruleset.chains.enumerated() {
      guard let hook = chain.base?.hook else { continue }
      for reached in reached(from: index) {
        roots[reached].append(index)
        for journey in Self.journeys(through: hook) where !journeys[reached].contains(journey) {
          journeys[reached].append(journey)
        }
      }
    }
    for index in journeys.indices { journeys[index].sort { $0.rawValue < $1.rawValue } }
  }

  /// A chain and all that it reaches.
  private func reached(from chain: Int) -> [Int] {
    var seen = Array(repeating: false, count: targets.count)
    var open = [chain]
    var found: [Int] = []
    seen[chain] = true
    while let next = open.popLast() {
      found.append(next)
      for target in targets[next] where target < seen.count && !seen[target] {
        seen[target] = true
        open.append(target)
      }
    }
    return found
  }

  /// Interfaces that are not yet or no longer known where the chain stands, so that the journey's own do not count.
  func hiddenFields(of chain: ChainID) -> Set<Field> {
    var fields: Set<Field> = []
    for root in roots[chain.index] {
      switch baseHooks[root] {
      case .ingress?, .prerouting?, .input?: fields.formUnion([.outInterface, .outInterfaceType, .outInterfaceGroup])
      case .output?: fields.formUnion([.inInterface, .inInterfaceType, .inInterfaceGroup])
      case .postrouting?, .egress?: fields.formUnion([.inInterface, .inInterfaceType, .inInterfaceGroup])
      case .forward?, nil: break
      }
    }
    return fields
  }

  /// True when every base chain that reaches a chain reaches the other one too.
  func isUnderSameBases(_ chain: ChainID, as other: ChainID) -> Bool {
    roots[chain.index].allSatisfy { roots[other.index].contains($0) }
  }

  /// True when packets can come from one chain to another, or when they are the same.
  func leads(_ from: ChainID, to: ChainID) -> Bool { reached(from: from.index).contains(to.index) }

  /// The only way into a chain on a journey, from the base chain down: the rule of each chain on the way that calls the next.
  /// Empty for a base chain; nil when there are several ways or none. O(rules).
  func onlyWay(to chain: ChainID, on journey: Hook, _ ruleset: Ruleset) -> [RuleID]? {
    var way: [RuleID] = []
    var current = chain
    while ruleset[current].base == nil {
      var calls: [RuleID] = []
      for (index, caller) in ruleset.chains.enumerated()
      where journeys[index].contains(journey) && targets[index].contains(current.index) {
        for (place, rule) in caller.rules.enumerated() where Self.targets(of: rule, in: ruleset).contains(current.index)
        {
          calls.append(RuleID(chain: ChainID(index), index: place))
        }
      }
      guard let call = calls.first, calls.count == 1, way.count < ruleset.chains.count else { return nil }
      way.insert(call, at: 0)
      current = call.chain
    }
    return way
  }

  /// True when no rule under the chain's base chains changes packets for later rules, and none of these is a nat chain.
  func isFreeOfChanges(around chain: ChainID, _ ruleset: Ruleset) -> Bool {
    for root in roots[chain.index] {
      if ruleset.chains[root].base?.type == .nat { return false }
      for reached in reached(from: root) {
        for rule in ruleset.chains[reached].rules {
          for step in rule.steps {
            switch step {
            case .effect(let effect, _): if !effect.leavesPacketAlone { return false }
            case .verdict(.translate, _), .verdict(.unknown, _): return false
            case .match, .verdict, .verdictMap: break
            }
          }
        }
      }
    }
    return true
  }

  static func journeys(through hook: Hook) -> [Hook] {
    switch hook {
    case .ingress, .prerouting: [.input, .forward]
    case .input: [.input]
    case .forward: [.forward]
    case .output: [.output]
    case .postrouting, .egress: [.forward, .output]
    }
  }

  private static func targets(of rule: Rule, in ruleset: Ruleset) -> [Int] {
    var found: [Int] = []
    func add(_ verdict: Verdict) {
      switch verdict {
      case .jump(let chain), .goto(let chain): found.append(chain.index)
      default: break
      }
    }
    for step in rule.steps {
      switch step {
      case .verdict(let verdict, _): add(verdict)
      case .verdictMap(let map, _):
        guard ruleset.sets.indices.contains(map.map.index),
          case .map(let elements, let fallback) = ruleset[map.map].contents
        else { continue }
        for element in elements { if case .verdict(let verdict) = element.data { add(verdict) } }
        if case .verdict(let verdict)? = fallback { add(verdict) }
      case .match, .effect: break
      }
    }
    return found
  }
}
