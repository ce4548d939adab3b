import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import Reporting
import Symptoms

/// `fwlint report`: rules and logs of a host as one HTML file that needs no network.
package struct ReportCommand: Sendable {
  package var rulesets: [String] = []
  /// Where to write it; nil: standard output.
  package var html: String?
  package var options: CheckOptions
  let world: World

  package init(options: CheckOptions, world: World) {
    self.options = options
    self.world = world
  }

  package func run() async -> ExitCode {
    let settings: Settings
    do { settings = try Settings(options, world: world) } catch {
      world.complain(error)
      return .usage
    }
    if rulesets.isEmpty, options.logs.isEmpty {
      world.complain("error", "nothing to report on: give rules with --ruleset, logs as arguments, or both")
      return .usage
    }
    var problems: [InputProblem] = []
    var host: CheckedHost?
    if !rulesets.isEmpty {
      let loaded = CheckedHost.load(rulesets, settings: settings, world: world)
      problems += loaded.problems
      host = loaded.host
      if host == nil, loaded.problems.isEmpty {
        problems.append(InputProblem(path: rulesets.joined(separator: ", "), message: "holds no rule set"))
      }
    }
    var log: LogReport?
    if !options.logs.isEmpty {
      let read = LogReading.report(
        options.logs, host: host?.analysis.host ?? settings.host, analysis: host?.analysis, options: options,
        world: world)
      problems += read.problems
      if read.problems.count < options.logs.count { log = read.report }
    }
    for problem in problems { world.complain("error", "\(problem.path): \(problem.message)") }
    guard host != nil || log != nil else { return .incomplete }
    let diagnosis = Diagnosis(
      report: log, findings: host?.findings ?? [], analysis: host?.analysis,
      sysctls: host?.analysis.host.sysctls ?? settings.sysctls)
    let causes = diagnosis.ranked.filter { $0.certainty > .possible || $0.count > 0 }
    var page = HTMLReport(causes: WhyFixes(host).reported(causes, limit: 12))
    page.unit = host?.ruleset.reported
    page.findings = host?.findings ?? []
    page.log = log
    page.logPaths = options.logs
    page.version = Version.current
    let today = world.today()
    page.date = "\(today.year)-\(today.month < 10 ? "0" : "")\(today.month)-\(today.day < 10 ? "0" : "")\(today.day)"
    let bytes = Array(page.text.utf8)
    if let html {
      do { try world.replace(html, bytes) } catch {
        world.complain("error", "\(html): \(error.message)")
        return .incomplete
      }
    } else {
      world.write(.output, bytes)
    }
    return problems.isEmpty ? .clean : .incomplete
  }
}
