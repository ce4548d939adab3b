import JSONText
import SourceText

// Statements of a rule.
extension JSONTranslator {
  static let statementNames = [
    "accept", "drop", "continue", "return", "jump", "goto", "match", "counter", "mangle", "quota", "limit", "fwd",
    "notrack", "dup", "snat", "dnat", "masquerade", "redirect", "reject", "set", "map", "log", "ct helper", "meter",
    "queue", "vmap", "ct count", "ct timeout", "ct expectation", "xt", "flow", "tproxy", "synproxy", "reset", "secmark",
    "last",
  ]

  mutating func statement(_ node: JSONNode) throws(JSONRefusal) {
    try statement(single(node, "a statement"))
  }

  mutating func statement(_ member: JSONNode.Member) throws(JSONRefusal) {
    let value = member.value
    switch member.key {
    case "accept", "drop", "continue", "return", "notrack": put(member.key)
    case "jump", "goto": try verdict(member)
    case "match": try match(value)
    case "vmap":
      try expression(need("key", in: value))
      put("vmap")
      try setOperand(need("data", in: value))
    case "mangle":
      try expression(need("key", in: value))
      put("set")
      try expression(need("value", in: value))
    case "counter": try referenceOr("counter", value) { (writer) throws(JSONRefusal) in try writer.counts(value) }
    case "quota": try referenceOr("quota", value) { (writer) throws(JSONRefusal) in try writer.quotaBody(value) }
    case "limit": try referenceOr("limit", value) { (writer) throws(JSONRefusal) in try writer.limitBody(value) }
    case "synproxy":
      try referenceOr("synproxy", value) { (writer) throws(JSONRefusal) in
        try writer.synproxyBody(value, separator: "")
      }
    case "last":
      put("last")
      if let used = value["used"] { put("used \(try number(used))ms") }
    case "log": try log(value)
    case "reject": try reject(value)
    case "snat", "dnat", "masquerade", "redirect": try nat(member.key, value)
    case "tproxy": try tproxy(value)
    case "fwd", "dup": try forward(member.key, value)
    case "queue": try queue(value)
    case "flow":
      put("flow add @")
      let name = try need("flowtable", in: value)
      let text = try string(name)
      let bare = text.hasPrefix("@") ? String(text.dropFirst()) : text
      glue(try lexeme(bare, at: name))
    case "set", "map": try setUpdate(member.key, value)
    case "meter": try meter(value)
    case "ct helper", "ct timeout", "ct expectation":
      put(member.key)
      put("set")
      try objectName(value)
    case "secmark":
      put("meta secmark set")
      try objectName(value)
    case "ct count":
      put("ct count")
      if value["inv"]?.boolValue == true { put("over") }
      put(try number(need("val", in: value)))
    case "reset":
      put("reset")
      try expression(value)
    case "xt":
      let type = value["type"]?.stringValue
      guard type == "match" || type == "target", let name = value["name"] else {
        throw refuse("`xt` needs `type` (match or target) and `name`", at: value)
      }
      put("xt \(type ?? "match")")
      try putText(name, alwaysQuoted: true)
    default:
      let near = NearestWord.find(member.key, among: Self.statementNames)
      throw JSONRefusal(
        kind: .syntaxError, message: "`\(member.key.prefix(60))` is not a statement of nft JSON",
        range: member.keyRange, hint: near.map { "did you mean `\($0)`?" })
    }
  }

  mutating func verdict(_ member: JSONNode.Member) throws(JSONRefusal) {
    put(member.key)
    switch member.key {
    case "jump", "goto":
      let target = try need("target", in: member.value)
      try putText(target)
    default: break
    }
  }

  /// A statement whose value is the name of an object of that kind, or its own settings.
  private mutating func referenceOr(
    _ keyword: String, _ value: JSONNode, _ body: (inout JSONTranslator) throws(JSONRefusal) -> Void
  ) throws(JSONRefusal) {
    put(keyword)
    switch value.content {
    case .null: break
    case .string:
      put("name")
      try putText(value, alwaysQuoted: true)
    case .object(let members) where members.contains { $0.key == "map" || $0.key == "payload" }:
      put("name")
      try expression(value)
    case .object: try body(&self)
    default: throw expected("an object or the name of one", at: value)
    }
  }

  /// The value of a `ct helper` statement: the name of an object, or a map that gives one.
  private mutating func objectName(_ value: JSONNode) throws(JSONRefusal) {
    if value.stringValue != nil { return try putText(value, alwaysQuoted: true) }
    try expression(value)
  }

  // MARK: Matches

  private mutating func match(_ node: JSONNode) throws(JSONRefusal) {
    let left = try need("left", in: node)
    let right = try need("right", in: node)
    try expression(left)
    let op = if let given = node["op"] { try string(given) } else { "in" }
    switch op {
    case "in": break
    case "==": if left.isBitwise || left.isFlagField && right.isOneValue { put("==") }
    case "!=", "<", ">", "<=", ">=": put(op)
    case "!": put("!")
    default:
      throw refuse(
        "`\(op.prefix(20))` is not a comparison", at: node["op"] ?? node, hint: "==, !=, <, >, <=, >= or in")
    }
    try setOperand(right)
  }

  // MARK: Counting and limiting

  mutating func counts(_ node: JSONNode) throws(JSONRefusal) {
    if let packets = node["packets"] { put("packets \(try number(packets))") }
    if let count = node["bytes"] { put("bytes \(try number(count))") }
  }

  mutating func quotaBody(_ node: JSONNode) throws(JSONRefusal) {
    if node["inv"]?.boolValue == true { put("over") }
    let amount = try need(node["val"] == nil ? "bytes" : "val", in: node)
    put(try number(amount))
    put(try unit(node["val_unit"]) ?? "bytes")
    if let used = node["used"] {
      let text = try number(used)
      if text != "0" {
        put("used \(text)")
        put(try unit(node["used_unit"]) ?? "bytes")
      }
    }
  }

  private func unit(_ node: JSONNode?) throws(JSONRefusal) -> String? {
    guard let node else { return nil }
    let text = try string(node)
    guard ["packets", "bytes", "kbytes", "mbytes"].contains(text) else {
      throw refuse("`\(text.prefix(20))` is not a unit", at: node, hint: "packets, bytes, kbytes or mbytes")
    }
    return text
  }

  mutating func limitBody(_ node: JSONNode) throws(JSONRefusal) {
    put("rate")
    if node["inv"]?.boolValue == true { put("over") }
    put(try number(need("rate", in: node)))
    let rateUnit = try unit(node["rate_unit"])
    if let rateUnit, rateUnit != "packets" { put(rateUnit) }
    let period = try need("per", in: node)
    guard Parser.timeUnits.contains(try string(period)) else {
      throw refuse("not a unit of time", at: period, hint: "second, minute, hour, day or week")
    }
    glue("/" + (period.stringValue ?? ""))
    if let burst = node["burst"], burst.intValue != 0 {
      put("burst \(try number(burst))")
      put(try unit(node["burst_unit"]) ?? (rateUnit.map { $0 == "packets" ? "packets" : "bytes" } ?? "packets"))
    }
  }

  mutating func synproxyBody(_ node: JSONNode, separator: String) throws(JSONRefusal) {
    if let mss = node["mss"] { put("mss \(try number(mss))") }
    if let scale = node["wscale"] { put("wscale \(try number(scale))") }
    if let flags = node["flags"] {
      for flag in try strings(flags) {
        let text = try string(flag)
        guard text == "timestamp" || text == "sack-perm" else { throw refuse("not a flag of synproxy", at: flag) }
        put(text)
      }
    }
  }

  // MARK: Log, reject, queue

  private mutating func log(_ node: JSONNode) throws(JSONRefusal) {
    put("log")
    if let prefix = node["prefix"] {
      put("prefix")
      try putText(prefix, alwaysQuoted: true)
    }
    for (key, keyword) in [("group", "group"), ("snaplen", "snaplen"), ("queue-threshold", "queue-threshold")] {
      if let value = node[key] { put("\(keyword) \(try number(value))") }
    }
    if let level = node["level"] {
      put("level")
      try putText(level)
    }
    guard let flags = node["flags"] else { return }
    for flag in try strings(flags) {
      switch try string(flag) {
      case "all": put("flags all")
      case "tcp sequence": put("flags tcp sequence")
      case "tcp options": put("flags tcp options")
      case "ip options": put("flags ip options")
      case "skuid": put("flags skuid")
      case "ether": put("flags ether")
      default: throw refuse("not a flag of log", at: flag)
      }
    }
  }

  private mutating func reject(_ node: JSONNode) throws(JSONRefusal) {
    put("reject")
    guard let type = node["type"] else { return }
    let kind = try string(type)
    switch kind {
    case "tcp reset": put("with tcp reset")
    case "icmp", "icmpv6", "icmpx":
      guard let code = node["expr"] else { return }
      put("with \(kind)")
      try expression(code)
    default: throw refuse("`\(kind.prefix(20))` is not a way to reject", at: type)
    }
  }

  private mutating func queue(_ node: JSONNode) throws(JSONRefusal) {
    put("queue")
    let flags = if let given = node["flags"] { try strings(given) } else { [JSONNode]() }
    if !flags.isEmpty { put("flags") }
    for (index, flag) in flags.enumerated() {
      let text = try string(flag)
      guard text == "bypass" || text == "fanout" else { throw refuse("not a flag of queue", at: flag) }
      if index > 0 { glue(",") }
      put(text)
    }
    if let number = node["num"] {
      put("to")
      try expression(number)
    }
  }

  // MARK: NAT and forwarding

  private mutating func nat(_ kind: String, _ node: JSONNode) throws(JSONRefusal) {
    put(kind)
    let address = node["addr"]
    let port = node["port"]
    if let family = node["family"], address != nil {
      let text = try string(family)
      guard text == "ip" || text == "ip6" else { throw refuse("a nat family is ip or ip6", at: family) }
      put(text)
    }
    let flags = if let given = node["type_flags"] { try strings(given) } else { [JSONNode]() }
    for flag in flags {
      switch try string(flag) {
      case "prefix": put("prefix")
      case "interval": put("interval")
      case "concat": put("addr . port")
      default: throw refuse("not a type flag of nat", at: flag)
      }
    }
    if address != nil || port != nil { put("to") }
    if let address { try expression(address) }
    if let port {
      glue(address == nil ? " :" : ":", next: true)
      try expression(port)
    }
    if let flags = node["flags"] {
      for (index, flag) in try strings(flags).enumerated() {
        let text = try string(flag)
        guard ["random", "fully-random", "persistent", "netmap"].contains(text) else {
          throw refuse("not a flag of nat", at: flag)
        }
        if text == "netmap" { continue }
        if index > 0, bytes.last != UInt8(ascii: " ") { glue(",") }
        put(text)
      }
    }
  }

  private mutating func tproxy(_ node: JSONNode) throws(JSONRefusal) {
    put("tproxy")
    if let family = node["family"] {
      let text = try string(family)
      guard text == "ip" || text == "ip6" else { throw refuse("a tproxy family is ip or ip6", at: family) }
      put(text)
    }
    put("to")
    if let address = node["addr"] { try expression(address) }
    if let port = node["port"] {
      glue(node["addr"] == nil ? " :" : ":", next: true)
      try expression(port)
    }
  }

  private mutating func forward(_ kind: String, _ node: JSONNode) throws(JSONRefusal) {
    put(kind)
    if kind == "fwd", let family = node["family"] {
      let text = try string(family)
      guard text == "ip" || text == "ip6" else { throw refuse("a fwd family is ip or ip6", at: family) }
      put(text)
    }
    put("to")
    if let address = node["addr"] {
      try expression(address)
      if let device = node["dev"] {
        put("device")
        try expression(device)
      }
    } else {
      try expression(need("dev", in: node))
    }
  }

  // MARK: Sets changed by rules

  private mutating func setUpdate(_ kind: String, _ node: JSONNode) throws(JSONRefusal) {
    let op = try need("op", in: node)
    let text = try string(op)
    guard text == "add" || text == "update" || text == "delete" else { throw refuse("not add, update or delete", at: op) }
    let name = try need(node["set"] == nil ? "map" : "set", in: node)
    let target = try string(name)
    put("\(text) @")
    glue(try lexeme(target.hasPrefix("@") ? String(target.dropFirst()) : target, at: name))
    put("{")
    try dynamicElement(need("elem", in: node), statements: node["stmt"])
    if let data = node["data"] {
      glue(" :")
      try expression(data)
    }
    put("}")
  }

  private mutating func dynamicElement(_ node: JSONNode, statements: JSONNode?) throws(JSONRefusal) {
    if let inner = node["elem"] {
      try expression(need("val", in: inner))
      try elementOptions(inner)
    } else {
      try expression(node)
    }
    if let statements {
      for statement in statements.arrayValue ?? [statements] { try self.statement(statement) }
    }
  }

  private mutating func meter(_ node: JSONNode) throws(JSONRefusal) {
    put("meter")
    try putText(need("name", in: node))
    if let size = node["size"] { put("size \(try number(size))") }
    put("{")
    try dynamicElement(need("key", in: node), statements: node["stmt"])
    put("}")
  }
}

extension JSONNode {
  /// True for `{"&": […]}` and its like.
  var isBitwise: Bool {
    guard let members, members.count == 1 else { return false }
    return ["&", "|", "^", "<<", ">>"].contains(members[0].key)
  }

  /// Fields whose values are sets of bits: there `==` and no operator mean different things.
  var isFlagField: Bool {
    if let key = self["ct"]?["key"]?.stringValue { return ["state", "status", "label", "event"].contains(key) }
    if let payload = self["payload"] {
      return payload["protocol"]?.stringValue == "tcp" && payload["field"]?.stringValue == "flags"
    }
    return false
  }

  /// One constant: no set, range, prefix or reference.
  var isOneValue: Bool {
    switch content {
    case .string(let text): !text.hasPrefix("@")
    case .number, .array: true
    default: isBitwise
    }
  }
}
