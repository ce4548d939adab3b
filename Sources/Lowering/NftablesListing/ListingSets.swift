import JSONText
import NftablesSyntax

/// What the elements of a map give.
enum ListedData {
  case none
  case verdicts
  case values([ValueType])
}

/// A set literal as printed.
struct ListedSet {
  var printed: Printed
  var elements: [Printed]
  /// The only element, where there is one and it has nothing beside its key.
  var single: ListedConstant?
  /// The keys that are one number.
  var numbers: [UInt128] = []
}

private struct ListedElement {
  var keys: [ListedConstant]
  var printed: Printed
  /// Options or data: such elements are not merged with others.
  var isPlain = true
  var hasData = false
  /// Counters, limits, times and comment; with the members they have in JSON.
  var statements: Printed?
  /// What the key is mapped to.
  var data: Printed?

  var whole: Printed {
    var result = printed
    if let statements {
      let members: [(key: String, value: JSONValue)] = [("val", printed.json)] + (statements.json.members ?? [])
      result = Printed("\(printed.text) \(statements.text)", .object([("elem", .object(members))]))
    }
    if let data { result = Printed("\(result.text) : \(data.text)", .array([result.json, data.json])) }
    return result
  }
}

extension NftablesListing {
  /// The elements of a set or map in the order and form in which nft lists them.
  mutating func set(_ x: Ex, key: [ValueType], data: ListedData) -> ListedSet? {
    var elements: [ListedElement] = []
    guard collect(x, key, data, into: &elements, level: 0) else { return nil }
    return listed(elements, key, merges: true)
  }

  /// The same for several literals that add to one set or delete from it, in order.
  /// `merges`: neighbours become one. `started`: the statements of elements that have none.
  mutating func set(
    _ literals: [(ex: Ex, isDeletion: Bool)], key: [ValueType], data: ListedData, merges: Bool, started: Printed?
  ) -> ListedSet? {
    var elements: [ListedElement] = []
    for (literal, isDeletion) in literals {
      guard isDeletion else {
        guard collect(literal, key, data, into: &elements, level: 0) else { return nil }
        continue
      }
      var deleted: [ListedElement] = []
      guard collect(literal, key, data, into: &deleted, level: 0) else { return nil }
      elements = key.count == 1 && merges ? cut(deleted, from: elements, key[0]) : without(deleted, elements, key)
    }
    if let started {
      for index in elements.indices where !elements[index].hasData && elements[index].statements == nil {
        elements[index].statements = started
      }
    }
    return listed(elements, key, merges: merges, always: merges)
  }

  /// The elements that have none of the keys deleted.
  private func without(
    _ deleted: [ListedElement], _ elements: [ListedElement], _ types: [ValueType]
  ) -> [ListedElement] {
    let sorted = deleted.map(\.keys).sorted { Self.compare($0, $1, types) < 0 }
    return elements.filter { element in
      var low = 0
      var high = sorted.count
      while low < high {
        let middle = (low + high) / 2
        if Self.compare(sorted[middle], element.keys, types) < 0 { low = middle + 1 } else { high = middle }
      }
      return low == sorted.count || Self.compare(sorted[low], element.keys, types) != 0
    }
  }

  /// The same in a set with auto-merge, where a part of an interval can be deleted.
  private func cut(_ deleted: [ListedElement], from elements: [ListedElement], _ type: ValueType) -> [ListedElement] {
    var result = elements
    for hole in deleted {
      guard let gap = hole.keys[0].bounds(type) else {
        result = without([hole], result, [type])
        continue
      }
      var next: [ListedElement] = []
      for element in result {
        guard let bounds = element.keys[0].bounds(type), bounds.0 <= gap.1, gap.0 <= bounds.1 else {
          next.append(element)
          continue
        }
        if bounds.0 < gap.0 { next.append(with(bounds.0, gap.0 - 1, element, type)) }
        if gap.1 < bounds.1 { next.append(with(gap.1 + 1, bounds.1, element, type)) }
      }
      result = next
    }
    return result
  }

  private func with(_ low: UInt128, _ high: UInt128, _ element: ListedElement, _ type: ValueType) -> ListedElement {
    var result = element
    let constant: ListedConstant = low == high ? .number(low) : .range(low, high)
    result.keys = [constant]
    result.printed = print(constant, type, inSet: true)
    return result
  }

  private func listed(
    _ elements: [ListedElement], _ key: [ValueType], merges: Bool, always: Bool = false
  ) -> ListedSet {
    var merged = elements
    if key.count == 1 { merged = merges ? merge(elements, key[0], always: always) : Self.unique(elements, key[0]) }
    let sorted = merged.enumerated().sorted { a, b in
      let order = Self.compare(a.element.keys, b.element.keys, key)
      return order == 0 ? a.offset < b.offset : order < 0
    }.map(\.element)
    let printed = sorted.map(\.whole)
    let text = printed.isEmpty ? "{ }" : "{ \(printed.map(\.text).joined(separator: ", ")) }"
    let json = Self.object([("set", .array(printed.map(\.json)))])
    var single: ListedConstant?
    if elements.count == 1, !elements[0].hasData, elements[0].keys.count == 1 { single = elements[0].keys[0] }
    let numbers: [UInt128] = sorted.compactMap { element in
      if case .number(let value)? = element.keys.first, element.keys.count == 1 { return value }
      return nil
    }
    return ListedSet(printed: Printed(text, json), elements: printed, single: single, numbers: numbers)
  }

  private mutating func collect(
    _ x: Ex, _ key: [ValueType], _ data: ListedData, into elements: inout [ListedElement], level: Int
  ) -> Bool {
    guard level < 32, elements.count < NftablesReader.maximumElements, let x = reader.resolve(x) else { return false }
    guard reader.node(x).kind == .setLiteral else { return element(x, x, key, data, into: &elements, level) }
    for child in reader.children(x) {
      guard element(child, child, key, data, into: &elements, level) else { return false }
    }
    return true
  }

  private mutating func element(
    _ x: Ex, _ whole: Ex, _ key: [ValueType], _ data: ListedData, into elements: inout [ListedElement], _ level: Int
  ) -> Bool {
    guard let resolved = reader.resolve(x) else { return false }
    let node = reader.node(resolved)
    if node.kind == .setLiteral { return collect(resolved, key, data, into: &elements, level: level + 1) }
    var keyNode = resolved
    var options: Ex?
    var dataNode: Ex?
    if node.kind == .mapping {
      var parts = reader.children(resolved)
      keyNode = parts.removeFirst()
      if let first = parts.first, reader.node(first).kind == .elementOptions { options = parts.removeFirst() }
      dataNode = parts.first
    }
    if case .none = data, dataNode != nil, key.count == 1, key[0].type == .priority || key[0].type == .classID {
      // `1:2` in a set of traffic classes looks like a key with data.
      guard let value = classID(reader.text(resolved).filter { !$0.isWhitespace }) else { return false }
      elements.append(ListedElement(keys: [value], printed: print(value, key[0], inSet: true)))
      return true
    }
    guard let keyNode = reader.resolve(keyNode) else { return false }
    // A variable may stand for several keys.
    let keys = reader.node(keyNode).kind == .setLiteral ? reader.children(keyNode) : [keyNode]
    for one in keys {
      guard let tuple = concatenation(one, key) else { return false }
      var element = ListedElement(keys: tuple.parts, printed: tuple.printed)
      if let options, let described = elementOptions(options) {
        element.isPlain = false
        element.statements = Printed(described.text, Self.object(described.members))
      }
      if let dataNode {
        guard let value = mapData(dataNode, data) else { return false }
        element.isPlain = false
        element.hasData = true
        element.data = value
      }
      elements.append(element)
    }
    return true
  }

  private mutating func mapData(_ x: Ex, _ data: ListedData) -> Printed? {
    guard let x = reader.resolve(x) else { return nil }
    if reader.node(x).kind == .verdict { return verdict(x) }
    guard case .values(let types) = data else { return nil }
    if types.isEmpty { return Printed(reader.text(x)) }
    return concatenation(x, types)?.printed
  }

  private mutating func elementOptions(_ x: Ex) -> (text: String, members: [(key: String, value: JSONValue)])? {
    // Listings print what the kernel prints: statements, then times, then the comment.
    var statements: [String] = []
    var times: [String] = []
    var comment: String?
    var members: [(key: String, value: JSONValue)] = []
    for child in reader.children(x) {
      let node = reader.node(child)
      guard node.kind == .option else {
        guard let printed = plainStatement(child) else { continue }
        statements.append(printed.text)
        // The older release has only the first of them in JSON.
        if style.release != .r1_0_6 || statements.count == 1 { members += printed.json.members ?? [] }
        continue
      }
      guard let value = reader.resolve(reader.firstChild(child)) else { continue }
      let text = reader.symbol(value)
      switch node.word {
      case .comment:
        comment = "comment \"\(text)\""
        members.append(("comment", .string(text)))
      default:
        guard let milliseconds = Durations.milliseconds(text) else { continue }
        if node.word == .expires, style.isStateless { continue }
        times.append("\(node.word.text) \(ValuePrinter.duration(milliseconds))")
        members.append((node.word.text, .number(String(milliseconds / 1000))))
      }
    }
    let all = times + (comment.map { [$0] } ?? []) + statements
    return all.isEmpty ? nil : (all.joined(separator: " "), members)
  }

  // MARK: Order

  /// Intervals that meet are one in a set of intervals.
  private func merge(_ elements: [ListedElement], _ type: ValueType, always: Bool) -> [ListedElement] {
    var hasRange = always
    for element in elements {
      switch element.keys[0] {
      case .range, .prefix: hasRange = true
      case .name: return elements
      default: break
      }
    }
    guard hasRange, !elements.contains(where: \.hasData), always || elements.allSatisfy(\.isPlain) else {
      return Self.unique(elements, type)
    }
    var bounds: [(low: UInt128, high: UInt128, first: ListedElement)] = []
    var rest: [ListedElement] = []
    for element in elements {
      if let found = element.keys[0].bounds(type) {
        bounds.append((found.0, found.1, element))
      } else {
        rest.append(element)
      }
    }
    bounds.sort { ($0.low, $0.high) < ($1.low, $1.high) }
    var joined: [(low: UInt128, high: UInt128, first: ListedElement)] = []
    for bound in bounds {
      if let last = joined.last, last.high == .max || bound.low <= last.high + 1 {
        joined[joined.count - 1].high = max(last.high, bound.high)
      } else {
        joined.append(bound)
      }
    }
    return joined.map { bound in
      let constant: ListedConstant = bound.low == bound.high ? .number(bound.low) : .range(bound.low, bound.high)
      // What the first one has beside its key is kept.
      var element = bound.first
      element.keys = [constant]
      element.printed = print(constant, type, inSet: true)
      return element
    } + rest
  }

  /// One of each value.
  private static func unique(_ elements: [ListedElement], _ type: ValueType) -> [ListedElement] {
    var seen: Set<UInt128> = []
    return elements.filter { element in
      guard element.isPlain, case .number(let value) = element.keys[0] else { return true }
      return seen.insert(value).inserted
    }
  }

  private static func compare(_ a: [ListedConstant], _ b: [ListedConstant], _ types: [ValueType]) -> Int {
    for (index, pair) in zip(a, b).enumerated() {
      let type = index < types.count ? types[index] : .integer32
      let order = compare(pair.0, pair.1, type)
      if order != 0 { return order }
    }
    return 0
  }

  private static func compare(_ a: ListedConstant, _ b: ListedConstant, _ type: ValueType) -> Int {
    switch (a, b) {
    case (.wildcard, .wildcard): return 0
    case (.wildcard, _): return 1
    case (_, .wildcard): return -1
    case (.name(_, let x), .name(_, let y)):
      // The kernel's bytes as a number in the order of the host: longer is greater, then the last byte counts most.
      if x.count != y.count { return x.count < y.count ? -1 : 1 }
      return x == y ? 0 : x.lexicographicallyPrecedes(y) ? -1 : 1
    default:
      guard let x = a.bounds(type), let y = b.bounds(type) else { return 0 }
      return x == y ? 0 : x < y ? -1 : 1
    }
  }
}
