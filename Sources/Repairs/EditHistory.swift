import SourceText

/// A text after several rounds of edits, told as pieces of the first text and new text between them, so that all rounds
/// together are one set of edits of the first text.
struct EditHistory {
  private enum Piece {
    /// Bytes of the first text.
    case kept(Range<Int>)
    case new([UInt8])
    var count: Int {
      switch self {
      case .kept(let range): range.count
      case .new(let bytes): bytes.count
      }
    }
  }
  private let original: SourceFile
  private var pieces: [Piece]

  init(_ original: SourceFile) {
    self.original = original
    pieces = original.bytes.isEmpty ? [] : [.kept(0..<original.bytes.count)]
  }

  /// Applies edits of the text as it stands now; they must not overlap. O(pieces + edits).
  mutating func apply(_ edits: [TextEdit]) {
    let ordered = edits.enumerated().sorted {
      ($0.element.range.lower, $0.element.range.upper, $0.offset)
        < ($1.element.range.lower, $1.element.range.upper, $1.offset)
    }
    .map(\.element)
    var result: [Piece] = []
    var rest = pieces[...]
    // Where `rest` begins in the text as it stands now.
    var position = 0
    func append(_ piece: Piece) { if piece.count > 0 { result.append(piece) } }
    func cut(upTo end: Int, keeping: Bool) {
      while position < end, let piece = rest.popFirst() {
        let wanted = min(end - position, piece.count)
        let (head, tail) = Self.split(piece, at: wanted)
        if keeping { append(head) }
        position += wanted
        if tail.count > 0 {
          rest = [tail] + rest
          break
        }
      }
    }
    for edit in ordered {
      cut(upTo: Int(edit.range.lower), keeping: true)
      append(.new(Array(edit.replacement.utf8)))
      cut(upTo: Int(edit.range.upper), keeping: false)
    }
    pieces = result + rest
  }

  private static func split(_ piece: Piece, at count: Int) -> (Piece, Piece) {
    switch piece {
    case .kept(let range):
      let middle = range.lowerBound + count
      return (.kept(range.lowerBound..<middle), .kept(middle..<range.upperBound))
    case .new(let bytes): return (.new(Array(bytes[..<count])), .new(Array(bytes[count...])))
    }
  }

  /// What differs from the first text: ranges of it and the bytes that stand there now, in order, not touching.
  func changes() -> [(old: Range<Int>, new: [UInt8])] {
    var found: [(old: Range<Int>, new: [UInt8])] = []
    var position = 0
    var pending: [UInt8] = []
    func flush(upTo lower: Int) {
      if lower > position || !pending.isEmpty { found.append((position..<lower, pending)) }
      pending = []
    }
    for piece in pieces {
      switch piece {
      case .new(let bytes): pending += bytes
      case .kept(let range):
        flush(upTo: range.lowerBound)
        position = range.upperBound
      }
    }
    flush(upTo: original.bytes.count)
    return found
  }
}
