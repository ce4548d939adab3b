import CheckKit
import FirewallModel
import PacketSets
import Packets
import SourceText

/// Writes changes into the text of an nft script.
struct NftablesEdits {
  let ruleset: Ruleset
  let lines: TextLines
  let layout: NftablesLayout

  init(ruleset: Ruleset, file: SourceFile) {
    self.ruleset = ruleset
    lines = TextLines(file)
    layout = NftablesLayout(file.bytes)
  }

  /// The statement of a rule, and for `add rule …` commands the words in front of the rule itself.
  struct Place {
    var statement: Int
    var command: Command?
  }

  struct Command {
    /// The words up to the chain's name, as written: `add rule inet filter input`.
    var head: String
    var isInsert: Bool
    /// `position`, `handle` or `index`.
    var isPlacedByNumber: Bool
    /// One past the last byte of the head.
    var end: Int
  }

  func place(of id: RuleID) throws(Refusal) -> Place {
    let rule = ruleset[id]
    guard rule.origin.file == lines.file.id else { throw Refusal("the rule stands in an included file") }
    guard let index = layout.statement(at: Int(rule.origin.lower)) else {
      throw Refusal("the rule's place in the text is not understood")
    }
    let statement = layout.statements[index]
    let rules = ruleset[id.chain].rules
    for neighbour in [id.index - 1, id.index + 1] where rules.indices.contains(neighbour) {
      let other = rules[neighbour].origin
      if other.file == rule.origin.file, statement.range.contains(Int(other.lower)) {
        throw Refusal("the text stands for several rules")
      }
    }
    switch layout.blocks[statement.block].kind {
    case .chain:
      guard statement.range.lowerBound == Int(rule.origin.lower), statement.opens == nil else {
        throw Refusal("the rule's text is not understood")
      }
      return Place(statement: index, command: nil)
    case .file:
      guard let command = command(in: statement.range) else { throw Refusal("the rule's command is not understood") }
      guard Int(rule.origin.lower) == statement.range.lowerBound || Int(rule.origin.lower) >= command.end else {
        throw Refusal("the rule's command is not understood")
      }
      return Place(statement: index, command: command)
    case .table, .other:
      throw Refusal("the rule's text is not understood")
    }
  }

  private func command(in range: Range<Int>) -> Command? {
    let words = Words.nftables(lines.bytes, in: range)
    var index = 0
    var isInsert = false
    if index < words.count, ["add", "insert", "create"].contains(words[index].text) {
      isInsert = words[index].text == "insert"
      index += 1
    }
    guard index < words.count, words[index].text == "rule" else { return nil }
    index += 1
    if index < words.count, Family(rawValue: words[index].text) != nil { index += 1 }
    let chain = index + 1
    guard chain < words.count, !words[index...chain].contains(where: { $0.text.hasPrefix("$") }) else { return nil }
    let isPlaced = chain + 1 < words.count && ["position", "handle", "index"].contains(words[chain + 1].text)
    let end = words[chain].range.upperBound
    return Command(
      head: lines.text(range.lowerBound..<end), isInsert: isInsert, isPlacedByNumber: isPlaced, end: end)
  }

  // MARK: - Inserting

  func insertion(_ rule: NewRule, _ place: Remedy.Place) throws(Refusal) -> [TextEdit] {
    let chain = place.chain
    let text = try NftablesText.rule(rule, family: ruleset[ruleset[chain].table].family)
    switch place {
    case .before(let id): return [try insertion(text, beside: id, isBefore: true)]
    case .after(let id): return [try insertion(text, beside: id, isBefore: false)]
    case .atStart, .atEnd:
      let count = ruleset[chain].rules.count
      guard count > 0 else { return [try insertion(text, intoEmpty: chain)] }
      if case .atStart = place { return [try insertion(text, beside: RuleID(chain: chain, index: 0), isBefore: true)] }
      return [try insertion(text, beside: RuleID(chain: chain, index: count - 1), isBefore: false)]
    }
  }

  private func insertion(_ text: String, beside id: RuleID, isBefore: Bool) throws(Refusal) -> TextEdit {
    let place = try place(of: id)
    guard let command = place.command else {
      return isBefore ? insertion(text, before: place.statement) : insertion(text, after: place.statement)
    }
    if command.isPlacedByNumber { throw Refusal("the rule beside it is placed by number") }
    // `insert rule` puts each rule at the chain's head, so the text runs against the order of the rules.
    let line = "\(command.head) \(text)"
    return isBefore != command.isInsert
      ? insertion(line, before: place.statement) : insertion(line, after: place.statement)
  }

  func insertion(_ text: String, before index: Int) -> TextEdit {
    let statement = layout.statements[index]
    let lower = statement.range.lowerBound
    let start = lines.start(of: lower)
    guard lines.isBlank(start..<lower), !isContinued(start) else {
      return lines.insertion(at: lower, "\(text); ")
    }
    let limit = layout.blocks[statement.block].open + 1
    let place = lines.startOfCommentsAbove(start, limit: limit)
    return lines.insertion(at: place, lines.indentation(at: lower) + text + lines.lineEnd(at: lower))
  }

  func insertion(_ text: String, after index: Int) -> TextEdit {
    let statement = layout.statements[index]
    let rest = lines.skippingBlanks(from: statement.end)
    let isLast = rest >= lines.bytes.count || lines.bytes[rest] == 0x0a || lines.bytes[rest] == UInt8(ascii: "#")
    guard isLast else {
      return statement.semicolon == nil
        ? lines.insertion(at: statement.end, "; \(text);") : lines.insertion(at: statement.end, " \(text);")
    }
    let next = lines.next(after: rest)
    let newLine = lines.lineEnd(at: statement.range.lowerBound)
    let indentation = indentation(in: statement.block, near: statement.range.lowerBound)
    guard next > 0, lines.bytes[next - 1] == 0x0a else {
      return lines.insertion(at: lines.bytes.count, newLine + indentation + text)
    }
    return lines.insertion(at: next, indentation + text + newLine)
  }

  /// True when the line before ends with `\`.
  private func isContinued(_ lineStart: Int) -> Bool {
    guard lineStart > 0 else { return false }
    let end = lines.skippingBlanks(backFrom: lineStart - 1)
    return end > 0 && lines.bytes[end - 1] == UInt8(ascii: "\\")
  }

  /// The indentation of a line of a block: that of the statement's line where it starts inside the block, else that of
  /// another statement of the block that starts its line, else one step deeper than the line with the brace.
  private func indentation(in block: Int, near offset: Int) -> String {
    let open = layout.blocks[block].open
    if lines.start(of: offset) > open { return lines.indentation(at: offset) }
    for statement in layout.blocks[block].statements.prefix(100) {
      let lower = layout.statements[statement].range.lowerBound
      if lines.start(of: lower) > open { return lines.indentation(at: lower) }
    }
    return innerIndentation(of: block)
  }

  /// The indentation of the block's own line and one step more: the step by which the block itself is deeper than its
  /// parent, else a tab.
  private func innerIndentation(of block: Int) -> String {
    let own = lines.indentation(at: max(0, layout.blocks[block].open))
    var step = "\t"
    if let parent = layout.blocks[block].parent, layout.blocks[parent].open >= 0 {
      let outer = lines.indentation(at: layout.blocks[parent].open)
      if own.hasPrefix(outer), own.count > outer.count { step = String(own.dropFirst(outer.count)) }
    }
    return own + step
  }

  private func insertion(_ text: String, intoEmpty id: ChainID) throws(Refusal) -> TextEdit {
    let chain = ruleset[id]
    guard chain.origin.file == lines.file.id else { throw Refusal("the chain stands in an included file") }
    guard let index = layout.statement(at: Int(chain.origin.lower)), let block = layout.statements[index].opens,
      layout.blocks[block].kind == .chain
    else { throw Refusal("the chain's declaration is not understood") }
    let statement = layout.statements[index]
    if layout.blocks[statement.block].kind == .file {
      // `add chain inet filter input { … }`: its rules are commands too.
      let words = Words.nftables(lines.bytes, in: statement.range.lowerBound..<layout.blocks[block].open)
      guard let keyword = words.firstIndex(where: { $0.text == "chain" }), let last = words.last,
        keyword + 1 < words.count, words.count - keyword <= 4, !words.contains(where: { $0.text.hasPrefix("$") })
      else { throw Refusal("the chain's declaration is not understood") }
      let name = lines.text(words[keyword + 1].range.lowerBound..<last.range.upperBound)
      return insertion("add rule \(name) \(text)", after: index)
    }
    if let last = layout.blocks[block].statements.last { return insertion(text, after: last) }
    let open = layout.blocks[block].open
    let rest = lines.skippingBlanks(from: open + 1)
    guard rest < lines.bytes.count, lines.bytes[rest] == 0x0a || lines.bytes[rest] == UInt8(ascii: "#") else {
      return lines.insertion(at: open + 1, " \(text);")
    }
    return lines.insertion(at: lines.next(after: rest), innerIndentation(of: block) + text + lines.lineEnd(at: open))
  }

  // MARK: - Removing and changing

  /// The bytes that a rule alone stands in; nil where it does not stand alone.
  func cut(_ id: RuleID) -> Range<Int>? {
    guard ruleset[id].origin.file == lines.file.id else { return nil }
    do throws(Refusal) {
      if try place(of: id).command?.isPlacedByNumber ?? false { return nil }
      let edits = try removal(of: id)
      guard edits.count == 1, edits[0].replacement.isEmpty else { return nil }
      return Int(edits[0].range.lower)..<Int(edits[0].range.upper)
    } catch { return nil }
  }

  func removal(of id: RuleID) throws(Refusal) -> [TextEdit] {
    let place = try place(of: id)
    let statement = layout.statements[place.statement]
    if layout.hasComment(in: statement.range) { throw Refusal("a comment stands inside the rule") }
    let lower = statement.range.lowerBound
    let start = lines.start(of: lower)
    let startsLine = lines.isBlank(start..<lower) && !isContinued(start)
    let rest = lines.skippingBlanks(from: statement.end)
    let isAtLineEnd = rest >= lines.bytes.count || lines.bytes[rest] == 0x0a
    let isBeforeComment = !isAtLineEnd && lines.bytes[rest] == UInt8(ascii: "#")
    if startsLine {
      let top = lines.startOfCommentsAbove(start, limit: layout.blocks[statement.block].open + 1)
      if lines.text(top..<start).contains("fwlint:") { throw Refusal("a suppression stands above the rule") }
    }
    if isBeforeComment, lines.text(rest..<lines.contentEnd(of: rest)).contains("fwlint:") {
      throw Refusal("a suppression stands beside the rule")
    }
    if startsLine, isAtLineEnd { return [lines.edit(start..<lines.next(after: rest), "")] }
    if startsLine, isBeforeComment { return [lines.edit(lower..<rest, "")] }
    if statement.semicolon != nil {
      return [lines.edit(lower..<(isBeforeComment || isAtLineEnd ? statement.end : rest), "")]
    }
    return [lines.edit(lines.skippingBlanks(backFrom: lower)..<statement.end, "")]
  }

  /// The words of a rule after its command, with how deep in braces each stands.
  private func words(of id: RuleID) throws(Refusal) -> [(token: WordToken, depth: Int)] {
    let place = try place(of: id)
    let range = layout.statements[place.statement].range
    var depth = 0
    return Words.nftables(lines.bytes, in: (place.command?.end ?? range.lowerBound)..<range.upperBound).map { token in
      if token.text == "}" { depth -= 1 }
      defer { if token.text == "{" { depth += 1 } }
      return (token, depth)
    }
  }

  func verdictEdit(of id: RuleID, to verdict: NewRule.Verdict) throws(Refusal) -> [TextEdit] {
    if case .log = verdict { throw Refusal("a verdict is not turned into a log") }
    let words = try words(of: id)
    let found = words.indices.filter {
      words[$0].depth == 0 && ["accept", "drop", "reject"].contains(words[$0].token.text)
    }
    guard let first = found.first, found.count == 1 else { throw Refusal("the rule has not exactly one plain verdict") }
    var last = first
    if words[first].token.text == "reject", first + 1 < words.count, words[first + 1].token.text == "with" {
      last = first + 2
      guard last < words.count else { throw Refusal("the reject is not understood") }
      if last + 1 < words.count, ["type", "reset"].contains(words[last + 1].token.text) { last += 1 }
      if words[last].token.text != "reset" { last += 1 }
      guard last < words.count, !words[last].token.text.hasPrefix("$") else {
        throw Refusal("the reject is not understood")
      }
    }
    let text = try NftablesText.verdict(
      verdict, family: ruleset[ruleset[id.chain].table].family, transport: transportProtocol(of: ruleset[id]))
    return [lines.edit(words[first].token.range.lowerBound..<words[last].token.range.upperBound, text)]
  }

  private func transportProtocol(of rule: Rule) -> UInt8? {
    for case .match(let match) in rule.steps {
      if case .field(.transportProtocol, let values) = match.condition, let value = values.single {
        return UInt8(truncatingIfNeeded: value)
      }
    }
    return nil
  }

  func statesEdit(of id: RuleID, adding states: [ConntrackState]) throws(Refusal) -> [TextEdit] {
    let words = try words(of: id)
    let found = words.indices.filter {
      words[$0].token.text == "ct" && words[$0].depth == 0 && $0 + 2 < words.count
        && words[$0 + 1].token.text == "state"
    }
    guard let start = found.first, found.count == 1 else {
      throw Refusal("the rule has not exactly one `ct state` match")
    }
    var index = start + 2
    if words[index].token.text == "==" { index += 1 }
    let braced = index < words.count && words[index].token.text == "{"
    if braced { index += 1 }
    var present: [ConntrackState] = []
    var lastWord = -1
    var separator: String?
    while index < words.count {
      guard let state = ConntrackState.allCases.first(where: { $0.name == words[index].token.text }) else {
        throw Refusal("the state match is not understood")
      }
      if lastWord >= 0, separator == nil {
        let gap = lines.text(words[lastWord].token.range.upperBound..<words[index].token.range.lowerBound)
        if !gap.utf8.contains(where: { $0 == 0x0a || $0 == UInt8(ascii: "#") }) { separator = gap }
      }
      present.append(state)
      lastWord = index
      guard index + 1 < words.count, words[index + 1].token.text == "," else { break }
      index += 2
    }
    guard lastWord >= 0, !braced || (lastWord + 1 < words.count && words[lastWord + 1].token.text == "}"),
      braced || lastWord + 1 >= words.count || !["|", "&", "vmap"].contains(words[lastWord + 1].token.text)
    else { throw Refusal("the state match is not understood") }
    let added = states.filter { !present.contains($0) }
    if added.isEmpty { throw Refusal("the rule has these states already") }
    let gap = separator ?? (braced ? ", " : ",")
    let place = words[lastWord].token.range.upperBound
    return [lines.insertion(at: place, added.map { gap + $0.name }.joined())]
  }

  func policyEdit(of id: ChainID, to policy: Policy) throws(Refusal) -> [TextEdit] {
    let chain = ruleset[id]
    guard let base = chain.base else { throw Refusal("the chain \(chain.name) has no policy") }
    if let origin = base.policyOrigin {
      guard origin.file == lines.file.id else { throw Refusal("the policy stands in an included file") }
      guard let index = layout.statement(at: Int(origin.lower)) else { throw Refusal("the policy is not understood") }
      let words = Words.nftables(lines.bytes, in: layout.statements[index].range)
      let found = words.indices.filter { words[$0].text == "policy" }
      guard let keyword = found.first, found.count == 1, keyword + 1 < words.count,
        ["accept", "drop"].contains(words[keyword + 1].text)
      else { throw Refusal("the policy is not written as a plain word") }
      return [lines.edit(words[keyword + 1].range, policy.rawValue)]
    }
    guard chain.origin.file == lines.file.id else { throw Refusal("the chain stands in an included file") }
    guard let index = layout.statement(at: Int(chain.origin.lower)), let block = layout.statements[index].opens else {
      throw Refusal("the chain's declaration is not understood")
    }
    let head = layout.blocks[block].statements.first {
      Words.nftables(lines.bytes, in: layout.statements[$0].range).first?.text == "type"
    }
    guard let head else { throw Refusal("the chain's hook is not understood") }
    let statement = layout.statements[head]
    let text = statement.semicolon == nil ? "; policy \(policy.rawValue);" : " policy \(policy.rawValue);"
    return [lines.insertion(at: statement.end, text)]
  }
}
