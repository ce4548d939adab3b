import FirewallModel
import NftablesSyntax
import PacketSets
import Packets
import SourceText

/// What the value of a field must be, before it is known which field that is.
private enum Test {
  case inSet(ValueSet)
  case anyBit(UInt128)
  case noBit(UInt128)

  func holds(_ value: UInt128) -> Bool {
    switch self {
    case .inSet(let set): set.contains(value)
    case .anyBit(let mask): value & mask != 0
    case .noBit(let mask): value & mask == 0
    }
  }
}

extension NftablesLowering {
  /// Lowers `left op right`; the implied matches and the match itself are added to the rule.
  mutating func match(_ x: Ex, _ rule: inout RuleBuilder) {
    let left = reader.firstChild(x)
    let right = reader.sibling(left)
    let operation = RelationalOperator(rawValue: reader.node(x).flag) ?? .implicit
    let origin = reader.range(x)
    if reader.node(left).kind == .concatenation {
      concatenatedMatch(x, left, right, operation, &rule)
      return
    }
    guard let selector = reader.selector(left, &rule) else {
      add(.unknown(Uncertainty(.notModelled, reader.text(x))), at: origin, &rule)
      return
    }
    let condition = condition(x, selector, operation, right, &rule)
    add(condition, at: origin, &rule)
    let node = reader.node(left)
    if node.kind == .conntrack, node.word == .protocolWord { rule.conntrackTransportIsKnown = true }
    learn(selector, condition, isEtherType: node.word == .ether, &rule)
    if node.word == .ether, node.field == .type, case .field(.family, let set) = condition, set.single != nil {
      rule.etherTypeIsOther = true
    }
  }

  mutating func add(_ condition: Condition, at origin: SourceRange, _ rule: inout RuleBuilder) {
    if case .unknown(let why) = condition { noteGap(why, at: origin) }
    rule.steps.append(.match(Match(condition, at: origin)))
  }

  mutating func noteGap(_ why: Uncertainty, at origin: SourceRange) {
    let kind = why.kind == .notModelled || why.kind == .hostFact
    if kind {
      reader.coverage.notModelled.append(Coverage.Gap(Self.gapName(why.text), at: origin))
    }
  }

  /// The first two words, for grouping.
  static func gapName(_ text: String) -> String {
    text.split(separator: " ", maxSplits: 2).prefix(2).joined(separator: " ")
  }

  /// A rule that says `meta nfproto ipv4` or `ip protocol tcp` needs no more implied matches for that.
  private func learn(
    _ selector: Selector, _ condition: Condition, isEtherType: Bool, _ rule: inout RuleBuilder
  ) {
    switch selector.form {
    case .field(.transportProtocol), .field(.nextHeader), .field(.sourcePort), .field(.destinationPort):
      rule.transportIsKnown = true
    default: break
    }
    guard case .field(let field, let set) = condition, let value = set.single else { return }
    switch field {
    case .family:
      // In an inet table `meta protocol` tells nft nothing about the rules of the header.
      if case .protocolFamily = selector.form, rule.family == .inet, !isEtherType { break }
      if rule.network == nil { rule.network = value }
    case .icmpType: if rule.icmpType == nil { rule.icmpType = value }
    case .nextHeader: if rule.transport == nil { rule.nextHeader = UInt8(truncatingIfNeeded: value) }
    case .transportProtocol:
      if rule.transport == nil { rule.transport = UInt8(truncatingIfNeeded: value) }
    default: break
    }
  }

  // MARK: One field

  private mutating func condition(
    _ x: Ex, _ selector: Selector, _ operation: RelationalOperator, _ right: Ex, _ rule: inout RuleBuilder
  ) -> Condition {
    let isFib = reader.node(reader.firstChild(x)).kind == .fib
    if isFib, let resolved = reader.resolve(right), reader.node(resolved).kind == .symbol,
      reader.node(reader.firstChild(x)).word != .type, reader.token(resolved).kind != .number,
      !["exists", "missing"].contains(reader.symbol(resolved))
    {
      return .unknown(Uncertainty(.hostFact, reader.text(x)))
    }
    if case .unknown(let why) = selector.form {
      // The value is still checked against the type.
      if !isFib { _ = reader.value(right, selector, table: rule.table) }
      return .unknown(Uncertainty(why.kind, reader.text(x)))
    }
    let isNegated = operation == .notEqual
    switch reader.value(right, selector, table: rule.table) {
    case .invalid: return .unknown(Uncertainty(.notModelled, reader.text(x)))
    case .unknown(let why): return .unknown(Uncertainty(why.kind, reader.text(x)))
    case .tuples: return .unknown(Uncertainty(.notModelled, reader.text(x)))
    case .reference(let index):
      guard operation == .implicit || operation == .equal || isNegated else {
        reader.report(.typeError, "a set is compared by `==` or `!=` only", at: reader.range(x))
        return .unknown(Uncertainty(.notModelled, reader.text(x)))
      }
      guard let field = selector.field, selector.operations.isEmpty, let id = setID(rule.table, index) else {
        return .unknown(Uncertainty(.notModelled, reader.text(x)))
      }
      guard checkKey(id, [selector], at: reader.range(right)) else {
        return .unknown(Uncertainty(.notModelled, reader.text(x)))
      }
      return .member(id, [field], negated: isNegated)
    case .flagMask(let value, let mask):
      var selector = selector
      selector.operations.append(BitOperation(kind: .and, operand: mask))
      let test: Test =
        operation == .notEqual || operation == .negated
        ? .inSet(ValueSet(value).complement(upTo: NftablesReader.maximum(selector.width))) : .inSet(ValueSet(value))
      return lower(test, selector, x)
    case .bits(let bits):
      switch operation {
      case .implicit: return lower(.anyBit(bits), selector, x)
      case .negated: return lower(.noBit(bits), selector, x)
      default: return comparison(ValueSet(bits), operation, selector, x)
      }
    case .set(let set, _):
      return comparison(set, operation, selector, x)
    }
  }

  private mutating func comparison(
    _ set: ValueSet, _ operation: RelationalOperator, _ selector: Selector, _ x: Ex
  ) -> Condition {
    let maximum = NftablesReader.maximum(selector.width)
    let result: ValueSet
    switch operation {
    case .implicit, .equal: result = set
    case .notEqual: result = set.complement(upTo: maximum)
    case .negated:
      guard let bits = set.single else { return .unknown(Uncertainty(.notModelled, reader.text(x))) }
      return lower(.noBit(bits), selector, x)
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      guard let value = set.single else {
        reader.report(.typeError, "`<` and `>` compare with one value", at: reader.range(x))
        return .unknown(Uncertainty(.notModelled, reader.text(x)))
      }
      switch operation {
      case .less: result = value == 0 ? .empty : ValueSet(Interval(0, value - 1))
      case .lessOrEqual: result = ValueSet(Interval(0, value))
      case .greater: result = value >= maximum ? .empty : ValueSet(Interval(value + 1, maximum))
      default: result = ValueSet(Interval(value, maximum))
      }
    }
    return lower(.inSet(result), selector, x)
  }

  /// Writes a test as a condition on the selector's field.
  private func lower(_ test: Test, _ selector: Selector, _ x: Ex) -> Condition {
    let unknown = Condition.unknown(Uncertainty(.notModelled, reader.text(x)))
    func holds(_ value: UInt128) -> Bool {
      var value = value
      for operation in selector.operations { value = operation.applied(to: value, width: selector.width) }
      return test.holds(value)
    }
    switch selector.form {
    case .unknown: return unknown
    case .presence(let field):
      let present = Condition.field(field, ValueSet(allOf: field))
      switch (holds(1), holds(0)) {
      case (true, false): return present
      case (false, true): return .not(present)
      case (true, true): return .constant(true)
      case (false, false): return .constant(false)
      }
    case .anyBit(let field, let mask):
      let isSet = Condition.masked(field, mask: mask, ValueSet(Interval(1, mask)))
      switch (holds(1), holds(0)) {
      case (true, false): return isSet
      case (false, true): return .not(isSet)
      case (true, true): return .constant(true)
      case (false, false): return .constant(false)
      }
    case .conntrackState:
      let states = ConntrackState.allCases.filter { holds(Self.conntrackBit($0)) }
      return .field(.ctState, ValueSet(values: states.map { UInt128($0.rawValue) }))
    case .protocolFamily:
      if selector.operations.isEmpty, case .inSet(let set) = test { return protocolFamily(set) }
      return protocolFamily(ValueSet((UInt128(0)...0xffff).lazy.filter(holds).map { Interval($0) }))
    case .fragmentWord: return fragmentWord(test, selector) ?? unknown
    case .field(let field): return lower(test, selector, field) ?? unknown
    }
  }

  static func conntrackBit(_ state: ConntrackState) -> UInt128 {
    switch state {
    case .invalid: 1
    case .established: 2
    case .related: 4
    case .new: 8
    case .untracked: 64
    }
  }

  /// `meta protocol ip`, `ether type arp`: the packet's family, as long as nothing but the three families is named.
  private func protocolFamily(_ types: ValueSet) -> Condition {
    let families: [(UInt128, UInt128)] = [
      (0x0800, NetworkProtocol.ipv4), (0x86dd, NetworkProtocol.ipv6), (0x0806, NetworkProtocol.arp),
    ]
    let named = families.filter { types.contains($0.0) }.map(\.1)
    let others = types.count - UInt128(named.count)
    if others == 0 { return .field(.family, ValueSet(values: named)) }
    if others == 0x10000 - 3 {
      let excluded = families.filter { !types.contains($0.0) }.map(\.1)
      return .field(.family, ValueSet(values: excluded).complement(in: .family))
    }
    return .field(.etherType, types)
  }

  /// `ip frag-off & 0x1fff != 0` and its kind: three fields in one word.
  private func fragmentWord(_ test: Test, _ selector: Selector) -> Condition? {
    var mask: UInt128 = 0xffff
    for operation in selector.operations {
      guard operation.kind == .and else { return nil }
      mask &= operation.operand
    }
    guard case .inSet(let set) = test else { return nil }
    let (value, isEqual): (UInt128, Bool)
    if let single = set.single {
      (value, isEqual) = (single, true)
    } else if let single = set.complement(upTo: 0xffff).single {
      (value, isEqual) = (single, false)
    } else {
      return nil
    }
    var parts: [Condition] = []
    func part(_ field: Field, _ shift: UInt128, _ width: UInt128) {
      let fieldMask = (mask >> shift) & width
      guard fieldMask != 0 else { return }
      let fieldValue = (value >> shift) & width
      if fieldMask == width {
        parts.append(.field(field, ValueSet(fieldValue)))
      } else {
        parts.append(.masked(field, mask: fieldMask, ValueSet(fieldValue)))
      }
    }
    part(.dontFragment, 14, 1)
    part(.moreFragments, 13, 1)
    part(.fragmentOffset, 0, 0x1fff)
    if value & ~mask != 0 { return .constant(!isEqual) }
    // The reserved bit is zero in every packet the model knows.
    if value & mask & 0x8000 != 0 { return .constant(!isEqual) }
    let all = parts.count == 1 ? parts[0] : Condition.all(parts)
    return isEqual ? all : .not(all)
  }

  private func lower(_ test: Test, _ selector: Selector, _ field: Field) -> Condition? {
    let width = min(selector.width, field.width)
    if selector.operations.isEmpty {
      switch test {
      case .inSet(let set): return .field(field, set.intersection(ValueSet(allOf: field)))
      case .anyBit(let mask) where width > 16:
        return .masked(field, mask: mask, ValueSet(Interval(1, NftablesReader.maximum(width))))
      case .noBit(let mask) where width > 16: return .masked(field, mask: mask, ValueSet(0))
      default: break
      }
    }
    if width <= 16 {
      var intervals: [Interval] = []
      var start: UInt128?
      for value in UInt128(0)...NftablesReader.maximum(width) {
        var result = value
        for operation in selector.operations { result = operation.applied(to: result, width: selector.width) }
        if test.holds(result) {
          if start == nil { start = value }
        } else if let first = start {
          intervals.append(Interval(first, value - 1))
          start = nil
        }
      }
      if let first = start { intervals.append(Interval(first, NftablesReader.maximum(width))) }
      return .field(field, ValueSet(intervals))
    }
    return wide(test, selector, field)
  }

  /// Fields too wide to try every value.
  private func wide(_ test: Test, _ selector: Selector, _ field: Field) -> Condition? {
    guard selector.operations.count == 1 else {
      let masks = selector.operations.filter { $0.kind == .and }
      guard masks.count == selector.operations.count, let first = masks.first else { return nil }
      let mask = masks.reduce(first.operand) { $0 & $1.operand }
      if case .inSet(let set) = test { return .masked(field, mask: mask, set) }
      return nil
    }
    let operation = selector.operations[0]
    let maximum = NftablesReader.maximum(selector.width)
    switch (operation.kind, test) {
    case (.and, .inSet(let set)):
      let mask = operation.operand & maximum
      let host = ~mask & maximum
      // A mask of leading ones is a prefix.
      if mask != 0, host & (host &+ 1) == 0 {
        if let value = set.single {
          guard value & host == 0 else { return .constant(false) }
          return .field(field, ValueSet(Interval(value, value | host)))
        }
        if let value = set.complement(upTo: maximum).single {
          guard value & host == 0 else { return .field(field, ValueSet(allOf: field)) }
          return .field(field, ValueSet(Interval(value, value | host)).complement(upTo: maximum))
        }
      }
      return .masked(field, mask: mask, set)
    case (.and, .anyBit(let bits)):
      return .masked(field, mask: operation.operand & bits, ValueSet(Interval(1, maximum)))
    case (.and, .noBit(let bits)): return .masked(field, mask: operation.operand & bits, ValueSet(0))
    case (.xor, .inSet(let set)):
      if let value = set.single { return .field(field, ValueSet(value ^ operation.operand)) }
      if let value = set.complement(upTo: maximum).single {
        return .field(field, ValueSet(value ^ operation.operand).complement(upTo: maximum))
      }
      return nil
    case (.or, .inSet(let set)):
      // `x | bits` equals a value when the bits are in it and the others agree.
      func equal(_ value: UInt128) -> Condition {
        guard value & operation.operand == operation.operand else { return .constant(false) }
        return .masked(field, mask: maximum & ~operation.operand, ValueSet(value & ~operation.operand))
      }
      if let value = set.single { return equal(value) }
      if let value = set.complement(upTo: maximum).single {
        if case .masked(let field, let mask, let set) = equal(value) {
          return .masked(field, mask: mask, set.complement(upTo: maximum))
        }
        return .field(field, ValueSet(allOf: field))
      }
      return nil
    case (.shiftRight, .inSet(let set)):
      let shift = operation.operand
      let ones = NftablesReader.maximum(Int(truncatingIfNeeded: shift))
      let limit = maximum >> shift
      let moved = set.intersection(ValueSet(Interval(0, limit))).intervals.map {
        Interval($0.lower << shift, $0.upper << shift | (shift == 0 ? 0 : ones))
      }
      return .field(field, ValueSet(moved))
    default: return nil
    }
  }

  // MARK: Concatenations

  private mutating func concatenatedMatch(
    _ x: Ex, _ left: Ex, _ right: Ex, _ operation: RelationalOperator, _ rule: inout RuleBuilder
  ) {
    let origin = reader.range(x)
    let unknown = Condition.unknown(Uncertainty(.notModelled, reader.text(x)))
    guard let selectors = selectors(left, &rule), let resolved = reader.resolve(right) else {
      return add(unknown, at: origin, &rule)
    }
    let isNegated = operation == .notEqual
    let fields = selectors.compactMap { $0.operations.isEmpty ? $0.field : nil }
    if reader.node(resolved).kind == .setReference {
      guard case .reference(let index) = reader.reference(resolved, table: rule.table),
        let id = setID(rule.table, index), checkKey(id, selectors, at: reader.range(right)),
        fields.count == selectors.count
      else { return add(unknown, at: origin, &rule) }
      return add(.member(id, fields, negated: isNegated), at: origin, &rule)
    }
    let uncertain = selectors.lazy.compactMap { selector -> Uncertainty? in
      if case .unknown(let why) = selector.form { return why }
      return nil
    }.first
    if let uncertain {
      return add(.unknown(Uncertainty(uncertain.kind, reader.text(x))), at: origin, &rule)
    }
    guard fields.count == selectors.count else { return add(unknown, at: origin, &rule) }
    var why: Uncertainty?
    let types = selectors.map { (type: $0.type, width: $0.width) }
    var tuples: [[Interval]] = []
    if reader.node(resolved).kind == .setLiteral {
      guard reader.collectTuples(resolved, types, into: &tuples, uncertain: &why, depth: 0), why == nil else {
        return add(why.map { .unknown($0) } ?? unknown, at: origin, &rule)
      }
    } else {
      guard let tuple = reader.tuple(resolved, types, uncertain: &why) else {
        return add(why.map { .unknown($0) } ?? unknown, at: origin, &rule)
      }
      tuples = [tuple]
    }
    let mapped = tuples.compactMap { modelled($0, types.map(\.type)) }
    guard mapped.count == tuples.count else { return add(unknown, at: origin, &rule) }
    if mapped.count == 1 {
      let all = Condition.all(zip(fields, mapped[0]).map { .field($0, ValueSet($1)) })
      return add(isNegated ? .not(all) : all, at: origin, &rule)
    }
    let id = SetID(ruleset.sets.count)
    ruleset.sets.append(
      NamedSet(
        table: TableID(tableIDs[rule.table] ?? 0), name: "", contents: .tuples(mapped), origin: reader.range(resolved)))
    add(.member(id, fields, negated: isNegated), at: origin, &rule)
  }

  /// The selectors of a concatenation, or the one that stands alone.
  mutating func selectors(_ x: Ex, _ rule: inout RuleBuilder) -> [Selector]? {
    let parts = reader.node(x).kind == .concatenation ? reader.children(x) : [x]
    var result: [Selector] = []
    for part in parts {
      guard let selector = reader.selector(part, &rule) else { return nil }
      let node = reader.node(part)
      if node.kind == .conntrack, node.word == .saddr || node.word == .daddr, node.field == .none {
        reader.report(
          .typeError, "as a key `\(reader.text(part))` must say which IP version it is about", at: reader.range(part),
          hint: "write `ip \(node.word.rawValue)` or `ip6 \(node.word.rawValue)`")
      }
      result.append(selector)
    }
    return result
  }

  /// Values as nft counts them, written as the model does (conntrack states). nil where that cannot be done.
  func modelled(_ tuple: [Interval], _ types: [Datatype]) -> [Interval]? {
    var result = tuple
    for (index, type) in types.enumerated() where type == .ctState {
      guard let state = ConntrackState.allCases.first(where: { Interval(Self.conntrackBit($0)) == tuple[index] }) else {
        return nil
      }
      result[index] = Interval(UInt128(state.rawValue))
    }
    return result
  }
}
