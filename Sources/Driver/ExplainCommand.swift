import CheckKit
import FirewallModel
import Knowledge
import Reporting

/// `fwlint explain`: the page of a check, or what the knowledge base has on a subject.
package struct ExplainCommand: Sendable {
  let words: [String]
  let world: World

  package init(_ words: [String], world: World) {
    self.words = words
    self.world = world
  }

  package func run() -> ExitCode {
    if words.count == 1, let word = words.first {
      let catalogue = RuleSelection.catalogue
      if let check = catalogue.first(where: { $0.code == word.uppercased() || $0.name == word }) {
        world.print(page(of: check))
        return .clean
      }
      if let page = ReservedCodes.page(of: ReservedCodes.code(named: word) ?? word) {
        world.print(page)
        return .clean
      }
      if looksLikeCode(word) {
        let error = unknown("check", word, among: catalogue.map { $0.code })
        world.complain("error", error.message)
        return .usage
      }
    }
    return explainSubject()
  }

  private func looksLikeCode(_ word: String) -> Bool {
    let letters = word.prefix { $0.isLetter }
    let digits = word.dropFirst(letters.count)
    return letters.count >= 3 && digits.count == 3 && digits.allSatisfy { $0.isNumber }
  }

  private func explainSubject() -> ExitCode {
    let answer = Knowledge.explain(words).limited(toChecks: Set(RuleSelection.catalogue.map { $0.code }))
    if let problem = answer.problem {
      let hint = answer.suggestions.isEmpty ? "" : "; try: " + answer.suggestions.joined(separator: ", ")
      world.complain("error", problem + hint)
      return .usage
    }
    world.print(answer.text)
    return .clean
  }

  private func page(of check: CheckMetadata) -> String {
    let page = check.page
    var text = "\(check.code): \(check.name)\n"
    text += "level: \(check.level.rawValue)    group: \(check.group.rawValue)\n\n\(check.summary)\n"
    let parts: [(String, String)] = [
      ("What it finds", page.finds), ("Why it matters", page.matters), ("How it decides", page.decides),
    ]
    for (title, body) in parts where !body.isEmpty { text += "\n\(title)\n\(indented(body))" }
    for example in page.examples {
      text += "\nExample that fires (\(example.dialect.rawValue))\n\(indented(example.bad))"
      text += "\nCorrected\n\(indented(example.good))"
    }
    let rest: [(String, String)] = [
      ("Fix safety", page.fixSafety), ("When to ignore", page.ignoreWhen), ("Not reported", page.notReported),
      ("Check it by hand", page.checkByHand), ("Sources", page.sources),
    ]
    for (title, body) in rest where !body.isEmpty { text += "\n\(title)\n\(indented(body))" }
    return text
  }

  private func indented(_ text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { $0.isEmpty ? "\n" : "  \($0)\n" }.joined()
  }
}
