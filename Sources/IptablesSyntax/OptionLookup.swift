import SourceText

/// Finds what an option of a line belongs to, as getopt_long(3) and the loading of matches do.
extension RuleParser {
  mutating func readShortOption(_ word: Word, _ text: ArraySlice<UInt8>) {
    let letter = text[text.startIndex + 1]
    guard let option = GlobalOption.short(letter) else {
      let name = String(decoding: text.prefix(40), as: UTF8.self)
      fail(.syntaxError, "unknown option `\(name)`", at: word)
      pendingNegation = nil
      return
    }
    guard text.count > 2 else {
      readGlobal(option, word, attached: nil)
      return
    }
    if option.takesValue {
      let attached = Word(lower: word.lower + 2, upper: word.upper, form: word.form)
      readGlobal(option, word, attached: word.form == .plain ? attached : nil)
    } else {
      // A cluster of letters without values, such as `-nv`.
      readGlobal(option, word, attached: nil)
      for letter in text.dropFirst(2) {
        guard let next = GlobalOption.short(letter), !next.takesValue else {
          fail(.syntaxError, "unknown option `\(String(decoding: text.prefix(40), as: UTF8.self))`", at: word)
          return
        }
        readGlobal(next, word, attached: nil)
      }
    }
  }

  mutating func readLongOption(_ word: Word, _ body: ArraySlice<UInt8>) {
    var name = body
    var attached: Word?
    if let equals = body.firstIndex(of: UInt8(ascii: "=")) {
      name = body[..<equals]
      attached = part(of: word, after: UInt8(ascii: "="))
    }
    if body.isEmpty {
      // The end of all options; only arguments could follow, of which there are none.
      if position < words.count { refuseArgument(words[position]) }
      return
    }
    let hash = Hashing.hash(of: name)
    // As getopt_long: exact names first, then any beginning that only one option has. What is still unknown may be an
    // option of the protocol's match.
    if readKnownOption(word, name, hash: hash, attached: attached) { return }
    if loadProtocolMatch(startingWith: name, hash: hash, word),
      readKnownOption(word, name, hash: hash, attached: attached)
    {
      return
    }
    readUnknownOption(word, name)
  }

  /// False when the name is neither that of an option nor the beginning of one.
  mutating func readKnownOption(_ word: Word, _ name: ArraySlice<UInt8>, hash: UInt64, attached: Word?) -> Bool {
    if let option = GlobalOption.long(name, hash: hash) {
      readGlobal(option, word, attached: attached)
      return true
    }
    if let (use, option) = findOption(name, hash: hash) {
      readOption(option, of: use, word, attached: attached)
      return true
    }
    switch findAbbreviated(name) {
    case .none: return false
    case .global(let option): readGlobal(option, word, attached: attached)
    case .option(let use, let option): readOption(option, of: use, word, attached: attached)
    case .ambiguous(let names):
      let written = Read.string(name.prefix(60))
      fail(
        .syntaxError, "option `--\(written)` is ambiguous", at: word,
        hint: "it is the beginning of \(names.map { "`--\($0)`" }.joined(separator: ", "))")
      rule.unreadable = rule.unreadable ?? RuleSyntax.Place(pendingNegation?.lower ?? word.lower, word.upper)
      pendingNegation = nil
      skipValues()
    }
    return true
  }

  /// Where an option belongs: -1 for the target, else the index of the match.
  func findOption(_ name: ArraySlice<UInt8>, hash: UInt64) -> (Int, Int)? {
    if let module = rule.target?.use.module, let option = registry.option(in: module, named: name, hash: hash),
      isOfFamily(option)
    {
      return (-1, option)
    }
    var index = rule.matches.count - 1
    while index >= 0 {
      if let module = rule.matches[index].module, let option = registry.option(in: module, named: name, hash: hash),
        isOfFamily(option)
      {
        return (index, option)
      }
      index -= 1
    }
    return nil
  }

  func isOfFamily(_ option: Int) -> Bool {
    isIPv6 || !registry.options[option].flags.contains(.onlyIPv6)
  }

  enum Abbreviation {
    case none
    case global(GlobalOption)
    /// -1 for the target, else the index of the match; and the option.
    case option(Int, Int)
    case ambiguous([String])
  }

  func findAbbreviated(_ name: ArraySlice<UInt8>) -> Abbreviation {
    var found = Abbreviation.none
    var names: [String] = []
    for option in GlobalOption.startingWith(name) {
      found = .global(option)
      names.append(option.longName)
    }
    var seen: [Int] = []
    func add(_ use: Int, _ module: Int?) {
      guard let module else { return }
      for option in registry.options(in: module, startingWith: name)
      where isOfFamily(option) && !seen.contains(option) {
        seen.append(option)
        names.append(registry.options[option].key.rawValue)
        found = .option(use, option)
      }
    }
    add(-1, rule.target?.use.module)
    for index in rule.matches.indices.reversed() { add(index, rule.matches[index].module) }
    return names.count > 1 ? .ambiguous(names) : found
  }

  /// `-p tcp --dport 80` loads the match of the protocol by itself.
  mutating func loadProtocolMatch(startingWith name: ArraySlice<UInt8>, hash: UInt64, _ word: Word) -> Bool {
    guard let test = rule.transportProtocol, let number = test.number,
      let id = Self.protocolMatch(number, isIPv6: isIPv6),
      let module = registry.module(id), let protocolName
    else { return false }
    for use in rule.matches where use.module == module { return false }
    guard
      registry.option(in: module, named: name, hash: hash) != nil
        || registry.options(in: module, startingWith: name).count == 1
    else { return false }
    rule.matches.append(
      RuleSyntax.ModuleUse(
        module: module, name: protocolName, isImplicit: true, place: RuleSyntax.Place(word.lower, word.upper)))
    return true
  }

  /// The match that has the name of a protocol.
  static func protocolMatch(_ number: UInt8, isIPv6: Bool) -> ModuleID? {
    switch number {
    case 6: .tcp
    case 17: .udp
    case 132: .sctp
    case 33: .dccp
    case 1: isIPv6 ? nil : .icmp
    case 58: isIPv6 ? .icmp6 : nil
    case 50: .esp
    case 51: .ah
    case 108: .ipcomp
    case 135: isIPv6 ? .mh : nil
    default: nil
    }
  }

  mutating func readUnknownOption(_ word: Word, _ name: ArraySlice<UInt8>) {
    let written = String(decoding: name.prefix(60), as: UTF8.self)
    let isOfUnknownMatch = rule.matches.contains { $0.module == nil }
    if !isOfUnknownMatch {
      fail(.syntaxError, "unknown option `--\(written)`", at: word, hint: hintForUnknown(name, written))
      // Kept as a match that nobody knows, so that the rule is not taken for a wider one.
      rule.matches.append(
        RuleSyntax.ModuleUse(
          module: nil, name: word, isImplicit: true,
          place: RuleSyntax.Place(pendingNegation?.lower ?? word.lower, word.upper)))
    }
    pendingNegation = nil
    skipValues()
  }

  /// Passes over the values of an option that is not known, whatever they are.
  mutating func skipValues() {
    while position < words.count {
      let next = words[position]
      let first = bytes[Int(next.lower)]
      if first == UInt8(ascii: "-") || first == UInt8(ascii: "!") && next.upper - next.lower == 1 { break }
      extendLastUnknown(to: next.upper)
      position += 1
    }
  }

  mutating func extendLastUnknown(to end: UInt32) {
    guard let last = rule.matches.lastIndex(where: { $0.module == nil }) else { return }
    rule.matches[last].place.upper = end
  }

  func hintForUnknown(_ name: ArraySlice<UInt8>, _ written: String) -> String? {
    let hash = Hashing.hash(of: name)
    for index in registry.modules.indices where !registry.modules[index].families.isDisjoint(with: familySet) {
      guard registry.option(in: index, named: name, hash: hash) != nil else { continue }
      let module = registry.modules[index]
      let flag = module.isTarget ? "-j" : "-m"
      if !module.protocols.isEmpty, !module.isTarget, module.id != .multiport {
        return "`--\(written)` needs `-p \(module.id.rawValue)` before it"
      }
      return "`--\(written)` needs `\(flag) \(module.id.rawValue)` before it"
    }
    return nil
  }
}
