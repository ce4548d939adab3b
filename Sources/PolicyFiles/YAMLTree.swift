import SourceText
import Yams

/// A YAML document as plain values with places. The only file that knows Yams.
struct YAMLNode: Sendable {
  indirect enum Content: Sendable {
    case scalar(String, isQuoted: Bool)
    case sequence([YAMLNode])
    case mapping([(key: YAMLNode, value: YAMLNode)])
  }
  var content: Content
  /// From 1; a column is one Unicode scalar.
  var line: Int
  var column: Int

  /// `a text`, `a list`, `a mapping`.
  var kind: String {
    switch content {
    case .scalar(let text, let isQuoted): text.isEmpty && !isQuoted ? "nothing" : "a text"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

enum YAMLTree {
  /// Larger files are refused.
  static let maximumSize = 1 << 20
  /// Nodes of one document, those behind aliases counted each time.
  static let maximumNodes = 50_000
  /// More alias marks than this are refused before anything is built: with few of them no text can grow much.
  static let maximumAliases = 12
  static let maximumDepth = 40

  /// Reads one document. An empty file gives nil. Memory: bounded by `maximumSize`; hostile text gives a problem.
  static func read(_ bytes: [UInt8], path: String) -> Result<YAMLNode?, ConfigurationProblem> {
    func problem(_ message: String, line: Int = 0, column: Int = 0) -> ConfigurationProblem {
      let file = line > 0 ? SourceFile(id: SourceID(0), path: path, bytes: bytes) : nil
      return ConfigurationProblem(
        path: path, line: line, column: column, message: message,
        excerpt: file.map { Escaping.escaped($0.textOfLine(line)) })
    }
    guard bytes.count <= maximumSize else { return .failure(problem("the file is larger than 1 MiB")) }
    guard !bytes.contains(0) else { return .failure(problem("the file holds NUL bytes; this is no YAML text")) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return .failure(problem("the file is no UTF-8 text"))
    }
    let scan = scan(bytes)
    if let line = scan.lineOfTooManyAliases {
      return .failure(problem("more than \(maximumAliases) aliases", line: line, column: 1))
    }
    if let line = scan.lineOfTooDeepNesting {
      return .failure(problem("nested deeper than \(maximumDepth) levels", line: line, column: 1))
    }
    do {
      let parser = try Yams.Parser(yaml: text, encoding: .utf8)
      guard let root = try parser.singleRoot() else { return .success(nil) }
      var budget = maximumNodes
      guard let node = converted(root, depth: 0, budget: &budget) else {
        return .failure(problem("too many or too deeply nested values"))
      }
      if case .scalar("", isQuoted: false) = node.content { return .success(nil) }
      return .success(node)
    } catch let error as YamlError {
      let (message, mark) = described(error)
      return .failure(problem(message, line: mark?.line ?? 0, column: mark?.column ?? 0))
    } catch {
      return .failure(problem("the YAML text could not be read"))
    }
  }

  private static func converted(_ node: Node, depth: Int, budget: inout Int) -> YAMLNode? {
    budget -= 1
    guard depth <= maximumDepth, budget >= 0 else { return nil }
    let line = node.mark?.line ?? 0
    let column = node.mark?.column ?? 0
    switch node {
    case .scalar(let scalar):
      let isQuoted = scalar.style != .plain && scalar.style != .any
      let isNull = !isQuoted && (scalar.string == "~" || scalar.string == "null")
      return YAMLNode(
        content: .scalar(isNull ? "" : scalar.string, isQuoted: isQuoted), line: line, column: column)
    case .sequence(let sequence):
      var items: [YAMLNode] = []
      for item in sequence {
        guard let item = converted(item, depth: depth + 1, budget: &budget) else { return nil }
        items.append(item)
      }
      return YAMLNode(content: .sequence(items), line: line, column: column)
    case .mapping(let mapping):
      var pairs: [(key: YAMLNode, value: YAMLNode)] = []
      for (key, value) in mapping {
        guard let key = converted(key, depth: depth + 1, budget: &budget),
          let value = converted(value, depth: depth + 1, budget: &budget)
        else { return nil }
        pairs.append((key, value))
      }
      return YAMLNode(content: .mapping(pairs), line: line, column: column)
    case .alias:
      return nil
    }
  }

  private static func described(_ error: YamlError) -> (String, Mark?) {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      return (context.map { "\(problem) \($0.text)" } ?? problem, mark)
    case .reader(let problem, _, _, _): return (problem, nil)
    case .duplicatedKeysInMapping(let duplicates, let context):
      return ("the key \(Escaping.quoted(duplicates.first ?? "")) stands twice", context.mark)
    default: return ("the YAML text could not be read", nil)
    }
  }

  /// Counts what may be alias marks (`*name` where a value can start) and open brackets, outside of quotes and comments.
  /// It may count too many; it guards the parser, whose cost both can blow up.
  private static func scan(_ bytes: [UInt8]) -> (lineOfTooManyAliases: Int?, lineOfTooDeepNesting: Int?) {
    var line = 1
    var aliases = 0
    var depth = 0
    var quote: UInt8?
    var canStart = true
    var isComment = false
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        line += 1
        (canStart, isComment, quote) = (true, false, nil)
        continue
      }
      if isComment { continue }
      if let open = quote {
        if byte == open { quote = nil }
        continue
      }
      switch byte {
      case UInt8(ascii: "#"): if canStart { isComment = true }
      case UInt8(ascii: "\""), UInt8(ascii: "'"): if canStart { quote = byte }
      case UInt8(ascii: "*"):
        if canStart { aliases += 1 }
        if aliases > maximumAliases { return (line, nil) }
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        if depth > maximumDepth { return (nil, line) }
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
      default: break
      }
      switch byte {
      case 32, 9, UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ","): canStart = true
      default: canStart = false
      }
    }
    return (nil, nil)
  }
}
