import FirewallModel
import Foundation
import Lowering
import SourceText

/// One row of nftables' own rule tests: a rule in a family and chain, and whether the suite expects it to load.
struct NftablesSuiteRow {
  let file: String
  let line: String
  let family: String
  let chain: String
  let input: String
  let isExpectedOK: Bool
  let canonical: String
  /// What nft 1.0.6 said: `ok` or `fail`.
  let tool: String

  static func all(in root: URL) throws -> [NftablesSuiteRow] {
    let text = try String(contentsOf: root.appending(path: "nftables/py-cases.tsv"), encoding: .utf8)
    var rows: [NftablesSuiteRow] = []
    for line in text.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard columns.count >= 9, columns[2] == "rule" else { continue }
      rows.append(
        NftablesSuiteRow(
          file: columns[0], line: columns[1], family: columns[3], chain: columns[4], input: columns[5],
          isExpectedOK: columns[6] == "ok", canonical: columns[7], tool: columns[8]))
    }
    return rows
  }
}

/// The sets, elements and objects that a test file declares before line N of it.
struct NftablesSuiteFile {
  private var declarations: [(line: Int, text: String)] = []

  init(at url: URL) throws {
    let text = try String(contentsOf: url, encoding: .utf8)
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      guard let first = line.first, "!?%".contains(first) else { continue }
      let parts = line.split(separator: ";", omittingEmptySubsequences: false)
      guard parts.count >= 2, parts[1].hasPrefix("ok"), let body = Self.command(String(parts[0])) else { continue }
      declarations.append((number, body))
    }
  }

  /// `!set1 ipv4_addr timeout 60s`, `?set1 192.168.3.4`, `%cnt1 type counter` as nft commands on table `T`.
  private static func command(_ text: String) -> String? {
    let words = text.dropFirst().split(separator: " ", maxSplits: 1).map(String.init)
    guard words.count == 2 else { return nil }
    let (name, rest) = (words[0], words[1])
    switch text.first {
    case "!":
      var type = rest
      if type.hasPrefix("type ") { type.removeFirst(5) }
      let isTypeof = type.hasPrefix("typeof ")
      if isTypeof { type.removeFirst(7) }
      var extra = ""
      for keyword in [" timeout ", " size ", " flags "] {
        if let range = type.range(of: keyword) {
          extra += keyword + type[range.upperBound...].prefix { $0 != " " } + ";"
          type = String(type[..<range.lowerBound])
        }
      }
      if type.contains(";") { return nil }
      let kind = type.contains(":") ? "map" : "set"
      return "add \(kind) T \(name) { \(isTypeof ? "typeof" : "type") \(type);\(extra) }"
    case "?": return "add element T \(name) { \(rest) }"
    case "%":
      var body = rest
      if body.hasPrefix("type ") { body.removeFirst(5) }
      let parts = body.split(separator: " ", maxSplits: 1).map(String.init)
      if parts.first == "ct", parts.count == 2 {
        let kind = parts[1].split(separator: " ", maxSplits: 1).map(String.init)
        return "add ct \(kind[0]) T \(name) \(kind.count > 1 ? kind[1] : "{ }")"
      }
      return "add \(parts[0]) T \(name) \(parts.count > 1 ? parts[1] : "")"
    default: return nil
    }
  }

  /// A whole script that adds the row's rule to a chain of the row's kind.
  func script(for row: NftablesSuiteRow) -> String {
    let table = "\(row.family) t"
    var text = "table \(table) {\n chain other { }\n chain c {\n  \(row.chain);\n }\n}\n"
    for declaration in declarations where declaration.line < Int(row.line) ?? 0 {
      text += declaration.text.replacingOccurrences(of: " T ", with: " \(table) ") + "\n"
    }
    return text + "add rule \(table) c \(row.input)\n"
  }
}

/// What came of reading all rows.
struct NftablesSuiteResult {
  var accepted = 0
  var expectedOK = 0
  var refused = 0
  var expectedFail = 0
  var wronglyRefused: [String] = []
  var wronglyAccepted: [String] = []

  init(in root: URL) throws {
    var files: [String: NftablesSuiteFile] = [:]
    for row in try NftablesSuiteRow.all(in: root) {
      if files[row.file] == nil {
        files[row.file] = try NftablesSuiteFile(at: root.appending(path: "nftables/py/\(row.file)"))
      }
      guard let file = files[row.file] else { continue }
      let source = SourceFile(id: SourceID(0), path: row.file, text: file.script(for: row))
      let result = Lowering.nftables(source)
      let name = "\(row.file):\(row.line) [\(row.family)] \(row.input)"
      if row.isExpectedOK {
        expectedOK += 1
        if result.isLoadable {
          accepted += 1
        } else {
          let why = result.problems.map { "\($0.message) `\(source.text(of: $0.range).prefix(40))`" }
          wronglyRefused.append("\(name): \(why.joined(separator: "; "))")
        }
      } else if row.tool == "fail" {
        expectedFail += 1
        if result.isLoadable { wronglyAccepted.append(name) } else { refused += 1 }
      }
    }
  }
}
