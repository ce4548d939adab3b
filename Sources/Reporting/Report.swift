package import CheckKit
package import FirewallModel
package import SourceText

/// Everything that a run has to tell; each output format is one rendering of it.
package struct Report: Sendable {
  /// One rule set: a file with what it includes.
  package struct Unit: Sendable {
    package var path: String
    package var dialect: Dialect
    /// Would nft or iptables-restore take the text.
    package var isLoadable: Bool
    package var sources: SourceMap
    package var ruleset: Ruleset

    package init(path: String, dialect: Dialect, isLoadable: Bool, sources: SourceMap, ruleset: Ruleset) {
      self.path = path
      self.dialect = dialect
      self.isLoadable = isLoadable
      self.sources = sources
      self.ruleset = ruleset
    }
  }

  package var units: [Unit] = []
  /// Sorted by unit, file, place and code; without the suppressed ones.
  package var findings: [ReportedFinding] = []
  package var suppressed: [ReportedFinding] = []
  /// The checks that ran, in the order of the catalogue.
  package var checks: [CheckMetadata] = []
  /// Inputs that could not be read, with why.
  package var unread: [(path: String, message: String)] = []
  package var logs: LogSummary?
  /// The configuration file that was read.
  package var configPath: String?
  /// `0.1.0`.
  package var version = ""
  /// The folder that SARIF paths are relative to, as an absolute path without a slash at its end.
  package var baseDirectory = ""

  package init() {}
}

/// A finding with what the run added to it.
package struct ReportedFinding: Sendable {
  /// Index in `Report.units`.
  package var unit: Int
  package var finding: Finding
  package var fixes: [ReportedFix]
  /// Why it is not shown; nil: it is.
  package var suppression: Suppression?
  /// What the log given beside says of the same fault: `seen 1,204 times in the log since …`; nil: nothing.
  package var logEvidence: String?

  package struct Suppression: Sendable {
    package var reason: String?
    package var origin: SourceRange
    package init(reason: String?, origin: SourceRange) {
      self.reason = reason
      self.origin = origin
    }
  }

  package init(unit: Int, finding: Finding, fixes: [ReportedFix] = [], suppression: Suppression? = nil) {
    self.unit = unit
    self.finding = finding
    self.fixes = fixes
    self.suppression = suppression
  }
}

/// A remedy as it is offered.
package struct ReportedFix: Sendable {
  package enum Status: Hashable, Sendable {
    case proved
    case notYetProved
    /// Tried and refused; why.
    case refused(String)
  }
  package var title: String
  package var fixClass: FixClass
  package var edits: [TextEdit]
  package var status: Status
  /// Lines of help that are no edits: sysctls, advice.
  package var instructions: [String]
  /// What the proof found, in words; empty when it says no more than the class.
  package var proof: String

  package init(
    title: String, fixClass: FixClass, edits: [TextEdit], status: Status, instructions: [String] = [],
    proof: String = ""
  ) {
    self.title = title
    self.fixClass = fixClass
    self.edits = edits
    self.status = status
    self.instructions = instructions
    self.proof = proof
  }

  /// Whether it can be written into the rule set.
  package var isOffered: Bool {
    if case .refused = status { return false }
    return !edits.isEmpty
  }
}
