package import FirewallAnalysis
package import FirewallModel
package import SourceText

/// By consequence: `error` needed traffic is lost or something is exposed, shown by a witness; `warning` probable fault
/// or risk; `note` tidy-up.
package enum Level: String, Sendable, CaseIterable, Comparable {
  case note, warning, error
  package static func < (a: Level, b: Level) -> Bool { a.rank < b.rank }
  private var rank: Int {
    switch self {
    case .note: 0
    case .warning: 1
    case .error: 2
    }
  }
}

/// How sure a finding is, apart from how bad it is: `proved` has a witness and every rule on the path is modelled
/// exactly.
package enum Confidence: String, Sendable, CaseIterable, Comparable {
  case hint, likely, proved
  package static func < (a: Confidence, b: Confidence) -> Bool { a.rank < b.rank }
  private var rank: Int {
    switch self {
    case .hint: 0
    case .likely: 1
    case .proved: 2
    }
  }
}

/// What a check found. A finding at level `error` has a witness.
package struct Finding: Sendable {
  /// From the catalogue, e.g. `ICMP001`.
  package var code: String
  package var level: Level
  package var confidence: Confidence
  /// Lower-case start, no full stop, one line, code in backticks.
  package var message: String
  /// One line at most; what the message speaks of.
  package var primary: SourceRange
  package var labels: [Label]
  /// A concrete packet and its way.
  package var witness: Trace? {
    get { kept.first }
    set { kept = newValue.map { [$0] } ?? [] }
  }
  /// The witness, out of line: a rule set may have tens of thousands of findings, most of them without one.
  private var kept: [Trace]
  /// What a user notices; one or two sentences.
  package var effect: String?
  /// Alternatives, best first; at most one is applied.
  package var remedies: [Remedy]
  /// Rule, chain or table that the finding is about; for suppressions and baselines.
  package var subject: Subject

  /// Where in the text a finding points, and what of the model that is.
  package struct Place: Hashable, Sendable {
    package var range: SourceRange
    package var subject: Subject
    package init(range: SourceRange, subject: Subject) {
      self.range = range
      self.subject = subject
    }
  }

  package enum Subject: Hashable, Sendable {
    case rule(RuleID)
    case chain(ChainID)
    case table(TableID)
    case ruleset
  }

  package init(
    code: String, level: Level, confidence: Confidence, message: String, primary: SourceRange, labels: [Label] = [],
    witness: Trace? = nil, effect: String? = nil, remedies: [Remedy] = [], subject: Subject
  ) {
    self.code = code
    self.level = level
    self.confidence = confidence
    self.message = message
    self.primary = primary
    self.labels = labels
    kept = witness.map { [$0] } ?? []
    self.effect = effect
    self.remedies = remedies
    self.subject = subject
  }
}
