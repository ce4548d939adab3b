package import SourceText

/// One word of a line as `iptables-restore` splits it: what stands between blanks, or between double quotes.
package struct Word: Hashable, Sendable {
  /// First byte in the file, quotes included.
  package var lower: UInt32
  /// One past the last byte, quotes included.
  package var upper: UInt32
  package var form: Form

  package enum Form: UInt8, Sendable {
    /// No quotes: the bytes are the text.
    case plain
    /// One pair of quotes around it and no backslash inside: the bytes between are the text.
    case quoted
    /// Quotes in the middle or backslashes: the text must be decoded.
    case mixed
    /// As `mixed`, and the closing quote is missing.
    case unterminated
  }

  /// The word and its quotes as a place.
  package func range(in file: SourceID) -> SourceRange { SourceRange(file: file, lower: lower, upper: upper) }
}

/// Splits lines into words by the rules of `iptables-restore`: blanks are space and tab; a double quote starts a part in
/// which blanks are kept and a backslash takes the next byte as it is; the closing quote ends the word.
package enum WordScanner {
  /// The longest parameter that `iptables-restore` takes, in bytes.
  package static let maximumLength = 1023

  /// More words than any line can have; what stands behind them is no word of its own, so that a line of a gigabyte
  /// needs no list of its words.
  package static let maximumCount = 1000

  /// Appends the words of a half-open byte range that holds no line end, at most `maximumCount` of them.
  package static func scan(_ bytes: [UInt8], from start: Int, to end: Int, into words: inout [Word]) {
    var index = start
    let limit = words.count + maximumCount
    while index < end, words.count < limit {
      let byte = bytes[index]
      if byte == 0x20 || byte == 0x09 {
        index += 1
        continue
      }
      let lower = index
      if byte != 0x22 {
        while index < end, bytes[index] != 0x20, bytes[index] != 0x09, bytes[index] != 0x22 { index += 1 }
        if index == end || bytes[index] != 0x22 {
          words.append(Word(lower: UInt32(lower), upper: UInt32(index), form: .plain))
          continue
        }
      }
      let quote = index
      index += 1
      var sawBackslash = false
      while index < end, bytes[index] != 0x22 {
        if bytes[index] == 0x5C {
          sawBackslash = true
          index += 1
        }
        index += 1
      }
      if index >= end {
        words.append(Word(lower: UInt32(lower), upper: UInt32(end), form: .unterminated))
        return
      }
      index += 1
      let form: Word.Form = quote == lower && !sawBackslash ? .quoted : .mixed
      words.append(Word(lower: UInt32(lower), upper: UInt32(index), form: form))
    }
  }

  /// The text of a word: without quotes, backslashes resolved.
  @inline(__always)
  package static func text(of word: Word, in bytes: [UInt8]) -> ArraySlice<UInt8> {
    let lower = Int(word.lower)
    let upper = Int(word.upper)
    switch word.form {
    case .plain: return bytes[lower..<upper]
    case .quoted: return bytes[lower + 1..<upper - 1]
    case .mixed, .unterminated: return decoded(bytes[lower..<upper])[...]
    }
  }

  private static func decoded(_ raw: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(raw.count)
    var isQuoted = false
    var isEscaped = false
    for byte in raw {
      if !isQuoted {
        if byte == 0x22 { isQuoted = true } else { result.append(byte) }
      } else if isEscaped {
        result.append(byte)
        isEscaped = false
      } else if byte == 0x5C {
        isEscaped = true
      } else if byte == 0x22 {
        break
      } else {
        result.append(byte)
      }
    }
    return result
  }
}
