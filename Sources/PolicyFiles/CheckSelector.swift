package import CheckKit
import SourceText

/// The words that choose checks: a code (`ICMP001`), a name, a prefix of codes (`ICMP`), a group (`icmp`), or `all`
/// and `default` for every check.
package enum CheckSelector {
  /// The codes that a selector means, in the order of the catalogue; empty when it means none.
  package static func codes(_ selector: String, in catalogue: [CheckMetadata]) -> [String] {
    if selector.isEmpty { return [] }
    if selector == "all" || selector == "default" { return catalogue.map { $0.code } }
    let exact = catalogue.filter { $0.code == selector || $0.name == selector }
    if !exact.isEmpty { return exact.map { $0.code } }
    if let group = CheckMetadata.Group(rawValue: selector) {
      return catalogue.filter { $0.group == group }.map { $0.code }
    }
    return catalogue.filter { $0.code.hasPrefix(selector) }.map { $0.code }
  }

  /// Whether the word means anything: a group without checks does, a prefix that no code has does not.
  static func isKnown(_ selector: String, in catalogue: [CheckMetadata]) -> Bool {
    CheckMetadata.Group(rawValue: selector) != nil || !codes(selector, in: catalogue).isEmpty
  }

  static func hint(_ selector: String, in catalogue: [CheckMetadata]) -> String? {
    let words = catalogue.map { $0.code } + catalogue.map { $0.name } + CheckMetadata.Group.allCases.map { $0.rawValue }
    return YAMLReader.hint(selector, words)
  }
}

extension YAMLReader {
  /// A selector that is in the catalogue; nil, with a problem, for any other.
  mutating func selector(_ node: YAMLNode, in catalogue: [CheckMetadata]) -> String? {
    guard let text = text(node, "a check") else { return nil }
    if CheckSelector.isKnown(text, in: catalogue) { return text }
    complain("unknown check \(Escaping.quoted(text))", at: node, hint: CheckSelector.hint(text, in: catalogue))
    return nil
  }

  mutating func selectors(_ node: YAMLNode, _ what: String, in catalogue: [CheckMetadata]) -> [String] {
    var result: [String] = []
    for item in items(node, what) {
      if let selector = selector(item, in: catalogue) { result.append(selector) }
    }
    return result
  }

  /// `schema: 1`, which every file must have.
  mutating func schema(_ values: [String: YAMLNode], of root: YAMLNode) {
    guard let node = values["schema"] else {
      complain("`schema: 1` is missing", at: root)
      return
    }
    if case .scalar("1", isQuoted: false) = node.content { return }
    complain("this version reads schema 1 only", at: node)
  }
}

/// A level, or `off`.
enum LevelOrOff: String, CaseIterable {
  case error, warning, note, off

  var level: Level? { Level(rawValue: rawValue) }
}
