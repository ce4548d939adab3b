import SourceText

/// What is wrong with a configuration, policy or host file. Any one of them means that nothing is analysed.
package struct ConfigurationProblem: Error, Hashable, Sendable {
  package var path: String
  /// From 1; 0 when the problem is with the file as a whole.
  package var line: Int
  package var column: Int
  /// Lower-case start, no full stop, text of the file in backticks and escaped.
  package var message: String
  /// The remedy, e.g. "did you mean `fail-on`?".
  package var hint: String?
  /// The line that it speaks of, escaped; nil when the problem is with the file as a whole.
  package var excerpt: String?

  package init(
    path: String, line: Int, column: Int, message: String, hint: String? = nil, excerpt: String? = nil
  ) {
    self.path = path
    self.line = line
    self.column = column
    self.message = message
    self.hint = hint
    self.excerpt = excerpt
  }

  /// `path:line:column: message`, then excerpt with caret and hint on lines of their own; no line end at the end.
  package var text: String {
    var result = Escaping.escaped(path)
    if line > 0 { result += ":\(line):\(column)" }
    result += ": \(message)"
    if let excerpt, line > 0 {
      let number = "\(line)"
      let margin = String(repeating: " ", count: number.count)
      let caret = String(repeating: " ", count: max(0, column - 1))
      result += "\n\(margin) |\n\(number) | \(excerpt)\n\(margin) | \(caret)^"
    }
    if let hint { result += "\n  = help: \(hint)" }
    return result
  }
}

/// Text from files as it may be shown on a terminal.
enum Escaping {
  /// Control characters, line separators and marks that change the direction of text become `\u{…}`, a tab one blank.
  static func escaped(_ text: some StringProtocol, limit: Int = 200) -> String {
    var result = ""
    for (count, scalar) in text.unicodeScalars.enumerated() {
      guard count < limit else { return result + "…" }
      switch scalar.value {
      case 9: result += " "
      case 0..<32, 127..<160, 0x2028...0x202E, 0x2066...0x2069, 0x200B...0x200F, 0x061C, 0xFEFF:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// `text` in backticks.
  static func quoted(_ text: some StringProtocol) -> String { "`\(escaped(text, limit: 60))`" }
}
