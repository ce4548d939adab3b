import SourceText

/// Reads typed values out of a YAML tree and collects what is wrong, so that one run shows all of it.
struct YAMLReader {
  let path: String
  let source: SourceFile
  private(set) var problems: [ConfigurationProblem] = []

  init(path: String, bytes: [UInt8]) {
    self.path = path
    source = SourceFile(id: SourceID(0), path: path, bytes: bytes)
  }

  mutating func complain(_ message: String, at node: YAMLNode, hint: String? = nil) {
    guard problems.count < 100 else { return }
    problems.append(
      ConfigurationProblem(
        path: path, line: node.line, column: node.column, message: message, hint: hint,
        excerpt: Escaping.escaped(source.textOfLine(node.line))))
  }

  mutating func fail(_ problem: ConfigurationProblem) { problems.append(problem) }

  /// The values of a mapping by key. A key that is not in `known` is a problem; one in `later` says that it is not
  /// supported yet. Keys whose value is empty are left out.
  mutating func mapping(
    _ node: YAMLNode, _ what: String, known: [String], later: [String] = []
  ) -> [String: YAMLNode] {
    guard case .mapping(let pairs) = node.content else {
      complain("\(what) must be a mapping, not \(node.kind)", at: node)
      return [:]
    }
    var result: [String: YAMLNode] = [:]
    for (key, value) in pairs {
      guard case .scalar(let name, _) = key.content else {
        complain("a key must be a text, not \(key.kind)", at: key)
        continue
      }
      if known.contains(name) {
        if case .scalar("", isQuoted: false) = value.content {
          complain("\(Escaping.quoted(name)) has no value", at: key)
        } else {
          result[name] = value
        }
      } else if later.contains(name) {
        complain("\(Escaping.quoted(name)) is not supported by this version", at: key)
      } else {
        complain("unknown key \(Escaping.quoted(name)) in \(what)", at: key, hint: Self.hint(name, known))
      }
    }
    return result
  }

  /// The pairs of a mapping whose keys are free, in the order of the file.
  mutating func pairs(_ node: YAMLNode, _ what: String) -> [(key: YAMLNode, name: String, value: YAMLNode)] {
    guard case .mapping(let pairs) = node.content else {
      complain("\(what) must be a mapping, not \(node.kind)", at: node)
      return []
    }
    var result: [(key: YAMLNode, name: String, value: YAMLNode)] = []
    for (key, value) in pairs {
      if let name = text(key, "a key of \(what)") { result.append((key, name, value)) }
    }
    return result
  }

  mutating func text(_ node: YAMLNode, _ what: String) -> String? {
    guard case .scalar(let text, let isQuoted) = node.content, !text.isEmpty || isQuoted else {
      complain("\(what) must be a text, not \(node.kind)", at: node)
      return nil
    }
    return text
  }

  mutating func integer(_ node: YAMLNode, _ what: String, in range: ClosedRange<Int>) -> Int? {
    guard case .scalar(let text, isQuoted: false) = node.content, let value = Int(text) else {
      complain("\(what) must be a number", at: node)
      return nil
    }
    guard range.contains(value) else {
      complain("\(what) must be from \(range.lowerBound) to \(range.upperBound)", at: node)
      return nil
    }
    return value
  }

  /// The items of a list.
  mutating func items(_ node: YAMLNode, _ what: String) -> [YAMLNode] {
    guard case .sequence(let items) = node.content else {
      complain("\(what) must be a list, not \(node.kind)", at: node, hint: "write it in brackets: [a, b]")
      return []
    }
    return items
  }

  mutating func texts(_ node: YAMLNode, _ what: String) -> [String] {
    var result: [String] = []
    for item in items(node, what) {
      if let text = text(item, "an item of \(what)") { result.append(text) }
    }
    return result
  }

  /// One of a few words.
  mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ node: YAMLNode, _ what: String, _ type: Value.Type
  ) -> Value? {
    guard let text = text(node, what) else { return nil }
    if let value = Value(rawValue: text) { return value }
    let names = Value.allCases.map { $0.rawValue }
    complain(
      "\(what) cannot be \(Escaping.quoted(text)); it is one of \(names.joined(separator: ", "))", at: node,
      hint: Self.hint(text, names))
    return nil
  }

  static func hint(_ name: String, _ known: [String]) -> String? {
    NearMiss.nearest(to: name, among: known).first.map { "did you mean `\($0)`?" }
  }
}
