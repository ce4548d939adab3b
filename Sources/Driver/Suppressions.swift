import CheckKit
import FirewallModel
import Lowering
import SourceText

/// One suppression as written in a file: `# fwlint: ignore[CODE] reason="…"`, or a comment `fwl:CODE …` of a rule,
/// chain or table, which survives the kernel.
struct SuppressionDirective: Sendable {
  enum Scope: Hashable, Sendable {
    /// Findings that point into these bytes, or speak of a rule or chain that starts in them.
    case bytes(SourceRange)
    case file(SourceID)
    case rule(RuleID)
    case chain(ChainID)
    case table(TableID)
  }

  var codes: [(code: String, range: SourceRange)]
  var reason: String?
  /// The last day on which it holds, as year × 10000 + month × 100 + day.
  var until: Int?
  var scope: Scope
  var origin: SourceRange
}

/// All suppressions of a unit, and what is wrong with their form.
struct SuppressionReader {
  private(set) var directives: [SuppressionDirective] = []
  private(set) var malformed: [(message: String, range: SourceRange)] = []
  private let isIptables: Bool

  init(_ unit: LoadedUnit) {
    isIptables = unit.lowered.dialect.isIptables
    for file in unit.sources.files { read(file) }
    let ruleset = unit.lowered.ruleset
    for (index, table) in ruleset.tables.enumerated() {
      readComment(table.comment, .table(TableID(index)), table.origin)
    }
    for (index, chain) in ruleset.chains.enumerated() {
      readComment(chain.comment, .chain(ChainID(index)), chain.origin)
      for (place, rule) in chain.rules.enumerated() where rule.comment != nil {
        readComment(rule.comment, .rule(RuleID(chain: ChainID(index), index: place)), rule.origin)
      }
    }
  }

  /// `fwl:ICMP001,RULE001 ping-only appliance`.
  private mutating func readComment(_ comment: String?, _ scope: SuppressionDirective.Scope, _ origin: SourceRange) {
    guard let comment, comment.hasPrefix("fwl:") else { return }
    let parts = comment.dropFirst(4).split(separator: " ", maxSplits: 1)
    let codes = (parts.first ?? "").split(separator: ",").map { (code: String($0), range: origin) }
    guard !codes.isEmpty else {
      malformed.append(("the comment `fwl:` names no code", origin))
      return
    }
    directives.append(
      SuppressionDirective(
        codes: codes, reason: parts.count > 1 ? String(parts[1]) : nil, until: nil, scope: scope, origin: origin))
  }

  private mutating func read(_ file: SourceFile) {
    let word = Array("fwlint:".utf8)
    var index = 0
    let bytes = file.bytes
    while index + word.count <= bytes.count {
      guard bytes[index] == word[0], bytes[index..<index + word.count].elementsEqual(word) else {
        index += 1
        continue
      }
      let line = file.line(of: UInt32(index))
      guard let bounds = file.rangeOfLine(line) else { return }
      if let hash = commentStart(bytes, bounds), trimmedStart(bytes, hash + 1, bounds.upperBound) == index {
        parse(file, line: line, bounds: bounds, hash: hash, text: index + word.count)
      }
      index = max(index + 1, bounds.upperBound)
    }
  }

  /// Where a `#` outside quotes starts a comment. iptables-restore takes it in the first column only.
  private func commentStart(_ bytes: [UInt8], _ bounds: Range<Int>) -> Int? {
    if isIptables { return bounds.isEmpty || bytes[bounds.lowerBound] != UInt8(ascii: "#") ? nil : bounds.lowerBound }
    var inQuotes = false
    for index in bounds {
      if bytes[index] == UInt8(ascii: "\"") { inQuotes.toggle() }
      if bytes[index] == UInt8(ascii: "#"), !inQuotes { return index }
    }
    return nil
  }

  private func trimmedStart(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int {
    var index = start
    while index < end, bytes[index] == 32 || bytes[index] == 9 { index += 1 }
    return index
  }

  private mutating func parse(_ file: SourceFile, line: Int, bounds: Range<Int>, hash: Int, text start: Int) {
    func range(_ lower: Int, _ upper: Int) -> SourceRange {
      SourceRange(file: file.id, lower: UInt32(lower), upper: UInt32(upper))
    }
    let bytes = file.bytes
    let origin = range(hash, bounds.upperBound)
    var cursor = trimmedStart(bytes, start, bounds.upperBound)
    var isFileWide = false
    func takes(_ word: String) -> Bool {
      guard bytes[cursor..<bounds.upperBound].starts(with: word.utf8) else { return false }
      cursor += word.utf8.count
      return true
    }
    if takes("ignore-file[") {
      isFileWide = true
    } else if !takes("ignore[") {
      malformed.append(
        ("expected `ignore[CODE]` or `ignore-file[CODE]` after `fwlint:`", range(cursor, bounds.upperBound)))
      return
    }
    guard let close = bytes[cursor..<bounds.upperBound].firstIndex(of: UInt8(ascii: "]")) else {
      malformed.append(("`]` is missing", range(cursor, bounds.upperBound)))
      return
    }
    var codes: [(code: String, range: SourceRange)] = []
    for part in bytes[cursor..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let lower = trimmedStart(bytes, part.startIndex, part.endIndex)
      var upper = part.endIndex
      while upper > lower, bytes[upper - 1] == 32 || bytes[upper - 1] == 9 { upper -= 1 }
      guard upper > lower else {
        malformed.append(("a code is missing; there is no form that ignores everything", range(cursor, close)))
        return
      }
      codes.append((String(decoding: bytes[lower..<upper], as: UTF8.self), range(lower, upper)))
    }
    var directive = SuppressionDirective(
      codes: codes, reason: nil, until: nil, scope: .file(file.id), origin: origin)
    cursor = close + 1
    guard readPairs(file, &cursor, bounds.upperBound, into: &directive) else { return }
    if !isFileWide {
      let isOwnLine = trimmedStart(bytes, bounds.lowerBound, bounds.upperBound) == hash
      let scope = isOwnLine ? nextStatement(file, after: line) : bounds
      directive.scope = .bytes(range(scope.lowerBound, scope.upperBound))
    }
    directives.append(directive)
  }

  /// `reason="…" until=2027-06-30 owner=…`; false when one of them is malformed.
  private mutating func readPairs(
    _ file: SourceFile, _ cursor: inout Int, _ end: Int, into directive: inout SuppressionDirective
  ) -> Bool {
    let bytes = file.bytes
    while true {
      cursor = trimmedStart(bytes, cursor, end)
      guard cursor < end else { return true }
      let start = cursor
      func fail(_ message: String) -> Bool {
        malformed.append((message, SourceRange(file: file.id, lower: UInt32(start), upper: UInt32(end))))
        return false
      }
      guard let equals = bytes[cursor..<end].firstIndex(of: UInt8(ascii: "=")) else {
        return fail("expected `reason=\"…\"`, `until=YYYY-MM-DD` or `owner=…`")
      }
      let key = String(decoding: bytes[cursor..<equals], as: UTF8.self)
      cursor = equals + 1
      let value: String
      if cursor < end, bytes[cursor] == UInt8(ascii: "\"") {
        guard let quote = bytes[(cursor + 1)..<end].firstIndex(of: UInt8(ascii: "\"")) else {
          return fail("the quote is not closed")
        }
        value = String(decoding: bytes[(cursor + 1)..<quote], as: UTF8.self)
        cursor = quote + 1
      } else {
        let stop = bytes[cursor..<end].firstIndex { $0 == 32 || $0 == 9 } ?? end
        value = String(decoding: bytes[cursor..<stop], as: UTF8.self)
        cursor = stop
      }
      switch key {
      case "reason": directive.reason = value.isEmpty ? nil : value
      case "owner": break
      case "until":
        guard let day = Self.day(value) else { return fail("`until` needs a date such as 2027-06-30") }
        directive.until = day
      default: return fail("unknown key `\(key)`; known are reason, until and owner")
      }
    }
  }

  static func day(_ text: String) -> Int? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard text.utf8.count == 10, parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
      (1...12).contains(month), (1...31).contains(day), year >= 0
    else { return nil }
    return year * 10000 + month * 100 + day
  }

  /// The bytes of the next statement: to the end of its line, or of the block that it opens. For iptables the next `-A`
  /// line, or the table up to its COMMIT.
  private func nextStatement(_ file: SourceFile, after line: Int) -> Range<Int> {
    let bytes = file.bytes
    var number = line + 1
    while let bounds = file.rangeOfLine(number), number <= file.lineCount {
      let first = trimmedStart(bytes, bounds.lowerBound, bounds.upperBound)
      guard first < bounds.upperBound, bytes[first] != UInt8(ascii: "#") else {
        number += 1
        continue
      }
      if isIptables {
        guard bytes[first] == UInt8(ascii: "*") else { return bounds }
        while let next = file.rangeOfLine(number), number <= file.lineCount {
          if bytes[next].starts(with: "COMMIT".utf8) { return bounds.lowerBound..<next.upperBound }
          number += 1
        }
        return bounds.lowerBound..<bytes.count
      }
      return bounds.lowerBound..<endOfBlock(bytes, from: first, lineEnd: bounds.upperBound)
    }
    return bytes.count..<bytes.count
  }

  private func endOfBlock(_ bytes: [UInt8], from start: Int, lineEnd: Int) -> Int {
    var depth = 0
    var index = start
    var inQuotes = false
    var inComment = false
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\n"):
        inComment = false
        inQuotes = false
        if depth <= 0, index >= lineEnd { return index }
      case UInt8(ascii: "\"") where !inComment: inQuotes.toggle()
      case UInt8(ascii: "#") where !inQuotes: inComment = true
      case UInt8(ascii: "{") where !inQuotes && !inComment: depth += 1
      case UInt8(ascii: "}") where !inQuotes && !inComment: depth -= 1
      default: break
      }
      index += 1
    }
    return bytes.count
  }
}
