import JSONText
import SourceText

// The top level: commands and the objects they are about.
extension JSONTranslator {
  static let families: Set<String> = ["ip", "ip6", "inet", "arp", "bridge", "netdev"]
  static let verbs: Set<String> = [
    "add", "create", "insert", "replace", "delete", "destroy", "flush", "reset", "rename", "list",
  ]
  static let objects = [
    "table", "chain", "rule", "set", "map", "element", "flowtable", "counter", "quota", "limit", "ct helper",
    "ct timeout", "ct expectation", "synproxy", "secmark", "ruleset", "meter", "metainfo",
  ]

  mutating func translate(_ root: JSONNode) {
    reportDuplicates(root)
    guard root.members != nil, let commands = root["nftables"] else {
      return report(.syntaxError, "no nft JSON: the text has no member `nftables`", at: root.range)
    }
    guard let items = commands.arrayValue else {
      return report(expected("an array of commands", at: commands))
    }
    for item in items {
      do throws(JSONRefusal) {
        try mark(item) { (writer) throws(JSONRefusal) in try writer.command(item) }
      } catch {
        report(error)
        placeholder(item, name: item.members?.first?.key ?? "")
      }
      glue("\n")
    }
  }

  /// What stands where JSON could not be translated: one word that no statement begins with.
  mutating func placeholder(_ node: JSONNode, name: String) {
    let bytes = Array(name.utf8)
    let isWord =
      !bytes.isEmpty && bytes.count <= 40 && words.word(bytes) == .none
      && bytes.allSatisfy { $0 >= 97 && $0 <= 122 || $0 == UInt8(ascii: "-") } && bytes[0] != UInt8(ascii: "-")
    mark(node, isPlaceholder: true) { $0.put(isWord ? name : "?") }
  }

  /// A member that stands twice in one object: readers differ in which they take.
  private mutating func reportDuplicates(_ node: JSONNode) {
    switch node.content {
    case .array(let values): for value in values { reportDuplicates(value) }
    case .object(let members):
      var seen: Set<String> = []
      for member in members {
        if members.count > 1, !seen.insert(member.key).inserted {
          report(.syntaxError, "`\(member.key)` stands twice in this object", at: member.keyRange)
        }
        reportDuplicates(member.value)
      }
    default: break
    }
  }

  private mutating func command(_ item: JSONNode) throws(JSONRefusal) {
    let member = try single(item, "a command")
    if member.key == "metainfo" { return try metainfo(member.value) }
    // `nft -j list ruleset` prints objects without a verb; nft reads them as if they were added.
    guard Self.verbs.contains(member.key) else { return try object(member, verb: "add", isListed: true) }
    let inner = try single(member.value, "what to \(member.key)")
    try object(inner, verb: member.key, isListed: false)
  }

  private mutating func metainfo(_ node: JSONNode) throws(JSONRefusal) {
    guard let version = node["json_schema_version"] else { return }
    guard let number = version.intValue else { throw expected("a number", at: version) }
    if number > 1 { throw refuse("JSON schema version \(number) is newer than the one known here, 1", at: version) }
  }

  private mutating func object(_ member: JSONNode.Member, verb: String, isListed: Bool) throws(JSONRefusal) {
    let node = member.value
    let known = Self.objects + ["tables", "chains", "rules", "sets", "maps", "counters", "quotas", "limits"]
    guard known.contains(member.key) else {
      let near = NearestWord.find(member.key, among: Self.objects + Self.verbs.sorted())
      throw JSONRefusal(
        kind: .syntaxError, message: "`\(member.key)` is not a command or object of nft JSON", range: member.keyRange,
        hint: near.map { "did you mean `\($0)`?" })
    }
    put(verb)
    put(member.key)
    if verb == "list" || verb == "reset" { return }
    if member.key == "ruleset" || node.members == nil {
      guard verb == "flush" else { throw refuse("`\(verb) \(member.key)` says nothing", at: node) }
      if let family = node["family"] { try putFamily(family) }
      return
    }
    try putFamily(need("family", in: node))
    if member.key != "table" { try putName("table", of: node) }
    switch member.key {
    case "table": try table(node, verb)
    case "chain": try chain(node, verb)
    case "rule": try rule(node, verb, isListed: isListed)
    case "set", "map", "meter": try set(node, verb, isMap: member.key == "map")
    case "element": try elements(node)
    case "flowtable": try flowtable(node, verb)
    default: try namedObject(node, verb, kind: member.key)
    }
  }

  private mutating func putFamily(_ node: JSONNode) throws(JSONRefusal) {
    let family = try string(node)
    guard Self.families.contains(family) else {
      throw refuse(
        "`\(family.prefix(40))` is not a family", at: node, hint: "ip, ip6, inet, arp, bridge or netdev")
    }
    mark(node) { $0.put(family) }
  }

  private mutating func putName(_ key: String, of node: JSONNode) throws(JSONRefusal) {
    let name = try need(key, in: node)
    guard try !string(name).isEmpty else { throw refuse("an empty name", at: name) }
    try putText(name)
  }

  /// The name, or the handle where a deletion gives only that.
  private mutating func putNameOrHandle(_ node: JSONNode, _ verb: String, key: String = "name") throws(JSONRefusal) {
    if node[key] == nil, verb == "delete" || verb == "destroy", let handle = node["handle"] {
      put("handle")
      let text = try number(handle)
      return mark(handle) { $0.put(text) }
    }
    try putName(key, of: node)
  }

  private func hasBody(_ verb: String) -> Bool { verb == "add" || verb == "create" }

  /// `keyword value;`
  mutating func entry(_ keyword: String, _ node: JSONNode?, quoted: Bool = false) throws(JSONRefusal) {
    guard let node else { return }
    put(keyword)
    switch node.content {
    case .number: put(try number(node))
    default: try putText(node, alwaysQuoted: quoted)
    }
    glue(";")
  }

  private mutating func flagEntry(_ node: JSONNode?) throws(JSONRefusal) {
    guard let node else { return }
    let flags = try strings(node)
    guard !flags.isEmpty else { return }
    put("flags")
    for (index, flag) in flags.enumerated() {
      if index > 0 { glue(",") }
      try putText(flag)
    }
    glue(";")
  }

  private mutating func deviceEntry(_ node: JSONNode?) throws(JSONRefusal) {
    guard let node else { return }
    let devices = try strings(node)
    guard let first = devices.first else { return }
    if devices.count == 1 {
      put("device")
      return try putText(first, alwaysQuoted: true)
    }
    put("devices = {")
    for (index, device) in devices.enumerated() {
      if index > 0 { glue(",") }
      try putText(device, alwaysQuoted: true)
    }
    put("}")
  }

  private mutating func table(_ node: JSONNode, _ verb: String) throws(JSONRefusal) {
    try putNameOrHandle(node, verb)
    guard hasBody(verb), node["flags"] != nil || node["comment"] != nil else { return }
    put("{")
    try flagEntry(node["flags"])
    try entry("comment", node["comment"], quoted: true)
    put("}")
  }

  private mutating func chain(_ node: JSONNode, _ verb: String) throws(JSONRefusal) {
    try putNameOrHandle(node, verb)
    if verb == "rename" { return try putName("newname", of: node) }
    guard hasBody(verb), node["type"] != nil || node["comment"] != nil else { return }
    put("{")
    if let type = node["type"] {
      put("type")
      try putText(type)
      put("hook")
      try putText(need("hook", in: node))
      try deviceEntry(node["dev"] ?? node["devs"])
      put("priority")
      try putPriority(need("prio", in: node))
      glue(";")
      try entry("policy", node["policy"].flatMap { $0.stringValue == nil ? nil : $0 })
    }
    try entry("comment", node["comment"], quoted: true)
    put("}")
  }

  private mutating func putPriority(_ node: JSONNode) throws(JSONRefusal) {
    switch node.content {
    case .number(let text):
      guard Int32(text) != nil else { throw refuse("a priority is a whole number of 32 bits", at: node) }
      mark(node) { $0.put(text) }
    case .string(let text):
      // `filter - 10`, `-100`: numbers and names.
      let parts = text.split(separator: " ")
      let isPlain = parts.allSatisfy { part in
        part == "+" || part == "-" || Self.isOneToken(Array((part.hasPrefix("-") ? part.dropFirst() : part).utf8))
      }
      guard !parts.isEmpty, parts.count <= 3, isPlain else { throw refuse("`\(text.prefix(40))` is no priority", at: node) }
      mark(node) { $0.put(parts.joined(separator: " ")) }
    default: throw expected("a priority", at: node)
    }
  }

  // MARK: Rules

  private mutating func rule(_ node: JSONNode, _ verb: String, isListed: Bool) throws(JSONRefusal) {
    try putName("chain", of: node)
    if !isListed {
      if let index = node["index"] {
        put("index")
        let text = try number(index)
        mark(index) { $0.put(text) }
      } else if let handle = node["handle"] {
        put("handle")
        let text = try number(handle)
        mark(handle) { $0.put(text) }
      }
    }
    guard verb != "delete", verb != "destroy" else { return }
    let statements = try need("expr", in: node)
    guard let items = statements.arrayValue else { throw expected("an array of statements", at: statements) }
    if let comment = node["comment"] { _ = try string(comment) }
    pendingComment = node["comment"]
    defer { pendingComment = nil }
    for item in items { try checkedStatement(item) }
    try putComment()
  }

  mutating func putComment() throws(JSONRefusal) {
    guard let comment = pendingComment else { return }
    pendingComment = nil
    let text = try lexeme(string(comment), at: comment, alwaysQuoted: true)
    put("comment")
    mark(comment) { $0.put(text) }
  }

  /// One statement, or a placeholder and a problem for it. A placeholder hides what follows it in the rule, so the
  /// comment goes before it.
  mutating func checkedStatement(_ item: JSONNode) throws(JSONRefusal) {
    do throws(JSONRefusal) {
      try mark(item) { (writer) throws(JSONRefusal) in try writer.statement(item) }
    } catch {
      report(error)
      try putComment()
      placeholder(item, name: item.members?.first?.key ?? item.stringValue ?? "")
    }
  }

  // MARK: Sets

  private mutating func set(_ node: JSONNode, _ verb: String, isMap: Bool) throws(JSONRefusal) {
    try putNameOrHandle(node, verb)
    guard hasBody(verb) else { return }
    put("{")
    if let type = node["type"] {
      let isTypeof = type.members != nil
      put(isTypeof ? "typeof" : "type")
      try putType(type)
      if isMap {
        let data = try need("map", in: node)
        glue(" :")
        if isTypeof, data.members == nil {
          // `typeof … : verdict` in one word.
          try putWord(data)
        } else {
          try putType(data)
        }
      }
      glue(";")
    }
    try flagEntry(node["flags"])
    try seconds("timeout", node["timeout"])
    try seconds("gc-interval", node["gc-interval"])
    try entry("size", node["size"])
    try entry("policy", node["policy"])
    if let merge = node["auto-merge"], merge.boolValue ?? true { put("auto-merge;") }
    if let statements = node["stmt"] {
      guard let items = statements.arrayValue else { throw expected("an array of statements", at: statements) }
      for item in items { try statement(item) }
      if !items.isEmpty { glue(";") }
    }
    try entry("comment", node["comment"], quoted: true)
    if let elements = node["elem"], !(elements.arrayValue?.isEmpty ?? false) {
      put("elements =")
      try elementList(elements)
      glue(";")
    }
    put("}")
  }

  private mutating func seconds(_ keyword: String, _ node: JSONNode?) throws(JSONRefusal) {
    guard let node else { return }
    put(keyword)
    let text = try number(node)
    mark(node) { $0.put(Self.duration(text, seconds: true)) }
    glue(";")
  }

  private mutating func putType(_ node: JSONNode) throws(JSONRefusal) {
    if let inner = node["typeof"] { return try typeofExpression(inner) }
    let parts = try strings(node)
    for (index, part) in parts.enumerated() {
      if index > 0 { put(".") }
      try putWord(part)
    }
  }

  private mutating func typeofExpression(_ node: JSONNode) throws(JSONRefusal) {
    if node.stringValue != nil { return try putText(node) }
    try expression(node)
  }

  private mutating func elements(_ node: JSONNode) throws(JSONRefusal) {
    try putName("name", of: node)
    try elementList(need("elem", in: node))
  }

  // MARK: Other objects

  private mutating func flowtable(_ node: JSONNode, _ verb: String) throws(JSONRefusal) {
    try putNameOrHandle(node, verb)
    guard hasBody(verb) else { return }
    put("{ hook")
    try putText(need("hook", in: node))
    put("priority")
    try putPriority(need("prio", in: node))
    glue(";")
    if let devices = node["dev"] ?? node["devs"] {
      put("devices = {")
      for (index, device) in try strings(devices).enumerated() {
        if index > 0 { glue(",") }
        try putText(device, alwaysQuoted: true)
      }
      put("};")
    }
    try flagEntry(node["flags"])
    put("}")
  }

  private mutating func namedObject(_ node: JSONNode, _ verb: String, kind: String) throws(JSONRefusal) {
    try putNameOrHandle(node, verb)
    guard hasBody(verb) else { return }
    put("{")
    switch kind {
    case "counter":
      if node["packets"] != nil || node["bytes"] != nil { try counts(node) }
    case "quota": try quotaBody(node)
    case "limit": try limitBody(node)
    case "synproxy": try synproxyBody(node, separator: "")
    case "secmark":
      if let context = node["context"] { try putText(context, alwaysQuoted: true) }
    case "ct helper":
      put("type")
      try putText(need("type", in: node), alwaysQuoted: true)
      if let l4 = node["protocol"] {
        put("protocol")
        try putText(l4)
      }
      glue(";")
      try entry("l3proto", node["l3proto"])
    case "ct timeout":
      try entry("protocol", node["protocol"])
      try entry("l3proto", node["l3proto"])
      if let policy = node["policy"], let members = policy.members {
        put("policy = {")
        for (index, member) in members.enumerated() {
          if index > 0 { glue(",") }
          guard Self.isOneToken(Array(member.key.utf8)) else { throw refuse("no name of a state", at: policy) }
          put(member.key)
          glue(" :")
          put(try number(member.value))
        }
        put("};")
      }
    case "ct expectation":
      try entry("protocol", node["protocol"])
      try entry("dport", node["dport"])
      if let timeout = node["timeout"] {
        put("timeout")
        put(Self.duration(try number(timeout), seconds: false))
        glue(";")
      }
      try entry("size", node["size"])
      try entry("l3proto", node["l3proto"])
    default: throw refuse("`\(kind)` is not known here", at: node)
    }
    if node["comment"] != nil {
      if bytes.last != UInt8(ascii: ";") { glue(";") }
      try entry("comment", node["comment"], quoted: true)
    }
    put("}")
  }
}
