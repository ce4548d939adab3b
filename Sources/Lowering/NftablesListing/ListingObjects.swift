import FirewallModel
import JSONText
import NftablesSyntax
import SourceText

/// Named objects and flowtables.
extension NftablesListing {
  /// The words between the braces of a declaration, with quotes where they have them.
  func body(_ x: Ex) -> [String] {
    let file = reader.files[Int(x.file)]
    let node = reader.node(x)
    var words: [String] = []
    var isOpen = false
    for index in Int(node.first)..<Int(node.end) {
      let token = file.tokens[index]
      switch token.kind {
      case .leftBrace: isOpen = true
      case .word, .number, .timeString, .address, .quoted, .minus, .plus, .slash:
        if isOpen { words.append(file.source.text(of: file.range(ofToken: UInt32(truncatingIfNeeded: index)))) }
      default: break
      }
    }
    return words
  }

  func flatWords(_ x: Ex) -> [String] {
    guard reader.node(x).kind == .object else { return [] }
    return reader.text(x).split { $0.isWhitespace }.map(String.init)
  }

  func object(_ declaration: Declaration) -> [ListingPart] {
    let kind = declaration.field == .none ? declaration.word.text : "\(declaration.word.text) \(declaration.field.text)"
    var words = body(declaration.ex)
    // `add counter t c packets 1 bytes 2`: no braces.
    if words.isEmpty { words = flatWords(declaration.ex) }
    var members = owner(declaration.name)
    var lines: [String] = []
    func value(_ keyword: String) -> String? {
      guard let index = words.firstIndex(of: keyword), index + 1 < words.count else { return nil }
      return words[index + 1].filter { $0 != "\"" }
    }
    func number(_ keyword: String) -> UInt64 { value(keyword).flatMap { UInt64($0) } ?? 0 }
    switch kind {
    case "counter":
      let packets = style.isStateless ? 0 : number("packets")
      let bytes = style.isStateless ? 0 : number("bytes")
      if !style.isStateless { lines = ["packets \(packets) bytes \(bytes)"] }
      members += [("packets", .int(packets)), ("bytes", .int(bytes))]
    case "quota":
      let used = words.firstIndex(of: "used").map { Array(words[($0 + 1)...]) } ?? []
      let limit = words.firstIndex(of: "used").map { Array(words[..<$0]) } ?? words
      let total = Self.bytes(limit)
      let spent = style.isStateless ? 0 : Self.bytes(used)
      let printed = quota(total, used: spent, isOver: words.contains("over"))
      lines = [String(printed.text.dropFirst("quota ".utf8.count))]
      members += [("bytes", .int(total)), ("used", .int(spent)), ("inv", .bool(words.contains("over")))]
    case "limit":
      members += namedLimit(words, &lines)
    case "ct helper":
      lines = [
        "type \"\(value("type") ?? "")\" protocol \(value("protocol") ?? "")",
        "l3proto \(value("l3proto") ?? Self.layer(reader.tables[table].family))",
      ]
      members += [
        ("type", .string(value("type") ?? "")), ("protocol", .string(value("protocol") ?? "")),
        ("l3proto", .string(value("l3proto") ?? Self.layer(reader.tables[table].family))),
      ]
    case "ct timeout":
      let l3 = value("l3proto") ?? Self.layer(reader.tables[table].family)
      lines = ["protocol \(value("protocol") ?? "")", "l3proto \(l3)"]
      members += [("protocol", .string(value("protocol") ?? "")), ("l3proto", .string(l3))]
      if let start = words.firstIndex(of: "policy") {
        let pairs = Array(words[(start + 1)...].prefix { $0 != "l3proto" && $0 != "protocol" && $0 != "comment" })
        var texts: [String] = []
        var states: [(key: String, value: JSONValue)] = []
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
          guard let milliseconds = Durations.milliseconds(pairs[index + 1]) else { continue }
          texts.append("\(pairs[index]) : \(ValuePrinter.duration(milliseconds))")
          states.append((pairs[index], .int(milliseconds / 1000)))
        }
        lines.append("policy = { \(texts.joined(separator: ", ")) }")
        members.append(("policy", Self.object(states)))
      }
    case "ct expectation":
      let l3 = value("l3proto") ?? Self.layer(reader.tables[table].family)
      let timeout = value("timeout").flatMap { Durations.milliseconds($0) } ?? 0
      lines = [
        "protocol \(value("protocol") ?? "")", "dport \(number("dport"))", "timeout \(ValuePrinter.duration(timeout))",
        "size \(number("size"))", "l3proto \(l3)",
      ]
      members += [
        ("protocol", .string(value("protocol") ?? "")), ("dport", .int(number("dport"))), ("timeout", .int(timeout)),
        ("size", .int(number("size"))), ("l3proto", .string(l3)),
      ]
    case "synproxy":
      let flags = [Word.timestamp, .sackPerm].filter { words.contains($0.text) }
      lines = ["mss \(number("mss"))", "wscale \(number("wscale"))"]
      if !flags.isEmpty { lines.append(flags.map(\.text).joined(separator: " ")) }
      let printed = synproxy(mss: number("mss"), scale: number("wscale"), flags: Set(flags))
      members += printed.json["synproxy"]?.members ?? []
    default:
      lines = words.isEmpty ? [] : [words[0]]
      members.append(("context", .string((words.first ?? "").filter { $0 != "\"" })))
    }
    if let comment = value("comment") {
      lines.insert("comment \"\(comment)\"", at: 0)
      members.append(("comment", .string(comment)))
    }
    let all = ["\(kind) \(declaration.name) {"] + lines.map { "\t\($0)" } + ["}"]
    return [ListingPart(lines: all, json: Self.object([(kind, Self.object(members))]))]
  }

  /// `25 mbytes`, `25mbytes`.
  private static func bytes(_ words: [String]) -> UInt64 {
    var number: UInt64 = 0
    var unit = ""
    for word in words where word != "over" && word != "until" {
      let digits = word.prefix { $0 >= "0" && $0 <= "9" }
      if !digits.isEmpty { number = UInt64(digits) ?? 0 }
      let letters = word.dropFirst(digits.count)
      if !letters.isEmpty { unit = String(letters) }
    }
    return unit == "mbytes" ? number &* (1 << 20) : unit == "kbytes" ? number &* 1024 : number
  }

  private static func layer(_ family: Family) -> String { family == .ip || family == .ip6 ? family.rawValue : "inet" }

  /// The settings of `limit name { rate … }`, read from its words.
  func namedLimit(_ words: [String], _ lines: inout [String]) -> [(key: String, value: JSONValue)] {
    let isOver = words.contains("over")
    let burstStart = words.firstIndex(of: "burst") ?? words.count
    var numbers: (rate: UInt64, isBytes: Bool, period: String) = (0, false, "second")
    for word in words[..<burstStart].flatMap({ $0.split(separator: "/").map(String.init) }) {
      let digits = word.prefix { $0 >= "0" && $0 <= "9" }
      if !digits.isEmpty { numbers.rate = UInt64(digits) ?? 0 }
      switch String(word.dropFirst(digits.count)) {
      case "bytes": numbers.isBytes = true
      case "kbytes": (numbers.rate, numbers.isBytes) = (numbers.rate &* 1024, true)
      case "mbytes": (numbers.rate, numbers.isBytes) = (numbers.rate &* (1 << 20), true)
      case "second", "minute", "hour", "day", "week": numbers.period = String(word.dropFirst(digits.count))
      default: break
      }
    }
    let burst =
      burstStart < words.count ? Self.bytes(Array(words[(burstStart + 1)...].prefix { $0 != "comment" })) : nil
    let printed = limit(
      (numbers.rate, numbers.isBytes, numbers.period), burst: burst.map { ($0, numbers.isBytes) }, isOver: isOver,
      keyword: "")
    lines = [printed.text]
    return printed.json["limit"]?.members ?? []
  }

  mutating func flowtable(_ declaration: Declaration) -> [ListingPart] {
    var lines = ["flowtable \(declaration.name) {"]
    var members = owner(declaration.name)
    var devices: [String] = []
    var hook = "ingress"
    var words: [String] = []
    var flags: [String] = []
    var hasCounter = false
    for entry in reader.children(declaration.ex) where reader.node(entry).kind == .entry {
      switch reader.node(entry).word {
      case .hook:
        let text = folded(reader.text(entry)).split(separator: " ").map(String.init)
        if text.count > 1 { hook = text[1] }
        if let start = text.firstIndex(of: "priority") { words = Array(text[(start + 1)...]) }
      case .devices, .device: for value in reader.children(entry) { names(value, into: &devices) }
      case .flags: flags = reader.children(entry).map { reader.symbol($0) }
      case .counter: hasCounter = true
      default: break
      }
    }
    devices.sort()
    let priority = priority(words, reader.tables[table].family, hook) ?? (words.first == "filter" ? 0 : 0)
    lines.append(
      "\thook \(hook) priority \(style.numericPriorities ? String(priority) : priorityText(priority, .inet, hook))")
    if !devices.isEmpty { lines.append("\tdevices = { \(devices.joined(separator: ", ")) }") }
    if !flags.isEmpty { lines.append("\tflags \(flags.joined(separator: ", "))") }
    if hasCounter { lines.append("\tcounter") }
    lines.append("}")
    members += [("hook", .string(hook)), ("prio", .int(priority))]
    if !devices.isEmpty {
      members.append(("dev", devices.count == 1 ? .string(devices[0]) : .array(devices.map { .string($0) })))
    }
    return [ListingPart(lines: lines, json: Self.object([("flowtable", Self.object(members))]))]
  }
}
