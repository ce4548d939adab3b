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

    mutating func join(_ other: Observed) {
      gains = gains || other.gains
      losses = losses || other.losses
      answers = answers || other.answers
      isExact = isExact && other.isExact
    }
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
  /// Work of all regions of one side together.
  static let totalBudget = 60_000_000
  static let maximumTouchedRules = 8192
  private static let maximumPairs = 400_000

  static func compute(
    old: Analysis, new: Analysis, difference: RulesetDifference, dead: Set<RuleID> = []
  ) throws(Refusal) -> EditEffect {
    try checkDead(old, difference, dead)
    let difference = difference.without(dead)
    let ids = difference.removed.count + difference.added.count
    guard ids <= maximumTouchedRules else { throw Refusal("the edit touches too many rules to be proved at once") }
    try checkModelled(old, new, difference)
    var observed = Observed()
    let before = try AffectedPackets.parts(old, difference.changes.map { ($0.chain, $0.removed) })
    let after = try AffectedPackets.parts(new, difference.changes.map { ($0.chain, $0.added) })
    let directions = Directions(difference, old.ruleset, new.ruleset)
    let parts = before + after + policyParts(difference, old.ruleset)
    for hook in Hook.allCases {
      let there = parts.filter { $0.hook == hook }
      if there.isEmpty { continue }
      observed.join(try compare(there, old, new, difference, directions.of(hook)))
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

  /// A few of the removed rules that are held to be dead are also asked for in the other way: by following the packets
  /// that they match.
  private static func checkDead(
    _ old: Analysis, _ difference: RulesetDifference, _ dead: Set<RuleID>
  ) throws(Refusal) {
    if dead.isEmpty { return }
    var left = 3
    for change in difference.changes {
      for rule in change.removed where left > 0 && dead.contains(rule) {
        left -= 1
        guard let parts = try? AffectedPackets.parts(old, [(change.chain, [rule])], isCertain: true) else { continue }
        if !parts.isEmpty { throw Refusal("two ways of working out the effect disagree") }
      }
    }
  }

  /// Every packet of the journeys on which a policy changed.
  private static func policyParts(_ difference: RulesetDifference, _ ruleset: Ruleset) -> [AffectedPackets.Part] {
    let changed = difference.changes.filter { $0.policy != nil }
    if changed.isEmpty { return [] }
    let reach = ChainReach(ruleset)
    let hooks = Set(changed.flatMap { reach.journeys[$0.chain.index] })
    return Hook.allCases.filter { hooks.contains($0) }.map { AffectedPackets.Part(hook: $0, region: .all) }
  }

  /// Compares the fates of all parts of one journey; where uncertain statements stand in the way, again from the first
  /// rule that differs.
  private static func compare(
    _ parts: [AffectedPackets.Part], _ old: Analysis, _ new: Analysis, _ difference: RulesetDifference,
    _ direction: Direction
  ) throws(Refusal) -> Observed {
    var whole = Observed()
    var refusal: Refusal?
    do throws(Refusal) {
      for part in parts { try compare(part, old, new, direction, &whole) }
    } catch { refusal = error }
    if refusal == nil, whole.isExact { return whole }
    if let hook = parts.first?.hook, let (oldRest, newRest) = fromFirstDifference(old, new, difference, hook) {
      var rest = Observed()
      do throws(Refusal) {
        for part in parts { try compare(part, oldRest, newRest, direction, &rest) }
        return rest
      } catch {}
    }
    if let refusal { throw refusal }
    return whole
  }

  /// Both rule sets without the rules before the first one that differs, and, where that stands in a regular chain,
  /// without the rules before the one that calls it. Every packet whose fate differs comes to that place, and comes there
  /// as it is, so what those rules do to it does not matter. Only where one chain of the journey differs, with one way
  /// into it, and where no rule under the same base chain changes packets.
  private static func fromFirstDifference(
    _ old: Analysis, _ new: Analysis, _ difference: RulesetDifference, _ hook: Hook
  ) -> (Analysis, Analysis)? {
    let reach = (ChainReach(old.ruleset), ChainReach(new.ruleset))
    let changes = difference.changes.filter {
      reach.0.journeys[$0.chain.index].contains(hook) || reach.1.journeys[$0.chain.index].contains(hook)
    }
    guard let change = changes.first, changes.count == 1,
      reach.0.isFreeOfChanges(around: change.chain, old.ruleset),
      reach.1.isFreeOfChanges(around: change.chain, new.ruleset)
    else { return nil }
    // Up to here both chains are the same, so that the index is the same in both.
    let first = (change.removed + change.added).map(\.index).min() ?? old.ruleset[change.chain].rules.count
    func rest(_ analysis: Analysis, _ reach: ChainReach) -> Analysis? {
      var ruleset = analysis.ruleset
      guard let way = reach.onlyWay(to: change.chain, on: hook, ruleset) else { return nil }
      for (chain, first) in way.map({ ($0.chain, $0.index) }) + [(change.chain, first)] {
        let count = ruleset.chains[chain.index].rules.count
        ruleset.chains[chain.index].rules.removeFirst(min(first, count))
      }
      return Analysis(ruleset, host: analysis.host)
    }
    guard let before = rest(old, reach.0), let after = rest(new, reach.1) else { return nil }
    return (before, after)
  }

  private static func compare(
    _ part: AffectedPackets.Part, _ old: Analysis, _ new: Analysis, _ direction: Direction, _ observed: inout Observed
  ) throws(Refusal) {
    let before = old.partition(part.region, at: part.hook, budget: budget)
    let after = new.partition(part.region, at: part.hook, budget: budget)
    guard before.isComplete, after.isComplete, before.pieces.count * after.pieces.count <= maximumPairs else {
      throw Refusal("the effect was not worked out within the budget")
    }
    for was in before.pieces {
      for becomes in after.pieces {
        if was.outcome == becomes.outcome, !was.outcome.isUncertain { continue }
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
    guard observed.walked < 4, !old.outcome.isUncertain, !new.outcome.isUncertain,
      let packet = new.analysis.witness(in: region, at: hook)
    else { return }
    observed.walked += 1
    for (analysis, outcome) in [old, new] {
      let walked = analysis.trace(packet).outcome
      if walked != outcome, !walked.isUncertain { throw Refusal("two ways of working out the effect disagree") }
    }
  }

  private static func judge(
    _ old: Outcome, _ new: Outcome, _ direction: Direction, _ observed: inout Observed
  ) throws(Refusal) {
    if old.isUncertain || new.isUncertain {
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
