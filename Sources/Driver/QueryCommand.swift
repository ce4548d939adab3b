import JSONText
import Lowering
import Questions
import Reporting

/// `fwlint query RULESET… EXPR`: is there a packet that …; what shows it, or what stands in the way.
package struct QueryCommand: Sendable {
  package enum Format: String, Sendable, CaseIterable { case text, json }

  package var rulesets: [String]
  package var question: String
  package var format = Format.text
  package var options: CheckOptions
  let world: World

  package init(rulesets: [String], question: String, options: CheckOptions, world: World) {
    self.rulesets = rulesets
    self.question = question
    self.options = options
    self.world = world
  }

  package func run() -> ExitCode {
    do { return try asked() } catch {
      world.complain(error)
      return .usage
    }
  }

  private func asked() throws(UsageError) -> ExitCode {
    let parsed: PacketQuestion
    do { parsed = try PacketQuestion(parsing: question) } catch {
      throw UsageError(lines: "the question: \(error.text(of: question))")
    }
    let settings = try Settings(options, world: world)
    let loaded = HostRuleset.load(rulesets, settings: settings, world: world)
    for problem in loaded.problems { world.complain("error", "\(problem.path): \(problem.message)") }
    guard let host = loaded.ruleset else {
      if loaded.problems.isEmpty { world.complain("error", "no rule set found in the paths given") }
      return loaded.problems.isEmpty ? .noInput : .incomplete
    }
    let answer: Answer
    do { answer = try Questioner(host.lowered.ruleset, host: host.host).ask(parsed) } catch {
      throw UsageError(lines: "the question: \(error.text(of: question))")
    }
    switch format {
    case .text: world.print(host.reported.text(answer))
    case .json: world.print(host.reported.json(answer).text() + "\n")
    }
    if host.hasGap, !settings.options.allowsUnknown {
      world.complain("error", "\(host.path): some statements are not understood, so the answer is incomplete")
      return .incomplete
    }
    switch answer.verdict {
    case .yes: return .clean
    case .no: return .findings
    case .may: return .incomplete
    }
  }
}
