/// The exit codes of the program; a contract inside a major version.
package enum ExitCode: Int32, Sendable {
  /// Everything asked for was analysed; nothing at or above `--fail-on`.
  case clean = 0
  /// Analysed; findings at or above `--fail-on`.
  case findings = 1
  /// A bad flag, configuration, rule or key: nothing was analysed.
  case usage = 2
  /// Some input could not be read or parsed, or holds a statement that is not recognised.
  case incomplete = 3
  /// A fault of fwlint itself.
  case internalError = 4
  /// No input matched.
  case noInput = 5
}
