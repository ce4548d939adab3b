package import SourceText

/// Prints a whole dump: each rule in the form of iptables-save, every other line as it stands.
package enum IptablesWriter {
  /// The bytes of the file after formatting. Comments, empty lines, line ends, tables, chains and counters stay as they
  /// are; a line with a problem, a command that is no rule, and a line that is not valid UTF-8 stay too. A rule with
  /// several addresses becomes several lines, as it does in the kernel. Formatting twice changes nothing more.
  /// O(bytes).
  package static func formatted(_ source: SourceFile, isIPv6: Bool) -> [UInt8] {
    let file = IptablesFile(reading: source)
    var parser = RuleParser(source: source, isIPv6: isIPv6)
    var result: [UInt8] = []
    result.reserveCapacity(source.bytes.count)
    var words: [Word] = []
    var table = ""
    var copied = 0
    for number in 0..<file.lineCount {
      let line = file.line(number)
      if line.kind == .table {
        file.words(of: line, into: &words)
        if let first = words.first { table = Read.string(parser.text(first).dropFirst()) }
      }
      guard line.kind == .command else { continue }
      file.words(of: line, into: &words)
      parser.parse(words, table: table)
      guard parser.takeProblems().isEmpty, let command = command(of: parser, isIPv6: isIPv6),
        String(validating: source.bytes[Int(line.lower)..<Int(line.upper)], as: UTF8.self) != nil
      else { continue }
      result.append(contentsOf: source.bytes[copied..<Int(line.lower)])
      let counters = parser.rule.counters.map { "[\($0.packets):\($0.bytes)] " } ?? ""
      var isFirst = true
      for text in RuleWriter(parser).lines(command: command) {
        if !isFirst { result.append(0x0A) }
        isFirst = false
        result.append(contentsOf: counters.utf8)
        result.append(contentsOf: text.utf8)
      }
      copied = Int(line.upper)
    }
    result.append(contentsOf: source.bytes[copied...])
    return result
  }

  /// iptables-save leaves `--ipcompspi 0:4294967295` away, but without the option the match asks for 0.
  private static func losesMeaning(_ rule: RuleSyntax) -> Bool {
    rule.options.contains { $0.key == .ipcompspi && $0.first == 0 && $0.second == 0xffff_ffff }
  }

  /// A name that reads as the same word without quotes.
  private static func isPlain(_ name: ArraySlice<UInt8>) -> Bool {
    !name.isEmpty && name.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }

  /// The command and its chain; nil for a command that brings no rule.
  private static func command(of parser: RuleParser, isIPv6: Bool) -> String? {
    guard let word = parser.rule.chain, parser.rule.unreadable == nil else { return nil }
    // `-4` in an IPv6 dump: iptables-restore passes over the line.
    guard parser.rule.family == .both || parser.rule.family == (isIPv6 ? .ipv6 : .ipv4) else { return nil }
    let name = parser.text(word)
    // Such a name must keep its quotes.
    guard word.form == .plain, !name.isEmpty, !losesMeaning(parser.rule) else { return nil }
    if let target = parser.rule.target, !isPlain(parser.text(target.name)) { return nil }
    for test in [parser.rule.inInterface, parser.rule.outInterface] {
      if let test, !isPlain(parser.text(test.name)) { return nil }
    }
    let chain = Read.string(name)
    switch parser.rule.command {
    case .append: return "-A \(chain)"
    case .insert:
      // Several rules at one place would come in the opposite order.
      let isList = (parser.rule.source?.entries.count ?? 2) > 2 || (parser.rule.destination?.entries.count ?? 2) > 2
      return isList ? nil : "-I \(chain)" + (parser.rule.number.map { " \($0)" } ?? "")
    default: return nil
    }
  }
}
