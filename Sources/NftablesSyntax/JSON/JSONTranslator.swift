import JSONText
import SourceText

/// Why a part of the JSON says nothing in nft's language, and where.
struct JSONRefusal: Error {
  var kind: Problem.Kind
  var message: String
  var range: Range<Int>
  var hint: String?
}

/// Writes the script. Functions that translate an expression or statement throw where the JSON has the wrong shape;
/// the statement or command round it then becomes a problem and a placeholder, and the rest is read on.
struct JSONTranslator {
  struct Segment: Sendable {
    /// Offsets in the script.
    var lower: UInt32
    var upper: UInt32
    var json: SourceRange
    /// Index of the segment round this one; -1: none.
    var parent: Int
    var isPlaceholder = false
  }

  static let maximumProblems = 1000

  let source: SourceFile
  var bytes: [UInt8] = []
  var segments: [Segment] = []
  var problems: [Problem] = []
  private var enclosing = -1
  /// The comment of the rule being written, until it is written.
  var pendingComment: JSONNode?
  /// The next word stands right behind the last: a port behind its colon.
  private var isGlued = false
  let words = WordTable.shared

  init(source: SourceFile) { self.source = source }

  // MARK: Output

  /// Writes a word with a blank before it, unless something stands before it that needs none.
  mutating func put(_ text: String) {
    if needsBlank { bytes.append(UInt8(ascii: " ")) }
    isGlued = false
    bytes.append(contentsOf: text.utf8)
  }

  private var needsBlank: Bool {
    guard !isGlued, let last = bytes.last else { return false }
    return last != UInt8(ascii: "\n") && last != UInt8(ascii: " ") && last != UInt8(ascii: "(")
  }

  /// Writes a text right behind the last; with `next` the word after it follows without a blank too.
  mutating func glue(_ text: String, next: Bool = false) {
    bytes.append(contentsOf: text.utf8)
    isGlued = next
  }

  /// Records that what `body` writes stands for a JSON value. What a failing body wrote is taken back.
  mutating func mark<E: Error>(
    _ node: JSONNode, isPlaceholder: Bool = false, _ body: (inout JSONTranslator) throws(E) -> Void
  ) throws(E) {
    let index = segments.count
    let start = bytes.count
    // The blank before the first word is not part of it.
    let lower = needsBlank ? start + 1 : start
    segments.append(
      Segment(
        lower: UInt32(truncatingIfNeeded: lower), upper: 0, json: range(node.range), parent: enclosing,
        isPlaceholder: isPlaceholder))
    let outer = enclosing
    enclosing = index
    defer { enclosing = outer }
    do throws(E) {
      try body(&self)
    } catch {
      bytes.removeLast(bytes.count - start)
      isGlued = false
      segments.removeLast(segments.count - index)
      throw error
    }
    segments[index].lower = UInt32(truncatingIfNeeded: min(lower, bytes.count))
    segments[index].upper = UInt32(truncatingIfNeeded: bytes.count)
  }

  // MARK: Problems

  func range(_ range: Range<Int>) -> SourceRange {
    SourceRange(
      file: source.id, lower: UInt32(truncatingIfNeeded: range.lowerBound),
      upper: UInt32(truncatingIfNeeded: range.upperBound))
  }

  mutating func report(_ kind: Problem.Kind, _ message: String, at place: Range<Int>, hint: String? = nil) {
    if problems.count < Self.maximumProblems {
      problems.append(Problem(kind, message, at: range(place), hint: hint))
    } else if problems.count == Self.maximumProblems {
      problems.append(Problem(kind, "more problems follow that are not shown", at: range(place)))
    }
  }

  mutating func report(_ refusal: JSONRefusal) {
    report(refusal.kind, refusal.message, at: refusal.range, hint: refusal.hint)
  }

  func refuse(_ message: String, at node: JSONNode, hint: String? = nil) -> JSONRefusal {
    JSONRefusal(kind: .typeError, message: message, range: node.range, hint: hint)
  }

  func expected(_ what: String, at node: JSONNode) -> JSONRefusal {
    refuse("expected \(what), found \(Self.kindName(node))", at: node)
  }

  static func kindName(_ node: JSONNode) -> String {
    switch node.content {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  // MARK: Reading

  /// The only member of an object that names what it is: `{"match": …}`.
  func single(_ node: JSONNode, _ what: String) throws(JSONRefusal) -> JSONNode.Member {
    guard let members = node.members else { throw expected(what, at: node) }
    guard let first = members.first else { throw refuse("an empty object where \(what) is needed", at: node) }
    if members.count > 1 {
      throw JSONRefusal(
        kind: .syntaxError, message: "an object with \(members.count) members where one names \(what)",
        range: members[1].keyRange, hint: nil)
    }
    return first
  }

  func need(_ key: String, in node: JSONNode) throws(JSONRefusal) -> JSONNode {
    guard node.members != nil else { throw expected("an object", at: node) }
    guard let value = node[key] else { throw refuse("`\(key)` is missing", at: node) }
    return value
  }

  func string(_ node: JSONNode) throws(JSONRefusal) -> String {
    guard let text = node.stringValue else { throw expected("a string", at: node) }
    return text
  }

  /// A whole number that is not negative, as it is written; also in a string, as older releases print it.
  func number(_ node: JSONNode) throws(JSONRefusal) -> String {
    switch node.content {
    case .number(let text) where text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } && text.utf8.count <= 40: return text
    case .string(let text) where !text.isEmpty && text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } && text.utf8.count <= 40:
      return text
    case .number: throw refuse("expected a whole number that is not negative", at: node)
    default: throw expected("a number", at: node)
    }
  }

  /// The strings of an array, or one string alone.
  func strings(_ node: JSONNode) throws(JSONRefusal) -> [JSONNode] {
    let values = node.arrayValue ?? [node]
    for value in values { _ = try string(value) }
    return values
  }

  // MARK: Lexemes

  /// A time as listings write it: `1d2h3m4s`.
  static func duration(_ digits: String, seconds: Bool) -> String {
    guard let number = UInt64(digits), number < UInt64.max / 1000 else { return digits + (seconds ? "s" : "ms") }
    var rest = seconds ? number * 1000 : number
    var text = ""
    let units: [(name: String, size: UInt64)] = [
      ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]
    for unit in units where rest >= unit.size {
      text += "\(rest / unit.size)\(unit.name)"
      rest %= unit.size
    }
    return text.isEmpty ? "0s" : text
  }

  /// A name or value that is a text. What one token cannot hold is put in quotes; a text that quotes cannot hold is
  /// refused, for nft has no escapes.
  mutating func putText(_ node: JSONNode, alwaysQuoted: Bool = false) throws(JSONRefusal) {
    let text = try string(node)
    let lexeme = try lexeme(text, at: node, alwaysQuoted: alwaysQuoted)
    mark(node) { $0.put(lexeme) }
  }

  func lexeme(_ text: String, at node: JSONNode, alwaysQuoted: Bool = false) throws(JSONRefusal) -> String {
    let utf8 = Array(text.utf8)
    if !alwaysQuoted, Self.isOneToken(utf8) { return text }
    for byte in utf8 where byte == UInt8(ascii: "\"") || byte < 0x20 {
      throw refuse("a text with quotes or control characters cannot be said in nft's language", at: node)
    }
    guard utf8.count <= 4096 else { throw refuse("a text of \(utf8.count) bytes", at: node) }
    return "\"\(text)\""
  }

  /// True for a word, number or address that stands for itself.
  static func isOneToken(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, bytes.count <= 256, first != UInt8(ascii: "\"") else { return false }
    for byte in bytes where byte <= 0x20 || byte >= 0x7f { return false }
    let tokens = Lexer.tokens(bytes)
    guard tokens.count == 2, tokens[0].lower == 0, tokens[0].upper == bytes.count else { return false }
    switch tokens[0].kind {
    case .word:
      switch tokens[0].word {
      case .accept, .drop, .continue, .return, .jump, .goto, .timeout, .expires, .comment, .counter, .limit, .quota,
        .last, .map, .vmap, .or, .and, .xor, .lshift, .rshift, .eq, .ne, .lt, .gt, .le, .ge:
        return false
      default: return true
      }
    case .number, .timeString, .address: return true
    default: return false
    }
  }
}
