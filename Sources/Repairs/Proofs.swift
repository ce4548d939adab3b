import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import Packets
import SourceText

/// Proves the remedies of one file one after the other, within a budget of work.
struct Proofs {
  private let input: RepairInput
  private let writer: RemedyWriter
  private let allowsLockout: Bool
  /// Rules that may still be read again.
  private(set) var work: Int
  /// Made when they are first needed: both look at every rule.
  private var slicer: RuleSlicer?
  private var isPrepared = false
  private var whole: Prover?

  /// What reading even the smallest file again costs, in rules.
  static let fixedCost = 40

  init(_ input: RepairInput, writer: RemedyWriter, allowsLockout: Bool, work: Int) {
    self.input = input
    self.writer = writer
    self.allowsLockout = allowsLockout
    self.work = work
  }

  /// A remedy written and, within the budget, proved.
  mutating func proposal(_ remedy: Remedy, for finding: Finding) -> Proposal {
    guard work > 0, remedy.changes.contains(where: \.isEdit) else { return Repairs.unproved(writer.write(remedy)) }
    let remedy = ReplyWay.completed(remedy, in: input.analysis)
    let written = writer.write(remedy)
    var proposal = Repairs.unproved(written)
    // Nothing to write: sysctls and advice stand as they are.
    if written.refusal != nil || written.edits.isEmpty { return proposal }
    if let effect = inSlice(remedy, written, finding) {
      proposal.fixClass = effect.fixClass
      proposal.status = .proved
      proposal.check = effect.summary
      return proposal
    }
    let cost = input.lowered.ruleset.ruleCount + Self.fixedCost
    guard work >= cost else { return proposal }
    work -= cost
    let prover = whole ?? Prover(input)
    whole = prover
    do throws(Refusal) {
      let outcome = try prover.effect(
        of: written.edits, expected: written.expected, for: finding, allowsLockout: allowsLockout)
      proposal.fixClass = outcome.effect.fixClass
      proposal.status = .proved
      proposal.check = outcome.effect.summary
    } catch {
      proposal.status = .refused(error.reason)
    }
    return proposal
  }

  /// The effect of a remedy as a slice of the file shows it; nil when there is no slice, or when it refuses: the whole
  /// file then has the word.
  private mutating func inSlice(_ remedy: Remedy, _ written: WrittenRemedy, _ finding: Finding) -> EditEffect? {
    if !isPrepared {
      slicer = RuleSlicer(input, writer: writer)
      isPrepared = true
    }
    guard let slicer, let slice = slicer.slice(for: remedy, edits: written.edits, of: finding) else { return nil }
    work -= slice.input.lowered.ruleset.ruleCount + Self.fixedCost
    do throws(Refusal) {
      let outcome = try Prover(slice.input).effect(
        of: slice.edits, expected: written.expected, for: slice.finding, allowsLockout: allowsLockout)
      let isWithin = slice.holds(
        outcome.difference, slice.input.lowered.ruleset, outcome.lowered.ruleset, rewritten: slicer.rewritten)
      return isWithin ? outcome.effect : nil
    } catch { return nil }
  }
}
