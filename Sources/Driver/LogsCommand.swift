import FirewallAnalysis
import HostFacts
import JSONText
import Lowering
import PacketLogs
import Repairs
import Reporting
import SourceText
import Symptoms

/// `fwlint logs`: what reject and drop logs show.
package struct LogsCommand: Sendable {
  package enum Format: String, Sendable, CaseIterable { case text, json }

  /// `-` is standard input.
  package var logs: [String]
  /// The rule set that wrote them; nil: not given.
  package var ruleset: String?
  package var format = Format.text
  package var options: CheckOptions
  let world: World

  package init(logs: [String], options: CheckOptions, world: World) {
    self.logs = logs
    self.options = options
    self.world = world
  }

  package func run() async -> ExitCode {
    let settings: Settings
    do { settings = try Settings(options, world: world) } catch {
      world.complain(error)
      return .usage
    }
    var unit: CheckedUnit?
    var hasFailed = false
    if let ruleset {
      var options = settings.options
      options.paths = [ruleset]
      let loaded = await CheckCommand(options, world: world).load(settings)
      for problem in loaded.problems { world.complain("error", "\(problem.path): \(problem.message)") }
      if loaded.units.count > 1 {
        world.complain("error", "\(ruleset): \(loaded.units.count) rule sets; name the one that wrote the log")
        return .usage
      }
      unit = loaded.units.first.map { unit in
        CheckedUnit(loaded: unit, analysis: Analysis(unit.lowered.ruleset, host: unit.host), findings: [])
      }
      hasFailed = unit == nil
    }
    let read = LogReading.read(logs.isEmpty ? ["-"] : logs, host: settings.host, unit: unit, world: world)
    for problem in read.problems { world.complain("error", "\(problem.path): \(problem.message)") }
    if read.problems.count == max(1, logs.count) { return .incomplete }
    switch format {
    case .text:
      let outputs = Layout(options, world)
      world.print(read.summary.text(outputs.layout, unit: unit?.reported))
    case .json: world.print(read.summary.json(unit: unit?.reported).text(.pretty) + "\n")
    }
    return hasFailed || !read.problems.isEmpty ? .incomplete : .clean
  }
}

/// Logs read from files, for `logs` and for `check --log`.
enum LogReading {
  static func read(
    _ paths: [String], host: HostFacts, unit: CheckedUnit?, world: World
  ) -> (summary: LogSummary, problems: [InputProblem]) {
    var analysis = LogAnalysis(host: host)
    var problems: [InputProblem] = []
    for path in paths {
      do {
        try world.stream(path) { analysis.consume($0) }
        analysis.finish()
      } catch { problems.append(InputProblem(path: path, message: error.message)) }
    }
    let report = analysis.report(ruleset: unit?.analysis)
    var fixes: [[ReportedFix]] = report.symptoms.map { _ in [] }
    if let unit, let file = unit.loaded.sources[SourceID(0)] {
      let lowered = unit.loaded.lowered
      let writer = RemedyWriter(ruleset: lowered.ruleset, file: file, dialect: lowered.dialect)
      fixes = report.symptoms.map { $0.remedies.map { ReportedFix(writer.write($0)) } }
    }
    return (LogSummary(report: report, fixes: fixes), problems)
  }
}

extension ReportedFix {
  fileprivate init(_ written: WrittenRemedy) {
    self.init(
      title: written.title, fixClass: written.expected, edits: written.edits,
      status: written.refusal.map { .refused($0.reason) } ?? .notYetProved, instructions: written.instructions)
  }
}
