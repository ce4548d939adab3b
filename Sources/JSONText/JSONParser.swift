extension JSONValue {
  /// How deep arrays and objects may nest unless the caller says otherwise.
  package static let defaultNestingLimit = 128

  /// Reads one JSON text (RFC 8259), white space round it allowed, nothing else after it. Strict: no comments, no
  /// trailing commas, no bare control characters in strings. Bytes in strings that are not UTF-8, and lone surrogates
  /// written as `\uD800`, become U+FFFD. Linear in the size of the text.
  package init(
    parsing bytes: some RandomAccessCollection<UInt8>, nestingLimit: Int = JSONValue.defaultNestingLimit
  ) throws(JSONError) {
    self = try JSONParser<ValueBuilder>.parse(Array(bytes), nestingLimit: nestingLimit)
  }

  /// The same for the UTF-8 form of a string.
  package init(
    parsing text: String, nestingLimit: Int = JSONValue.defaultNestingLimit
  ) throws(JSONError) {
    self = try JSONParser<ValueBuilder>.parse(Array(text.utf8), nestingLimit: nestingLimit)
  }
}

extension JSONNode {
  /// Reads one JSON text and keeps where each value stands; else as `JSONValue.init(parsing:)`.
  package init(
    parsing bytes: some RandomAccessCollection<UInt8>, nestingLimit: Int = JSONValue.defaultNestingLimit
  ) throws(JSONError) {
    self = try JSONParser<NodeBuilder>.parse(Array(bytes), nestingLimit: nestingLimit)
  }
}

/// One value as the parser sees it, with parts of the builder's type.
enum JSONShape<Part> {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([Part])
  case object([(key: String, keyRange: Range<Int>, value: Part)])
}

/// What the parser makes of each value.
protocol JSONBuilder {
  associatedtype Value
  static func make(_ shape: JSONShape<Value>, at range: Range<Int>) -> Value
}

enum ValueBuilder: JSONBuilder {
  static func make(_ shape: JSONShape<JSONValue>, at range: Range<Int>) -> JSONValue {
    switch shape {
    case .null: .null
    case .bool(let value): .bool(value)
    case .number(let text): .number(text)
    case .string(let text): .string(text)
    case .array(let values): .array(values)
    case .object(let members): .object(members.map { (key: $0.key, value: $0.value) })
    }
  }
}

enum NodeBuilder: JSONBuilder {
  static func make(_ shape: JSONShape<JSONNode>, at range: Range<Int>) -> JSONNode {
    let content: JSONNode.Content =
      switch shape {
      case .null: .null
      case .bool(let value): .bool(value)
      case .number(let text): .number(text)
      case .string(let text): .string(text)
      case .array(let values): .array(values)
      case .object(let members):
        .object(members.map { JSONNode.Member(key: $0.key, keyRange: $0.keyRange, value: $0.value) })
      }
    return JSONNode(content: content, range: range)
  }
}

struct JSONParser<Builder: JSONBuilder> {
  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0
  private let nestingLimit: Int

  static func parse(_ bytes: [UInt8], nestingLimit: Int) throws(JSONError) -> Builder.Value {
    var parser = JSONParser(bytes: bytes, nestingLimit: nestingLimit)
    parser.skipSpace()
    let value = try parser.value()
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.error("text after the end of the JSON value") }
    return value
  }

  private init(bytes: [UInt8], nestingLimit: Int) {
    self.bytes = bytes
    self.nestingLimit = nestingLimit
  }

  private func error(_ message: String, at offset: Int? = nil) -> JSONError {
    JSONError(offset: offset ?? position, message: message)
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  private mutating func value() throws(JSONError) -> Builder.Value {
    let start = position
    let shape: JSONShape<Builder.Value>
    guard let first = current else { throw error("the text ends where a JSON value is needed") }
    switch first {
    case UInt8(ascii: "{"): shape = .object(try members())
    case UInt8(ascii: "["): shape = .array(try elements())
    case UInt8(ascii: "\""): shape = .string(try string())
    case UInt8(ascii: "t"):
      try word("true")
      shape = .bool(true)
    case UInt8(ascii: "f"):
      try word("false")
      shape = .bool(false)
    case UInt8(ascii: "n"):
      try word("null")
      shape = .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): shape = .number(try number())
    default: throw error("not a JSON value")
    }
    return Builder.make(shape, at: start..<position)
  }

  private mutating func word(_ text: StaticString) throws(JSONError) {
    let word = Array("\(text)".utf8)
    let end = position + word.count
    guard end <= bytes.count, bytes[position..<end].elementsEqual(word) else { throw error("not a JSON value") }
    position = end
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    guard depth <= nestingLimit else { throw error("nested deeper than \(nestingLimit) levels") }
    position += 1
    skipSpace()
  }

  private mutating func leave() {
    depth -= 1
    position += 1
  }

  private mutating func elements() throws(JSONError) -> [Builder.Value] {
    try enter()
    var values: [Builder.Value] = []
    if current == UInt8(ascii: "]") {
      leave()
      return values
    }
    while true {
      values.append(try value())
      skipSpace()
      if try separator(closing: UInt8(ascii: "]"), "`]`") { return values }
    }
  }

  private mutating func members() throws(JSONError) -> [(key: String, keyRange: Range<Int>, value: Builder.Value)] {
    try enter()
    var members: [(key: String, keyRange: Range<Int>, value: Builder.Value)] = []
    if current == UInt8(ascii: "}") {
      leave()
      return members
    }
    while true {
      let start = position
      guard current == UInt8(ascii: "\"") else { throw error("expected a member name in double quotes") }
      let key = try string()
      let keyRange = start..<position
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw error("expected `:` after a member name") }
      position += 1
      skipSpace()
      members.append((key, keyRange, try value()))
      skipSpace()
      if try separator(closing: UInt8(ascii: "}"), "`}`") { return members }
    }
  }

  /// Steps over `,` (false) or the closing bracket (true).
  private mutating func separator(closing: UInt8, _ name: String) throws(JSONError) -> Bool {
    switch current {
    case closing:
      leave()
      return true
    case UInt8(ascii: ","):
      position += 1
      skipSpace()
      return false
    default: throw error("expected `,` or \(name)")
    }
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = current, byte >= 48, byte <= 57 { position += 1 }
    return position - start
  }

  private mutating func number() throws(JSONError) -> String {
    let start = position
    if current == UInt8(ascii: "-") { position += 1 }
    let first = current
    let count = digits()
    guard count > 0 else { throw error("a number without digits", at: start) }
    guard count == 1 || first != UInt8(ascii: "0") else { throw error("a number with a leading zero", at: start) }
    if current == UInt8(ascii: ".") {
      position += 1
      guard digits() > 0 else { throw error("a number without digits after the point", at: start) }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      guard digits() > 0 else { throw error("a number without digits in its exponent", at: start) }
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func string() throws(JSONError) -> String {
    let start = position
    position += 1
    let textStart = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let text = String(decoding: bytes[textStart..<position], as: UTF8.self)
        position += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: textStart, openedAt: start) }
      guard byte >= 0x20 else { throw error("a control character in a string") }
      position += 1
    }
    throw error("a string without its closing quote", at: start)
  }

  /// The slow way, from the first backslash on.
  private mutating func escapedString(from textStart: Int, openedAt start: Int) throws(JSONError) -> String {
    var text = Array(bytes[textStart..<position])
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return String(decoding: text, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: String(Character(try escape())).utf8)
        continue
      }
      guard byte >= 0x20 else { throw error("a control character in a string") }
      text.append(byte)
      position += 1
    }
    throw error("a string without its closing quote", at: start)
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    let start = position
    position += 1
    guard let byte = current else { throw error("a string without its closing quote", at: start) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape(from: start)
    default: throw error("an unknown escape in a string", at: start)
    }
  }

  private mutating func unicodeEscape(from start: Int) throws(JSONError) -> Unicode.Scalar {
    guard let unit = hexUnit() else { throw error("`\\u` needs four hexadecimal digits", at: start) }
    if let scalar = Unicode.Scalar(unit) { return scalar }
    // A high surrogate counts only with a low one right after it.
    let afterFirst = position
    if unit < 0xdc00, current == UInt8(ascii: "\\"), position + 1 < bytes.count,
      bytes[position + 1] == UInt8(ascii: "u")
    {
      position += 2
      if let low = hexUnit(), low >= 0xdc00, low <= 0xdfff {
        let value = 0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(low) - 0xdc00)
        return Unicode.Scalar(value) ?? "\u{fffd}"
      }
      position = afterFirst
    }
    return "\u{fffd}"
  }

  private mutating func hexUnit() -> UInt16? {
    guard position + 4 <= bytes.count else { return nil }
    var unit: UInt16 = 0
    for byte in bytes[position..<position + 4] {
      switch byte {
      case 48...57: unit = unit << 4 | UInt16(byte - 48)
      case 65...70: unit = unit << 4 | UInt16(byte - 55)
      case 97...102: unit = unit << 4 | UInt16(byte - 87)
      default: return nil
      }
    }
    position += 4
    return unit
  }
}
