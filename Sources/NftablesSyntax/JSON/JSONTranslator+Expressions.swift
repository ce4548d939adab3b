import JSONText
import SourceText

// Expressions: constants, fields, operations, sets.
extension JSONTranslator {
  static let expressionNames = [
    "concat", "set", "map", "prefix", "range", "payload", "exthdr", "tcp option", "ip option", "sctp chunk",
    "dccp option", "meta", "rt", "ct", "numgen", "jhash", "symhash", "fib", "elem", "socket", "osf", "ipsec", "accept",
    "drop", "continue", "return", "jump", "goto",
  ]

  mutating func expression(_ node: JSONNode) throws(JSONRefusal) {
    try mark(node) { (writer) throws(JSONRefusal) in try writer.bareExpression(node) }
  }

  private mutating func bareExpression(_ node: JSONNode) throws(JSONRefusal) {
    switch node.content {
    case .null: throw expected("a value", at: node)
    case .bool(let value): put(value ? "exists" : "missing")
    case .number: put(try number(node))
    case .string(let text): try constant(text, node)
    case .array(let values):
      guard !values.isEmpty else { throw refuse("an empty list", at: node) }
      for (index, value) in values.enumerated() {
        if index > 0 { glue(",") }
        try expression(value)
      }
    case .object: try operation(single(node, "an expression"), node)
    }
  }

  private mutating func constant(_ text: String, _ node: JSONNode) throws(JSONRefusal) {
    if text.hasPrefix("@"), text.utf8.count > 1 {
      put("@")
      return glue(try lexeme(String(text.dropFirst()), at: node))
    }
    if text == "*" { return put("*") }
    // `10.0.0.0/8`, `1:2` and times are no single token, but say what they say without quotes.
    if Self.isPlainOperand(text) { return put(text) }
    put(try lexeme(text, at: node))
  }

  private static func isPlainOperand(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 2, let length = Int(parts[1]), length >= 0, length <= 128 {
      let tokens = Lexer.tokens(Array(parts[0].utf8))
      return tokens.count == 2 && tokens[0].kind == .address && Int(tokens[0].upper) == parts[0].utf8.count
    }
    let class_ = text.split(separator: ":", omittingEmptySubsequences: false)
    return class_.count == 2
      && class_.allSatisfy { (1...4).contains($0.utf8.count) && $0.utf8.allSatisfy { AddressText.hexDigit($0) != nil } }
  }

  /// What stands right of a comparison, or behind `vmap`: an array there is a list, an object may be a set.
  mutating func setOperand(_ node: JSONNode) throws(JSONRefusal) {
    try expression(node)
  }

  private mutating func operation(_ member: JSONNode.Member, _ node: JSONNode) throws(JSONRefusal) {
    let value = member.value
    switch member.key {
    case "accept", "drop", "continue", "return", "jump", "goto": try verdict(member)
    case "set": try elementList(value)
    case "elem":
      try expression(need("val", in: value))
      try elementOptions(value)
    case "concat":
      let parts = try array(value, atLeast: 2)
      for (index, part) in parts.enumerated() {
        if index > 0 { put(".") }
        try expression(part)
      }
    case "map":
      try expression(need("key", in: value))
      put("map")
      try setOperand(need("data", in: value))
    case "prefix":
      try expression(need("addr", in: value))
      glue("/" + (try number(need("len", in: value))))
    case "range":
      let bounds = try array(value, atLeast: 2)
      guard bounds.count == 2 else { throw refuse("a range has two bounds", at: value) }
      try expression(bounds[0])
      // A word would swallow the minus.
      let isPlain = bytes.last.map { $0 >= 48 && $0 <= 57 } ?? false && bounds[0].stringValue?.contains(".") != false
      if isPlain || bounds[0].intValue != nil {
        glue("-", next: true)
        try expression(bounds[1])
      } else {
        put("-")
        try expression(bounds[1])
      }
    case "|", "^", "&", "<<", ">>": try binary(member.key, value)
    default: try field(member, node)
    }
  }

  private func array(_ node: JSONNode, atLeast count: Int) throws(JSONRefusal) -> [JSONNode] {
    guard let values = node.arrayValue else { throw expected("an array", at: node) }
    guard values.count >= count else { throw refuse("an array with fewer than \(count) values", at: node) }
    return values
  }

  private mutating func binary(_ op: String, _ node: JSONNode) throws(JSONRefusal) {
    for (index, operand) in try array(node, atLeast: 2).enumerated() {
      if index > 0 { put(op) }
      // Parentheses where the operator inside binds less: `|` least, then `^`, `&`, and shifts most.
      if let inner = operand.members?.first?.key, operand.isBitwise,
        Self.strength(inner) < Self.strength(op) || index > 0 && Self.strength(inner) == Self.strength(op)
      {
        put("(")
        try expression(operand)
        glue(")")
      } else {
        try expression(operand)
      }
    }
  }

  private static func strength(_ op: String) -> Int {
    switch op {
    case "|": 0
    case "^": 1
    case "&": 2
    default: 3
    }
  }

  // MARK: Sets

  mutating func elementList(_ node: JSONNode) throws(JSONRefusal) {
    // Behind `set` and `elem` an array holds elements; a text names a variable or a set.
    guard let elements = node.arrayValue else {
      if node.stringValue != nil || node.intValue != nil || node.members != nil {
        put("{")
        try expression(node)
        return put("}")
      }
      throw expected("an array of elements", at: node)
    }
    put("{")
    for (index, element) in elements.enumerated() {
      if index > 0 { glue(",") }
      if let pair = element.arrayValue, pair.count == 2 {
        try mark(element) { (writer) throws(JSONRefusal) in
          try writer.expression(pair[0])
          writer.put(":")
          try writer.expression(pair[1])
        }
      } else {
        try expression(element)
      }
    }
    put("}")
  }

  mutating func elementOptions(_ node: JSONNode) throws(JSONRefusal) {
    if let timeout = node["timeout"] { put("timeout \(Self.duration(try number(timeout), seconds: true))") }
    if let expires = node["expires"] { put("expires \(Self.duration(try number(expires), seconds: true))") }
    if let comment = node["comment"] {
      put("comment")
      try putText(comment, alwaysQuoted: true)
    }
    for member in node.members ?? [] {
      switch member.key {
      case "counter", "limit", "quota", "last", "ct count":
        try statement(member)
      case "stmt":
        for item in member.value.arrayValue ?? [member.value] { try statement(item) }
      default: break
      }
    }
  }

  // MARK: Fields

  private mutating func field(_ member: JSONNode.Member, _ node: JSONNode) throws(JSONRefusal) {
    let value = member.value
    switch member.key {
    case "payload": try payload(value)
    case "exthdr":
      // Without a field it asks whether the header is there: `exthdr frag exists`.
      if value["field"] == nil { put("exthdr") }
      try word("name", value)
      if let field = value["field"] { try putWord(field) }
      if let offset = value["offset"] { glue("[\(try number(offset))]") }
    case "tcp option":
      put("tcp option")
      if let base = value["base"] {
        put("@\(try number(base)),\(try number(need("offset", in: value))),\(try number(need("len", in: value)))")
      } else {
        let name = try need("name", in: value)
        try putWord(name)
        if let field = value["field"] { try putWord(field) }
      }
    case "ip option", "sctp chunk":
      put(member.key)
      try word("name", value)
      if let field = value["field"] { try putWord(field) }
    case "dccp option": put("dccp option \(try number(need("type", in: value)))")
    case "meta":
      put("meta")
      try word("key", value)
    case "rt":
      put("rt")
      if let family = value["family"] { try putWord(family) }
      try word("key", value)
    case "ct":
      put("ct")
      if let direction = value["dir"] { try putWord(direction) }
      let key = try need("key", in: value)
      if let family = value["family"], key.stringValue == "saddr" || key.stringValue == "daddr" { try putWord(family) }
      try putWord(key)
    case "numgen":
      put("numgen")
      try word("mode", value)
      try modulus(value)
    case "jhash":
      put("jhash")
      try expression(need("expr", in: value))
      try modulus(value)
    case "symhash":
      put("symhash")
      try modulus(value)
    case "fib":
      put("fib")
      let flags = try strings(need("flags", in: value))
      for (index, flag) in flags.enumerated() {
        if index > 0 { put(".") }
        try putWord(flag)
      }
      try word("result", value)
    case "socket":
      put("socket")
      try word("key", value)
      if value["key"]?.stringValue == "cgroupv2" {
        put("level")
        if let level = value["level"] { put(try number(level)) } else { put("1") }
      }
    case "osf":
      put("osf")
      if let ttl = value["ttl"] {
        put("ttl")
        try putWord(ttl)
      }
      try word("key", value)
    case "ipsec":
      put("ipsec")
      try word("dir", value)
      if let number = value["spnum"] { put("spnum \(try self.number(number))") }
      if let family = value["family"] { try putWord(family) }
      try word("key", value)
    case "xt": throw refuse("`xt` is no expression", at: node)
    default:
      let near = NearestWord.find(member.key, among: Self.expressionNames)
      throw JSONRefusal(
        kind: .syntaxError, message: "`\(member.key.prefix(60))` is not an expression of nft JSON",
        range: member.keyRange, hint: near.map { "did you mean `\($0)`?" })
    }
  }

  private mutating func modulus(_ node: JSONNode) throws(JSONRefusal) {
    put("mod \(try number(need("mod", in: node)))")
    if let seed = node["seed"] { put("seed \(try number(seed))") }
    if let offset = node["offset"], try number(offset) != "0" { put("offset \(try number(offset))") }
  }

  private mutating func payload(_ node: JSONNode) throws(JSONRefusal) {
    if let base = node["base"] {
      let text = try string(base)
      guard ["ll", "nh", "th", "ih"].contains(text) else { throw refuse("not a base", at: base, hint: "ll, nh or th") }
      return put("@\(text),\(try number(need("offset", in: node))),\(try number(need("len", in: node)))")
    }
    if let tunnel = node["tunnel"] { try putWord(tunnel) }
    try word("protocol", node)
    try word("field", node)
  }

  private mutating func word(_ key: String, _ node: JSONNode) throws(JSONRefusal) { try putWord(need(key, in: node)) }

  /// One keyword, or two (`saddr ip`); nothing else can stand there, so that a text cannot become syntax.
  mutating func putWord(_ node: JSONNode) throws(JSONRefusal) {
    let text: String
    if case .number = node.content { text = try number(node) } else { text = try string(node) }
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    let isPlain = parts.count <= 2 && parts.allSatisfy { part in
      !part.isEmpty && part.utf8.count <= 40
        && part.utf8.allSatisfy { $0 >= 97 && $0 <= 122 || $0 >= 48 && $0 <= 57 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
    }
    guard isPlain else { throw refuse("`\(text.prefix(40))` is no keyword", at: node) }
    mark(node) { $0.put(text) }
  }
}
