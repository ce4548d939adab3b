package import JSONText
import Knowledge
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
    if !report.serverLines.isEmpty { text += servers + "\n" }
    if report.netfilter >= 20 { text += overview }
    text += counts + "\n"
    for sample in report.samples { text += "  not understood, line \(sample.line): \(printable(sample.text))\n" }
    return text
  }

  /// Lines of other logs, each with what it means.
  private var servers: String {
    var text = "\(counted(report.server, "line")) of other servers:\n"
    for entry in report.serverLines.prefix(20) {
      text += "  \(grouped(entry.count)) x \(printable(entry.topic.subject))\n"
      text += "    meaning: \(printable(entry.topic.meaning))\n    advice:  \(printable(entry.topic.advice))\n"
      text += "    today:   \(printable(entry.topic.today))\n"
      text += "    e.g.     \(printable(String(entry.example.prefix(160))))\n"
    }
    return text
  }

  /// A line of time and the busiest ports.
  private var overview: String {
    var text = ""
    let (bins, width) = report.timeline.coarse(64)
    if let most = bins.max(), most > 0, bins.count > 1 {
      let marks = Array(" ▁▂▃▄▅▆▇█")
      let line = bins.map { $0 == 0 ? " " : String(marks[max(1, min(8, ($0 * 8 + most - 1) / most))]) }.joined()
      let start = report.timeline.start
      let end = start + Double(bins.count) * width
      text += "timeline: |\(line)| \(LogTime.text(start, report.timeline.base)) to "
      text += "\(LogTime.text(end, report.timeline.base)), \(grouped(most)) lines in the fullest \(span(width))\n"
    }
    let top = report.timeline.topPairs
    guard !top.isEmpty else { return text }
    var ports: [(name: String, count: Int)] = []
    for (pair, count) in top {
      let name = "\(pair.port)/\(pair.protocolName)"
      if let index = ports.firstIndex(where: { $0.name == name }) {
        ports[index].count += count
      } else {
        ports.append((name, count))
      }
    }
    ports.sort { ($1.count, $0.name) < ($0.count, $1.name) }
    text += "busiest ports (of a sample): " + ports.prefix(6).map(\.name).joined(separator: ", ") + "\n"
    return text
  }

  private func span(_ seconds: Double) -> String {
    if seconds < 120 { return "\(Int(seconds)) s" }
    if seconds < 7200 { return "\(Int(seconds / 60)) min" }
    return seconds < 172_800 ? "\(Int(seconds / 3600)) h" : "\(Int(seconds / 86400)) days"
  }

  private var counts: String {
    var parts = [
      counted(report.lines, "line"), "\(grouped(report.netfilter)) of netfilter",
      "\(grouped(report.kernel)) other kernel messages", "\(grouped(report.server)) of known servers",
      "\(grouped(report.other)) of others",
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
      "server": .int(report.server),
      "symptoms": .array(
        report.symptoms.enumerated().map { json($1, fixes.indices.contains($0) ? fixes[$0] : [], unit) }),
      "background": .array(report.background.map { json($0, [], unit) }),
      "servers": .array(
        report.serverLines.map {
          [
            "topic": .string($0.topic.id), "subject": .string($0.topic.subject), "count": .int($0.count),
            "meaning": .string($0.topic.meaning), "advice": .string($0.topic.advice),
            "today": .string($0.topic.today), "example": .string($0.example),
          ]
        }),
      "samples": .array(report.samples.map { ["line": .int($0.line), "text": .string($0.text)] }),
    ]
  }

  /// The first fix that can be written, with its patch; else the first that is said in words; null for none.
  private func bestFix(_ fixes: [ReportedFix], _ symptom: SymptomReport, _ unit: Report.Unit?) -> JSONValue {
    if let unit, let fix = fixes.first(where: \.isOffered), let id = fix.edits.first?.range.file,
      let file = unit.sources[id]
    {
      return [
        "title": .string(fix.title), "class": .string(fix.fixClass.rawValue),
        "patch": .string(Patch(fix.edits, in: file).unified()),
      ]
    }
    if let fix = fixes.first ?? nil {
      return [
        "title": .string(fix.title), "class": .string(fix.fixClass.rawValue),
        "instructions": .array(fix.instructions.map { .string($0) }),
      ]
    }
    return symptom.advice.isEmpty ? .null : ["title": .string(symptom.advice)]
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
      "sources": .array(symptom.sources.map { ["address": .string($0.address), "count": .int($0.count)] }),
      "rule": rule,
      "explanation": .string(symptom.explanation),
      "fix": bestFix(fixes, symptom, unit),
      "timeBase": .string("\(symptom.timeBase)"),
      "probable": .bool(symptom.isProbable),
      "accepted": .bool(symptom.isAccepted),
      "needsAction": .bool(symptom.needsAction),
      "advice": .string(symptom.advice),
      "codes": .array(symptom.codes.map { .string($0) }),
      "fixes": .array(fixes.map { fix in unit?.fix(fix) ?? .null }),
    ]
  }
}
