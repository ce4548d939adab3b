package import SourceText

extension Sysctls {
  /// Reads `sysctl -a` output or sysctl.conf(5) text. Keys are as `sysctl -a` prints them: dots between the parts, and
  /// `/` for a dot inside a part (`net.ipv4.conf.eth0/100.rp_filter`). Of several lines for one key the last holds.
  /// Lines that set nothing are problems, except comments, empty lines and the complaints that sysctl(8) itself mixes
  /// into its output. Cost: one pass; at most 100 problems are kept.
  package static func read(_ file: SourceFile) -> (sysctls: Sysctls, problems: [Problem]) {
    var sysctls = Sysctls()
    var problems: [Problem] = []
    func complain(_ message: String, _ range: Range<Int>, hint: String? = nil) {
      guard problems.count < 100 else { return }
      problems.append(Problem(.syntaxError, message, at: sourceRange(range, in: file), hint: hint))
    }
    for number in 1...max(1, file.lineCount) {
      guard let whole = file.rangeOfLine(number) else { continue }
      let line = trimmed(whole, in: file.bytes)
      guard let first = line.first.map({ file.bytes[$0] }) else { continue }
      if first == UInt8(ascii: "#") || first == UInt8(ascii: ";") { continue }
      if file.bytes[line].starts(with: "sysctl: ".utf8) { continue }
      guard let equals = file.bytes[line].firstIndex(of: UInt8(ascii: "=")) else {
        complain("expected `key = value`", line)
        continue
      }
      var keyRange = trimmed(line.lowerBound..<equals, in: file.bytes)
      // sysctl.conf: a leading `-` means that a failure to set the key is no error.
      if let dash = keyRange.first, file.bytes[dash] == UInt8(ascii: "-") {
        keyRange = trimmed(dash + 1..<equals, in: file.bytes)
      }
      guard let key = normalisedKey(file.bytes[keyRange]) else {
        complain("this is no sysctl key", keyRange.isEmpty ? line : keyRange)
        continue
      }
      if key.utf8.contains(UInt8(ascii: "*")) {
        complain(
          "a pattern of keys is not supported", keyRange, hint: "write each key, or give the output of `sysctl -a`")
        continue
      }
      let value = trimmed(equals + 1..<line.upperBound, in: file.bytes)
      sysctls.entries[key] = Entry(
        value: String(decoding: file.bytes[value], as: UTF8.self), origin: sourceRange(line, in: file))
    }
    return (sysctls, problems)
  }

  /// The key with dots between its parts. sysctl(8): the first of `.` and `/` in a key is its separator; the other then
  /// stands for a dot inside a part. nil for what cannot be a key.
  private static func normalisedKey(_ bytes: ArraySlice<UInt8>) -> String? {
    let dot = UInt8(ascii: ".")
    let slash = UInt8(ascii: "/")
    guard let separator = bytes.first(where: { $0 == dot || $0 == slash }), bytes.count <= 256 else { return nil }
    var key: [UInt8] = []
    for byte in bytes {
      // Visible ASCII only: a key is a path below /proc/sys.
      guard byte > 32, byte < 127 else { return nil }
      switch byte {
      case dot: key.append(separator == dot ? dot : slash)
      case slash: key.append(separator == dot ? slash : dot)
      default: key.append(byte)
      }
    }
    guard key.first != dot, key.first != slash, key.last != dot, key.last != slash else { return nil }
    return String(decoding: key, as: UTF8.self)
  }

  private static func trimmed(_ range: Range<Int>, in bytes: [UInt8]) -> Range<Int> {
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper, isBlank(bytes[lower]) { lower += 1 }
    while upper > lower, isBlank(bytes[upper - 1]) { upper -= 1 }
    return lower..<upper
  }

  private static func sourceRange(_ range: Range<Int>, in file: SourceFile) -> SourceRange {
    SourceRange(
      file: file.id, lower: UInt32(truncatingIfNeeded: range.lowerBound),
      upper: UInt32(truncatingIfNeeded: range.upperBound))
  }
}
