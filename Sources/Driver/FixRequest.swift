import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import Repairs
import Reporting
import SourceText

/// Which fixes are asked for.
struct FixRequest: Sendable {
  var classes: Set<FixClass>
  var onlyCodes: Set<String>
  var allowsLockout: Bool
  /// Print the difference instead of writing.
  var isDiff: Bool

  /// nil: neither `--fix` nor `--diff` was given.
  static func read(_ options: CheckOptions) throws(UsageError) -> FixRequest? {
    var classes: Set<FixClass> = []
    for word in (options.fix ?? "").split(separator: ",").map(String.init) {
      if word == "all" {
        classes.formUnion([.equivalent, .response, .narrow, .widen, .change])
      } else if let fixClass = FixClass(rawValue: word), fixClass != .host {
        classes.insert(fixClass)
      } else {
        let names = FixClass.allCases.filter { $0 != .host }.map { $0.rawValue } + ["all"]
        throw unknown("fix class", word, among: names)
      }
    }
    let codes = RuleSelection.catalogue.map { $0.code }
    for code in options.onlyFix where !codes.contains(code) { throw unknown("check", code, among: codes) }
    guard options.fix != nil || options.showsDiff else { return nil }
    if classes.isEmpty { classes = [.equivalent] }
    return FixRequest(
      classes: classes, onlyCodes: Set(options.onlyFix), allowsLockout: options.allowsLockout,
      isDiff: options.showsDiff)
  }

  func selection(excluding suppressed: Set<FindingIdentity>) -> FixSelection {
    let onlyCodes = onlyCodes
    return FixSelection(classes: classes, allowsLockout: allowsLockout) { finding in
      (onlyCodes.isEmpty || onlyCodes.contains(finding.code)) && !suppressed.contains(FindingIdentity(finding))
    }
  }
}

/// What tells one finding of a file from another.
struct FindingIdentity: Hashable, Sendable {
  var code: String
  var primary: SourceRange
  init(_ finding: Finding) {
    code = finding.code
    primary = finding.primary
  }
}

extension ReportedFix {
  init(_ proposal: Proposal) {
    let status: Status =
      switch proposal.status {
      case .proved: .proved
      case .notYetProved: .notYetProved
      case .refused(let reason): .refused(reason)
      }
    self.init(
      title: proposal.title, fixClass: proposal.fixClass, edits: proposal.edits, status: status,
      instructions: proposal.instructions)
  }
}
