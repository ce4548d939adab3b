package import SourceText

/// What edits do to a file, line by line.
package struct Patch: Sendable {
  package struct Hunk: Sendable {
    /// The first old line that is replaced (from 1), or the line before which lines are added.
    package var oldStart: Int
    /// With their line feeds; only a file's last line may have none.
    package var oldLines: [String]
    /// The number of the first new line, counted in the new text.
    package var newStart: Int
    package var newLines: [String]
  }

  /// In order; none when the edits change nothing or do not fit the file.
  package private(set) var hunks: [Hunk] = []
  package let file: SourceFile

  /// Cost: the lines that the edits touch.
  package init(_ edits: [TextEdit], in file: SourceFile) {
    self.file = file
    let edits = edits.filter { $0.range.file == file.id && Int($0.range.upper) <= file.bytes.count }
      .enumerated()
      .sorted { ($0.element.range.lower, $0.offset) < ($1.element.range.lower, $1.offset) }
      .map(\.element)
    var shift = 0
    var index = 0
    while index < edits.count {
      let firstLine = file.line(of: edits[index].range.lower)
      var lastLine = Self.lastLine(of: edits[index], in: file)
      var group = [edits[index]]
      index += 1
      while index < edits.count, file.line(of: edits[index].range.lower) <= lastLine {
        lastLine = max(lastLine, Self.lastLine(of: edits[index], in: file))
        group.append(edits[index])
        index += 1
      }
      guard let hunk = Self.hunk(group, firstLine, lastLine, shift: shift, in: file) else { continue }
      shift += hunk.newLines.count - hunk.oldLines.count
      hunks.append(hunk)
    }
  }

  private static func lastLine(of edit: TextEdit, in file: SourceFile) -> Int {
    file.line(of: edit.range.isEmpty ? edit.range.lower : edit.range.upper - 1)
  }

  private static func hunk(
    _ edits: [TextEdit], _ firstLine: Int, _ lastLine: Int, shift: Int, in file: SourceFile
  ) -> Hunk? {
    let start = Int(file.lineStarts[firstLine - 1])
    let end = lastLine < file.lineStarts.count ? Int(file.lineStarts[lastLine]) : file.bytes.count
    var new: [UInt8] = []
    var position = start
    for edit in edits {
      guard Int(edit.range.lower) >= position else { return nil }
      new += file.bytes[position..<Int(edit.range.lower)]
      new += Array(edit.replacement.utf8)
      position = Int(edit.range.upper)
    }
    new += file.bytes[position..<max(position, end)]
    var oldLines = lines(file.bytes[start..<end])
    var newLines = lines(new[...])
    var first = firstLine
    while let old = oldLines.first, old == newLines.first {
      oldLines.removeFirst()
      newLines.removeFirst()
      first += 1
    }
    while let old = oldLines.last, old == newLines.last {
      oldLines.removeLast()
      newLines.removeLast()
    }
    guard !oldLines.isEmpty || !newLines.isEmpty else { return nil }
    return Hunk(oldStart: first, oldLines: oldLines, newStart: first + shift, newLines: newLines)
  }

  /// Lines with their line feeds.
  private static func lines(_ bytes: ArraySlice<UInt8>) -> [String] {
    var result: [String] = []
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.endIndex
      result.append(String(decoding: bytes[start..<end], as: UTF8.self))
      start = end
    }
    return result
  }

  /// A unified diff with three lines of context, as diff(1) and git write it; empty when nothing changes.
  package func unified() -> String {
    guard !hunks.isEmpty else { return "" }
    let context = 3
    let count = file.lineCount
    var text = "--- \(printable(file.path))\n+++ \(printable(file.path))\n"
    func signed(_ sign: String, _ line: String) -> String {
      // A CRLF is one Character, so look at the bytes.
      line.utf8.last == UInt8(ascii: "\n") ? sign + line : "\(sign)\(line)\n\\ No newline at end of file\n"
    }
    func raw(_ line: Int, _ sign: String) -> String {
      let start = Int(file.lineStarts[line - 1])
      let end = line < file.lineStarts.count ? Int(file.lineStarts[line]) : file.bytes.count
      return signed(sign, String(decoding: file.bytes[start..<max(start, end)], as: UTF8.self))
    }
    var index = 0
    while index < hunks.count {
      var last = index
      while last + 1 < hunks.count,
        hunks[last + 1].oldStart - (hunks[last].oldStart + hunks[last].oldLines.count) <= 2 * context
      {
        last += 1
      }
      let from = max(1, hunks[index].oldStart - context)
      let to = min(count, hunks[last].oldStart + hunks[last].oldLines.count - 1 + context)
      var body = ""
      var line = from
      var added = 0
      var removed = 0
      for hunk in hunks[index...last] {
        while line < hunk.oldStart, line <= count {
          body += raw(line, " ")
          line += 1
        }
        for _ in hunk.oldLines where line <= count {
          body += raw(line, "-")
          line += 1
          removed += 1
        }
        for new in hunk.newLines {
          body += signed("+", new)
          added += 1
        }
      }
      while line <= to {
        body += raw(line, " ")
        line += 1
      }
      let oldCount = max(0, to - from + 1)
      let newStart = from + (hunks[index].newStart - hunks[index].oldStart)
      let newCount = oldCount - removed + added
      let oldHead = oldCount == 0 ? "0,0" : "\(from),\(oldCount)"
      text += "@@ -\(oldHead) +\(newStart),\(newCount) @@\n" + body
      index = last + 1
    }
    return text
  }
}
