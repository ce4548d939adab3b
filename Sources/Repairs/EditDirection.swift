import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// How an edit can move what is accepted, by the kind of the touched rules alone.
enum Direction {
  /// No touched rule lies on the journey.
  case none
  /// Accepts the same.
  case neutral
  case up, down
  case unknown

  func joined(_ other: Direction) -> Direction {
    switch (self, other) {
    case (.none, let direction), (let direction, .none): direction
    case (.neutral, let direction), (let direction, .neutral): direction
    case (.up, .up): .up
    case (.down, .down): .down
    default: .unknown
    }
  }

  static func of(_ change: RulesetDifference.ChainChange, _ old: Ruleset, _ new: Ruleset) -> Direction {
    var result = Direction.none
    switch change.policy {
    case (.accept, .drop)?: result = .down
    case (.drop, .accept)?: result = .up
    default: break
    }
    var removed = change.removed
    for id in change.added {
      let rule = new[id]
      // An edited rule and what it was before.
      if let place = removed.firstIndex(where: { isEdited(old[$0], rule) }) {
        result = result.joined(edited(old[removed[place]], rule))
        removed.remove(at: place)
        continue
      }
      result = result.joined(added(rule))
    }
    for id in removed { result = result.joined(added(old[id]).reversed) }
    return result
  }

  private var reversed: Direction {
    switch self {
    case .up: .down
    case .down: .up
    default: self
    }
  }

  private static func added(_ rule: Rule) -> Direction {
    for step in rule.steps {
      switch step {
      case .match: continue
      case .effect(let effect, _):
        if !effect.leavesPacketAlone { return .unknown }
        if case .updateSet = effect { return .unknown }
      case .verdict(.accept, _): return .up
      case .verdict(.drop, _), .verdict(.reject, _): return .down
      case .verdict(.continue, _): return .neutral
      case .verdict, .verdictMap: return .unknown
      }
    }
    return .neutral
  }

  private static func matches(_ rule: Rule) -> [Match] {
    rule.steps.compactMap { if case .match(let match) = $0 { match } else { nil } }
  }

  /// The same matches, or all but one set of values the same.
  private static func isEdited(_ old: Rule, _ new: Rule) -> Bool {
    valueChanges(old, new) != nil
  }

  /// The value sets that differ; nil when the rules are not of the same form.
  private static func valueChanges(_ old: Rule, _ new: Rule) -> [(old: ValueSet, new: ValueSet)]? {
    let (a, b) = (matches(old), matches(new))
    guard a.count == b.count else { return nil }
    var changes: [(old: ValueSet, new: ValueSet)] = []
    for (first, second) in zip(a, b) {
      switch (first.condition, second.condition) {
      case (.field(let field, let values), .field(let other, let others)):
        guard field == other else { return nil }
        if values != others { changes.append((values, others)) }
      case (.unknown(let one), .unknown(let two)): if one != two { return nil }
      case (.masked(let field, let mask, let values), .masked(let other, let otherMask, let others)):
        guard field == other, mask == otherMask, values == others else { return nil }
      case (.constant(let one), .constant(let two)): if one != two { return nil }
      default: return nil
      }
    }
    return changes.count <= 1 ? changes : nil
  }

  private static func edited(_ old: Rule, _ new: Rule) -> Direction {
    guard let changes = valueChanges(old, new) else { return .unknown }
    let (before, after) = (added(old), added(new))
    guard let change = changes.first else {
      // Only the verdict differs.
      return before == .down && after == .down ? .neutral : before == after ? .neutral : after
    }
    guard before == after else { return .unknown }
    if change.old.isSubset(of: change.new) { return after }
    if change.new.isSubset(of: change.old) { return after.reversed }
    return .unknown
  }
}

/// The directions of all changes of an edit, by journey.
struct Directions {
  private var changes: [(direction: Direction, journeys: [Hook])] = []

  init(_ difference: RulesetDifference, _ old: Ruleset, _ new: Ruleset) {
    let oldReach = ChainReach(old)
    let newReach = ChainReach(new)
    for change in difference.changes {
      var direction = Direction.of(change, old, new)
      // A statement that changes packets (or what is known of them) breaks the argument where a verdict before it can
      // skip it: what is taken away from it may have been accepted because of it. Only statements under the same base
      // chain can be skipped. In nat chains a verdict decides about the translation, too.
      if direction == .up || direction == .down {
        let isSafe =
          oldReach.isFreeOfChanges(around: change.chain, old) && newReach.isFreeOfChanges(around: change.chain, new)
        if !isSafe { direction = .unknown }
      }
      let index = change.chain.index
      changes.append(
        (
          direction,
          Hook.allCases.filter {
            oldReach.journeys[index].contains($0) || newReach.journeys[index].contains($0)
          }
        ))
    }
  }

  func of(_ journey: Hook) -> Direction {
    changes.filter { $0.journeys.contains(journey) }.reduce(.none) { $0.joined($1.direction) }
  }
}
