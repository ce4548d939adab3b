import SourceText

/// Byte-level questions about the lines of a file: indentation, line ends, what else stands on a line.
struct TextLines {
  let file: SourceFile
  var bytes: [UInt8] { file.bytes }

  init(_ file: SourceFile) { self.file = file }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }

  /// The first byte of the line that holds an offset.
  func start(of offset: Int) -> Int {
    var position = min(max(offset, 0), bytes.count)
    while position > 0, bytes[position - 1] != 0x0a { position -= 1 }
    return position
  }

  /// One past the line's last byte before its line end (LF or CRLF).
  func contentEnd(of offset: Int) -> Int {
    let lineFeed = lineFeed(from: offset)
    if lineFeed < bytes.count, lineFeed > 0, bytes[lineFeed - 1] == 0x0d, lineFeed > offset { return lineFeed - 1 }
    return lineFeed
  }

  /// The first byte of the next line, or the end of the file.
  func next(after offset: Int) -> Int { min(lineFeed(from: offset) + 1, bytes.count) }

  private func lineFeed(from offset: Int) -> Int {
    var position = min(max(offset, 0), bytes.count)
    while position < bytes.count, bytes[position] != 0x0a { position += 1 }
    return position
  }

  /// The blanks at the start of the line that holds an offset.
  func indentation(at offset: Int) -> String {
    let start = start(of: offset)
    var end = start
    while end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x09 { end += 1 }
    return text(start..<end)
  }

  /// The line end of the line that holds an offset; of the first line when that one has none; else LF.
  func lineEnd(at offset: Int) -> String {
    for place in [offset, 0] {
      let lineFeed = lineFeed(from: place)
      guard lineFeed < bytes.count else { continue }
      return lineFeed > 0 && bytes[lineFeed - 1] == 0x0d ? "\r\n" : "\n"
    }
    return "\n"
  }

  /// True when the range holds nothing but blanks.
  func isBlank(_ range: Range<Int>) -> Bool {
    range.lowerBound >= 0 && range.upperBound <= bytes.count && bytes[range].allSatisfy { Self.isBlank($0) }
  }

  /// The first byte at or after an offset that is no blank; may be a line feed or the end of the file.
  func skippingBlanks(from offset: Int) -> Int {
    var position = offset
    while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
    return position
  }

  /// One past the last byte before an offset that is no blank.
  func skippingBlanks(backFrom offset: Int) -> Int {
    var position = min(offset, bytes.count)
    while position > 0, Self.isBlank(bytes[position - 1]) { position -= 1 }
    return position
  }

  /// The start of the contiguous lines directly above a line that hold a `#` comment and nothing else; the line's own
  /// start where there are none. Stops at `limit`.
  func startOfCommentsAbove(_ lineStart: Int, limit: Int) -> Int {
    var top = lineStart
    while top > limit, top > 0 {
      let above = start(of: top - 1)
      let first = skippingBlanks(from: above)
      guard above >= limit, first < bytes.count, bytes[first] == UInt8(ascii: "#") else { break }
      top = above
    }
    return top
  }

  func text(_ range: Range<Int>) -> String {
    let lower = min(max(range.lowerBound, 0), bytes.count)
    let upper = min(max(range.upperBound, lower), bytes.count)
    return String(decoding: bytes[lower..<upper], as: UTF8.self)
  }

  func edit(_ range: Range<Int>, _ replacement: String) -> TextEdit {
    TextEdit(
      range: SourceRange(
        file: file.id, lower: UInt32(clamping: range.lowerBound), upper: UInt32(clamping: range.upperBound)),
      replacement: replacement)
  }

  func insertion(at offset: Int, _ text: String) -> TextEdit { edit(offset..<offset, text) }
}
