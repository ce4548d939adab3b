import FirewallAnalysis
import FirewallModel
import Packets
package import Questions
import SourceText

/// Two rule sets and what they decide otherwise, for people and for programs (schema fwlint-diff/1).
package struct DifferenceReport: Sendable {
  package var old: Report.Unit
  package var new: Report.Unit
  package var difference: Difference
  package var assumption: String?

  package init(old: Report.Unit, new: Report.Unit, difference: Difference, assumption: String?) {
    self.old = old
    self.new = new
    self.difference = difference
    self.assumption = assumption
  }

  package var text: String {
    var lines: [String] = []
    for (index, change) in difference.changes.enumerated() {
      let certainty = change.isCertain ? "" : "may change: "
      lines.append(
        "\(index + 1). \(certainty)\(printable(change.from.words)) -> \(printable(change.to.words)) (\(change.hook.name))"
      )
      if let question = change.question { lines.append("   \(printable("\(question)"))") }
      if !change.remarks.isEmpty { lines.append("   only with \(printable(change.remarks.joined(separator: ", ")))") }
      if change.regions.count > 1 {
        lines.append("   and \(counted(change.regions.count - 1, "narrower region")) decided by the same rules")
      }
      if let witness = change.witness {
        let words = WitnessText(ruleset: old.ruleset, sources: old.sources)
        lines.append("   for example: \(printable(words.packet(witness.old)))")
      }
      lines.append("   old: \(old.decider(change.witness?.old.decider ?? change.oldDecider))")
      lines.append("   new: \(new.decider(change.witness?.new.decider ?? change.newDecider))")
      for why in change.reasons { lines.append("   because: \(printable(why))") }
    }
    let hidden = difference.total - difference.changes.count
    if hidden > 0 { lines.append("and \(counted(hidden, "narrower change")) (--all shows them)") }
    lines.append(printable(summary))
    if let assumption, difference.total > 0 { lines.append("assumed: \(printable(assumption))") }
    return lines.joined(separator: "\n") + "\n"
  }

  private var summary: String {
    if difference.isEqual { return "equal: no packet to input, forward or output fares otherwise" }
    let unsure = difference.changes.filter { !$0.isCertain }.count
    var text = difference.total == 0 ? "no change found" : counted(difference.total, "change")
    if unsure > 0 { text += ", \(grouped(unsure)) not certain" }
    if !difference.isComplete { text += "; the work budget ended before all packets were compared" }
    return text
  }
}

extension Change {
  /// The statements that keep it from being certain.
  var reasons: [String] {
    var reasons: [String] = []
    for fate in [from, to] {
      guard case .may(let why) = fate else { continue }
      for reason in why where !reasons.contains(reason.text) { reasons.append(reason.text) }
    }
    if witness == nil { reasons.append("no example of these packets could be made") }
    return reasons
  }
}

extension Fate {
  package var words: String {
    switch self {
    case .accepted(let changes): (["accepted"] + changes.map(\.words)).joined(separator: ", ")
    case .dropped: "dropped"
    case .rejected(let name): "rejected with \(name)"
    case .queued: "queued to user space"
    case .taken(let how): "taken away by \(how)"
    case .may: "undecided"
    }
  }
}

extension Fate.AddressChange {
  fileprivate var words: String {
    let name = (isSource ? "source" : "destination") + (isPort ? " port" : "")
    switch target {
    case .number(let number):
      if isPort { return "\(name) \(number)" }
      let address: Address = number > UInt128(UInt32.max) ? .v6(number) : .v4(UInt32(truncatingIfNeeded: number))
      return "\(name) \(address)"
    case .chosen(let text): return "\(name) \(String(text.unicodeScalars.prefix(60)))"
    }
  }
}

extension Report.Unit {
  /// What decided, with its place and its words.
  func decider(_ decider: Decider) -> String {
    guard let chain = decider.chain, ruleset.chains.indices.contains(chain.index) else { return "no chain decides" }
    let name = ruleset.fullName(of: chain)
    guard let id = decider.rule, let rule = ruleset.rule(id), let file = sources[rule.origin.file] else {
      let origin = ruleset[chain].base?.policyOrigin ?? ruleset[chain].origin
      let place = sources[origin.file].map { "\($0.path):\($0.position(of: origin.lower).line): " } ?? ""
      return printable("\(place)policy of \(name)")
    }
    var text = file.text(of: rule.origin).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    if text.unicodeScalars.count > 160 { text = String(text.unicodeScalars.prefix(159)) + "…" }
    return printable("\(file.path):\(file.position(of: rule.origin.lower).line): \(text)")
  }
}
