import FirewallModel
import PacketSets
import Packets

extension QuestionParser {
  private static let termWords =
    QuestionNames.protocols.map(\.name) + [
      "sport", "dport", "state", "flags", "option", "fragment", "to", "family", "in", "out", "mark", "not", "is", "via",
    ] + PacketQuestion.NamedField.allCases.map(\.rawValue)

  /// match = one of query's conditions
  mutating func term(depth: Int = 0) throws(QuestionProblem) -> PacketQuestion.Term {
    let start = here
    let kind = try termKind(depth: depth)
    return PacketQuestion.Term(kind, at: place(from: start))
  }

  private mutating func termKind(depth: Int) throws(QuestionProblem) -> PacketQuestion.Term.Kind {
    let word = try next("a condition or `is`")
    switch word.text {
    case "not":
      guard depth == 0 else { throw QuestionProblem("`not` twice", at: word.place) }
      guard current != nil, current?.text != "is" else { throw unexpected("a condition after `not`", Self.termWords) }
      return .not(try termKind(depth: depth + 1))
    case "icmp": return try icmp(isV6: false)
    case "icmpv6", "ipv6-icmp", "icmp6": return try icmp(isV6: true)
    case "sport": return .sourcePort(try ports())
    case "dport": return .destinationPort(try ports())
    case "state": return .states(try states())
    case "flags": return try flags()
    case "option": return .option(try choice("an IP option", PacketQuestion.IPOption.self))
    case "fragment": return .fragment
    case "to": return .to(try choice("a kind of destination", PacketQuestion.AddressKind.self))
    case "family": return .family(isV4: try family())
    case "in": return .inInterface(try interfaces())
    case "out": return .outInterface(try interfaces())
    case "mark": return try mark()
    case "proto":
      let number = try next("a protocol number")
      guard let value = UInt8(number.text) else {
        throw QuestionProblem("`\(number.text)` is no protocol number from 0 to 255", at: number.place)
      }
      return try transport(value)
    default: break
    }
    if let number = QuestionNames.protocol(word.text) { return try transport(number) }
    if let field = PacketQuestion.NamedField(rawValue: word.text) {
      return .field(field, try numbers(upTo: field.field.maximum, "a number"))
    }
    index -= 1
    throw unexpected("a condition or `is`", Self.termWords)
  }

  private mutating func transport(_ number: UInt8) throws(QuestionProblem) -> PacketQuestion.Term.Kind {
    if number == IPProtocol.icmp { return try icmp(isV6: false) }
    if number == IPProtocol.icmpv6 { return try icmp(isV6: true) }
    guard let slash = current, slash.text == "/" else { return .transport(number, ports: nil) }
    guard ProtocolName.hasPorts(number) else {
      throw QuestionProblem("this protocol has no ports", at: slash.place)
    }
    index += 1
    return .transport(number, ports: try ports())
  }

  private mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ what: String, _ type: Value.Type
  ) throws(QuestionProblem) -> Value {
    let names = Value.allCases.map(\.rawValue)
    guard let word = current, let value = Value(rawValue: word.text) else {
      throw unexpected("\(what) (\(names.joined(separator: ", ")))", names)
    }
    index += 1
    return value
  }

  // MARK: Numbers

  /// ports = number | number "-" number | service | "{" ports { "," ports } "}"
  mutating func ports(depth: Int = 0) throws(QuestionProblem) -> ValueSet {
    if take("{") {
      guard depth < 8 else { throw unexpected("fewer nested braces") }
      var all: [Interval] = []
      while true {
        all += try ports(depth: depth + 1).intervals
        if take("}") { return ValueSet(all) }
        guard take(",") else { throw unexpected("`,` or `}` in the list of ports") }
      }
    }
    guard let word = current, word.text != "is", word.text != "}", word.text != "," else { throw unexpected("a port") }
    index += 1
    // A service such as `ftp-data` has a hyphen of its own.
    if QuestionNames.port(word.text) == nil, let dash = word.text.firstIndex(of: "-") {
      let lower = try port(String(word.text[..<dash]), at: word.place)
      let upper = try port(String(word.text[word.text.index(after: dash)...]), at: word.place)
      guard lower <= upper else { throw QuestionProblem("`\(word.text)` ends before it starts", at: word.place) }
      return ValueSet(Interval(UInt128(lower), UInt128(upper)))
    }
    return ValueSet(UInt128(try port(word.text, at: word.place)))
  }

  private mutating func numbers(
    upTo maximum: UInt128, _ what: String, depth: Int = 0
  ) throws(QuestionProblem) -> ValueSet {
    if take("{") {
      guard depth < 8 else { throw unexpected("fewer nested braces") }
      var all: [Interval] = []
      while true {
        all += try numbers(upTo: maximum, what, depth: depth + 1).intervals
        if take("}") { return ValueSet(all) }
        guard take(",") else { throw unexpected("`,` or `}` in the list") }
      }
    }
    guard let word = current, word.text != "is" else { throw unexpected(what) }
    index += 1
    let parts = word.text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let values = parts.map { Self.number($0) }
    guard let lower = values[0], let upper = values[values.count - 1] else {
      throw QuestionProblem("expected \(what), not `\(word.text)`", at: word.place)
    }
    guard upper <= maximum else {
      throw QuestionProblem("`\(word.text)` is above \(maximum)", at: word.place)
    }
    guard lower <= upper else { throw QuestionProblem("`\(word.text)` ends before it starts", at: word.place) }
    return ValueSet(Interval(lower, upper))
  }

  /// Decimal, or hexadecimal after `0x`.
  private static func number(_ text: some StringProtocol) -> UInt128? {
    if text.hasPrefix("0x") || text.hasPrefix("0X") { return UInt128(text.dropFirst(2), radix: 16) }
    guard let first = text.utf8.first, (48...57).contains(first) else { return nil }
    return UInt128(text)
  }

  private mutating func mark() throws(QuestionProblem) -> PacketQuestion.Term.Kind {
    func value(_ word: QuestionWord) throws(QuestionProblem) -> UInt32 {
      guard let number = Self.number(word.text), let value = UInt32(exactly: number) else {
        throw QuestionProblem("`\(word.text)` is no mark of 32 bits", at: word.place)
      }
      return value
    }
    let wanted = try value(try next("a mark"))
    guard take("/") else { return .mark(wanted, mask: .max) }
    let maskWord = try next("a mask")
    let mask = try value(maskWord)
    guard wanted & ~mask == 0 else {
      throw QuestionProblem("the mark has bits that its mask leaves out: no packet has it", at: maskWord.place)
    }
    return .mark(wanted, mask: mask)
  }

  // MARK: ICMP

  private mutating func icmp(isV6: Bool) throws(QuestionProblem) -> PacketQuestion.Term.Kind {
    // `icmp/8` is what some write for `icmp 8`.
    let hasSlash = take("/")
    if take("{") {
      var all: [Interval] = []
      while true {
        let word = try next("an ICMP type")
        let found = try icmpType(word, isV6: isV6)
        guard found.code == nil else {
          throw QuestionProblem("`\(word.text)` means one code; it cannot stand in a list", at: word.place)
        }
        all.append(found.range)
        if take("}") { return .icmp(isV6: isV6, types: ValueSet(all), code: nil) }
        guard take(",") else { throw unexpected("`,` or `}` in the list of types") }
      }
    }
    guard let word = current, hasSlash || !isNextTerm(word.text) else {
      return .icmp(isV6: isV6, types: nil, code: nil)
    }
    index += 1
    let found = try icmpType(word, isV6: isV6)
    var code = found.code
    if take("/") {
      let text = try next("an ICMP code")
      guard let number = UInt8(text.text) else {
        throw QuestionProblem("`\(text.text)` is no ICMP code from 0 to 255", at: text.place)
      }
      code = number
    }
    if let code, found.range.lower != found.range.upper {
      throw QuestionProblem("code \(code) of more than one type", at: word.place)
    }
    return .icmp(isV6: isV6, types: ValueSet(found.range), code: code)
  }

  private func isNextTerm(_ text: String) -> Bool { Self.termWords.contains(text) || text == "proto" }

  private func icmpType(
    _ word: QuestionWord, isV6: Bool
  ) throws(QuestionProblem) -> (range: Interval, code: UInt8?) {
    if let number = UInt8(word.text) { return (Interval(UInt128(number)), nil) }
    if let found = QuestionNames.icmp(word.text, isV6: isV6) { return (Interval(UInt128(found.type)), found.code) }
    let parts = word.text.split(separator: "-", maxSplits: 1).map { UInt8($0) }
    if parts.count == 2, let lower = parts[0], let upper = parts[1], lower <= upper {
      return (Interval(UInt128(lower), UInt128(upper)), nil)
    }
    throw QuestionProblem(
      "`\(word.text)` is no \(isV6 ? "ICMPv6" : "ICMP") type", at: word.place,
      hint: Self.hint(word.text, QuestionNames.icmpHints(isV6: isV6) + Self.termWords))
  }

  // MARK: States, flags, interfaces

  private mutating func states() throws(QuestionProblem) -> Set<ConntrackState> {
    let isBraced = take("{")
    var states: Set<ConntrackState> = []
    while true {
      guard let word = current, let state = ConntrackState.allCases.first(where: { $0.name == word.text }) else {
        throw unexpected(
          "a state (\(QuestionNames.stateNames.joined(separator: ", ")))", QuestionNames.stateNames)
      }
      index += 1
      states.insert(state)
      if take(",") { continue }
      if isBraced, !take("}") { throw unexpected("`,` or `}` in the list of states") }
      return states
    }
  }

  /// `syn`, `syn,ack`, `none`; after `/` the flags that are looked at; several choices in braces, each with `,` in it
  /// written as `+`.
  private mutating func flags() throws(QuestionProblem) -> PacketQuestion.Term.Kind {
    var choices: Set<UInt8> = []
    if take("{") {
      while true {
        let word = try next("TCP flags")
        var value: UInt8 = 0
        for part in word.text.split(separator: "+") {
          value |= try flag(QuestionWord(text: String(part), place: word.place, isAttached: false))
        }
        choices.insert(value)
        if take("}") { break }
        guard take(",") else { throw unexpected("`,` or `}` in the list of flags") }
      }
    } else {
      choices.insert(try flagList())
    }
    var mask: UInt8 = .max
    if take("/") {
      let start = here
      mask = try flagList()
      for value in choices where value & ~mask != 0 {
        throw QuestionProblem("a flag must be set that is not looked at", at: place(from: start))
      }
    }
    return .flags(choices, mask: mask)
  }

  private mutating func flagList() throws(QuestionProblem) -> UInt8 {
    var value: UInt8 = 0
    while true {
      guard let word = current else { throw unexpected("TCP flags", QuestionNames.flagNames) }
      index += 1
      for part in word.text.split(separator: "+", omittingEmptySubsequences: false) {
        value |= try flag(QuestionWord(text: String(part), place: word.place, isAttached: false))
      }
      if !take(",") { return value }
    }
  }

  private func flag(_ word: QuestionWord) throws(QuestionProblem) -> UInt8 {
    let name = word.text.lowercased()
    if name == "none" { return 0 }
    if name == "all" { return .max }
    if let bit = TCPFlag.bit(named: name) { return bit }
    throw QuestionProblem(
      "`\(word.text)` is no TCP flag", at: word.place, hint: Self.hint(name, QuestionNames.flagNames + ["none"]))
  }

  private mutating func family() throws(QuestionProblem) -> Bool {
    let word = try next("a family (ip, ip6)")
    switch word.text {
    case "ip", "ipv4", "ip4": return true
    case "ip6", "ipv6": return false
    default:
      index -= 1
      throw unexpected("a family (ip, ip6)", ["ip", "ip6"])
    }
  }

  private mutating func interfaces() throws(QuestionProblem) -> [PacketQuestion.InterfacePattern] {
    guard take("{") else { return [try interface()] }
    var all: [PacketQuestion.InterfacePattern] = []
    while true {
      all.append(try interface())
      if take("}") { return all }
      guard take(",") else { throw unexpected("`,` or `}` in the list of interfaces") }
    }
  }

  private mutating func interface() throws(QuestionProblem) -> PacketQuestion.InterfacePattern {
    guard let word = current, !["is", ",", "}", "->", "/"].contains(word.text) else {
      throw unexpected("an interface name")
    }
    index += 1
    let isPrefix = word.text.hasSuffix("*") || word.text.hasSuffix("+")
    let name = isPrefix ? String(word.text.dropLast()) : word.text
    guard name.utf8.count <= InterfaceName.maximumLength else {
      throw QuestionProblem(
        "`\(word.text)` is longer than the \(InterfaceName.maximumLength) bytes of an interface name", at: word.place)
    }
    guard isPrefix || !name.isEmpty else { throw QuestionProblem("an interface name is missing", at: word.place) }
    return PacketQuestion.InterfacePattern(name, isPrefix: isPrefix)
  }
}
