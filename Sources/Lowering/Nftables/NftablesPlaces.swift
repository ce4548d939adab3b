import FirewallModel
import NftablesSyntax
import PacketSets
import Packets
import SourceText

// Statements and the families, hooks and types where they make sense.
extension NftablesLowering {
  /// `dup` and `fwd`: the family says what they take.
  mutating func checkForwarding(_ x: Ex, _ node: Node, _ rule: RuleBuilder) {
    let word = node.kind == .dup ? "dup" : "fwd"
    let families: [Family] = node.kind == .dup ? [.ip, .ip6, .netdev] : [.netdev]
    guard families.contains(rule.family) else {
      reader.report(
        .notAllowedHere, "`\(word)` is not possible in a \(rule.family.rawValue) table", at: reader.range(x),
        hint: "it is in tables of the families \(families.map(\.rawValue).joined(separator: ", "))")
      return
    }
    let target = reader.firstChild(x)
    guard let value = reader.resolve(target), reader.node(value).kind == .symbol else { return }
    switch rule.family {
    case .ip where node.kind == .dup: _ = reader.constant(value, .ipv4Address, width: 32)
    case .ip6 where node.kind == .dup: _ = reader.constant(value, .ipv6Address, width: 128)
    case .netdev where node.field == .ip: _ = reader.constant(value, .ipv4Address, width: 32)
    case .netdev where node.field == .ip6: _ = reader.constant(value, .ipv6Address, width: 128)
    default: break
    }
  }

  /// Queue numbers have 16 bits, and `fanout` needs several.
  mutating func checkQueue(_ x: Ex) {
    let options = reader.children(x)
    guard let number = options.first(where: { reader.node($0).word == .num || reader.node($0).word == .to }),
      let value = reader.resolve(reader.firstChild(number))
    else { return }
    switch reader.node(value).kind {
    case .symbol:
      let token = reader.token(value)
      guard token.kind == .number else {
        reader.report(
          .typeError, "`\(reader.text(value).prefix(60))` is not the number of a queue", at: reader.range(value))
        return
      }
      _ = reader.constant(value, .integer, width: 16)
    case .range: _ = reader.constant(value, .integer, width: 16)
    default: return
    }
    let fanout = options.flatMap { reader.children($0) }.first { reader.node($0).word == .fanout }
    if let fanout, reader.node(value).kind == .symbol {
      reader.report(
        .notAllowedHere, "`fanout` spreads packets over several queues, but there is one", at: reader.range(fanout),
        labels: [Label("here", at: reader.range(value))], hint: "write a range such as `num 0-3`")
    }
  }

  /// Reject has no meaning for ARP, and `icmpx` only where both IP versions meet.
  mutating func checkReject(_ x: Ex, _ node: Node, _ rule: RuleBuilder) {
    if rule.family == .arp {
      reader.report(
        .notAllowedHere, "`reject` is not possible in an arp table", at: reader.range(x), hint: "use `drop`")
    } else if rule.network == NetworkProtocol.arp {
      reader.report(
        .notAllowedHere, "`reject` in a rule about ARP, which has no way to say so", at: reader.range(x),
        hint: "use `drop`")
    } else if node.word == .icmpx, rule.family == .ip || rule.family == .ip6 {
      let word = rule.family == .ip ? "icmp" : "icmpv6"
      reader.report(
        .notAllowedHere, "`icmpx` is for tables of both IP versions", at: reader.range(x), hint: "use `\(word)`")
    }
  }

  /// What can be assigned at all (nft(8), "Payload statement", "Meta statement", "Conntrack statement" …).
  mutating func checkTarget(_ left: Ex, _ node: Node) {
    let isSettable: Bool
    switch node.kind {
    case .payload, .rawPayload, .tcpOption, .ipOption, .extensionHeader, .sctpChunk, .inner: isSettable = true
    case .meta:
      switch node.word {
      case .mark, .priority, .nftrace, .pkttype, .secmark, .broute: isSettable = true
      default: isSettable = false
      }
    case .conntrack:
      switch node.word {
      case .mark, .event, .helper, .timeout, .expectation, .label, .secmark, .zone: isSettable = true
      default: isSettable = false
      }
    default: isSettable = false
    }
    if !isSettable {
      reader.report(
        .notAllowedHere, "`\(reader.text(left).prefix(60))` can be read but not set", at: reader.range(left))
    }
  }

  /// One value can be assigned, of the type of what it is assigned to.
  mutating func checkAssigned(_ right: Ex, to left: Ex, _ node: Node, _ rule: inout RuleBuilder) {
    guard let value = reader.resolve(right) else { return }
    switch reader.node(value).kind {
    case .range, .prefix:
      reader.report(
        .typeError, "one value can be set, not \(reader.node(value).kind == .range ? "a range" : "a prefix")",
        at: reader.range(right))
    case .setLiteral, .setReference:
      reader.report(.typeError, "one value can be set, not a set of values", at: reader.range(right))
    case .payload, .meta, .conntrack:
      guard node.kind == .payload, let target = HeaderTable.field(node.word, node.field) else { return }
      var builder = rule
      guard let selector = reader.selector(value, &builder), Self.differ(selector.type, target.type) else { return }
      reader.report(
        .typeError,
        "`\(reader.text(left))` is of type \(target.type.title), but `\(reader.text(value))` of type "
          + selector.type.title, at: reader.range(right))
    default: break
    }
  }

  /// `ct helper set "ftp"`: the object must be there.
  mutating func checkObject(_ right: Ex, _ kind: Word, _ rule: RuleBuilder) {
    guard let value = reader.resolve(right) else { return }
    switch reader.node(value).kind {
    case .symbol: requireObject(.ct, kind: kind, reader.symbol(value), table: rule.table, at: reader.range(right))
    case .map: checkObjectMap(value, object: .ct, kind: kind, rule)
    default: break
    }
  }

  /// `counter name tcp dport map { 22 : "ssh" }`: each object must be there.
  mutating func checkObjectMap(_ map: Ex, object: Word, kind: Word, _ rule: RuleBuilder) {
    let key = reader.firstChild(map)
    guard let elements = reader.resolve(reader.sibling(key)) else { return }
    switch reader.node(elements).kind {
    case .setReference:
      guard case .reference(let index) = reader.reference(elements, table: rule.table),
        let id = setID(rule.table, index)
      else { return }
      let types = typesOfSets[id.index]
      guard !types.hasUnknown, types.object != object, object != .ct else { return }
      reader.report(
        .typeError, "`\(ruleset.sets[id.index].name)` gives no \(object.rawValue)", at: reader.range(elements),
        labels: [Label("declared here", at: ruleset.sets[id.index].origin)])
    case .setLiteral:
      for element in reader.children(elements) where reader.node(element).kind == .mapping {
        guard let data = reader.children(element).last, let name = reader.resolve(data),
          reader.node(name).kind == .symbol
        else { continue }
        requireObject(object, kind: kind, reader.symbol(name), table: rule.table, at: reader.range(data))
      }
    default: break
    }
  }

  /// The elements that a rule adds must be those of the set.
  mutating func checkUpdate(_ x: Ex, _ set: SetID, _ key: Ex, hasData: Bool, _ rule: inout RuleBuilder) {
    let types = typesOfSets[set.index]
    guard !types.hasUnknown else { return }
    if types.data.first?.type == .verdict {
      reader.report(
        .notAllowedHere, "rules cannot change a map of verdicts", at: reader.range(x),
        labels: [Label("declared here", at: ruleset.sets[set.index].origin)])
      return
    }
    let keys = reader.node(key).kind == .concatenation ? reader.children(key) : [key]
    var selectors: [Selector] = []
    for part in keys {
      switch reader.node(part).kind {
      case .symbol, .variable: return
      default:
        var builder = rule
        guard let selector = reader.selector(part, &builder) else { return }
        selectors.append(selector)
      }
    }
    checkKey(set, selectors, at: reader.range(key))
    if types.isMap != hasData {
      let name = ruleset.sets[set.index].name
      reader.report(
        .typeError,
        types.isMap
          ? "`\(name)` is a map: the element needs `: data`" : "`\(name)` is a set: its elements have no data",
        at: reader.range(x), labels: [Label("declared here", at: ruleset.sets[set.index].origin)])
    }
  }
}
