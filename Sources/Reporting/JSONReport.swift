import CheckKit
package import FirewallAnalysis
import FirewallModel
package import JSONText
import Packets
import SourceText

extension Report {
  /// The schema `fwlint-json/1`. Released members are never removed or given another meaning.
  package var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("schema", "fwlint-json/1"),
      ("version", .string(version)),
      ("config", configPath.map { .string($0) } ?? .null),
      ("files", .array(units.map(\.json))),
      ("findings", .array(findings.map { finding($0) })),
      ("suppressed", .array(suppressed.map { finding($0) })),
      ("coverage", coverage),
      ("unread", .array(unread.map { ["path": .string($0.path), "message": .string($0.message)] })),
    ]
    if let logs { members.append(("logs", logs.json(unit: units.count == 1 ? units[0] : nil))) }
    return .object(members)
  }

  /// The same as lines: one for each finding, and one with the coverage at the end.
  package var jsonLines: [UInt8] {
    var bytes: [UInt8] = []
    func add(_ kind: String, _ value: JSONValue) {
      guard case .object(let members) = value else { return }
      let head: [(key: String, value: JSONValue)] = [("schema", "fwlint-json/1"), ("kind", .string(kind))]
      bytes += JSONValue.object(head + members).written(.compact) + [UInt8(ascii: "\n")]
    }
    for unit in units { add("file", unit.json) }
    for reported in findings { add("finding", finding(reported)) }
    for (path, message) in unread { add("unread", ["path": .string(path), "message": .string(message)]) }
    add("coverage", coverage)
    return bytes
  }

  private var coverage: JSONValue {
    let all = units.map(\.ruleset.coverage)
    return [
      "files": .int(units.count),
      "rules": .int(units.reduce(0) { $0 + $1.ruleset.ruleCount }),
      "chains": .int(units.reduce(0) { $0 + $1.ruleset.chains.count }),
      "statements": .int(all.reduce(0) { $0 + $1.statements }),
      "notUnderstood": .int(all.reduce(0) { $0 + $1.notUnderstood.count }),
      "notModelled": .int(all.reduce(0) { $0 + $1.notModelled.count }),
      "checks": .int(checks.count),
    ]
  }

  private func finding(_ reported: ReportedFinding) -> JSONValue {
    let finding = reported.finding
    let unit = units[reported.unit]
    var members: [(key: String, value: JSONValue)] = [
      ("code", .string(finding.code)),
      ("name", checks.first { $0.code == finding.code }.map { .string($0.name) } ?? .null),
      ("level", .string(finding.level.rawValue)),
      ("confidence", .string(finding.confidence.rawValue)),
    ]
    members += unit.place(finding.primary)
    members += [
      ("message", .string(finding.message)),
      ("effect", finding.effect.map { .string($0) } ?? .null),
      ("labels", .array(finding.labels.map { .object([("message", .string($0.message))] + unit.place($0.range)) })),
      ("witness", finding.witness.map { unit.witness($0) } ?? .null),
      ("fixes", .array(reported.fixes.map { unit.fix($0) })),
    ]
    if let evidence = reported.logEvidence { members.append(("logEvidence", .string(evidence))) }
    if let suppression = reported.suppression {
      members.append(
        (
          "suppression",
          .object(
            [("reason", suppression.reason.map { .string($0) } ?? .null)] + unit.place(suppression.origin))
        ))
    }
    return .object(members)
  }
}

extension Report.Unit {
  fileprivate var json: JSONValue {
    [
      "path": .string(path),
      "dialect": .string(dialect.rawValue),
      "loadable": .bool(isLoadable),
      "rules": .int(ruleset.ruleCount),
      "chains": .int(ruleset.chains.count),
      "notUnderstood": .int(ruleset.coverage.notUnderstood.count),
      "notModelled": .int(ruleset.coverage.notModelled.count),
      "includes": .array(sources.files.dropFirst().map { .string($0.path) }),
    ]
  }

  func place(_ range: SourceRange) -> [(key: String, value: JSONValue)] {
    guard let file = sources[range.file] else {
      return [("path", .string(path)), ("line", 1), ("column", 1), ("endLine", 1), ("endColumn", 1)]
    }
    let start = file.position(of: range.lower)
    let end = file.position(of: range.upper)
    return [
      ("path", .string(file.path)),
      ("line", .int(start.line)), ("column", .int(start.column)),
      ("endLine", .int(end.line)), ("endColumn", .int(end.column)),
    ]
  }

  func fix(_ fix: ReportedFix) -> JSONValue {
    var status = "proved"
    var reason: JSONValue = .null
    switch fix.status {
    case .proved: break
    case .notYetProved: status = "not yet proved"
    case .refused(let why):
      status = "refused"
      reason = .string(why)
    }
    return [
      "class": .string(fix.fixClass.rawValue),
      "title": .string(fix.title),
      "status": .string(status),
      "reason": reason,
      "edits": .array(
        fix.edits.map { edit in
          let offsets: [(key: String, value: JSONValue)] = [
            ("startByte", .int(edit.range.lower)), ("endByte", .int(edit.range.upper)),
            ("replacement", .string(edit.replacement)),
          ]
          return .object(place(edit.range) + offsets)
        }),
      "instructions": .array(fix.instructions.map { .string($0) }),
    ]
  }

  /// `packet` in the schema of the kernel oracle, the verdict, and the rules and policies that decided it.
  package func witness(_ trace: Trace) -> JSONValue {
    var path: [JSONValue] = []
    for step in trace.steps {
      guard let word = verdictWord(step.event), ruleset.chains.indices.contains(step.chain.index) else { continue }
      let chain = ruleset[step.chain]
      let table = ruleset.tables.indices.contains(chain.table.index) ? ruleset[chain.table] : nil
      var origin = step.rule.flatMap { ruleset.rule($0)?.origin }
      if case .policy = step.event { origin = chain.base?.policyOrigin ?? chain.origin }
      let file = origin.flatMap { sources[$0.file] }
      let line = origin.flatMap { origin in file?.position(of: origin.lower).line }
      path.append([
        "hook": .string(step.hook.name),
        "family": table.map { .string($0.family.rawValue) } ?? .null,
        "table": table.map { .string($0.name) } ?? .null,
        "chain": .string(chain.name),
        "path": file.map { .string($0.path) } ?? .null,
        "line": line.map { .int($0) } ?? .null,
        "by": step.rule == nil ? "policy" : "rule",
        "verdict": .string(word),
      ])
    }
    return [
      "packet": trace.packet.json,
      "state": .string(trace.state.name),
      "verdict": .string(trace.outcome.word),
      "path": .array(path),
    ]
  }

  private func verdictWord(_ event: TraceStep.Event) -> String? {
    switch event {
    case .matched(let verdict?): ruleset.words(verdict)
    case .matched(nil): "continue"
    case .mayMatch: "may"
    case .policy(let policy): policy.rawValue
    case .failed, .end: nil
    }
  }
}
