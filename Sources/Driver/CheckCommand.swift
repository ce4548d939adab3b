import BuiltinChecks
import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import Lowering
import Reporting
import SourceText

/// `fwlint check`: load, analyse, check, report.
package struct CheckCommand: Sendable {
  let options: CheckOptions
  let world: World

  package init(_ options: CheckOptions, world: World) {
    self.options = options
    self.world = world
  }

  package func run() async -> ExitCode {
    do { return try await checked() } catch {
      world.complain("error", error.message)
      return .usage
    }
  }

  private func checked() async throws(UsageError) -> ExitCode {
    let selection = try RuleSelection(options)
    let outputs = try Outputs(options)
    try validate()
    let loaded = await load()
    for problem in loaded.problems { world.complain("error", "\(problem.path): \(problem.message)") }
    var report = await analyse(loaded.units, selection)
    report.unread = loaded.problems.map { ($0.path, $0.message) }
    report.version = Version.current
    report.baseDirectory = Version.trimmed(world.canonicalPath("."))
    report.checks = selection.checks
    outputs.write(report, options: options, world: world)
    return exitCode(report, loaded, selection)
  }

  private func validate() throws(UsageError) {
    for define in options.defines where !define.contains("=") {
      throw UsageError("`-D \(define)`: expected NAME=VALUE")
    }
    if let jobs = options.jobs, jobs < 1 { throw UsageError("`--jobs` needs a number above 0") }
    if let width = options.width, width < 20 { throw UsageError("`--width` needs a number of at least 20") }
    if options.maximumPerRule < 0 { throw UsageError("`--max-per-rule` needs a number of at least 0") }
  }

  private var jobs: Int { options.jobs ?? max(1, Version.coreCount) }

  struct Loaded: Sendable {
    var units: [LoadedUnit] = []
    var problems: [InputProblem] = []
  }

  func load() async -> Loaded {
    var search = FileSearch(world: world, exclude: options.exclude)
    for path in options.paths.isEmpty ? ["."] : options.paths { search.add(path) }
    var loaded = Loaded()
    loaded.problems = search.found.problems
    let (options, world) = (options, world)
    let reads = await concurrentMap(search.found.inputs, limit: jobs) { input in
      Loading.read(input, options: options, world: world)
    }
    var rulesets: [(read: Loading.Read, dialect: Dialect)] = []
    var ipsets: [Loading.Read] = []
    for read in reads {
      switch read {
      case .failure(let error): loaded.problems.append(error.problem)
      case .success(nil): break
      case .success(let read?):
        switch read.recognized {
        case .ruleset(let dialect): rulesets.append((read, dialect))
        case .ipsetSave: ipsets.append(read)
        case .unknown, .binary: break
        }
      }
    }
    let sets = ipsets
    loaded.units = await concurrentMap(rulesets, limit: jobs) { item in
      Loading.lower(item.read, dialect: item.dialect, ipsets: sets, options: options, world: world)
    }
    // A file found in a directory that another one includes is checked as part of that one.
    let included = loaded.units.reduce(into: Set<String>()) { $0.formUnion($1.included) }
    loaded.units.removeAll { $0.isFound && included.contains(world.canonicalPath($0.path)) }
    return loaded
  }

  private func analyse(_ units: [LoadedUnit], _ selection: RuleSelection) async -> Report {
    let host = HostFacts()
    let checks = allChecks.filter { selection.enabled.contains($0.metadata.code) }
    var report = Report()
    let contexts = await concurrentMap(units, limit: jobs) { unit in
      CheckContext(Analysis(unit.lowered.ruleset, host: host))
    }
    struct Work: Sendable {
      var unit: Int
      var context: CheckContext
      var check: Check
    }
    let work = contexts.enumerated().flatMap { index, context in
      checks.map { Work(unit: index, context: context, check: $0) }
    }
    let results = await concurrentMap(work, limit: jobs) { work in
      work.check.run(work.context).map { ReportedFinding(unit: work.unit, finding: $0) }
    }
    var findings = results.flatMap { $0 }
    for (index, unit) in units.enumerated() {
      findings += unit.lowered.problems.map { ReportedFinding(unit: index, finding: LoadChecks.finding($0)) }
      report.units.append(
        Report.Unit(
          path: unit.path, dialect: unit.lowered.dialect, isLoadable: unit.lowered.isLoadable, sources: unit.sources,
          ruleset: unit.lowered.ruleset))
    }
    report.findings = findings.compactMap { reported in
      guard let finding = selection.applied(to: reported.finding) else { return nil }
      return ReportedFinding(unit: reported.unit, finding: finding)
    }.sorted(by: precedes)
    return report
  }

  /// Unit, file, place, code, message: a total order but for findings that are the same in all that is shown.
  private func precedes(_ a: ReportedFinding, _ b: ReportedFinding) -> Bool {
    if a.unit != b.unit { return a.unit < b.unit }
    if a.finding.primary != b.finding.primary { return a.finding.primary < b.finding.primary }
    if a.finding.code != b.finding.code { return a.finding.code < b.finding.code }
    return a.finding.message < b.finding.message
  }

  /// Precedence 4, 2, 3, 5, 1, 0.
  private func exitCode(_ report: Report, _ loaded: Loaded, _ selection: RuleSelection) -> ExitCode {
    let hasGap = loaded.units.contains { unit in
      unit.lowered.problems.contains(where: LoadChecks.leavesGap)
        || (!options.allowsUnknown && !unit.lowered.ruleset.coverage.notUnderstood.isEmpty)
    }
    if hasGap || !loaded.problems.isEmpty { return .incomplete }
    if loaded.units.isEmpty, !options.allowsEmpty {
      world.complain("error", "no rule set found in the paths given (--allow-empty accepts that)")
      return .noInput
    }
    if let failOn = selection.failOn, report.findings.contains(where: { $0.finding.level >= failOn }) {
      return .findings
    }
    return .clean
  }
}
