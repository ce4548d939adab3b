package import CheckKit

/// What `.fwlint.yml` says. Paths and patterns are as written, relative to the folder of the file.
package struct Configuration: Sendable {
  package static let fileNames = [".fwlint.yml", "fwlint.yml"]

  /// The level from which findings make the run fail.
  package enum FailOn: Sendable, Hashable {
    case never
    case level(Level)
  }

  package struct Input: Sendable, Hashable {
    package var include: [String] = []
    package var exclude: [String] = []
    package var includePaths: [String] = []
    package var defines: [Define] = []

    package struct Define: Sendable, Hashable {
      package var name: String
      package var value: String
    }
  }

  package struct Rules: Sendable {
    /// nil: not said.
    package var select: [String]?
    package var ignore: [String] = []
    /// In the order of the file; nil level: off.
    package var levels: [(selector: String, level: Level?)] = []
  }

  package struct PerFile: Sendable, Hashable {
    package var files: [String]
    package var ignore: [String]
    package var reason: String?
  }

  package var failOn: FailOn?
  package var minimumConfidence: Confidence?
  package var policies: [String] = []
  package var input = Input()
  package var host: HostFile?
  package var rules = Rules()
  package var perFile: [PerFile] = []

  package init() {}
}

extension Configuration {
  /// Reads a configuration file. Checks, groups and levels are looked up in the catalogue; nothing else is looked at.
  package static func read(
    _ bytes: [UInt8], path: String, catalogue: [CheckMetadata]
  ) -> Result<Configuration, ConfigurationProblems> {
    var reader = YAMLReader(path: path, bytes: bytes)
    switch YAMLTree.read(bytes, path: path) {
    case .failure(let problem): return .failure(ConfigurationProblems([problem]))
    case .success(nil):
      let problem = ConfigurationProblem(path: path, line: 0, column: 0, message: "the configuration is empty")
      return .failure(ConfigurationProblems([problem]))
    case .success(let node?):
      let configuration = reader.configuration(node, catalogue)
      return reader.problems.isEmpty ? .success(configuration) : .failure(ConfigurationProblems(reader.problems))
    }
  }
}

extension YAMLReader {
  /// A configuration's `fail-on`.
  private enum FailOnWord: String, CaseIterable {
    case error, warning, note, never
  }

  fileprivate mutating func configuration(_ root: YAMLNode, _ catalogue: [CheckMetadata]) -> Configuration {
    var result = Configuration()
    let values = mapping(
      root, "the configuration",
      known: ["schema", "fail-on", "min-confidence", "policies", "input", "host", "rules", "per-file"],
      later: ["extends", "required-version", "suppress", "baseline"])
    guard case .mapping = root.content else { return result }
    schema(values, of: root)
    if let node = values["fail-on"], let word = choice(node, "`fail-on`", FailOnWord.self) {
      result.failOn = Level(rawValue: word.rawValue).map { .level($0) } ?? .never
    }
    if let node = values["min-confidence"] {
      result.minimumConfidence = choice(node, "`min-confidence`", Confidence.self)
    }
    if let node = values["policies"] { result.policies = texts(node, "`policies`") }
    if let node = values["input"] { result.input = input(node) }
    if let node = values["host"] { result.host = host(node, "`host`") }
    if let node = values["rules"] { result.rules = rules(node, catalogue) }
    if let node = values["per-file"] {
      for item in items(node, "`per-file`") {
        if let entry = perFile(item, catalogue) { result.perFile.append(entry) }
      }
    }
    return result
  }

  private mutating func input(_ node: YAMLNode) -> Configuration.Input {
    var input = Configuration.Input()
    let values = mapping(
      node, "`input`", known: ["include", "exclude", "include-paths", "defines"], later: ["target"])
    if let node = values["include"] { input.include = texts(node, "`include`") }
    if let node = values["exclude"] { input.exclude = texts(node, "`exclude`") }
    if let node = values["include-paths"] { input.includePaths = texts(node, "`include-paths`") }
    if let node = values["defines"] {
      for (_, name, value) in pairs(node, "`defines`") {
        guard let value = text(value, "the value of \(Escaping.quoted(name))") else { continue }
        input.defines.append(.init(name: name, value: value))
      }
    }
    return input
  }

  private mutating func rules(_ node: YAMLNode, _ catalogue: [CheckMetadata]) -> Configuration.Rules {
    var rules = Configuration.Rules()
    let values = mapping(
      node, "`rules`", known: ["select", "ignore", "level", "options"], later: ["no-suppress"])
    if let node = values["select"] { rules.select = selectors(node, "`select`", in: catalogue) }
    if let node = values["ignore"] {
      rules.ignore = selectors(node, "`ignore`", in: catalogue)
      for word in rules.ignore where rules.select?.contains(word) == true {
        complain("\(Escaping.quoted(word)) is both selected and ignored", at: node)
      }
    }
    if let node = values["level"] {
      for (key, _, value) in pairs(node, "`level`") {
        guard let selector = selector(key, in: catalogue), let word = choice(value, "a level", LevelOrOff.self)
        else { continue }
        rules.levels.append((selector, word.level))
      }
    }
    if let node = values["options"] {
      // No check has options so far; a name that nothing reads would be silently without effect.
      for (key, name, _) in pairs(node, "`options`") where selector(key, in: catalogue) != nil {
        complain("the check \(Escaping.quoted(name)) has no options", at: key)
      }
    }
    return rules
  }

  private mutating func perFile(_ node: YAMLNode, _ catalogue: [CheckMetadata]) -> Configuration.PerFile? {
    let values = mapping(node, "an item of `per-file`", known: ["files", "ignore", "reason"])
    guard case .mapping = node.content else { return nil }
    guard let files = values["files"], let ignore = values["ignore"] else {
      complain("an item of `per-file` needs `files` and `ignore`", at: node)
      return nil
    }
    return Configuration.PerFile(
      files: texts(files, "`files`"), ignore: selectors(ignore, "`ignore`", in: catalogue),
      reason: values["reason"].flatMap { text($0, "`reason`") })
  }
}
