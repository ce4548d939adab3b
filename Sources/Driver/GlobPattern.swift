/// A file name pattern as glob(7) has it, with `**` for any number of folders.
package struct GlobPattern: Sendable {
  private let pattern: [Unicode.Scalar]

  package init(_ text: String) { pattern = Array(text.unicodeScalars) }

  package static func hasWildcard(_ text: String) -> Bool {
    text.unicodeScalars.contains { "*?[".unicodeScalars.contains($0) }
  }

  /// Whether the pattern matches the whole text. `*`, `?` and `[…]` do not match `/`; `**` does, and `**/` also matches
  /// nothing. Work is bounded by pattern × text.
  package func matches(_ text: String) -> Bool {
    let text = Array(text.unicodeScalars)
    // reachable[i]: pattern[..<p] matches text[..<i].
    var reachable = [Bool](repeating: false, count: text.count + 1)
    reachable[0] = true
    var p = 0
    while p < pattern.count {
      var next = [Bool](repeating: false, count: text.count + 1)
      switch pattern[p] {
      case "*":
        var end = p
        while end < pattern.count, pattern[end] == "*" { end += 1 }
        let crosses = end - p > 1
        let takesSlash = crosses && end < pattern.count && pattern[end] == "/"
        for i in 0...text.count where reachable[i] {
          var j = i
          next[i] = true
          while j < text.count, crosses || text[j] != "/" {
            j += 1
            next[j] = true
          }
        }
        if takesSlash {
          // `**/` matches nothing, or up to and with a slash.
          var withSlash = reachable
          for i in 0..<text.count where next[i] && text[i] == "/" { withSlash[i + 1] = true }
          next = withSlash
          end += 1
        }
        p = end
      case "[":
        let (accepts, end) = characterClass(at: p)
        for i in 0..<text.count where reachable[i] && text[i] != "/" && accepts(text[i]) { next[i + 1] = true }
        p = end
      case "?":
        for i in 0..<text.count where reachable[i] && text[i] != "/" { next[i + 1] = true }
        p += 1
      default:
        var scalar = pattern[p]
        if scalar == "\\", p + 1 < pattern.count {
          p += 1
          scalar = pattern[p]
        }
        for i in 0..<text.count where reachable[i] && text[i] == scalar { next[i + 1] = true }
        p += 1
      }
      reachable = next
    }
    return reachable[text.count]
  }

  private func characterClass(at start: Int) -> (accepts: (Unicode.Scalar) -> Bool, end: Int) {
    var index = start + 1
    var isNegated = false
    if index < pattern.count, pattern[index] == "!" || pattern[index] == "^" {
      isNegated = true
      index += 1
    }
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    let first = index
    while index < pattern.count, pattern[index] != "]" || index == first {
      let lower = pattern[index]
      if index + 2 < pattern.count, pattern[index + 1] == "-", pattern[index + 2] != "]", pattern[index + 2] >= lower {
        ranges.append(lower...pattern[index + 2])
        index += 3
      } else {
        ranges.append(lower...lower)
        index += 1
      }
    }
    guard index < pattern.count else { return ({ $0 == "[" }, start + 1) }
    return ({ scalar in ranges.contains { $0.contains(scalar) } != isNegated }, index + 1)
  }
}
