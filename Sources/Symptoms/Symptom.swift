package import CheckKit
package import FirewallModel

/// What a log shows to be wrong.
package struct SymptomReport: Sendable {
  /// From the guidance, e.g. `pmtu-blackhole-v4`.
  package var name: String
  package var level: Level
  /// Lines, duplicates included.
  package var count: Int
  /// Seconds as in `LogEvent.time`.
  package var first: Double?
  package var last: Double?
  /// Most frequent first.
  package var sources: [(address: String, count: Int)]
  /// The rule (or, with nil, policy of the chain) that wrote or decided the line, when a rule set was given.
  package var rule: RuleID?
  package var chain: ChainID?
  /// True when two conntrack states give different rules.
  package var isProbable: Bool
  package var explanation: String
  package var remedies: [Remedy]
  /// Codes of the checks that speak of the same fault.
  package var codes: [String]

  package init(
    name: String, level: Level, count: Int, first: Double?, last: Double?, sources: [(address: String, count: Int)],
    rule: RuleID? = nil, chain: ChainID? = nil, isProbable: Bool = false, explanation: String,
    remedies: [Remedy] = [], codes: [String] = []
  ) {
    self.name = name
    self.level = level
    self.count = count
    self.first = first
    self.last = last
    self.sources = sources
    self.rule = rule
    self.chain = chain
    self.isProbable = isProbable
    self.explanation = explanation
    self.remedies = remedies
    self.codes = codes
  }
}
