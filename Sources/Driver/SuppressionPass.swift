import CheckKit
import FirewallModel
import Lowering
import Reporting
import SourceText

/// Sorts findings into shown and suppressed ones, and finds what is wrong with the suppressions. Suppressions filter
/// after the analysis; they never change it.
struct SuppressionPass {
  var shown: [Finding] = []
  var suppressed: [(finding: Finding, suppression: ReportedFinding.Suppression)] = []

  init(_ findings: [Finding], of unit: LoadedUnit, selection: RuleSelection, today: (year: Int, month: Int, day: Int)) {
    let reader = SuppressionReader(unit)
    guard !reader.directives.isEmpty || !reader.malformed.isEmpty else {
      shown = findings
      return
    }
    let day = today.year * 10000 + today.month * 100 + today.day
    let known = Set(RuleSelection.catalogue.map { $0.code })
    let ruleset = unit.lowered.ruleset
    var used = reader.directives.map { [Bool](repeating: false, count: $0.codes.count) }
    for finding in findings {
      var by: SuppressionDirective?
      for (index, directive) in reader.directives.enumerated() where Self.covers(directive, finding, ruleset) {
        guard let place = directive.codes.firstIndex(where: { $0.code == finding.code }) else { continue }
        used[index][place] = true
        if (directive.until ?? .max) >= day, by == nil { by = directive }
      }
      if let by {
        suppressed.append((finding, .init(reason: by.reason, origin: by.origin)))
      } else {
        shown.append(finding)
      }
    }
    var complaints = reader.malformed.map { SuppressionChecks.finding("SUP005", $0.message, at: $0.range) }
    for (index, directive) in reader.directives.enumerated() {
      if directive.reason == nil {
        complaints.append(SuppressionChecks.finding("SUP001", "this suppression gives no reason", at: directive.origin))
      }
      for (place, code) in directive.codes.enumerated() {
        if !known.contains(code.code) {
          let hint = nearestName(to: code.code, in: known.sorted()).map { "; did you mean `\($0)`?" } ?? ""
          complaints.append(
            SuppressionChecks.finding("SUP003", "there is no check `\(code.code)`\(hint)", at: code.range))
        } else if let until = directive.until, until < day, used[index][place] {
          complaints.append(
            SuppressionChecks.finding("SUP004", "the suppression of `\(code.code)` has ended", at: directive.origin))
        } else if !used[index][place], selection.enabled.contains(code.code) {
          complaints.append(
            SuppressionChecks.finding("SUP002", "nothing here is reported as `\(code.code)`", at: code.range))
        }
      }
    }
    shown += complaints.compactMap(selection.applied)
    shown.sort { ($0.primary, $0.code, $0.message) < ($1.primary, $1.code, $1.message) }
  }

  private static func covers(_ directive: SuppressionDirective, _ finding: Finding, _ ruleset: Ruleset) -> Bool {
    let (rule, chain, table) = subject(of: finding, ruleset)
    switch directive.scope {
    case .file(let id): return finding.primary.file == id
    case .rule(let id): return rule == id
    case .chain(let id): return chain == id
    case .table(let id): return table == id
    case .bytes(let range):
      func isInside(_ other: SourceRange) -> Bool {
        other.file == range.file && other.lower >= range.lower && other.lower < range.upper
      }
      if isInside(finding.primary) { return true }
      if let rule { return isInside(ruleset[rule].origin) }
      return chain.map { isInside(ruleset[$0].origin) } ?? false
    }
  }

  private static func subject(
    of finding: Finding, _ ruleset: Ruleset
  ) -> (rule: RuleID?, chain: ChainID?, table: TableID?) {
    func table(_ chain: ChainID) -> TableID? {
      ruleset.chains.indices.contains(chain.index) ? ruleset[chain].table : nil
    }
    switch finding.subject {
    case .rule(let id):
      guard ruleset.chains.indices.contains(id.chain.index), ruleset[id.chain].rules.indices.contains(id.index) else {
        return (nil, nil, nil)
      }
      return (id, id.chain, table(id.chain))
    case .chain(let id):
      return ruleset.chains.indices.contains(id.index) ? (nil, id, table(id)) : (nil, nil, nil)
    case .table(let id): return (nil, nil, id)
    case .ruleset: return (nil, nil, nil)
    }
  }
}

/// The codes of what is wrong with suppressions.
enum SuppressionChecks {
  static let all: [CheckMetadata] = [
    metadata(
      "SUP001", "suppression-without-reason", "a suppression says not why",
      "A suppression without `reason=\"…\"`, or a comment `fwl:CODE` with nothing after the code."),
    metadata(
      "SUP002", "unused-suppression", "a suppression suppresses nothing",
      "A code in a suppression whose check runs and reports nothing there: the fault was mended, or has moved."),
    metadata(
      "SUP003", "unknown-code-in-suppression", "a suppression names a check that does not exist",
      "A code in a suppression that no check has."),
    metadata(
      "SUP004", "expired-suppression", "a suppression has ended",
      "A suppression whose `until` is past; the finding is back."),
    metadata(
      "SUP005", "malformed-suppression", "a suppression is not understood",
      "A comment that starts with `fwlint:` and is not `ignore[CODE] reason=\"…\" until=YYYY-MM-DD owner=…`."),
  ]

  static func finding(_ code: String, _ message: String, at range: SourceRange) -> Finding {
    Finding(code: code, level: .warning, confidence: .proved, message: message, primary: range, subject: .ruleset)
  }

  private static func metadata(_ code: String, _ name: String, _ summary: String, _ finds: String) -> CheckMetadata {
    let page = CheckPage(
      finds: finds, matters: "Suppressions rot unseen: what nobody can explain hides the next fault.",
      decides: "The comments of the file and of its rules, chains and tables are read; the findings are known.",
      examples: [], fixSafety: "No edit is offered.",
      ignoreWhen: "With `--ignore` for a run that audits something else.",
      notReported: "Comments that speak of fwlint without starting with `fwlint:`.",
      checkByHand: "`fwlint check --no-inline-ignores FILE` shows what is suppressed.", sources: "")
    return CheckMetadata(code: code, name: name, level: .warning, group: .suppression, summary: summary, page: page)
  }
}
