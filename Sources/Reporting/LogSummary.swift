package import JSONText
import PacketLogs
import CheckKit
import FirewallModel
import SourceText
package import Symptoms

/// What the logs of a run show, with the remedies written for the rule set.
package struct LogSummary: Sendable {
  package var report: LogReport
  /// For each symptom of the report.
  package var fixes: [[ReportedFix]]

  package init(report: LogReport, fixes: [[ReportedFix]]) {
    self.report = report
    self.fixes = fixes
  }

  /// For people: one block for each symptom, then background noise and what was read.
  package func text(_ layout: TextLayout, unit: Report.Unit?) -> String {
    var text = ""
    for (index, symptom) in report.symptoms.enumerated() {
      text += block(symptom, fixes.indices.contains(index) ? fixes[index] : [], layout, unit) + "\n"
    }
    if let line = report.backgroundLine { text += printable(line) + "\n" }
    text += counts + "\n"
    for sample in report.samples { text += "  not understood, line \(sample.line): \(printable(sample.text))\n" }
    return text
  }

  private var counts: String {
    var parts = [
      counted(report.lines, "line"), "\(grouped(report.netfilter)) of netfilter",
      "\(grouped(report.kernel)) other kernel messages", "\(grouped(report.other)) of others",
      "\(grouped(report.notUnderstood)) not understood",
    ]
    if report.symptoms.isEmpty { parts.insert("no symptoms", at: 0) }
    let note = report.isApproximate ? " Counts by source are lower bounds." : ""
    return parts.joined(separator: ", ") + "." + note
  }

  private func block(
    _ symptom: SymptomReport, _ fixes: [ReportedFix], _ layout: TextLayout, _ unit: Report.Unit?
  ) -> String {
    let style = layout.style
    var head = "\(grouped(symptom.count)) of \(counted(report.netfilter, "line")): \(symptom.name)"
    let codes = symptom.codes.joined(separator: " ")
    head += String(repeating: " ", count: max(4, 84 - head.count - codes.count)) + codes
    var text = style.level(symptom.level, head) + "\n"
    var facts: [String] = []
    if let first = symptom.first, let last = symptom.last {
      let (from, to) = (LogTime.text(first, symptom.timeBase), LogTime.text(last, symptom.timeBase))
      facts.append(from == to ? from : "\(from) to \(to)")
    }
    if !symptom.sources.isEmpty {
      let shown = symptom.sources.prefix(3).map { "\(printable($0.address)) (\(grouped($0.count)))" }
      let rest = symptom.sources.count - shown.count
      facts.append("from \(shown.joined(separator: ", "))" + (rest > 0 ? " and \(rest) more" : ""))
    }
    if let place = place(symptom, unit) { facts.append((symptom.isProbable ? "probably by: " : "by: ") + place) }
    if !facts.isEmpty { text += "  " + facts.joined(separator: "   ") + "\n" }
    text += "  meaning: \(printable(symptom.explanation))\n"
    if let cause = symptom.dependsOn { text += "  cause:   follows from \(printable(cause))\n" }
    if !symptom.advice.isEmpty { text += "  advice:  \(printable(symptom.advice))\n" }
    if symptom.isAccepted {
      text +=
        "  note:    the rule set given accepts these packets: a log of accepted traffic, or the rules have changed\n"
    }
    for fix in fixes { text += self.fix(fix, unit, style) }
    return text
  }

  private func fix(_ fix: ReportedFix, _ unit: Report.Unit?, _ style: Style) -> String {
    var text = "  fix:     \(printable(fix.title))\n"
    if case .refused(let reason) = fix.status { text += "           (no edit: \(printable(reason)))\n" }
    for line in fix.instructions { text += "           \(printable(line))\n" }
    guard let unit, fix.isOffered, let id = fix.edits.first?.range.file, let file = unit.sources[id] else {
      return text
    }
    for hunk in Patch(fix.edits, in: file).hunks {
      for (index, line) in hunk.oldLines.enumerated() {
        text += "    " + style.removed("\(printable(file.path)):\(hunk.oldStart + index): - \(shown(line))") + "\n"
      }
      for (index, line) in hunk.newLines.enumerated() {
        text += "    " + style.added("\(printable(file.path)):\(hunk.newStart + index): + \(shown(line))") + "\n"
      }
    }
    return text
  }

  private func shown(_ line: String) -> String {
    printable(line.split(whereSeparator: { $0 == "\n" || $0 == "\t" || $0 == "\r\n" }).joined(separator: " "))
  }

  private func place(_ symptom: SymptomReport, _ unit: Report.Unit?) -> String? {
    guard let unit, let chain = symptom.rule?.chain ?? symptom.chain else { return nil }
    let name = unit.ruleset.fullName(of: chain)
    guard let id = symptom.rule, let rule = unit.ruleset.rule(id) else { return "\(name), policy" }
    return "\(name), \(unit.place(of: rule.origin))"
  }

  /// The schema `fwlint-logs/1`.
  package func json(unit: Report.Unit?) -> JSONValue {
    [
      "schema": "fwlint-logs/1",
      "lines": .int(report.lines),
      "netfilter": .int(report.netfilter),
      "kernel": .int(report.kernel),
      "other": .int(report.other),
      "notUnderstood": .int(report.notUnderstood),
      "approximate": .bool(report.isApproximate),
      "symptoms": .array(
        report.symptoms.enumerated().map { json($1, fixes.indices.contains($0) ? fixes[$0] : [], unit) }),
      "background": .array(report.background.map { json($0, [], unit) }),
      "samples": .array(report.samples.map { ["line": .int($0.line), "text": .string($0.text)] }),
    ]
  }

  private func json(_ symptom: SymptomReport, _ fixes: [ReportedFix], _ unit: Report.Unit?) -> JSONValue {
    func time(_ value: Double?) -> JSONValue {
      value.map { $0.isFinite ? .number("\($0)") : .null } ?? .null
    }
    var rule: JSONValue = .null
    if let unit, let chain = symptom.rule?.chain ?? symptom.chain {
      var members: [(key: String, value: JSONValue)] = [("chain", .string(unit.ruleset.fullName(of: chain)))]
      if let id = symptom.rule, let origin = unit.ruleset.rule(id)?.origin {
        members += unit.place(origin)
        members.append(("by", "rule"))
      } else {
        members.append(("by", "policy"))
      }
      rule = .object(members)
    }
    return [
      "name": .string(symptom.name),
      "level": .string(symptom.level.rawValue),
      "count": .int(symptom.count),
      "first": time(symptom.first),
      "last": time(symptom.last),
      "timeBase": .string("\(symptom.timeBase)"),
      "sources": .array(symptom.sources.map { ["address": .string($0.address), "count": .int($0.count)] }),
      "rule": rule,
      "probable": .bool(symptom.isProbable),
      "accepted": .bool(symptom.isAccepted),
      "needsAction": .bool(symptom.needsAction),
      "explanation": .string(symptom.explanation),
      "advice": .string(symptom.advice),
      "codes": .array(symptom.codes.map { .string($0) }),
      "fixes": .array(fixes.map { fix in unit?.fix(fix) ?? .null }),
    ]
  }
}
