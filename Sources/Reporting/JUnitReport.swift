import CheckKit
import SourceText

extension Report {
  /// One suite for each file and one case for each check, passed ones too. Errors and warnings fail a case; notes stand
  /// in its output. What could not be read is an error of its own suite.
  package var junit: String {
    var suites = ""
    var (tests, failures) = (0, 0)
    for (index, unit) in units.enumerated() {
      let own = Dictionary(grouping: findings.filter { $0.unit == index }) { $0.finding.code }
      // A code that no enabled check has (a suppression's, for instance) gets a case too.
      let codes = checks.map(\.code) + own.keys.filter { code in !checks.contains { $0.code == code } }.sorted()
      var cases = ""
      var failed = 0
      for code in codes {
        let found = own[code] ?? []
        if found.contains(where: { $0.finding.level > .note }) { failed += 1 }
        cases += testCase(code, unit.path, found)
      }
      suites += "  <testsuite name=\"\(xml(relative(unit.path)))\" tests=\"\(codes.count)\" failures=\"\(failed)\" "
      suites += "errors=\"0\" skipped=\"0\">\n\(cases)  </testsuite>\n"
      tests += codes.count
      failures += failed
    }
    for (path, message) in unread {
      suites += "  <testsuite name=\"\(xml(relative(path)))\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n"
      suites += "    <testcase name=\"read\" classname=\"\(xml(relative(path)))\">\n"
      suites += "      <error message=\"\(xml(message))\"/>\n    </testcase>\n  </testsuite>\n"
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      + "<testsuites name=\"fwlint\" tests=\"\(tests + unread.count)\" failures=\"\(failures)\" "
      + "errors=\"\(unread.count)\">\n\(suites)</testsuites>\n"
  }

  private func testCase(_ code: String, _ path: String, _ found: [ReportedFinding]) -> String {
    let name = checks.first { $0.code == code }.map { "\(code) \($0.name)" } ?? code
    let head = "    <testcase name=\"\(xml(name))\" classname=\"\(xml(relative(path)))\""
    if found.isEmpty { return head + "/>\n" }
    func lines(_ list: [ReportedFinding]) -> String {
      list.map { reported in
        let place = place(reported)
        let head = "\(place.path):\(place.start.line):\(place.start.column): \(reported.finding.level.rawValue)"
        return xml("\(head): \(reported.finding.message)") + "\n"
      }
      .joined()
    }
    let serious = found.filter { $0.finding.level > .note }
    let notes = found.filter { $0.finding.level == .note }
    var text = head + ">\n"
    if let first = serious.first {
      text += "      <failure message=\"\(xml(first.finding.message))\" type=\"\(first.finding.level.rawValue)\">"
      text += lines(serious) + "</failure>\n"
    }
    if !notes.isEmpty { text += "      <system-out>\(lines(notes))</system-out>\n" }
    return text + "    </testcase>\n"
  }
}
