import CheckKit
import FirewallModel
package import JSONText
import PacketLogs
import SourceText
package import Symptoms

/// A cause with what the driver added to it.
package struct ReportedCause: Sendable {
  package var cause: Cause
  /// What to change, best first; the first that `isOffered` can be applied.
  package var fixes: [ReportedFix]
  /// Codes of the checks that found it in the rules.
  package var codes: [String]

  package init(cause: Cause, fixes: [ReportedFix], codes: [String]) {
    self.cause = cause
    self.fixes = fixes
    self.codes = codes
  }
}

/// The answer of `fwlint why`.
package struct WhyReport: Sendable {
  /// Most damaging first.
  package var causes: [ReportedCause]
  /// What the rules may do, by checks that are not sure.
  package var possible: [String] = []
  package var unit: Report.Unit?
  package var log: LogReport?
  package var hasSysctls = false
  /// What was read on the host, and what could not be.
  package var notes: [String] = []

  package init(causes: [ReportedCause]) { self.causes = causes }

  /// The first fix of each cause as a unified diff, ready for patch(1); a place that two causes want to change is
  /// changed once.
  package var patch: [UInt8] {
    guard let unit else { return [] }
    var edits: [SourceID: [TextEdit]] = [:]
    for cause in causes where cause.cause.followsFrom == nil {
      guard let fix = cause.fixes.first, fix.isOffered, let id = fix.edits.first?.range.file else { continue }
      let taken = edits[id] ?? []
      let clashes = fix.edits.contains { new in
        taken.contains { $0.range.lower <= new.range.upper && new.range.lower <= $0.range.upper }
      }
      if !clashes { edits[id] = taken + fix.edits }
    }
    var bytes: [UInt8] = []
    for id in edits.keys.sorted() {
      guard let file = unit.sources[id], let list = edits[id] else { continue }
      bytes += Array(Patch(list, in: file).unified().utf8)
    }
    return bytes
  }

  func patch(_ fix: ReportedFix) -> String? {
    guard let unit, fix.isOffered, let id = fix.edits.first?.range.file, let file = unit.sources[id] else { return nil }
    return Patch(fix.edits, in: file).unified()
  }
}

extension WhyReport {
  /// The schema `fwlint-why/1`.
  package var json: JSONValue {
    [
      "schema": "fwlint-why/1",
      "rules": .bool(unit != nil),
      "log": .bool(log != nil),
      "sysctls": .bool(hasSysctls),
      "causes": .array(causes.enumerated().map { json($1, rank: $0 + 1) }),
      "possible": .array(possible.map { .string($0) }),
      "notes": .array(notes.map { .string($0) }),
    ]
  }

  private func json(_ reported: ReportedCause, rank: Int) -> JSONValue {
    let cause = reported.cause
    func time(_ value: Double?) -> JSONValue { value.map { $0.isFinite ? .number("\($0)") : .null } ?? .null }
    return [
      "rank": .int(rank),
      "kind": .string(cause.kind.rawValue),
      "title": .string(cause.kind.title),
      "level": .string(cause.level.rawValue),
      "certainty": .string("\(cause.certainty)"),
      "delay": delay(cause.delay),
      "count": .int(cause.count),
      "first": time(cause.first),
      "last": time(cause.last),
      "timeBase": .string("\(cause.timeBase)"),
      "observations": .array(cause.observations.map { .string($0) }),
      "by": .array(cause.places.map { place($0) }),
      "fixes": .array(reported.fixes.map { fix($0) }),
      "advice": .array(cause.advice.map { .string($0) }),
      "symptoms": .array(cause.symptoms.map { .string($0) }),
      "codes": .array(Self.unique(reported.codes).map { .string($0) }),
      "followsFrom": cause.followsFrom.map { .string($0.rawValue) } ?? .null,
    ]
  }

  static func unique(_ words: [String]) -> [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0).inserted }
  }

  private func delay(_ delay: Delay?) -> JSONValue {
    guard let delay else { return .null }
    return [
      "seconds": .number("\(delay.seconds)"),
      "atLeast": delay.bounds.map { .number("\($0.lowerBound)") } ?? .null,
      "atMost": delay.bounds.map { .number("\($0.upperBound)") } ?? .null,
      "endless": .bool(delay.isEndless),
      "measured": .bool(delay.isMeasured),
      "reason": .string(delay.reason),
    ]
  }

  private func place(_ place: Cause.Place) -> JSONValue {
    guard let unit else { return .null }
    var members: [(key: String, value: JSONValue)] = [("chain", .string(unit.ruleset.fullName(of: place.chain)))]
    if let id = place.rule, let rule = unit.ruleset.rule(id) {
      members.append(("by", "rule"))
      members += unit.place(rule.origin)
      members.append(("text", .string(text(rule.origin))))
    } else {
      members.append(("by", "policy"))
      if let range = unit.ruleset.chains.indices.contains(place.chain.index)
        ? unit.ruleset[place.chain].base?.policyOrigin ?? unit.ruleset[place.chain].origin : nil
      {
        members += unit.place(range)
      }
    }
    members.append(("probable", .bool(place.isProbable)))
    return .object(members)
  }

  private func fix(_ fix: ReportedFix) -> JSONValue {
    guard var members = unit?.fix(fix).objectMembers else {
      return [
        "title": .string(fix.title), "class": .string(fix.fixClass.rawValue),
        "instructions": .array(fix.instructions.map { .string($0) }),
      ]
    }
    members.append(("patch", patch(fix).map { .string($0) } ?? .null))
    return .object(members)
  }

  /// The text of a rule on one line.
  func text(_ range: SourceRange) -> String {
    guard let file = unit?.sources[range.file], Int(range.upper) <= file.bytes.count, range.lower <= range.upper else {
      return ""
    }
    let bytes = file.bytes[Int(range.lower)..<Int(range.upper)]
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

extension JSONValue {
  fileprivate var objectMembers: [(key: String, value: JSONValue)]? {
    if case .object(let members) = self { return members }
    return nil
  }
}
