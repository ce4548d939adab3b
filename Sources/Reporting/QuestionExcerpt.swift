package import Questions

extension QuestionProblem {
  /// The message, the question with a caret under the fault, and the remedy; no line end at the end.
  package func text(of question: String) -> String {
    var result = printable(message)
    let scalars = Array(question.unicodeScalars)
    let width = 100
    // A window of the text around the fault, so that a long question stays on one line.
    let start = max(0, min(place.lower, scalars.count) - width / 2)
    let end = min(scalars.count, start + width)
    let before = printable(String(String.UnicodeScalarView(scalars[start..<min(place.lower, end)])))
    let marked = printable(String(String.UnicodeScalarView(scalars[min(place.lower, end)..<min(place.upper, end)])))
    let after = printable(String(String.UnicodeScalarView(scalars[min(place.upper, end)..<end])))
    let lead = start > 0 ? "…" : ""
    result += "\n  |\n  | \(lead)\(before)\(marked)\(after)\(end < scalars.count ? "…" : "")"
    let margin = String(repeating: " ", count: lead.unicodeScalars.count + before.unicodeScalars.count)
    result += "\n  | \(margin)\(String(repeating: "^", count: max(1, marked.unicodeScalars.count)))"
    if let hint { result += "\n  = help: \(printable(hint))" }
    return result
  }
}
