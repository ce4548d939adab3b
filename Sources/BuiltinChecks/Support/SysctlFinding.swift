import CheckKit
import HostFacts

/// Findings about one sysctl; silent when it was not given.
enum SysctlFinding {
  static func equal(
    _ context: CheckContext, code: String, level: Level, key: String, bad: String, good: String, message: String,
    effect: String
  ) -> [Finding] {
    guard let entry = context.host.sysctls?[key], entry.value == bad else { return [] }
    return [finding(code, level, entry, key, good, message, effect)]
  }

  /// A number below a bound; `{}` in the message stands for it.
  static func below(
    _ context: CheckContext, code: String, key: String, bound: Int, good: String, message: String, effect: String
  ) -> [Finding] {
    guard let entry = context.host.sysctls?[key], let value = Int(entry.value), value < bound else { return [] }
    let parts = message.split(separator: "{}", maxSplits: 1, omittingEmptySubsequences: false)
    return [finding(code, .note, entry, key, good, parts.joined(separator: "\(value)"), effect)]
  }

  private static func finding(
    _ code: String, _ level: Level, _ entry: Sysctls.Entry, _ key: String, _ good: String, _ message: String,
    _ effect: String
  ) -> Finding {
    Finding(
      code: code, level: level, confidence: .proved, message: message, primary: entry.origin, effect: effect,
      remedies: [Remedy("set `\(key)=\(good)`", expected: .host, changes: [.sysctl(key: key, value: good)])],
      subject: .ruleset)
  }
}
