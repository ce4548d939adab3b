package import FirewallModel
package import SourceText

/// A rule set in the common model, and all that was wrong with its text.
package struct Lowered: Sendable {
  package var ruleset: Ruleset
  package var dialect: Dialect
  /// Sorted by place. Whatever is wrong, the rest has been read.
  package var problems: [Problem]
  /// Would nft or iptables-restore take this text, as far as can be told without the machine it is for.
  package var isLoadable: Bool { problems.isEmpty && !isListing }
  /// The text is a listing that the tool prints but does not read back (`iptables -S`). Not a fault of the text.
  package var isListing = false

  package init(ruleset: Ruleset, dialect: Dialect, problems: [Problem]) {
    self.ruleset = ruleset
    self.dialect = dialect
    self.problems = problems
  }
}

/// An `include` that the reader meets. The caller does the I/O.
package struct IncludeRequest: Sendable {
  /// As written, glob characters included.
  package var pattern: String
  /// The file that includes.
  package var from: SourceFile
  package init(pattern: String, from: SourceFile) {
    self.pattern = pattern
    self.from = from
  }
}

/// The answer to an include.
package enum IncludeAnswer: Sendable {
  /// In the order in which nft reads them; none is fine for a glob without match.
  case files([SourceFile])
  /// In plain words, e.g. "no such file"; becomes a `missingInclude` problem.
  case failed(String)
}

/// Options for nft scripts.
package struct NftablesOptions: Sendable {
  /// `-D name=value`, in order.
  package var defines: [(name: String, value: String)] = []
  package init() {}
}
