import FirewallModel
import IptablesSyntax
import PacketSets
import Packets
import SourceText

extension IptablesBuilder {
  mutating func addTarget(_ target: RuleSyntax.Target, id: RuleID, to rule: inout Rule) {
    ruleset.coverage.statements += 1
    let place = range(target.use.place)
    guard let module = target.use.module else {
      addJump(target, id: id, to: &rule)
      return
    }
    let use = target.use
    switch registry.modules[module].id {
    case .standard:
      let name = text(target.name)
      let verdict: Verdict =
        name.elementsEqual("ACCEPT".utf8)
        ? .accept
        : name.elementsEqual("DROP".utf8) ? .drop : name.elementsEqual("RETURN".utf8) ? .return : .queue(bypass: false)
      rule.steps.append(.verdict(verdict, at: place))
    case .REJECT: rule.steps.append(.verdict(.reject(rejectKind(use)), at: place))
    case .NFQUEUE:
      rule.steps.append(.verdict(.queue(bypass: parser.rule.option(.queueBypass, of: use) != nil), at: place))
    case .SYNPROXY: rule.steps.append(.verdict(.stolen("synproxy"), at: place))
    case .SNAT: addTranslation(.snat, parser.rule.option(.toSource, of: use), use, to: &rule)
    case .DNAT: addTranslation(.dnat, parser.rule.option(.toDestination, of: use), use, to: &rule)
    case .MASQUERADE: addTranslation(.masquerade, parser.rule.option(.toPorts, of: use), use, to: &rule)
    case .REDIRECT: addTranslation(.redirect, parser.rule.option(.toPorts, of: use), use, to: &rule)
    case .NETMAP: addNetmap(use, to: &rule)
    case .TPROXY: addTransparentProxy(use, to: &rule)
    case .TOS: addTypeOfService(use, to: &rule)
    case .CLUSTERIP: rule.steps.append(.verdict(.unknown(Uncertainty(.notModelled, words(use.place))), at: place))
    default: rule.steps.append(.effect(effect(of: use, registry.modules[module].id), at: place))
    }
  }

  private mutating func addJump(_ target: RuleSyntax.Target, id: RuleID, to rule: inout Rule) {
    let name = String(decoding: text(target.name), as: UTF8.self)
    let place = range(target.place)
    if let chain = chains[name] {
      if ruleset.chains[chain.index].base != nil {
        problems.add(
          Problem(
            .notAllowedHere, "can't jump to the built-in chain `\(name)`", at: target.name.range(in: file.source.id)))
      }
      rule.steps.append(.verdict(target.isGoto ? .goto(chain) : .jump(chain), at: place))
      return
    }
    problems.add(
      Problem(
        .undefinedReference, "chain `\(name.prefix(40))` does not exist in table \(tableName)",
        at: target.name.range(in: file.source.id), hint: suggestion(for: name)))
    pendingJumps.append(PendingJump(rule: id, step: rule.steps.count, name: name, isGoto: target.isGoto))
    rule.steps.append(.verdict(.jumpToMissing(name, isGoto: target.isGoto), at: place))
  }

  /// A chain or target that differs in case only.
  private func suggestion(for name: String) -> String? {
    let lower = name.lowercased()
    let targets = ["ACCEPT", "DROP", "RETURN", "QUEUE"] + registry.modules.filter(\.isTarget).map(\.id.rawValue)
    if let target = targets.first(where: { $0.lowercased() == lower }) { return "did you mean `\(target)`?" }
    if let chain = chains.keys.filter({ $0.lowercased() == lower }).min() { return "did you mean `\(chain)`?" }
    return "declare it before its rules: `:\(name.prefix(40)) - [0:0]`"
  }

  private func rejectKind(_ use: Use) -> RejectKind {
    let entries = isIPv6 ? RejectNames.v6 : RejectNames.v4
    guard let option = parser.rule.option(.rejectWith, of: use), option.isValid, option.first < UInt128(entries.count)
    else { return isIPv6 ? .icmpv6(code: 4) : .icmp(code: 3) }
    guard let code = entries[Int(option.first)].code else { return .tcpReset }
    return isIPv6 ? .icmpv6(code: code) : .icmp(code: code)
  }

  // MARK: Translations

  private func address(_ value: UInt128) -> Address {
    isIPv6 ? .v6(value) : .v4(UInt32(truncatingIfNeeded: value))
  }

  /// `list` holds hasAddress, lower, upper, hasPorts, lower, upper, base.
  private mutating func addTranslation(
    _ kind: Translation.Kind, _ option: Option?, _ use: Use, to rule: inout Rule
  ) {
    var translation = Translation(kind)
    if let option, option.isValid, option.list.count == 7 {
      let values = Array(parser.rule.pool[option.list])
      if values[0] == 1, values[1] <= values[2] { translation.addresses = address(values[1])...address(values[2]) }
      if values[3] == 1, values[4] <= values[5] {
        translation.ports = UInt16(truncatingIfNeeded: values[4])...UInt16(truncatingIfNeeded: values[5])
      }
    }
    rule.steps.append(.verdict(.translate(translation), at: range(use.place)))
  }

  private mutating func addNetmap(_ use: Use, to rule: inout Rule) {
    var translation = Translation(.netmap)
    if let option = parser.rule.option(.to, of: use), option.isValid,
      let interval = prefix(option.first & option.second, mask: option.second)
    {
      translation.addresses = address(interval.lower)...address(interval.upper)
    }
    rule.steps.append(.verdict(.translate(translation), at: range(use.place)))
  }

  private mutating func addTransparentProxy(_ use: Use, to rule: inout Rule) {
    var translation = Translation(.tproxy)
    if let option = parser.rule.option(.onIp, of: use), option.isValid, option.first != 0 {
      translation.addresses = address(option.first)...address(option.first)
    }
    if let option = parser.rule.option(.onPort, of: use), option.isValid, option.first != 0 {
      let port = UInt16(truncatingIfNeeded: option.first)
      translation.ports = port...port
    }
    if let option = parser.rule.option(.tproxyMark, of: use), option.isValid {
      rule.steps.append(
        .effect(markEffect(option.first, option.second, use, isConntrack: false), at: range(option.place)))
    }
    rule.steps.append(.verdict(.translate(translation), at: range(use.place)))
  }

  // MARK: Effects

  /// `new = (old & ~mask) ^ value`.
  private func markEffect(_ value: UInt128, _ mask: UInt128, _ use: Use, isConntrack: Bool) -> Effect {
    let value = UInt32(truncatingIfNeeded: value)
    let mask = UInt32(truncatingIfNeeded: mask)
    // Bits outside of the mask are turned over: no plain setting.
    if value & ~mask != 0 { return .mixMark(isConntrack ? .ctMark : .mark, MarkMix(keep: ~mask, flip: value)) }
    return isConntrack ? .setConntrackMark(value: value, mask: mask) : .setMark(value: value, mask: mask)
  }

  /// `new = (old & ~mask) ^ value` on the byte that DSCP and ECN make up; exact where each of the two is set or left whole.
  private mutating func addTypeOfService(_ use: Use, to rule: inout Rule) {
    let place = range(use.place)
    guard let position = use.options.first, parser.rule.options[position].isValid else {
      rule.steps.append(.effect(.unknown(Uncertainty(.notModelled, words(use.place))), at: place))
      return
    }
    let option = parser.rule.options[position]
    let (value, mask): (UInt128, UInt128) =
      switch option.key {
      case .andTos: (0, ~option.first & 0xff)
      case .orTos: (option.first, option.first)
      case .xorTos: (option.first, 0)
      default: (option.first, option.second)
      }
    var effects: [Effect] = []
    for (field, shift) in [(Field.dscp, UInt128(2)), (.ecn, 0)] {
      let own = mask >> shift & field.maximum
      let bits = value >> shift & field.maximum
      if own == field.maximum {
        effects.append(.setField(field, bits))
      } else if own != 0 || bits != 0 {
        ruleset.coverage.notModelled.append(Coverage.Gap("-j TOS", at: place))
        rule.steps.append(.effect(.unknown(Uncertainty(.notModelled, words(use.place))), at: place))
        return
      }
    }
    for effect in effects { rule.steps.append(.effect(effect, at: place)) }
  }

  private mutating func effect(of use: Use, _ id: ModuleID) -> Effect {
    let other = Effect.other(words(use.place))
    switch id {
    case .LOG:
      return .log(
        Effect.Log(
          prefix: string(.logPrefix, use), logsIPOptions: parser.rule.option(.logIpOptions, of: use) != nil))
    case .NFLOG:
      return .log(Effect.Log(prefix: string(.nflogPrefix, use), group: number(.nflogGroup, use) ?? 0))
    case .ULOG: return .log(Effect.Log(prefix: string(.ulogPrefix, use), group: number(.ulogNlgroup, use) ?? 1))
    case .MARK, .CONNMARK: return markingEffect(use, isConntrack: id == .CONNMARK)
    case .NOTRACK: return .notrack
    case .CT: return parser.rule.option(.notrack, of: use) != nil ? .notrack : other
    case .TCPMSS: return .clampMSS
    case .DSCP:
      if let option = parser.rule.option(.setDscp, of: use) ?? parser.rule.option(.setDscpClass, of: use),
        option.isValid
      {
        return .setField(.dscp, option.first)
      }
    case .TTL, .HL:
      if let option = parser.rule.option(.ttlSet, of: use) ?? parser.rule.option(.hlSet, of: use), option.isValid {
        return .setField(.ttl, option.first)
      }
    case .CLASSIFY:
      if let option = parser.rule.option(.setClass, of: use), option.isValid {
        return .setField(.priority, option.first)
      }
    case .SET:
      for position in use.options where parser.rule.options[position].key != .mapSet {
        let option = parser.rule.options[position]
        if !option.list.isEmpty {
          let name = String(decoding: text(option.value), as: UTF8.self)
          checkSet(name, option)
          changedSets.insert(name)
        }
      }
      return .updateSet(nil, words(use.place))
    case .AUDIT, .CHECKSUM, .CONNSECMARK, .SECMARK, .IDLETIMER, .LED, .RATEEST, .TEE, .TRACE: return other
    default: break
    }
    ruleset.coverage.notModelled.append(Coverage.Gap("-j \(id.rawValue)", at: range(use.place)))
    return .unknown(Uncertainty(.notModelled, words(use.place)))
  }

  private func markingEffect(_ use: Use, isConntrack: Bool) -> Effect {
    let full: UInt128 = 0xffff_ffff
    var set: (value: UInt128, mask: UInt128)?
    // The kernel shifts the mark afterwards.
    let shifts: [OptionKey] = [.leftShiftMark, .rightShiftMark]
    let isShifted = shifts.contains { parser.rule.option($0, of: use).map { $0.first != 0 } ?? false }
    for position in use.options where !isShifted {
      let option = parser.rule.options[position]
      guard option.isValid else { continue }
      switch option.key {
      case .setXmark: set = (option.first, option.second)
      case .setMark: set = (option.first, option.first | option.second)
      case .andMark: set = (0, ~option.first & full)
      case .orMark: set = (option.first, option.first)
      case .xorMark: set = (option.first, 0)
      case .mask, .ctmask:
        // Of a mark that is set, a mask given after it is the mask.
        if let before = set { set = (before.value, option.first) }
      case .saveMark, .restoreMark:
        let masks: [OptionKey] = [.nfmask, .ctmask, .mask]
        let isWhole = masks.allSatisfy { parser.rule.option($0, of: use).map { $0.first == full } ?? true }
        if isWhole { return option.key == .saveMark ? .saveMark : .restoreMark }
        // xt_connmark: new = (old & ~own mask) ^ (other & other's mask).
        func bits(_ key: OptionKey) -> UInt32 {
          let value = parser.rule.option(.mask, of: use) ?? parser.rule.option(key, of: use)
          return value.map { UInt32(truncatingIfNeeded: $0.first) } ?? .max
        }
        let isSave = option.key == .saveMark
        let (own, other) = isSave ? (bits(.ctmask), bits(.nfmask)) : (bits(.nfmask), bits(.ctmask))
        return .mixMark(
          isSave ? .ctMark : .mark, MarkMix(keep: ~own, source: isSave ? .mark : .ctMark, take: other))
      default: continue
      }
    }
    if let set { return markEffect(set.value, set.mask, use, isConntrack: isConntrack) }
    return .unknown(Uncertainty(.notModelled, words(use.place)))
  }

  private func string(_ key: OptionKey, _ use: Use) -> String {
    parser.rule.option(key, of: use).map {
      String(decoding: text($0.value).prefix(key.textLimit ?? .max), as: UTF8.self)
    } ?? ""
  }

  private func number(_ key: OptionKey, _ use: Use) -> UInt16? {
    parser.rule.option(key, of: use).flatMap { $0.isValid ? UInt16(truncatingIfNeeded: $0.first) : nil }
  }
}
