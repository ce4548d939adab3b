import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import JSONText
import Lowering
import Repairs
import Reporting
import SourceText
import Symptoms

/// `fwlint why`: why connections are slow, hang or are refused. Rules, logs and sysctls put together; each of them may be
/// missing.
package struct WhyCommand: Sendable {
  package enum Format: String, Sendable, CaseIterable { case text, json, diff }

  /// Files that together are one host's rules; none on a host: what can be read there.
  package var rulesets: [String] = []
  package var format = Format.text
  package var options: CheckOptions
  let world: World

  package init(options: CheckOptions, world: World) {
    self.options = options
    self.world = world
  }

  package func run() async -> ExitCode {
    var notes: [String] = []
    var options = options
    var world = world
    let isBare = rulesets.isEmpty && options.logs.isEmpty
    if isBare { (options, world) = LiveHost(world).completed(options, &notes) }
    let settings: Settings
    do { settings = try Settings(options, world: world) } catch {
      world.complain(error)
      return .usage
    }
    if (rulesets + options.logs).count(where: { $0 == "-" }) > 1 {
      world.complain("error", "standard input can be read once: as --ruleset or as --log")
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
    var report: LogReport?
    if !options.logs.isEmpty {
      let read = LogReading.report(
        options.logs, host: host?.analysis.host ?? settings.host, analysis: host?.analysis, options: options,
        world: world)
      problems += read.problems
      if read.problems.count < options.logs.count { report = read.report }
    }
    for problem in problems { world.complain("error", "\(problem.path): \(problem.message)") }
    if host == nil, report == nil, !isBare { return .incomplete }
    let diagnosis = Diagnosis(
      report: report, findings: host?.findings ?? [], analysis: host?.analysis,
      sysctls: host?.analysis.host.sysctls ?? settings.sysctls)
    let causes = diagnosis.ranked.filter { $0.certainty > .possible || $0.count > 0 }
    let possible = diagnosis.ranked.filter { $0.certainty == .possible && $0.count == 0 }
    var why = WhyReport(causes: WhyFixes(host).reported(causes, limit: 12))
    why.possible = possible.map { $0.kind.title }
    why.unit = host?.ruleset.reported
    why.log = report
    why.hasSysctls = settings.sysctls != nil
    why.notes = notes
    switch format {
    case .text: world.print(why.text(Layout(options, world).layout))
    case .json: world.print(why.json.text(.pretty) + "\n")
    case .diff: world.write(.output, why.patch)
    }
    if !problems.isEmpty || host?.ruleset.hasGap == true && !options.allowsUnknown { return .incomplete }
    if isBare, host == nil, report == nil { return .incomplete }
    return causes.contains { $0.level >= .warning && $0.followsFrom == nil } ? .findings : .clean
  }
}

extension Settings {
  /// The sysctls by themselves, for runs without a rule set.
  var sysctls: Sysctls? {
    guard sysctl != nil else { return host.sysctls }
    var sources = SourceMap()
    return self.host(for: &sources).sysctls
  }
}

/// One host's rules, checked, and what the proofs of fixes need of them.
struct CheckedHost: Sendable {
  var ruleset: HostRuleset
  var analysis: Analysis
  var findings: [Finding]
  private let paths: [String]
  private let settings: Settings
  private let world: World
  private let linter: Linter

  static func load(
    _ paths: [String], settings: Settings, world: World
  ) -> (host: CheckedHost?, problems: [InputProblem]) {
    // Standard input can be read once, and proofs read again.
    var world = world
    if paths.contains("-") {
      let bytes: [UInt8]
      do { bytes = try world.readStandardInput(Loading.maximumFileSize) } catch {
        return (nil, [InputProblem(path: "-", message: error.message)])
      }
      world.readStandardInput = { _ in bytes }
    }
    let loaded = HostRuleset.load(paths, settings: settings, world: world)
    guard let ruleset = loaded.ruleset else { return (nil, loaded.problems) }
    let analysis = Analysis(ruleset.lowered.ruleset, host: ruleset.host)
    let linter = Linter(settings: settings, world: world)
    let findings = linter.findings(ruleset.lowered, analysis, path: ruleset.path)
    return (
      CheckedHost(
        ruleset: ruleset, analysis: analysis, findings: findings, paths: paths, settings: settings, world: world,
        linter: linter), loaded.problems
    )
  }

  /// What the proof of an edit in one of the files needs; nil when there is no such file.
  func repairInput(_ id: SourceID) -> RepairInput? {
    guard let file = ruleset.sources[id] else { return nil }
    var lowered = ruleset.lowered
    if let table = lowered.ruleset.tables.first(where: { $0.origin.file == id }) { lowered.dialect = table.dialect }
    let (paths, settings, world, linter, name) = (paths, settings, world, linter, ruleset.path)
    let dialect = lowered.dialect
    let unedited = lowered
    return RepairInput(
      file: file, lowered: lowered, analysis: analysis, findings: findings,
      reread: { edited in
        // The same files, with this one's new text.
        var overlay = world
        let stdin = settings.options.standardInputName ?? "-"
        overlay.read = { (path: String, limit: Int) throws(FileError) in
          path == edited.path ? edited.bytes : try world.read(path, limit)
        }
        if edited.path == stdin { overlay.readStandardInput = { _ in edited.bytes } }
        var again = HostRuleset.load(paths, settings: settings, world: overlay).ruleset?.lowered ?? unedited
        again.dialect = dialect
        return again
      },
      relint: { linter.findings($0, $1, path: name) })
  }
}
