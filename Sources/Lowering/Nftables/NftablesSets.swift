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
  /// `auto-merge`
  var mergesIntervals = false
  /// The data are objects of this kind: `counter`, `quota`, `limit` …
  var object: Word?
  var hasTimeout = false
}

extension NftablesLowering {
  mutating func lowerSet(_ table: Int, _ index: Int) -> NamedSet {
    let set = reader.tables[table].sets[index]
    let types = typesOfSets[reader.tables[table].setIDs[index]]
    checkElements(of: set, types)
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

  /// What nft says of elements by themselves: intervals, data and timeouts where the set has none.
  private mutating func checkElements(of set: SetState, _ types: SetTypes) {
    guard !types.hasUnknown else { return }
    for (elements, isDeletion) in set.elements {
      guard let literal = reader.resolve(elements), reader.node(literal).kind == .setLiteral else { continue }
      if !types.isInterval { reportIntervals(literal, in: set) }
      guard !isDeletion else { continue }
      var child = reader.firstChild(literal)
      while child.node != 0 {
        if reader.node(child).kind == .mapping { checkMapping(child, set, types) }
        child = reader.sibling(child)
      }
    }
  }

  private mutating func checkMapping(_ element: Ex, _ set: SetState, _ types: SetTypes) {
    // Of sets with one key field this is said where their elements are read.
    if reader.node(element).flag == 1, !types.isMap, types.key.count > 1 {
      reader.report(
        .typeError, "`\(set.name)` is a set: its elements have no data", at: reader.range(element),
        labels: [Label("declared here", at: set.origin)], hint: "declare it as a `map`")
    }
    for part in reader.children(element) where reader.node(part).kind == .elementOptions && !types.hasTimeout {
      for option in reader.children(part) where reader.node(option).word == .timeout {
        reader.report(
          .typeError, "elements of set `\(set.name)` have no timeout", at: reader.range(option),
          labels: [Label("declared here", at: set.origin)], hint: "add `flags timeout` to the set")
      }
    }
    if let object = types.object, let data = reader.children(element).last, let name = reader.resolve(data),
      reader.node(name).kind == .symbol
    {
      requireObject(object, kind: .none, reader.symbol(name), table: tableIndex(of: set), at: reader.range(data))
    }
  }

  private func tableIndex(of set: SetState) -> Int {
    reader.tables.firstIndex { table in
      !table.isDeleted && table.setIndex[set.name].map { table.sets[$0].origin == set.origin } ?? false
    } ?? 0
  }

  func typesOfSet(_ set: SetState) -> SetTypes {
    let table = reader.tables[tableIndex(of: set)]
    guard let index = table.setIndex[set.name], table.setIDs[index] >= 0 else { return SetTypes() }
    return typesOfSets[table.setIDs[index]]
  }

  /// Reports an object that is not there.
  mutating func requireObject(_ object: Word, kind: Word, _ name: String, table: Int, at range: SourceRange) {
    guard !reader.tables[table].objects.contains(object.rawValue + " " + kind.rawValue + " " + name) else { return }
    let prefix = object.rawValue + " " + kind.rawValue + " "
    let known = reader.tables[table].objects.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    let what = kind == .none ? object.rawValue : "\(object.rawValue) \(kind.rawValue)"
    reader.report(
      .undefinedReference, "there is no \(what) `\(name)` in table `\(reader.tables[table].name)`", at: range,
      hint: NearestWord.find(name, among: known.sorted()).map { "did you mean `\($0)`?" })
  }

  private mutating func valueContents(_ set: SetState, _ types: SetTypes) -> NamedSet.Contents {
    var values = ValueSet.empty
    var pending: [Interval] = []
    var why: Uncertainty?
    let size = statedSize(of: set)
    // Elements as they were added: of sets of intervals without auto-merge only whole ones can be deleted.
    var exact: Set<Interval> = []
    for (position, (elements, isDeletion)) in set.elements.enumerated() {
      guard let literal = reader.resolve(elements) else { return .unknown(Uncertainty(.notModelled, set.name)) }
      var found: [Interval] = []
      guard collectElements(literal, types, into: &found, uncertain: &why) else {
        return .unknown(Uncertainty(.notModelled, "elements of \(set.name)"))
      }
      if isDeletion {
        values = values.union(ValueSet(pending))
        exact.formUnion(pending)
        reportTooMany(Self.number(exact, types), of: set, size: size)
        if why == nil, !set.tolerantDeletions.contains(position) {
          let needsWhole = types.isInterval && !types.mergesIntervals
          let isAbsent = found.map {
            needsWhole ? !exact.contains($0) : !(values.contains($0.lower) && values.contains($0.upper))
          }
          reportAbsent(isAbsent, literal, of: set)
        }
        exact.subtract(found)
        values = values.subtracting(ValueSet(found))
        pending = []
      } else if pending.isEmpty {
        pending = found
      } else {
        pending += found
      }
    }
    if let why { return .unknown(why) }
    if let size, pending.count &+ exact.count > size {
      reportTooMany(Self.number(exact.union(pending), types), of: set, size: size)
    }
    if types.isInterval, !types.mergesIntervals { reportOverlaps(&pending, of: set, width: types.key[0].width) }
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
    let size = statedSize(of: set)
    for (position, (elements, isDeletion)) in set.elements.enumerated() {
      guard let literal = reader.resolve(elements) else { return .unknown(Uncertainty(.notModelled, set.name)) }
      var found: [[Interval]] = []
      guard reader.collectTuples(literal, types.key, into: &found, uncertain: &why, depth: 0), why == nil else {
        return .unknown(why ?? Uncertainty(.notModelled, "elements of \(set.name)"))
      }
      if isDeletion {
        let known = Set(tuples)
        if !set.tolerantDeletions.contains(position) {
          reportAbsent(found.map { !known.contains($0) }, literal, of: set)
        }
        let gone = Set(found)
        tuples.removeAll { gone.contains($0) }
      } else {
        tuples += found
      }
      if let size, tuples.count > size { reportTooMany(Set(tuples).count, of: set, size: size) }
    }
    if types.isInterval { reportOverlaps(tuples, of: set) }
    let mapped = tuples.compactMap { modelled($0, types.key.map(\.type)) }
    guard mapped.count == tuples.count else { return .unknown(Uncertainty(.notModelled, "set \(set.name)")) }
    return .tuples(mapped)
  }

  private mutating func mapContents(_ set: SetState, _ types: SetTypes, table: Int) -> NamedSet.Contents {
    var elements: [NamedSet.MapElement] = []
    var fallback: NamedSet.MapData?
    let size = statedSize(of: set)
    for (position, (literal, isDeletion)) in set.elements.enumerated() {
      guard let literal = reader.resolve(literal) else { return .unknown(Uncertainty(.notModelled, set.name)) }
      var found: [NamedSet.MapElement] = []
      var other: NamedSet.MapData?
      if let why = collectMap(
        literal, types, table: table, into: &found, fallback: &other, needsData: !isDeletion)
      {
        return .unknown(why)
      }
      if isDeletion {
        let known = Set(elements.map(\.key))
        if other == nil, !set.tolerantDeletions.contains(position) {
          reportAbsent(found.map { !known.contains($0.key) }, literal, of: set)
        }
        let keys = Set(found.map(\.key))
        elements.removeAll { keys.contains($0.key) }
        if other != nil { fallback = nil }
      } else {
        elements += found
        fallback = other ?? fallback
      }
      if let size, elements.count > size { reportTooMany(Set(elements.map(\.key)).count, of: set, size: size) }
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
    fallback: inout NamedSet.MapData?, depth: Int = 0, needsData: Bool = true
  ) -> Uncertainty? {
    let failed = Uncertainty(.notModelled, "elements of a map")
    guard depth < 32, elements.count < NftablesReader.maximumElements else { return failed }
    for child in reader.children(literal) {
      guard reader.node(child).kind == .mapping else {
        guard let resolved = reader.resolve(child), reader.node(resolved).kind == .setLiteral else {
          // `delete element` names keys only.
          if needsData {
            reader.report(
              .typeError, "an element of a map needs `: data`", at: reader.range(child),
              hint: types.data.first?.type == .verdict ? "for example `: accept`" : nil)
            return failed
          }
          var why: Uncertainty?
          if let resolved = reader.resolve(child), let key = reader.tuple(resolved, types.key, uncertain: &why) {
            elements.append(NamedSet.MapElement(key: key, data: .unknown("no data"), origin: reader.range(child)))
            continue
          }
          return why ?? failed
        }
        if let why = collectMap(
          resolved, types, table: table, into: &elements, fallback: &fallback, depth: depth + 1, needsData: needsData)
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
    if let wanted = types.data.first?.type, (wanted == .verdict) != (reader.node(resolved).kind == .verdict) {
      reader.report(
        .typeError,
        wanted == .verdict
          ? "`\(reader.text(resolved).prefix(60))` is not a verdict"
          : "a verdict where the map gives \(Self.title(types.data.map(\.type)))", at: reader.range(x),
        hint: wanted == .verdict
          ? "verdicts are `accept`, `drop`, `jump …`, `goto …`, `return` and `continue`" : "use `vmap` for verdicts")
      return .unknown(reader.text(resolved))
    }
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
    for (position, entry) in set.entries.enumerated() {
      let node = reader.node(entry)
      if node.word == .flags {
        for flag in reader.children(entry) {
          switch reader.symbol(flag) {
          case "interval": result.isInterval = true
          case "timeout": result.hasTimeout = true
          case "constant", "dynamic": break
          default:
            let near = NearestWord.find(reader.symbol(flag), among: ["constant", "dynamic", "interval", "timeout"])
            reader.report(
              .typeError, "`\(reader.symbol(flag))` is not a flag of a set", at: reader.range(flag),
              hint: near.map { "did you mean `\($0)`?" } ?? "the flags are constant, dynamic, interval and timeout")
          }
        }
      }
      if node.word == .autoMerge { result.mergesIntervals = true }
      if node.word == .timeout { result.hasTimeout = true }
      if node.word == .policy, let value = reader.children(entry).first,
        !["memory", "performance"].contains(reader.symbol(value))
      {
        reader.report(
          .typeError, "`\(reader.symbol(value))` is not a policy of a set", at: reader.range(value),
          hint: "write `memory` or `performance`")
      }
      guard node.word == .type || node.word == .typeof else { continue }
      let stated = isStated && set.declarations.contains { $0 <= position } ? result : nil
      isStated = true
      let parts = reader.children(entry)
      if let key = parts.first { result.key = types(of: key, isTypeof: node.word == .typeof, table: table, &result) }
      if parts.count > 1, !set.isMap {
        reader.report(
          .typeError, "`\(set.name)` is a set: its elements have no data", at: reader.range(parts[1]),
          hint: "declare it as a `map`")
      } else if parts.count < 2, set.isMap {
        reader.report(
          .typeError, "map `\(set.name)` does not say what it gives", at: reader.range(entry),
          hint: "add `: verdict` or another type")
        result.hasUnknown = true
      }
      if let stated,
        zip(stated.key, result.key).contains(where: { $0.type != $1.type }) || stated.key.count != result.key.count
      {
        reader.report(
          .typeError, "set `\(set.name)` is declared before with another type", at: reader.range(entry),
          labels: [Label("declared here", at: set.origin)])
      }
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
      } else if let object = Word(rawValue: name), [.counter, .quota, .limit, .secmark, .synproxy].contains(object) {
        result.object = object
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
