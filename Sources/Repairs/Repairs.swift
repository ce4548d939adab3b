package import CheckKit
package import FirewallAnalysis
package import FirewallModel
package import Lowering
package import PacketSets
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
  /// Rules on which the checks' general facts rest; they stay when a proof reads only a part of the file.
  package var supports: Set<RuleID>
  /// Runs the same checks with the same levels over another rule set.
  package var relint: @Sendable (Lowered, Analysis) -> [Finding]
  /// The same where the rule set differs from this one for packets of the regions only; nil: as `relint`.
  package var relintRegions: (@Sendable (Lowered, Analysis, [Box]) -> [Finding])?

  package init(
    file: SourceFile, lowered: Lowered, analysis: Analysis, findings: [Finding],
    supports: Set<RuleID> = [], reread: @escaping @Sendable (SourceFile) -> Lowered,
    relint: @escaping @Sendable (Lowered, Analysis) -> [Finding],
    relintRegions: (@Sendable (Lowered, Analysis, [Box]) -> [Finding])? = nil
  ) {
    self.relintRegions = relintRegions
    self.file = file
    self.lowered = lowered
    self.analysis = analysis
    self.findings = findings
    self.supports = supports
    self.reread = reread
    self.relint = relint
  }
}

/// Remedies written, proved and put together.
package enum Repairs {
  /// The remedies of each finding as proposals, in the order of both. `findings` are some or all of `input.findings`;
  /// at most `limit` of them are proved, and no more than a work budget of about `workBudget` rules read again; what is
  /// beyond is `notYetProved`. A proof reads the rules that the edit's packets may match; only where these are most of
  /// the file, the whole of it.
  package static func proposals(
    for findings: [Finding], in input: RepairInput, limit: Int, allowsLockout: Bool = false, workBudget: Int = 12_000
  ) -> [[Proposal]] {
    guard findings.contains(where: { !$0.remedies.isEmpty }) else { return findings.map { _ in [] } }
    let writer = RemedyWriter(ruleset: input.lowered.ruleset, file: input.file, dialect: input.lowered.dialect)
    var proofs = Proofs(input, writer: writer, allowsLockout: allowsLockout, work: workBudget)
    var tried = 0
    return findings.map { finding in
      guard !finding.remedies.isEmpty else { return [] }
      guard tried < limit else { return finding.remedies.map { unproved(writer.write($0)) } }
      tried += 1
      return finding.remedies.map { proofs.proposal($0, for: finding) }
    }
  }

  static func unproved(_ written: WrittenRemedy) -> Proposal {
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
