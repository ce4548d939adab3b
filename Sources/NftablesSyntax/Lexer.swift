/// Splits bytes into tokens. It knows no context and cannot fail: what nothing starts with becomes `junk`.
struct Lexer {
  /// Scans a whole text. One pass, O(n).
  static func tokens(_ bytes: [UInt8]) -> [Token] {
    var result: [Token] = []
    result.reserveCapacity(bytes.count / 5 + 16)
    let span = bytes.span
    // Bytes with zeros among them are no text; they are kept as they are.
    for index in 0..<min(span.count, 65_536) where span[index] == 0 {
      let end = UInt32(truncatingIfNeeded: span.count)
      return [Token(.junk, 0, end), Token(.end, end, end)]
    }
    let words = WordTable.shared
    let classes = CharacterClasses()
    var position = 0
    // A byte order mark is trivia.
    if span.count >= 3, span[0] == 0xef, span[1] == 0xbb, span[2] == 0xbf { position = 3 }
    while true {
      position = skipTrivia(span, from: position)
      if position >= span.count { break }
      position = scan(span, from: position, classes: classes, words: words, into: &result)
    }
    let end = UInt32(truncatingIfNeeded: span.count)
    result.append(Token(.end, end, end))
    return result
  }

  /// The first byte that is neither blank, comment nor a continued line end. A lone CR is a blank.
  @inline(__always) private static func skipTrivia(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
    var position = start
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0d: position += 1
      case UInt8(ascii: "#"):
        while position < bytes.count, bytes[position] != 0x0a { position += 1 }
      case UInt8(ascii: "\\"):
        var next = position + 1
        while next < bytes.count, bytes[next] == 0x20 || bytes[next] == 0x09 || bytes[next] == 0x0d { next += 1 }
        guard next < bytes.count, bytes[next] == 0x0a else { return position }
        position = next + 1
      default: return position
      }
    }
    return position
  }

  /// Appends the token that starts here and gives the place behind it.
  @inline(__always) private static func scan(
    _ bytes: borrowing Span<UInt8>, from start: Int, classes: borrowing CharacterClasses, words: borrowing WordTable,
    into result: inout [Token]
  ) -> Int {
    let byte = bytes[start]
    let kind = classes[byte]
    if kind & CharacterClasses.wordStart != 0 {
      return scanWord(bytes, from: start, classes: classes, words: words, into: &result)
    }
    if kind & CharacterClasses.digit != 0 { return scanNumber(bytes, from: start, classes: classes, into: &result) }
    let next = start + 1 < bytes.count ? bytes[start + 1] : 0
    var length = 1
    let token: TokenKind
    switch byte {
    case 0x0a: token = .newline
    case UInt8(ascii: ";"): token = .semicolon
    case UInt8(ascii: ","): token = .comma
    case UInt8(ascii: "{"): token = .leftBrace
    case UInt8(ascii: "}"): token = .rightBrace
    case UInt8(ascii: "("): token = .leftParen
    case UInt8(ascii: ")"): token = .rightParen
    case UInt8(ascii: "["): token = .leftBracket
    case UInt8(ascii: "]"): token = .rightBracket
    case UInt8(ascii: "/"): token = .slash
    case UInt8(ascii: "-"): token = .minus
    case UInt8(ascii: "*"): token = .star
    case UInt8(ascii: "+"): token = .plus
    case UInt8(ascii: "$"): token = .dollar
    case UInt8(ascii: "@"): token = .at
    case UInt8(ascii: "&"): token = .ampersand
    case UInt8(ascii: "|"): token = .pipe
    case UInt8(ascii: "^"): token = .caret
    case UInt8(ascii: "~"): token = .tilde
    case UInt8(ascii: "="):
      token = next == byte ? .equalEqual : .equal
      length = next == byte ? 2 : 1
    case UInt8(ascii: "!"):
      token = next == UInt8(ascii: "=") ? .notEqual : .not
      length = token == .notEqual ? 2 : 1
    case UInt8(ascii: "<"):
      token = next == byte ? .shiftLeft : next == UInt8(ascii: "=") ? .lessEqual : .less
      length = token == .less ? 1 : 2
    case UInt8(ascii: ">"):
      token = next == byte ? .shiftRight : next == UInt8(ascii: "=") ? .greaterEqual : .greater
      length = token == .greater ? 1 : 2
    case UInt8(ascii: ":"):
      if let end = addressEnd(bytes, from: start, classes: classes), end > start + 1 {
        token = .address
        length = end - start
      } else {
        token = .colon
      }
    case UInt8(ascii: "\""):
      var end = start + 1
      while end < bytes.count, bytes[end] != UInt8(ascii: "\""), bytes[end] != 0x0a { end += 1 }
      let isClosed = end < bytes.count && bytes[end] == UInt8(ascii: "\"")
      token = isClosed ? .quoted : .junk
      length = (isClosed ? end + 1 : end) - start
    case UInt8(ascii: "\\"):
      // `\*` alone is an escaped wildcard.
      token = next == UInt8(ascii: "*") ? .word : .junk
      length = next == UInt8(ascii: "*") ? 2 : 1
    default:
      var end = start + 1
      while end < bytes.count, classes[bytes[end]] & CharacterClasses.junk != 0 { end += 1 }
      token = .junk
      length = end - start
    }
    result.append(Token(token, UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: start + length)))
    return start + length
  }

  @inline(__always) private static func scanWord(
    _ bytes: borrowing Span<UInt8>, from start: Int, classes: borrowing CharacterClasses, words: borrowing WordTable,
    into result: inout [Token]
  ) -> Int {
    let lower = UInt32(truncatingIfNeeded: start)
    var end = start
    var hash = WordTable.seed
    var seen: UInt8 = 0xff
    while end < bytes.count {
      let kind = classes[bytes[end]]
      if kind & CharacterClasses.wordPart == 0 { break }
      seen &= kind
      hash = WordTable.mixed(hash, bytes[end])
      end += 1
    }
    // `dead:beef::1` and `ab:cd:ef:01:02:03` start like words.
    if end < bytes.count, bytes[end] == UInt8(ascii: ":"), seen & CharacterClasses.hex != 0, end - start <= 4,
      let addressEnd = addressEnd(bytes, from: start, classes: classes), addressEnd > end
    {
      result.append(Token(.address, lower, UInt32(truncatingIfNeeded: addressEnd)))
      return addressEnd
    }
    if end == start + 1, bytes[start] == UInt8(ascii: ".") {
      result.append(Token(.dot, lower, lower + 1))
      return end
    }
    // Wildcards: `eth*`, `eth\*`, `a\*b`.
    var isWild = false
    while end < bytes.count {
      if bytes[end] == UInt8(ascii: "*") {
        end += 1
      } else if bytes[end] == UInt8(ascii: "\\"), end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "*") {
        end += 2
      } else {
        break
      }
      isWild = true
      while end < bytes.count, classes[bytes[end]] & CharacterClasses.wordPart != 0 { end += 1 }
    }
    let word = isWild || end - start > Word.maximumLength ? .none : words.word(hash: hash, in: bytes, start..<end)
    result.append(Token(.word, lower, UInt32(truncatingIfNeeded: end), word: word))
    return end
  }

  @inline(__always) private static func scanNumber(
    _ bytes: borrowing Span<UInt8>, from start: Int, classes: borrowing CharacterClasses, into result: inout [Token]
  ) -> Int {
    let lower = UInt32(truncatingIfNeeded: start)
    var end = start
    while end < bytes.count, classes[bytes[end]] & CharacterClasses.digit != 0 { end += 1 }
    let next = end < bytes.count ? bytes[end] : 0
    if next == UInt8(ascii: ".") || next == UInt8(ascii: ":") || classes[next] & CharacterClasses.hex != 0 {
      if let addressEnd = addressEnd(bytes, from: start, classes: classes), addressEnd > end {
        result.append(Token(.address, lower, UInt32(truncatingIfNeeded: addressEnd)))
        return addressEnd
      }
    }
    if end == start + 1, bytes[start] == UInt8(ascii: "0"), next | 0x20 == UInt8(ascii: "x") {
      var hexEnd = end + 1
      while hexEnd < bytes.count, classes[bytes[hexEnd]] & CharacterClasses.hex != 0 { hexEnd += 1 }
      if hexEnd > end + 1 {
        result.append(Token(.number, lower, UInt32(truncatingIfNeeded: hexEnd)))
        return hexEnd
      }
    }
    // `1.2.3.999` is one wrong address and not five tokens.
    if next == UInt8(ascii: "."), end + 1 < bytes.count, classes[bytes[end + 1]] & CharacterClasses.digit != 0 {
      while end < bytes.count, classes[bytes[end]] & CharacterClasses.digit != 0 || bytes[end] == UInt8(ascii: ".") {
        end += 1
      }
      result.append(Token(.timeString, lower, UInt32(truncatingIfNeeded: end)))
      return end
    }
    // Digits with letters behind them: a time (`1h30m`), a size, or a name that starts with a digit.
    var wordEnd = end
    while wordEnd < bytes.count, classes[bytes[wordEnd]] & CharacterClasses.alphanumeric != 0 { wordEnd += 1 }
    result.append(
      Token(wordEnd > end ? .timeString : .number, lower, UInt32(truncatingIfNeeded: wordEnd)))
    return wordEnd
  }

  /// Where the IPv4, IPv6 or hardware address ends that starts here, if one does.
  private static func addressEnd(
    _ bytes: borrowing Span<UInt8>, from start: Int, classes: borrowing CharacterClasses
  ) -> Int? {
    var end = start
    var colons = 0
    var dots = 0
    while end < bytes.count, end - start < 48 {
      let byte = bytes[end]
      if byte == UInt8(ascii: ":") {
        colons += 1
      } else if byte == UInt8(ascii: ".") {
        dots += 1
      } else if classes[byte] & CharacterClasses.hex == 0 {
        break
      }
      end += 1
    }
    if colons == 0, dots < 3 { return nil }
    while end > start {
      if isBoundary(bytes, end, classes), colons > 0 || dots >= 3 {
        if colons == 0, AddressText.isIPv4(bytes, start..<end) { return end }
        if colons >= 2, AddressText.isIPv6(bytes, start..<end) || AddressText.isHardware(bytes, start..<end) {
          return end
        }
      }
      end -= 1
      if bytes[end] == UInt8(ascii: ":") { colons -= 1 }
      if bytes[end] == UInt8(ascii: ".") { dots -= 1 }
    }
    return nil
  }

  @inline(__always) private static func isBoundary(
    _ bytes: borrowing Span<UInt8>, _ end: Int, _ classes: borrowing CharacterClasses
  ) -> Bool {
    end >= bytes.count || classes[bytes[end]] & CharacterClasses.alphanumeric == 0
  }
}

/// What each byte may be part of.
struct CharacterClasses {
  static let digit: UInt8 = 1
  static let hex: UInt8 = 2
  static let wordStart: UInt8 = 4
  static let wordPart: UInt8 = 8
  static let alphanumeric: UInt8 = 16
  static let junk: UInt8 = 32

  private var table: [UInt8]

  init() {
    table = Array(repeating: 0, count: 256)
    for value in UInt8.min...UInt8.max {
      var kind: UInt8 = 0
      let isDigit = value >= 48 && value <= 57
      let lower = value | 0x20
      let isLetter = lower >= 97 && lower <= 122 && value < 128
      if isDigit { kind |= Self.digit | Self.hex }
      if isLetter, lower <= 102 { kind |= Self.hex }
      if isDigit || isLetter { kind |= Self.alphanumeric | Self.wordPart }
      if isLetter || value == UInt8(ascii: "_") || value == UInt8(ascii: ".") { kind |= Self.wordStart }
      switch value {
      case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/"): kind |= Self.wordPart
      case 0..<9, 11, 12, 14..<32, 127...255, UInt8(ascii: "%"), UInt8(ascii: "'"), UInt8(ascii: "?"),
        UInt8(ascii: "`"):
        kind |= Self.junk
      default: break
      }
      table[Int(value)] = kind
    }
  }

  @inline(__always) subscript(byte: UInt8) -> UInt8 { table[Int(byte)] }
}
