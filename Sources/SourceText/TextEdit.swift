/// Replaces the bytes of a range by a text; an empty range inserts, an empty text deletes.
package struct TextEdit: Hashable, Sendable {
  package var range: SourceRange
  package var replacement: String
  package init(range: SourceRange, replacement: String) {
    self.range = range
    self.replacement = replacement
  }
}

extension SourceFile {
  /// The bytes after a set of edits, or nil when two edits overlap, one lies outside the file or is for another file.
  /// Insertions at the same place are applied in the order given. All bytes outside the ranges stay as they are.
  package func applying(_ edits: [TextEdit]) -> [UInt8]? {
    let ordered = edits.enumerated().sorted {
      ($0.element.range.lower, $0.element.range.upper, $0.offset)
        < ($1.element.range.lower, $1.element.range.upper, $1.offset)
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + 64 * edits.count)
    var position = 0
    for (_, edit) in ordered {
      let lower = Int(edit.range.lower)
      let upper = Int(edit.range.upper)
      guard edit.range.file == id, lower >= position, upper <= bytes.count else { return nil }
      result.append(contentsOf: bytes[position..<lower])
      result.append(contentsOf: edit.replacement.utf8)
      position = upper
    }
    result.append(contentsOf: bytes[position...])
    return result
  }
}
