import SourceText

/// Recursive descent over the tokens of one file. Functions that consume are `mutating`; each of them advances or
/// reports, so no input can hang it, and nesting is limited.
struct Parser {
  static let maximumNesting = 60
  static let maximumProblems = 1000
  /// Operators in one expression; deeper trees are refused.
  static let maximumOperators = 200

  let source: SourceFile
  let tokens: [Token]
  var index = 0
  var nodes: [Node] = []
  var problems: [Problem] = []
  var depth = 0
  /// Inside a set literal commas separate elements and line ends mean nothing.
  var braceDepth = 0
  /// Above 0 while the key of a set element is read.
  var keyDepth = 0
  /// Where `1:2` is a traffic class and not a key with data.
  var allowsClassID = true

  init(source: SourceFile, tokens: [Token]) {
    self.source = source
    self.tokens = tokens
    nodes.reserveCapacity(min(tokens.count, 4_000_000))
    nodes.append(Node(.none, first: 0))
  }

  // MARK: Tokens

  @inline(__always) var kind: TokenKind { tokens[index].kind }
  @inline(__always) var word: Word { tokens[index].word }
  @inline(__always) var nextToken: Token { tokens[min(index + 1, tokens.count - 1)] }
  func peek(_ distance: Int) -> Token { tokens[min(index + distance, tokens.count - 1)] }
  @inline(__always) mutating func advance() { if index + 1 < tokens.count { index += 1 } }

  /// Takes a token of this kind if it is next.
  @inline(__always) mutating func take(_ kind: TokenKind) -> Bool {
    if self.kind == kind {
      advance()
      return true
    }
    return false
  }

  @inline(__always) mutating func take(_ word: Word) -> Bool {
    if self.word == word {
      advance()
      return true
    }
    return false
  }

  mutating func skipNewlines() { while kind == .newline { advance() } }

  var isAtSeparator: Bool {
    switch kind {
    case .newline, .semicolon, .rightBrace, .end: true
    default: false
    }
  }

  /// True when no blank stands between this token and the next.
  func isAdjacent(_ offset: Int = 0) -> Bool {
    index + offset + 1 < tokens.count && tokens[index + offset].upper == tokens[index + offset + 1].lower
  }

  func tokenText(_ at: Int) -> String {
    let token = tokens[min(at, tokens.count - 1)]
    return source.text(of: SourceRange(file: source.id, lower: token.lower, upper: token.upper))
  }

  // MARK: Nodes

  @inline(__always) mutating func open(_ kind: NodeKind) -> NodeID {
    nodes.append(Node(kind, first: UInt32(truncatingIfNeeded: index)))
    return UInt32(truncatingIfNeeded: nodes.count - 1)
  }

  /// A node that begins where another begins.
  mutating func open(_ kind: NodeKind, from id: NodeID) -> NodeID {
    nodes.append(Node(kind, first: nodes[Int(id)].first))
    return UInt32(truncatingIfNeeded: nodes.count - 1)
  }

  @inline(__always) mutating func close(_ id: NodeID, _ children: ChildList = ChildList()) {
    nodes[Int(id)].end = UInt32(truncatingIfNeeded: index)
    nodes[Int(id)].child = children.head
  }

  mutating func leaf(_ kind: NodeKind, word: Word = .none) -> NodeID {
    let id = open(kind)
    nodes[Int(id)].word = word
    advance()
    close(id)
    return id
  }

  struct ChildList {
    var head: NodeID = 0
    var tail: NodeID = 0
  }

  @inline(__always) mutating func add(_ id: NodeID, to list: inout ChildList) {
    if id == 0 { return }
    if list.tail == 0 { list.head = id } else { nodes[Int(list.tail)].next = id }
    list.tail = id
  }

  // MARK: Problems

  func range(from: Int, to: Int) -> SourceRange {
    let lower = tokens[min(from, tokens.count - 1)].lower
    let upper = to > from ? tokens[min(to, tokens.count) - 1].upper : lower
    return SourceRange(file: source.id, lower: lower, upper: upper)
  }

  func rangeOfCurrent() -> SourceRange {
    let token = tokens[index]
    // At a line end the place behind the last word is what matters.
    if token.kind == .newline || token.kind == .end, index > 0 {
      let upper = tokens[index - 1].upper
      return SourceRange(file: source.id, lower: upper, upper: upper)
    }
    return SourceRange(file: source.id, lower: token.lower, upper: token.upper)
  }

  mutating func report(_ message: String, at range: SourceRange, labels: [Label] = [], hint: String? = nil) {
    if problems.count < Self.maximumProblems {
      problems.append(Problem(.syntaxError, message, at: range, labels: labels, hint: hint))
    } else if problems.count == Self.maximumProblems {
      problems.append(Problem(.syntaxError, "more syntax errors follow that are not shown", at: range))
    }
  }

  /// Reports what stands here against what was expected. Gives 0, so that callers can return it.
  @discardableResult
  mutating func fail(_ expected: String, near candidates: [String] = []) -> NodeID {
    guard problems.count <= Self.maximumProblems else { return 0 }
    let found: String
    switch kind {
    case .newline: found = "line end"
    case .end: found = "end of file"
    case .junk where source.bytes[Int(tokens[index].lower)] == UInt8(ascii: "\""):
      found = "string without closing quote"
    case .junk: found = "bytes that are not nft text"
    default: found = "`\(String(tokenText(index).prefix(40)))`"
    }
    var hint: String?
    if kind == .word, !candidates.isEmpty, let near = NearestWord.find(tokenText(index), among: candidates) {
      hint = "did you mean `\(near)`?"
    }
    report("unexpected \(found), expected \(expected)", at: rangeOfCurrent(), hint: hint)
    return 0
  }

  /// Runs a parser one level deeper; past the limit it reports and gives 0.
  mutating func nested(_ body: (inout Parser) -> NodeID) -> NodeID {
    guard depth < Self.maximumNesting else {
      report("nested too deeply (more than \(Self.maximumNesting) levels)", at: rangeOfCurrent())
      return 0
    }
    depth += 1
    defer { depth -= 1 }
    return body(&self)
  }

  // MARK: Recovery

  /// Skips to the end of the statement: the next separator outside of braces that were opened on the way.
  mutating func skipStatement() {
    var open = 0
    while true {
      switch kind {
      case .end: return
      case .leftBrace: open += 1
      case .rightBrace:
        if open == 0 { return }
        open -= 1
      case .newline where open > 0:
        // A block that was never closed must not swallow the rest of the file.
        if startsBlockItem(after: index) { return }
      case .newline, .semicolon: if open == 0 { return }
      default: break
      }
      advance()
    }
  }

  /// True when the line after a line end begins a chain, set, map or table block.
  func startsBlockItem(after newline: Int) -> Bool {
    guard newline + 2 < tokens.count else { return false }
    let word = tokens[newline + 1].word
    switch word {
    case .chain, .set, .map:
      return tokens[newline + 2].kind == .word && tokens[min(newline + 3, tokens.count - 1)].kind == .leftBrace
    case .table: return tokens[newline + 2].kind == .word
    default: return false
    }
  }

  /// Skips what is not recognised and gives it a node.
  mutating func unknown(from start: Int) -> NodeID {
    index = max(index, start)
    if index == start, !isAtSeparator { advance() }
    skipStatement()
    nodes.append(Node(.unknown, first: UInt32(truncatingIfNeeded: start)))
    let id = UInt32(truncatingIfNeeded: nodes.count - 1)
    close(id)
    return id
  }
}

/// Finds the word that was probably meant.
package enum NearestWord {
  /// The candidate with the smallest edit distance, at most 2 (1 for words of up to 3 letters).
  package static func find(_ text: String, among candidates: [String]) -> String? {
    let word = Array(text.utf8)
    guard word.count <= 32 else { return nil }
    let limit = word.count <= 3 ? 1 : 2
    var best: (distance: Int, text: String)?
    for candidate in candidates {
      let distance = distance(word, Array(candidate.utf8))
      if distance <= limit, distance > 0, distance < best?.distance ?? Int.max { best = (distance, candidate) }
    }
    return best?.text
  }

  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    if abs(a.count - b.count) > 2 { return Int.max }
    var two: [Int] = []
    var row = Array(0...b.count)
    for i in 0..<a.count {
      var next = [i + 1]
      next.reserveCapacity(b.count + 1)
      for j in 0..<b.count {
        var cost = min(row[j + 1] + 1, next[j] + 1, row[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j], j - 1 < two.count { cost = min(cost, two[j - 1] + 1) }
        next.append(cost)
      }
      two = row
      row = next
    }
    return row[b.count]
  }
}
