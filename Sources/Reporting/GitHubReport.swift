import CheckKit
import SourceText

extension Report {
  /// Workflow commands of GitHub Actions, strongest first: Actions shows about ten of a level for each step.
  package var github: String {
    var text = ""
    for (path, message) in unread {
      text += "::error file=\(property(relative(path))),title=fwlint::\(data(message))\n"
    }
    for level in [Level.error, .warning, .note] {
      for reported in findings where reported.finding.level == level {
        let finding = reported.finding
        let place = place(reported)
        let word = level == .note ? "notice" : level.rawValue
        let members = [
          "file=\(property(place.path))", "line=\(place.start.line)", "endLine=\(place.end.line)",
          "col=\(place.start.column)", "endColumn=\(place.end.column)", "title=\(property("fwlint \(finding.code)"))",
        ]
        let effect = finding.effect.map { "\n\($0)" } ?? ""
        text += "::\(word) \(members.joined(separator: ","))::\(data(finding.message + effect))\n"
      }
    }
    return text
  }

  private func data(_ text: String) -> String {
    printableLines(text).replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
