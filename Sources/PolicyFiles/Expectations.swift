package import CheckKit
import HostFacts
package import Questions
import SourceText

/// Assertions about a rule set: the file of `fwlint test`.
package struct Expectations: Sendable {
  package struct Assertion: Sendable {
    package enum Kind: String, Sendable {
      case must
      case mustNot = "must-not"
    }
    package var kind: Kind
    package var question: PacketQuestion
    /// The question as written.
    package var text: String
    package var name: String?
    package var level: Level
    package var help: String?
    /// An answer of `may` counts as passed.
    package var allowsMay: Bool
    /// Where the question stands, from 1.
    package var line: Int
    package var column: Int

    /// The name, or what is asserted.
    package var title: String { name ?? "\(kind.rawValue): \(text)" }
  }

  package var assertions: [Assertion] = []
  package var host: HostFile?

  private static let keys = ["schema", "name", "title", "host", "must", "must-not"]

  /// Reads assertions:
  ///
  ///     schema: 1
  ///     host: { interfaces: { wan0: { zone: internet }, lan0: { zone: lan } } }
  ///     must:
  ///       - { that: "every lan -> internet tcp/443 is accepted", name: web-works }
  ///     must-not:
  ///       - any internet -> host tcp/{22,3389} is accepted
  package static func read(_ bytes: [UInt8], path: String) -> Result<Expectations, ConfigurationProblems> {
    var reader = YAMLReader(path: path, bytes: bytes)
    let root: YAMLNode
    switch YAMLTree.read(bytes, path: path) {
    case .failure(let problem): return .failure(ConfigurationProblems([problem]))
    case .success(nil):
      let problem = ConfigurationProblem(path: path, line: 0, column: 0, message: "the file has no assertions")
      return .failure(ConfigurationProblems([problem]))
    case .success(let node?): root = node
    }
    var result = Expectations()
    let values = reader.mapping(root, "the assertions", known: keys)
    if case .mapping = root.content { reader.schema(values, of: root) }
    if let node = values["host"] { result.host = reader.host(node, "`host`") }
    for (key, kind) in [("must", Assertion.Kind.must), ("must-not", .mustNot)] {
      guard let node = values[key] else { continue }
      for item in reader.items(node, "`\(key)`") {
        if let assertion = reader.assertion(item, kind) { result.assertions.append(assertion) }
      }
    }
    // A file that asserts nothing would pass whatever the rules are.
    if reader.problems.isEmpty, result.assertions.isEmpty {
      reader.complain("the file has no assertions", at: root, hint: "list them under `must` and `must-not`")
    }
    return reader.problems.isEmpty ? .success(result) : .failure(ConfigurationProblems(reader.problems))
  }
}

extension Expectations.Assertion {
  /// A problem with what the question names, at its place in the file.
  package func problem(_ problem: QuestionProblem, path: String, bytes: [UInt8]) -> ConfigurationProblem {
    var reader = YAMLReader(path: path, bytes: bytes)
    let node = YAMLNode(content: .scalar(text, isQuoted: false), line: line, column: column)
    reader.complain(problem, at: node)
    return reader.problems[0]
  }
}

/// What `may` is worth.
private enum MayWord: String, CaseIterable {
  case pass, fail
}

extension YAMLReader {
  fileprivate mutating func assertion(
    _ item: YAMLNode, _ kind: Expectations.Assertion.Kind
  ) -> Expectations.Assertion? {
    var node = item
    var result = Expectations.Assertion(
      kind: kind, question: PacketQuestion(from: .init(.any), to: .init(.any), outcome: .accepted), text: "",
      name: nil, level: .error, help: nil, allowsMay: false, line: item.line, column: item.column)
    if case .mapping = item.content {
      let values = mapping(item, "an assertion", known: ["that", "name", "level", "help", "may"])
      guard let that = values["that"] else {
        complain("`that` is missing", at: item, hint: "that: \"any internet -> host tcp/22 is accepted\"")
        return nil
      }
      node = that
      result.name = values["name"].flatMap { text($0, "`name`") }
      result.help = values["help"].flatMap { text($0, "`help`") }
      if let node = values["level"], let level = choice(node, "`level`", Level.self) { result.level = level }
      if let node = values["may"] { result.allowsMay = choice(node, "`may`", MayWord.self) == .pass }
    }
    guard let text = text(node, "a question") else { return nil }
    result.text = text
    (result.line, result.column) = (node.line, node.column)
    do { result.question = try PacketQuestion(parsing: text) } catch {
      complain(error, at: node)
      return nil
    }
    return result
  }

  /// A fault of a question: at its own place where the text stands on one line as it is.
  mutating func complain(_ problem: QuestionProblem, at node: YAMLNode) {
    var place = node
    guard case .scalar(let text, _) = node.content else { return }
    let line = Array(source.textOfLine(node.line).unicodeScalars)
    let start = node.column - 1
    for offset in [start, start + 1] where offset >= 0 && offset + text.unicodeScalars.count <= line.count {
      if Array(line[offset..<(offset + text.unicodeScalars.count)]) == Array(text.unicodeScalars) {
        place.column = offset + 1 + min(problem.place.lower, text.unicodeScalars.count)
        break
      }
    }
    complain(Escaping.escaped(problem.message), at: place, hint: problem.hint.map { Escaping.escaped($0) })
  }
}
