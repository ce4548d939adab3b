import SourceText

extension RuleParser {
  /// What iptables says of a whole line after all options are read.
  mutating func check(table: String) {
    guard let command = rule.command else {
      let all = rule.target?.place ?? RuleSyntax.Place(0, 0)
      if all.upper > 0 { fail(.syntaxError, "no command specified", at: all, hint: "a rule starts with `-A CHAIN`") }
      return
    }
    switch command {
    case .append, .insert, .delete, .replace, .check: break
    default: return
    }
    for index in rule.matches.indices { checkUse(rule.matches[index], table: table) }
    if let use = rule.target?.use { checkUse(use, table: table) }
    checkCombinations()
  }

  private mutating func checkUse(_ use: RuleSyntax.ModuleUse, table: String) {
    guard let index = use.module else { return }
    let module = registry.modules[index]
    let name = module.id.rawValue
    let missing = module.mandatory & ~use.seen
    if missing != 0, let option = spelling(of: missing.trailingZeroBitCount, in: module) {
      fail(.syntaxError, "\(name): option `--\(option)` must be specified", at: use.place)
    }
    if module.needsOption, use.seen == 0 {
      fail(
        .syntaxError, "\(name) \(module.isTarget ? "target" : "match"): at least one option is required", at: use.place)
    }
    for position in use.options {
      let option = rule.options[position]
      let spec = registry.options[option.option]
      let clash = spec.excludes & use.seen
      if clash != 0, let other = spelling(of: clash.trailingZeroBitCount, in: module) {
        fail(
          .syntaxError, "\(name): option `--\(spec.key.rawValue)` cannot be used together with `--\(other)`",
          at: option.place)
      }
      let needed = spec.requires & ~use.seen
      if needed != 0, let other = spelling(of: needed.trailingZeroBitCount, in: module) {
        fail(
          .syntaxError, "\(name): option `--\(spec.key.rawValue)` also requires `--\(other)`", at: option.place)
      }
    }
    checkProtocol(module, use)
    if !module.tables.isEmpty, !module.tables.contains(table), !table.isEmpty {
      fail(
        .notAllowedHere, "`\(name)` is for table \(module.tables.joined(separator: " or ")) only, not for \(table)",
        at: use.place)
    }
    if module.hooks != .all, let chain = rule.chain, let hook = HookSet(chain: text(chain)),
      module.hooks.isDisjoint(with: hook)
    {
      fail(.notAllowedHere, "`\(name)` is not allowed in chain \(Read.string(text(chain)))", at: use.place)
    }
  }

  private func spelling(of bit: Int, in module: ModuleSpec) -> String? {
    for index in module.names where registry.options[registry.names[index].option].bit == UInt8(bit) {
      return registry.options[registry.names[index].option].key.rawValue
    }
    return nil
  }

  private mutating func checkProtocol(_ module: ModuleSpec, _ use: RuleSyntax.ModuleUse) {
    guard let needed = module.id == .ah && !isIPv6 ? [51] : module.protocols.isEmpty ? nil : module.protocols else {
      return
    }
    if let test = rule.transportProtocol {
      guard let number = test.number else { return }
      if !test.isNegated, needed.contains(number) { return }
    }
    let names = needed.map { "`-p \(ProtocolNames.savedName(of: $0) ?? String($0))`" }
    fail(
      .typeError, "`\(module.id.rawValue)` needs \(names.joined(separator: " or "))", at: use.place,
      hint: "put \(names.first ?? "") into the rule")
  }

  private mutating func checkCombinations() {
    checkInterfaces()
    for use in rule.matches { checkParts(of: use) }
    if let use = rule.target?.use { checkParts(of: use) }
    if let target = rule.target, let module = target.use.module, registry.modules[module].id == .REJECT,
      let option = rule.option(.rejectWith, of: target.use), option.isValid,
      (isIPv6 ? RejectNames.v6 : RejectNames.v4)[Int(option.first)].code == nil,
      rule.transportProtocol?.number != 6 || rule.transportProtocol?.isNegated == true
    {
      fail(
        .typeError, "`--reject-with tcp-reset` needs `-p tcp`", at: option.place, hint: "put `-p tcp` into the rule")
    }
  }
}

extension RuleParser {
  /// A packet has no outgoing interface before it is routed, and no incoming one when it is made here.
  private mutating func checkInterfaces() {
    guard let word = rule.chain, let hook = HookSet(chain: text(word)) else { return }
    if let test = rule.outInterface, hook == .input || hook == .prerouting {
      fail(.notAllowedHere, "can't use `-o` with \(Read.string(text(word)))", at: test.place)
    }
    if let test = rule.inInterface, hook == .output || hook == .postrouting {
      fail(.notAllowedHere, "can't use `-i` with \(Read.string(text(word)))", at: test.place)
    }
  }

  mutating func needTCP(_ place: RuleSyntax.Place, _ name: String) {
    if rule.transportProtocol?.number == 6, rule.transportProtocol?.isNegated == false { return }
    fail(.typeError, "`--\(name)` needs `-p tcp`", at: place, hint: "put `-p tcp` into the rule")
  }
}

extension HookSet {
  /// The hook of a built-in chain; nil for a chain of the user's.
  init?(chain: ArraySlice<UInt8>) {
    if chain.elementsEqual("INPUT".utf8) {
      self = .input
    } else if chain.elementsEqual("FORWARD".utf8) {
      self = .forward
    } else if chain.elementsEqual("OUTPUT".utf8) {
      self = .output
    } else if chain.elementsEqual("PREROUTING".utf8) {
      self = .prerouting
    } else if chain.elementsEqual("POSTROUTING".utf8) {
      self = .postrouting
    } else {
      return nil
    }
  }
}
