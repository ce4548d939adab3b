import IptablesSyntax
import SourceText

/// One rule as the reader takes it, with its saved form.
package struct IptablesReading: Sendable {
  package var isAccepted: Bool
  /// The lines that iptables-save would print.
  package var saved: String
  /// The first problem; "" when there is none.
  package var message: String

  package init(_ line: String, table: String, isIPv6: Bool) {
    let source = SourceFile(id: SourceID(0), path: "case", text: line)
    let file = IptablesFile(reading: source)
    var parser = RuleParser(source: source, isIPv6: isIPv6)
    var words: [Word] = []
    if let first = file.lines.first { file.words(of: first, into: &words) }
    parser.parse(words, table: table)
    let problems = parser.takeProblems()
    isAccepted = problems.isEmpty
    saved = RuleWriter(parser).lines().joined(separator: "\n")
    message = problems.first?.message ?? ""
  }
}
