package import SourceText

/// One nftables script as read: every byte of it belongs to a token, and every token to the tree.
package struct NftablesFile: Sendable {
  package let source: SourceFile
  package let tokens: [Token]
  package let nodes: [Node]
  package let root: NodeID
  /// What nft would refuse by its grammar, and what is not recognised.
  package var problems: [Problem]

  /// What the text is a part of: a script, or what stands in the block that includes it.
  package enum Context: Sendable { case script, table, chain }

  /// Reads a text. Never fails; what it does not recognise becomes a node of its own and a problem.
  package init(parsing source: SourceFile, context: Context = .script) {
    let tokens = Lexer.tokens(source.bytes)
    var parser = Parser(source: source, tokens: tokens)
    root = parser.parseFile(context)
    self.source = source
    self.tokens = parser.tokens
    self.nodes = parser.nodes
    self.problems = parser.problems
  }

  /// The text of all tokens with their trivia, one after the other; equal to the source, byte for byte.
  package func printed() -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(source.bytes.count)
    var position = 0
    for token in tokens {
      let lower = Int(token.lower)
      let upper = Int(token.upper)
      if lower > position { result.append(contentsOf: source.bytes[position..<lower]) }
      result.append(contentsOf: source.bytes[lower..<upper])
      position = upper
    }
    return result
  }

  package subscript(id: NodeID) -> Node { nodes[Int(id)] }

  /// The children of a node in order.
  package func children(of id: NodeID) -> Children { Children(nodes: nodes, current: nodes[Int(id)].child) }

  package struct Children: Sequence, IteratorProtocol {
    let nodes: [Node]
    var current: NodeID
    package mutating func next() -> NodeID? {
      guard current != 0 else { return nil }
      defer { current = nodes[Int(current)].next }
      return current
    }
  }

  /// The bytes of a node, from its first token to its last.
  package func range(of id: NodeID) -> SourceRange {
    let node = nodes[Int(id)]
    let lower = tokens[Int(node.first)].lower
    let upper = node.end > node.first ? tokens[Int(node.end) - 1].upper : lower
    return SourceRange(file: source.id, lower: lower, upper: upper)
  }

  package func range(ofToken index: UInt32) -> SourceRange {
    let token = tokens[Int(index)]
    return SourceRange(file: source.id, lower: token.lower, upper: token.upper)
  }

  /// The text of a node as written.
  package func text(of id: NodeID) -> String { source.text(of: range(of: id)) }

  /// The bytes of the first token of a node, without quotes.
  package func bytes(ofSymbol id: NodeID) -> ArraySlice<UInt8> {
    let token = tokens[Int(nodes[Int(id)].first)]
    return bytes(of: token)
  }

  /// The bytes of a token, without quotes.
  package func bytes(of token: Token) -> ArraySlice<UInt8> {
    let lower = Int(token.lower)
    let upper = Int(token.upper)
    if token.kind == .quoted, upper - lower >= 2 { return source.bytes[lower + 1..<upper - 1] }
    return source.bytes[lower..<upper]
  }

  /// The name or number that a node spells, without quotes.
  package func symbolText(_ id: NodeID) -> String { String(decoding: bytes(ofSymbol: id), as: UTF8.self) }
}
