import CheckKit

/// The colours of the human formats; without colour each function gives its text back.
package struct Style: Sendable {
  package var usesColor: Bool
  package init(usesColor: Bool) { self.usesColor = usesColor }

  func paint(_ text: String, _ codes: String) -> String {
    usesColor && !text.isEmpty ? "\u{1b}[\(codes)m\(text)\u{1b}[0m" : text
  }

  func level(_ level: Level, _ text: String) -> String {
    switch level {
    case .error: paint(text, "1;31")
    case .warning: paint(text, "1;33")
    case .note: paint(text, "1;36")
    }
  }

  func bold(_ text: String) -> String { paint(text, "1") }
  func frame(_ text: String) -> String { paint(text, "34") }
  func added(_ text: String) -> String { paint(text, "32") }
  func removed(_ text: String) -> String { paint(text, "31") }
}

/// How the text format is laid out.
package struct TextLayout: Sendable {
  package var style: Style
  /// Columns to wrap at; nil: no wrapping.
  package var width: Int?
  /// Findings shown of one code; 0: all. The rest is counted.
  package var maximumPerRule: Int
  /// Leaves out the summary of a run without findings and problems.
  package var isQuiet: Bool
  /// Adds the number of findings of each check.
  package var showsStatistics = false

  package init(style: Style, width: Int? = nil, maximumPerRule: Int = 5, isQuiet: Bool = false) {
    self.style = style
    self.width = width
    self.maximumPerRule = maximumPerRule
    self.isQuiet = isQuiet
  }
}
