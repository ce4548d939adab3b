import FirewallModel
import NftablesSyntax
import PacketSets
import Packets
import SourceText

// Statements other than matches.
extension NftablesLowering {
  mutating func statement(_ x: Ex, _ rule: inout RuleBuilder) {
    let node = reader.node(x)
    let origin = reader.range(x)
    reader.coverage.statements += 1
    if let last = rule.terminal, node.kind != .comment, node.kind != .unknown {
      reader.report(
        .notAllowedHere, "no packet gets to this statement", at: origin,
        labels: [Label("the rule ends here", at: last)])
      rule.terminal = nil
    }
    switch node.kind {
    case .match: match(x, &rule)
    case .verdictStatement:
      let verdictNode = reader.firstChild(x)
      if reader.node(verdictNode).word != .continue { rule.terminal = origin }
      if let verdict = verdict(verdictNode, table: rule.table) {
        switch verdict {
        case .jump(let chain), .goto(let chain):
          jumps[currentChain].append(Jump(target: .chain(chain), origin: origin))
        default: break
        }
        rule.steps.append(.verdict(verdict, at: origin))
      } else {
        rule.steps.append(.verdict(.unknown(Uncertainty(.notModelled, reader.text(x))), at: origin))
      }
    case .vmapStatement: verdictMap(x, &rule)
    case .counter: rule.steps.append(.effect(counter(x), at: origin))
    case .log: rule.steps.append(.effect(log(x), at: origin))
    case .reject: reject(x, node, &rule)
    case .limit, .quota, .connectionLimit:
      rule.steps.append(.match(Match(.unknown(Uncertainty(.rate, reader.text(x))), at: origin)))
    case .nat: nat(x, node, &rule)
    case .notrack: rule.steps.append(.effect(.notrack, at: origin))
    case .assign: assign(x, &rule)
    case .queue:
      checkQueue(x)
      let bypass = reader.children(x).contains { option in
        reader.node(option).word == .flags
          && reader.children(option).contains { reader.node($0).word == .bypass }
      }
      rule.steps.append(.verdict(.queue(bypass: bypass), at: origin))
    case .dup:
      checkForwarding(x, node, rule)
      rule.steps.append(.effect(.other(reader.text(x)), at: origin))
    case .fwd:
      checkForwarding(x, node, rule)
      rule.steps.append(.verdict(.stolen("fwd"), at: origin))
    case .flow:
      let name = reader.symbol(reader.firstChild(x))
      if !reader.tables[rule.table].flowtables.contains(name) {
        reader.report(.undefinedReference, "there is no flowtable `\(name)` in this table", at: origin)
      }
      rule.steps.append(.effect(.other(reader.text(x)), at: origin))
    case .synproxy: effectUnknown(x, origin, &rule)
    case .setUpdate, .meter: setUpdate(x, node, &rule)
    case .resetOption: rule.steps.append(.effect(.other(reader.text(x)), at: origin))
    case .last: rule.steps.append(.effect(.other("last"), at: origin))
    case .objectReference: objectReference(x, node, &rule)
    case .xt: xt(x, origin, &rule)
    case .comment:
      rule.comment = reader.text(x.file, reader.token(x.file, node.end - 1))
    case .unknown:
      reader.coverage.statements -= 1
      reader.gap(x)
      let why = Uncertainty(.notUnderstood, String(reader.text(x).prefix(200)))
      rule.steps.append(.match(Match(.unknown(why), at: origin)))
      rule.steps.append(.verdict(.unknown(why), at: origin))
    default: effectUnknown(x, origin, &rule)
    }
  }

  private mutating func effectUnknown(_ x: Ex, _ origin: SourceRange, _ rule: inout RuleBuilder) {
    let why = Uncertainty(.notModelled, reader.text(x))
    noteGap(why, at: origin)
    rule.steps.append(.effect(.unknown(why), at: origin))
  }

  // MARK: Verdicts

  mutating func verdict(_ x: Ex, table: Int) -> Verdict? {
    guard let x = reader.resolve(x), reader.node(x).kind == .verdict else { return nil }
    let node = reader.node(x)
    switch node.word {
    case .accept: return .accept
    case .drop: return .drop
    case .return: return .return
    case .continue: return .continue
    case .jump, .goto:
      let target = reader.firstChild(x)
      if reader.node(target).kind == .chain { return nil }
      guard let name = reader.name(target) else { return nil }
      let isGoto = node.word == .goto
      guard let chain = chainID(table, name) else {
        let known = reader.tables[table].chains.filter { !$0.isDeleted }.map(\.name)
        reader.report(
          .undefinedReference, "there is no chain `\(name)` in table `\(reader.tables[table].name)`",
          at: reader.range(target), hint: NearestWord.find(name, among: known).map { "did you mean `\($0)`?" })
        return .jumpToMissing(name, isGoto: isGoto)
      }
      return isGoto ? .goto(chain) : .jump(chain)
    default: return nil
    }
  }

  private mutating func verdictMap(_ x: Ex, _ rule: inout RuleBuilder) {
    let origin = reader.range(x)
    let left = reader.firstChild(x)
    let selectors = selectors(left, &rule)
    let right = reader.sibling(left)
    let id = map(right, selectors ?? [], data: [(.verdict, 0)], &rule)
    if let id, let selectors, selectors.count == 1, case .protocolFamily = selectors[0].form,
      selectors[0].operations.isEmpty, let families = familyMap(id)
    {
      rule.steps.append(.verdictMap(VerdictMap(key: [.family], map: families), at: origin))
      return
    }
    let fields = (selectors ?? []).compactMap { $0.operations.isEmpty ? $0.field : nil }
    guard let id, let selectors, fields.count == selectors.count else {
      let why = Uncertainty(.notModelled, reader.text(x))
      noteGap(why, at: origin)
      rule.steps.append(.match(Match(.unknown(why), at: origin)))
      rule.steps.append(.verdict(.unknown(why), at: origin))
      return
    }
    jumps[currentChain].append(Jump(target: .map(id), origin: origin))
    rule.steps.append(.verdictMap(VerdictMap(key: fields, map: id), at: origin))
  }

  /// A map from `meta protocol` as one from the packet's family; nil when it speaks of other protocols.
  private mutating func familyMap(_ id: SetID) -> SetID? {
    guard case .map(let elements, let fallback) = ruleset[id].contents, !ruleset[id].isDynamic else { return nil }
    var result = ruleset[id]
    result.name = ""
    var translated: [NamedSet.MapElement] = []
    for element in elements {
      guard element.key.count == 1, element.key[0].lower == element.key[0].upper else { return nil }
      let family: UInt128
      switch element.key[0].lower {
      case 0x0800: family = NetworkProtocol.ipv4
      case 0x86dd: family = NetworkProtocol.ipv6
      case 0x0806: family = NetworkProtocol.arp
      default: return nil
      }
      translated.append(NamedSet.MapElement(key: [Interval(family)], data: element.data, origin: element.origin))
    }
    result.contents = .map(translated, fallback: fallback)
    return append(result)
  }

  /// The map behind `map` or `vmap`: named, or made here from its elements.
  mutating func map(
    _ x: Ex, _ selectors: [Selector], data: [(type: Datatype, width: Int)], _ rule: inout RuleBuilder
  ) -> SetID? {
    guard let x = reader.resolve(x) else { return nil }
    if reader.node(x).kind == .setReference {
      guard case .reference(let index) = reader.reference(x, table: rule.table), let id = setID(rule.table, index)
      else { return nil }
      let range = reader.range(x)
      let isRight = checkKey(id, selectors, at: range)
      return checkData(id, data, at: range) && isRight ? id : nil
    }
    guard reader.node(x).kind == .setLiteral else { return nil }
    var types = SetTypes()
    types.key = selectors.map { ($0.type, $0.width) }
    types.data = data
    types.isMap = true
    var elements: [NamedSet.MapElement] = []
    var fallback: NamedSet.MapData?
    let hasUnknown = selectors.isEmpty || selectors.contains { if case .unknown = $0.form { true } else { false } }
    if let why = collectMap(x, types, table: rule.table, into: &elements, fallback: &fallback) {
      if hasUnknown { return nil }
      return append(
        NamedSet(table: TableID(tableIDs[rule.table] ?? 0), name: "", contents: .unknown(why), origin: reader.range(x)))
    }
    if hasUnknown { return nil }
    reportConflicts(elements)
    return append(
      NamedSet(
        table: TableID(tableIDs[rule.table] ?? 0), name: "", contents: .map(elements, fallback: fallback),
        origin: reader.range(x)))
  }

  private mutating func append(_ set: NamedSet) -> SetID {
    ruleset.sets.append(set)
    return SetID(ruleset.sets.count - 1)
  }

  private mutating func reject(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) {
    let origin = reader.range(x)
    let option = reader.firstChild(x)
    func code(_ type: Datatype, default value: UInt8) -> UInt8 {
      guard option.node != 0 else { return value }
      if case .value(let code) = reader.constant(option, type, width: 8) { return UInt8(truncatingIfNeeded: code) }
      return value
    }
    checkReject(x, node, rule)
    let kind: RejectKind
    switch node.word {
    case .tcp:
      if !rule.requireTransport(IPProtocol.tcp, at: origin) {
        reader.report(.notAllowedHere, "`reject with tcp reset` in a rule that is not about TCP", at: origin)
      }
      kind = .tcpReset
    case .icmp:
      if !rule.requireNetwork(NetworkProtocol.ipv4, at: origin) {
        reader.report(
          .notAllowedHere, "`reject with icmp` in a rule about another family", at: origin, hint: "use `icmpx`")
      }
      kind = .icmp(code: code(.icmpCode, default: 3))
    case .icmpv6:
      if !rule.requireNetwork(NetworkProtocol.ipv6, at: origin) {
        reader.report(
          .notAllowedHere, "`reject with icmpv6` in a rule about another family", at: origin, hint: "use `icmpx`")
      }
      kind = .icmpv6(code: code(.icmpv6Code, default: 4))
    case .icmpx: kind = .icmpx(code: code(.icmpxCode, default: 1))
    default:
      kind =
        rule.network == NetworkProtocol.ipv4
        ? .icmp(code: 3) : rule.network == NetworkProtocol.ipv6 ? .icmpv6(code: 4) : .icmpx(code: 1)
    }
    rule.terminal = origin
    rule.steps.append(.verdict(.reject(kind), at: origin))
  }

  // MARK: Effects

  private func counter(_ x: Ex) -> Effect {
    var packets: UInt64?
    var bytes: UInt64?
    for option in reader.children(x) {
      let value = UInt64(reader.symbol(reader.firstChild(option)))
      if reader.node(option).word == .packets { packets = value } else { bytes = value }
    }
    return .counter(packets: packets, bytes: bytes)
  }

  private mutating func log(_ x: Ex) -> Effect {
    var log = Effect.Log(prefix: "")
    for option in reader.children(x) {
      let node = reader.node(option)
      let value = reader.firstChild(option)
      switch node.word {
      case .prefix: if let text = reader.name(value) { log.prefix = text }
      case .group: if let text = reader.name(value) { log.group = UInt16(text) }
      case .flags:
        let last = reader.text(option)
        if node.field == .ip || last.hasSuffix("all") { log.logsIPOptions = true }
      default: break
      }
    }
    checkLog(x)
    return .log(log)
  }

  /// The kernel log and NFLOG take different options.
  private mutating func checkLog(_ x: Ex) {
    let options = reader.children(x)
    func option(_ word: Word) -> Ex? { options.first { reader.node($0).word == word } }
    let level = option(.level).map { reader.symbol(reader.firstChild($0)) }
    if level == "audit", options.count > 1 {
      reader.report(.notAllowedHere, "`log level audit` takes no further options", at: reader.range(x))
    } else if let group = option(.group) {
      for word in [Word.level, .flags] {
        if let other = option(word) {
          reader.report(
            .notAllowedHere, "`\(word.rawValue)` is for the kernel log and `group` for NFLOG; a rule uses one of them",
            at: reader.range(other), labels: [Label("here", at: reader.range(group))])
        }
      }
    } else if let other = option(.snaplen) ?? option(.queueThreshold), let level = option(.level) {
      reader.report(
        .notAllowedHere, "`\(reader.node(other).word.rawValue)` is for NFLOG and `level` for the kernel log",
        at: reader.range(other), labels: [Label("here", at: reader.range(level))])
    }
    if let level, let node = option(.level) {
      let levels = ["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit"]
      if !levels.contains(level) {
        reader.report(
          .typeError, "`\(level)` is not a log level", at: reader.range(node),
          hint: NearestWord.find(level, among: levels).map { "did you mean `\($0)`?" })
      }
    }
  }

  private mutating func objectReference(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) {
    let origin = reader.range(x)
    let value = reader.firstChild(x)
    if let resolved = reader.resolve(value), reader.node(resolved).kind == .symbol {
      let name = reader.symbol(resolved)
      requireObject(node.word, kind: .none, name, table: rule.table, at: reader.range(value))
    } else if let resolved = reader.resolve(value), reader.node(resolved).kind == .map {
      checkObjectMap(resolved, object: node.word, kind: .none, rule)
    }
    switch node.word {
    case .counter: rule.steps.append(.effect(.counter(packets: nil, bytes: nil), at: origin))
    case .synproxy: effectUnknown(x, origin, &rule)
    default: rule.steps.append(.match(Match(.unknown(Uncertainty(.rate, reader.text(x))), at: origin)))
    }
  }

  private mutating func setUpdate(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) {
    let origin = reader.range(x)
    var parts = reader.children(x)
    guard !parts.isEmpty else { return }
    let target = parts.removeFirst()
    var id: SetID?
    if node.kind == .setUpdate, case .reference(let index) = reader.reference(target, table: rule.table) {
      id = setID(rule.table, index)
      if let id { ruleset.sets[id.index].isDynamic = true }
    }
    // `meter name size 10 { … }`
    parts.removeAll { reader.node($0).kind == .option && reader.node($0).word == .size }
    if let id, let key = parts.first, reader.node(x).word != .delete {
      let hasData = parts.contains { reader.node($0).kind == .option && reader.node($0).word == .value }
      checkUpdate(x, id, key, hasData: hasData, &rule)
    }
    if let key = parts.first {
      // The key may hold constants beside fields.
      let keys = reader.node(key).kind == .concatenation ? reader.children(key) : [key]
      for part in keys where reader.node(part).kind != .symbol && reader.node(part).kind != .variable {
        _ = reader.selector(part, &rule)
      }
    }
    rule.steps.append(.effect(.updateSet(id, reader.text(x)), at: origin))
    let isLimited = parts.contains {
      switch reader.node($0).kind {
      case .limit, .quota, .connectionLimit: true
      default: false
      }
    }
    if isLimited {
      rule.steps.append(.match(Match(.unknown(Uncertainty(.rate, reader.text(x))), at: origin)))
    }
  }

  private mutating func xt(_ x: Ex, _ origin: SourceRange, _ rule: inout RuleBuilder) {
    let why = Uncertainty(.notModelled, reader.text(x))
    noteGap(why, at: origin)
    if reader.text(x).hasPrefix("xt match") {
      rule.steps.append(.match(Match(.unknown(why), at: origin)))
    } else {
      rule.steps.append(.verdict(.unknown(why), at: origin))
    }
  }
}
