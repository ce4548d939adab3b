package import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import SourceText

/// All fixes of one file that go together, checked as a whole.
package struct CombinedFix: Sendable {
  package struct Applied: Sendable {
    package var finding: Finding
    package var title: String
    package var expected: FixClass
  }
  package struct Refused: Sendable {
    package var finding: Finding
    package var title: String
    /// Lower-case start, no full stop.
    package var reason: String
  }

  /// The whole new text; the old one when nothing was applied.
  package var newBytes: [UInt8]
  /// A unified diff from the old to the new text; empty when nothing was applied.
  package var diff: [UInt8]
  /// In the order in which they were applied; a finding that only came to light in a later round is not of the input.
  package var applied: [Applied]
  /// Fixes of allowed classes that were not applied, and why.
  package var refused: [Refused]
  /// The classes that the edits of each round have together, computed.
  package var classes: [FixClass]
  /// What is still reported about the new text.
  package var remaining: [Finding]
  /// False when the work budget ended the rounds: running again may apply more.
  package var isComplete: Bool

  package var isChanged: Bool { !applied.isEmpty }
}

/// Which fixes may be applied.
package struct FixSelection: Sendable {
  /// A class allows itself and what is weaker than it.
  package var classes: Set<FixClass>
  package var allowsLockout: Bool
  /// Chooses findings, e.g. by `--only-fix`.
  package var includes: @Sendable (Finding) -> Bool

  package init(
    classes: Set<FixClass>, allowsLockout: Bool = false, includes: @escaping @Sendable (Finding) -> Bool = { _ in true }
  ) {
    self.classes = classes
    self.allowsLockout = allowsLockout
    self.includes = includes
  }

  func allows(_ fixClass: FixClass) -> Bool {
    if classes.contains(where: { fixClass <= $0 }) { return fixClass != .host }
    return fixClass == .change && classes.contains(.widen) && classes.contains(.narrow)
  }
}

extension Repairs {
  /// The fixes of a file that may be applied together. In each round the first remedy of each finding that may be
  /// written and does not meet an earlier one is taken; the round's edits are then checked as a whole, and halved where that
  /// fails, until what fails is alone. Rounds go on until nothing is left to apply, so that a second run changes nothing.
  /// `workBudget` bounds the rules read again.
  package static func combined(
    in input: RepairInput, selecting selection: FixSelection, oldPath: String? = nil, newPath: String? = nil,
    workBudget: Int = 2_000_000
  ) -> CombinedFix {
    var run = CombinedRun(input, selection, workBudget)
    run.go()
    return run.result(oldPath: oldPath ?? input.file.path, newPath: newPath ?? input.file.path)
  }
}

private struct CombinedRun {
  struct Candidate {
    var finding: Finding
    var key: FindingCounts.Key
    var remedy: Remedy
    var written: WrittenRemedy
  }

  static let maximumRounds = 400
  /// Fixes tried together; what a batch costs grows with it no faster than with the file.
  static let largestBatch = 100_000
  /// So many fixes are told apart one by one when they do not go together.
  static let fewEnough = 64

  let original: RepairInput
  let selection: FixSelection
  var input: RepairInput
  var history: EditHistory
  var work: Int
  var applied: [CombinedFix.Applied] = []
  var refused: [CombinedFix.Refused] = []
  var refusedKeys: Set<String> = []
  var classes: [FixClass] = []
  var isComplete = true
  /// How many fixes are tried together: twice what went together last time.
  var batch = Self.largestBatch

  init(_ input: RepairInput, _ selection: FixSelection, _ workBudget: Int) {
    original = input
    self.input = input
    self.selection = selection
    history = EditHistory(input.file)
    work = workBudget
  }

  mutating func go() {
    for _ in 0..<Self.maximumRounds {
      let candidates = candidates()
      if candidates.isEmpty { return }
      settle(candidates)
      if work <= 0 {
        isComplete = false
        return
      }
    }
    isComplete = candidates().isEmpty
  }

  private func name(_ candidate: Candidate) -> String {
    "\(candidate.key.code)\u{0}\(candidate.key.subject)\u{0}\(candidate.written.title)"
  }

  /// The remedies of this round: one for each finding, not meeting each other, not refused before.
  private mutating func candidates() -> [Candidate] {
    let findings = input.findings.filter { !$0.remedies.isEmpty && selection.includes($0) }
    guard !findings.isEmpty else { return [] }
    let writer = RemedyWriter(ruleset: input.lowered.ruleset, file: input.file, dialect: input.lowered.dialect)
    var chosen: [Candidate] = []
    var taken = TakenRanges()
    for finding in findings {
      let key = FindingCounts.key(finding, in: input.lowered.ruleset, file: input.file)
      for remedy in finding.remedies where remedy.changes.contains(where: \.isEdit) {
        let written = writer.write(ReplyWay.completed(remedy, in: input.analysis))
        let candidate = Candidate(finding: finding, key: key, remedy: remedy, written: written)
        guard selection.allows(written.expected), !refusedKeys.contains(name(candidate)) else { continue }
        if let refusal = written.refusal {
          refuse(candidate, refusal)
          continue
        }
        guard !written.edits.isEmpty, taken.add(written.edits) else { continue }
        chosen.append(candidate)
        if chosen.count == batch { return chosen }
        break
      }
    }
    return chosen
  }

  private mutating func refuse(_ candidate: Candidate, _ refusal: Refusal) {
    guard refusedKeys.insert(name(candidate)).inserted else { return }
    refused.append(
      CombinedFix.Refused(finding: candidate.finding, title: candidate.written.title, reason: refusal.reason))
  }

  /// Applies a set as a whole; when that fails, the first half of it (what failed with it comes again in later rounds).
  private mutating func settle(_ candidates: [Candidate]) {
    var candidates = candidates
    while !candidates.isEmpty, work > 0 {
      work -= input.lowered.ruleset.ruleCount + Proofs.fixedCost
      do throws(Refusal) {
        let outcome = try check(candidates)
        history.apply(candidates.flatMap(\.written.edits))
        input.file = outcome.file
        input.lowered = outcome.lowered
        input.analysis = outcome.analysis
        input.findings = outcome.findings
        classes.append(outcome.effect.fixClass)
        applied += candidates.map {
          CombinedFix.Applied(finding: $0.finding, title: $0.written.title, expected: $0.written.expected)
        }
        batch = min(Self.largestBatch, candidates.count * 2)
        return
      } catch {
        if candidates.count == 1 {
          refuse(candidates[0], error)
          return
        }
        let good = candidates.count <= Self.fewEnough ? provedAlone(candidates) : candidates
        // Those that fail alone wait for a later round, when others have been applied; where none is told apart, fewer
        // are tried together.
        let isTold = good.count < candidates.count && !good.isEmpty
        candidates = isTold ? good : Array(candidates[..<(candidates.count / 2)])
      }
    }
  }

  /// The candidates whose fix can be proved alone.
  private mutating func provedAlone(_ candidates: [Candidate]) -> [Candidate] {
    let writer = RemedyWriter(ruleset: input.lowered.ruleset, file: input.file, dialect: input.lowered.dialect)
    let budget = work
    var proofs = Proofs(input, writer: writer, allowsLockout: selection.allowsLockout, work: budget)
    var good: [Candidate] = []
    for candidate in candidates {
      if case .refused = proofs.proposal(candidate.remedy, for: candidate.finding).status { continue }
      good.append(candidate)
    }
    work -= budget - proofs.work
    return good
  }

  private func check(_ candidates: [Candidate]) throws(Refusal) -> Prover.Outcome {
    let prover = Prover(input)
    let outcome = try prover.apply(candidates.flatMap(\.written.edits))
    guard selection.allows(outcome.effect.fixClass) else {
      throw Refusal("together the edits are `\(outcome.effect.fixClass.rawValue)`")
    }
    let declared = Set(candidates.map(\.written.expected))
    let isDeclared =
      declared.contains { outcome.effect.fixClass <= $0 }
      || (outcome.effect.fixClass == .change && declared.contains(.widen) && declared.contains(.narrow))
    guard isDeclared else {
      throw Refusal("the edit is `\(outcome.effect.fixClass.rawValue)`, which its remedy does not say")
    }
    try prover.requireGone(candidates.map(\.finding), outcome)
    let level = candidates.map(\.finding.level).min() ?? .note
    try prover.requireNothingNew(atLeast: level, outcome)
    try prover.requireWayIn(outcome, allowsLockout: selection.allowsLockout)
    return outcome
  }

  func result(oldPath: String, newPath: String) -> CombinedFix {
    CombinedFix(
      newBytes: input.file.bytes,
      diff: UnifiedDiff.text(of: history.changes(), in: original.file, oldPath: oldPath, newPath: newPath),
      applied: applied, refused: refused, classes: classes, remaining: input.findings, isComplete: isComplete)
  }
}

/// Ranges that earlier edits have taken. Insertions at one place do not meet; an insertion meets a change of the bytes
/// beside it, since the two could have been written for each other's place.
private struct TakenRanges {
  /// Sorted and not overlapping.
  private var ranges: [(lower: UInt32, upper: UInt32)] = []

  /// False, and nothing taken, when one of the edits meets what is taken. O(log n) and one insertion for each edit.
  mutating func add(_ edits: [TextEdit]) -> Bool {
    for edit in edits where meets(edit) { return false }
    for edit in edits {
      ranges.insert((edit.range.lower, edit.range.upper), at: position(edit.range.lower))
    }
    return true
  }

  private func position(_ lower: UInt32) -> Int {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].lower < lower { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func meets(_ edit: TextEdit) -> Bool {
    let index = position(edit.range.lower)
    if index < ranges.count {
      let next = ranges[index]
      if next.lower < edit.range.upper { return true }
      if next.lower == edit.range.lower { return true }
    }
    return index > 0 && ranges[index - 1].upper > edit.range.lower
  }
}
