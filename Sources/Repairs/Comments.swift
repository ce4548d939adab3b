import SourceText

/// The comments of a file, in order, as they must survive an edit.
enum Comments {
  static func texts(of file: SourceFile, isIptables: Bool) -> [ArraySlice<UInt8>] {
    if !isIptables { return NftablesLayout(file.bytes).comments.map { file.bytes[$0] } }
    return (1...max(1, file.lineCount)).compactMap { line in
      guard let range = file.rangeOfLine(line), let first = file.bytes[range].first, first == UInt8(ascii: "#") else {
        return nil
      }
      return file.bytes[range]
    }
  }

  /// True when every comment of the old text is in the new one, in the same order.
  static func areKept(_ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>]) -> Bool {
    var position = 0
    for comment in old {
      while position < new.count, new[position] != comment { position += 1 }
      if position == new.count { return false }
      position += 1
    }
    return true
  }
}
