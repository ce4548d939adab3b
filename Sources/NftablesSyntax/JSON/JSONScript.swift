import JSONText
package import SourceText

/// nft JSON (libnftables-json(5)) as the nft script that says the same, with the way back from each byte of the script
/// to the JSON that it stands for. One parser and one lowering serve both forms.
package struct JSONScript: Sendable {
  /// The script. Its id is that of the JSON file; its offsets are its own, see `origin(of:)`.
  package let script: SourceFile
  /// What is wrong with the JSON itself, with places in the JSON.
  package let problems: [Problem]
  /// In the order in which they begin, outer before inner; nested or disjoint.
  private let segments: [JSONTranslator.Segment]
  private let wholeFile: SourceRange

  /// How deep the arrays and objects may nest.
  package static let nestingLimit = 100

  /// Reads JSON. Never fails: what is no JSON gives an empty script and a problem. O(n) in the size of the text.
  package init(translating source: SourceFile) {
    var translator = JSONTranslator(source: source)
    do throws(JSONError) {
      translator.translate(try JSONNode(parsing: source.bytes, nestingLimit: Self.nestingLimit))
    } catch {
      let lower = min(max(error.offset, 0), source.bytes.count)
      translator.report(.syntaxError, "not JSON: \(error.message)", at: lower..<min(lower + 1, source.bytes.count))
    }
    script = SourceFile(id: source.id, path: source.path, bytes: translator.bytes)
    problems = translator.problems
    segments = translator.segments
    wholeFile = SourceRange(file: source.id, lower: 0, upper: UInt32(truncatingIfNeeded: source.bytes.count))
  }

  /// The JSON that a range of the script stands for: the smallest value that holds all of it. An empty range gives the
  /// end of that value. O(log n + depth).
  package func origin(of range: SourceRange) -> SourceRange {
    guard range.file == script.id else { return range }
    let found = innermost(range).map { segments[$0].json } ?? wholeFile
    return range.isEmpty ? SourceRange(file: found.file, lower: found.upper, upper: found.upper) : found
  }

  /// True where the script holds a stand-in for JSON that is not recognised or was refused with a problem of its own.
  package func isPlaceholder(_ range: SourceRange) -> Bool {
    guard range.file == script.id, let index = innermost(range) else { return false }
    return segments[index].isPlaceholder
  }

  private func innermost(_ range: SourceRange) -> Int? {
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].lower <= range.lower { low = middle + 1 } else { high = middle }
    }
    var index = low - 1
    while index >= 0 {
      if segments[index].lower <= range.lower, range.upper <= segments[index].upper { return index }
      index = segments[index].parent
    }
    return nil
  }
}
