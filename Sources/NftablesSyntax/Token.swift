/// What a token is. Words keep their meaning in `Token.word`.
package enum TokenKind: UInt8, Sendable {
  /// Letters, digits and `_ . / - \ *`: keywords, names, wildcards.
  case word
  /// Decimal or hexadecimal digits.
  case number
  /// A time such as `1h30m`, or a number with a unit behind it.
  case timeString
  /// An IPv4, IPv6 or hardware address.
  case address
  /// `"…"` with its quotes.
  case quoted
  case newline, semicolon, comma, colon, dot, slash, minus, star, plus, dollar, at
  case leftBrace, rightBrace, leftParen, rightParen, leftBracket, rightBracket
  case equal, equalEqual, notEqual, not, less, lessEqual, greater, greaterEqual, shiftLeft, shiftRight
  case ampersand, pipe, caret, tilde
  /// Bytes that cannot start a token, taken together.
  case junk
  case end
}

/// One token. The bytes between the end of the token before and `lower` are its leading trivia (blanks, comments,
/// continued lines); so every byte belongs to a token.
package struct Token: Sendable {
  package var lower: UInt32
  package var upper: UInt32
  package var word: Word
  package var kind: TokenKind

  @inlinable package init(_ kind: TokenKind, _ lower: UInt32, _ upper: UInt32, word: Word = .none) {
    self.kind = kind
    self.lower = lower
    self.upper = upper
    self.word = word
  }
}

/// The operators of a comparison as they are written.
package enum RelationalOperator: UInt8, Sendable {
  case implicit, equal, notEqual, less, greater, lessOrEqual, greaterOrEqual
  /// `!` or `not`: the bits are not set.
  case negated
}
