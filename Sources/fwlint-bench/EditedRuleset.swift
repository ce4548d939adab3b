/// A rule set of one rule on each line with some lines changed, for comparisons of an old and a new one.
enum EditedRuleset {
  /// Turns verdicts round, takes rules out, and moves some: `edits` places in all, the same ones on every run.
  static func make(_ text: String, edits: Int) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let rules = lines.indices.filter { lines[$0].hasSuffix(" accept") || lines[$0].hasSuffix(" drop") }
    guard rules.count > edits, edits > 0 else { return text }
    let step = rules.count / edits
    for (count, place) in stride(from: step / 2, to: rules.count, by: step).enumerated().reversed() {
      let line = rules[place]
      switch count % 3 {
      case 0: lines[line] = flipped(lines[line])
      case 1: lines.remove(at: line)
      default: lines.swapAt(line, rules[place - 1])
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func flipped(_ line: String) -> String {
    line.hasSuffix(" accept") ? line.dropLast(" accept".count) + " drop" : line.dropLast(" drop".count) + " accept"
  }
}
