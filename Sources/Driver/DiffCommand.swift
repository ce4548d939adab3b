import JSONText
import Lowering
import Questions
import Reporting

/// `fwlint diff OLD NEW`: which packets fare otherwise.
package struct DiffCommand: Sendable {
  package enum Format: String, Sendable, CaseIterable { case text, json }

  package var old: [String]
  package var new: [String]
  package var format = Format.text
  package var showsAll = false
  /// Exit code 1 when a packet fares otherwise.
  package var failsOnChange = false
  package var options: CheckOptions
  let world: World

  package init(old: [String], new: [String], options: CheckOptions, world: World) {
    self.old = old
    self.new = new
    self.options = options
    self.world = world
  }

  package func run() -> ExitCode {
    do { return try compared() } catch {
      world.complain(error)
      return .usage
    }
  }

  private func compared() throws(UsageError) -> ExitCode {
    let settings = try Settings(options, world: world)
    guard let before = load(old, settings), let after = load(new, settings) else { return .incomplete }
    let diff = RulesetDiff(old: before.lowered.ruleset, new: after.lowered.ruleset, host: after.host)
    let difference = diff.run(limit: showsAll ? .max : 20)
    let report = DifferenceReport(
      old: before.reported, new: after.reported, difference: difference, assumption: diff.assumption)
    switch format {
    case .text: world.print(report.text)
    case .json: world.print(report.json.text() + "\n")
    }
    var hasGap = false
    for side in [before, after] where side.hasGap && !settings.options.allowsUnknown {
      world.complain("error", "\(side.path): some statements are not understood, so the comparison is incomplete")
      hasGap = true
    }
    if hasGap || !difference.isComplete { return .incomplete }
    return difference.total > 0 && failsOnChange ? .findings : .clean
  }

  private func load(_ paths: [String], _ settings: Settings) -> HostRuleset? {
    let loaded = HostRuleset.load(paths, settings: settings, world: world)
    for problem in loaded.problems { world.complain("error", "\(problem.path): \(problem.message)") }
    if loaded.ruleset == nil, loaded.problems.isEmpty {
      world.complain("error", "\(paths.joined(separator: " ")): no rule set found")
    }
    return loaded.ruleset
  }
}
