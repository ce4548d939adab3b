package import FirewallModel

/// What a check is, apart from how it decides.
package struct CheckMetadata: Sendable {
  /// Never reused, e.g. `ICMP001`.
  package let code: String
  /// Names the bad thing and reads after "allow", e.g. `icmp4-frag-needed-blocked`.
  package let name: String
  package let level: Level
  package let group: Group
  /// One line, lower-case start, no full stop.
  package let summary: String
  package let page: CheckPage

  package enum Group: String, Sendable, CaseIterable {
    case icmp, ipv6, reject, options, sourcePort = "source-port", broadcast, spoofing, state, exposure, hygiene, rules,
      family, coexistence, nftables, iptables, operation, load, suppression
  }

  package init(code: String, name: String, level: Level, group: Group, summary: String, page: CheckPage) {
    self.code = code
    self.name = name
    self.level = level
    self.group = group
    self.summary = summary
    self.page = page
  }
}

/// The documentation of a check; one source for `fwlint explain`, the man page and SARIF help. Plain text with
/// backticks; examples are whole files that the test suite lints.
package struct CheckPage: Sendable {
  package var finds: String
  package var matters: String
  package var decides: String
  /// A rule set that the check reports, and its corrected form, in each dialect that the check speaks of.
  package var examples: [Example]
  package var fixSafety: String
  package var ignoreWhen: String
  package var notReported: String
  package var checkByHand: String
  /// RFC, kernel file, or FAQ section; only what was read.
  package var sources: String

  package struct Example: Sendable {
    package var dialect: Dialect
    package var bad: String
    package var good: String
    package init(_ dialect: Dialect, bad: String, good: String) {
      self.dialect = dialect
      self.bad = bad
      self.good = good
    }
  }

  package init(
    finds: String, matters: String, decides: String, examples: [Example], fixSafety: String, ignoreWhen: String,
    notReported: String, checkByHand: String, sources: String
  ) {
    self.finds = finds
    self.matters = matters
    self.decides = decides
    self.examples = examples
    self.fixSafety = fixSafety
    self.ignoreWhen = ignoreWhen
    self.notReported = notReported
    self.checkByHand = checkByHand
    self.sources = sources
  }
}

/// A check: metadata and a pure function. Registered by one line in `AllChecks.swift`.
package struct Check: Sendable {
  package let metadata: CheckMetadata
  package let run: @Sendable (CheckContext) -> [Finding]
  package init(_ metadata: CheckMetadata, run: @escaping @Sendable (CheckContext) -> [Finding]) {
    self.metadata = metadata
    self.run = run
  }
}
