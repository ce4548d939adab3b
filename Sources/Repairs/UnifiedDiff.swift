package import SourceText

/// Unified diffs as diff(1) and git write them.
package enum UnifiedDiff {
  private struct Hunk {
    /// Old lines `first..<end`, counted from 0, are replaced by `new`.
    var first: Int
    var end: Int
    /// Bytes of whole lines; only the last one may lack its line feed, and only at the end of the file.
    var new: [UInt8]
  }

  /// The difference that edits make, with three lines of context; empty when they make none. The edits must fit the
  /// file. O(edits + lines shown).
  package static func text(of edits: [TextEdit], in file: SourceFile, oldPath: String, newPath: String) -> [UInt8] {
    var history = EditHistory(file)
    history.apply(edits)
    return text(of: history.changes(), in: file, oldPath: oldPath, newPath: newPath)
  }

  static func text(
    of changes: [(old: Range<Int>, new: [UInt8])], in file: SourceFile, oldPath: String, newPath: String
  ) -> [UInt8] {
    let hunks = lineChanges(changes, in: file)
    guard !hunks.isEmpty else { return [] }
    var output = Array("--- \(oldPath)\n+++ \(newPath)\n".utf8)
    let context = 3
    let count = file.lineCount
    var shift = 0
    var index = 0
    while index < hunks.count {
      var last = index
      while last + 1 < hunks.count, hunks[last + 1].first - hunks[last].end <= 2 * context { last += 1 }
      let from = max(0, hunks[index].first - context)
      let to = min(count, hunks[last].end + context)
      var body: [UInt8] = []
      var line = from
      var newCount = 0
      for hunk in hunks[index...last] {
        newCount += append(&body, " ", line..<hunk.first, file)
        append(&body, "-", hunk.first..<hunk.end, file)
        newCount += append(&body, "+", hunk.new)
        line = hunk.end
      }
      newCount += append(&body, " ", line..<to, file)
      let old = range(from, to - from)
      let new = range(from + shift, newCount)
      output += Array("@@ -\(old) +\(new) @@\n".utf8) + body
      shift += newCount - (to - from)
      index = last + 1
    }
    return output
  }

  /// `start,count` as in diff(1): an empty range names the line before it, and a count of 1 is left out.
  private static func range(_ first: Int, _ count: Int) -> String {
    switch count {
    case 0: "\(first),0"
    case 1: "\(first + 1)"
    default: "\(first + 1),\(count)"
    }
  }

  @discardableResult
  private static func append(_ body: inout [UInt8], _ sign: String, _ lines: Range<Int>, _ file: SourceFile) -> Int {
    guard !lines.isEmpty else { return 0 }
    for line in lines {
      let start = Int(file.lineStarts[line])
      let end = line + 1 < file.lineStarts.count ? Int(file.lineStarts[line + 1]) : file.bytes.count
      appendLine(&body, sign, file.bytes[start..<end])
    }
    return lines.count
  }

  private static func append(_ body: inout [UInt8], _ sign: String, _ text: [UInt8]) -> Int {
    var position = 0
    var count = 0
    while position < text.count {
      let end = text[position...].firstIndex(of: 0x0a).map { $0 + 1 } ?? text.count
      appendLine(&body, sign, text[position..<end])
      position = end
      count += 1
    }
    return count
  }

  private static func appendLine(_ body: inout [UInt8], _ sign: String, _ line: ArraySlice<UInt8>) {
    body += Array(sign.utf8) + line
    if line.last != 0x0a { body += Array("\n\\ No newline at end of file\n".utf8) }
  }

  /// Changes of bytes as changes of whole lines.
  private static func lineChanges(_ changes: [(old: Range<Int>, new: [UInt8])], in file: SourceFile) -> [Hunk] {
    let count = file.lineCount
    func start(_ line: Int) -> Int { line < file.lineStarts.count ? Int(file.lineStarts[line]) : file.bytes.count }
    var groups: [(first: Int, end: Int, changes: [(old: Range<Int>, new: [UInt8])])] = []
    for change in changes {
      let first = file.line(of: UInt32(clamping: change.old.lowerBound)) - 1
      // The line that the change ends in belongs to it, unless the change ends cleanly where that line begins.
      let endLine = file.line(of: UInt32(clamping: change.old.upperBound)) - 1
      let isClean =
        start(endLine) == change.old.upperBound && start(first) == change.old.lowerBound
        && (change.new.isEmpty || change.new.last == 0x0a)
      let end = min(count, isClean ? endLine : endLine + 1)
      if let last = groups.last, first < last.end {
        groups[groups.count - 1].end = max(last.end, end)
        groups[groups.count - 1].changes.append(change)
      } else {
        groups.append((min(first, count), max(min(first, count), end), [change]))
      }
    }
    return groups.compactMap { group in
      var new: [UInt8] = []
      var position = start(group.first)
      for change in group.changes {
        new += file.bytes[min(position, change.old.lowerBound)..<change.old.lowerBound] + change.new
        position = change.old.upperBound
      }
      let end = max(position, start(group.end))
      new += file.bytes[position..<end]
      return trimmed(Hunk(first: group.first, end: group.end, new: new), file)
    }
  }

  /// Leaves out lines at both ends that are the same; nil when nothing is left.
  private static func trimmed(_ hunk: Hunk, _ file: SourceFile) -> Hunk? {
    func old(_ line: Int) -> ArraySlice<UInt8> {
      let end = line + 1 < file.lineStarts.count ? Int(file.lineStarts[line + 1]) : file.bytes.count
      return file.bytes[Int(file.lineStarts[line])..<end]
    }
    var lines: [ArraySlice<UInt8>] = []
    var position = 0
    while position < hunk.new.count {
      let end = hunk.new[position...].firstIndex(of: 0x0a).map { $0 + 1 } ?? hunk.new.count
      lines.append(hunk.new[position..<end])
      position = end
    }
    var (first, end) = (hunk.first, hunk.end)
    var kept = lines[...]
    while first < end, let line = kept.first, line == old(first) {
      kept.removeFirst()
      first += 1
    }
    while first < end, let line = kept.last, line == old(end - 1) {
      kept.removeLast()
      end -= 1
    }
    if first == end, kept.isEmpty { return nil }
    return Hunk(first: first, end: end, new: Array(kept.joined()))
  }
}
