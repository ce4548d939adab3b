import CheckKit
import FirewallAnalysis
import FirewallModel
import SourceText

extension Report {
  /// The findings for people, as `cli` shows them: excerpt, witness, effect, help with its patch.
  package func text(_ layout: TextLayout) -> String {
    var blocks: [String] = []
    var shown: [String: Int] = [:]
    var hidden: [String: Int] = [:]
    for finding in findings {
      let code = finding.finding.code
      let count = shown[code, default: 0]
      if layout.maximumPerRule > 0, count >= layout.maximumPerRule {
        hidden[code, default: 0] += 1
        continue
      }
      shown[code] = count + 1
      blocks.append(FindingText(report: self, layout: layout).render(finding))
    }
    var text = blocks.joined(separator: "\n")
    if !blocks.isEmpty { text += "\n" }
    for code in hidden.keys.sorted() {
      text += "... and \(grouped(hidden[code] ?? 0)) more of \(code) (--max-per-rule 0 shows all)\n"
    }
    if !hidden.isEmpty { text += "\n" }
    if let logs { text += logs.text(layout, unit: units.count == 1 ? units[0] : nil) + "\n" }
    if layout.isQuiet, findings.isEmpty { return text }
    return text + (layout.showsStatistics ? statistics : "") + summary + "\n"
  }

  /// One line for each check that found something: how many, code, name.
  private var statistics: String {
    let counts = findings.reduce(into: [String: Int]()) { $0[$1.finding.code, default: 0] += 1 }
    let width = counts.values.map { grouped($0).count }.max() ?? 1
    let lines = checks.compactMap { check -> String? in
      guard let count = counts[check.code] else { return nil }
      let number = grouped(count)
      return String(repeating: " ", count: width - number.count) + "\(number)  \(check.code)  \(check.name)\n"
    }
    return lines.isEmpty ? "" : lines.joined() + "\n"
  }

  /// One line for each finding, for editors and grep.
  package func concise(_ layout: TextLayout) -> String {
    var text = ""
    for reported in findings {
      let finding = reported.finding
      let place = units[reported.unit].place(of: finding.primary)
      let head = layout.style.level(finding.level, "\(finding.level.rawValue)[\(finding.code)]")
      text += "\(place): \(head) \(printable(finding.message)) [\(finding.confidence.rawValue)]\n"
    }
    return layout.isQuiet && findings.isEmpty ? text : text + summary + "\n"
  }

  /// `1 error. 2 rules in 1 chain checked, 0 not understood, 31 lint rules on. 1 fix available (--fix=widen).`
  package var summary: String {
    var sentences: [String] = []
    let counts = [Level.error, .warning, .note].compactMap { level in
      let count = findings.indices.reduce(0) { $0 + (findings[$1].finding.level == level ? 1 : 0) }
      return count > 0 ? counted(count, level.rawValue) : nil
    }
    sentences.append(counts.isEmpty ? "no findings" : counts.joined(separator: ", "))
    if !suppressed.isEmpty { sentences[0] += " (\(counted(suppressed.count, "suppressed finding")))" }
    let rules = units.reduce(0) { $0 + $1.ruleset.ruleCount }
    let chains = units.reduce(0) { $0 + $1.ruleset.chains.count }
    let gaps = units.reduce(0) { $0 + $1.ruleset.coverage.notUnderstood.count }
    let unmodelled = units.reduce(0) { $0 + $1.ruleset.coverage.notModelled.count }
    var coverage = "\(counted(rules, "rule")) in \(counted(chains, "chain")) checked, \(grouped(gaps)) not understood"
    if unmodelled > 0 { coverage += ", \(grouped(unmodelled)) not modelled" }
    coverage += ", \(counted(checks.count, "lint rule")) on"
    sentences.append(coverage)
    if !unread.isEmpty { sentences.append("\(counted(unread.count, "input")) could not be read") }
    let offered = findings.indices.compactMap { findings[$0].fixes.first(where: \.isOffered) }
    if !offered.isEmpty {
      let classes = FixClass.allCases.filter { fixClass in offered.contains { $0.fixClass == fixClass } }
      let flags = classes.map { $0 == .equivalent ? "--fix" : "--fix=\($0.rawValue)" }.joined(separator: ", ")
      sentences.append("\(counted(offered.count, "fix", plural: "fixes")) available (\(flags))")
    }
    return sentences.joined(separator: ". ") + "."
  }
}

extension Report.Unit {
  /// `gateway.nft:7:12`.
  func place(of range: SourceRange) -> String {
    guard let file = sources[range.file] else { return printable(path) }
    let position = file.position(of: range.lower)
    return "\(printable(file.path)):\(position.line):\(position.column)"
  }
}

/// One finding in the text format.
struct FindingText {
  let report: Report
  let layout: TextLayout

  private var style: Style { layout.style }

  func render(_ reported: ReportedFinding) -> String {
    let finding = reported.finding
    let unit = report.units[reported.unit]
    let head = style.level(finding.level, "\(finding.level.rawValue)[\(finding.code)]")
    var lines = wrapped(head + style.bold(": " + printable(finding.message)), indent: 2)
    let width = (layout.width ?? 170) - 10
    let excerpt = Excerpt(sources: unit.sources, style: style, level: finding.level, lineWidth: width)
    let (source, gutter) = excerpt.lines(primary: finding.primary, labels: finding.labels)
    lines += source
    let blank = String(repeating: " ", count: gutter + 1)
    lines += facts(reported, unit, blank)
    for fix in reported.fixes { lines += help(fix, unit, gutter: gutter, blank) }
    if report.checks.contains(where: { $0.code == finding.code }) {
      lines.append(blank + style.frame(" = ") + "explain: fwlint explain \(finding.code)")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func facts(_ reported: ReportedFinding, _ unit: Report.Unit, _ blank: String) -> [String] {
    let finding = reported.finding
    var lines: [String] = []
    if let witness = finding.witness {
      let words = WitnessText(ruleset: unit.ruleset, sources: unit.sources)
      lines += item("witness: ", words.packet(witness), blank)
      let indent = String(repeating: " ", count: blank.count + 3 + 9)
      for step in words.way(witness) { lines += wrapped(indent + "-> " + printable(step), indent: indent.count + 3) }
    }
    if let effect = finding.effect { lines += item("effect:  ", effect, blank) }
    if let evidence = reported.logEvidence { lines += item("log:     ", evidence, blank) }
    lines += item("confidence: ", finding.confidence.rawValue + grounds(finding, unit), blank)
    return lines
  }

  /// What stands behind `proved` when a policy decides: the whole chain was walked.
  private func grounds(_ finding: Finding, _ unit: Report.Unit) -> String {
    guard finding.confidence == .proved, let decider = finding.witness?.decider, decider.rule == nil,
      let chain = decider.chain, unit.ruleset.chains.indices.contains(chain.index)
    else { return "" }
    switch unit.ruleset[chain].rules.count {
    case 0: return " (the chain has no rules)"
    case 1: return " (the one rule of the chain checked)"
    case 2: return " (both rules of the chain checked)"
    case let count: return " (all \(grouped(count)) rules of the chain checked)"
    }
  }

  /// `= name: text`, wrapped under its first word.
  private func item(_ name: String, _ text: String, _ blank: String) -> [String] {
    wrapped(blank + style.frame(" = ") + name + printable(text), indent: blank.count + 3 + name.count)
  }

  private func help(_ fix: ReportedFix, _ unit: Report.Unit, gutter: Int, _ blank: String) -> [String] {
    var lines: [String] = []
    switch fix.status {
    case .refused(let reason):
      lines += item("help: ", "\(fix.title) (no edit is offered: \(reason))", blank)
      return lines
    case .proved, .notYetProved: break
    }
    var title = fix.title
    if !fix.edits.isEmpty {
      let flag = fix.fixClass == .equivalent ? "--fix" : "--fix=\(fix.fixClass.rawValue)"
      title += "       [\(classWords(fix.fixClass)); apply with \(flag)]"
    } else if fix.fixClass == .host {
      title += "       [on the host; not written into the rule set]"
    }
    lines += item("help: ", title, blank)
    for instruction in fix.instructions {
      lines.append(blank + style.frame(" | ") + style.added("  " + printable(instruction)))
    }
    guard !fix.edits.isEmpty else { return lines }
    lines += patch(fix.edits, unit, gutter: gutter, blank)
    switch fix.status {
    case .proved:
      lines += item("fix check: ", fix.proof.isEmpty ? proofWords(fix.fixClass) : fix.proof, blank)
    case .notYetProved: lines += item("fix check: ", "not yet proved", blank)
    case .refused: break
    }
    return lines
  }

  /// The lines that change, with the line before them.
  private func patch(_ edits: [TextEdit], _ unit: Report.Unit, gutter: Int, _ blank: String) -> [String] {
    var lines = [blank + style.frame(" |")]
    let ids = Array(Set(edits.map(\.range.file))).sorted()
    let width = (layout.width ?? 170) - 10
    func number(_ value: Int, _ sign: String) -> String {
      let digits = String(value)
      return " " + String(repeating: " ", count: max(0, gutter - digits.count)) + digits + " " + sign + " "
    }
    func cut(_ text: String) -> String {
      let line = text.utf8.last == UInt8(ascii: "\n") ? String(text.unicodeScalars.dropLast()) : text
      let shown = line.split(separator: "\t", omittingEmptySubsequences: false).map { printable(String($0)) }
        .joined(separator: "    ")
      return shown.unicodeScalars.count > width
        ? String(String.UnicodeScalarView(shown.unicodeScalars.prefix(width))) + "…" : shown
    }
    for id in ids {
      guard let file = unit.sources[id] else { continue }
      if ids.count > 1 { lines.append("\(blank)\(style.frame(":::")) \(printable(file.path))") }
      var lastLine = 0
      for hunk in Patch(edits, in: file).hunks {
        if hunk.oldStart - 1 > lastLine, lastLine > 0 { lines.append(style.frame("...")) }
        if hunk.oldStart > 1, hunk.oldStart - 1 > lastLine {
          lines.append(style.frame(number(hunk.oldStart - 1, "|")) + cut(file.textOfLine(hunk.oldStart - 1)))
        }
        for (index, line) in hunk.oldLines.enumerated() {
          lines.append(style.removed(number(hunk.oldStart + index, "-") + cut(line)))
        }
        for (index, line) in hunk.newLines.enumerated() {
          lines.append(style.added(number(hunk.newStart + index, "+") + cut(line)))
        }
        lastLine = hunk.oldStart + hunk.oldLines.count - 1
      }
    }
    lines.append(blank + style.frame(" |"))
    return lines
  }

  private func classWords(_ fixClass: FixClass) -> String {
    switch fixClass {
    case .equivalent: "changes no packet's fate"
    case .response: "changes the answer"
    case .narrow: "narrows"
    case .widen: "widens"
    case .change: "changes what is accepted"
    case .host: "host"
    }
  }

  private func proofWords(_ fixClass: FixClass) -> String {
    switch fixClass {
    case .equivalent: "every packet has the same verdict and answer as before"
    case .response: "the same packets are accepted; only the answer changes"
    case .narrow: "no packet is accepted that was not before; the finding is gone"
    case .widen: "no accepted packet is lost; the finding is gone"
    case .change: "some packets are newly accepted and some no longer; the finding is gone"
    case .host: ""
    }
  }

  /// Breaks a line at spaces; only when a width is given.
  private func wrapped(_ line: String, indent: Int) -> [String] {
    guard let width = layout.width, line.unicodeScalars.count > width else { return [line] }
    let pad = String(repeating: " ", count: min(indent, width / 2))
    var lines: [String] = []
    var current = ""
    var length = 0
    for (index, word) in line.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
      let count = visibleCount(word)
      if length + 1 + count > width, length > pad.count, !current.allSatisfy({ $0 == " " }) {
        lines.append(current)
        current = pad + word
        length = pad.count + count
      } else {
        current += index == 0 ? String(word) : " " + word
        length += index == 0 ? count : count + 1
      }
    }
    lines.append(current)
    return lines
  }

  /// Columns of a word without its colour codes.
  private func visibleCount(_ word: Substring) -> Int {
    var count = 0
    var inEscape = false
    for scalar in word.unicodeScalars {
      if scalar == "\u{1b}" { inEscape = true } else if inEscape { inEscape = scalar != "m" } else { count += 1 }
    }
    return count
  }
}
