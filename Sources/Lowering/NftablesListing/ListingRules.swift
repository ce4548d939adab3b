import FirewallModel
import JSONText
import NftablesSyntax

/// A rule as listed.
struct ListedRule {
  var statements: [Printed]
  var comment: String?

  var text: String {
    let parts = statements.map(\.text) + (comment.map { ["comment \"\($0)\""] } ?? [])
    return parts.joined(separator: " ")
  }
}

// Rules and their tests.
extension NftablesListing {
  /// A rule as listed; nil where some statement is not recognised or cannot be evaluated. `table` must be set.
  mutating func rule(_ x: Ex, family: Family) -> ListedRule? {
    context = RuleContext(family: family)
    var comment: String?
    var child = reader.firstChild(x)
    while child.node != 0 {
      let node = reader.node(child)
      if node.kind == .comment {
        let file = reader.files[Int(child.file)]
        comment = String(decoding: file.bytes(of: file.tokens[Int(node.end) - 1]), as: UTF8.self)
      } else if !statement(child, node) {
        return nil
      }
      child = reader.sibling(child)
    }
    return ListedRule(statements: mergedRanges(), comment: comment)
  }

  private mutating func statement(_ x: Ex, _ node: Node) -> Bool {
    switch node.kind {
    case .match: return match(x, node)
    case .vmapStatement:
      guard let key = operand(reader.firstChild(x)),
        let right = reader.resolve(reader.sibling(reader.firstChild(x)))
      else { return false }
      let map: Printed
      if reader.node(right).kind == .setReference {
        map = reference(right)
      } else {
        guard let set = set(right, key: key.types, data: .verdicts) else { return false }
        map = set.printed
      }
      let json = Self.object([("vmap", Self.object([("key", key.printed.json), ("data", map.json)]))])
      context.addAction(Printed("\(key.printed.text) vmap \(map.text)", json))
      return true
    case .reject: return reject(x, node)
    default:
      guard let printed = plainStatement(x) else { return false }
      context.addAction(printed)
      return true
    }
  }

  static func matchJSON(_ op: String, _ left: JSONValue, _ right: JSONValue) -> JSONValue {
    object([("match", object([("op", .string(op)), ("left", left), ("right", right)]))])
  }

  // MARK: Tests

  private mutating func match(_ x: Ex, _ node: Node) -> Bool {
    let first = reader.firstChild(x)
    guard let left = operand(first, isMatch: true), let right = reader.resolve(reader.sibling(first)) else { return false }
    let op = RelationalOperator(rawValue: node.flag) ?? .implicit
    let symbol =
      switch op {
      case .notEqual: "!="
      case .less: "<"
      case .greater: ">"
      case .lessOrEqual: "<="
      case .greaterOrEqual: ">="
      case .negated: "!"
      default: ""
      }
    guard left.types.count == 1 else { return tupleMatch(left, symbol, right) }
    var type = left.types[0]
    let rightNode = reader.node(right)
    // `oif exists` asks whether there is one.
    if type.type == .ifIndex, left.field?.header == .fib, isPresence(right) { type = ValueType(.boolean, 1) }
    switch rightNode.kind {
    case .setReference:
      return add(left.printed, left.isBinary && symbol.isEmpty ? "==" : symbol, reference(right))
    case .setLiteral:
      guard let set = set(right, key: [type], data: .none) else { return false }
      if let single = set.single {
        if case .number(let value) = single { return compare(x, left, type, op, symbol, value) }
        return add(left.printed, symbol, print(single, type))
      }
      // A set of types is as good as one of them for the fields that these types have.
      if symbol.isEmpty, let field = left.field, Self.protocolKey(field) == .icmpType {
        context.icmpTypes = Set(set.numbers)
      }
      return add(left.printed, left.isBinary && symbol.isEmpty ? "==" : symbol, set.printed)
    case .flagMask:
      let value = reader.firstChild(right)
      guard case .number(let bits)? = constant(value, type),
        case .number(let mask)? = constant(reader.sibling(value), type)
      else { return false }
      return maskMatch(ListedOperandField(printed: left.printed, type: type), mask, symbol, bits)
    default: break
    }
    guard isConstant(right) else {
      // A field against a field.
      guard let other = operand(right) else { return false }
      return add(left.printed, symbol.isEmpty ? "==" : symbol, other.printed)
    }
    guard let constant = constant(right, type) else { return false }
    switch constant {
    case .number(let value): return compare(x, left, type, op, symbol, value)
    case .prefix(let value, let length) where length == type.width:
      return compare(x, left, type, op, symbol, value)
    default: return add(left.printed, left.isBinary && symbol.isEmpty ? "==" : symbol, print(constant, type))
    }
  }

  private func isPresence(_ x: Ex) -> Bool {
    let text = reader.symbol(x)
    return text == "exists" || text == "missing"
  }

  /// A comparison with one number.
  private mutating func compare(
    _ x: Ex, _ left: ListedOperand, _ type: ValueType, _ op: RelationalOperator, _ symbol: String, _ number: UInt128
  ) -> Bool {
    var value = number
    for step in left.transfer {
      value = step.operation == 1 ? value ^ step.value : step.value < 128 ? value >> step.value : 0
    }
    if let masked = left.masked {
      if type.isBitmask || type.type == .bitmask { return maskMatch(masked.field, masked.mask, symbol, value) }
      let host = ~masked.mask & type.maximum
      let isPrefix = host & (host &+ 1) == 0 && host != 0 && masked.mask != 0 && value & host == 0
      if symbol.isEmpty || symbol == "!=", isPrefix, type.hasPrefixes {
        let length = type.width - (128 - host.leadingZeroBitCount)
        return add(masked.field.printed, symbol, print(.prefix(value, length), type))
      }
    }
    if left.isBinary { return add(left.printed, symbol.isEmpty ? "==" : symbol, print(.number(value), type)) }
    if type.isHex, type.width < 8, type.width > 0 { return subByte(left.printed, symbol, value) }
    if type.isBitmask { return bitMatch(left, type, op, symbol, value) }
    let jsonOperator: String? = type.type == .ctLabel && symbol.isEmpty ? "in" : nil
    var right = printer.print(value, type)
    // An interface by number is a text in JSON; newer releases say that there is none.
    if type.type == .ifIndex { right.json = style.release == .r1_0_6 || value != 0 ? .string(right.text) : .bool(false) }
    guard add(left.printed, symbol, right, jsonOperator: jsonOperator) else { return false }
    guard symbol.isEmpty, let field = left.field else { return true }
    if let key = Self.protocolKey(field) { context.establish(key, value) }
    if field.base != nil, HeaderTable.field(field.header, field.field) != nil, reader.node(reader.firstChild(x)).kind != .inner {
      context.statements[context.statements.count - 1].payload = field
    }
    return true
  }

  static func protocolKey(_ field: ListedField) -> ProtocolKey? {
    switch (field.header, field.field) {
    case (.meta, .nfproto): .networkFamily
    case (.meta, .protocolWord): .protocolFamily
    case (.meta, .l4proto): .transport
    case (.meta, .iiftype): .interfaceType
    case (.ether, .type), (.vlan, .type): .etherType
    case (.ip, .protocolWord): .ipProtocol
    case (.ip6, .nexthdr): .nextHeader
    case (.icmp, .type), (.icmpv6, .type): .icmpType
    default: nil
    }
  }

  /// Raw payload of less than a byte is read as a byte with a mask.
  private mutating func subByte(_ left: Printed, _ symbol: String, _ value: UInt128) -> Bool {
    let parts = left.text.dropFirst().split(separator: ",").map(String.init)
    guard parts.count == 3, let offset = Int(parts[1]), let width = Int(parts[2]) else { return false }
    let start = offset / 8 * 8
    let shift = 8 - (offset - start) - width
    guard shift >= 0 else { return add(left, symbol, Printed("0x" + printer.hex(value), .number(String(value)))) }
    let mask = ((UInt128(1) << UInt128(width)) - 1) << UInt128(shift)
    let moved = value << UInt128(shift)
    let field = Self.object([
      ("payload", Self.object([("base", .string(parts[0])), ("offset", .int(start)), ("len", .int(8))]))
    ])
    let json = Self.object([("&", .array([field, .number(String(mask))]))])
    let text = "@\(parts[0]),\(start),8 & 0x\(printer.hex(mask))"
    return add(
      Printed(text, json), symbol.isEmpty ? "==" : symbol, Printed("0x" + printer.hex(moved), .number(String(moved))))
  }

  // MARK: Bits

  private mutating func bitMatch(
    _ left: ListedOperand, _ type: ValueType, _ op: RelationalOperator, _ symbol: String, _ value: UInt128
  ) -> Bool {
    switch op {
    case .implicit: return add(left.printed, "", printer.bits(value, type, separator: ","), jsonOperator: "in")
    case .negated: return add(left.printed, "!", printer.bits(value, type, separator: ","), jsonOperator: "!")
    default:
      let isEqual = op == .equal
      return add(left.printed, isEqual ? "==" : symbol, printer.bits(value, type, separator: " | "))
    }
  }

  /// `field & mask == value`, for flags.
  private mutating func maskMatch(
    _ field: ListedOperandField, _ mask: UInt128, _ symbol: String, _ value: UInt128
  ) -> Bool {
    let type = field.type
    if value == 0 {
      if symbol == "!=" {
        return add(field.printed, "", printer.bits(mask, type, separator: ","), jsonOperator: "in")
      }
      if symbol.isEmpty { return add(field.printed, "!", printer.bits(mask, type, separator: ","), jsonOperator: "!") }
    }
    let bits = printer.bits(value, type, separator: ",")
    let maskText = printer.bits(mask, type, separator: ",")
    let jsonMask = style.release == .r1_0_6 ? maskText.json : printer.bits(mask, type, separator: " | ").json
    let json = Self.matchJSON(
      symbol.isEmpty ? "==" : symbol, Self.object([("&", .array([field.printed.json, jsonMask]))]),
      style.release == .r1_0_6 ? bits.json : printer.bits(value, type, separator: " | ").json)
    if mask == value, mask & (mask &- 1) == 0, symbol.isEmpty || symbol == "!=" {
      let op = symbol.isEmpty ? "==" : symbol
      context.add(Printed("\(field.printed.text) & \(maskText.text) \(op) \(bits.text)", json))
      return true
    }
    let op = symbol.isEmpty ? "" : symbol + " "
    context.add(Printed("\(field.printed.text) \(op)\(bits.text) / \(maskText.text)", json))
    return true
  }

  private mutating func tupleMatch(_ left: ListedOperand, _ symbol: String, _ right: Ex) -> Bool {
    switch reader.node(right).kind {
    case .setReference: return add(left.printed, symbol, reference(right))
    case .setLiteral:
      guard let set = set(right, key: left.types, data: .none) else { return false }
      return add(left.printed, symbol, set.printed)
    default:
      guard let value = concatenation(right, left.types) else { return false }
      return add(left.printed, symbol, value.printed)
    }
  }

  private mutating func add(_ left: Printed, _ symbol: String, _ right: Printed, jsonOperator: String? = nil) -> Bool {
    let text = symbol.isEmpty ? "\(left.text) \(right.text)" : "\(left.text) \(symbol) \(right.text)"
    let json = Self.matchJSON(jsonOperator ?? (symbol.isEmpty ? "==" : symbol), left.json, right.json)
    context.add(Printed(text, json))
    return true
  }

  /// `x >= a x <= b` side by side are one range.
  private func mergedRanges() -> [Printed] {
    var result: [Printed] = []
    for statement in context.listed() {
      if let last = result.last, let merged = Self.merged(last, statement) {
        result[result.count - 1] = merged
      } else {
        result.append(statement)
      }
    }
    return result
  }

  private static func merged(_ a: Printed, _ b: Printed) -> Printed? {
    guard let x = a.json["match"], let y = b.json["match"], x["op"]?.stringValue == ">=", y["op"]?.stringValue == "<=",
      let left = x["left"], let low = x["right"], let high = y["right"]
    else { return nil }
    let lowParts = split(a.text, " >= ")
    let highParts = split(b.text, " <= ")
    guard lowParts.count == 2, highParts.count == 2, lowParts[0] == highParts[0] else { return nil }
    return Printed(
      "\(lowParts[0]) \(lowParts[1])-\(highParts[1])", matchJSON("==", left, object([("range", .array([low, high]))])))
  }

  // MARK: Reject

  private mutating func reject(_ x: Ex, _ node: Node) -> Bool {
    let isMixed = context.family != .ip && context.family != .ip6
    var kind = node.word
    var code: UInt128?
    if kind == .tcp {
      let json = Self.object([("reject", Self.object([("type", .string("tcp reset"))]))])
      if context.transport == nil, isMixed {
        // The test that nft adds goes to the head of the rule.
        let left = Self.object([("meta", Self.object([("key", .string("l4proto"))]))])
        let value = printer.print(6, ValueType(.inetProtocol))
        let test = Printed("meta l4proto \(value.text)", Self.matchJSON("==", left, value.json))
        context.statements.insert(ListedStatement(test), at: 0)
      }
      context.addAction(Printed("reject with tcp reset", json), implied: .transport)
      return true
    }
    if kind == .none {
      switch (isMixed, context.network) {
      case (true, .ip?): kind = .icmp
      case (true, .ip6?): kind = .icmpv6
      case (true, _): kind = .icmpx
      case (false, _): kind = context.family == .ip ? .icmp : .icmpv6
      }
    }
    let type: Datatype = kind == .icmp ? .icmpCode : kind == .icmpv6 ? .icmpv6Code : .icmpxCode
    let standard: UInt128 = kind == .icmp ? 3 : kind == .icmpv6 ? 4 : 1
    if let child = reader.children(x).first {
      guard case .number(let value)? = constant(child, ValueType(type, 8)) else { return false }
      code = value
    }
    let value = code ?? standard
    let implied: HeaderBase? = kind == .icmpx ? nil : .network
    let name = printer.print(value, ValueType(type, 8))
    let json = Self.object([("reject", Self.object([("type", .string(kind.text)), ("expr", name.json)]))])
    let isShort = value == standard && (kind == .icmpx || !isMixed)
    if isShort {
      context.addAction(Printed("reject", json), implied: implied)
    } else {
      context.addAction(Printed("reject with \(kind.text) \(name.text)", json), implied: implied)
    }
    return true
  }
}

/// The parts before and behind the first occurrence of a separator.
private func split(_ text: String, _ separator: String) -> [String] {
  let bytes = Array(text.utf8)
  let wanted = Array(separator.utf8)
  guard bytes.count >= wanted.count else { return [text] }
  for start in 0...(bytes.count - wanted.count) where bytes[start..<start + wanted.count].elementsEqual(wanted) {
    return [
      String(decoding: bytes[..<start], as: UTF8.self),
      String(decoding: bytes[(start + wanted.count)...], as: UTF8.self),
    ]
  }
  return [text]
}
