import FirewallModel
import NftablesSyntax
import PacketSets
import Packets
import SourceText

/// What stands right of a comparison, read for the type that stands left of it.
enum Value {
  /// Plain values; `isSet` when they stood in braces.
  case set(ValueSet, isSet: Bool)
  /// Flags joined by commas, or one flag: some bit of these.
  case bits(UInt128)
  /// `@name`: index in the table's sets.
  case reference(Int)
  /// Products, one for each element of a concatenation.
  case tuples([[Interval]], isSet: Bool)
  /// `value / mask` of flags.
  case flagMask(UInt128, mask: UInt128)
  case unknown(Uncertainty)
  /// Wrong, and reported.
  case invalid
}

/// The result of reading one constant.
enum Constant {
  case value(UInt128)
  case interval(Interval)
  case unknown(Uncertainty)
  case invalid

  var interval: Interval? {
    switch self {
    case .value(let value): Interval(value)
    case .interval(let interval): interval
    default: nil
    }
  }
}

extension NftablesReader {
  // MARK: Constants

  /// One constant of a type: a name, number, address, range, prefix or bits joined by `|`.
  mutating func constant(_ x: Ex, _ type: Datatype, width: Int) -> Constant {
    guard constantDepth < 300, let x = resolve(x) else { return .invalid }
    constantDepth += 1
    defer { constantDepth -= 1 }
    let node = node(x)
    switch node.kind {
    case .symbol, .name: return symbolConstant(x, type, width: width)
    case .range: return rangeConstant(x, type, width: width)
    case .prefix: return prefixConstant(x, type, width: width)
    case .binary: return binaryConstant(x, type, width: width)
    case .wildcard: return .interval(Interval(0, Self.maximum(width)))
    case .list:
      // `syn,ack` as one value.
      var bits: UInt128 = 0
      for child in children(x) {
        guard case .value(let value) = constant(child, type, width: width) else { return .invalid }
        bits |= value
      }
      return .value(bits)
    case .setLiteral:
      let elements = children(x)
      if elements.count == 1 { return constant(elements[0], type, width: width) }
      return wrong(x, type)
    default: return wrong(x, type)
    }
  }

  static func maximum(_ width: Int) -> UInt128 {
    width >= 128 || width <= 0 ? .max : (UInt128(1) << UInt128(width)) - 1
  }

  private mutating func wrong(_ x: Ex, _ type: Datatype) -> Constant {
    report(.typeError, "`\(text(x).prefix(60))` is not a value of type \(type.title)", at: range(x))
    return .invalid
  }

  private mutating func rangeConstant(_ x: Ex, _ type: Datatype, width: Int) -> Constant {
    let low = firstChild(x)
    let lower = constant(low, type, width: width)
    let upper = constant(sibling(low), type, width: width)
    if type == .timeDate, let first = UInt64(symbol(low)), let last = UInt64(symbol(sibling(low))), first > last {
      report(.typeError, "the range ends before it begins", at: range(x), hint: "write the smaller value first")
      return .invalid
    }
    guard case .value(let a) = lower, case .value(let b) = upper else {
      if case .unknown = lower { return lower }
      if case .unknown = upper { return upper }
      return .invalid
    }
    if a > b, type != .timeHour {
      report(.typeError, "the range ends before it begins", at: range(x), hint: "write the smaller value first")
      return .invalid
    }
    return .interval(Interval(a, b))
  }

  private mutating func prefixConstant(_ x: Ex, _ type: Datatype, width: Int) -> Constant {
    let address = firstChild(x)
    let base = constant(address, type, width: width)
    guard case .value(let value) = base else { return base }
    let digits = symbol(sibling(address))
    guard let length = Int(digits), length >= 0, length <= width else {
      report(.typeError, "a prefix of this type has at most \(width) bits", at: range(sibling(address)))
      return .invalid
    }
    let host = Self.maximum(width - length)
    let mask = length == width ? 0 : length == 0 ? Self.maximum(width) : host
    return .interval(Interval(value & ~mask, value | mask))
  }

  private mutating func binaryConstant(_ x: Ex, _ type: Datatype, width: Int) -> Constant {
    let left = firstChild(x)
    guard case .value(let a) = constant(left, type, width: width) else { return .invalid }
    let operation = node(x).flag
    let rightType: Datatype = operation >= 3 ? .integer : type
    guard case .value(let b) = constant(sibling(left), rightType, width: width) else { return .invalid }
    switch operation {
    case 0: return .value(a | b)
    case 1: return .value(a ^ b)
    case 2: return .value(a & b)
    case 3: return .value(b < 128 ? (a << b) & Self.maximum(width) : 0)
    default: return .value(b < 128 ? a >> b : 0)
    }
  }

  private mutating func symbolConstant(_ x: Ex, _ type: Datatype, width: Int) -> Constant {
    let token = token(x)
    let lower = Int(token.lower)
    let upper = Int(token.upper)
    if node(x).flag >= 1 { return classConstant(x) }
    switch token.kind {
    case .number:
      if type == .ifName || type == .string || type == .interfaceKind { return nameConstant(x, type) }
      guard let value = withBytes(of: x.file, { Self.number($0, lower, upper) }) else {
        report(.typeError, "number too large", at: range(x))
        return .invalid
      }
      return checkedNumber(value, x, type, width: width)
    case .address: return addressConstant(x, type, lower: lower, upper: upper)
    case .minus:
      return wrong(x, type)
    default:
      return nameConstant(x, type)
    }
  }

  private mutating func checkedNumber(_ value: UInt128, _ x: Ex, _ type: Datatype, width: Int) -> Constant {
    switch type {
    case .ipv4Address, .ipv6Address, .etherAddress:
      // nft takes a bare number for none of these, except that an IPv4 address may be one by inet_aton.
      if type == .ipv4Address, value <= 0xffff_ffff { return .value(value) }
      return wrong(x, type)
    case .ifIndex:
      return .unknown(Uncertainty(.hostFact, "interface index \(value)"))
    case .timeDay, .ctLabel:
      let limit: UInt128 = type == .timeDay ? 6 : 127
      guard value <= limit else {
        report(.typeError, "\(value) is too large: at most \(limit)", at: range(x))
        return .invalid
      }
      return .unknown(Uncertainty(type == .timeDay ? .time : .notModelled, "\(value)"))
    case .timeHour, .timeDate: return .unknown(Uncertainty(.time, "\(value)"))
    default:
      guard value <= Self.maximum(width) else {
        report(
          .typeError, "\(value) is too large for \(type.title): at most \(Self.maximum(width))", at: range(x))
        return .invalid
      }
      return .value(value)
    }
  }

  /// The value of decimal or hexadecimal digits; nil beyond 128 bits.
  static func number(_ bytes: [UInt8], _ lower: Int, _ upper: Int) -> UInt128? {
    if upper - lower <= 18, !(upper - lower > 2 && bytes[lower] == 48) {
      var value: UInt64 = 0
      for index in lower..<upper { value = value &* 10 &+ UInt64(bytes[index] &- 48) }
      return UInt128(value)
    }
    let text = String(decoding: bytes[lower..<upper], as: UTF8.self)
    if text.hasPrefix("0x") || text.hasPrefix("0X") { return UInt128(text.dropFirst(2), radix: 16) }
    // Leading zeros make an octal number, as strtoull(3) with base 0 reads it.
    if text.count > 1, text.hasPrefix("0"), let octal = UInt128(text, radix: 8) { return octal }
    return UInt128(text)
  }

  private mutating func addressConstant(_ x: Ex, _ type: Datatype, lower: Int, upper: Int) -> Constant {
    let value = withBytes(of: x.file) { Self.address($0, type, lower..<upper) }
    return value.map { .value($0) } ?? wrong(x, type)
  }

  /// The value of an address that stands where a type is wanted; nil when it is of another kind.
  private static func address(_ bytes: [UInt8], _ type: Datatype, _ range: Range<Int>) -> UInt128? {
    switch type {
    case .ipv4Address: AddressText.ipv4(bytes.span, range).map { UInt128($0) }
    case .ipv6Address: AddressText.ipv6(bytes.span, range)
    case .etherAddress, .lladdr: AddressText.hardware(bytes.span, range)
    case .mark, .bitmask:
      AddressText.ipv4(bytes.span, range).map { UInt128($0) } ?? AddressText.ipv6(bytes.span, range)
    default: nil
    }
  }

  private mutating func classConstant(_ x: Ex) -> Constant {
    var bounds: [UInt128] = []
    for half in text(x).split(separator: "-") {
      let parts = half.split(separator: ":").map { UInt32($0, radix: 16) }
      guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return .invalid }
      bounds.append(UInt128(major) << 16 | UInt128(minor))
    }
    guard let first = bounds.first, let last = bounds.last, first <= last else { return .invalid }
    return bounds.count == 1 ? .value(first) : .interval(Interval(first, last))
  }

  private mutating func nameConstant(_ x: Ex, _ type: Datatype) -> Constant {
    let name = symbol(x)
    switch type {
    case .ifName, .ifIndex, .interfaceKind: return interfaceConstant(x, name, type)
    case .string:
      // Names of conntrack helpers and fingerprints: 16 bytes with the zero at their end.
      if name.isEmpty || name.utf8.count > 15 {
        report(
          .typeError, name.isEmpty ? "the name is empty" : "this name is longer than 15 letters", at: range(x))
        return .invalid
      }
      return .unknown(Uncertainty(.notModelled, name))
    case .cgroupv2: return .unknown(Uncertainty(.notModelled, name))
    case .time:
      if let seconds = Durations.milliseconds(name) { return .value(UInt128(seconds)) }
      return wrong(x, type)
    case .timeDate, .timeHour, .timeDay:
      if Durations.isCalendar(name, type) { return .unknown(Uncertainty(.time, name)) }
      let day = type == .timeDay ? Durations.days.first { $0.lowercased().hasPrefix(name.lowercased().prefix(3)) } : nil
      report(
        .typeError,
        "`\(name.prefix(60))` is not a \(type == .timeDay ? "day" : type == .timeHour ? "time of day" : "date")",
        at: range(x),
        hint: day.map { "write `\"\($0)\"`" }
          ?? (type == .timeHour ? "write `\"17:30\"`" : type == .timeDate ? "write `\"2024-12-31 23:59\"`" : nil))
      return .invalid
    case .ctLabel: return .unknown(Uncertainty(.hostFact, name))
    default: break
    }
    if let value = Symbols.value(name, type) { return .value(value) }
    let isQuoted = token(x).kind == .quoted
    // A number in quotes is read as a number.
    if isQuoted || token(x).kind == .word, let number = Self.quotedNumber(name) {
      if type != .ipv4Address, type != .ipv6Address { return .value(number) }
    }
    switch type {
    case .ipv4Address, .ipv6Address:
      if let address = Address(name) {
        if address.isV4 == (type == .ipv4Address) { return .value(address.value) }
        return wrong(x, type)
      }
      if let first = name.utf8.first, first >= 48, first <= 57, !isQuoted { return wrong(x, type) }
      return .unknown(Uncertainty(.hostFact, "host name `\(name)`"))
    case .uid, .gid: return .unknown(Uncertainty(.hostFact, "user or group `\(name)`"))
    case .mark where name == "original" || name == "reply": return wrong(x, type)
    case .mark, .realm, .deviceGroup, .classID, .priority:
      return .unknown(Uncertainty(.hostFact, "name `\(name)` from the machine's own tables"))
    default: break
    }
    let near = NearestWord.find(name, among: Symbols.names(type))
    report(
      .typeError, "`\(name.prefix(60))` is not a \(type.title)", at: range(x),
      hint: near.map { "did you mean `\($0)`?" })
    return .invalid
  }

  static func quotedNumber(_ text: String) -> UInt128? {
    guard let first = text.utf8.first, first >= 48, first <= 57 else { return nil }
    if text.hasPrefix("0x") { return UInt128(text.dropFirst(2), radix: 16) }
    return UInt128(text)
  }

  private mutating func interfaceConstant(_ x: Ex, _ name: String, _ type: Datatype) -> Constant {
    var name = name
    if name.hasSuffix("\\*") {
      // An escaped star is a star.
      name = String(name.dropLast(2)) + "*"
      return .value(InterfaceName.value(name))
    }
    if type != .ifIndex, name.hasSuffix("*") {
      let prefix = String(name.dropLast())
      if prefix.utf8.count > InterfaceName.maximumLength {
        report(.typeError, "interface names have at most \(InterfaceName.maximumLength) letters", at: range(x))
        return .invalid
      }
      let bounds = InterfaceName.prefixBounds(prefix)
      return .interval(Interval(bounds.lower, bounds.upper))
    }
    if name.utf8.count > InterfaceName.maximumLength {
      report(.typeError, "interface names have at most \(InterfaceName.maximumLength) letters", at: range(x))
      return .invalid
    }
    if name.isEmpty {
      report(.typeError, "an interface name cannot be empty", at: range(x))
      return .invalid
    }
    return .value(InterfaceName.value(name))
  }

  // MARK: Values

  /// Reads the right side of a comparison with one field.
  mutating func value(_ x: Ex, _ selector: Selector, table: Int) -> Value {
    guard let x = resolve(x) else { return .invalid }
    let node = node(x)
    switch node.kind {
    case .setReference: return reference(x, table: table)
    case .setLiteral:
      if node.child == 0 {
        report(.typeError, "the set is empty, so nothing is compared", at: range(x))
        return .invalid
      }
      // Braces around one value mean nothing: `tcp flags { syn }` tests the bit.
      let only = firstChild(x)
      if only.node != 0, sibling(only).node == 0, self.node(only).kind == .symbol || self.node(only).kind == .binary {
        return value(only, selector, table: table)
      }
      return setValue(x, selector, table: table)
    case .wildcard: return .set(ValueSet(Interval(0, Self.maximum(selector.width))), isSet: true)
    case .list:
      var bits: UInt128 = 0
      for child in children(x) {
        switch constant(child, selector.type, width: selector.width) {
        case .value(let value): bits |= value
        case .interval: return .invalid
        case .unknown(let why): return .unknown(why)
        case .invalid: return .invalid
        }
      }
      guard selector.isBitmask else {
        report(
          .typeError, "a list without braces is only possible for flags", at: range(x),
          hint: "write `{ \(text(x)) }`")
        return .invalid
      }
      return .bits(bits)
    case .flagMask:
      let value = firstChild(x)
      guard case .value(let bits) = constant(value, selector.type, width: selector.width),
        case .value(let mask) = constant(sibling(value), selector.type, width: selector.width)
      else { return .invalid }
      return .flagMask(bits, mask: mask)
    default:
      switch constant(x, selector.type, width: selector.width) {
      case .value(let value):
        return selector.isBitmask && selector.operations.isEmpty ? .bits(value) : .set(ValueSet(value), isSet: false)
      case .interval(let interval): return .set(ValueSet(interval), isSet: false)
      case .unknown(let why): return .unknown(why)
      case .invalid: return .invalid
      }
    }
  }

  /// `@name` of this table; an unknown one is reported.
  mutating func reference(_ x: Ex, table: Int) -> Value {
    guard let spelt = name(firstChild(x)) else { return .invalid }
    if let index = tables[table].setIndex[spelt] { return .reference(index) }
    let known = tables[table].sets.filter { !$0.isDeleted }.map(\.name)
    report(
      .undefinedReference, "there is no set `\(spelt)` in table `\(tables[table].name)`", at: range(x),
      hint: NearestWord.find(spelt, among: known).map { "did you mean `@\($0)`?" })
    return .invalid
  }

  /// All elements of braces for one field.
  private mutating func setValue(_ x: Ex, _ selector: Selector, table: Int) -> Value {
    var intervals: [Interval] = []
    var uncertain: Uncertainty?
    guard collect(x, selector.type, selector.width, into: &intervals, uncertain: &uncertain, depth: 0) else {
      return .invalid
    }
    if let uncertain { return .unknown(uncertain) }
    return .set(ValueSet(intervals), isSet: true)
  }

  /// Adds the keys of a set's elements; variables and sets inside are flattened. False: something was wrong.
  mutating func collect(
    _ x: Ex, _ type: Datatype, _ width: Int, into intervals: inout [Interval], uncertain: inout Uncertainty?, depth: Int
  ) -> Bool {
    guard depth < 32, intervals.count < Self.maximumElements else { return false }
    var isValid = true
    var child = firstChild(x)
    while child.node != 0 {
      var element = child
      if let interval = plainAddress(element, type) {
        intervals.append(interval)
        child = sibling(child)
        continue
      }
      if node(element).kind == .mapping {
        if node(element).flag == 1, type != .priority, type != .classID {
          report(.typeError, "an element of a set has no data", at: range(element), hint: "`map` and `vmap` take data")
          isValid = false
        }
        element = firstChild(element)
      }
      if node(element).kind == .variable {
        guard let resolved = resolve(element) else { return false }
        element = resolved
      }
      if node(element).kind == .setLiteral {
        isValid =
          collect(element, type, width, into: &intervals, uncertain: &uncertain, depth: depth + 1) && isValid
      } else {
        switch constant(element, type, width: width) {
        case .value(let value): intervals.append(Interval(value))
        case .interval(let interval): intervals.append(interval)
        case .unknown(let why): uncertain = why
        case .invalid: isValid = false
        }
      }
      child = sibling(child)
    }
    return isValid
  }

  /// The most frequent element of large sets, read without detours: an IPv4 address, or one with a prefix length. nil
  /// for anything else.
  private func plainAddress(_ x: Ex, _ type: Datatype) -> Interval? {
    guard type == .ipv4Address else { return nil }
    let node = node(x)
    var length = 32
    switch node.kind {
    case .symbol: break
    case .prefix:
      let digits = token(x.file, node.end - 1)
      guard digits.kind == .number, digits.upper - digits.lower <= 2,
        let value = withBytes(of: x.file, { Self.number($0, Int(digits.lower), Int(digits.upper)) }), value <= 32
      else { return nil }
      length = Int(value)
    default: return nil
    }
    let token = token(x.file, node.first)
    guard token.kind == .address,
      let value = withBytes(of: x.file, { AddressText.ipv4($0.span, Int(token.lower)..<Int(token.upper)) })
    else { return nil }
    let host = length == 0 ? UInt32.max : length == 32 ? 0 : UInt32.max >> UInt32(length)
    return Interval(UInt128(value & ~host), UInt128(value | host))
  }

  /// All elements of braces for a concatenation.
  mutating func collectTuples(
    _ x: Ex, _ types: [(type: Datatype, width: Int)], into tuples: inout [[Interval]], uncertain: inout Uncertainty?,
    depth: Int
  ) -> Bool {
    guard depth < 32, tuples.count < Self.maximumElements else { return false }
    var isValid = true
    for child in children(x) {
      var element = child
      if node(element).kind == .mapping { element = firstChild(element) }
      guard let resolved = resolve(element) else { return false }
      if node(resolved).kind == .setLiteral {
        isValid = collectTuples(resolved, types, into: &tuples, uncertain: &uncertain, depth: depth + 1) && isValid
        continue
      }
      if let tuple = tuple(resolved, types, uncertain: &uncertain) {
        tuples.append(tuple)
      } else if uncertain == nil {
        isValid = false
      }
    }
    return isValid
  }

  /// One element of a concatenation.
  mutating func tuple(
    _ x: Ex, _ types: [(type: Datatype, width: Int)], uncertain: inout Uncertainty?
  ) -> [Interval]? {
    if node(x).kind == .wildcard { return types.map { Interval(0, Self.maximum($0.width)) } }
    var parts: [Ex] = node(x).kind == .concatenation ? children(x) : [x]
    // Variables inside may be concatenations themselves.
    var flat: [Ex] = []
    for part in parts {
      guard let resolved = resolve(part) else { return nil }
      if node(resolved).kind == .concatenation { flat += children(resolved) } else { flat.append(resolved) }
    }
    parts = flat
    guard parts.count == types.count else {
      report(
        .typeError,
        "this element has \(parts.count) \(parts.count == 1 ? "part" : "parts"), the set's key has \(types.count)",
        at: range(x))
      return nil
    }
    var result: [Interval] = []
    for (part, type) in zip(parts, types) {
      switch constant(part, type.type, width: type.width) {
      case .value(let value): result.append(Interval(value))
      case .interval(let interval): result.append(interval)
      case .unknown(let why):
        uncertain = why
        return nil
      case .invalid: return nil
      }
    }
    return result
  }
}
