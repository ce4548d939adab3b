package import CheckKit
import FirewallAnalysis
import FirewallModel
package import PacketLogs

/// What the log says about a finding of the linter.
package struct Confirmation: Sendable {
  /// Index of the finding in the list given.
  package var finding: Int
  package var count: Int
  package var first: Double?
  package var last: Double?
  package var timeBase: TimeBase
  /// The symptoms' names.
  package var symptoms: [String]

  /// `seen 1,204 times from 08:01:12 to 09:55:40`, without a full stop.
  package var text: String {
    var text = count == 1 ? "seen once in the log" : "seen \(Self.grouped(count)) times in the log"
    if let first, timeBase != .none {
      text += " since \(LogTime.text(first, timeBase))"
    }
    return text
  }

  private static func grouped(_ number: Int) -> String {
    var text = ""
    for (index, digit) in String(number).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}

extension LogReport {
  /// The findings that the log confirms: a symptom speaks of the same fault, and of the same rule or chain where both
  /// name one. In the order of the findings.
  package func confirmations(of findings: [Finding]) -> [Confirmation] {
    var result: [Confirmation] = []
    for (index, finding) in findings.enumerated() {
      var found: Confirmation?
      for report in symptoms + background where report.codes.contains(finding.code) && !report.isAccepted {
        guard Self.agree(report, finding) else { continue }
        var confirmation =
          found
          ?? Confirmation(
            finding: index, count: 0, first: report.first, last: report.last, timeBase: report.timeBase, symptoms: [])
        confirmation.count += report.count
        confirmation.symptoms.append(report.name)
        if report.timeBase == confirmation.timeBase {
          if let first = report.first { confirmation.first = min(confirmation.first ?? first, first) }
          if let last = report.last { confirmation.last = max(confirmation.last ?? last, last) }
        }
        found = confirmation
      }
      if let found { result.append(found) }
    }
    return result
  }

  /// Whether a report and a finding may be about the same place. A report that found no rule says nothing about it.
  private static func agree(_ report: SymptomReport, _ finding: Finding) -> Bool {
    guard let chain = report.chain ?? report.rule?.chain else { return report.rule == nil }
    var rules = finding.witness.map { [$0.decider.rule] } ?? []
    var chains = finding.witness.map { [$0.decider.chain] } ?? []
    switch finding.subject {
    case .rule(let rule):
      rules.append(rule)
      chains.append(rule.chain)
    case .chain(let subject): chains.append(subject)
    case .table, .ruleset:
      if finding.witness == nil { return true }
    }
    return chains.contains(chain) || (report.rule != nil && rules.contains(report.rule))
  }
}
