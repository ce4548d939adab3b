package import CheckKit

/// A YAML file in `Policies/` or a user's own: which checks run, and at which level.
package struct PolicyPack: Sendable {
  package var name: String
  package var title: String
  /// Codes in the order of the file; nil level: the check's own.
  package var checks: [(code: String, level: Level?)]
  /// Names or paths of packs that this one builds on, already taken into `checks` by `PolicyPack.read`.
  package var extends: [String]

  package init(name: String, title: String, checks: [(code: String, level: Level?)], extends: [String] = []) {
    self.name = name
    self.title = title
    self.checks = checks
    self.extends = extends
  }
}

extension PolicyPack {
  /// How deep packs may build on one another.
  static let maximumDepth = 8

  /// Reads a pack. `resolve` gives the packs that it extends, by the name or path written there, as bytes; nil for one
  /// that does not exist. It does no other input.
  ///
  ///     schema: 1
  ///     name: office
  ///     title: What our office gateways must hold
  ///     extends: [faq]
  ///     checks:
  ///       - ICMP001
  ///       - { check: reject, level: error }
  ///       - { check: HYG004, level: off }
  ///
  /// A later line wins over an earlier one, and over the packs that are extended.
  package static func read(
    _ bytes: [UInt8], path: String, catalogue: [CheckMetadata],
    resolve: (String) -> (bytes: [UInt8], path: String)?
  ) -> Result<PolicyPack, ConfigurationProblems> {
    read(bytes, path: path, catalogue: catalogue, stack: [path], resolve: resolve)
  }

  private static func read(
    _ bytes: [UInt8], path: String, catalogue: [CheckMetadata], stack: [String],
    resolve: (String) -> (bytes: [UInt8], path: String)?
  ) -> Result<PolicyPack, ConfigurationProblems> {
    var reader = YAMLReader(path: path, bytes: bytes)
    let root: YAMLNode
    switch YAMLTree.read(bytes, path: path) {
    case .failure(let problem): return .failure(ConfigurationProblems([problem]))
    case .success(nil):
      return .failure(
        ConfigurationProblems([ConfigurationProblem(path: path, line: 0, column: 0, message: "the policy is empty")]))
    case .success(let node?): root = node
    }
    let values = reader.mapping(root, "a policy", known: ["schema", "name", "title", "extends", "checks"])
    if case .mapping = root.content { reader.schema(values, of: root) }
    var pack = PolicyPack(name: "", title: "", checks: [])
    if let node = values["name"] {
      pack.name = reader.text(node, "`name`") ?? ""
    } else if case .mapping = root.content {
      reader.complain("`name` is missing", at: root)
    }
    if let node = values["title"] { pack.title = reader.text(node, "`title`") ?? "" }
    if let node = values["extends"] {
      for item in reader.items(node, "`extends`") {
        guard let name = reader.text(item, "an item of `extends`") else { continue }
        pack.extends.append(name)
        guard let base = resolve(name) else {
          reader.complain("there is no policy \(Escaping.quoted(name))", at: item)
          continue
        }
        guard !stack.contains(base.path), stack.count < maximumDepth else {
          reader.complain("the policies extend one another in a loop, or too deeply", at: item)
          continue
        }
        switch read(
          base.bytes, path: base.path, catalogue: catalogue, stack: stack + [base.path], resolve: resolve)
        {
        case .failure(let problems): for problem in problems.all { reader.fail(problem) }
        case .success(let other): for check in other.checks { pack.set(check.code, check.level, isOff: false) }
        }
      }
    }
    if let node = values["checks"] {
      for item in reader.items(node, "`checks`") { pack.add(item, &reader, catalogue) }
    } else if pack.extends.isEmpty, reader.problems.isEmpty {
      reader.complain("`checks` is missing", at: root)
    }
    return reader.problems.isEmpty ? .success(pack) : .failure(ConfigurationProblems(reader.problems))
  }

  private mutating func add(_ item: YAMLNode, _ reader: inout YAMLReader, _ catalogue: [CheckMetadata]) {
    var selectorNode = item
    var level: LevelOrOff?
    if case .mapping = item.content {
      let values = reader.mapping(item, "a check of a policy", known: ["check", "level"])
      guard let node = values["check"] else {
        reader.complain("`check` is missing", at: item)
        return
      }
      selectorNode = node
      if let node = values["level"] { level = reader.choice(node, "`level`", LevelOrOff.self) }
    }
    guard let selector = reader.selector(selectorNode, in: catalogue) else { return }
    for code in CheckSelector.codes(selector, in: catalogue) { set(code, level?.level, isOff: level == .off) }
  }

  private mutating func set(_ code: String, _ level: Level?, isOff: Bool) {
    let index = checks.firstIndex { $0.code == code }
    switch (index, isOff) {
    case (let index?, true): checks.remove(at: index)
    case (let index?, false): checks[index].level = level
    case (nil, false): checks.append((code, level))
    case (nil, true): break
    }
  }
}

/// All that is wrong with a file, in the order of its lines; never empty.
package struct ConfigurationProblems: Error, Sendable, Hashable {
  package var all: [ConfigurationProblem]

  init(_ all: [ConfigurationProblem]) {
    self.all = all.enumerated().sorted {
      ($0.element.path, $0.element.line, $0.element.column, $0.offset)
        < ($1.element.path, $1.element.line, $1.element.column, $1.offset)
    }.map { $0.element }
  }

  /// The problems as lines for standard error.
  package var text: String { all.map { $0.text }.joined(separator: "\n") }
}
