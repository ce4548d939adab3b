import FirewallModel
import NftablesSyntax
import PacketSets
import Packets
import SourceText

// Statements that change the packet: address translation and assignments.
extension NftablesLowering {
  mutating func nat(_ x: Ex, _ node: Node, _ rule: inout RuleBuilder) {
    let origin = reader.range(x)
    let kind: Translation.Kind =
      switch node.word {
      case .snat: .snat
      case .dnat: .dnat
      case .masquerade: .masquerade
      case .redirect: .redirect
      default: .tproxy
      }
    if node.field == .ip || node.field == .ip6 {
      let network = node.field == .ip ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6
      if !rule.requireNetwork(network, at: origin) {
        reader.report(
          .typeError, "`\(node.word.rawValue) \(node.field.rawValue)` in a rule about another family", at: origin)
      }
    }
    checkPlace(kind, x, node, rule)
    var translation = Translation(kind)
    var isModelled = true
    if let target = reader.children(x).first(where: { reader.node($0).word == .to }) {
      isModelled = natTarget(target, node, &translation, &rule)
    }
    let namesPort = translation.ports != nil || reader.children(x).contains { self.namesPort($0) }
    if namesPort, rule.transport == nil, !rule.transportIsKnown {
      reader.report(
        .typeError, "a port can only be translated in a rule about a transport protocol", at: origin,
        hint: "add a match such as `meta l4proto { tcp, udp }` before it")
    }
    if !isModelled {
      noteGap(Uncertainty(.notModelled, reader.text(x)), at: origin)
    }
    if kind == .tproxy {
      // Takes effect only where a socket listens; then the next statement runs.
      rule.steps.append(.match(Match(.unknown(Uncertainty(.hostFact, reader.text(x))), at: origin)))
      return
    }
    rule.terminal = origin
    rule.steps.append(.verdict(.translate(translation), at: origin))
  }

  /// Hooks where the kernel takes each translation (nft(8), "NAT statements"), and what a table of both families needs.
  private mutating func checkPlace(_ kind: Translation.Kind, _ x: Ex, _ node: Node, _ rule: RuleBuilder) {
    if let base = rule.base, kind != .tproxy {
      let hooks: [Hook] =
        switch kind {
        case .masquerade: [.postrouting]
        case .snat: [.postrouting, .input]
        default: [.prerouting, .output]
        }
      if !hooks.contains(base.hook) {
        reader.report(
          .notAllowedHere, "`\(node.word.rawValue)` is not possible at \(base.hook.name)", at: reader.range(x),
          hint: "it belongs into a nat chain at \(hooks.map(\.name).joined(separator: " or "))")
      }
    }
    if kind == .tproxy, rule.family == .inet, node.field == .none,
      let target = reader.children(x).first(where: { reader.node($0).word == .to }),
      let first = reader.children(target).first, reader.node(first).kind != .option
    {
      reader.report(
        .typeError, "in an inet table the address needs its family", at: reader.range(x),
        hint: "write `tproxy ip to` or `tproxy ip6 to`")
      return
    }
    if kind == .tproxy, rule.transport == nil, !rule.transportIsKnown {
      reader.report(
        .typeError, "`tproxy` needs a rule about a transport protocol", at: reader.range(x),
        hint: "add a match such as `meta l4proto tcp` before it")
    }
    guard rule.family == .inet, node.field == .none, rule.network == nil, kind != .redirect, kind != .masquerade,
      let target = reader.children(x).first(where: { reader.node($0).word == .to }),
      let first = reader.children(target).first, reader.node(first).kind != .option
    else { return }
    reader.report(
      .typeError, "in an inet table the address needs its family", at: reader.range(x),
      hint: "write `\(node.word.rawValue) ip to` or `\(node.word.rawValue) ip6 to`")
  }

  private func namesPort(_ target: Ex) -> Bool {
    reader.children(target).contains { reader.node($0).kind == .option && reader.node($0).word == .port }
  }

  /// Address and port behind `to`. False when they are not modelled (the translation then says neither).
  private mutating func natTarget(
    _ target: Ex, _ node: Node, _ translation: inout Translation, _ rule: inout RuleBuilder
  ) -> Bool {
    let is6: Bool
    if node.field == .ip6 || (node.field == .none && rule.network == NetworkProtocol.ipv6) {
      is6 = true
    } else if node.field == .ip || rule.network == NetworkProtocol.ipv4 {
      is6 = false
    } else {
      is6 = reader.text(target).contains("[") || reader.text(target).contains("::")
    }
    let addressType: (type: Datatype, width: Int) = is6 ? (.ipv6Address, 128) : (.ipv4Address, 32)
    var isModelled = true
    for part in reader.children(target) {
      if reader.node(part).kind == .option, reader.node(part).word == .port {
        guard let value = reader.resolve(reader.firstChild(part)) else { return false }
        if case .some(let interval) = plain(value, .inetService, 16), interval.upper <= 0xffff {
          translation.ports = UInt16(truncatingIfNeeded: interval.lower)...UInt16(truncatingIfNeeded: interval.upper)
        } else if reader.node(value).kind == .map {
          isModelled = natMap(value, [(.inetService, 16)], &translation, &rule) && isModelled
        } else {
          isModelled = false
        }
        continue
      }
      guard let value = reader.resolve(part) else { return false }
      if node.word == .redirect, reader.node(value).kind != .map {
        // `redirect to 8080` names a port too.
        if case .some(let interval) = plain(value, .inetService, 16), interval.upper <= 0xffff {
          translation.ports = UInt16(truncatingIfNeeded: interval.lower)...UInt16(truncatingIfNeeded: interval.upper)
        } else {
          isModelled = false
        }
        continue
      }
      switch reader.node(value).kind {
      case .map:
        let data: [(type: Datatype, width: Int)] =
          node.word == .redirect
          ? [(.inetService, 16)] : node.flag == 1 ? [addressType, (.inetService, 16)] : [addressType]
        isModelled = natMap(value, data, &translation, &rule) && isModelled
      case .symbol, .range, .prefix:
        guard let interval = plain(value, addressType.type, addressType.width) else {
          isModelled = false
          continue
        }
        if is6 {
          translation.addresses = Address.v6(interval.lower)...Address.v6(interval.upper)
        } else {
          translation.addresses =
            Address.v4(
              UInt32(truncatingIfNeeded: interval.lower))...Address.v4(UInt32(truncatingIfNeeded: interval.upper))
        }
      default: isModelled = false
      }
    }
    return isModelled
  }

  private mutating func plain(_ x: Ex, _ type: Datatype, _ width: Int) -> Interval? {
    switch reader.node(x).kind {
    case .symbol, .range, .prefix: return reader.constant(x, type, width: width).interval
    default: return nil
    }
  }

  private mutating func natMap(
    _ x: Ex, _ data: [(type: Datatype, width: Int)], _ translation: inout Translation, _ rule: inout RuleBuilder
  ) -> Bool {
    let key = reader.firstChild(x)
    guard let selectors = selectors(key, &rule) else { return false }
    var data = data
    if data.count == 1, data[0].type != .inetService, hasConcatenatedData(reader.sibling(key)) {
      data.append((.inetService, 16))
      if rule.transport == nil, !rule.transportIsKnown {
        reader.report(
          .typeError, "a port can only be translated in a rule about a transport protocol", at: reader.range(x),
          hint: "add a match such as `meta l4proto { tcp, udp }` before it")
      }
    }
    let fields = selectors.compactMap { $0.operations.isEmpty ? $0.field : nil }
    guard let id = map(reader.sibling(key), selectors, data: data, &rule), fields.count == selectors.count else {
      return false
    }
    translation.map = id
    translation.mapKey = fields
    return true
  }

  /// True when the elements of a map in braces give more than one value each.
  private mutating func hasConcatenatedData(_ x: Ex) -> Bool {
    guard let literal = reader.resolve(x), reader.node(literal).kind == .setLiteral else { return false }
    guard let first = reader.children(literal).first, let last = reader.children(first).last else { return false }
    return reader.node(first).kind == .mapping && reader.node(last).kind == .concatenation
  }

  // MARK: Assignments

  mutating func assign(_ x: Ex, _ rule: inout RuleBuilder) {
    let origin = reader.range(x)
    let left = reader.firstChild(x)
    let right = reader.sibling(left)
    let leftNode = reader.node(left)
    func other() { rule.steps.append(.effect(.other(reader.text(x)), at: origin)) }
    checkTarget(left, leftNode)
    checkAssigned(right, to: left, leftNode, &rule)
    switch leftNode.kind {
    case .meta:
      switch leftNode.word {
      case .mark: return markAssignment(x, right, isConntrack: false, &rule)
      case .nftrace:
        if let value = reader.resolve(right), reader.node(value).kind == .symbol {
          _ = reader.constant(value, .boolean, width: 1)
        }
        return other()
      case .secmark, .broute: return other()
      case .priority: return setField(.priority, .priority, 32, x, right, &rule)
      case .pkttype: return setField(.packetType, .packetType, 8, x, right, &rule)
      default: break
      }
    case .conntrack:
      switch leftNode.word {
      case .mark: return markAssignment(x, right, isConntrack: true, &rule)
      case .event:
        _ = reader.constant(right, .ctEvent, width: 32)
        return other()
      case .helper, .timeout, .expectation:
        checkObject(right, leftNode.word, rule)
        return other()
      case .label:
        if let value = reader.resolve(right), reader.node(value).kind == .symbol {
          _ = reader.constant(value, .ctLabel, width: 128)
        }
        return other()
      case .secmark: return other()
      case .zone: return setField(.ctZone, .integer, 16, x, right, &rule)
      default: break
      }
    case .tcpOption:
      if reader.symbol(reader.firstChild(left)) == "maxseg" || reader.symbol(reader.firstChild(left)) == "mss" {
        rule.steps.append(.effect(.clampMSS, at: origin))
        return
      }
      return other()
    case .payload, .rawPayload:
      guard let selector = reader.selector(left, &rule) else { return unknownEffect(x, &rule) }
      guard let field = selector.field else {
        // Checksums and their kind decide no verdict.
        return leftNode.field == .checksum ? other() : unknownEffect(x, &rule)
      }
      return setField(field, selector.type, selector.width, x, right, &rule)
    case .extensionHeader, .ipOption, .sctpChunk: return other()
    default: break
    }
    unknownEffect(x, &rule)
  }

  private mutating func unknownEffect(_ x: Ex, _ rule: inout RuleBuilder) {
    let why = Uncertainty(.notModelled, reader.text(x))
    noteGap(why, at: reader.range(x))
    rule.steps.append(.effect(.unknown(why), at: reader.range(x)))
  }

  private mutating func setField(
    _ field: Field, _ type: Datatype, _ width: Int, _ x: Ex, _ right: Ex, _ rule: inout RuleBuilder
  ) {
    guard let value = reader.resolve(right), reader.node(value).kind == .symbol,
      case .value(let number) = reader.constant(value, type, width: width)
    else { return unknownEffect(x, &rule) }
    rule.steps.append(.effect(.setField(field, number), at: reader.range(x)))
  }

  private mutating func markAssignment(_ x: Ex, _ right: Ex, isConntrack: Bool, _ rule: inout RuleBuilder) {
    let origin = reader.range(x)
    guard let value = reader.resolve(right) else { return unknownEffect(x, &rule) }
    func set(_ value: UInt128, _ mask: UInt128) -> Effect {
      let value = UInt32(truncatingIfNeeded: value)
      let mask = UInt32(truncatingIfNeeded: mask)
      return isConntrack ? .setConntrackMark(value: value, mask: mask) : .setMark(value: value, mask: mask)
    }
    let node = reader.node(value)
    switch node.kind {
    case .symbol, .list:
      guard case .value(let number) = reader.constant(value, .mark, width: 32) else { return unknownEffect(x, &rule) }
      rule.steps.append(.effect(set(number, 0xffff_ffff), at: origin))
    case .meta where node.word == .mark && isConntrack: rule.steps.append(.effect(.saveMark, at: origin))
    case .conntrack where node.word == .mark && !isConntrack: rule.steps.append(.effect(.restoreMark, at: origin))
    case .binary:
      // `mark & a | b` changes the bits outside `a`, then sets `b`.
      let isOwn = isOwnMark(value, isConntrack: isConntrack)
      let isOther = isOwnMark(value, isConntrack: !isConntrack)
      guard isOwn || isOther, let selector = reader.selector(value, &rule) else { return unknownEffect(x, &rule) }
      let flips = selector.operations.contains { $0.kind == .xor }
      if isOther || flips {
        guard let mix = markMix(selector.operations, isOther ? (isConntrack ? .mark : .ctMark) : nil) else {
          return unknownEffect(x, &rule)
        }
        rule.steps.append(.effect(.mixMark(isConntrack ? .ctMark : .mark, mix), at: origin))
        return
      }
      var keep: UInt128 = 0xffff_ffff
      var bits: UInt128 = 0
      for operation in selector.operations {
        switch operation.kind {
        case .and:
          keep &= operation.operand
          bits &= operation.operand
        case .or:
          keep &= ~operation.operand
          bits |= operation.operand
        default: return unknownEffect(x, &rule)
        }
      }
      rule.steps.append(.effect(set(bits, ~keep & 0xffff_ffff), at: origin))
    case .map:
      let key = reader.firstChild(value)
      guard let selectors = selectors(key, &rule),
        let id = map(reader.sibling(key), selectors, data: [(.mark, 32)], &rule)
      else { return unknownEffect(x, &rule) }
      let fields = selectors.compactMap { $0.operations.isEmpty ? $0.field : nil }
      guard fields.count == selectors.count else { return unknownEffect(x, &rule) }
      rule.steps.append(
        .effect(isConntrack ? .setConntrackMarkFromMap(id, fields) : .setMarkFromMap(id, fields), at: origin))
    default: unknownEffect(x, &rule)
    }
  }

  /// What a row of operations makes of a mark; `source`: it is the other one.
  private func markMix(_ operations: [BitOperation], _ source: Field?) -> MarkMix? {
    var take: UInt32 = .max
    var flip: UInt32 = 0
    for operation in operations {
      let bits = UInt32(truncatingIfNeeded: operation.operand)
      switch operation.kind {
      case .and: (take, flip) = (take & bits, flip & bits)
      case .or: (take, flip) = (take & ~bits, flip & ~bits | bits)
      case .xor: flip ^= bits
      case .shiftLeft, .shiftRight: return nil
      }
    }
    return source == nil
      ? MarkMix(keep: take, flip: flip) : MarkMix(keep: 0, source: source, take: take, flip: flip)
  }

  /// True when an expression works on the mark that is being set.
  private func isOwnMark(_ x: Ex, isConntrack: Bool) -> Bool {
    var x = x
    while reader.node(x).kind == .binary { x = reader.firstChild(x) }
    let node = reader.node(x)
    return node.word == .mark && node.kind == (isConntrack ? .conntrack : .meta)
  }
}
