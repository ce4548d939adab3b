import FirewallModel
import NftablesSyntax
import PacketSets
import Packets
import SourceText

/// The key and data types of a set.
struct SetTypes {
  var key: [(type: Datatype, width: Int)] = []
  var data: [(type: Datatype, width: Int)] = []
  var isMap = false
  var hasUnknown = false
  var isInterval = false
}

extension NftablesLowering {
  mutating func lowerSet(_ table: Int, _ index: Int) -> NamedSet {
    let set = reader.tables[table].sets[index]
    let types = setTypes(set, table: table)
    var isDynamic = false
    for entry in set.entries {
      switch reader.node(entry).word {
      case .flags:
        for flag in reader.children(entry) {
          let name = reader.symbol(flag)
          if name == "dynamic" || name == "timeout" { isDynamic = true }
        }
      case .timeout: isDynamic = true
      default: break
      }
    }
    let id = TableID(tableIDs[table] ?? 0)
    var result = NamedSet(
      table: id, name: set.name, contents: .values(.empty), isDynamic: isDynamic, origin: set.origin)
    guard !types.hasUnknown, !types.key.isEmpty else {
      result.contents = .unknown(Uncertainty(.notModelled, "set \(set.name)"))
      reader.coverage.notModelled.append(Coverage.Gap("set type", at: set.origin))
      return result
    }
    if types.isMap {
      result.contents = mapContents(set, types, table: table)
    } else if types.key.count > 1 {
      result.contents = tupleContents(set, types)
    } else {
      result.contents = valueContents(set, types)
    }
    return result
  }

  private mutating func valueContents(_ set: SetState, _ types: SetTypes) -> NamedSet.Contents {
    var values = ValueSet.empty
    var pending: [Interval] = []
    var why: Uncertainty?
    for (elements, isDeletion) in set.elements {
      guard let literal = reader.resolve(elements) else { return .unknown(Uncertainty(.notModelled, set.name)) }
      var found: [Interval] = []
      guard collectElements(literal, types, into: &found, uncertain: &why) else {
        return .unknown(Uncertainty(.notModelled, "elements of \(set.name)"))
      }
      if isDeletion {
        values = values.union(ValueSet(pending)).subtracting(ValueSet(found))
        pending = []
      } else if pending.isEmpty {
        pending = found
      } else {
        pending += found
      }
    }
    if let why { return .unknown(why) }
    if !pending.isEmpty { values = values.union(ValueSet(pending)) }
    if types.key[0].type == .ctState {
      let states = ConntrackState.allCases.filter { values.contains(Self.conntrackBit($0)) }
      values = ValueSet(values: states.map { UInt128($0.rawValue) })
    }
    return .values(values)
  }

  private mutating func collectElements(
    _ literal: Ex, _ types: SetTypes, into found: inout [Interval], uncertain: inout Uncertainty?
  ) -> Bool {
    if reader.node(literal).kind == .setLiteral {
      return reader.collect(
        literal, types.key[0].type, types.key[0].width, into: &found, uncertain: &uncertain, depth: 0)
    }
    switch reader.constant(literal, types.key[0].type, width: types.key[0].width) {
    case .value(let value): found.append(Interval(value))
    case .interval(let interval): found.append(interval)
    case .unknown(let why): uncertain = why
    case .invalid: return false
    }
    return true
  }

  private mutating func tupleContents(_ set: SetState, _ types: SetTypes) -> NamedSet.Contents {
    var tuples: [[Interval]] = []
    var why: Uncertainty?
    for (elements, isDeletion) in set.elements {
      guard let literal = reader.resolve(elements) else { return .unknown(Uncertainty(.notModelled, set.name)) }
      var found: [[Interval]] = []
      guard reader.collectTuples(literal, types.key, into: &found, uncertain: &why, depth: 0), why == nil else {
        return .unknown(why ?? Uncertainty(.notModelled, "elements of \(set.name)"))
      }
      if isDeletion { tuples.removeAll { found.contains($0) } } else { tuples += found }
    }
    let mapped = tuples.compactMap { modelled($0, types.key.map(\.type)) }
    guard mapped.count == tuples.count else { return .unknown(Uncertainty(.notModelled, "set \(set.name)")) }
    return .tuples(mapped)
  }

  private mutating func mapContents(_ set: SetState, _ types: SetTypes, table: Int) -> NamedSet.Contents {
    var elements: [NamedSet.MapElement] = []
    var fallback: NamedSet.MapData?
    for (literal, isDeletion) in set.elements {
      guard let literal = reader.resolve(literal) else { return .unknown(Uncertainty(.notModelled, set.name)) }
      var found: [NamedSet.MapElement] = []
      var other: NamedSet.MapData?
      if let why = collectMap(literal, types, table: table, into: &found, fallback: &other) {
        return .unknown(why)
      }
      if isDeletion {
        let keys = found.map(\.key)
        elements.removeAll { keys.contains($0.key) }
        if other != nil { fallback = nil }
      } else {
        elements += found
        fallback = other ?? fallback
      }
    }
    reportConflicts(elements)
    return .map(elements, fallback: fallback)
  }

  /// Two elements of a map must not hold the same key.
  mutating func reportConflicts(_ elements: [NamedSet.MapElement]) {
    guard elements.count > 1, elements.allSatisfy({ $0.key.count == 1 }) else { return }
    let sorted = elements.sorted { ($0.key[0], $0.origin) < ($1.key[0], $1.origin) }
    var last = sorted[0]
    for element in sorted.dropFirst() {
      if element.key[0].lower <= last.key[0].upper, element.key[0] != last.key[0] || element.data != last.data {
        reader.report(
          .conflictingIntervals, "this element overlaps another of the map", at: element.origin,
          labels: [Label("the other one", at: last.origin)])
      }
      if element.key[0].upper > last.key[0].upper { last = element }
    }
  }

  /// Reads the elements of a map. Gives the reason when they cannot be modelled.
  mutating func collectMap(
    _ literal: Ex, _ types: SetTypes, table: Int, into elements: inout [NamedSet.MapElement],
    fallback: inout NamedSet.MapData?, depth: Int = 0
  ) -> Uncertainty? {
    let failed = Uncertainty(.notModelled, "elements of a map")
    guard depth < 32 else { return failed }
    for child in reader.children(literal) {
      guard reader.node(child).kind == .mapping else {
        guard let resolved = reader.resolve(child), reader.node(resolved).kind == .setLiteral else {
          // `delete element` names keys only.
          var why: Uncertainty?
          if let resolved = reader.resolve(child), let key = reader.tuple(resolved, types.key, uncertain: &why) {
            elements.append(NamedSet.MapElement(key: key, data: .unknown("no data"), origin: reader.range(child)))
            continue
          }
          return why ?? failed
        }
        if let why = collectMap(
          resolved, types, table: table, into: &elements, fallback: &fallback, depth: depth + 1)
        {
          return why
        }
        continue
      }
      var parts = reader.children(child)
      parts.removeAll { reader.node($0).kind == .elementOptions }
      guard parts.count == 2 else {
        reader.report(.typeError, "an element of a map needs `: data`", at: reader.range(child))
        return failed
      }
      let data = mapData(parts[1], types, table: table)
      guard let keyNode = reader.resolve(parts[0]) else { return failed }
      if reader.node(keyNode).kind == .wildcard {
        fallback = data
        continue
      }
      // A key may be a set of keys by way of a variable.
      let keys = reader.node(keyNode).kind == .setLiteral ? reader.children(keyNode) : [keyNode]
      for part in keys {
        var why: Uncertainty?
        guard let key = reader.tuple(part, types.key, uncertain: &why) else { return why ?? failed }
        guard let mapped = modelled(key, types.key.map(\.type)) else { return failed }
        elements.append(NamedSet.MapElement(key: mapped, data: data, origin: reader.range(child)))
      }
    }
    return nil
  }

  private mutating func mapData(_ x: Ex, _ types: SetTypes, table: Int) -> NamedSet.MapData {
    guard let resolved = reader.resolve(x) else { return .unknown("") }
    if reader.node(resolved).kind == .verdict {
      return verdict(resolved, table: table).map { .verdict($0) } ?? .unknown(reader.text(resolved))
    }
    guard !types.data.isEmpty else { return .unknown(reader.text(resolved)) }
    var why: Uncertainty?
    guard let tuple = reader.tuple(resolved, types.data, uncertain: &why) else {
      return .unknown(reader.text(resolved))
    }
    let values = tuple.compactMap { $0.lower == $0.upper ? $0.lower : nil }
    return values.count == tuple.count ? .values(values) : .unknown(reader.text(resolved))
  }

  // MARK: Types

  /// The types that the block of a set states.
  mutating func setTypes(_ set: SetState, table: Int) -> SetTypes {
    var result = SetTypes()
    result.isMap = set.isMap
    var isStated = false
    for entry in set.entries {
      let node = reader.node(entry)
      if node.word == .flags {
        for flag in reader.children(entry) where reader.symbol(flag) == "interval" { result.isInterval = true }
      }
      guard node.word == .type || node.word == .typeof else { continue }
      isStated = true
      let parts = reader.children(entry)
      if let key = parts.first { result.key = types(of: key, isTypeof: node.word == .typeof, table: table, &result) }
      if parts.count > 1 {
        result.isMap = true
        result.data = types(of: parts[1], isTypeof: node.word == .typeof, table: table, &result)
      }
    }
    if !isStated {
      reader.report(
        .typeError, "set `\(set.name)` has no type", at: set.origin, hint: "add `type ipv4_addr` or another type")
      result.hasUnknown = true
    }
    return result
  }

  private mutating func types(
    of x: Ex, isTypeof: Bool, table: Int, _ result: inout SetTypes
  ) -> [(type: Datatype, width: Int)] {
    var types: [(type: Datatype, width: Int)] = []
    for part in reader.children(x) {
      if isTypeof, reader.node(part).kind != .symbol {
        var builder = RuleBuilder(table: table, family: .inet)
        // Whatever family the expression is of is fine here.
        guard let selector = reader.selector(part, &builder) else {
          result.hasUnknown = true
          continue
        }
        if case .unknown = selector.form, selector.width == 0 { result.hasUnknown = true }
        types.append((selector.type, selector.width))
        continue
      }
      guard let resolved = reader.resolve(part) else {
        result.hasUnknown = true
        continue
      }
      let name = reader.symbol(resolved)
      if name == "verdict" {
        types.append((.verdict, 0))
      } else if ["counter", "quota", "limit", "secmark", "synproxy"].contains(name) {
        types.append((.string, 0))
      } else if let type = Datatype(name: name) {
        let width = type == .ifIndex ? 128 : type.width
        if width == 0 {
          result.hasUnknown = true
          reader.report(
            .typeError, "`\(name)` does not say how wide it is", at: reader.range(part), hint: "use `typeof`")
        }
        types.append((type, width))
      } else {
        let near = NearestWord.find(name, among: Datatype.allCases.compactMap(\.name))
        reader.report(
          .typeError, "`\(name)` is not a data type", at: reader.range(part), hint: near.map { "did you mean `\($0)`?" }
        )
        result.hasUnknown = true
      }
    }
    return types
  }
}
