package import CheckKit
package import SourceText

/// A remedy written in the file's dialect, and what the proof says of it.
package struct Proposal: Sendable {
  package enum Status: Hashable, Sendable {
    /// Parsed again; the finding is gone, no new one of its level has come, and the effect is `Proposal.fixClass`.
    case proved
    /// Written but not tried: more findings than are proved in one run.
    case notYetProved
    /// Tried and refused; why.
    case refused(String)
  }
  package var title: String
  /// Computed when proved, else what the check expects.
  package var fixClass: FixClass
  package var edits: [TextEdit]
  package var status: Status
  /// Lines for `help:` that are no edits: sysctls and advice.
  package var instructions: [String]
  /// When proved: what the proof says about packets, for a `fix check:` line. Lower-case start, no full stop.
  package var check: String?

  package init(
    title: String, fixClass: FixClass, edits: [TextEdit], status: Status, instructions: [String] = [],
    check: String? = nil
  ) {
    self.title = title
    self.fixClass = fixClass
    self.edits = edits
    self.status = status
    self.instructions = instructions
    self.check = check
  }
}
