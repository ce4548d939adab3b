import FirewallAnalysis
import FirewallModel
package import JSONText
import Packets
import Questions
import SourceText

extension DifferenceReport {
  /// Schema fwlint-diff/1.
  package var json: JSONValue {
    [
      "schema": "fwlint-diff/1",
      "equal": .bool(difference.isEqual),
      "complete": .bool(difference.isComplete),
      "changes": .array(difference.changes.map(json)),
      "more": .int(difference.total - difference.changes.count),
      "assumptions": .array(assumption.map { [.string($0)] } ?? []),
    ]
  }

  private func json(_ change: Change) -> JSONValue {
    let trace = change.witness?.old
    return [
      "from": .string(change.from.words),
      "to": .string(change.to.words),
      "hook": .string(change.hook.name),
      "certain": .bool(change.isCertain),
      "region": change.question.map { .string("\($0)") } ?? .null,
      "remarks": .array(change.remarks.map { .string($0) }),
      "narrowerRegions": .int(max(0, change.regions.count - 1)),
      "witness": trace.map { $0.packet.json } ?? .null,
      "state": trace.map { .string($0.state.name) } ?? .null,
      "old": old.json(change.witness?.old.decider ?? change.oldDecider),
      "new": new.json(change.witness?.new.decider ?? change.newDecider),
      "because": .array(change.reasons.map { .string($0) }),
    ]
  }
}

extension Report.Unit {
  /// A rule or policy with its place.
  func json(_ decider: Decider) -> JSONValue {
    guard let chain = decider.chain, ruleset.chains.indices.contains(chain.index) else { return .null }
    let own = ruleset[chain]
    let table = ruleset.tables.indices.contains(own.table.index) ? ruleset[own.table] : nil
    var origin = own.base?.policyOrigin ?? own.origin
    if let id = decider.rule, let rule = ruleset.rule(id) { origin = rule.origin }
    let file = sources[origin.file]
    return [
      "hook": .string(decider.hook.name),
      "family": table.map { .string($0.family.rawValue) } ?? .null,
      "table": table.map { .string($0.name) } ?? .null,
      "chain": .string(own.name),
      "by": decider.rule == nil ? "policy" : "rule",
      "path": file.map { .string($0.path) } ?? .null,
      "line": file.map { .int($0.position(of: origin.lower).line) } ?? .null,
      "text": file.map { .string($0.text(of: origin)) } ?? .null,
    ]
  }
}
