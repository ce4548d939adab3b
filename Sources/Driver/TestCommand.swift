import CheckKit
import HostFacts
import JSONText
import Lowering
import PolicyFiles
import Questions
import Reporting
import SourceText

/// `fwlint test RULESET… EXPECT.yml`: assertions as tests.
package struct TestCommand: Sendable {
  package enum Format: String, Sendable, CaseIterable { case text, json, junit }

  package var rulesets: [String]
  package var expectations: String
  package var format = Format.text
  /// Undecided assertions pass.
  package var allowsMay = false
  package var options: CheckOptions
  let world: World

  package init(rulesets: [String], expectations: String, options: CheckOptions, world: World) {
    self.rulesets = rulesets
    self.expectations = expectations
    self.options = options
    self.world = world
  }

  package func run() -> ExitCode {
    do { return try tested() } catch {
      world.complain(error)
      return .usage
    }
  }

  private func tested() throws(UsageError) -> ExitCode {
    let bytes: [UInt8]
    do { bytes = try world.read(expectations, 1 << 20) } catch {
      throw UsageError("\(expectations): \(error.message)")
    }
    let expected: Expectations
    switch Expectations.read(bytes, path: expectations) {
    case .failure(let problems): throw UsageError(lines: problems.text)
    case .success(let read): expected = read
    }
    let settings = try Settings(options, world: world)
    let loaded = HostRuleset.load(rulesets, settings: settings, world: world)
    for problem in loaded.problems { world.complain("error", "\(problem.path): \(problem.message)") }
    guard let host = loaded.ruleset else {
      if loaded.problems.isEmpty { world.complain("error", "no rule set found in the paths given") }
      return loaded.problems.isEmpty ? .noInput : .incomplete
    }
    // The file's own facts, unless the command line gives others.
    let facts = options.host == nil ? expected.host?.facts ?? host.host : host.host
    let questioner = Questioner(host.lowered.ruleset, host: facts)
    var report = AssertionReport(unit: host.reported, path: expectations)
    var problems: [String] = []
    for assertion in expected.assertions {
      do {
        let answer = try questioner.ask(assertion.question)
        report.cases.append(
          AssertionReport.Case(
            title: assertion.title, kind: assertion.kind.rawValue, text: assertion.text, level: assertion.level,
            help: assertion.help, line: assertion.line, result: result(assertion, answer), answer: answer))
      } catch {
        problems.append(assertion.problem(error, path: expectations, bytes: bytes).text)
      }
    }
    if !problems.isEmpty { throw UsageError(lines: problems.joined(separator: "\n")) }
    switch format {
    case .text: world.print(report.text)
    case .json: world.print(report.json.text() + "\n")
    case .junit: world.print(report.junit)
    }
    if host.hasGap, !settings.options.allowsUnknown {
      world.complain("error", "\(host.path): some statements are not understood, so the answers are incomplete")
      return .incomplete
    }
    return report.failures.contains { $0.level > .note } ? .findings : .clean
  }

  private func result(_ assertion: Expectations.Assertion, _ answer: Answer) -> AssertionReport.Result {
    switch answer.verdict {
    case .may: allowsMay || assertion.allowsMay ? .pass : .may
    case .yes: assertion.kind == .must ? .pass : .fail
    case .no: assertion.kind == .must ? .fail : .pass
    }
  }
}
