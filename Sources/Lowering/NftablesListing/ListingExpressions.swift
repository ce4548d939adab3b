import JSONText
import NftablesSyntax

/// What stands left of a comparison, or is written by an assignment.
struct ListedOperand {
  var printed: Printed
  /// One for each part of a concatenation.
  var types: [ValueType]
  /// The field, where it is one alone.
  var field: ListedField?
  /// Operators follow the field.
  var isBinary = false
  /// A mask on a field: the field and the mask.
  var masked: (field: ListedOperandField, mask: UInt128)?
  /// What is to be undone on the value that it is compared with.
  var transfer: [(operation: UInt8, value: UInt128)] = []
}

struct ListedOperandField {
  var printed: Printed
  var type: ValueType
}

extension NftablesListing {
  /// Marks a field as read: dependencies on its header are settled.
  mutating func use(_ field: ListedField) { context.use(field, printer) }

  /// A field, a concatenation, a field with operators, or a map look-up.
  mutating func operand(_ x: Ex, isMatch: Bool = false) -> ListedOperand? {
    guard depth < 100, let x = reader.resolve(x) else { return nil }
    depth += 1
    defer { depth -= 1 }
    let node = reader.node(x)
    switch node.kind {
    case .concatenation:
      var parts: [ListedOperand] = []
      for child in reader.children(x) {
        // `add @s { ip saddr . 22 }`: a constant takes its type from the set.
        let place = parts.count
        if isConstant(child), place < context.keyTypes.count {
          let type = context.keyTypes[place]
          guard let constant = constant(child, type) else { return nil }
          parts.append(ListedOperand(printed: print(constant, type), types: [type]))
          continue
        }
        guard let part = operand(child) else { return nil }
        parts.append(part)
      }
      let text = parts.map(\.printed.text).joined(separator: " . ")
      let json = Self.object([("concat", .array(parts.map(\.printed.json)))])
      return ListedOperand(printed: Printed(text, json), types: parts.flatMap(\.types))
    case .binary: return binary(x, isMatch: isMatch)
    case .map: return map(x, data: [])
    default:
      guard let field = field(x) else { return nil }
      use(field)
      return ListedOperand(printed: field.printed, types: [field.type], field: field)
    }
  }

  // MARK: Operators

  /// Operators with constants on one field, in the normal form of the kernel: `(x & mask) ^ value` and shifts.
  private mutating func binary(_ x: Ex, isMatch: Bool) -> ListedOperand? {
    var steps: [(operation: UInt8, operand: Ex)] = []
    var current = x
    while reader.node(current).kind == .binary, steps.count < 256 {
      let left = reader.firstChild(current)
      steps.append((reader.node(current).flag, reader.sibling(left)))
      guard let next = reader.resolve(left) else { return nil }
      current = next
    }
    steps.reverse()
    guard let inner = operand(current), let type = inner.types.first, inner.types.count == 1 else { return nil }
    var constants: [(operation: UInt8, value: UInt128)] = []
    for step in steps {
      guard case .number(let value)? = constant(step.operand, step.operation >= 3 ? .integer32 : type) else { return nil }
      constants.append((step.operation, value))
    }
    var result = inner
    result.field = nil
    // A comparison moves what can be undone to the other side.
    if isMatch {
      while let last = constants.last, last.operation == 1 || last.operation == 3 {
        result.transfer.append(constants.removeLast())
      }
    }
    if constants.isEmpty {
      result.field = inner.field
      return result
    }
    result.isBinary = true
    if constants.count == 1, constants[0].operation == 2 {
      result.masked = (ListedOperandField(printed: inner.printed, type: type), constants[0].value)
    }
    result.printed = printed(inner.printed, type, normalised(constants, type.maximum))
    return result
  }

  /// Runs of `&`, `|` and `^` as the kernel keeps them and nft prints them again.
  private func normalised(
    _ constants: [(operation: UInt8, value: UInt128)], _ maximum: UInt128
  ) -> [(operation: UInt8, value: UInt128)] {
    var result: [(operation: UInt8, value: UInt128)] = []
    var mask = maximum
    var flip: UInt128 = 0
    func flush(_ result: inout [(operation: UInt8, value: UInt128)]) {
      guard mask != maximum || flip != 0 else { return }
      let set = (mask ^ flip) & flip
      let changed = flip & mask
      let kept = mask | set
      if kept != maximum { result.append((2, kept)) }
      if changed != 0 { result.append((1, changed)) }
      if set != 0 { result.append((0, set)) }
    }
    for step in constants {
      switch step.operation {
      case 2:
        mask &= step.value
        flip &= step.value
      case 1: flip ^= step.value
      case 0:
        mask &= ~step.value
        flip = (flip & ~step.value) | step.value
      default:
        flush(&result)
        (mask, flip) = (maximum, 0)
        result.append(step)
      }
    }
    flush(&result)
    return result
  }

  private func printed(
    _ inner: Printed, _ type: ValueType, _ steps: [(operation: UInt8, value: UInt128)]
  ) -> Printed {
    let names = ["|", "^", "&", "<<", ">>"]
    // From the weakest: a weaker operator inside a stronger one needs parentheses.
    let strength = [0, 1, 2, 3, 3]
    var result = inner
    var last = 4
    for step in steps {
      let index = Int(step.operation)
      let value: Printed
      if index >= 3 {
        value = Printed(String(step.value), .number(String(step.value)))
      } else if type.isBitmask {
        value = printer.bits(step.value, type, separator: " | ")
      } else {
        value = printer.print(step.value, type)
      }
      var left = result.text
      if strength[index] > last { left = "(\(left))" }
      let right = value.text.contains(" | ") ? "(\(value.text))" : value.text
      result = Printed("\(left) \(names[index]) \(right)", Self.object([(names[index], .array([result.json, value.json]))]))
      last = strength[index]
    }
    return result
  }

  // MARK: Maps

  /// `key map { … }` or `key map @name`. `data` are the types of what the map gives, where they are known.
  mutating func map(_ x: Ex, data: [ValueType]) -> ListedOperand? {
    let first = reader.firstChild(x)
    guard let key = operand(first), let right = reader.resolve(reader.sibling(first)) else { return nil }
    let table: Printed
    var types = data
    if reader.node(right).kind == .setReference {
      table = reference(right)
    } else {
      guard let set = set(right, key: key.types, data: .values(data)) else { return nil }
      table = set.printed
      if types.isEmpty { types = data }
    }
    let json = Self.object([("map", Self.object([("key", key.printed.json), ("data", table.json)]))])
    return ListedOperand(printed: Printed("\(key.printed.text) map \(table.text)", json), types: types)
  }

  func reference(_ x: Ex) -> Printed {
    let name = reader.symbol(reader.firstChild(x))
    return Printed("@\(name)")
  }

  /// A value of an assignment, of nat or of a set statement: constant, field or map.
  mutating func value(_ x: Ex, _ types: [ValueType], inSet: Bool = false) -> Printed? {
    guard let x = reader.resolve(x) else { return nil }
    let node = reader.node(x)
    switch node.kind {
    case .map: return map(x, data: types)?.printed
    case .setReference: return reference(x)
    case .concatenation where types.count > 1 || !isConstant(reader.firstChild(x)):
      if !isConstant(reader.firstChild(x)) { return operand(x)?.printed }
      return concatenation(x, types)?.printed
    default: break
    }
    if isConstant(x) {
      guard let type = types.first, let constant = constant(x, type) else { return nil }
      return print(constant, type, inSet: inSet)
    }
    return operand(x)?.printed
  }

  /// True for what reads nothing from the packet.
  func isConstant(_ x: Ex) -> Bool {
    var current = x
    for _ in 0..<300 {
      switch reader.node(current).kind {
      case .symbol, .name, .range, .prefix, .list, .wildcard, .setLiteral, .variable, .verdict: return true
      case .binary, .concatenation, .flagMask: current = reader.firstChild(current)
      default: return false
      }
    }
    return false
  }

  mutating func concatenation(_ x: Ex, _ types: [ValueType]) -> (printed: Printed, parts: [ListedConstant])? {
    let children = reader.node(x).kind == .concatenation ? reader.children(x) : [x]
    var parts: [ListedConstant] = []
    var printedParts: [Printed] = []
    for (index, child) in children.enumerated() {
      let type = index < types.count ? types[index] : types.last ?? .integer32
      guard let value = constant(child, type) else { return nil }
      parts.append(value)
      printedParts.append(print(value, type, inSet: true))
    }
    let text = printedParts.map(\.text).joined(separator: " . ")
    if printedParts.count == 1 { return (printedParts[0], parts) }
    return (Printed(text, Self.object([("concat", .array(printedParts.map(\.json)))])), parts)
  }
}
