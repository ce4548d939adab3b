import BuiltinChecks
import CheckKit
import PolicyFiles

/// Which checks run and at which level, as the command line, the configuration and policies say.
struct RuleSelection: Sendable {
  /// All checks of the program: the built-in ones and those of the reader itself.
  static let catalogue: [CheckMetadata] = allChecks.map { $0.metadata } + LoadChecks.all + SuppressionChecks.all

  /// Codes that run.
  private(set) var enabled: Set<String>
  private var levels: [String: ChosenLevel] = [:]
  var minimumConfidence = Confidence.likely
  /// nil: never.
  var failOn: Level? = .warning

  private var perFile: [PerFile] = []

  private struct PerFile: Sendable {
    var patterns: [GlobPattern]
    var codes: Set<String>
  }

  /// Codes that the configuration ignores in a file.
  func ignored(in path: String) -> Set<String> {
    var path = path
    while path.hasPrefix("./") { path.removeFirst(2) }
    return perFile.reduce(into: Set<String>()) { codes, entry in
      if entry.patterns.contains(where: { $0.matches(path) }) { codes.formUnion(entry.codes) }
    }
  }

  /// What a text does not say right is shown whatever is selected, unless it is ignored by name.
  private static func isAlwaysOn(_ code: String) -> Bool { code.hasPrefix("LOAD") }

  private enum ChosenLevel { case level(Level), off }

  var checks: [CheckMetadata] { Self.catalogue.filter { enabled.contains($0.code) } }

  /// Policies first, then the configuration, then the command line; later ones win.
  init(
    _ options: CheckOptions, configuration: Configuration? = nil, folder: String = "", packs: [PolicyPack] = []
  ) throws(UsageError) {
    let codes = Self.catalogue.map { $0.code }
    enabled = Set(codes)
    if !packs.isEmpty {
      enabled = Set(packs.flatMap { $0.checks.map { $0.code } } + codes.filter(Self.isAlwaysOn))
      for check in packs.flatMap({ $0.checks }) {
        if let level = check.level { levels[check.code] = .level(level) }
      }
    }
    if let rules = configuration?.rules {
      if let select = rules.select {
        enabled = Set(select.flatMap { CheckSelector.codes($0, in: Self.catalogue) } + codes.filter(Self.isAlwaysOn))
      }
      for selector in rules.ignore { enabled.subtract(CheckSelector.codes(selector, in: Self.catalogue)) }
      for (selector, level) in rules.levels {
        for code in CheckSelector.codes(selector, in: Self.catalogue) { set(code, level.map { .level($0) } ?? .off) }
      }
    }
    perFile = (configuration?.perFile ?? []).map { entry in
      let codes = entry.ignore.flatMap { CheckSelector.codes($0, in: Self.catalogue) }
      return PerFile(patterns: entry.files.map { GlobPattern(folder + $0) }, codes: Set(codes))
    }
    // What is said with more letters wins: `--select ICMP --ignore ICMP001` and the other way round.
    var choices: [(selector: Selector, isOn: Bool)] = []
    if let select = options.select {
      enabled = Set(codes.filter(Self.isAlwaysOn))
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
