package import CheckKit
package import FirewallModel
package import PacketLogs

/// One reason why connections are slow, hang or are refused.
package struct Cause: Sendable {
  /// How it is known.
  package enum Certainty: Int, Sendable, Comparable {
    /// Possible: the rules may do it, by a check that is not sure or of a low level.
    case possible
    /// The rules do it; no log line has shown it yet.
    case predicted
    /// The log shows it.
    case observed
    /// The log shows it and the rules explain it.
    case confirmed
    package static func < (a: Certainty, b: Certainty) -> Bool { a.rawValue < b.rawValue }
  }

  package var kind: CauseKind
  package var certainty: Certainty
  package var level: Level
  /// nil: no wait that can be told.
  package var delay: Delay?
  /// Lines of the log; 0: predicted.
  package var count = 0
  package var first: Double?
  package var last: Double?
  package var timeBase = TimeBase.none
  /// What the log says, one sentence for each symptom.
  package var observations: [String] = []
  package var symptoms: [String] = []
  /// Where it is done, the certain places first.
  package var places: [Place] = []
  /// Findings of the linter about the same fault: indices into the list that was given.
  package var findings: [Int] = []
  /// What to change where no finding brings a remedy: written and proved by the caller, with the line that has to pass.
  package var remedies: [Remedy] = []
  /// In words, where nothing can be written.
  package var advice: [String] = []
  /// Lines that were refused, so that a remedy can be tried on them.
  package var examples: [LogEvent] = []
  /// The log shows that little hangs on it: IPv6 on a link where only link-local addresses are used.
  package var isMinor = false
  /// A cause that explains this one.
  package var followsFrom: CauseKind?

  package struct Place: Hashable, Sendable {
    package var chain: ChainID
    /// nil: the policy.
    package var rule: RuleID?
    package var isProbable: Bool

    package init(chain: ChainID, rule: RuleID?, isProbable: Bool) {
      self.chain = chain
      self.rule = rule
      self.isProbable = isProbable
    }
  }
}
