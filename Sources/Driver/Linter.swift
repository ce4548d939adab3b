import BuiltinChecks
import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import PacketSets
import Repairs
import Reporting
import SourceText

/// The checks of a run, applied to rule sets.
struct Linter: Sendable {
  let settings: Settings
  let world: World
  private var selection: RuleSelection { settings.selection }
  private let checks: [Check]

  init(settings: Settings, world: World) {
    self.settings = settings
    self.world = world
    checks = allChecks.filter { settings.selection.enabled.contains($0.metadata.code) }
  }

  /// All findings of all rule sets; the checks of one and of several run side by side. The result does not depend on
  /// how many tasks there are.
  func lint(_ units: [LoadedUnit], jobs: Int) async -> [CheckedUnit] {
    let contexts = await concurrentMap(units, limit: jobs) { unit in
      CheckContext(Analysis(unit.lowered.ruleset, host: unit.host))
    }
    struct Work: Sendable {
      var unit: Int
      var context: CheckContext
      var check: Check
    }
    let work = contexts.enumerated().flatMap { index, context in
      checks.map { Work(unit: index, context: context, check: $0) }
    }
    let results = await concurrentMap(work, limit: jobs) { (unit: $0.unit, findings: $0.check.run($0.context)) }
    var raw = units.map { $0.lowered.problems.map(LoadChecks.finding) }
    for result in results { raw[result.unit] += result.findings }
    return zip(units, contexts).enumerated().map { index, pair in
      CheckedUnit(
        loaded: pair.0, analysis: pair.1.analysis, context: pair.1, findings: chosen(raw[index], path: pair.0.path))
    }
  }

  /// The findings of one rule set, one check after the other; for proofs.
  func findings(_ lowered: Lowered, _ analysis: Analysis, path: String) -> [Finding] {
    findings(lowered, CheckContext(analysis), path: path)
  }

  private func findings(_ lowered: Lowered, _ context: CheckContext, path: String) -> [Finding] {
    return chosen(lowered.problems.map(LoadChecks.finding) + checks.flatMap { $0.run(context) }, path: path)
  }

  /// At their chosen levels, in the order of place, code and message.
  private func chosen(_ findings: [Finding], path: String) -> [Finding] {
    let ignored = selection.ignored(in: path)
    let kept = findings.compactMap { ignored.contains($0.code) ? nil : selection.applied(to: $0) }
    // Indices are sorted, since findings are large.
    let order = kept.indices.sorted { a, b in
      if kept[a].primary != kept[b].primary { return kept[a].primary < kept[b].primary }
      return kept[a].code == kept[b].code ? kept[a].message < kept[b].message : kept[a].code < kept[b].code
    }
    return order.map { kept[$0] }
  }

  /// What the proofs of fixes need of a unit; nil when its file is not in the source map.
  func repairInput(_ unit: CheckedUnit) -> RepairInput? {
    guard let file = unit.loaded.sources[SourceID(0)] else { return nil }
    let (loaded, settings, world, context) = (unit.loaded, settings, world, unit.context)
    let reread: @Sendable (SourceFile) -> Lowered = {
      Loading.relower($0, like: loaded, settings: settings, world: world).lowered
    }
    let relint: @Sendable (Lowered, Analysis) -> [Finding] = { lowered, analysis in
      self.findings(lowered, analysis, path: loaded.path)
    }
    let relintRegions: @Sendable (Lowered, Analysis, [Box]) -> [Finding] = { lowered, analysis, regions in
      let local = context.map { CheckContext(analysis, after: $0, changedIn: regions) } ?? CheckContext(analysis)
      return self.findings(lowered, local, path: loaded.path)
    }
    return RepairInput(
      file: file, lowered: loaded.lowered, analysis: unit.analysis, findings: unit.findings,
      supports: context?.supports ?? [],
      dead: context.map { Set($0.dead.rules.map { $0.rule }) }, reread: reread, relint: relint,
      relintRegions: relintRegions)
  }
}

/// A rule set with its findings, in order.
struct CheckedUnit: Sendable {
  var loaded: LoadedUnit
  var analysis: Analysis
  /// What the checks looked at; nil when none ran.
  var context: CheckContext?
  var findings: [Finding]

  var reported: Report.Unit {
    Report.Unit(
      path: loaded.path, dialect: loaded.lowered.dialect, isLoadable: loaded.lowered.isLoadable,
      sources: loaded.sources, ruleset: loaded.lowered.ruleset)
  }
}
