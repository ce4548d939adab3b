package import SourceText

/// Reads the words of one command line in the way of iptables' own parser: options come in any order, matches and targets
/// bring options of their own, `!` before an option negates it. What is wrong becomes a problem; the rest is still read.
package struct RuleParser: Sendable {
  /// The most words that `iptables-restore` takes in one line.
  package static let maximumWords = 251

  /// What the last call read.
  package internal(set) var rule = RuleSyntax()
  /// Problems of all calls so far.
  package private(set) var problems: [Problem] = []

  let bytes: [UInt8]
  let file: SourceID
  let isIPv6: Bool
  let registry = Registry.shared
  var words: [Word] = []
  var position = 0
  var pendingNegation: Word?
  var hasProblem = false
  var protocolName: Word?

  package init(source: SourceFile, isIPv6: Bool) {
    bytes = source.bytes
    file = source.id
    self.isIPv6 = isIPv6
  }

  var familySet: FamilySet { isIPv6 ? .ipv6 : .ipv4 }

  package func text(_ word: Word) -> ArraySlice<UInt8> { WordScanner.text(of: word, in: bytes) }

  package mutating func takeProblems() -> [Problem] {
    if problems.isEmpty { return [] }
    let result = problems
    problems = []
    return result
  }

  /// Only the first problem of a line is kept: what follows from it would only confuse.
  mutating func fail(_ kind: Problem.Kind, _ message: String, at place: RuleSyntax.Place, hint: String? = nil) {
    guard !hasProblem else { return }
    hasProblem = true
    problems.append(Problem(kind, message, at: place.range(in: file), hint: hint))
  }

  mutating func fail(_ kind: Problem.Kind, _ message: String, at word: Word, hint: String? = nil) {
    fail(kind, message, at: RuleSyntax.Place(word.lower, word.upper), hint: hint)
  }

  /// Reads one line. `table` and `chain` rules are checked by `Checks`; here only what the line itself says.
  package mutating func parse(_ words: [Word], table: String) {
    rule.reset()
    self.words = words
    position = 0
    pendingNegation = nil
    protocolName = nil
    hasProblem = false
    if words.count > Self.maximumWords {
      fail(.syntaxError, "too many arguments in one line", at: words[Self.maximumWords], hint: "split the rule")
      self.words = Array(words.prefix(Self.maximumWords))
    }
    for index in self.words.indices where self.words[index].upper - self.words[index].lower > 1023 { cut(index) }
    if let first = words.first, first.form == .plain, bytes[Int(first.lower)] == UInt8(ascii: "[") {
      readCounters(first)
    }
    while position < self.words.count { readArgument() }
    if let negation = pendingNegation {
      fail(.syntaxError, "nothing follows `!`", at: negation)
    }
    if let last = self.words.last, last.form == .unterminated {
      fail(.syntaxError, "the closing `\"` is missing", at: last, hint: "end the word with `\"`")
    }
    check(table: table)
  }

  /// Refuses a word that is longer than iptables-restore takes, and keeps its beginning alone: nothing reads a list of a
  /// gigabyte.
  private mutating func cut(_ index: Int) {
    let word = words[index]
    let length = Int(word.upper - word.lower)
    if length < 5000, text(word).count <= WordScanner.maximumLength { return }
    fail(.syntaxError, "parameter longer than 1023 bytes", at: word)
    rule.unreadable = rule.unreadable ?? RuleSyntax.Place(word.lower, word.upper)
    words[index] = Word(lower: word.lower, upper: word.lower + UInt32(WordScanner.maximumLength), form: .plain)
  }

  /// The line as a text that is not a command.
  package mutating func reportUnreadable(_ place: RuleSyntax.Place, _ message: String, hint: String? = nil) {
    hasProblem = false
    fail(.syntaxError, message, at: place, hint: hint)
  }

  private mutating func readCounters(_ word: Word) {
    position = 1
    let inner = text(word).dropFirst().dropLast()
    let parts = inner.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    if text(word).last == UInt8(ascii: "]"), parts.count == 2, let packets = Read.number(parts[0]),
      let octets = Read.number(parts[1])
    {
      rule.counters = RuleSyntax.Counters(packets: packets, bytes: octets)
    } else {
      fail(.syntaxError, "counters must have the form `[packets:bytes]`", at: word)
    }
  }

  private mutating func readArgument() {
    let word = words[position]
    position += 1
    let text = text(word)
    guard let first = text.first else {
      fail(.syntaxError, "empty argument", at: word)
      return
    }
    if first == UInt8(ascii: "!"), text.count == 1 {
      if pendingNegation != nil { fail(.syntaxError, "`!` stands twice", at: word) }
      pendingNegation = word
      return
    }
    guard first == UInt8(ascii: "-"), text.count > 1 else {
      refuseArgument(word)
      return
    }
    if text[text.startIndex + 1] == UInt8(ascii: "-") {
      readLongOption(word, text.dropFirst(2))
    } else {
      readShortOption(word, text)
    }
  }

  /// What stands after a byte of a word; a quote may open behind it.
  private func part(of word: Word, after separator: UInt8) -> Word? {
    var index = Int(word.lower)
    while index < Int(word.upper), bytes[index] != separator, bytes[index] != UInt8(ascii: "\"") { index += 1 }
    guard index < Int(word.upper), bytes[index] == separator else { return nil }
    return Word(lower: UInt32(index) + 1, upper: word.upper, form: word.form == .plain ? .plain : .mixed)
  }

  private mutating func refuseArgument(_ word: Word) {
    let text = text(word)
    let start = String(decoding: text.prefix(60), as: UTF8.self)
    fail(.syntaxError, "bad argument `\(start)`", at: word, hint: hintForStray(text))
    rule.unreadable = rule.unreadable ?? RuleSyntax.Place(word.lower, word.upper)
  }

  private func hintForStray(_ text: ArraySlice<UInt8>) -> String? {
    if text.first == UInt8(ascii: "!") { return "put a blank after `!`" }
    return nil
  }

  // MARK: Options

  private mutating func readShortOption(_ word: Word, _ text: ArraySlice<UInt8>) {
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

  private mutating func readLongOption(_ word: Word, _ body: ArraySlice<UInt8>) {
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
  private mutating func readKnownOption(_ word: Word, _ name: ArraySlice<UInt8>, hash: UInt64, attached: Word?) -> Bool
  {
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
  private func findOption(_ name: ArraySlice<UInt8>, hash: UInt64) -> (Int, Int)? {
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

  private func isOfFamily(_ option: Int) -> Bool {
    isIPv6 || !registry.options[option].flags.contains(.onlyIPv6)
  }

  private enum Abbreviation {
    case none
    case global(GlobalOption)
    /// -1 for the target, else the index of the match; and the option.
    case option(Int, Int)
    case ambiguous([String])
  }

  private func findAbbreviated(_ name: ArraySlice<UInt8>) -> Abbreviation {
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
  private mutating func loadProtocolMatch(startingWith name: ArraySlice<UInt8>, hash: UInt64, _ word: Word) -> Bool {
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

  private mutating func readUnknownOption(_ word: Word, _ name: ArraySlice<UInt8>) {
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
  private mutating func skipValues() {
    while position < words.count {
      let next = words[position]
      let first = bytes[Int(next.lower)]
      if first == UInt8(ascii: "-") || first == UInt8(ascii: "!") && next.upper - next.lower == 1 { break }
      extendLastUnknown(to: next.upper)
      position += 1
    }
  }

  private mutating func extendLastUnknown(to end: UInt32) {
    guard let last = rule.matches.lastIndex(where: { $0.module == nil }) else { return }
    rule.matches[last].place.upper = end
  }

  private func hintForUnknown(_ name: ArraySlice<UInt8>, _ written: String) -> String? {
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

  // MARK: Extension options

  private mutating func readOption(_ index: Int, of use: Int, _ word: Word, attached: Word?) {
    let spec = registry.options[index]
    var place = RuleSyntax.Place(pendingNegation?.lower ?? word.lower, word.upper)
    var isNegated = pendingNegation != nil
    if isNegated, !spec.flags.contains(.invertible) {
      fail(
        .syntaxError, "\(spec.module.rawValue): option `--\(spec.key.rawValue)` cannot be inverted", at: place,
        hint: "remove the `!`")
    }
    pendingNegation = nil
    let arguments = spec.kind.argumentCount
    let empty = Word(lower: word.upper, upper: word.upper, form: .plain)
    var value = empty
    var second = empty
    var isValid = true
    if arguments > 0 {
      if let attached {
        value = attached
      } else if let next = takeValue(of: word, spec.key.rawValue, negates: spec.flags.contains(.invertible), &isNegated)
      {
        value = next
      } else {
        isValid = false
      }
      if arguments > 1, isValid {
        if position < words.count {
          second = words[position]
          position += 1
        } else {
          fail(.syntaxError, "option `--\(spec.key.rawValue)` needs two arguments", at: word)
          isValid = false
        }
      }
      place.upper = max(value.upper, second.upper)
    } else if attached != nil {
      fail(.syntaxError, "option `--\(spec.key.rawValue)` takes no argument", at: word)
    }
    if spec.module == .multiport, rule.transportProtocol == nil {
      fail(
        .typeError, "`-p` must stand before the ports of `multiport`", at: place,
        hint: "put `-p tcp` before `-m multiport`")
    }
    let bit: UInt64 = 1 << UInt64(spec.bit)
    let seen = use < 0 ? rule.target?.use.seen ?? 0 : rule.matches[use].seen
    if seen & bit != 0, !spec.flags.contains(.repeatable) {
      fail(
        .syntaxError, "\(spec.module.rawValue): option `--\(spec.key.rawValue)` can only be used once", at: place)
    }
    var optionUse = RuleSyntax.OptionUse(
      option: index, key: spec.key, isNegated: isNegated, isValid: isValid, value: value, secondValue: second,
      place: place)
    if isValid { readValue(spec, &optionUse) }
    rule.options.append(optionUse)
    let position = rule.options.count - 1
    if use < 0 {
      rule.target?.use.options.append(position)
      rule.target?.use.seen |= bit
      rule.target?.use.place.upper = place.upper
    } else {
      rule.matches[use].options.append(position)
      rule.matches[use].seen |= bit
      rule.matches[use].place.upper = max(rule.matches[use].place.upper, place.upper)
    }
  }

  /// The next word as a value. A `!` between an option and its value is what old versions took for a negation.
  mutating func takeValue(
    of option: Word, _ name: @autoclosure () -> String, negates: Bool, _ isNegated: inout Bool
  ) -> Word? {
    if negates, position + 1 < words.count, words[position].upper - words[position].lower == 1,
      bytes[Int(words[position].lower)] == UInt8(ascii: "!")
    {
      let name = name()
      let written = name.count > 1 ? "--" + name : "-" + name
      fail(
        .syntaxError, "`!` must stand before `\(written)`", at: words[position],
        hint: "write `! \(written) \(Read.string(text(words[position + 1]).prefix(60)))`")
      position += 1
      isNegated = true
    }
    guard position < words.count else {
      let name = name()
      let written = name.count > 1 ? "--" + name : "-" + name
      fail(.syntaxError, "option `\(written)` requires an argument", at: option)
      return nil
    }
    position += 1
    return words[position - 1]
  }
}
