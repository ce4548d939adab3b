/// A second place that a problem or finding speaks of, with a short text for it.
package struct Label: Hashable, Sendable {
  package var range: SourceRange
  package var message: String
  package init(_ message: String, at range: SourceRange) {
    self.range = range
    self.message = message
  }
}

/// What is wrong with a text itself: something that nft(8) or iptables-restore(8) would refuse, or that the reader
/// does not recognise. Parsing never throws; it returns problems beside what it read.
package struct Problem: Hashable, Sendable {
  /// The kinds; the raw value is the code that users see.
  package enum Kind: String, Sendable, CaseIterable {
    case syntaxError = "LOAD001"
    case typeError = "LOAD002"
    case undefinedReference = "LOAD003"
    case notAllowedHere = "LOAD004"
    case missingInclude = "LOAD005"
    case conflictingIntervals = "LOAD006"
    case jumpLoop = "LOAD007"
  }

  package var kind: Kind
  /// Lower-case start, no full stop.
  package var message: String
  package var range: SourceRange
  package var labels: [Label]
  /// The remedy, e.g. "did you mean `dport`?".
  package var hint: String?

  package init(
    _ kind: Kind, _ message: String, at range: SourceRange, labels: [Label] = [], hint: String? = nil
  ) {
    self.kind = kind
    self.message = message
    self.range = range
    self.labels = labels
    self.hint = hint
  }
}
