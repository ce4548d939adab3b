package import SourceText

/// One iptables-save or ip6tables-save dump as read: every byte of it belongs to a token.
package struct IptablesFile: Sendable {
  package let source: SourceFile
  /// What is wrong with the lines as such; what is wrong inside a rule is told by `RuleParser`.
  package var problems: [Problem]
  /// The text is `iptables -S` output: no table and no COMMIT, which `iptables-restore` does not take.
  package private(set) var isListing = false

  /// One line and what it is.
  package struct Line: Hashable, Sendable {
    /// First byte, leading blanks included.
    package var lower: UInt32
    /// One past the last byte, without the line end.
    package var upper: UInt32
    package var kind: Kind
  }

  package enum Kind: UInt8, Sendable {
    case blank, comment
    /// `*filter`
    case table
    /// `:INPUT DROP [0:0]`
    case chain
    /// `-A INPUT …`, with or without counters before it.
    case command
    case commit
    /// Nothing that belongs into such a file.
    case other
  }

  package init(reading source: SourceFile) {
    self.source = source
    problems = []
    checkLines()
  }

  /// The range of a line as a place.
  package func range(of line: Line) -> SourceRange {
    SourceRange(file: source.id, lower: line.lower, upper: line.upper)
  }

  /// Appends the words of a line. The first word of a table or chain line has the `*` or `:` in it.
  package func words(of line: Line, into words: inout [Word]) {
    words.removeAll(keepingCapacity: true)
    if line.kind == .comment {
      words.append(Word(lower: line.lower, upper: line.upper, form: .plain))
      return
    }
    WordScanner.scan(source.bytes, from: Int(line.lower), to: Int(line.upper), into: &words)
  }

  /// The text of all tokens, one after the other: each word, and each gap between two of them.
  package func printed() -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(source.bytes.count)
    var position = 0
    var words: [Word] = []
    for line in lines {
      self.words(of: line, into: &words)
      for word in words {
        result.append(contentsOf: source.bytes[position..<Int(word.lower)])
        result.append(contentsOf: source.bytes[Int(word.lower)..<Int(word.upper)])
        position = Int(word.upper)
      }
      result.append(contentsOf: source.bytes[position..<Int(line.upper)])
      position = Int(line.upper)
    }
    result.append(contentsOf: source.bytes[position...])
    return result
  }

  /// The number of lines; the empty rest after the last line feed is none.
  package var lineCount: Int { source.lineCount }

  /// All lines in order. They are classified when they are asked for, so that a long file needs no room beside its bytes.
  package var lines: LazyMapSequence<Range<Int>, Line> { (0..<lineCount).lazy.map { self.line($0) } }

  /// A line by its number from 0.
  package func line(_ number: Int) -> Line {
    let (lower, upper) = bounds(of: number)
    return Line(lower: UInt32(lower), upper: UInt32(upper), kind: kind(from: lower, to: upper))
  }

  /// Without the line end and without a byte order mark.
  private func bounds(of number: Int) -> (Int, Int) {
    let bytes = source.bytes
    let starts = source.lineStarts
    var lower = Int(starts[number])
    var upper = number + 1 < starts.count ? Int(starts[number + 1]) - 1 : bytes.count
    if upper > lower, bytes[upper - 1] == 0x0D { upper -= 1 }
    if number == 0, bytes.starts(with: Self.byteOrderMark) { lower = min(3, upper) }
    return (lower, upper)
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private mutating func checkLines() {
    let bytes = source.bytes
    if bytes.starts(with: Self.byteOrderMark) {
      let place = SourceRange(file: source.id, lower: 0, upper: 3)
      problems.append(
        Problem(
          .syntaxError, "the file starts with a byte order mark, which iptables-restore does not take", at: place,
          hint: "remove the first three bytes"))
    }
    var sawReturn = false
    var first: Kind?
    var sawTable = false
    for number in 0..<lineCount {
      let line = line(number)
      let end = Int(line.upper)
      if !sawReturn, end < bytes.count, bytes[end] == 0x0D {
        sawReturn = true
        let place = SourceRange(file: source.id, lower: line.upper, upper: line.upper + 1)
        problems.append(
          Problem(
            .syntaxError, "lines end with CR LF; iptables-restore takes the CR for part of the last word", at: place,
            hint: "convert the file to LF line ends"))
      }
      if line.kind != .blank, line.kind != .comment { first = first ?? line.kind }
      if line.kind == .table { sawTable = true }
      if line.lower < line.upper { checkBlanks(line) }
    }
    isListing = first == .command && !sawTable
  }

  /// iptables-restore knows its lines by their first byte, and an empty line by having none.
  private mutating func checkBlanks(_ line: Line) {
    let first = source.bytes[Int(line.lower)]
    let last = source.bytes[Int(line.upper) - 1]
    let message: String
    if first == 0x20 || first == 0x09, line.kind != .command, line.kind != .other {
      message =
        line.kind == .blank ? "the line has blanks only; it must be empty" : "blanks before the line's first character"
    } else if line.kind == .commit, last == 0x20 || last == 0x09 {
      message = "blanks after COMMIT"
    } else {
      return
    }
    guard problems.count < 100 else { return }
    problems.append(Problem(.syntaxError, message, at: range(of: line), hint: "remove the blanks"))
  }

  private func kind(from lower: Int, to upper: Int) -> Kind {
    let bytes = source.bytes
    guard lower < upper else { return .blank }
    switch bytes[lower] {
    case UInt8(ascii: "#"): return .comment
    case UInt8(ascii: "*"): return .table
    case UInt8(ascii: ":"): return .chain
    case UInt8(ascii: "-"), UInt8(ascii: "["): return isCommand(from: lower, to: upper) ? .command : .other
    case UInt8(ascii: "C"): return isCommit(from: lower, to: upper) ? .commit : .other
    case 0x20, 0x09:
      var index = lower
      while index < upper, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
      return index == upper ? .blank : kind(from: index, to: upper)
    default: return .other
    }
  }

  /// `-A`, `--append`, or counters and then one of them.
  private func isCommand(from lower: Int, to upper: Int) -> Bool {
    let bytes = source.bytes
    var index = lower
    if bytes[index] == UInt8(ascii: "[") {
      while index < upper, bytes[index] != UInt8(ascii: "]") { index += 1 }
      index += 1
      while index < upper, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
    }
    guard index + 1 < upper, bytes[index] == UInt8(ascii: "-") else { return false }
    let next = bytes[index + 1]
    return next | 0x20 >= UInt8(ascii: "a") && next | 0x20 <= UInt8(ascii: "z")
      || next == UInt8(ascii: "-") && index + 2 < upper && bytes[index + 2] | 0x20 >= UInt8(ascii: "a")
        && bytes[index + 2] | 0x20 <= UInt8(ascii: "z")
  }

  private func isCommit(from lower: Int, to upper: Int) -> Bool {
    var end = upper
    while end > lower, source.bytes[end - 1] == 0x20 || source.bytes[end - 1] == 0x09 { end -= 1 }
    return source.bytes[lower..<end].elementsEqual("COMMIT".utf8)
  }
}
