import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import Repairs
import Reporting
import SourceText
import Symptoms

/// `fwlint check`: load, analyse, check, report.
package struct CheckCommand: Sendable {
  let options: CheckOptions
  let world: World

  package init(_ options: CheckOptions, world: World) {
    self.options = options
    self.world = world
  }

  package func run() async -> ExitCode {
    Allocation.prefersFewSteps()
    do { return try await checked() } catch {
      world.complain(error)
      return .usage
    }
  }

  private func checked() async throws(UsageError) -> ExitCode {
    let settings = try Settings(options, world: world)
    return try await CheckCommand(settings.options, world: world).checked(settings)
  }

  private func checked(_ settings: Settings) async throws(UsageError) -> ExitCode {
    let selection = settings.selection
    let outputs = try Outputs(options)
    let fixRequest = try FixRequest.read(options)
    try validate()
    let loaded = await load(settings)
    for problem in loaded.problems { world.complain("error", "\(problem.path): \(problem.message)") }
    for unit in loaded.units { sayWhatIsMissing(unit) }
    let linter = Linter(settings: settings, world: world)
    var checked = await linter.lint(loaded.units, jobs: jobs)
    var wouldChange = false
    var couldNotWrite = false
    if let fixRequest {
      let outcome = await fix(checked, fixRequest, linter)
      if fixRequest.isDiff {
        for diff in outcome.diffs { world.write(.output, diff) }
        wouldChange = !outcome.diffs.isEmpty
      } else {
        checked = await linter.lint(outcome.units, jobs: jobs)
      }
      couldNotWrite = outcome.hasFailed
    }
    var report = await report(checked, linter, shown: fixRequest?.isDiff == true ? 0 : outputs.shownPerRule(options))
    report.unread = loaded.problems.map { ($0.path, $0.message) }
    report.version = Version.current
    report.baseDirectory = Version.trimmed(world.canonicalPath("."))
    report.checks = selection.checks
    report.configPath = settings.configPath
    var unreadLogs: [InputProblem] = []
    if !options.logs.isEmpty {
      let unit = checked.count == 1 ? checked[0] : nil
      if checked.count > 1 { world.complain("note", "several rule sets: the log is read without naming rules") }
      let read = LogReading.read(options.logs, host: settings.host, unit: unit, options: options, world: world)
      report.logs = read.summary
      for confirmation in read.summary.report.confirmations(of: report.findings.map { $0.finding }) {
        report.findings[confirmation.finding].logEvidence = confirmation.text
      }
      unreadLogs = read.problems
      for problem in unreadLogs { world.complain("error", "\(problem.path): \(problem.message)") }
      report.unread += unreadLogs.map { ($0.path, $0.message) }
    }
    if fixRequest?.isDiff != true, !outputs.write(report, options: options, world: world) { couldNotWrite = true }
    if couldNotWrite || !unreadLogs.isEmpty { return .incomplete }
    let code = exitCode(report, loaded, selection)
    guard fixRequest?.isDiff == true, code == .findings || code == .clean else { return code }
    return wouldChange ? .findings : .clean
  }

  /// One line for a rule set that was read in part only, beside the findings: where reading broke off first.
  private func sayWhatIsMissing(_ unit: LoadedUnit) {
    let gaps = unit.lowered.problems.filter { LoadChecks.leavesGap($0) }
    if let first = gaps.first {
      let file = unit.sources[first.range.file]
      let position = file?.position(of: first.range.lower)
      let place = position.map { "\(file?.path ?? unit.path):\($0.line):\($0.column)" } ?? unit.path
      let more = gaps.count > 1 ? " (and \(gaps.count - 1) more)" : ""
      let hint = first.hint.map { "; \($0)" } ?? ""
      world.complain("error", "\(place): \(first.message)\(hint)\(more); the rest is checked")
    } else if !options.allowsUnknown, let gap = unit.lowered.ruleset.coverage.notUnderstood.first {
      let position = unit.sources[gap.range.file]?.position(of: gap.range.lower)
      let place = position.map { "\(unit.sources[gap.range.file]?.path ?? unit.path):\($0.line):\($0.column)" }
      world.complain(
        "error",
        "\(place ?? unit.path): not understood: \(gap.kind); the rest is checked (--allow-unknown accepts that)")
    }
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
    /// Directories that were named and hold no rule set, though other paths do.
    var emptyDirectories: [String] = []
  }

  func load(_ settings: Settings) async -> Loaded {
    var search = FileSearch(world: world, exclude: options.exclude)
    let paths = options.paths.isEmpty ? ["."] : options.paths
    for path in paths { search.add(path) }
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
    // By canonical path: a directory that is named twice is read once.
    let known = rulesets.map { $0.read.input.path } + ipsets.map { $0.input.path } + loaded.problems.map { $0.path }
    let recognized = known.map { world.canonicalPath($0) }
    loaded.emptyDirectories = paths.filter { path in
      guard world.kind(path) == .directory else { return false }
      let directory = world.canonicalPath(path)
      let prefix = directory.hasSuffix("/") ? directory : directory + "/"
      return !recognized.contains { $0 == directory || $0.hasPrefix(prefix) }
    }
    let sets = ipsets
    loaded.units = await concurrentMap(rulesets, limit: jobs) { item in
      Loading.lower(item.read, dialect: item.dialect, ipsets: sets, settings: settings, world: world)
    }
    // A file found in a directory that another one includes is checked as part of that one.
    let included = loaded.units.reduce(into: Set<String>()) { $0.formUnion($1.included) }
    loaded.units.removeAll { $0.isFound && included.contains(world.canonicalPath($0.path)) }
    return loaded
  }

  private struct FixOutcome: Sendable {
    /// The units with the new text of those that were changed.
    var units: [LoadedUnit] = []
    var diffs: [[UInt8]] = []
    var hasFailed = false
  }

  /// Puts the fixes of each file together, and writes them unless only the difference is asked for.
  private func fix(_ checked: [CheckedUnit], _ request: FixRequest, _ linter: Linter) async -> FixOutcome {
    let combined = await concurrentMap(checked, limit: jobs) { [options, world] unit -> CombinedFix? in
      guard !unit.findings.isEmpty, let input = linter.repairInput(unit) else { return nil }
      var suppressed: [Finding] = []
      if !options.ignoresInlineSuppressions {
        let pass = SuppressionPass(
          unit.findings, of: unit.loaded, selection: linter.settings.selection, today: world.today())
        suppressed = pass.suppressed.map { $0.finding }
      }
      let selection = request.selection(excluding: Set(suppressed.map { FindingIdentity($0) }))
      return Repairs.combined(in: input, selecting: selection)
    }
    var outcome = FixOutcome()
    for (unit, fix) in zip(checked, combined) {
      outcome.units.append(unit.loaded)
      guard let fix, fix.isChanged else { continue }
      if request.isDiff {
        outcome.diffs.append(fix.diff)
        continue
      }
      if options.paths.contains("-"), unit.loaded.path == options.standardInputName ?? "-" {
        world.complain("error", "standard input cannot be rewritten; --diff prints the change")
        outcome.hasFailed = true
        continue
      }
      do { try world.replace(unit.loaded.path, fix.newBytes) } catch {
        world.complain("error", "\(unit.loaded.path): \(error.message)")
        outcome.hasFailed = true
        continue
      }
      for applied in fix.applied {
        world.complain("fixed", "\(unit.loaded.path): \(applied.finding.code): \(applied.title)")
      }
      let file = SourceFile(id: SourceID(0), path: unit.loaded.path, bytes: fix.newBytes)
      let written = Loading.relower(file, like: unit.loaded, settings: linter.settings, world: world)
      outcome.units[outcome.units.count - 1] = written
    }
    return outcome
  }

  /// The report with the fixes of what is shown proved.
  private func report(_ checked: [CheckedUnit], _ linter: Linter, shown: Int?) async -> Report {
    var report = Report()
    var shownOfCode: [String: Int] = [:]
    // Indices of findings whose fixes are to be proved, for each unit.
    var places = [[Int]](repeating: [], count: checked.count)
    for (index, unit) in checked.enumerated() {
      report.units.append(unit.reported)
      var findings = unit.findings
      if !options.ignoresInlineSuppressions {
        let pass = SuppressionPass(
          findings, of: unit.loaded, selection: linter.settings.selection, today: world.today())
        findings = pass.shown
        report.suppressed += pass.suppressed.map {
          ReportedFinding(unit: index, finding: $0.finding, suppression: $0.suppression)
        }
      }
      for finding in findings {
        let count = shownOfCode[finding.code, default: 0]
        shownOfCode[finding.code] = count + 1
        if count < shown ?? .max { places[index].append(report.findings.count) }
        report.findings.append(ReportedFinding(unit: index, finding: finding))
      }
    }
    struct Work: Sendable {
      var unit: CheckedUnit
      var findings: [Finding]
      var limit: Int
    }
    let work = zip(checked, places).map { unit, places in
      Work(unit: unit, findings: places.map { report.findings[$0].finding }, limit: shown == nil ? 200 : places.count)
    }
    let proposals = await concurrentMap(work, limit: jobs) { [options] item -> [[Proposal]] in
      guard !item.findings.isEmpty, let input = linter.repairInput(item.unit) else { return [] }
      return Repairs.proposals(
        for: item.findings, in: input, limit: item.limit, allowsLockout: options.allowsLockout)
    }
    for (places, proposals) in zip(places, proposals) {
      for (place, list) in zip(places, proposals) { report.findings[place].fixes = list.map { ReportedFix($0) } }
    }
    return report
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
    if !loaded.emptyDirectories.isEmpty, !options.allowsEmpty {
      for path in loaded.emptyDirectories {
        world.complain("error", "\(path): no rule set in this directory (--allow-empty accepts that)")
      }
      return .noInput
    }
    if let failOn = selection.failOn, report.findings.contains(where: { $0.finding.level >= failOn }) {
      return .findings
    }
    return .clean
  }
}
