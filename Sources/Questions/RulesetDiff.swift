package import FirewallAnalysis
package import FirewallModel
package import HostFacts
package import PacketSets
package import Packets

/// The packets whose fate two rule sets decide otherwise, over the journeys to input, forward and output.
package struct RulesetDiff: Sendable {
  package let old: Analysis
  package let new: Analysis
  /// What was taken to be so about the ways of translated packets.
  package let assumption: String?
  private let questioner: Questioner
  private let oldQuestioner: Questioner

  /// Bounds the work, in rule visits.
  static let budget = 60_000_000
  private static let seedBudget = 6_000_000

  package init(old: Ruleset, new: Ruleset, host: HostFacts) {
    let facts = PlaceFacts(new, host: host)
    var assumed = AssumedHost.host(new, host: host, facts: facts)
    if assumed.assumption == nil {
      assumed = AssumedHost.host(old, host: host, facts: PlaceFacts(old, host: host))
    }
    self.old = Analysis(old, host: assumed.host)
    self.new = Analysis(new, host: assumed.host)
    assumption = assumed.assumption
    questioner = Questioner(self.new, facts: facts)
    oldQuestioner = Questioner(self.old, facts: facts)
  }

  /// Compares. `limit`: regions that are told at most, widest first; the rest is counted.
  package func run(limit: Int = 20) -> Difference {
    var aligner = RulesetAligner(old: old, new: new)
    let seeds = SeedRegions(old: old, new: new)
    var result = Difference()
    var left = Self.budget
    var groups = ChangeGroups(old: old, new: new)
    for hook in [Hook.input, .forward, .output] {
      for isV4 in [true, false] {
        let changes = aligner.changes(to: hook, isV4: isV4)
        for seed in seeds.regions(changes, to: hook, isV4: isV4) {
          if !compare(seed, at: hook, &left, &groups) { result.isComplete = false }
        }
      }
    }
    let merged = groups.merged()
    result.isEqual = merged.isEmpty && result.isComplete
    for group in merged {
      guard let change = change(group, isShown: result.changes.count < limit) else { continue }
      result.total += 1
      if result.changes.count < limit { result.changes.append(change) }
    }
    // Regions of which no packet can be made are none.
    result.isEqual = result.total == 0 && result.isComplete
    return result
  }

  /// Cuts one region by both rule sets and writes down where they differ; false when the budget ended it.
  private func compare(_ seed: Box, at hook: Hook, _ left: inout Int, _ groups: inout ChangeGroups) -> Bool {
    guard left > 0 else { return false }
    let ownCandidates = old.candidates(for: seed)
    let otherCandidates = new.candidates(for: seed)
    var budget = min(left, Self.seedBudget)
    let start = budget
    defer { left -= start - budget }
    let own = old.partition(seed, at: hook, budget: budget, among: ownCandidates)
    budget -= own.work
    var isComplete = own.isComplete
    for piece in own.pieces {
      guard budget > 0 else { return false }
      let other = new.partition(piece.region, at: hook, budget: budget, among: otherCandidates)
      budget -= other.work
      if !other.isComplete { isComplete = false }
      for part in other.pieces { groups.add(piece, part, at: hook) }
    }
    return isComplete
  }

  // MARK: One change

  /// nil: no packet is like that.
  private func change(_ group: ChangeGroups.Group, isShown: Bool) -> Change? {
    var found: (box: Box, old: Trace, new: Trace)?
    var tries = 0
    for box in group.boxes {
      tries += 1
      if tries > 40 { break }
      guard let traces = witness(box, group) else { continue }
      found = (box, traces.old, traces.new)
      break
    }
    let possible = group.boxes.contains { ChangeGroups.isPossible($0, at: group.key.hook) }
    if found == nil, !possible { return nil }
    var change = Change(
      hook: group.key.hook, from: group.key.from, to: group.key.to, oldDecider: group.key.old,
      newDecider: group.key.new, regions: group.boxes)
    change.witness = found.map { ($0.old, $0.new) }
    // Sets say so, and no packet shows it: not to be told as certain.
    change.isCertain = found != nil && !group.key.from.isMay && !group.key.to.isMay
    if isShown, let box = found?.box ?? group.boxes.first {
      let told = RegionQuestion.make(
        box, at: group.key.hook, from: group.key.from, to: group.key.to, witness: found?.new.packet)
      change.question = settled(told.question, told.before)
      change.remarks = told.remarks
    }
    return change
  }

  /// `every` where it holds for all packets that the question names, else `any`; without the family where the change is
  /// the same in both.
  private func settled(_ question: PacketQuestion, _ before: PacketQuestion.WantedOutcome?) -> PacketQuestion {
    var every = question
    every.quantifier = .every
    if let before {
      var wide = every
      wide.terms.removeAll { if case .family = $0.kind { true } else { false } }
      if wide.terms.count < every.terms.count, holds(wide, questioner) {
        var earlier = wide
        earlier.outcome = before
        if holds(earlier, oldQuestioner) { return wide }
      }
    }
    return holds(every, questioner) ? every : question
  }

  private func holds(_ question: PacketQuestion, _ questioner: Questioner) -> Bool {
    (try? questioner.ask(question, budget: 1_000_000, limit: 1))?.verdict == .yes
  }

  private func witness(_ box: Box, _ group: ChangeGroups.Group) -> (old: Trace, new: Trace)? {
    for region in ChangeGroups.plain(box, at: group.key.hook) {
      guard var packet = PacketOfRegion.find(old, region, at: group.key.hook) else { continue }
      if region[.reversePathOK] == nil { packet.reversePathOK = true }
      let own = old.trace(packet)
      let other = new.trace(packet)
      if group.key.from.isMay || group.key.to.isMay { return (own, other) }
      guard own.outcome != other.outcome || own.translations != other.translations else { continue }
      return (own, other)
    }
    return nil
  }
}

/// What two rule sets decide otherwise.
package struct Difference: Sendable {
  /// Widest first.
  package var changes: [Change] = []
  /// All of them, with those that are not told.
  package var total = 0
  /// No packet fares otherwise, and all were looked at.
  package var isEqual = true
  /// False when the work budget ended the comparison.
  package var isComplete = true
}

/// Packets that fared one way and now fare another, decided by the same two rules.
package struct Change: Sendable {
  package var hook: Hook
  package var from: Fate
  package var to: Fate
  package var oldDecider: Decider
  package var newDecider: Decider
  /// Widest first.
  package var regions: [Box]
  /// The widest region as a question to which the new rule set answers yes.
  package var question: PacketQuestion?
  /// What the question cannot say of the region.
  package var remarks: [String] = []
  /// One packet, walked through both.
  package var witness: (old: Trace, new: Trace)?
  /// Decided on both sides, and shown by a packet.
  package var isCertain = true

  init(hook: Hook, from: Fate, to: Fate, oldDecider: Decider, newDecider: Decider, regions: [Box]) {
    self.hook = hook
    self.from = from
    self.to = to
    self.oldDecider = oldDecider
    self.newDecider = newDecider
    self.regions = regions
  }
}
