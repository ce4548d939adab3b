package import CheckKit
import FirewallModel
import Knowledge
import PacketLogs
import SourceText
package import Symptoms

/// Rules and logs of a host as one HTML page: styles and drawings (SVG) inside, no script, no network. All text from
/// files and logs is escaped.
package struct HTMLReport: Sendable {
  package var causes: [ReportedCause]
  package var unit: Report.Unit?
  package var findings: [Finding] = []
  package var log: LogReport?
  package var logPaths: [String] = []
  package var version = ""
  /// `2026-06-15`.
  package var date = ""

  package init(causes: [ReportedCause]) { self.causes = causes }

  package var text: String {
    var page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    // Nothing is fetched, whatever the texts hold.
    page += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    page += "<title>fwlint report</title>\n<style>\n\(Self.style)</style>\n</head>\n<body>\n"
    page += "<header><h1>Firewall report</h1><p>\(escaped(subtitle))</p></header>\n<main>\n"
    page += numbers + causeSection
    if let log { page += timeline(log) + heatMap(log) + symptoms(log) + servers(log) }
    if unit != nil { page += findingSection }
    page += "</main>\n<footer>fwlint \(escaped(version)), \(escaped(date)).</footer>\n</body>\n</html>\n"
    return page
  }

  private var subtitle: String {
    var parts: [String] = []
    if let unit { parts.append("rules: \(unit.path)") }
    if log != nil { parts.append("log: \(logPaths.joined(separator: ", "))") }
    return parts.joined(separator: " · ")
  }

  // MARK: Parts

  private var numbers: String {
    var items: [(String, String)] = [("\(causes.count { $0.cause.followsFrom == nil })", "causes of slow connections")]
    if let log {
      items.append((grouped(log.netfilter), "netfilter lines"))
      items.append((grouped(log.symptoms.count { $0.needsAction }), "symptoms that need action"))
      items.append((grouped(log.notUnderstood), "lines not understood"))
    }
    if let unit {
      items.append((grouped(unit.ruleset.ruleCount), "rules"))
      items.append((grouped(findings.count { $0.level == .error }), "errors found by the linter"))
    }
    let cells = items.map { "<div class=\"number\"><b>\(escaped($0.0))</b><span>\(escaped($0.1))</span></div>" }
    return "<section class=\"numbers\">\(cells.joined())</section>\n"
  }

  private var causeSection: String {
    var html = "<section><h2>Why connections are slow</h2>\n"
    let main = causes.filter { $0.cause.followsFrom == nil }
    if main.isEmpty { html += "<p>Nothing in what was read makes connections slow.</p>\n" }
    for (index, reported) in main.enumerated() {
      let cause = reported.cause
      html += "<article class=\"\(cause.level.rawValue)\"><h3>\(index + 1). \(escaped(cause.kind.title))</h3>\n"
      var facts: [String] = []
      if let delay = cause.delay {
        facts.append((delay.isEndless ? "hangs" : "about \(Delay.words(delay.seconds))") + ": " + delay.reason)
      }
      if cause.count > 0 { facts.append("seen in \(counted(cause.count, "log line"))") }
      if cause.count == 0 { facts.append("predicted from the rules") }
      for place in cause.places.prefix(3) { if let words = words(place) { facts.append("by \(words)") } }
      html += "<ul>" + facts.map { "<li>\(escaped($0))</li>" }.joined() + "</ul>\n"
      if let fix = reported.fixes.first {
        html += "<p class=\"fix\">Change: \(escaped(fix.title))</p>\n"
        let lines = fix.isOffered ? patch(fix) : fix.instructions
        if !lines.isEmpty { html += "<pre>\(lines.map { escaped($0) }.joined(separator: "\n"))</pre>\n" }
      } else if let advice = cause.advice.first {
        html += "<p class=\"fix\">Change: \(escaped(advice))</p>\n"
      }
      html += "</article>\n"
    }
    return html + "</section>\n"
  }

  private func timeline(_ log: LogReport) -> String {
    let (bins, width) = log.timeline.coarse(96)
    guard bins.count > 1, let most = bins.max(), most > 0 else { return "" }
    let (step, height) = (10, 120)
    var svg =
      "<svg class=\"timeline\" viewBox=\"0 0 \(bins.count * step) \(height + 4)\" preserveAspectRatio=\"none\" role=\"img\" "
      + "aria-label=\"log lines over time\">"
    for (index, count) in bins.enumerated() where count > 0 {
      let tall = max(2, count * height / most)
      let start = log.timeline.start + Double(index) * width
      svg += "<rect x=\"\(index * step)\" y=\"\(height - tall)\" width=\"\(step - 1)\" height=\"\(tall)\">"
      svg += "<title>\(escaped(LogTime.text(start, log.timeline.base))): \(grouped(count)) lines</title></rect>"
    }
    let end = log.timeline.start + Double(bins.count) * width
    let from = LogTime.text(log.timeline.start, log.timeline.base)
    let to = LogTime.text(end, log.timeline.base)
    return "<section><h2>Lines over time</h2>\n\(svg)</svg>\n<p class=\"axis\"><span>\(escaped(from))</span>"
      + "<span>at most \(grouped(most)) lines a bar</span><span>\(escaped(to))</span></p></section>\n"
  }

  /// Ports by source: the darker, the more lines. From a sample of the lines.
  private func heatMap(_ log: LogReport) -> String {
    let pairs = log.timeline.topPairs
    guard !pairs.isEmpty else { return "" }
    var ports: [String] = []
    var sources: [String] = []
    var cells: [String: Int] = [:]
    for (pair, count) in pairs {
      let port = "\(pair.port)/\(pair.protocolName)"
      if !ports.contains(port), ports.count < 14 { ports.append(port) }
      if !sources.contains(pair.sourceText), sources.count < 14 { sources.append(pair.sourceText) }
      cells["\(pair.sourceText) \(port)", default: 0] += count
    }
    let most = cells.values.max() ?? 1
    var html =
      "<section><h2>Ports by source</h2>\n<p>From a sample of the lines (one in \(Timeline.sampling)), the busiest "
    html += "pairs; counts are lower bounds.</p>\n<div class=\"scroll\"><table class=\"heat\"><tr><th></th>"
    html += ports.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined() + "</tr>\n"
    for source in sources {
      html += "<tr><th scope=\"row\">\(escaped(source))</th>"
      for port in ports {
        let count = cells["\(source) \(port)"] ?? 0
        let shade = count == 0 ? 0 : max(1, min(8, count * 8 / most))
        html += "<td class=\"h\(shade)\">\(count == 0 ? "" : grouped(count))</td>"
      }
      html += "</tr>\n"
    }
    return html + "</table></div></section>\n"
  }

  private func symptoms(_ log: LogReport) -> String {
    var html = "<section><h2>What the log shows</h2>\n"
    if log.symptoms.isEmpty { html += "<p>No symptoms.</p>\n" }
    if !log.symptoms.isEmpty {
      html += "<div class=\"scroll\"><table><tr><th>Symptom</th><th>Lines</th><th>When</th><th>Meaning</th>"
      html += "<th>Rule behind it</th></tr>\n"
    }
    for symptom in log.symptoms {
      var when = ""
      if let first = symptom.first, let last = symptom.last, symptom.timeBase != .none {
        when = "\(LogTime.text(first, symptom.timeBase)) to \(LogTime.text(last, symptom.timeBase))"
      }
      var by = ""
      if let chain = symptom.rule?.chain ?? symptom.chain {
        by = words(Cause.Place(chain: chain, rule: symptom.rule, isProbable: symptom.isProbable)) ?? ""
        if symptom.isProbable, !by.isEmpty { by = "probably " + by }
      }
      html += "<tr class=\"\(symptom.level.rawValue)\"><th scope=\"row\">\(escaped(symptom.name))</th>"
      html += "<td>\(grouped(symptom.count))</td><td>\(escaped(when))</td>"
      html += "<td>\(escaped(symptom.explanation))"
      if !symptom.advice.isEmpty { html += "<br><em>\(escaped(symptom.advice))</em>" }
      html += "</td><td>\(escaped(by))</td></tr>\n"
    }
    if !log.symptoms.isEmpty { html += "</table></div>\n" }
    if let line = log.backgroundLine { html += "<p>\(escaped(line))</p>\n" }
    for sample in log.samples {
      html += "<p>Not understood, line \(sample.line): <code>\(escaped(sample.text))</code></p>\n"
    }
    return html + "</section>\n"
  }

  private func servers(_ log: LogReport) -> String {
    guard !log.serverLines.isEmpty else { return "" }
    var html = "<section><h2>Other servers</h2>\n<div class=\"scroll\"><table>\n"
    html += "<tr><th>What</th><th>Lines</th><th>Meaning</th><th>Advice</th></tr>\n"
    for entry in log.serverLines {
      html += "<tr><th scope=\"row\">\(escaped(entry.topic.subject))</th><td>\(grouped(entry.count))</td>"
      html += "<td>\(escaped(entry.topic.meaning)) \(escaped(entry.topic.today))</td>"
      html += "<td>\(escaped(entry.topic.advice))</td></tr>\n"
    }
    return html + "</table></div></section>\n"
  }

  private var findingSection: String {
    guard let unit else { return "" }
    var html = "<section><h2>What the linter finds in the rules</h2>\n"
    let sorted = findings.enumerated().sorted { ($1.element.level, $0.offset) < ($0.element.level, $1.offset) }
    if sorted.isEmpty { return html + "<p>No findings.</p></section>\n" }
    html += "<div class=\"scroll\"><table><tr><th>Check</th><th>Level</th><th>Finding</th><th>Where</th></tr>\n"
    for (_, finding) in sorted.prefix(200) {
      html += "<tr class=\"\(finding.level.rawValue)\"><th scope=\"row\">\(escaped(finding.code))</th>"
      html += "<td>\(finding.level.rawValue)</td><td>\(escaped(finding.message))</td>"
      html += "<td>\(escaped(unit.place(of: finding.primary)))</td></tr>\n"
    }
    html += "</table></div>\n"
    if sorted.count > 200 { html += "<p>and \(grouped(sorted.count - 200)) more (fwlint check shows all)</p>\n" }
    return html + "</section>\n"
  }

  // MARK: Words

  private func words(_ place: Cause.Place) -> String? {
    guard let unit, unit.ruleset.chains.indices.contains(place.chain.index) else { return nil }
    let chain = unit.ruleset.fullName(of: place.chain)
    if let id = place.rule, let rule = unit.ruleset.rule(id) {
      return "\(unit.place(of: rule.origin)), a rule of \(chain)"
    }
    let base = unit.ruleset[place.chain].base
    return "\(unit.place(of: base?.policyOrigin ?? unit.ruleset[place.chain].origin)), the policy of \(chain)"
  }

  private func patch(_ fix: ReportedFix) -> [String] {
    guard let unit, let id = fix.edits.first?.range.file, let file = unit.sources[id] else { return [] }
    return Patch(fix.edits, in: file).unified().split(separator: "\n").map(String.init)
  }

  /// For element content and quoted attributes; control characters and marks of direction are shown as text.
  private func escaped(_ text: String) -> String {
    var result = ""
    for character in printable(text).unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
