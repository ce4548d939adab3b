import SourceText

/// Fingerprints of lines as GitHub's upload action computes them for `primaryLocationLineHash`: a rolling hash (base 37,
/// modulo 2^64) over the 100 UTF-16 units from a line's start, spaces and tabs left out, CR and CRLF taken as LF; then
/// `:n` for the n-th line with the same hash.
package struct LineHashes: Sendable {
  /// By line, from 1; index 0 is unused.
  private var hashes: [String] = [""]

  private static let blockSize = 100

  /// Cost: one pass over the text.
  package init(_ bytes: [UInt8]) {
    var hasher = Hasher()
    for unit in String(decoding: bytes, as: UTF8.self).utf16 { hasher.process(unit) }
    hasher.process(0xffff)
    hasher.flush()
    hashes = hasher.hashes
  }

  /// nil for lines that hold nothing to hash, and beyond the end.
  package subscript(line line: Int) -> String? {
    hashes.indices.contains(line) && line > 0 && !hashes[line].isEmpty ? hashes[line] : nil
  }

  private struct Hasher {
    var hashes: [String] = [""]
    private var counts: [UInt64: Int] = [:]
    private var window = [UInt16](repeating: 0, count: LineHashes.blockSize)
    /// The line that starts at each place of the window; 0: none.
    private var lines = [Int](repeating: 0, count: LineHashes.blockSize)
    private var hash: UInt64 = 0
    private var index = 0
    private var line = 0
    private var isAtLineStart = true
    private var sawCarriageReturn = false
    private let firstFactor: UInt64

    init() {
      var factor: UInt64 = 1
      for _ in 0..<LineHashes.blockSize { factor = factor &* 37 }
      firstFactor = factor
    }

    mutating func process(_ unit: UInt16) {
      var unit = unit
      if unit == 0x20 || unit == 0x09 || (sawCarriageReturn && unit == 0x0a) {
        sawCarriageReturn = false
        return
      }
      sawCarriageReturn = unit == 0x0d
      if sawCarriageReturn { unit = 0x0a }
      emit()
      if isAtLineStart {
        isAtLineStart = false
        line += 1
        lines[index] = line
      }
      if unit == 0x0a { isAtLineStart = true }
      update(unit)
    }

    mutating func flush() {
      for _ in 0..<LineHashes.blockSize {
        emit()
        update(0)
      }
    }

    private mutating func emit() {
      let line = lines[index]
      guard line > 0 else { return }
      counts[hash, default: 0] += 1
      while hashes.count <= line { hashes.append("") }
      hashes[line] = String(hash, radix: 16) + ":\(counts[hash] ?? 1)"
      lines[index] = 0
    }

    private mutating func update(_ unit: UInt16) {
      let oldest = UInt64(window[index])
      window[index] = unit
      hash = 37 &* hash &+ UInt64(unit) &- firstFactor &* oldest
      index = (index + 1) % LineHashes.blockSize
    }
  }
}
