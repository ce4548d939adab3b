import SourceText

/// The options that iptables has without any extension.
extension RuleParser {
  mutating func readGlobal(_ option: GlobalOption, _ word: Word, attached: Word?) {
    let start = pendingNegation?.lower ?? word.lower
    var isNegated = pendingNegation != nil
    let negation = pendingNegation
    pendingNegation = nil
    let mayNegate: Bool
    switch option {
    case .source, .destination, .inInterface, .outInterface, .protocol, .fragment: mayNegate = true
    default: mayNegate = false
    }
    if let negation, !mayNegate {
      fail(.syntaxError, "unexpected `!` before `-\(option.letter)`", at: negation, hint: "remove the `!`")
    }
    var value = Word(lower: word.upper, upper: word.upper, form: .plain)
    if option.takesValue {
      if let attached {
        value = attached
      } else if let next = takeValue(of: word, option.letter, negates: mayNegate, &isNegated) {
        value = next
      } else {
        return
      }
    }
    let place = RuleSyntax.Place(start, value.upper)
    switch option {
    case .append, .delete, .check, .insert, .replace, .flush, .newChain, .deleteChain, .renameChain, .policy, .zero,
      .list:
      readCommand(option, word, value)
    case .source, .destination: readAddresses(option, value, isNegated, place)
    case .inInterface, .outInterface: readInterface(option, value, isNegated, place)
    case .protocol: readProtocol(value, isNegated, place)
    case .fragment:
      if isIPv6 { fail(.syntaxError, "unknown option `-f`", at: word, hint: "ip6tables has `-m frag`") }
      if rule.fragment != nil { fail(.syntaxError, "multiple `-f` flags not allowed", at: place) }
      rule.fragment = RuleSyntax.FragmentTest(isNegated: isNegated, place: place)
    case .match: readMatch(value, RuleSyntax.Place(start, value.upper))
    case .jump, .goto: readTarget(value, isGoto: option == .goto, place)
    case .table: rule.table = value
    case .counters: readInlineCounters(value, word)
    case .ipv4: rule.family = .ipv4
    case .ipv6: rule.family = .ipv6
    case .numeric, .exact, .lineNumbers:
      fail(.syntaxError, "`\(Read.string(text(word).prefix(20)))` is for listings only", at: word, hint: "remove it")
    case .wait: fail(.syntaxError, "`-w` cannot be used in a dump", at: word, hint: "remove it")
    case .verbose, .modprobe: break
    }
  }

  private mutating func readCommand(_ option: GlobalOption, _ word: Word, _ value: Word) {
    if rule.command != nil {
      fail(.syntaxError, "only one command may stand in a line", at: word)
      return
    }
    rule.command = option.command
    if option.takesValue { rule.chain = value }
    switch option {
    case .insert, .delete, .replace:
      if position < words.count, let number = Read.number(text(words[position])) {
        rule.number = Int(truncatingIfNeeded: min(number, 1 << 31))
        if number == 0 { fail(.syntaxError, "rules are counted from 1", at: words[position]) }
        position += 1
      }
    case .policy, .renameChain:
      if position < words.count {
        rule.argument = words[position]
        position += 1
      } else {
        fail(.syntaxError, "`-\(option.letter)` needs a chain and one more word", at: word)
      }
    case .flush, .deleteChain, .zero, .list:
      if position < words.count, bytes[Int(words[position].lower)] != UInt8(ascii: "-") {
        rule.chain = words[position]
        position += 1
      }
    default: break
    }
  }

  private mutating func readInlineCounters(_ value: Word, _ word: Word) {
    guard position < words.count, let packets = Read.number(text(value)),
      let octets = Read.number(text(words[position]))
    else {
      fail(.syntaxError, "`-c` needs the number of packets and of bytes", at: word)
      return
    }
    position += 1
    rule.counters = RuleSyntax.Counters(packets: packets, bytes: octets)
  }

  private mutating func readAddresses(
    _ option: GlobalOption, _ value: Word, _ isNegated: Bool, _ place: RuleSyntax.Place
  ) {
    let isSource = option == .source
    if isSource ? rule.source != nil : rule.destination != nil {
      fail(.syntaxError, "multiple `-\(option.letter)` flags not allowed", at: place)
    }
    let start = rule.pool.count
    var isValid = true
    let all = text(value)
    if all.contains(UInt8(ascii: ",")) {
      if isNegated {
        fail(
          .syntaxError, "`!` not allowed with several source or destination addresses", at: place,
          hint: "write one rule for each address, or an ipset")
      }
      for part in all.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        isValid = appendAddress(part, value) && isValid
      }
    } else {
      isValid = appendAddress(all, value)
    }
    let test = RuleSyntax.AddressTest(
      entries: start..<rule.pool.count, isNegated: isNegated, place: place, isValid: isValid)
    if isSource { rule.source = test } else { rule.destination = test }
  }

  private mutating func appendAddress(_ text: ArraySlice<UInt8>, _ word: Word) -> Bool {
    guard let (address, mask) = Read.addressAndMask(text, isIPv6: isIPv6) else {
      let written = Read.string(text.prefix(60))
      if Read.addressAndMask(text, isIPv6: !isIPv6) != nil {
        let other = isIPv6 ? "IPv4" : "IPv6"
        fail(.typeError, "`\(written)` is an \(other) address", at: word, hint: "it belongs into the other dump")
      } else if let slash = text.lastIndex(of: UInt8(ascii: "/")),
        Read.address(text[..<slash], isIPv6: isIPv6) != nil
      {
        fail(.typeError, "invalid mask `\(Read.string(text[(slash + 1)...].prefix(60)))` specified", at: word)
      } else {
        fail(
          .typeError, "host/network `\(written)` not found", at: word,
          hint: "write the address; names are looked up when the rules are loaded")
      }
      return false
    }
    rule.pool.append(address & mask)
    rule.pool.append(mask)
    return true
  }

  private mutating func readInterface(
    _ option: GlobalOption, _ value: Word, _ isNegated: Bool, _ place: RuleSyntax.Place
  ) {
    let isIn = option == .inInterface
    if isIn ? rule.inInterface != nil : rule.outInterface != nil {
      fail(.syntaxError, "multiple `-\(option.letter)` flags not allowed", at: place)
    }
    let name = text(value)
    if name.isEmpty {
      fail(.syntaxError, "empty interface is likely to be undesired", at: value)
    } else if name.count > 15 {
      fail(
        .typeError, "interface name `\(Read.string(name.prefix(40)))` must be shorter than 16 characters", at: value)
    }
    let test = RuleSyntax.InterfaceTest(name: value, isNegated: isNegated, place: place)
    if isIn { rule.inInterface = test } else { rule.outInterface = test }
  }

  private mutating func readProtocol(_ value: Word, _ isNegated: Bool, _ place: RuleSyntax.Place) {
    if rule.transportProtocol != nil { fail(.syntaxError, "multiple `-p` flags not allowed", at: place) }
    let number = Read.protocolNumber(text(value))
    if number == nil {
      fail(.typeError, "unknown protocol `\(Read.string(text(value).prefix(40)))` specified", at: value)
    } else if number == 0, isNegated {
      fail(.typeError, "rule would never match protocol", at: place)
    }
    protocolName = value
    rule.transportProtocol = RuleSyntax.ProtocolTest(number: number, isNegated: isNegated, place: place)
  }

  private mutating func readMatch(_ value: Word, _ place: RuleSyntax.Place) {
    let name = text(value)
    var module = registry.module(named: name, isTarget: false)
    if module == nil, name.elementsEqual("icmpv6".utf8) || name.elementsEqual("ipv6-icmp".utf8) {
      module = registry.module(.icmp6)
    }
    if let index = module, registry.modules[index].families.isDisjoint(with: familySet) { module = nil }
    if module == nil {
      fail(.syntaxError, "couldn't load match `\(Read.string(name.prefix(40)))`", at: value)
    }
    rule.matches.append(RuleSyntax.ModuleUse(module: module, name: value, isImplicit: false, place: place))
  }

  private mutating func readTarget(_ value: Word, isGoto: Bool, _ place: RuleSyntax.Place) {
    if rule.target != nil {
      fail(.syntaxError, "multiple `-j` and `-g` flags not allowed", at: place)
      return
    }
    let name = text(value)
    if name.isEmpty {
      fail(.syntaxError, "invalid target name (too short)", at: value)
    } else if name.count > 28 {
      fail(.typeError, "invalid target name `\(Read.string(name.prefix(40)))` (28 characters max)", at: value)
    }
    var module: Int?
    if !isGoto {
      if isStandard(name) {
        module = registry.module(.standard, isTarget: true)
      } else if let index = registry.module(named: name, isTarget: true),
        !registry.modules[index].families.isDisjoint(with: familySet), registry.modules[index].id != .standard
      {
        module = index
      }
    }
    rule.target = RuleSyntax.Target(
      name: value, isGoto: isGoto,
      use: RuleSyntax.ModuleUse(module: module, name: value, isImplicit: false, place: place), place: place)
  }

  private func isStandard(_ name: ArraySlice<UInt8>) -> Bool {
    guard name.count >= 4, name.count <= 6 else { return false }
    return name.elementsEqual("ACCEPT".utf8) || name.elementsEqual("DROP".utf8) || name.elementsEqual("RETURN".utf8)
      || name.elementsEqual("QUEUE".utf8)
  }
}
