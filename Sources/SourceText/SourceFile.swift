/// Identifies one source file inside a run. Ids are dense, in the order in which files were read.
package struct SourceID: Hashable, Comparable, Sendable {
  package let rawValue: UInt32
  package init(_ rawValue: UInt32) { self.rawValue = rawValue }
  package static func < (a: SourceID, b: SourceID) -> Bool { a.rawValue < b.rawValue }
}

/// A half-open range of bytes in one source file.
package struct SourceRange: Hashable, Comparable, Sendable {
  package var file: SourceID
  /// First byte, counted from 0.
  package var lower: UInt32
  /// One past the last byte; never below `lower`.
  package var upper: UInt32

  package init(file: SourceID, lower: UInt32, upper: UInt32) {
    self.file = file
    self.lower = lower
    self.upper = max(lower, upper)
  }

  package var isEmpty: Bool { lower == upper }

  /// The smallest range that holds both; `other` must be of the same file, else `self` is returned.
  package func joined(with other: SourceRange) -> SourceRange {
    guard other.file == file else { return self }
    return SourceRange(file: file, lower: min(lower, other.lower), upper: max(upper, other.upper))
  }

  package static func < (a: SourceRange, b: SourceRange) -> Bool {
    (a.file, a.lower, a.upper) < (b.file, b.lower, b.upper)
  }
}

/// A place for people: line and column counted from 1. A column is one Unicode scalar (a tab counts as 1);
/// a byte that is not part of valid UTF-8 counts as 1 too.
package struct LineColumn: Hashable, Comparable, Sendable {
  package let line: Int
  package let column: Int
  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
  package static func < (a: LineColumn, b: LineColumn) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// The bytes of one input and where its lines start. Lines end with LF, CRLF or a lone CR is part of its line.
package struct SourceFile: Sendable {
  package let id: SourceID
  /// The path as the user wrote it; `-` for standard input.
  package let path: String
  package let bytes: [UInt8]
  /// Byte offset of the first byte of each line; `lineStarts[0] == 0`.
  package let lineStarts: [UInt32]

  /// The largest file that is read: offsets are 32 bits wide.
  package static let maximumSize = Int(UInt32.max) - 1

  /// Cost: one pass over the bytes. `bytes.count` must not be above `maximumSize`; what is above is cut off.
  package init(id: SourceID, path: String, bytes: [UInt8]) {
    self.id = id
    self.path = path
    self.bytes = bytes.count > Self.maximumSize ? Array(bytes[..<Self.maximumSize]) : bytes
    var starts: [UInt32] = [0]
    starts.reserveCapacity(self.bytes.count / 40 + 1)
    for (offset, byte) in self.bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(UInt32(offset) + 1)
    }
    lineStarts = starts
  }

  package init(id: SourceID, path: String, text: String) {
    self.init(id: id, path: path, bytes: Array(text.utf8))
  }

  /// The number of lines; a last line without line feed counts, an empty one after the last line feed does not.
  package var lineCount: Int {
    if bytes.isEmpty { return 0 }
    return bytes[bytes.count - 1] == UInt8(ascii: "\n") ? lineStarts.count - 1 : lineStarts.count
  }

  /// The line (from 1) that holds a byte offset. Binary search.
  package func line(of offset: UInt32) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low + 1
  }

  /// Line and column of a byte offset. Offsets beyond the end give the end.
  package func position(of offset: UInt32) -> LineColumn {
    let offset = min(offset, UInt32(bytes.count))
    let line = line(of: offset)
    let start = Int(lineStarts[line - 1])
    let prefix = String(decoding: bytes[start..<Int(offset)], as: UTF8.self)
    return LineColumn(line: line, column: prefix.unicodeScalars.count + 1)
  }

  /// The bytes of a line (from 1) without its line end, as a half-open byte range; nil when there is no such line.
  package func rangeOfLine(_ line: Int) -> Range<Int>? {
    guard line >= 1, line <= lineStarts.count else { return nil }
    let start = Int(lineStarts[line - 1])
    var end = line < lineStarts.count ? Int(lineStarts[line]) - 1 : bytes.count
    if end > start, line < lineStarts.count, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<max(start, end)
  }

  /// The text of a line without its line end; invalid UTF-8 is repaired with U+FFFD. Empty when there is no such line.
  package func textOfLine(_ line: Int) -> String {
    guard let range = rangeOfLine(line) else { return "" }
    return String(decoding: bytes[range], as: UTF8.self)
  }

  /// The text of a range, clamped to the file; invalid UTF-8 is repaired with U+FFFD.
  package func text(of range: SourceRange) -> String {
    let lower = min(Int(range.lower), bytes.count)
    let upper = min(Int(range.upper), bytes.count)
    return String(decoding: bytes[lower..<max(lower, upper)], as: UTF8.self)
  }
}

/// All files of one run. A file's id is its index.
package struct SourceMap: Sendable {
  package private(set) var files: [SourceFile] = []
  package init() {}

  /// Adds a file and gives it the next id.
  package mutating func add(path: String, bytes: [UInt8]) -> SourceFile {
    let file = SourceFile(id: SourceID(UInt32(files.count)), path: path, bytes: bytes)
    files.append(file)
    return file
  }

  package subscript(id: SourceID) -> SourceFile? {
    Int(id.rawValue) < files.count ? files[Int(id.rawValue)] : nil
  }
}
