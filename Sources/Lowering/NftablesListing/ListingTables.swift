import FirewallModel
package import JSONText
import NftablesSyntax
package import SourceText

/// A listing: the text of `nft list ruleset` and the JSON of `nft -j list ruleset`.
package struct RulesetListing: Sendable {
  package var text: String
  package var json: JSONValue
  /// Rules and sets that could not be evaluated: they stand in the text as they were written, and not in the JSON.
  package var unlisted: [SourceRange]
}

/// A part of a table, by the order in which nft lists the kinds.
struct ListingPart {
  var lines: [String]
  var json: JSONValue
}

extension NftablesListing {
  /// All tables. Handles are left out of both forms.
  mutating func ruleset() -> RulesetListing {
    var text = ""
    let metainfo = Self.object([
      ("version", .string("1.0.6")), ("release_name", .string("Lester Gooch #5")), ("json_schema_version", .int(1)),
    ])
    var json: [JSONValue] = [Self.object([("metainfo", metainfo)])]
    var unlisted: [SourceRange] = []
    for index in reader.tables.indices where !reader.tables[index].isDeleted {
      table = index
      let state = reader.tables[index]
      updatedSets = setsChangedByRules(state)
      let family = state.family.rawValue
      var members: [(key: String, value: JSONValue)] = [("family", .string(family)), ("name", .string(state.name))]
      text += "table \(family) \(state.name) {\n"
      if state.isDormant {
        text += "\tflags dormant\n"
        members.append(("flags", .string("dormant")))
      }
      if let comment = state.comment {
        text += "\tcomment \"\(comment)\"\n"
        members.append(("comment", .string(comment)))
      }
      json.append(Self.object([("table", Self.object(members))]))
      var objects: [ListingPart] = []
      for declaration in state.declarations where declaration.kind == .object { objects += object(declaration) }
      var sets: [ListingPart] = []
      for set in state.sets.indices where !state.sets[set].isDeleted { sets.append(namedSet(set, &unlisted)) }
      var flowtables: [ListingPart] = []
      for declaration in state.declarations where declaration.kind == .flowtable {
        flowtables += flowtable(declaration)
      }
      var chains: [(part: ListingPart, rules: [JSONValue])] = []
      for chain in state.chains.indices where !state.chains[chain].isDeleted {
        chains.append(self.chain(chain, &unlisted))
      }
      let others = (objects + sets + flowtables).map(\.json)
      let heads = chains.map(\.part.json)
      json += style.release == .r1_0_6 ? others + heads : heads + others
      json += chains.flatMap(\.rules)
      let parts = objects + sets + flowtables + chains.map(\.part)
      text += parts.map { $0.lines.map { "\t\($0)\n" }.joined() }.joined(separator: "\n") + "}\n"
    }
    return RulesetListing(text: text, json: Self.object([("nftables", .array(json))]), unlisted: unlisted)
  }

  /// The sets that rules of a table add to.
  private func setsChangedByRules(_ state: TableState) -> Set<String> {
    var names: Set<String> = []
    for chain in state.chains where !chain.isDeleted {
      for rule in chain.rules {
        for statement in reader.children(rule.rule) where reader.node(statement).kind == .setUpdate {
          names.insert(reader.symbol(reader.firstChild(reader.firstChild(statement))))
        }
      }
    }
    return names
  }

  func owner(_ name: String) -> [(key: String, value: JSONValue)] {
    let state = reader.tables[table]
    return [("family", .string(state.family.rawValue)), ("name", .string(name)), ("table", .string(state.name))]
  }

  // MARK: Chains

  private mutating func chain(_ index: Int, _ unlisted: inout [SourceRange]) -> (part: ListingPart, rules: [JSONValue])
  {
    let state = reader.tables[table].chains[index]
    let family = reader.tables[table].family
    var lines = ["chain \(state.name) {"]
    var members: [(key: String, value: JSONValue)] = [
      ("family", .string(family.rawValue)), ("table", .string(reader.tables[table].name)),
      ("name", .string(state.name)),
    ]
    if let comment = state.comment {
      lines.append("\tcomment \"\(comment)\"")
      if style.release != .r1_0_6 { members.append(("comment", .string(comment))) }
    }
    if let hook = state.hook { lines.append("\t" + hookLine(hook, state, family, &members)) }
    var rules: [JSONValue] = []
    for rule in state.rules {
      guard let listed = self.rule(rule.rule, family: family) else {
        let range = reader.range(rule.rule)
        unlisted.append(range)
        lines.append("\t" + folded(reader.text(rule.rule)))
        continue
      }
      lines.append("\t" + listed.text)
      var rule: [(key: String, value: JSONValue)] = [
        ("family", .string(family.rawValue)), ("table", .string(reader.tables[table].name)),
        ("chain", .string(state.name)),
      ]
      if let comment = listed.comment { rule.append(("comment", .string(comment))) }
      rule.append(("expr", .array(listed.statements.map(\.json))))
      rules.append(Self.object([("rule", Self.object(rule))]))
    }
    lines.append("}")
    return (ListingPart(lines: lines, json: Self.object([("chain", Self.object(members))])), rules)
  }

  /// The text with runs of white space as one blank.
  func folded(_ text: String) -> String { text.split { $0.isWhitespace }.joined(separator: " ") }

  mutating func hookLine(
    _ hook: Ex, _ state: ChainState, _ family: Family, _ members: inout [(key: String, value: JSONValue)]
  ) -> String {
    let parts = reader.children(hook)
    guard parts.count >= 3 else { return folded(reader.text(hook)) }
    let type = reader.name(parts[0]) ?? ""
    let hookName = reader.symbol(parts[1])
    var text = "type \(type) hook \(hookName)"
    var devices: [String] = []
    for entry in parts.dropFirst(2) + state.extraDevices where reader.node(entry).kind == .entry {
      for value in reader.children(entry) { names(value, into: &devices) }
    }
    devices.sort()
    members += [("type", .string(type)), ("hook", .string(hookName))]
    let priority = parts.last.flatMap { self.priority($0, family, hookName) } ?? 0
    members.append(("prio", .int(priority)))
    let showsDevices = style.release != .r1_0_6
    if devices.count == 1 {
      text += " device \"\(devices[0])\""
      if showsDevices { members.append(("dev", .string(devices[0]))) }
    } else if !devices.isEmpty {
      text += " devices = { \(devices.map { "\"\($0)\"" }.joined(separator: ", ")) }"
      if showsDevices { members.append(("dev", .array(devices.map { .string($0) }))) }
    }
    let policy = state.policy.flatMap { reader.name($0) } ?? "accept"
    members.append(("policy", .string(policy)))
    return text + " priority \(priorityText(priority, family, hookName)); policy \(policy);"
  }

  mutating func names(_ x: Ex, into names: inout [String], level: Int = 0) {
    guard level < 32, names.count < 4096, let x = reader.resolve(x) else { return }
    if reader.node(x).kind == .setLiteral {
      for child in reader.children(x) { self.names(child, into: &names, level: level + 1) }
    } else {
      names.append(reader.symbol(x))
    }
  }

  mutating func priority(_ x: Ex, _ family: Family, _ hook: String) -> Int32? {
    let parts = reader.children(x)
    guard let first = parts.first, let base = reader.resolve(first) else { return nil }
    let spelt = reader.node(base).kind == .symbol ? reader.text(base) : reader.symbol(base)
    let words = spelt.filter { $0 != "\"" }.split(separator: " ").map(String.init)
    guard let value = priority(words, family, hook) else { return nil }
    guard parts.count > 1, let offset = Int32(reader.symbol(parts[1])) else { return value }
    return reader.node(x).flag == 2 ? value &- offset : value &+ offset
  }

  /// `-10`, `- 10`, `filter`, `filter - 10`.
  func priority(_ words: [String], _ family: Family, _ hook: String) -> Int32? {
    if let number = Int32(words.joined()) { return number }
    guard let name = words.first, let value = Symbols.priority(name, family: family.rawValue, hook: hook) else {
      return nil
    }
    guard words.count == 3, let offset = Int32(words[2]) else { return value }
    return words[1] == "-" ? value &- offset : value &+ offset
  }

  /// A name where the number is within 10 of one.
  func priorityText(_ priority: Int32, _ family: Family, _ hook: String) -> String {
    if style.numericPriorities { return String(priority) }
    for name in Symbols.priorityNames {
      guard let standard = Symbols.priority(name, family: family.rawValue, hook: hook) else { continue }
      let offset = Int(priority) - Int(standard)
      if offset == 0 { return name }
      if abs(offset) <= 10 { return "\(name) \(offset < 0 ? "-" : "+") \(abs(offset))" }
    }
    return String(priority)
  }

  // MARK: Sets

  private struct SetShape {
    var typeText = ""
    var typeJSON = JSONValue.null
    var dataText: String?
    var dataJSON = JSONValue.null
    var key: [ValueType] = []
    var data = ListedData.none
  }

  private mutating func shape(_ state: SetState) -> SetShape {
    var shape = SetShape()
    for entry in state.entries {
      let node = reader.node(entry)
      guard node.word == .type || node.word == .typeof else { continue }
      let isTypeof = node.word == .typeof
      let parts = reader.children(entry)
      if let first = parts.first {
        let described = types(of: first, isTypeof: isTypeof)
        shape.typeText = "\(node.word.text) \(described.text)"
        shape.typeJSON = described.json
        shape.key = described.types
      }
      if parts.count > 1 {
        let described = types(of: parts[1], isTypeof: isTypeof)
        shape.dataText = described.text
        // Concatenated data are one string.
        if case .array(let names) = described.json {
          shape.dataJSON = .string(names.compactMap(\.stringValue).joined(separator: " . "))
        } else {
          shape.dataJSON = described.json
        }
        shape.data = described.text == "verdict" ? .verdicts : .values(described.types)
      }
    }
    return shape
  }

  private mutating func types(of x: Ex, isTypeof: Bool) -> (text: String, json: JSONValue, types: [ValueType]) {
    var texts: [String] = []
    var jsons: [JSONValue] = []
    var types: [ValueType] = []
    context = RuleContext(family: reader.tables[table].family)
    for part in reader.children(x) {
      if isTypeof, reader.node(part).kind != .symbol, let operand = operand(part) {
        texts.append(operand.printed.text)
        // JSON has the types, not the expressions.
        jsons += operand.types.map { .string($0.type.name ?? "integer") }
        types += operand.types
        continue
      }
      guard let resolved = reader.resolve(part) else { continue }
      let name = reader.symbol(resolved)
      texts.append(name)
      jsons.append(.string(name))
      switch name {
      case "verdict": break
      case "counter", "quota", "limit", "secmark", "synproxy": types.append(ValueType(.string, 128))
      default:
        types.append(Datatype(name: name).map { $0 == .ifIndex ? ValueType($0, 32) : ValueType($0) } ?? .integer32)
      }
    }
    return (texts.joined(separator: " . "), jsons.count == 1 ? jsons[0] : .array(jsons), types)
  }

  /// What a named map gives.
  mutating func dataTypes(ofSet name: String) -> [ValueType] { types(ofSet: name).data }

  /// The types of a named set's key and of what it gives.
  mutating func types(ofSet name: String) -> (key: [ValueType], data: [ValueType]) {
    guard let index = reader.tables[table].setIndex[name] else { return ([], []) }
    let saved = context
    defer { context = saved }
    let shape = shape(reader.tables[table].sets[index])
    if case .values(let types) = shape.data { return (shape.key, types) }
    return (shape.key, [])
  }

  private mutating func namedSet(_ index: Int, _ unlisted: inout [SourceRange]) -> ListingPart {
    let state = reader.tables[table].sets[index]
    let shape = shape(state)
    let isMap = shape.dataText != nil || state.isMap
    let keyword = isMap ? "map" : "set"
    var flags: Set<String> = []
    var values: [Word: String] = [:]
    var statements: [String] = []
    var statementsJSON: [JSONValue] = []
    var merges = false
    for entry in state.entries {
      let node = reader.node(entry)
      switch node.word {
      case .flags: for flag in reader.children(entry) { flags.insert(reader.symbol(flag)) }
      case .size, .timeout, .gcInterval, .policy, .comment:
        values[node.word] = reader.resolve(reader.firstChild(entry)).map { reader.symbol($0) }
      case .autoMerge: merges = true
      case .counter, .limit, .quota, .last, .ct:
        for child in reader.children(entry) {
          guard let printed = plainStatement(child) else { continue }
          // What each element starts with has no counts.
          let isCounter = reader.node(child).kind == .counter
          statements.append(isCounter ? "counter" : printed.text)
          statementsJSON.append(isCounter ? Self.object([("counter", .null)]) : printed.json)
        }
      default: break
      }
    }
    var lines = ["\(keyword) \(state.name) {"]
    lines.append("\t\(shape.typeText)" + (shape.dataText.map { " : \($0)" } ?? ""))
    var members = owner(state.name) + [("type", shape.typeJSON)]
    if isMap { members.append(("map", shape.dataJSON)) }
    if values[.policy] == "memory" {
      lines.append("\tpolicy memory")
      members.append(("policy", .string("memory")))
    }
    let timeout = values[.timeout].flatMap { Durations.milliseconds($0) }
    var size = values[.size]
    if updatedSets.contains(state.name) {
      // A rule that changes a set makes it dynamic, and the kernel wants a bound for it, as for a map.
      if !isMap { flags.insert("dynamic") }
      size = size ?? "65535"
    }
    if let size {
      lines.append("\tsize \(size)")
      members.append(("size", .number(size)))
    }
    if timeout != nil { flags.insert("timeout") }
    let order = ["constant", "dynamic", "interval", "timeout"].filter { flags.contains($0) }
    let shown = timeout != nil && !flags.contains("dynamic") ? order.filter { $0 != "timeout" } : order
    if !shown.isEmpty { lines.append("\tflags \(shown.joined(separator: ","))") }
    let listedFlags = style.release == .r1_0_6 ? order.filter { $0 != "dynamic" } : order
    if !listedFlags.isEmpty { members.append(("flags", .array(listedFlags.map { .string($0) }))) }
    if !statements.isEmpty {
      lines.append("\t" + statements.joined(separator: " "))
      members.append(("stmt", .array(statementsJSON)))
    }
    if merges {
      lines.append("\tauto-merge")
      if style.release != .r1_0_6 { members.append(("auto-merge", .bool(true))) }
    }
    if let timeout {
      lines.append("\ttimeout \(ValuePrinter.duration(timeout))")
      members.append(("timeout", .int(timeout / 1000)))
    }
    if let interval = values[.gcInterval].flatMap({ Durations.milliseconds($0) }) {
      lines.append("\tgc-interval \(ValuePrinter.duration(interval))")
      members.append(("gc-interval", .int(interval / 1000)))
    }
    if let comment = values[.comment] {
      lines.append("\tcomment \"\(comment)\"")
      members.append(("comment", .string(comment)))
    }
    let started = statements.isEmpty ? nil : elementStatements(state)
    appendElements(
      state, shape, merges: merges && flags.contains("interval"), started, &lines, &members, &unlisted)
    lines.append("}")
    return ListingPart(lines: lines, json: Self.object([(keyword, Self.object(members))]))
  }

  /// The statements that each element gets which has none of its own.
  private mutating func elementStatements(_ state: SetState) -> Printed? {
    var texts: [String] = []
    var members: [(key: String, value: JSONValue)] = []
    for entry in state.entries {
      switch reader.node(entry).word {
      case .counter, .limit, .quota, .last, .ct: break
      default: continue
      }
      for child in reader.children(entry) {
        guard let printed = plainStatement(child) else { continue }
        texts.append(printed.text)
        if style.release != .r1_0_6 || texts.count == 1 { members += printed.json.members ?? [] }
      }
    }
    return texts.isEmpty ? nil : Printed(texts.joined(separator: " "), Self.object(members))
  }

  private mutating func appendElements(
    _ state: SetState, _ shape: SetShape, merges: Bool, _ started: Printed?, _ lines: inout [String],
    _ members: inout [(key: String, value: JSONValue)], _ unlisted: inout [SourceRange]
  ) {
    guard !state.elements.isEmpty else { return }
    guard let set = set(state.elements, key: shape.key, data: shape.data, merges: merges, started: started) else {
      unlisted += state.elements.map { reader.range($0.ex) }
      for element in state.elements where !element.isDeletion {
        lines.append("\telements = \(folded(reader.text(element.ex)))")
      }
      return
    }
    guard !set.elements.isEmpty else { return }
    let perLine = shape.key.count > 1 ? 1 : shape.key.first.map { Self.elementsPerLine($0.type) } ?? 1
    var text = "\telements = { "
    for (index, element) in set.elements.enumerated() {
      if index > 0 { text += index % perLine == 0 ? ",\n\t\t\t     " : ", " }
      text += element.text
    }
    lines.append(text + " }")
    members.append(("elem", .array(set.elements.map(\.json))))
  }

  /// How many elements nft puts on a line.
  private static func elementsPerLine(_ type: Datatype) -> Int {
    switch type {
    case .inetService, .mark, .integer, .inetProtocol: 5
    case .ipv4Address, .ctState: 2
    default: 1
    }
  }
}
