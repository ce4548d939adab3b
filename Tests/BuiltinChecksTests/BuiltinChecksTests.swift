import BuiltinChecks
import CheckKit
import FirewallAnalysis
import FirewallModel
import Foundation
import Lowering
import SourceText
import TestSupport
import Testing

@Suite struct BuiltinChecksTests {
  @Test(arguments: Fixture.all.filter { $0.isBad })
  func `a bad fixture is reported where it is marked`(_ fixture: Fixture) {
    let linted = LintedText(fixture.text, LintedText.dialect(ofName: fixture.name))
    #expect(linted.lowered.problems.isEmpty, "\(linted.lowered.problems.map(\.message))")
    let found = linted.findings.map { "\($0.code) line \(linted.line($0)): \($0.message)" }
    let marks = linted.expected.filter { $0.code == fixture.code }
    #expect(!marks.isEmpty, "no `# expect: \(fixture.code)` line")
    for mark in linted.expected {
      let hit = linted.findings(of: mark.code).contains { linted.line($0) == mark.line }
      #expect(hit, "\(mark.code) expected at line \(mark.line); found \(found)")
    }
    for finding in linted.findings(of: fixture.code) {
      let marked = marks.contains { $0.line == linted.line(finding) }
      #expect(marked, "unmarked \(fixture.code) at line \(linted.line(finding)): \(finding.message)")
    }
  }

  @Test(arguments: Fixture.all.filter { !$0.isBad && $0.name.hasPrefix("ok_") })
  func `an ok fixture is not reported`(_ fixture: Fixture) {
    let linted = LintedText(fixture.text, LintedText.dialect(ofName: fixture.name))
    #expect(linted.lowered.problems.isEmpty, "\(linted.lowered.problems.map(\.message))")
    for finding in linted.findings(of: fixture.code) {
      Issue.record("\(fixture.code) at line \(linted.line(finding)): \(finding.message)")
    }
  }

  @Test(arguments: allChecks.map { $0.metadata.code })
  func `page examples fire and their corrected forms are silent`(_ code: String) throws {
    let check = try #require(allChecks.first { $0.metadata.code == code })
    for example in check.metadata.page.examples {
      let bad = LintedText(example.bad, example.dialect)
      #expect(bad.lowered.problems.isEmpty, "\(bad.lowered.problems.map(\.message))")
      let found = bad.findings.map { "\($0.code) line \(bad.line($0)): \($0.message)" }
      #expect(!bad.findings(of: code).isEmpty, "bad \(example.dialect.rawValue) example is silent; found \(found)")
      let good = LintedText(example.good, example.dialect)
      #expect(good.lowered.problems.isEmpty, "\(good.lowered.problems.map(\.message))")
      for finding in good.findings(of: code) {
        Issue.record("corrected \(example.dialect.rawValue) example: line \(good.line(finding)): \(finding.message)")
      }
    }
  }

  @Test(arguments: Fixture.all)
  func `every finding obeys the rules of texts and witnesses`(_ fixture: Fixture) {
    let linted = LintedText(fixture.text, LintedText.dialect(ofName: fixture.name))
    for finding in linted.findings {
      #expect(!finding.message.hasSuffix("."), "\(finding.message)")
      #expect(finding.message.first?.isUppercase != true || startsWithName(finding.message), "\(finding.message)")
      #expect(!finding.message.contains("\n"), "\(finding.message)")
      for remedy in finding.remedies {
        #expect(!remedy.title.hasSuffix(".") && !remedy.changes.isEmpty, "\(remedy.title)")
      }
      if finding.level == .error { #expect(finding.witness != nil, "\(finding.code): an error without a witness") }
      if finding.confidence == .proved, let witness = finding.witness {
        let again = linted.context.analysis.trace(witness.packet)
        #expect(again.outcome == witness.outcome, "\(finding.code): the witness has another fate")
      }
    }
  }

  /// Messages may start with a name that is written in capitals.
  private func startsWithName(_ message: String) -> Bool {
    let word = message.prefix { !$0.isWhitespace }
    return word.dropFirst().contains { $0.isUppercase } || word.contains("4") || word.contains("6")
  }
}
