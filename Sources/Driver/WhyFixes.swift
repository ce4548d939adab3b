import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import Repairs
import Reporting
import SourceText
import Symptoms

/// What to change for each cause, written and proved.
struct WhyFixes {
  let host: CheckedHost?

  init(_ host: CheckedHost?) { self.host = host }

  /// At most `limit` causes have their fixes proved.
  func reported(_ causes: [Cause], limit: Int) -> [ReportedCause] {
    causes.enumerated().map { index, cause in
      ReportedCause(
        cause: cause, fixes: index < limit && cause.followsFrom == nil ? fixes(cause) : [],
        codes: host.map { host in cause.findings.map { host.findings[$0].code } } ?? [])
    }
  }

  private func fixes(_ cause: Cause) -> [ReportedFix] {
    guard let host else { return cause.remedies.map(Self.unplaced) }
    var fixes: [ReportedFix] = []
    // The linter's own remedies first: the finding has to be gone.
    for index in ordered(cause, host.findings).prefix(3) {
      let finding = host.findings[index]
      guard let input = host.repairInput(finding.primary.file) else { continue }
      for proposal in Repairs.proposals(for: [finding], in: input, limit: 1).flatMap({ $0 }) {
        let fix = ReportedFix(proposal)
        if !fixes.contains(where: { $0.title == fix.title && $0.edits == fix.edits }) { fixes.append(fix) }
        if fix.isOffered { break }
      }
    }
    if !fixes.contains(where: \.isOffered) {
      for remedy in cause.remedies {
        let fix = proved(remedy, cause, host)
        if !fixes.contains(where: { $0.title == fix.title && $0.edits == fix.edits }) { fixes.append(fix) }
        if fix.isOffered { break }
      }
    }
    // What can be written stands before what is only said.
    return fixes.filter(\.isOffered) + fixes.filter { !$0.isOffered }
  }

  /// Those first that speak of the place that the log shows.
  private func ordered(_ cause: Cause, _ findings: [Finding]) -> [Int] {
    guard cause.count > 0, let place = cause.places.first else { return cause.findings }
    let here = cause.findings.filter { index in
      let decider = findings[index].witness?.decider
      return decider?.chain == place.chain && (decider?.rule == place.rule || place.rule == nil)
    }
    return here + cause.findings.filter { !here.contains($0) }
  }

  private func proved(_ remedy: Remedy, _ cause: Cause, _ host: CheckedHost) -> ReportedFix {
    guard let file = Self.file(of: remedy, host.ruleset.lowered.ruleset), let input = host.repairInput(file) else {
      return Self.unplaced(remedy)
    }
    return ReportedFix(
      Repairs.proposal(remedy, in: input) { after in cause.isMended(before: host.analysis, after: after) })
  }

  /// The file that the edits of a remedy go to; nil for what is only said.
  private static func file(of remedy: Remedy, _ ruleset: Ruleset) -> SourceID? {
    for change in remedy.changes {
      switch change {
      case .insert(_, .before(let id)), .insert(_, .after(let id)), .remove(let id), .setVerdict(let id, _),
        .addStates(let id, _):
        return ruleset.rule(id)?.origin.file
      case .insert(_, .atEnd(let id)), .insert(_, .atStart(let id)), .setPolicy(let id, _):
        return ruleset.chains.indices.contains(id.index) ? ruleset[id].origin.file : nil
      case .sysctl, .advice: continue
      }
    }
    return nil
  }

  private static func unplaced(_ remedy: Remedy) -> ReportedFix {
    let instructions = remedy.changes.compactMap { change -> String? in
      switch change {
      case .sysctl(let key, let value): "\(key) = \(value)"
      case .advice(let text): text == remedy.title ? nil : text
      default: nil
      }
    }
    return ReportedFix(
      title: remedy.title, fixClass: remedy.expected, edits: [], status: .notYetProved, instructions: instructions)
  }
}
