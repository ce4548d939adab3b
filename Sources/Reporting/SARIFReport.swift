import CheckKit
import FirewallModel
package import JSONText
import SourceText

extension Report {
  /// GitHub takes no more results in one run.
  static let maximumSARIFResults = 25_000

  /// SARIF 2.1.0 with the members that GitHub's code scanning reads, and `fixes` for editors. Suppressed findings are
  /// left out. Beyond 25,000 results the weakest are left out and the run says so.
  package var sarif: JSONValue {
    var results = findings
    var notifications: [JSONValue] = []
    if results.count > Self.maximumSARIFResults {
      let order = results.indices.sorted { a, b in
        let (x, y) = (results[a].finding.level, results[b].finding.level)
        return x == y ? a < b : x > y
      }
      let kept = Set(order.prefix(Self.maximumSARIFResults))
      let message = "\(results.count - kept.count) of \(results.count) results were left out, weakest level first"
      results = results.indices.filter(kept.contains).map { results[$0] }
      notifications.append(["level": "warning", "message": ["text": .string(message)]])
    }
    for (path, message) in unread {
      notifications.append(["level": "error", "message": ["text": .string("\(path): \(message)")]])
    }
    let context = SARIFContext(report: self, results: results)
    let run: JSONValue = [
      "tool": [
        "driver": [
          "name": "fwlint",
          "semanticVersion": .string(version),
          "rules": .array(context.rules.map { sarifRule($0) }),
        ]
      ],
      "automationDetails": ["id": "fwlint/rulesets/"],
      "columnKind": "unicodeCodePoints",
      "invocations": [
        [
          "executionSuccessful": .bool(unread.isEmpty),
          "toolExecutionNotifications": .array(notifications),
        ]
      ],
      "results": .array(results.map { context.result($0) }),
    ]
    return [
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [run],
    ]
  }

  private func sarifRule(_ check: CheckMetadata) -> JSONValue {
    let page = check.page
    let help = [page.finds, page.matters, page.decides, page.checkByHand, page.sources].filter { !$0.isEmpty }
    var properties: [(key: String, value: JSONValue)] = [
      ("tags", ["firewall", .string(check.group.rawValue)]),
      ("precision", "very-high"),
      ("problem.severity", check.level == .note ? "recommendation" : .string(check.level.rawValue)),
    ]
    switch check.group {
    case .exposure, .sourcePort, .spoofing, .options, .broadcast:
      let severity = check.level == .error ? "8.0" : check.level == .warning ? "5.0" : "2.0"
      properties.append(("security-severity", .string(severity)))
    default: break
    }
    return [
      "id": .string(check.code),
      "name": .string(check.name),
      "shortDescription": ["text": .string(cut(check.summary))],
      "fullDescription": ["text": .string(cut(page.finds.isEmpty ? check.summary : page.finds))],
      "help": ["text": .string(help.isEmpty ? check.summary : help.joined(separator: "\n\n"))],
      "defaultConfiguration": ["level": .string(check.level.rawValue)],
      "properties": .object(properties),
    ]
  }

  private func cut(_ text: String) -> String {
    text.unicodeScalars.count <= 1024 ? text : String(text.unicodeScalars.prefix(1021)) + "..."
  }
}

/// What all results of one SARIF run share.
private struct SARIFContext {
  let report: Report
  let rules: [CheckMetadata]
  private let indexOfRule: [String: Int]
  private let hashes: [[SourceID: LineHashes]]
  private let occurrences: [Int]

  init(report: Report, results: [ReportedFinding]) {
    self.report = report
    let used = Set(results.map(\.finding.code))
    rules = report.checks.filter { used.contains($0.code) }
    indexOfRule = Dictionary(rules.enumerated().map { ($1.code, $0) }, uniquingKeysWith: { first, _ in first })
    var hashes = [[SourceID: LineHashes]](repeating: [:], count: report.units.count)
    for result in results {
      let id = result.finding.primary.file
      guard hashes[result.unit][id] == nil, let file = report.units[result.unit].sources[id] else { continue }
      hashes[result.unit][id] = LineHashes(file.bytes)
    }
    self.hashes = hashes
    occurrences = []
  }

  func result(_ reported: ReportedFinding) -> JSONValue {
    let finding = reported.finding
    let unit = report.units[reported.unit]
    var message = finding.message
    var related: [JSONValue] = []
    for (index, label) in finding.labels.enumerated() where label.range != finding.primary {
      message += "; [\(label.message.replacing("[", with: "(").replacing("]", with: ")"))](\(index + 1))"
      related.append([
        "id": .int(index + 1),
        "physicalLocation": location(label.range, unit),
        "message": ["text": .string(label.message)],
      ])
    }
    var members: [(key: String, value: JSONValue)] = [("ruleId", .string(finding.code))]
    if let index = indexOfRule[finding.code] { members.append(("ruleIndex", .int(index))) }
    members += [
      ("level", .string(finding.level.rawValue)),
      ("message", ["text": .string(message)]),
      ("locations", [["physicalLocation": location(finding.primary, unit)]]),
    ]
    if !related.isEmpty { members.append(("relatedLocations", .array(related))) }
    var fingerprints: [(key: String, value: JSONValue)] = []
    if let line = unit.sources[finding.primary.file]?.line(of: finding.primary.lower),
      let hash = hashes[reported.unit][finding.primary.file]?[line: line]
    {
      fingerprints.append(("primaryLocationLineHash", .string(hash)))
    }
    fingerprints.append(("fwlintSemantic/v1", .string(unit.semanticKey(finding))))
    members.append(("partialFingerprints", .object(fingerprints)))
    let fixes = reported.fixes.filter(\.isOffered)
    if !fixes.isEmpty { members.append(("fixes", .array(fixes.map { fix($0, unit) }))) }
    members.append(("properties", ["confidence": .string(finding.confidence.rawValue)]))
    return .object(members)
  }

  private func location(_ range: SourceRange, _ unit: Report.Unit) -> JSONValue {
    guard let file = unit.sources[range.file] else {
      return ["artifactLocation": ["uri": .string(report.uri(unit.path))]]
    }
    let start = file.position(of: range.lower)
    var end = file.position(of: range.upper)
    // One line only: an alert shows in a pull request only when all its lines are in the diff.
    if end.line != start.line, let line = file.rangeOfLine(start.line) {
      end = file.position(of: UInt32(line.upperBound))
    }
    return [
      "artifactLocation": ["uri": .string(report.uri(file.path))],
      "region": [
        "startLine": .int(start.line), "startColumn": .int(start.column), "endLine": .int(end.line),
        "endColumn": .int(max(end.column, start.column)),
      ],
    ]
  }

  private func fix(_ fix: ReportedFix, _ unit: Report.Unit) -> JSONValue {
    let ids = Array(Set(fix.edits.map(\.range.file))).sorted()
    let changes: [JSONValue] = ids.compactMap { id in
      guard let file = unit.sources[id] else { return nil }
      let replacements: [JSONValue] = fix.edits.filter { $0.range.file == id }.map { edit in
        let start = file.position(of: edit.range.lower)
        let end = file.position(of: edit.range.upper)
        return [
          "deletedRegion": [
            "startLine": .int(start.line), "startColumn": .int(start.column), "endLine": .int(end.line),
            "endColumn": .int(end.column),
          ],
          "insertedContent": ["text": .string(edit.replacement)],
        ]
      }
      return ["artifactLocation": ["uri": .string(report.uri(file.path))], "replacements": .array(replacements)]
    }
    return [
      "description": ["text": .string("\(fix.title) (\(fix.fixClass.rawValue))")],
      "artifactChanges": .array(changes),
    ]
  }
}

extension Report.Unit {
  /// Code, table and chain, and the rule's text with its white space folded: stays when lines move.
  func semanticKey(_ finding: Finding) -> String {
    var parts = [finding.code]
    switch finding.subject {
    case .rule(let id):
      parts.append(ruleset.fullName(of: id.chain))
      if let rule = ruleset.rule(id), let file = sources[rule.origin.file] {
        parts.append(file.text(of: rule.origin).split(whereSeparator: \.isWhitespace).joined(separator: " "))
      }
    case .chain(let id): parts.append(ruleset.fullName(of: id))
    case .table(let id):
      if ruleset.tables.indices.contains(id.index) {
        let table = ruleset[id]
        parts.append("\(table.family.rawValue) \(table.name)")
      }
    case .ruleset: break
    }
    return parts.joined(separator: "|")
  }
}

extension Report {
  /// A path as a URI reference (RFC 3986), relative to `baseDirectory` where it lies below it.
  func uri(_ path: String) -> String {
    var path = path
    if !baseDirectory.isEmpty, path.hasPrefix(baseDirectory + "/") {
      path = String(path.dropFirst(baseDirectory.count + 1))
    }
    while path.hasPrefix("./") { path = String(path.dropFirst(2)) }
    var uri = path.hasPrefix("/") ? "file://" : ""
    for byte in path.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        uri.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        uri += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return uri
  }
}
