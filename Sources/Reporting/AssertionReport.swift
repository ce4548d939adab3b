package import CheckKit
import FirewallAnalysis
import FirewallModel
package import JSONText
import Packets
package import Questions
import SourceText

/// How assertions about a rule set came out. Formats: text, JSON (schema fwlint-test/1), JUnit.
package struct AssertionReport: Sendable {
  package enum Result: String, Sendable { case pass, fail, may }

  package struct Case: Sendable {
    package var title: String
    /// `must` or `must-not`.
    package var kind: String
    package var text: String
    package var level: Level
    package var help: String?
    package var line: Int
    package var result: Result
    package var answer: Answer

    package init(
      title: String, kind: String, text: String, level: Level, help: String?, line: Int, result: Result,
      answer: Answer
    ) {
      self.title = title
      self.kind = kind
      self.text = text
      self.level = level
      self.help = help
      self.line = line
      self.result = result
      self.answer = answer
    }
  }

  package var unit: Report.Unit
  /// The file of the assertions.
  package var path: String
  package var cases: [Case] = []

  package init(unit: Report.Unit, path: String) {
    self.unit = unit
    self.path = path
  }

  package var failures: [Case] { cases.filter { $0.result != .pass } }

  // MARK: Text

  package var text: String {
    var text = ""
    for item in cases {
      switch item.result {
      case .pass: text += "ok    \(printable(item.title))\n"
      case .fail, .may: text += failure(item)
      }
    }
    let failed = failures.count
    text += "\(counted(cases.count, "assertion")), \(grouped(cases.count - failed)) passed, \(grouped(failed)) failed\n"
    return text
  }

  private func failure(_ item: Case) -> String {
    let word = item.level == .error ? "FAIL " : item.level == .warning ? "WARN " : "NOTE "
    var text = "\(word) \(printable(item.title)) (\(printable(path)):\(item.line))\n"
    if item.title != "\(item.kind): \(item.text)" { text += "  \(item.kind): \(printable(item.text))\n" }
    for line in unit.text(item.answer).split(separator: "\n") { text += "  \(line)\n" }
    if let help = item.help { text += "  help: \(printable(help))\n" }
    return text
  }

  // MARK: JSON

  package var json: JSONValue {
    [
      "schema": "fwlint-test/1",
      "ruleset": .string(unit.path),
      "expectations": .string(path),
      "passed": .int(cases.count - failures.count),
      "failed": .int(failures.count),
      "assertions": .array(
        cases.map { item in
          let answer = unit.json(item.answer)
          return [
            "name": .string(item.title),
            "kind": .string(item.kind),
            "that": .string(item.text),
            "line": .int(item.line),
            "level": .string(item.level.rawValue),
            "result": .string(item.result.rawValue),
            "answer": answer["answer"] ?? .null,
            "witnesses": answer["witnesses"] ?? .array([]),
            "because": answer["because"] ?? .array([]),
            "assumptions": answer["assumptions"] ?? .array([]),
            "help": item.help.map { .string($0) } ?? .null,
          ]
        }),
    ]
  }

  // MARK: JUnit

  package var junit: String {
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    let counts = "tests=\"\(cases.count)\" failures=\"\(failures.count)\" errors=\"0\""
    text += "<testsuites name=\"fwlint\" \(counts)>\n"
    text += "  <testsuite name=\"\(Self.escaped(unit.path))\" \(counts)>\n"
    for item in cases {
      text += "    <testcase classname=\"\(Self.escaped(path))\" name=\"\(Self.escaped(item.title))\""
      text += " file=\"\(Self.escaped(path))\" line=\"\(item.line)\""
      if item.result == .pass {
        text += "/>\n"
        continue
      }
      let answer = unit.text(item.answer)
      let message = answer.split(separator: "\n").first.map(String.init) ?? ""
      text += ">\n      <failure type=\"\(item.level.rawValue)\" message=\"\(Self.escaped(message))\">"
      text += Self.escaped("\(item.kind): \(item.text)\n\(answer)\(item.help.map { "help: \($0)\n" } ?? "")")
      text += "</failure>\n    </testcase>\n"
    }
    return text + "  </testsuite>\n</testsuites>\n"
  }

  /// XML text: what XML 1.0 does not allow becomes a visible escape.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n": result += "\n"
      default: result += printable(String(scalar)).replacingMarkup()
      }
    }
    return result
  }
}

extension String {
  fileprivate func replacingMarkup() -> String {
    contains { $0 == "&" || $0 == "<" } ? map { $0 == "&" ? "&amp;" : $0 == "<" ? "&lt;" : String($0) }.joined() : self
  }
}
