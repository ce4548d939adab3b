import CheckKit
import SourceText

/// A piece of source with marks under it, as in the text format:
///
///      --> gateway.nft:7:12
///       |
///     7 |     ct state established accept
///       |              ^^^^^^^^^^^ 2: an ICMP error about a flow is `related`
struct Excerpt {
  let sources: SourceMap
  let style: Style
  let level: Level
  /// Columns that a line of source may take.
  let lineWidth: Int

  private struct Mark {
    var lower: Int
    var upper: Int
    var isPrimary: Bool
    var text: String
  }

  private struct MarkedLine {
    var file: SourceFile
    var line: Int
    var marks: [Mark]
  }

  /// The lines, and the width of their line numbers.
  func lines(primary: SourceRange, labels: [Label]) -> (lines: [String], gutter: Int) {
    let marked = markedLines(primary: primary, labels: labels)
    let gutter = marked.map { String($0.line).count }.max() ?? 1
    let blank = String(repeating: " ", count: gutter + 1)
    var lines: [String] = []
    if let file = sources[primary.file] {
      let place = file.position(of: primary.lower)
      lines.append("\(blank)\(style.frame("-->")) \(printable(file.path)):\(place.line):\(place.column)")
    }
    lines.append(blank + style.frame(" |"))
    var previous: (file: SourceID, line: Int)?
    for marked in marked {
      if let previous, previous.file != marked.file.id {
        lines.append("\(blank)\(style.frame(":::")) \(printable(marked.file.path))")
        lines.append(blank + style.frame(" |"))
      } else if let previous, previous.line + 1 < marked.line {
        lines.append(style.frame(String(repeating: ".", count: 3)))
      }
      previous = (marked.file.id, marked.line)
      lines += render(marked, gutter: gutter)
    }
    lines.append(blank + style.frame(" |"))
    return (lines, gutter)
  }

  /// All marks by file and line: the primary's file first. Labels are numbered in their own order when there are several.
  private func markedLines(primary: SourceRange, labels: [Label]) -> [MarkedLine] {
    var result: [MarkedLine] = []
    func add(_ range: SourceRange, isPrimary: Bool, text: String) {
      guard let file = sources[range.file] else { return }
      let line = file.line(of: min(range.lower, UInt32(file.bytes.count)))
      guard let bounds = file.rangeOfLine(line) else { return }
      let lower = min(max(Int(range.lower), bounds.lowerBound), bounds.upperBound)
      let upper = min(max(Int(range.upper), lower), bounds.upperBound)
      let mark = Mark(
        lower: lower - bounds.lowerBound, upper: upper - bounds.lowerBound, isPrimary: isPrimary, text: text)
      if let index = result.firstIndex(where: { $0.file.id == file.id && $0.line == line }) {
        result[index].marks.append(mark)
      } else {
        result.append(MarkedLine(file: file, line: line, marks: [mark]))
      }
    }
    var sawPrimary = false
    // A check that tells its labels as a story numbers them itself.
    let needsNumbers = labels.count > 1 && !labels.contains { $0.message.first?.isNumber == true }
    for (index, label) in labels.enumerated() {
      let isPrimary = label.range == primary && !sawPrimary
      if isPrimary { sawPrimary = true }
      let text = needsNumbers ? "\(index + 1): \(label.message)" : label.message
      add(label.range, isPrimary: isPrimary, text: text)
    }
    if !sawPrimary { add(primary, isPrimary: true, text: "") }
    func key(_ marked: MarkedLine) -> (Int, UInt32, Int) {
      (marked.file.id == primary.file ? 0 : 1, marked.file.id.rawValue, marked.line)
    }
    result.sort { key($0) < key($1) }
    for index in result.indices {
      result[index].marks.sort {
        ($0.lower, $0.upper, $0.isPrimary ? 0 : 1) < ($1.lower, $1.upper, $1.isPrimary ? 0 : 1)
      }
    }
    return result
  }

  private func render(_ marked: MarkedLine, gutter: Int) -> [String] {
    let number = String(marked.line)
    let head = " " + String(repeating: " ", count: gutter - number.count) + number
    let blank = String(repeating: " ", count: gutter + 1)
    let spans = marked.marks.map { $0.lower..<$0.upper }
    let window = LineWindow(file: marked.file, line: marked.line, spans: spans, width: lineWidth)
    var lines = [style.frame(head + " |") + " " + window.text]
    for mark in marked.marks {
      let columns = window.columns(of: mark.lower..<mark.upper)
      let count = max(1, columns.count)
      let sign = String(repeating: mark.isPrimary ? "^" : "-", count: count)
      let text = mark.text.isEmpty ? sign : sign + " " + printable(mark.text)
      let painted = mark.isPrimary ? style.level(level, text) : style.frame(text)
      lines.append(blank + style.frame(" |") + " " + String(repeating: " ", count: columns.lowerBound) + painted)
    }
    return lines
  }
}

/// One line of source as shown: tabs as four spaces, hidden characters escaped, and cut with `…` round the marked
/// spans when it is longer than the width.
struct LineWindow {
  let text: String
  /// For each byte of the line that is shown: its first display column.
  private let firstByte: Int
  private let columnOfByte: [Int]
  private let end: Int

  init(file: SourceFile, line: Int, spans: [Range<Int>], width: Int) {
    let bounds = file.rangeOfLine(line) ?? 0..<0
    let bytes = file.bytes[bounds]
    // Never look at more of a huge line than can be shown: an escaped byte takes up to eight columns.
    let width = max(width, 20)
    let lower = spans.map(\.lowerBound).min() ?? 0
    let upper = max(lower, spans.map(\.upperBound).max() ?? 0)
    let total = bytes.count
    var from = 0
    var to = total
    if total > width {
      let spare = max(0, width - (upper - lower))
      from = upper <= width ? 0 : max(0, lower - spare / 2)
      to = min(total, max(from + width, from == 0 ? width : 0))
    }
    // Cut at whole characters.
    while from > 0, from < total, bytes[bounds.lowerBound + from] & 0xc0 == 0x80 { from -= 1 }
    while to < total, bytes[bounds.lowerBound + to] & 0xc0 == 0x80 { to += 1 }
    var shown = from > 0 ? "…" : ""
    var column = from > 0 ? 1 : 0
    var columns: [Int] = []
    columns.reserveCapacity(to - from)
    let slice = bytes[bounds.lowerBound + from..<bounds.lowerBound + to]
    for scalar in String(decoding: slice, as: UTF8.self).unicodeScalars {
      let cell = scalar == "\t" ? "    " : printable(scalar)
      columns.append(contentsOf: repeatElement(column, count: min(UTF8.width(scalar), slice.count - columns.count)))
      shown += cell
      column += cell.unicodeScalars.count
    }
    if to < total { shown += "…" }
    text = shown
    firstByte = from
    columnOfByte = columns
    end = column
  }

  /// Display columns of a byte range of the line, clamped to what is shown.
  func columns(of range: Range<Int>) -> Range<Int> {
    func column(_ byte: Int) -> Int {
      let index = byte - firstByte
      if index < 0 { return 0 }
      return index < columnOfByte.count ? columnOfByte[index] : end
    }
    let lower = column(range.lowerBound)
    return lower..<max(lower, column(range.upperBound))
  }
}
