import CheckKit
import SourceText

/// The codes of what is wrong with a text itself. They come from the readers, not from a check.
enum LoadChecks {
  static let all: [CheckMetadata] = Problem.Kind.allCases.map(metadata)

  /// A problem as a finding. Levels and confidence follow from what it is: nft or iptables-restore would refuse the text.
  static func finding(_ problem: Problem) -> Finding {
    var message = problem.message
    if let hint = problem.hint { message += "; \(hint)" }
    return Finding(
      code: problem.kind.rawValue, level: .error, confidence: .proved, message: message, primary: problem.range,
      labels: problem.labels, subject: .ruleset)
  }

  /// Whether something of the input stays unread, so that the answer is incomplete.
  static func leavesGap(_ problem: Problem) -> Bool {
    problem.kind == .syntaxError || problem.kind == .missingInclude
  }

  private static func metadata(_ kind: Problem.Kind) -> CheckMetadata {
    let (name, summary, finds) = words(kind)
    let page = CheckPage(
      finds: finds,
      matters: "A rule set that does not load leaves the old one in force, or none at all at boot.",
      decides:
        "The text is read by the grammar of nft(8) or iptables-restore(8). What only the machine can tell (interfaces, users, host names) is not reported.",
      examples: [], fixSafety: "No edit is offered.", ignoreWhen: "Never: the text does not load.",
      notReported: "Names that a `define` on the command line or an include gives.",
      checkByHand: "`nft -c -f FILE`, or `iptables-restore --test < FILE`, as root.",
      sources: "nft(8), iptables-restore(8)")
    return CheckMetadata(
      code: kind.rawValue, name: name, level: .error, group: .load, summary: summary, page: page)
  }

  private static func words(_ kind: Problem.Kind) -> (name: String, summary: String, finds: String) {
    switch kind {
    case .syntaxError:
      ("syntax-error", "the text breaks the grammar", "A place where nft or iptables-restore would stop reading.")
    case .typeError:
      (
        "type-error", "a value does not fit what it is compared with",
        "A value of another type than its expression, such as a port where an address is needed, or out of range."
      )
    case .undefinedReference:
      (
        "undefined-reference", "a chain, set, map or variable is used but not defined",
        "A jump to a chain, a lookup in a set or a `$variable` that the text does not define."
      )
    case .notAllowedHere:
      (
        "not-allowed-here", "a statement is not allowed in this place",
        "A match or statement that this family, hook, chain type or table does not take."
      )
    case .missingInclude:
      (
        "missing-include", "an included file cannot be read",
        "An `include` whose file is not there, cannot be read, or includes itself. Give folders with -I."
      )
    case .conflictingIntervals:
      (
        "conflicting-intervals", "intervals of a set overlap",
        "Two elements of an interval set or map that overlap, without auto-merge."
      )
    case .jumpLoop:
      ("jump-loop", "chains jump in a circle", "A chain that reaches itself by jump or goto; the kernel refuses it.")
    }
  }
}
