import FirewallModel
import PacketSets
import Packets
import SourceText

extension PacketQuestion {
  /// Reads a question. Never traps; the first fault is reported with its place and, where a word is nearly one that
  /// could stand there, that word.
  package init(parsing text: String) throws(QuestionProblem) {
    var parser = try QuestionParser(text)
    self = try parser.question()
  }
}

/// Recursive descent over the words of a question; one function for each production.
struct QuestionParser {
  let words: [QuestionWord]
  var index = 0
  private let end: TextPlace

  init(_ text: String) throws(QuestionProblem) {
    words = try QuestionWords.split(text)
    let count = text.unicodeScalars.count
    end = TextPlace(count, count)
  }

  // MARK: Words

  var current: QuestionWord? { index < words.count ? words[index] : nil }
  var here: TextPlace { current?.place ?? end }
  /// From a place to the end of the last word that was read.
  func place(from start: TextPlace) -> TextPlace {
    TextPlace(start.lower, index > 0 ? words[min(index, words.count) - 1].place.upper : start.upper)
  }

  mutating func take(_ text: String) -> Bool {
    guard current?.text == text else { return false }
    index += 1
    return true
  }

  mutating func next(_ what: String) throws(QuestionProblem) -> QuestionWord {
    guard let word = current else { throw QuestionProblem("\(what) is missing", at: end) }
    index += 1
    return word
  }

  func unexpected(_ what: String, _ known: [String] = []) -> QuestionProblem {
    guard let word = current else { return QuestionProblem("\(what) is missing", at: end) }
    return QuestionProblem(
      "expected \(what), not `\(word.text)`", at: word.place, hint: Self.hint(word.text, known))
  }

  static func hint(_ word: String, _ known: [String]) -> String? {
    NearMiss.nearest(to: word.lowercased(), among: known).first.map { "did you mean `\($0)`?" }
  }

  // MARK: question = [ quantifier ] path { match } "is" outcome

  mutating func question() throws(QuestionProblem) -> PacketQuestion {
    guard current != nil else {
      throw QuestionProblem(
        "the question is empty", at: end, hint: "for example: any internet -> host tcp/22 is accepted")
    }
    let quantifier = quantifier()
    let source = try endpoint("where the packets come from")
    guard take("->") else {
      // A word that only looks like an endpoint may be a misspelt quantifier.
      if index == 1, let second = current, words.indices.contains(index + 1), words[index + 1].text == "->" {
        throw QuestionProblem(
          "expected `any`, `every` or `->`, not `\(words[0].text)` before `\(second.text)`", at: words[0].place,
          hint: Self.hint(words[0].text, ["any", "every"]))
      }
      throw unexpected("`->`", ["->"])
    }
    let destination = try endpoint("where the packets go to")
    var result = PacketQuestion(quantifier, from: source, to: destination, outcome: .accepted)
    if take("via") { result.via = try hook() }
    while let word = current, word.text != "is" {
      if word.text == "via" {
        guard result.via == nil else { throw QuestionProblem("`via` is said twice", at: word.place) }
        index += 1
        result.via = try hook()
        continue
      }
      result.terms.append(try term())
    }
    guard take("is") else {
      throw QuestionProblem(
        "`is` and an outcome are missing", at: end, hint: "end with for example `is accepted` or `is dropped`")
    }
    result.outcome = try outcome()
    if let rest = current {
      throw QuestionProblem("`\(rest.text)` stands after the outcome, which ends the question", at: rest.place)
    }
    return result
  }

  private mutating func quantifier() -> PacketQuestion.Quantifier {
    guard let word = current, let found = PacketQuestion.Quantifier(rawValue: word.text) else { return .any }
    // `any -> host …`: the endpoint, not the quantifier.
    if words.indices.contains(index + 1), words[index + 1].text == "->" { return .any }
    index += 1
    return found
  }

  private mutating func hook() throws(QuestionProblem) -> Hook {
    let names = QuestionNames.hooks.map(\.name)
    guard let word = current, let hook = QuestionNames.hooks.first(where: { $0.name == word.text }) else {
      throw unexpected("a hook (\(names.joined(separator: ", ")))", names)
    }
    index += 1
    return hook
  }

  // MARK: outcome

  private static let outcomes = ["accepted", "dropped", "rejected", "answered", "silent", "translated", "logged"]

  private mutating func outcome() throws(QuestionProblem) -> PacketQuestion.WantedOutcome {
    guard let word = current else { throw QuestionProblem("the outcome after `is` is missing", at: end) }
    index += 1
    switch word.text {
    case "accepted": return .accepted
    case "dropped": return .dropped
    case "answered": return .answered
    case "silent": return .silent
    case "logged": return .logged
    case "rejected": return .rejected(with: try rejectAnswer())
    case "translated":
      guard take("to") else { throw unexpected("`to` and an address after `translated`", ["to"]) }
      return try translation()
    default:
      index -= 1
      throw unexpected("an outcome (\(Self.outcomes.joined(separator: ", ")))", Self.outcomes)
    }
  }

  private mutating func rejectAnswer() throws(QuestionProblem) -> RejectAnswer? {
    guard take("with") else {
      if current != nil { throw unexpected("`with` and a kind, or the end of the question", ["with"]) }
      return nil
    }
    // nft(8) writes `tcp reset`, `icmp port-unreachable`, `icmpx admin-prohibited`.
    if take("tcp") {
      guard take("reset") || take("rst") else { throw unexpected("`reset` after `tcp`", ["reset"]) }
      return RejectAnswer("tcp-reset")
    }
    if current?.text == "icmp" || current?.text == "icmpv6" || current?.text == "icmpx" { index += 1 }
    let known = RejectNames.all + RejectNames.aliases.map(\.name)
    guard let word = current else { throw QuestionProblem("the kind of answer after `with` is missing", at: end) }
    if RejectNames.all.contains(word.text) {
      index += 1
      return RejectAnswer(word.text)
    }
    if let alias = RejectNames.aliases.first(where: { $0.name == word.text }) {
      index += 1
      return RejectAnswer(alias.means)
    }
    throw unexpected("the kind of a reject", known)
  }

  private mutating func translation() throws(QuestionProblem) -> PacketQuestion.WantedOutcome {
    let word = try next("an address")
    var text = word.text[...]
    // `[2001:db8::1]:8080` as URLs write it.
    if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
      let inside = text[text.index(after: text.startIndex)..<close]
      let rest = text[text.index(after: close)...]
      guard let address = Address(inside), rest.isEmpty || rest.hasPrefix(":") else {
        throw QuestionProblem("`\(word.text)` is no address with a port", at: word.place)
      }
      return .translated(address, port: try rest.isEmpty ? nil : port(String(rest.dropFirst()), at: word.place))
    }
    if let address = Address(text) { return .translated(address, port: nil) }
    if let colon = text.lastIndex(of: ":"), let address = Address(text[..<colon]) {
      text = text[text.index(after: colon)...]
      return .translated(address, port: try port(String(text), at: word.place))
    }
    throw QuestionProblem(
      "expected an address such as 10.0.0.5:8080 or [2001:db8::1]:80, not `\(word.text)`", at: word.place)
  }

  /// A port number or the name of a service.
  func port(_ text: String, at place: TextPlace) throws(QuestionProblem) -> UInt16 {
    if let number = UInt16(text) { return number }
    if text.utf8.allSatisfy({ (48...57).contains($0) }), !text.isEmpty {
      throw QuestionProblem("port `\(text)` is above 65535", at: place)
    }
    if let number = QuestionNames.port(text) { return number }
    throw QuestionProblem(
      "`\(text)` is no port and no service", at: place, hint: Self.hint(text, QuestionNames.services))
  }
}
