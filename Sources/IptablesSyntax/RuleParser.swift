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
  func part(of word: Word, after separator: UInt8) -> Word? {
    var index = Int(word.lower)
    while index < Int(word.upper), bytes[index] != separator, bytes[index] != UInt8(ascii: "\"") { index += 1 }
    guard index < Int(word.upper), bytes[index] == separator else { return nil }
    return Word(lower: UInt32(index) + 1, upper: word.upper, form: word.form == .plain ? .plain : .mixed)
  }

  mutating func refuseArgument(_ word: Word) {
    let text = text(word)
    let start = String(decoding: text.prefix(60), as: UTF8.self)
    fail(.syntaxError, "bad argument `\(start)`", at: word, hint: hintForStray(text))
    rule.unreadable = rule.unreadable ?? RuleSyntax.Place(word.lower, word.upper)
  }

  private func hintForStray(_ text: ArraySlice<UInt8>) -> String? {
    if text.first == UInt8(ascii: "!") { return "put a blank after `!`" }
    return nil
  }

  // MARK: Extension options

  mutating func readOption(_ index: Int, of use: Int, _ word: Word, attached: Word?) {
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
