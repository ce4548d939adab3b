import FirewallModel
import JSONText
import NftablesSyntax

// Address translation and forwarding.
extension NftablesListing {
  mutating func nat(_ x: Ex, _ node: Node) -> Printed? {
    let isMixed = context.family != .ip && context.family != .ip6
    let kind = node.word
    var address: Printed?
    var port: Printed?
    var isIPv6 = context.family == .ip6
    var isConcatenated = false
    var isMap = false
    var flags: Set<Word> = []
    if node.field != .none {
      isIPv6 = node.field == .ip6
    } else if isMixed {
      isIPv6 = context.network == .ip6
    }
    let addressType = isIPv6 ? ValueType(.ipv6Address) : ValueType(.ipv4Address)
    let portType = ValueType(.inetService)
    for child in reader.children(x) {
      guard reader.node(child).word == .to else {
        flags.insert(reader.node(child).word)
        continue
      }
      var parts = reader.children(child)
      let portNode = parts.last.flatMap { reader.node($0).word == .port && reader.node($0).kind == .option ? $0 : nil }
      if portNode != nil { parts.removeLast() }
      if let first = parts.first {
        guard let resolved = reader.resolve(first) else { return nil }
        isMap = reader.node(resolved).kind == .map
        if isMap {
          isConcatenated = node.flag == 1 || mapIsConcatenated(resolved)
          let types = isConcatenated ? [addressType, portType] : [addressType]
          guard let value = map(resolved, data: types) else { return nil }
          address = value.printed
          // Ranges and prefixes as data make it a map of intervals, and that prints the version too.
          if reader.node(resolved).kind == .map, mapHasIntervals(resolved) { isConcatenated = true }
        } else {
          guard let value = natAddress(parts, addressType) else { return nil }
          address = value
        }
      }
      if let portNode {
        guard let value = value(reader.firstChild(portNode), [portType]) else { return nil }
        port = value
      }
    }
    // In a table of both versions the address says which one; so does a pair of address and port.
    let showsFamily =
      kind == .tproxy
      ? isMixed && (node.field != .none)
      : address != nil && (isMixed || isConcatenated || node.flag == 2 || node.flag == 3)
    var text = kind.text
    var members: [(key: String, value: JSONValue)] = []
    if showsFamily {
      text += isIPv6 ? " ip6" : " ip"
      members.append(("family", .string(isIPv6 ? "ip6" : "ip")))
    }
    if node.flag == 2 { text += " prefix" }
    if address != nil || port != nil { text += " to" }
    if let address {
      text += " "
      let needsBrackets = isIPv6 && !isMap && (port != nil || kind == .tproxy)
      text += needsBrackets ? Self.bracketed(address.text) : address.text
      members.append(("addr", address.json))
    }
    if let port {
      text += (address == nil ? " :" : ":") + port.text
      members.append(("port", port.json))
    }
    let order = [Word.random, .fullyRandom, .persistent].filter { flags.contains($0) }.map(\.text)
    if !order.isEmpty { text += " " + order.joined(separator: ",") }
    // JSON shows the flag that the kernel has for prefixes.
    let shown = order + (node.flag == 2 ? ["netmap"] : [])
    if !shown.isEmpty { members.append(("flags", shown.count == 1 ? .string(shown[0]) : .array(shown.map { .string($0) }))) }
    if node.flag == 2 { members.append(("type_flags", .string("prefix"))) }
    return Printed(text, Self.object([(kind.text, members.isEmpty ? .null : Self.object(members))]))
  }

  /// `[a]`, or `[a]-[b]` for a range.
  private static func bracketed(_ text: String) -> String {
    "[" + text.split(separator: "-").joined(separator: "]-[") + "]"
  }

  private mutating func natAddress(_ parts: [Ex], _ type: ValueType) -> Printed? {
    if parts.count == 2 {
      guard case .number(let low)? = constant(parts[0], type), case .number(let high)? = constant(parts[1], type) else {
        return nil
      }
      return print(.range(low, high), type, inSet: true)
    }
    guard let first = parts.first else { return nil }
    return value(first, [type], inSet: true)
  }

  /// True when the data of a map are pairs of address and port.
  private mutating func mapIsConcatenated(_ x: Ex) -> Bool {
    guard let table = reader.resolve(reader.sibling(reader.firstChild(x))) else { return false }
    if reader.node(table).kind == .setReference {
      return dataTypes(ofSet: reader.symbol(reader.firstChild(table))).count > 1
    }
    for element in reader.children(table) {
      guard reader.node(element).kind == .mapping, let data = reader.children(element).last else { continue }
      return reader.node(data).kind == .concatenation
    }
    return false
  }

  private mutating func mapHasIntervals(_ x: Ex) -> Bool {
    guard let table = reader.resolve(reader.sibling(reader.firstChild(x))), reader.node(table).kind == .setLiteral else {
      return false
    }
    return reader.children(table).contains { element in
      guard reader.node(element).kind == .mapping, let data = reader.children(element).last else { return false }
      return reader.node(data).kind == .range || reader.node(data).kind == .prefix
    }
  }

  mutating func forward(_ x: Ex, _ node: Node) -> Printed? {
    let keyword = node.kind == .dup ? "dup" : "fwd"
    let children = reader.children(x)
    guard let first = children.first else { return nil }
    let isLink = context.family == .netdev && node.field == .none
    let isIPv6 = node.field == .ip6 || context.family == .ip6
    let type = isLink ? ValueType(.ifIndex, 32) : isIPv6 ? ValueType(.ipv6Address) : ValueType(.ipv4Address)
    guard let target = value(first, [type]) else { return nil }
    var text = keyword
    var members: [(key: String, value: JSONValue)] = []
    if node.field != .none {
      text += " \(node.field.text)"
      members.append(("family", .string(node.field.text)))
    }
    text += " to \(target.text)"
    members.insert((isLink ? (keyword == "fwd" ? "dev" : "addr") : "addr", target.json), at: 0)
    if children.count > 1 {
      guard let device = value(reader.firstChild(children[1]), [ValueType(.ifIndex, 32)]) else { return nil }
      text += " device \(device.text)"
      members.append(("dev", device.json))
    }
    return Printed(text, Self.object([(keyword, Self.object(members))]))
  }
}
