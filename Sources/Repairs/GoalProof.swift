package import CheckKit
package import FirewallAnalysis
import FirewallModel
import Lowering
import SourceText

extension Repairs {
  /// A remedy that no finding of the linter brought, written and proved by what it is to reach: after the edit
  /// `isReached` holds of the rule set, nothing new is found at level error, and packets are changed no more than the
  /// remedy says.
  package static func proposal(
    _ remedy: Remedy, in input: RepairInput, allowsLockout: Bool = false, isReached: (Analysis) -> Bool
  ) -> Proposal {
    let remedy = ReplyWay.completed(remedy, in: input.analysis)
    let writer = RemedyWriter(ruleset: input.lowered.ruleset, file: input.file, dialect: input.lowered.dialect)
    let written = writer.write(remedy)
    var proposal = Proposal(
      title: written.title, fixClass: written.expected, edits: written.edits, status: .notYetProved,
      instructions: written.instructions)
    if let refusal = written.refusal {
      proposal.status = .refused(refusal.reason)
      return proposal
    }
    if written.edits.isEmpty { return proposal }
    let prover = Prover(input)
    do throws(Refusal) {
      let outcome = try prover.apply(written.edits)
      guard isReached(outcome.analysis) else { throw Refusal("the packets are still refused after the edit") }
      try prover.requireNothingNew(atLeast: .error, outcome)
      proposal.fixClass = outcome.effect.fixClass
      guard outcome.effect.fixClass <= written.expected else {
        throw Refusal("the edit was to be `\(written.expected.rawValue)` and is `\(outcome.effect.fixClass.rawValue)`")
      }
      try prover.requireWayIn(outcome, allowsLockout: allowsLockout)
      proposal.status = .proved
      proposal.check = outcome.effect.summary
    } catch {
      proposal.status = .refused(error.reason)
    }
    return proposal
  }
}
