import BuiltinChecks
import CheckKit

/// Which checks run and at which level, as the command line, the configuration and policies say.
struct RuleSelection: Sendable {
  /// All checks of the program: the built-in ones and those of the reader itself.
  static let catalogue: [CheckMetadata] = allChecks.map { $0.metadata } + LoadChecks.all

  /// Codes that run.
  private(set) var enabled: Set<String>
  private var levels: [String: ChosenLevel] = [:]
  var minimumConfidence = Confidence.likely
  /// nil: never.
  var failOn: Level? = .warning

  private enum ChosenLevel { case level(Level), off }

  var checks: [CheckMetadata] { Self.catalogue.filter { enabled.contains($0.code) } }

  init(_ options: CheckOptions) throws(UsageError) {
    let codes = Self.catalogue.map { $0.code }
    enabled = Set(codes)
    // What is said with more letters wins: `--select ICMP --ignore ICMP001` and the other way round.
    var choices: [(selector: Selector, isOn: Bool)] = []
    if let select = options.select {
      enabled = Set(codes.filter { $0.hasPrefix("LOAD") })
      for text in Self.split(select) { choices.append((try Selector(text), true)) }
    }
    for text in Self.split(options.extendSelect) { choices.append((try Selector(text), true)) }
    for text in Self.split(options.ignore) { choices.append((try Selector(text), false)) }
    for (index, choice) in choices.enumerated() {
      if let other = choices[..<index].first(where: {
        $0.selector.text == choice.selector.text && $0.isOn != choice.isOn
      }) {
        throw UsageError("`\(other.selector.text)` is both selected and ignored")
      }
    }
    for choice in choices.sorted(by: { $0.selector.precision < $1.selector.precision }) {
      let matching = Self.catalogue.filter { choice.selector.matches($0) }.map { $0.code }
      if choice.isOn { enabled.formUnion(matching) } else { enabled.subtract(matching) }
    }
    for text in Self.split(options.levels) { try setLevel(text) }
    if let text = options.minimumConfidence {
      guard let confidence = Confidence(rawValue: text) else {
        throw unknown("confidence", text, among: Confidence.allCases.map { $0.rawValue })
      }
      minimumConfidence = confidence
    }
    if let text = options.failOn { try setFailOn(text) }
  }

  private static func split(_ texts: [String]) -> [String] {
    texts.flatMap { $0.split(separator: ",").map { $0.filter { $0 != " " } } }.filter { !$0.isEmpty }
  }

  mutating func setFailOn(_ text: String) throws(UsageError) {
    if text == "never" {
      failOn = nil
    } else if let level = Level(rawValue: text) {
      failOn = level
    } else {
      throw unknown("level", text, among: Level.allCases.map { $0.rawValue } + ["never"])
    }
  }

  private mutating func setLevel(_ text: String) throws(UsageError) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { throw UsageError("`--level \(text)`: expected CODE=error, warning, note or off") }
    let selector = try Selector(parts[0])
    let chosen: ChosenLevel
    if parts[1] == "off" {
      chosen = .off
    } else if let level = Level(rawValue: parts[1]) {
      chosen = .level(level)
    } else {
      throw unknown("level", parts[1], among: Level.allCases.map { $0.rawValue } + ["off"])
    }
    for check in Self.catalogue where selector.matches(check) { set(check.code, chosen) }
  }

  private mutating func set(_ code: String, _ chosen: ChosenLevel) {
    levels[code] = chosen
    if case .off = chosen { enabled.remove(code) }
  }

  /// A level from a policy or configuration; the command line wins, so call it first.
  mutating func setLevel(of code: String, _ level: Level) { levels[code] = .level(level) }

  mutating func enableOnly(_ codes: Set<String>) { enabled = enabled.intersection(codes) }

  /// The finding at the level that was chosen for its code; nil when it is not to be shown.
  func applied(to finding: Finding) -> Finding? {
    guard enabled.contains(finding.code), finding.confidence >= minimumConfidence else { return nil }
    var finding = finding
    if case .level(let level)? = levels[finding.code] { finding.level = level }
    return finding
  }
}

/// `ICMP001`, a name (`shadowed-rule`), a prefix of codes (`ICMP`), a group (`icmp`), or `all`.
private struct Selector {
  let text: String
  /// More letters, more precise; whole codes most.
  let precision: Int

  init(_ text: String) throws(UsageError) {
    self.text = text
    let catalogue = RuleSelection.catalogue
    let isCode = catalogue.contains { $0.code == text || $0.name == text }
    let isGroup = text == "all" || text == "default" || CheckMetadata.Group(rawValue: text) != nil
    precision = isCode ? 1000 : isGroup ? 0 : text.utf8.count
    guard isCode || isGroup || catalogue.contains(where: { $0.code.hasPrefix(text) }) else {
      let names = catalogue.map { $0.code } + catalogue.map { $0.name }
      throw unknown("check", text, among: names + CheckMetadata.Group.allCases.map { $0.rawValue })
    }
  }

  func matches(_ check: CheckMetadata) -> Bool {
    if text == "all" || text == "default" { return true }
    if check.code == text || check.name == text { return true }
    if precision == 1000 { return false }
    return CheckMetadata.Group(rawValue: text).map { $0 == check.group } ?? check.code.hasPrefix(text)
  }
}
