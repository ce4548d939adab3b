import CheckKit
import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// Computes what an edit does to packets, from the rule sets before and after it.
///
/// Method. A packet's fate differs only if it reaches a rule that was removed, added or edited and matches it. In a copy
/// of each rule set the touched rules end with a verdict that no other rule has and that is final, so the packets that
/// reach and match one are those that get this verdict in the copy: the affected pieces. Only these are compared, old
/// fate with new fate, over all hooks of each journey on which the chain lies. A changed policy may concern every packet.
///
/// Uncertainty. A piece with outcome `may` is compared by direction, not by guess: adding an accept (or removing a
/// refusal) can only let more through, adding a refusal (or removing an accept) can only let less through, and an exchange of
/// drop and reject changes neither, whatever the uncertain statements do, as long as no rule changes packets for later
/// rules. Where the direction is not known either, the class is undecided.
struct EditEffect {
  /// The class as an upper bound: the edit does at most this. Exact when `isExact`.
  var fixClass: FixClass
  /// False when uncertain pieces were judged by direction.
  var isExact: Bool

  private struct Observed {
    var gains = false
    var losses = false
    var answers = false
    var isExact = true
    var walked = 0
  }

  /// For people: what was shown about accepted packets.
  var summary: String {
    let words =
      switch fixClass {
      case .equivalent: "every packet has the fate it had"
      case .response: "the same packets are accepted; only answers or logs differ"
      case .widen: "only more is accepted; no accepted packet is lost"
      case .narrow: "only less is accepted; no other packet is let in"
      case .change: "some packets are accepted that were not, and some no longer"
      case .host: "the rule set stays as it is"
      }
    return isExact ? words : words + " (uncertain statements judged by what the edit can do at most)"
  }

  /// Work of one comparison: rule visits × pieces for each region.
  static let budget = 400_000
  static let maximumTouchedRules = 64
  private static let maximumPieces = 512
  private static let maximumPairs = 400_000

  static func compute(
    old: Analysis, new: Analysis, difference: RulesetDifference
  ) throws(Refusal) -> EditEffect {
    let ids = difference.removed.count + difference.added.count
    guard ids <= maximumTouchedRules else { throw Refusal("the edit touches too many rules to be proved at once") }
    try checkModelled(old, new, difference)
    var observed = Observed()
    let before = try affected(old, difference.changes.map { ($0.chain, $0.removed) })
    let after = try affected(new, difference.changes.map { ($0.chain, $0.added) })
    let directions = Directions(difference, old.ruleset, new.ruleset)
    let policies = policyParts(difference, old.ruleset)
    for part in before + after + policies {
      try compare(part, old, new, directions.of(part.hook), &observed)
    }
    if !before.isEmpty || !after.isEmpty, hasVisibleEffects(old, new, difference) { observed.answers = true }
    let fixClass: FixClass =
      switch (observed.gains, observed.losses) {
      case (true, true): .change
      case (true, false): .widen
      case (false, true): .narrow
      case (false, false): observed.answers ? .response : .equivalent
      }
    return EditEffect(fixClass: fixClass, isExact: observed.isExact)
  }

  struct Part: Hashable {
    var hook: Hook
    var region: Box
  }

  /// A verdict that no rule set has: 250 is no code of ICMP type 3.
  private static let mark = RejectKind.icmp(code: 250)

  /// The pieces of packets that reach and match one of the given rules.
  private static func affected(
    _ analysis: Analysis, _ changes: [(chain: ChainID, rules: [RuleID])]
  ) throws(Refusal) -> [Part] {
    guard changes.contains(where: { !$0.rules.isEmpty }) else { return [] }
    var probe = analysis.ruleset
    for rule in changes.flatMap(\.rules) {
      let origin = probe[rule].origin
      var steps: [Step] = []
      for step in probe[rule].steps {
        if case .match = step { steps.append(step) }
      }
      steps.append(.verdict(.reject(mark), at: origin))
      probe.chains[rule.chain.index].rules[rule.index].steps = steps
    }
    let probed = Analysis(probe, host: analysis.host)
    let reach = ChainReach(analysis.ruleset)
    let rewritten = RuleRegion.rewrittenFields(analysis.ruleset)
    var found: Set<Part> = []
    var parts: [Part] = []
    for change in changes {
      let hidden = rewritten.union(reach.hiddenFields(of: change.chain))
      for hook in reach.journeys[change.chain.index] {
        for rule in change.rules {
          let region = RuleRegion.box(of: analysis.ruleset[rule], rewritten: hidden)
          if region.isEmpty { continue }
          let partition = probed.partition(region, at: hook, budget: budget)
          guard partition.isComplete else {
            throw Refusal("the packets concerned were not worked out within the budget")
          }
          for piece in partition.pieces where piece.outcome == .reject(mark) || isUncertain(piece.outcome) {
            let part = Part(hook: hook, region: piece.region)
            if found.insert(part).inserted { parts.append(part) }
            guard parts.count <= maximumPieces else { throw Refusal("too many kinds of packets are concerned") }
          }
        }
      }
    }
    return parts
  }

  /// Every packet of the journeys on which a policy changed.
  private static func policyParts(_ difference: RulesetDifference, _ ruleset: Ruleset) -> [Part] {
    let changed = difference.changes.filter { $0.policy != nil }
    if changed.isEmpty { return [] }
    let reach = ChainReach(ruleset)
    let hooks = Set(changed.flatMap { reach.journeys[$0.chain.index] })
    return Hook.allCases.filter { hooks.contains($0) }.map { Part(hook: $0, region: .all) }
  }

  private static func isUncertain(_ outcome: Outcome) -> Bool {
    if case .may = outcome { return true }
    return false
  }

  private static func compare(
    _ part: Part, _ old: Analysis, _ new: Analysis, _ direction: Direction, _ observed: inout Observed
  ) throws(Refusal) {
    let before = old.partition(part.region, at: part.hook, budget: budget)
    let after = new.partition(part.region, at: part.hook, budget: budget)
    guard before.isComplete, after.isComplete, before.pieces.count * after.pieces.count <= maximumPairs else {
      throw Refusal("the effect was not worked out within the budget")
    }
    for was in before.pieces {
      for becomes in after.pieces {
        if was.outcome == becomes.outcome, !isUncertain(was.outcome) { continue }
        let common = was.region.intersection(becomes.region)
        if common.isEmpty { continue }
        try crossCheck(common, part.hook, (old, was.outcome), (new, becomes.outcome), &observed)
        try judge(was.outcome, becomes.outcome, direction, &observed)
      }
    }
  }

  /// The first pieces that differ are also walked as concrete packets, which the engine does in another way.
  private static func crossCheck(
    _ region: Box, _ hook: Hook, _ old: (analysis: Analysis, outcome: Outcome),
    _ new: (analysis: Analysis, outcome: Outcome), _ observed: inout Observed
  ) throws(Refusal) {
    guard observed.walked < 4, !isUncertain(old.outcome), !isUncertain(new.outcome),
      let packet = new.analysis.witness(in: region, at: hook)
    else { return }
    observed.walked += 1
    for (analysis, outcome) in [old, new] {
      let walked = analysis.trace(packet).outcome
      if walked != outcome, !isUncertain(walked) { throw Refusal("two ways of working out the effect disagree") }
    }
  }

  private static func judge(
    _ old: Outcome, _ new: Outcome, _ direction: Direction, _ observed: inout Observed
  ) throws(Refusal) {
    if isUncertain(old) || isUncertain(new) {
      observed.isExact = false
      switch direction {
      case .none: break
      case .neutral: observed.answers = true
      case .up: observed.gains = true
      case .down: observed.losses = true
      case .unknown: throw Refusal("the effect depends on statements that cannot be decided")
      }
      return
    }
    if old == new { return }
    switch (old == .accept, new == .accept) {
    case (true, true): break
    case (true, false) where new.isRefused: observed.losses = true
    case (false, true) where old.isRefused: observed.gains = true
    case (false, false) where old.isRefused && new.isRefused: observed.answers = true
    default: throw Refusal("the effect on packets that leave by another way is not known")
    }
  }

  /// Touched rules that log or count on a set change what is seen, not what is accepted; those that change the packet
  /// itself are not judged.
  private static func hasVisibleEffects(_ old: Analysis, _ new: Analysis, _ difference: RulesetDifference) -> Bool {
    let rules = difference.removed.map { old.ruleset[$0] } + difference.added.map { new.ruleset[$0] }
    return rules.contains { rule in
      rule.steps.contains { step in
        switch step {
        case .effect(.counter, _): false
        case .effect: true
        case .match, .verdict, .verdictMap: false
        }
      }
    }
  }

  private static func checkModelled(
    _ old: Analysis, _ new: Analysis, _ difference: RulesetDifference
  ) throws(Refusal) {
    for change in difference.changes {
      let family = old.ruleset[old.ruleset[change.chain].table].family
      guard family != .arp, family != .bridge else {
        throw Refusal("packets of \(family.rawValue) tables are not followed")
      }
      let rules = change.removed.map { old.ruleset[$0] } + change.added.map { new.ruleset[$0] }
      for rule in rules {
        for step in rule.steps {
          switch step {
          case .effect(let effect, _) where !effect.leavesPacketAlone:
            throw Refusal("the rule changes packets for the rules after it")
          case .verdict(.translate, _): throw Refusal("the rule translates addresses")
          case .verdict(.unknown, _), .verdict(.stolen, _), .verdict(.queue, _):
            throw Refusal("the rule's verdict is not modelled")
          default: break
          }
        }
      }
    }
  }
}

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
