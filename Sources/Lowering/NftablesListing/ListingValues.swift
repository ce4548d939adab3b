import JSONText
import NftablesSyntax

/// One constant as evaluated.
enum ListedConstant {
  case number(UInt128)
  case range(UInt128, UInt128)
  /// Value and length.
  case prefix(UInt128, Int)
  /// A name that stays as it is: an interface, a helper, a user.
  case name(Printed, order: [UInt8])
  case wildcard

  /// The numbers it holds.
  func bounds(_ type: ValueType) -> (UInt128, UInt128)? {
    switch self {
    case .number(let value): return (value, value)
    case .range(let low, let high): return (low, high)
    case .prefix(let value, let length):
      let host = NftablesListing.hostMask(type.width, length)
      return (value & ~host, value | host)
    default: return nil
    }
  }
}

extension NftablesListing {
  static func hostMask(_ width: Int, _ length: Int) -> UInt128 {
    length <= 0 ? NftablesReader.maximum(width) : length >= width ? 0 : NftablesReader.maximum(width - length)
  }

  /// The length of the prefix that a range is; nil when it is none.
  static func prefixLength(_ low: UInt128, _ high: UInt128, _ width: Int) -> Int? {
    let span = low ^ high
    guard span & (span &+ 1) == 0, low & span == 0 else { return nil }
    let host = span == 0 ? 0 : 128 - span.leadingZeroBitCount
    return host <= width ? width - host : nil
  }

  /// Reads a constant of a type; nil where it is none.
  mutating func constant(_ x: Ex, _ type: ValueType) -> ListedConstant? {
    guard depth < 200, let x = reader.resolve(x) else { return nil }
    depth += 1
    defer { depth -= 1 }
    let node = reader.node(x)
    switch node.kind {
    case .symbol, .name: return symbol(x, type)
    case .range:
      let first = reader.firstChild(x)
      guard case .number(let low)? = constant(first, type), case .number(let high)? = constant(reader.sibling(first), type)
      else { return nil }
      return .range(low, high)
    case .prefix:
      let first = reader.firstChild(x)
      guard case .number(let value)? = constant(first, type), let length = Int(reader.symbol(reader.sibling(first))),
        length >= 0, length <= type.width
      else { return nil }
      return .prefix(value & ~Self.hostMask(type.width, length), length)
    case .wildcard: return .wildcard
    case .list:
      var bits: UInt128 = 0
      for child in reader.children(x) {
        guard case .number(let value)? = constant(child, type) else { return nil }
        bits |= value
      }
      return .number(bits)
    case .binary:
      let first = reader.firstChild(x)
      let isShift = node.flag >= 3
      guard case .number(let a)? = constant(first, type),
        case .number(let b)? = constant(reader.sibling(first), isShift ? .integer32 : type)
      else { return nil }
      return .number(Self.apply(node.flag, a, b, type.maximum))
    case .setLiteral:
      let children = reader.children(x)
      return children.count == 1 ? constant(children[0], type) : nil
    default: return nil
    }
  }

  static func apply(_ operation: UInt8, _ a: UInt128, _ b: UInt128, _ maximum: UInt128) -> UInt128 {
    switch operation {
    case 0: a | b
    case 1: a ^ b
    case 2: a & b
    case 3: b < 128 ? (a << b) & maximum : 0
    default: b < 128 ? a >> b : 0
    }
  }

  private func quoted(_ text: String) -> Printed {
    // A star that is meant as itself keeps its backslash; JSON has it too.
    Printed("\"\(text)\"", .string(text))
  }

  private mutating func symbol(_ x: Ex, _ type: ValueType) -> ListedConstant? {
    let file = reader.files[Int(x.file)]
    let token = reader.token(x)
    let bytes = Array(file.bytes(of: token))
    let text = String(decoding: bytes, as: UTF8.self)
    if reader.node(x).flag >= 1 { return classID(reader.text(x)) }
    switch type.type {
    case .ifName, .string, .interfaceKind, .cgroupv2: return .name(quoted(text), order: Array(bytes.reversed()))
    case .time:
      return Durations.milliseconds(text).map { .number(UInt128($0)) }
    case .timeHour where text.contains(":"): return ValuePrinter.seconds(ofClock: text).map { .number($0) }
    case .timeDate where text.contains("-"): return ValuePrinter.seconds(ofDate: text).map { .number($0) }
    case .timeDay where !text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }):
      let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
      let lower = text.lowercased()
      return days.firstIndex { $0.hasPrefix(lower) }.map { .number(UInt128($0)) }
    default: break
    }
    if !type.type.isAddress, let number = number(bytes) { return .number(number) }
    switch type.type {
    case .ipv4Address:
      if let value = AddressText.ipv4(bytes.span, 0..<bytes.count) { return .number(UInt128(value)) }
      return number(bytes).map { .number($0) } ?? .name(Printed(text), order: bytes)
    case .ipv6Address:
      if let value = AddressText.ipv6(bytes.span, 0..<bytes.count) { return .number(value) }
      return .name(Printed(text), order: bytes)
    case .etherAddress, .lladdr:
      return AddressText.hardware(bytes.span, 0..<bytes.count).map { .number($0) }
    case .integer, .bitmask, .mark:
      // The same bits written as an address.
      if let value = AddressText.ipv4(bytes.span, 0..<bytes.count) { return .number(UInt128(value)) }
    default: break
    }
    if let value = Symbols.value(text, type.type) { return .number(value) }
    switch type.type {
    case .realm where text == "cosmos": return .number(0)
    case .ifIndex, .realm, .deviceGroup: return .name(quoted(text), order: bytes)
    case .boolean where text == "true": return .number(1)
    case .boolean where text == "false": return .number(0)
    default: break
    }
    if type.type == .ifIndex || type.type == .integer, text == "exists" || text == "missing" {
      return .name(Printed(text, .bool(text == "exists")), order: bytes)
    }
    return .name(Printed(text), order: bytes)
  }

  private func number(_ bytes: [UInt8]) -> UInt128? {
    guard let first = bytes.first, first >= 48, first <= 57, bytes.count <= 40 else { return nil }
    let isHex = bytes.count > 2 && bytes[0] == 48 && bytes[1] | 0x20 == UInt8(ascii: "x")
    let digits = isHex ? bytes[2...] : bytes[...]
    guard digits.allSatisfy({ isHex ? AddressText.hexDigit($0) != nil : $0 >= 48 && $0 <= 57 }) else { return nil }
    return NftablesReader.number(bytes, 0, bytes.count)
  }

  func classID(_ text: String) -> ListedConstant? {
    var bounds: [UInt128] = []
    for half in text.split(separator: "-") {
      let parts = half.split(separator: ":").map { UInt32($0, radix: 16) }
      guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
      bounds.append(UInt128(major) << 16 | UInt128(minor))
    }
    guard let first = bounds.first, let last = bounds.last else { return nil }
    return bounds.count == 1 ? .number(first) : .range(first, last)
  }

  // MARK: Printing

  func print(_ constant: ListedConstant, _ type: ValueType, inSet: Bool = false) -> Printed {
    switch constant {
    case .number(let value):
      if inSet, type.isBitmask { return printer.bits(value, type, separator: " | ") }
      return printer.print(value, type)
    case .range(let low, let high):
      if inSet, type.hasPrefixes, let length = Self.prefixLength(low, high, type.width) {
        return print(.prefix(low, length), type)
      }
      let (a, b) = (printer.print(low, type, plain: true), printer.print(high, type, plain: true))
      // Only the text has numbers for both bounds.
      let isNumber = type.type == .inetProtocol
      let names = [printer.print(low, type, plain: isNumber).json, printer.print(high, type, plain: isNumber).json]
      return Printed("\(a.text)-\(b.text)", Self.object([("range", .array(names))]))
    case .prefix(let value, let length):
      if length == type.width { return printer.print(value, type) }
      let address = printer.print(value, type)
      let json = Self.object([("prefix", Self.object([("addr", address.json), ("len", .int(length))]))])
      return Printed("\(address.text)/\(length)", json)
    case .name(let printed, _): return printed
    case .wildcard: return Printed("*")
    }
  }
}

extension Datatype {
  var isAddress: Bool {
    switch self {
    case .ipv4Address, .ipv6Address, .etherAddress, .lladdr: true
    default: false
    }
  }
}
