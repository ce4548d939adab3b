import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import SourceText

/// Proves edits of one file: applies them, reads and checks the result, and computes their effect.
struct Prover {
  let input: RepairInput
  private let comments: [ArraySlice<UInt8>]
  /// Rules of the file as it is that no packet can match. About linear in the number of rules.
  private var dead: Set<RuleID> { Set(input.analysis.deadRules().rules.map(\.rule)) }

  init(_ input: RepairInput) {
    self.input = input
    comments = Comments.texts(of: input.file, isIptables: input.lowered.dialect.isIptables)
  }

  /// The file after edits, read and checked again.
  struct Outcome {
    var file: SourceFile
    var lowered: Lowered
    var analysis: Analysis
    var findings: [Finding]
    var effect: EditEffect
    var difference: RulesetDifference
  }

  /// What edits that remedy a finding do. Refused when the finding is still there, when one of its level has come, or
  /// when the effect is not of the class expected.
  func effect(
    of edits: [TextEdit], expected: FixClass, for finding: Finding, allowsLockout: Bool
  ) throws(Refusal) -> Outcome {
    let outcome = try apply(edits)
    try requireGone([finding], outcome)
    try requireNothingNew(atLeast: finding.level, outcome)
    guard outcome.effect.fixClass <= expected else {
      throw Refusal("the edit was to be `\(expected.rawValue)` and is `\(outcome.effect.fixClass.rawValue)`")
    }
    try requireWayIn(outcome, allowsLockout: allowsLockout)
    return outcome
  }

  /// Applies edits and follows everything up to the findings. Refused when the text would no longer load, when
  /// something else than the edited rules changed, or when the effect is undecided.
  func apply(_ edits: [TextEdit]) throws(Refusal) -> Outcome {
    guard let bytes = input.file.applying(edits) else { throw Refusal("the edits do not fit the file") }
    let file = SourceFile(id: input.file.id, path: input.file.path, bytes: bytes)
    let lowered = input.reread(file)
    if lowered.problems.count > input.lowered.problems.count {
      throw Refusal("the edited text would not load: \(lowered.problems.last?.message ?? "unknown reason")")
    }
    let isIptables = input.lowered.dialect.isIptables
    guard Comments.areKept(comments, Comments.texts(of: file, isIptables: isIptables)) else {
      throw Refusal("a comment would be lost")
    }
    let difference = try RulesetDifference(
      old: input.lowered.ruleset, new: lowered.ruleset, edits: edits, file: file.id)
    let analysis = Analysis(lowered.ruleset, host: input.analysis.host)
    let effect = try EditEffect.compute(
      old: input.analysis, new: analysis, difference: difference, dead: difference.removed.isEmpty ? [] : dead)
    return Outcome(
      file: file, lowered: lowered, analysis: analysis, findings: input.relint(lowered, analysis), effect: effect,
      difference: difference)
  }

  private func counts(_ outcome: Outcome) -> (old: FindingCounts, new: FindingCounts) {
    let old = FindingCounts(
      input.findings, in: input.lowered.ruleset, file: input.file, touched: Set(outcome.difference.removed))
    let new = FindingCounts(
      outcome.findings, in: outcome.lowered.ruleset, file: outcome.file, touched: Set(outcome.difference.added))
    return (old, new)
  }

  /// Refused when one of the findings is still there.
  func requireGone(_ findings: [Finding], _ outcome: Outcome) throws(Refusal) {
    let (old, new) = counts(outcome)
    var expected: [FindingCounts.Key: Int] = [:]
    for finding in findings {
      let key = FindingCounts.key(
        finding, in: input.lowered.ruleset, file: input.file, touched: Set(outcome.difference.removed))
      expected[key, default: 0] += 1
    }
    for finding in findings {
      let key = FindingCounts.key(
        finding, in: input.lowered.ruleset, file: input.file, touched: Set(outcome.difference.removed))
      let left = new.counts[key, default: 0]
      guard left <= old.counts[key, default: 0] - expected[key, default: 0] else {
        throw Refusal("\(finding.code) is still reported after the edit")
      }
    }
  }

  /// Refused when a finding of a level or a higher one has come.
  func requireNothingNew(atLeast level: Level, _ outcome: Outcome) throws(Refusal) {
    let (old, new) = counts(outcome)
    for (finding, key) in zip(outcome.findings, new.keys) where finding.level >= level {
      if new.counts[key, default: 0] > old.counts[key, default: 0], !wasThere(finding, outcome) {
        // A search that ends at a budget gets further when rules are gone. No packet has another fate, so what a packet
        // shows now it has shown before.
        if outcome.effect.fixClass == .equivalent, outcome.effect.isExact, isShown(finding) { continue }
        throw Refusal("the edit brings \(finding.code): \(finding.message)")
      }
    }
  }

  /// True when the finding's packet had the same fate before the edit.
  private func isShown(_ finding: Finding) -> Bool {
    guard let witness = finding.witness, !witness.outcome.isUncertain else { return false }
    return input.analysis.trace(witness.packet).outcome == witness.outcome
  }

  /// True when a check that names one place at a time has turned to the next one: the code is reported no more often
  /// than before, and the finding's packet had the same fate before the edit, by rules and policies that the edit does
  /// not touch.
  private func wasThere(_ finding: Finding, _ outcome: Outcome) -> Bool {
    guard let witness = finding.witness, !witness.outcome.isUncertain else { return false }
    func count(_ findings: [Finding]) -> Int { findings.count { $0.code == finding.code } }
    guard count(outcome.findings) <= count(input.findings) else { return false }
    let before = input.analysis.trace(witness.packet)
    guard before.outcome == witness.outcome, before.decider.chain == witness.decider.chain else { return false }
    guard before.decider.rule == nil || !outcome.difference.removed.contains(where: { $0 == before.decider.rule }),
      witness.decider.rule == nil || !outcome.difference.added.contains(where: { $0 == witness.decider.rule }),
      (before.decider.rule == nil) == (witness.decider.rule == nil)
    else { return false }
    return !outcome.difference.changes.contains { $0.policy != nil && $0.chain == before.decider.chain }
  }

  func requireWayIn(_ outcome: Outcome, allowsLockout: Bool) throws(Refusal) {
    guard !allowsLockout, outcome.effect.fixClass == .narrow || outcome.effect.fixClass == .change else { return }
    if LockoutGuard.cutsAdministrators(old: input.analysis, new: outcome.analysis) {
      throw Refusal("it would cut SSH from an address of `admin-from`")
    }
  }
}

extension FixClass {
  /// Is an edit of this class within what a class allows? A class allows itself and what is weaker.
  static func <= (computed: FixClass, declared: FixClass) -> Bool {
    switch (computed, declared) {
    case (.equivalent, _): true
    case (.response, .equivalent), (.response, .host): false
    case (.response, _): true
    case (.narrow, .narrow), (.narrow, .change): true
    case (.widen, .widen), (.widen, .change): true
    case (.change, .change): true
    default: false
    }
  }
}
