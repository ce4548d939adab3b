import SourceText

/// Keeps a bounded number of problems, so that a file of garbage does not fill the memory.
struct ProblemList {
  static let limit = 1000
  private var kept: [Problem] = []
  private var dropped = 0

  mutating func add(_ problem: Problem) {
    if kept.count < Self.limit { kept.append(problem) } else { dropped += 1 }
  }

  mutating func add(_ problems: [Problem]) {
    for problem in problems { add(problem) }
  }

  func sorted() -> [Problem] {
    var result = kept.sorted { ($0.range, $0.message) < ($1.range, $1.message) }
    if dropped > 0, let last = result.last {
      result.append(Problem(.syntaxError, "and \(dropped) more problems in this file", at: last.range))
    }
    return result
  }
}
