package import CheckKit
package import FirewallAnalysis
import FirewallModel
package import Lowering
package import SourceText

/// A file that has been read and checked, and how to read and check another version of it. No I/O happens here: the
/// closures are the caller's.
package struct RepairInput: Sendable {
  package var file: SourceFile
  package var lowered: Lowered
  package var analysis: Analysis
  /// All findings of the file, in the order in which they are reported.
  package var findings: [Finding]
  /// Reads another text of the same file (its id and path) with its includes, as the first one was read.
  package var reread: @Sendable (SourceFile) -> Lowered
  /// Runs the same checks with the same levels over another rule set.
  package var relint: @Sendable (Lowered, Analysis) -> [Finding]

  package init(
    file: SourceFile, lowered: Lowered, analysis: Analysis, findings: [Finding],
    reread: @escaping @Sendable (SourceFile) -> Lowered, relint: @escaping @Sendable (Lowered, Analysis) -> [Finding]
  ) {
    self.file = file
    self.lowered = lowered
    self.analysis = analysis
    self.findings = findings
    self.reread = reread
    self.relint = relint
  }
}

/// Remedies written, proved and put together.
package enum Repairs {
  /// The remedies of each finding as proposals, in the order of both. `findings` are some or all of `input.findings`;
  /// at most `limit` of them are proved, and no more than a work budget of about `workBudget` rules read again; what is
  /// beyond is `notYetProved`.
  package static func proposals(
    for findings: [Finding], in input: RepairInput, limit: Int, allowsLockout: Bool = false, workBudget: Int = 10_000
  ) -> [[Proposal]] {
    guard findings.contains(where: { !$0.remedies.isEmpty }) else { return findings.map { _ in [] } }
    let writer = RemedyWriter(ruleset: input.lowered.ruleset, file: input.file, dialect: input.lowered.dialect)
    let prover = Prover(input)
    // Reading a small file again is not free either; the elements of sets are text without rules.
    let cost = input.lowered.ruleset.ruleCount + input.file.bytes.count / 128 + 200
    var work = workBudget
    var proved = 0
    return findings.map { finding in
      guard !finding.remedies.isEmpty else { return [] }
      let isTried = proved < limit
      if isTried { proved += 1 }
      return finding.remedies.map { remedy in
        guard isTried, work >= cost else { return unproved(writer.write(remedy)) }
        if remedy.changes.contains(where: \.isEdit) { work -= cost }
        return prover.proposal(remedy, for: finding, writer: writer, allowsLockout: allowsLockout)
      }
    }
  }

  private static func unproved(_ written: WrittenRemedy) -> Proposal {
    let status: Proposal.Status =
      if let refusal = written.refusal { .refused(refusal.reason) } else { .notYetProved }
    return Proposal(
      title: written.title, fixClass: written.expected, edits: written.edits, status: status,
      instructions: written.instructions)
  }
}

extension Remedy.Change {
  /// True for what is written into the rule set.
  package var isEdit: Bool {
    switch self {
    case .sysctl, .advice: false
    default: true
    }
  }
}
