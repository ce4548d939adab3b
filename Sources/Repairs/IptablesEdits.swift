import CheckKit
import FirewallModel
import Packets
import SourceText

/// Writes changes into the text of an iptables-save dump or a list of `-A …` lines as `iptables -S` prints it.
struct IptablesEdits {
  let ruleset: Ruleset
  let lines: TextLines
  let isV6: Bool

  /// A rule line cut into words.
  struct RuleLine {
    var start: Int
    /// One past the last byte before the line end.
    var end: Int
    var next: Int
    /// `[12:3456]` in front.
    var hasCounters: Bool
    /// `-A` or `-I` as written.
    var command: String
    var chain: String
    /// The words after the chain's name (and the number of `-I`).
    var words: [WordToken]
    var hasNumber: Bool
    var isInsert: Bool { command == "-I" || command == "--insert" }
  }

  func ruleLine(at offset: Int) -> RuleLine? {
    let start = lines.start(of: offset)
    let end = lines.contentEnd(of: start)
    var words = Words.iptables(lines.bytes, in: start..<end)
    var hasCounters = false
    if let first = words.first, first.text.hasPrefix("[") {
      hasCounters = true
      words.removeFirst()
    }
    guard words.count >= 2, ["-A", "--append", "-I", "--insert"].contains(words[0].text) else { return nil }
    let command = words[0].text
    let chain = words[1].text
    words.removeFirst(2)
    var hasNumber = false
    if let first = words.first, Int(first.text) != nil {
      hasNumber = true
      words.removeFirst()
    }
    return RuleLine(
      start: start, end: end, next: lines.next(after: start), hasCounters: hasCounters, command: command, chain: chain,
      words: words, hasNumber: hasNumber)
  }

  /// The whole line of a rule that has a line of its own and stands at the end of its chain.
  func cut(_ id: RuleID) -> Range<Int>? {
    let rules = ruleset[id.chain].rules
    let origin = rules[id.index].origin
    guard origin.file == lines.file.id else { return nil }
    let start = lines.start(of: Int(origin.lower))
    for neighbour in [id.index - 1, id.index + 1] where rules.indices.contains(neighbour) {
      if rules[neighbour].origin.lower == origin.lower { return nil }
    }
    return start..<lines.next(after: start)
  }

  /// The line of a rule, if it may be edited.
  func line(of id: RuleID) throws(Refusal) -> RuleLine {
    let rule = ruleset[id]
    guard rule.origin.file == lines.file.id else { throw Refusal("the rule stands in another file") }
    guard let line = ruleLine(at: Int(rule.origin.lower)) else { throw Refusal("the rule's line is not understood") }
    let rules = ruleset[id.chain].rules
    for neighbour in [id.index - 1, id.index + 1] where rules.indices.contains(neighbour) {
      if lines.start(of: Int(rules[neighbour].origin.lower)) == line.start {
        throw Refusal("the line stands for several rules")
      }
    }
    return line
  }

  func insertion(_ rule: NewRule, _ place: Remedy.Place) throws(Refusal) -> [TextEdit] {
    let texts = try IptablesText.rules(rule, isV6: isV6)
    try checkInterfaces(of: rule, in: place.chain)
    switch place {
    case .before(let id): return [try insertion(texts, beside: id, isBefore: true)]
    case .after(let id): return [try insertion(texts, beside: id, isBefore: false)]
    case .atEnd(let chain):
      let count = ruleset[chain].rules.count
      if count > 0 { return [try insertion(texts, beside: RuleID(chain: chain, index: count - 1), isBefore: false)] }
      return [try insertion(texts, intoEmpty: chain)]
    case .atStart(let chain):
      if !ruleset[chain].rules.isEmpty {
        return [try insertion(texts, beside: RuleID(chain: chain, index: 0), isBefore: true)]
      }
      return [try insertion(texts, intoEmpty: chain)]
    }
  }

  /// iptables-restore takes no `-o` where packets come in and no `-i` where they leave.
  private func checkInterfaces(of rule: NewRule, in chain: ChainID) throws(Refusal) {
    guard let hook = ruleset[chain].base?.hook else { return }
    for condition in rule.conditions {
      switch condition {
      case .outInterface where hook == .input || hook == .prerouting:
        throw Refusal("\(ruleset[chain].name) knows no outgoing interface")
      case .inInterface where hook == .output || hook == .postrouting,
        .notInInterface where hook == .output || hook == .postrouting:
        throw Refusal("\(ruleset[chain].name) knows no incoming interface")
      default: break
      }
    }
  }

  private func insertion(_ texts: [String], beside id: RuleID, isBefore: Bool) throws(Refusal) -> TextEdit {
    let line = try line(of: id)
    if line.hasNumber { throw Refusal("the rule beside it is placed by number (`\(line.command) \(line.chain) N`)") }
    let head = "\(line.hasCounters ? "[0:0] " : "")\(line.command) \(line.chain) "
    // `-I` puts each line at the chain's head, so the text runs against the order of the rules.
    let lineBefore = isBefore != line.isInsert
    let ordered = line.isInsert ? texts.reversed() : texts
    let newLine = lines.lineEnd(at: line.start)
    let block = ordered.map { head + $0 }
    if lineBefore {
      let place = lines.startOfCommentsAbove(line.start, limit: 0)
      return lines.insertion(at: place, block.map { $0 + newLine }.joined())
    }
    return insertion(block, afterLineAt: line.start, newLine: newLine)
  }

  private func insertion(_ block: [String], afterLineAt start: Int, newLine: String) -> TextEdit {
    let next = lines.next(after: start)
    let endsWithLineFeed = next > 0 && lines.bytes[next - 1] == 0x0a
    return lines.insertion(
      at: next, endsWithLineFeed ? block.map { $0 + newLine }.joined() : block.map { newLine + $0 }.joined())
  }

  /// Behind the declarations of the chain's table and the rules of the chains declared before it.
  private func insertion(_ texts: [String], intoEmpty id: ChainID) throws(Refusal) -> TextEdit {
    let chain = ruleset[id]
    guard chain.origin.file == lines.file.id else { throw Refusal("the chain stands in another file") }
    let earlier = Set(ruleset[chain.table].chains.filter { $0.index < id.index }.map { ruleset[$0].name })
    var last = lines.start(of: Int(chain.origin.lower))
    guard isDeclaration(last) else { throw Refusal("the chain's declaration is not understood") }
    var hasCounters = false
    var position = lines.next(after: last)
    while position < lines.bytes.count {
      if let line = ruleLine(at: position) {
        hasCounters = line.hasCounters
        guard earlier.contains(line.chain) else { break }
        last = position
      } else if isDeclaration(position) {
        last = position
      } else {
        break
      }
      position = lines.next(after: position)
    }
    let block = texts.map { "\(hasCounters ? "[0:0] " : "")-A \(chain.name) \($0)" }
    return insertion(block, afterLineAt: last, newLine: lines.lineEnd(at: last))
  }

  private func isDeclaration(_ start: Int) -> Bool {
    guard let first = Words.iptables(lines.bytes, in: start..<lines.contentEnd(of: start)).first else { return false }
    return first.text.hasPrefix(":") || ["-P", "--policy", "-N", "--new-chain"].contains(first.text)
  }

  func removal(of id: RuleID) throws(Refusal) -> [TextEdit] {
    let line = try line(of: id)
    let top = lines.startOfCommentsAbove(line.start, limit: 0)
    if lines.text(top..<line.start).contains("fwlint:") { throw Refusal("a suppression stands above the rule") }
    return [lines.edit(line.start..<line.next, "")]
  }

  func verdictEdit(of id: RuleID, to verdict: NewRule.Verdict) throws(Refusal) -> [TextEdit] {
    let line = try line(of: id)
    if case .log = verdict { throw Refusal("a verdict is not turned into a log") }
    guard let jump = line.words.firstIndex(where: { $0.text == "-j" || $0.text == "--jump" }),
      jump + 1 < line.words.count
    else { throw Refusal("the rule has no target of its own") }
    let target = line.words[jump + 1]
    guard ["ACCEPT", "DROP", "REJECT"].contains(target.text) else {
      throw Refusal("the target `\(target.text)` is not a plain verdict")
    }
    var end = target.range.upperBound
    if let option = line.words.firstIndex(where: { $0.text == "--reject-with" }) {
      guard option == jump + 2, option + 1 < line.words.count else {
        throw Refusal("the target's options are not understood")
      }
      end = line.words[option + 1].range.upperBound
    }
    let text = try IptablesText.verdict(verdict, isV6: isV6, transport: Self.transportProtocol(line.words))
    return [lines.edit(target.range.lowerBound..<end, text)]
  }

  private static func transportProtocol(_ words: [WordToken]) -> UInt8? {
    guard let option = words.firstIndex(where: { ["-p", "--protocol", "--proto"].contains($0.text) }),
      option + 1 < words.count, option == 0 || words[option - 1].text != "!"
    else { return nil }
    switch words[option + 1].text.lowercased() {
    case "tcp", "6": return IPProtocol.tcp
    case "udp", "17": return IPProtocol.udp
    default: return nil
    }
  }

  func statesEdit(of id: RuleID, adding states: [ConntrackState]) throws(Refusal) -> [TextEdit] {
    let line = try line(of: id)
    let options = line.words.indices.filter { ["--ctstate", "--state"].contains(line.words[$0].text) }
    guard let option = options.first, options.count == 1, option + 1 < line.words.count else {
      throw Refusal("the rule has not exactly one state match")
    }
    if option > 0, line.words[option - 1].text == "!" { throw Refusal("the state match is negated") }
    let list = line.words[option + 1]
    var present: [ConntrackState] = []
    for name in list.text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let state = ConntrackState.allCases.first(where: { $0.name == name.lowercased() }) else {
        throw Refusal("the state `\(name)` is not understood")
      }
      present.append(state)
    }
    let added = states.filter { !present.contains($0) }
    if added.isEmpty { throw Refusal("the rule has these states already") }
    let isCanonical = list.text == IptablesText.states(Set(present))
    let text =
      isCanonical
      ? IptablesText.states(Set(present + added))
      : list.text + added.map { "," + $0.name.uppercased() }.joined()
    return [lines.edit(list.range, text)]
  }

  func policyEdit(of id: ChainID, to policy: Policy) throws(Refusal) -> [TextEdit] {
    let chain = ruleset[id]
    guard chain.base != nil else { throw Refusal("the chain \(chain.name) has no policy") }
    let origin = chain.base?.policyOrigin ?? chain.origin
    guard origin.file == lines.file.id else { throw Refusal("the chain stands in another file") }
    let start = lines.start(of: Int(origin.lower))
    let words = Words.iptables(lines.bytes, in: start..<lines.contentEnd(of: start))
    let word: WordToken? =
      if words.count >= 2, words[0].text == ":" + chain.name {
        words[1]
      } else if words.count >= 3, words[0].text == "-P" || words[0].text == "--policy", words[1].text == chain.name {
        words[2]
      } else {
        nil
      }
    guard let word, ["ACCEPT", "DROP"].contains(word.text) else { throw Refusal("the policy's line is not understood") }
    return [lines.edit(word.range, policy.rawValue.uppercased())]
  }
}
