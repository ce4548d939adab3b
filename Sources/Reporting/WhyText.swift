import CheckKit
import FirewallModel
import PacketLogs
import SourceText
import Symptoms

extension WhyReport {
  /// For people: what is slow and for how long, what does it, what to change; most damaging first.
  package func text(_ layout: TextLayout) -> String {
    var text = ""
    let main = causes.filter { $0.cause.followsFrom == nil }
    if main.isEmpty {
      text += nothing + "\n"
    } else {
      text += "\(counted(main.count, "cause")) of slow, hanging or refused connections, most damaging first.\n\n"
    }
    for (index, cause) in main.enumerated() { text += block(cause, index + 1, layout) + "\n" }
    for cause in causes {
      guard let root = cause.cause.followsFrom else { continue }
      text +=
        "also seen, but a consequence of \(root.rawValue): \(printable(cause.cause.kind.title)) "
        + "(\(counted(cause.cause.count, "line")))\n"
    }
    if !possible.isEmpty {
      text += "possible, by checks that are not sure (fwlint check tells more): "
      text += possible.map { printable($0) }.joined(separator: "; ") + "\n"
    }
    text += basis + "\n"
    for note in notes { text += "  \(printable(note))\n" }
    return text
  }

  private var nothing: String {
    switch (unit != nil, log != nil) {
    case (true, true): "nothing in these rules and in this log makes connections slow."
    case (true, false): "nothing in these rules makes connections slow."
    case (false, true): "nothing in this log shows connections that are slow or refused against the user's wish."
    case (false, false): "nothing was read that could tell."
    }
  }

  /// What the answer rests on.
  private var basis: String {
    var parts: [String] = []
    if let unit {
      let gaps = unit.ruleset.coverage.notUnderstood.count
      parts.append(
        "\(counted(unit.ruleset.ruleCount, "rule")) of \(printable(unit.path))"
          + (gaps > 0 ? " (\(grouped(gaps)) not understood)" : ""))
    } else {
      parts.append("no rules (give them with --ruleset)")
    }
    if let log {
      parts.append(
        "\(counted(log.lines, "log line")), \(grouped(log.netfilter)) of netfilter, "
          + "\(grouped(log.notUnderstood)) not understood")
    } else {
      parts.append("no log (predicted only; give one with --log)")
    }
    parts.append(hasSysctls ? "the sysctls given" : "the kernel's default sysctls (give them with --sysctl)")
    return "rests on: " + parts.joined(separator: "; ") + "."
  }

  private func block(_ reported: ReportedCause, _ number: Int, _ layout: TextLayout) -> String {
    let cause = reported.cause
    let style = layout.style
    var lines = [style.level(cause.level, "\(number). \(printable(cause.kind.title))")]
    func item(_ name: String, _ text: String) {
      let head = "   \(name)" + String(repeating: " ", count: max(1, 10 - name.count))
      lines += wrap(head + text, indent: 13, layout.width)
    }
    if let delay = cause.delay { item("wait:", words(delay)) }
    item("known:", known(cause, reported.codes))
    for observation in cause.observations.prefix(3) { item("seen:", printable(observation)) }
    for place in cause.places.prefix(3) { item(place.isProbable ? "prob. by:" : "by:", words(place)) }
    if cause.places.count > 3 { item("", "and \(counted(cause.places.count - 3, "more place"))") }
    for fix in reported.fixes.prefix(2) { lines += change(fix, style, layout.width) }
    if !reported.fixes.contains(where: \.isOffered) {
      for advice in cause.advice.prefix(2)
      where !reported.fixes.contains(where: { $0.title == advice || $0.instructions.contains(advice) }) {
        item("change:", printable(advice))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func words(_ delay: Delay) -> String {
    var text: String
    if delay.isEndless {
      text = "for ever; given up after \(Delay.words(delay.seconds))"
    } else {
      text = "about \(Delay.words(delay.seconds))"
      if let bounds = delay.bounds, bounds.upperBound > bounds.lowerBound {
        text += " (\(Delay.words(bounds.lowerBound)) to \(Delay.words(bounds.upperBound)))"
      }
    }
    return text + ": " + printable(delay.reason)
  }

  private func known(_ cause: Cause, _ codes: [String]) -> String {
    let list = Self.unique(codes)
    let checks = list.isEmpty ? "" : " (\(list.joined(separator: ", ")))"
    var log = "\(counted(cause.count, "log line"))"
    if let first = cause.first, let last = cause.last, cause.timeBase != .none {
      let (from, to) = (LogTime.text(first, cause.timeBase), LogTime.text(last, cause.timeBase))
      log += from == to ? " at \(from)" : " from \(from) to \(to)"
    }
    switch cause.certainty {
    case .confirmed where cause.count == 0: return "the rules do it\(checks)"
    case .confirmed: return "seen in \(log), and the rules do it\(checks)"
    case .observed: return "seen in \(log)"
    case .predicted:
      let unseen = self.log == nil ? "" : "; no line of the log shows it yet"
      return "predicted from the rules\(checks)\(unseen)"
    case .possible: return "possible by the rules\(checks)"
    }
  }

  private func words(_ place: Cause.Place) -> String {
    guard let unit else { return "" }
    let chain = printable(unit.ruleset.fullName(of: place.chain))
    if let id = place.rule, let rule = unit.ruleset.rule(id) {
      return "\(unit.place(of: rule.origin)): \(chain): \(printable(text(rule.origin)))"
    }
    let base = unit.ruleset.chains.indices.contains(place.chain.index) ? unit.ruleset[place.chain].base : nil
    let origin = base?.policyOrigin ?? unit.ruleset[place.chain].origin
    return "\(unit.place(of: origin)): \(chain): policy \(base?.policy.rawValue ?? "accept")"
  }

  private func change(_ fix: ReportedFix, _ style: Style, _ width: Int?) -> [String] {
    var title = printable(fix.title)
    switch fix.status {
    case .proved: title += "  [\(fix.fixClass.rawValue), proved; --format diff prints the patch]"
    case .notYetProved: if !fix.edits.isEmpty { title += "  [\(fix.fixClass.rawValue), not yet proved]" }
    case .refused(let reason): title += "  [no edit: \(printable(reason))]"
    }
    var lines = wrap("   change:   " + title, indent: 13, width)
    for instruction in fix.instructions { lines += wrap("             " + printable(instruction), indent: 13, width) }
    guard let unit, fix.isOffered, let id = fix.edits.first?.range.file, let file = unit.sources[id] else {
      return lines
    }
    for hunk in Patch(fix.edits, in: file).hunks {
      for (index, line) in hunk.oldLines.enumerated() {
        lines.append(style.removed("     \(printable(file.path)):\(hunk.oldStart + index): - " + shown(line)))
      }
      for (index, line) in hunk.newLines.enumerated() {
        lines.append(style.added("     \(printable(file.path)):\(hunk.newStart + index): + " + shown(line)))
      }
    }
    return lines
  }

  private func shown(_ line: String) -> String {
    printable(line.split(whereSeparator: { $0 == "\n" || $0 == "\t" || $0 == "\r\n" }).joined(separator: " "))
  }

  private func wrap(_ line: String, indent: Int, _ width: Int?) -> [String] {
    guard let width, line.count > width else { return [line] }
    var lines: [String] = []
    var current = ""
    for word in line.split(separator: " ", omittingEmptySubsequences: false) {
      if current.count + word.count + 1 > width, current.count > indent {
        lines.append(current)
        current = String(repeating: " ", count: indent) + word
      } else {
        current += current.isEmpty && lines.isEmpty && word.isEmpty ? " " : (current.isEmpty ? "" : " ") + word
      }
    }
    lines.append(current)
    return lines
  }
}
