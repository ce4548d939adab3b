import JSONText
import NftablesSyntax

// Statements that are no tests.
extension NftablesListing {
  /// One statement; nil where it is not recognised.
  mutating func plainStatement(_ x: Ex) -> Printed? {
    let node = reader.node(x)
    switch node.kind {
    case .verdictStatement: return verdict(reader.firstChild(x))
    case .counter: return counter(x)
    case .limit: return limit(x, node)
    case .quota: return quota(x, node)
    case .connectionLimit: return connectionLimit(x, node)
    case .last: return Printed("last", Self.object([("last", .null)]))
    case .log: return log(x)
    case .nat: return nat(x, node)
    case .notrack: return Printed("notrack", Self.object([("notrack", .null)]))
    case .dup, .fwd: return forward(x, node)
    case .queue: return queue(x)
    case .flow:
      let name = reader.symbol(reader.firstChild(x))
      let json = Self.object([("flow", Self.object([("op", .string("add")), ("flowtable", .string("@\(name)"))]))])
      return Printed("flow add @\(name)", json)
    case .synproxy: return synproxy(x)
    case .assign: return assign(x)
    case .setUpdate: return setUpdate(x, node)
    case .meter: return meter(x)
    case .resetOption:
      guard let option = field(reader.firstChild(x)) else { return nil }
      var json = option.printed.json
      if let inner = json["tcp option"], let base = inner["base"] {
        json = Self.object([("tcp option", Self.object([("base", base), ("offset", .int(0)), ("len", .int(0))]))])
      }
      return Printed("reset \(option.printed.text)", Self.object([("reset", json)]))
    case .objectReference: return objectReference(x, node)
    case .xt:
      let words = reader.text(x).split(separator: " ", maxSplits: 2).map(String.init)
      guard words.count == 3 else { return nil }
      let name = words[2].filter { $0 != "\"" }
      let json = Self.object([("xt", Self.object([("type", .string(words[1])), ("name", .string(name))]))])
      return Printed("xt \(words[1]) \"\(name)\"", json)
    default: return nil
    }
  }

  mutating func verdict(_ x: Ex) -> Printed? {
    guard let x = reader.resolve(x), reader.node(x).kind == .verdict else { return nil }
    let word = reader.node(x).word
    guard word == .jump || word == .goto else {
      return Printed(word.text, Self.object([(word.text, .null)]))
    }
    let target = reader.firstChild(x)
    if reader.node(target).kind == .chain { return block(word, target) }
    guard let name = reader.name(target) else { return nil }
    return Printed("\(word.text) \(name)", Self.object([(word.text, Self.object([("target", .string(name))]))]))
  }

  /// `jump { … }`: a chain without name, on lines of its own.
  private mutating func block(_ word: Word, _ chain: Ex) -> Printed? {
    guard depth < 32 else { return nil }
    depth += 1
    let saved = context
    defer {
      context = saved
      depth -= 1
    }
    var lines: [String] = []
    for child in reader.children(chain) where reader.node(child).kind == .rule {
      guard let listed = rule(child, family: saved.family) else { return nil }
      lines.append(listed.text)
    }
    let text = "\(word.text) {\n" + lines.map { "\t\t\t\($0)\n" }.joined() + "\t\t}"
    // JSON has no form for it; nft prints the text there.
    return Printed(text, .string(text))
  }

  /// The number of an `option` node's value, or of a symbol; 0 where there is none.
  private mutating func amount(_ x: Ex) -> UInt64 {
    guard let value = reader.resolve(x) else { return 0 }
    var digits: UInt64 = 0
    let text = reader.symbol(value)
    if let number = UInt64(text) { return number }
    if text.hasPrefix("0x"), let number = UInt64(text.dropFirst(2), radix: 16) { return number }
    for byte in text.utf8 {
      guard byte >= 48, byte <= 57 else { break }
      digits = digits &* 10 &+ UInt64(byte - 48)
    }
    return digits
  }

  // MARK: Counting

  private mutating func counter(_ x: Ex) -> Printed {
    var packets: UInt64 = 0
    var bytes: UInt64 = 0
    for option in reader.children(x) {
      let number = amount(reader.firstChild(option))
      if reader.node(option).word == .packets { packets = number } else { bytes = number }
    }
    if style.isStateless { return Printed("counter", Self.object([("counter", .null)])) }
    let json = Self.object([("counter", Self.object([("packets", .int(packets)), ("bytes", .int(bytes))]))])
    return Printed("counter packets \(packets) bytes \(bytes)", json)
  }

  /// A size in the largest unit that divides it.
  static func size(_ bytes: UInt64) -> (number: UInt64, unit: String) {
    if bytes > 0, bytes % (1 << 20) == 0 { return (bytes >> 20, "mbytes") }
    if bytes > 0, bytes % 1024 == 0 { return (bytes >> 10, "kbytes") }
    return (bytes, "bytes")
  }

  /// `10/second`, `5 mbytes/second`, `25 mbytes`: the number in bytes or packets, and the unit of time.
  mutating func rate(_ x: Ex) -> (number: UInt64, isBytes: Bool, period: String) {
    let parts = reader.children(x)
    guard let first = parts.first else { return (0, false, "second") }
    var words = parts.dropFirst().map { reader.symbol($0) }
    // `25mbytes` and `1kbytes/second` are one word with the unit.
    let spelt = reader.resolve(first).map { reader.symbol($0) } ?? ""
    let letters = spelt.drop { $0 >= "0" && $0 <= "9" }
    if !letters.isEmpty, !spelt.hasPrefix("0x") { words.insert(String(letters), at: 0) }
    var number = amount(first)
    var isBytes = false
    var period = "second"
    for word in words {
      for part in word.split(separator: "/") {
        switch part {
        case "bytes": isBytes = true
        case "kbytes": (number, isBytes) = (number &* 1024, true)
        case "mbytes": (number, isBytes) = (number &* (1 << 20), true)
        case "packets": break
        default: period = String(part)
        }
      }
    }
    return (number, isBytes, period)
  }

  private mutating func limit(_ x: Ex, _ node: Node) -> Printed? {
    let children = reader.children(x)
    guard let first = children.first else { return nil }
    let burst = children.dropFirst().first.map { rate(reader.firstChild($0)) }
    return limit(rate(first), burst: burst.map { ($0.number, $0.isBytes) }, isOver: node.flag == 1)
  }

  /// A limit with its burst; nil: the default.
  func limit(
    _ rate: (number: UInt64, isBytes: Bool, period: String), burst: (number: UInt64, isBytes: Bool)?, isOver: Bool,
    keyword: String = "limit "
  ) -> Printed {
    var text = keyword + "rate " + (isOver ? "over " : "")
    var members: [(key: String, value: JSONValue)] = []
    if rate.isBytes {
      let (number, unit) = Self.size(rate.number)
      text += "\(number) \(unit)/\(rate.period)"
      members = [("rate", .int(number)), ("burst", .int(0))]
      let given = burst?.number ?? 0
      let size = Self.size(given)
      if given > 0 {
        text += " burst \(size.number) \(size.unit)"
        members[1] = ("burst", .int(size.number))
      }
      members += [("per", .string(rate.period))]
      if isOver { members.append(("inv", .bool(true))) }
      members += [("rate_unit", .string(unit)), ("burst_unit", .string(size.unit))]
    } else {
      text += "\(rate.number)/\(rate.period)"
      let given = burst?.number ?? 5
      if given > 0, given != 5 || style.release == .r1_1 { text += " burst \(given) packets" }
      members = [("rate", .int(rate.number)), ("burst", .int(given)), ("per", .string(rate.period))]
      if isOver { members.append(("inv", .bool(true))) }
    }
    return Printed(text, Self.object([("limit", Self.object(members))]))
  }

  private mutating func quota(_ x: Ex, _ node: Node) -> Printed? {
    let children = reader.children(x)
    guard let first = children.first else { return nil }
    let used = children.dropFirst().first.map { rate(reader.firstChild($0)).number } ?? 0
    return quota(rate(first).number, used: used, isOver: node.flag == 1)
  }

  func quota(_ bytes: UInt64, used: UInt64, isOver: Bool) -> Printed {
    let (number, unit) = Self.size(bytes)
    var text = "quota \(isOver ? "over " : "")\(number) \(unit)"
    var members: [(key: String, value: JSONValue)] = [("val", .int(number)), ("val_unit", .string(unit))]
    if isOver { members.append(("inv", .bool(true))) }
    if used > 0, !style.isStateless {
      let size = Self.size(used)
      text += " used \(size.number) \(size.unit)"
      members += [("used", .int(size.number)), ("used_unit", .string(size.unit))]
    }
    return Printed(text, Self.object([("quota", Self.object(members))]))
  }

  private mutating func connectionLimit(_ x: Ex, _ node: Node) -> Printed {
    let number = amount(reader.firstChild(x))
    var members: [(key: String, value: JSONValue)] = [("val", .int(number))]
    if node.flag == 1 { members.append(("inv", .bool(true))) }
    return Printed(
      "ct count \(node.flag == 1 ? "over " : "")\(number)", Self.object([("ct count", Self.object(members))]))
  }

  // MARK: Log and queue

  private mutating func log(_ x: Ex) -> Printed? {
    var prefix: String?
    var numbers: [Word: UInt64] = [:]
    var level: String?
    var flags: Set<String> = []
    for option in reader.children(x) {
      let node = reader.node(option)
      let value = reader.firstChild(option)
      switch node.word {
      case .prefix: prefix = reader.resolve(value).map { reader.symbol($0) }
      case .level: level = reader.symbol(value)
      case .flags:
        switch node.field {
        case .tcp, .ip:
          for child in reader.children(option) { flags.insert("\(node.field.text) \(reader.symbol(child))") }
        case .skuid, .ether: flags.insert(node.field.text)
        default: flags = ["tcp sequence", "tcp options", "ip options", "skuid", "ether"]
        }
      default: numbers[node.word] = amount(value)
      }
    }
    var text = "log"
    var members: [(key: String, value: JSONValue)] = []
    if let prefix {
      text += " prefix \"\(prefix)\""
      members.append(("prefix", .string(prefix)))
    }
    for word in [Word.group, .snaplen, .queueThreshold] {
      guard let number = numbers[word] else { continue }
      text += " \(word.text) \(number)"
      members.append((word.text, .int(number)))
    }
    if let level, level != "warn", level != "warning", numbers[.group] == nil {
      text += " level \(level)"
      members.append(("level", .string(level)))
    }
    let order = ["tcp sequence", "tcp options", "ip options", "skuid", "ether"].filter { flags.contains($0) }
    if order.count == 5 {
      text += " flags all"
      members.append(("flags", .string("all")))
    } else if !order.isEmpty {
      if flags.isSuperset(of: ["tcp sequence", "tcp options"]) {
        text += " flags tcp sequence,options"
      } else if let tcp = order.first(where: { $0.hasPrefix("tcp") }) {
        text += " flags \(tcp)"
      }
      for flag in order where !flag.hasPrefix("tcp") { text += " flags \(flag)" }
      members.append(("flags", order.count == 1 ? .string(order[0]) : .array(order.map { .string($0) })))
    }
    return Printed(text, Self.object([("log", members.isEmpty ? .null : Self.object(members))]))
  }

  private mutating func queue(_ x: Ex) -> Printed? {
    var number: Printed?
    var isComputed = false
    var flags: Set<Word> = []
    for option in reader.children(x) {
      if reader.node(option).word == .flags {
        for child in reader.children(option) { flags.insert(reader.node(child).word) }
      } else {
        let target = reader.firstChild(option)
        isComputed = !isConstant(target)
        number = value(target, [ValueType(.integer, 16)])
      }
    }
    let names = [Word.bypass, .fanout].filter { flags.contains($0) }.map(\.text)
    var text = "queue"
    if !names.isEmpty { text += " flags \(names.joined(separator: ","))" }
    let target = number ?? Printed("0", .int(0))
    text += isComputed || true ? " to \(target.text)" : ""
    var members: [(key: String, value: JSONValue)] = [("num", target.json)]
    if !names.isEmpty {
      members.append(("flags", names.count == 1 ? .string(names[0]) : .array(names.map { .string($0) })))
    }
    return Printed(text, Self.object([("queue", Self.object(members))]))
  }

  private mutating func synproxy(_ x: Ex) -> Printed {
    var numbers: [Word: UInt64] = [:]
    var flags: Set<Word> = []
    for option in reader.children(x) {
      let word = reader.node(option).word
      if word == .timestamp || word == .sackPerm { flags.insert(word) } else { numbers[word] = amount(reader.firstChild(option)) }
    }
    return synproxy(mss: numbers[.mss], scale: numbers[.wscale], flags: flags)
  }

  func synproxy(mss: UInt64?, scale: UInt64?, flags: Set<Word>) -> Printed {
    var text = "synproxy"
    var members: [(key: String, value: JSONValue)] = []
    if mss != nil || scale != nil {
      // The kernel keeps both as soon as one is given.
      text += " mss \(mss ?? 0) wscale \(scale ?? 0)"
      members = [("mss", .int(mss ?? 0)), ("wscale", .int(scale ?? 0))]
    }
    let names = [Word.timestamp, .sackPerm].filter { flags.contains($0) }.map(\.text)
    for name in names { text += " \(name)" }
    if !names.isEmpty {
      members.append(("flags", names.count == 1 ? .string(names[0]) : .array(names.map { .string($0) })))
    }
    return Printed(text, Self.object([("synproxy", members.isEmpty ? .null : Self.object(members))]))
  }

  // MARK: Objects and assignments

  private mutating func objectReference(_ x: Ex, _ node: Node) -> Printed? {
    guard let name = reader.resolve(reader.firstChild(x)) else { return nil }
    if reader.node(name).kind == .map {
      guard let map = map(name, data: [ValueType(.string, 128)]) else { return nil }
      return Printed("\(node.word.text) name \(map.printed.text)", Self.object([(node.word.text, map.printed.json)]))
    }
    let text = reader.symbol(name)
    return Printed("\(node.word.text) name \"\(text)\"", Self.object([(node.word.text, .string(text))]))
  }

  private mutating func assign(_ x: Ex) -> Printed? {
    let first = reader.firstChild(x)
    guard let key = field(first) else { return nil }
    use(key)
    let right = reader.sibling(first)
    if key.field == .none || key.header != .none || key.base != nil || true {
      let node = reader.node(first)
      // `ct helper set "x"`, `meta secmark set "x"`: names of objects.
      let isObject = node.kind == .conntrack && [.helper, .timeout, .expectation].contains(node.word)
      if isObject || node.kind == .meta && node.word == .secmark {
        let kind = isObject ? "ct \(node.word.text)" : "secmark"
        guard let value = value(right, [ValueType(.string, 128)]) else { return nil }
        return Printed("\(key.printed.text) set \(value.text)", Self.object([(kind, value.json)]))
      }
    }
    var type = key.type
    if type.type == .ctLabel { type = ValueType(.ctLabel, 128) }
    guard let value = value(right, [type]) else { return nil }
    let json = Self.object([("mangle", Self.object([("key", key.printed.json), ("value", value.json)]))])
    return Printed("\(key.printed.text) set \(value.text)", json)
  }

  // MARK: Sets

  private mutating func dynamicElement(_ children: [Ex]) -> (text: String, json: JSONValue, data: Printed?, statements: [Printed])? {
    guard let first = children.first, let key = operand(first) else { return nil }
    var text = key.printed.text
    var members: [(key: String, value: JSONValue)] = []
    var statements: [Printed] = []
    var data: Printed?
    for child in children.dropFirst() {
      let node = reader.node(child)
      if node.kind != .option {
        guard let statement = plainStatement(child) else { return nil }
        statements.append(statement)
        continue
      }
      if node.word == .value {
        let value = reader.firstChild(child)
        let types = context.dataTypes
        guard let printed = self.value(value, types) else { return nil }
        data = printed
        continue
      }
      let file = reader.files[Int(child.file)]
      let token = file.tokens[max(0, Int(node.end) - 1)]
      let spelt = String(decoding: file.bytes(of: token), as: UTF8.self)
      if node.word == .comment {
        text += " comment \"\(spelt)\""
        members.append(("comment", .string(spelt)))
      } else if let milliseconds = Durations.milliseconds(spelt) {
        text += " \(node.word.text) \(ValuePrinter.duration(milliseconds))"
        members.append((node.word.text, .int(milliseconds / 1000)))
      }
    }
    let json = members.isEmpty ? key.printed.json : Self.object([("elem", .object([("val", key.printed.json)] + members))])
    return (text, json, data, statements)
  }

  private mutating func setUpdate(_ x: Ex, _ node: Node) -> Printed? {
    var children = reader.children(x)
    guard !children.isEmpty else { return nil }
    let target = children.removeFirst()
    let name = reader.symbol(reader.firstChild(target))
    (context.keyTypes, context.dataTypes) = types(ofSet: name)
    defer { context.keyTypes = [] }
    guard let element = dynamicElement(children) else { return nil }
    var text = "\(node.word.text) @\(name) { \(element.text)"
    for statement in element.statements { text += " \(statement.text)" }
    if let data = element.data { text += " : \(data.text)" }
    text += " }"
    var members: [(key: String, value: JSONValue)] = [("op", .string(node.word.text)), ("elem", element.json)]
    if let data = element.data {
      members += [("data", data.json), ("map", .string("@\(name)"))]
    } else {
      members.append(("set", .string("@\(name)")))
    }
    if !element.statements.isEmpty { members.append(("stmt", .array(element.statements.map(\.json)))) }
    // The older release has no JSON for maps that rules add to, and prints the text.
    if element.data != nil, style.release == .r1_0_6 { return Printed(text, .string(text)) }
    return Printed(text, Self.object([(element.data == nil ? "set" : "map", Self.object(members))]))
  }

  private mutating func meter(_ x: Ex) -> Printed? {
    var children = reader.children(x)
    guard !children.isEmpty else { return nil }
    let name = reader.symbol(children.removeFirst())
    var size: UInt64 = 65535
    if let first = children.first, reader.node(first).kind == .option, reader.node(first).word == .size {
      let file = reader.files[Int(first.file)]
      let token = file.tokens[max(0, Int(reader.node(first).end) - 1)]
      size = UInt64(String(decoding: file.bytes(of: token), as: UTF8.self)) ?? size
      children.removeFirst()
    }
    guard let element = dynamicElement(children) else { return nil }
    let statements = element.statements.map(\.text).joined(separator: " ")
    let json = Self.object([
      (
        "meter",
        Self.object([
          ("key", element.json), ("stmt", element.statements.first?.json ?? .null), ("size", .int(size)),
          ("name", .string(name)),
        ])
      )
    ])
    return Printed("meter \(name) size \(size) { \(element.text) \(statements) }", json)
  }
}
