import SourceText

/// Where the statements of an nft script begin and end, by the lexical rules of nft(8) alone: comments run from `#` to
/// the end of the line, strings are in double quotes, `\` before a line end joins lines, statements end with a line end
/// or `;`, and braces either open a block (table, chain, set …) or belong to an expression. One pass, no recursion.
struct NftablesLayout {
  struct Statement {
    /// From the first byte of the first word to one past the last.
    var range: Range<Int>
    /// The block that it stands in.
    var block: Int
    /// The offset of the `;` that ends it, if one does.
    var semicolon: Int?
    /// The block that it opens, if it opens one.
    var opens: Int?
    /// One past the statement and its semicolon.
    var end: Int { semicolon.map { $0 + 1 } ?? range.upperBound }
  }

  enum BlockKind { case file, table, chain, other }

  struct Block {
    var kind: BlockKind
    /// The offset of its `{`; −1 for the file.
    var open: Int
    /// The offset of its `}`; nil when it is missing (or the file).
    var close: Int?
    var parent: Int?
    /// The statements directly in it, in order.
    var statements: [Int] = []
  }

  private(set) var statements: [Statement] = []
  private(set) var blocks: [Block] = [Block(kind: .file, open: -1)]
  /// From `#` to the end of the line, in order.
  private(set) var comments: [Range<Int>] = []

  private struct Frame {
    var block: Int
    var statement: Int?
    var depth = 0
    var hasWord = false
    var keyword = ""
    var lastWord = 0..<0
  }

  /// Blocks nested deeper than this are read as expressions, so that memory stays in proportion to the text.
  private static let maximumNesting = 64

  init(_ bytes: [UInt8]) {
    var frames = [Frame(block: 0)]
    var position = 0
    let count = bytes.count
    while position < count {
      let byte = bytes[position]
      switch byte {
      case 0x20, 0x09, 0x0d:
        position += 1
      case 0x0a:
        if frames[frames.count - 1].depth == 0 { endStatement(&frames, semicolon: nil) }
        position += 1
      case UInt8(ascii: ";"):
        if frames[frames.count - 1].depth == 0 { endStatement(&frames, semicolon: position) }
        position += 1
      case UInt8(ascii: "#"):
        let start = position
        while position < count, bytes[position] != 0x0a { position += 1 }
        let end = position > start && bytes[position - 1] == 0x0d ? position - 1 : position
        comments.append(start..<end)
      case UInt8(ascii: "\\")
      where position + 1 < count
        && (bytes[position + 1] == 0x0a
          || (bytes[position + 1] == 0x0d && position + 2 < count && bytes[position + 2] == 0x0a)):
        position += bytes[position + 1] == 0x0a ? 2 : 3
      case UInt8(ascii: "{"):
        openBrace(&frames, at: position, bytes)
        position += 1
      case UInt8(ascii: "}"):
        closeBrace(&frames, at: position)
        position += 1
      case UInt8(ascii: "\""):
        let end = Self.endOfString(bytes, from: position)
        extend(&frames, position..<end)
        position = end
      default:
        let start = position
        position += 1
        while position < count, !Self.endsWord(bytes[position]) { position += 1 }
        extend(&frames, start..<position)
        note(&frames, word: start..<position, bytes)
      }
    }
    while frames.count > 1 {
      endStatement(&frames, semicolon: nil)
      frames.removeLast()
    }
    endStatement(&frames, semicolon: nil)
  }

  private static func endsWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0d, 0x0a, UInt8(ascii: ";"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "#"),
      UInt8(ascii: "\""), UInt8(ascii: "\\"):
      true
    default: false
    }
  }

  /// One past the closing quote; a quote that is never closed stands for itself.
  static func endOfString(_ bytes: [UInt8], from start: Int) -> Int {
    var position = start + 1
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] == 0x0a { return start + 1 }
      position += 1
    }
    return position < bytes.count ? position + 1 : start + 1
  }

  private mutating func extend(_ frames: inout [Frame], _ range: Range<Int>) {
    let top = frames.count - 1
    if let index = frames[top].statement {
      let old = statements[index].range
      statements[index].range = old.lowerBound..<max(old.upperBound, range.upperBound)
    } else {
      frames[top].statement = statements.count
      blocks[frames[top].block].statements.append(statements.count)
      statements.append(Statement(range: range, block: frames[top].block))
      frames[top].hasWord = false
      frames[top].keyword = ""
    }
  }

  private func note(_ frames: inout [Frame], word range: Range<Int>, _ bytes: [UInt8]) {
    let top = frames.count - 1
    guard frames[top].depth == 0 else { return }
    frames[top].lastWord = range
    guard !frames[top].hasWord || frames[top].keyword.isEmpty else { return }
    let word = String(decoding: bytes[range], as: UTF8.self)
    if !frames[top].hasWord {
      frames[top].hasWord = true
      frames[top].keyword = word == "add" || word == "create" || word == "insert" ? "" : word
    } else {
      frames[top].keyword = word
    }
  }

  private mutating func endStatement(_ frames: inout [Frame], semicolon: Int?) {
    let top = frames.count - 1
    if let index = frames[top].statement { statements[index].semicolon = semicolon }
    frames[top] = Frame(block: frames[top].block)
  }

  private mutating func openBrace(_ frames: inout [Frame], at position: Int, _ bytes: [UInt8]) {
    let top = frames.count - 1
    let kind =
      frames[top].depth == 0 && frames.count < Self.maximumNesting ? blockKind(opening: frames[top], bytes) : nil
    extend(&frames, position..<position + 1)
    guard let kind, let owner = frames[top].statement else {
      frames[top].depth += 1
      return
    }
    statements[owner].opens = blocks.count
    frames.append(Frame(block: blocks.count))
    blocks.append(Block(kind: kind, open: position, parent: frames[top].block))
  }

  private func blockKind(opening frame: Frame, _ bytes: [UInt8]) -> BlockKind? {
    let last = bytes[frame.lastWord]
    if last.elementsEqual("jump".utf8) || last.elementsEqual("goto".utf8) { return .chain }
    switch blocks[frame.block].kind {
    case .chain, .other: return nil
    case .file, .table:
      switch frame.keyword {
      case "table": return .table
      case "chain": return .chain
      case "set", "map", "flowtable", "counter", "quota", "limit", "secmark", "synproxy", "ct", "meter": return .other
      default: return nil
      }
    }
  }

  private mutating func closeBrace(_ frames: inout [Frame], at position: Int) {
    let top = frames.count - 1
    if frames[top].depth > 0 {
      frames[top].depth -= 1
      extend(&frames, position..<position + 1)
      return
    }
    guard top > 0 else { return }
    endStatement(&frames, semicolon: nil)
    blocks[frames[top].block].close = position
    frames.removeLast()
    extend(&frames, position..<position + 1)
  }

  /// The innermost statement that holds a byte. Binary search, then up the blocks.
  func statement(at offset: Int) -> Int? {
    var low = 0
    var high = statements.count
    while low < high {
      let middle = (low + high) / 2
      if statements[middle].range.lowerBound <= offset { low = middle + 1 } else { high = middle }
    }
    var index = low - 1
    // Statements are ordered by their first byte, and a statement's inner ones follow it: walking back meets the
    // innermost that holds the offset first. Whole blocks before the offset are left by their owner's range.
    while index >= 0 {
      if statements[index].range.contains(offset) { return index }
      let block = statements[index].block
      guard let owner = owner(of: block) else { return nil }
      index = owner
    }
    return nil
  }

  /// The statement that opens a block; nil for the file.
  func owner(of block: Int) -> Int? {
    guard let parent = blocks[block].parent else { return nil }
    // The owner is the last statement of the parent that starts before the block's brace.
    let candidates = blocks[parent].statements
    var low = 0
    var high = candidates.count
    while low < high {
      let middle = (low + high) / 2
      if statements[candidates[middle]].range.lowerBound < blocks[block].open {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low > 0 ? candidates[low - 1] : nil
  }

  /// True when a comment begins inside a range.
  func hasComment(in range: Range<Int>) -> Bool {
    var low = 0
    var high = comments.count
    while low < high {
      let middle = (low + high) / 2
      if comments[middle].lowerBound < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < comments.count && comments[low].lowerBound < range.upperBound
  }
}

/// A word, string or single punctuation mark of one statement.
struct WordToken: Equatable {
  var text: String
  var range: Range<Int>
}

enum Words {
  /// Cuts nft text into words; `{ } ( ) , ; :` and `!` `=` runs stand alone, strings keep their quotes, comments are left
  /// out.
  static func nftables(_ bytes: [UInt8], in range: Range<Int>) -> [WordToken] {
    var tokens: [WordToken] = []
    var position = max(0, range.lowerBound)
    let end = min(range.upperBound, bytes.count)
    func append(_ from: Int, _ to: Int) {
      tokens.append(WordToken(text: String(decoding: bytes[from..<to], as: UTF8.self), range: from..<to))
    }
    while position < end {
      let byte = bytes[position]
      switch byte {
      case 0x20, 0x09, 0x0a, 0x0d, UInt8(ascii: "\\"):
        position += 1
      case UInt8(ascii: "#"):
        while position < end, bytes[position] != 0x0a { position += 1 }
      case UInt8(ascii: "\""):
        let stop = min(NftablesLayout.endOfString(bytes, from: position), end)
        append(position, stop)
        position = stop
      case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"),
        UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "|"), UInt8(ascii: "&"):
        append(position, position + 1)
        position += 1
      case UInt8(ascii: "!"), UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"):
        let start = position
        while position < end, "!=<>".utf8.contains(bytes[position]) { position += 1 }
        append(start, position)
      default:
        let start = position
        while position < end, !" \t\n\r\\#\"{},;:()|&!=<>".utf8.contains(bytes[position]) { position += 1 }
        append(start, max(position, start + 1))
        position = max(position, start + 1)
      }
    }
    return tokens
  }

  /// Cuts a line of iptables-restore(8) into words: blanks part them, double quotes hold them together and `\` escapes
  /// inside quotes. A word's text is without its quotes, its range with them.
  static func iptables(_ bytes: [UInt8], in range: Range<Int>) -> [WordToken] {
    var tokens: [WordToken] = []
    var position = max(0, range.lowerBound)
    let end = min(range.upperBound, bytes.count)
    while position < end {
      if TextLines.isBlank(bytes[position]) || bytes[position] == 0x0a {
        position += 1
        continue
      }
      let start = position
      var text: [UInt8] = []
      var quoted = false
      while position < end {
        let byte = bytes[position]
        if byte == UInt8(ascii: "\"") {
          quoted.toggle()
        } else if quoted, byte == UInt8(ascii: "\\"), position + 1 < end {
          position += 1
          text.append(bytes[position])
        } else if !quoted, TextLines.isBlank(byte) || byte == 0x0a {
          break
        } else {
          text.append(byte)
        }
        position += 1
      }
      tokens.append(WordToken(text: String(decoding: text, as: UTF8.self), range: start..<position))
    }
    return tokens
  }
}
