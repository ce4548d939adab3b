import CheckKit
package import JSONText
import SourceText

extension Report {
  /// Reviewdog's diagnostic format, with the first fix of each finding as a suggestion. Its columns count bytes.
  package var rdjson: JSONValue {
    let diagnostics: [JSONValue] = findings.map { reported in
      let finding = reported.finding
      let unit = units[reported.unit]
      var members: [(key: String, value: JSONValue)] = [
        ("message", .string(printable(finding.message))),
        (
          "location",
          ["path": .string(place(reported).path), "range": range(finding.primary, unit)]
        ),
        ("severity", .string(severity(finding.level))),
        ("code", ["value": .string(finding.code)]),
      ]
      if let fix = reported.fixes.first(where: \.isOffered) {
        let suggestions: [JSONValue] = fix.edits.map { edit in
          ["range": range(edit.range, unit), "text": .string(edit.replacement)]
        }
        members.append(("suggestions", .array(suggestions)))
      }
      return .object(members)
    }
    return ["source": ["name": "fwlint"], "severity": "ERROR", "diagnostics": .array(diagnostics)]
  }

  private func severity(_ level: Level) -> String {
    switch level {
    case .error: "ERROR"
    case .warning: "WARNING"
    case .note: "INFO"
    }
  }

  private func range(_ range: SourceRange, _ unit: Unit) -> JSONValue {
    let place = place(range, unit)
    func position(_ position: LineColumn, _ offset: UInt32) -> JSONValue {
      var column = position.column
      if let file = unit.sources[range.file], let line = file.rangeOfLine(position.line) {
        column = Int(offset) - Int(line.lowerBound) + 1
      }
      return ["line": .int(position.line), "column": .int(column)]
    }
    return ["start": position(place.start, range.lower), "end": position(place.end, range.upper)]
  }
}
