package import FirewallModel
package import Reporting
package import Symptoms

/// What `fwlint check` was asked to do, as given on the command line; codes and levels are still text.
package struct CheckOptions: Sendable {
  package enum ColorChoice: String, Sendable, CaseIterable { case auto, always, never }

  /// Files and directories; `-` is standard input.
  package var paths: [String] = []
  /// nil: told from the contents.
  package var dialect: Dialect?
  package var standardInputName: String?
  package var includePaths: [String] = []
  /// `NAME=VALUE`.
  package var defines: [String] = []
  package var logs: [String] = []
  /// Thresholds of symptoms by name, where they differ from their own.
  package var thresholds: [String: Threshold] = [:]
  /// The numbers of scans and the like by name.
  package var thresholdNumbers: [String: Double] = [:]
  package var host: String?
  package var sysctl: String?
  package var exclude: [String] = []
  package var allowsEmpty = false
  package var allowsUnknown = false

  /// nil: all checks.
  package var select: [String]?
  package var extendSelect: [String] = []
  package var ignore: [String] = []
  /// `CODE=LEVEL`.
  package var levels: [String] = []
  package var minimumConfidence: String?
  /// error, warning, note or never.
  package var failOn: String?
  package var ignoresInlineSuppressions = false

  package var format: OutputFormat?
  /// `FORMAT=FILE`.
  package var outputs: [String] = []
  package var color: ColorChoice = .auto
  package var width: Int?
  /// Text only; 0: all.
  package var maximumPerRule = 5
  package var isQuiet = false
  package var showsStatistics = false

  /// Fix classes to apply; nil: none.
  package var fix: String?
  package var showsDiff = false
  package var onlyFix: [String] = []
  /// Writes fixes that cut the way of the admin networks, too.
  package var allowsLockout = false

  package var config: String?
  package var ignoresConfig = false
  package var policies: [String] = []
  /// Concurrent tasks; nil: as many as there are cores.
  package var jobs: Int?

  package init() {}
}
