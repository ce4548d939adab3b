import FirewallModel
import Foundation
import IptablesSyntax
import Lowering
import SourceText
import TestSupport
import Testing

/// Every iptables-save file of other projects: read, printed back, understood.
@Suite(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
struct IptablesCorpusTests {
  struct Dump {
    var path: String
    var isOK: Bool
    var source: SourceFile
    var dialect: Dialect
  }

  static func dumps() -> [Dump] {
    guard let root = Corpora.root else { return [] }
    let table = TabSeparatedTable(contentsOf: root.appending(path: "manifest.tsv"))
    var result: [Dump] = []
    for row in table.rows where row["format"] == "iptables-save" {
      guard let data = try? Data(contentsOf: root.appending(path: row["path"])) else { continue }
      let text = String(decoding: data, as: UTF8.self)
      // The manifest does not tell the two dialects apart; the files do.
      let isIPv6 =
        row["path"].contains("ip6tables") || row["path"].hasSuffix(".v6") || text.contains("ip6tables-save")
        || text.contains("icmp6-") || row["path"].contains("ipv6_server")
      let id = SourceID(UInt32(result.count))
      let source = SourceFile(id: id, path: row["path"], bytes: Array(data))
      result.append(
        Dump(
          path: row["path"], isOK: row["reference_tool_verdict"] == "ok", source: source,
          dialect: isIPv6 ? .ip6tablesSave : .iptablesSave))
    }
    return result
  }

  @Test func `every dump is printed back byte for byte and understood`() {
    var statements = 0
    var notUnderstood: [String: Int] = [:]
    var notModelled: [String: Int] = [:]
    var disagreements: [String] = []
    let dumps = Self.dumps()
    for dump in dumps {
      let file = IptablesFile(reading: dump.source)
      #expect(file.printed() == dump.source.bytes, "\(dump.path)")
      let lowered = Lowering.iptablesSave(dump.source, dialect: dump.dialect)
      statements += lowered.ruleset.coverage.statements
      for gap in lowered.ruleset.coverage.notUnderstood { notUnderstood[gap.kind, default: 0] += 1 }
      for gap in lowered.ruleset.coverage.notModelled { notModelled[gap.kind, default: 0] += 1 }
      if lowered.isLoadable != dump.isOK {
        let first = lowered.problems.first.map { problem in
          "\(dump.source.position(of: problem.range.lower).line): \(problem.message)"
        }
        disagreements.append("\(dump.path): reference \(dump.isOK ? "ok" : "fail"), ours \(first ?? "ok")")
      }
    }
    let unknown = notUnderstood.values.reduce(0, +)
    print("iptables corpora: \(dumps.count) files, \(statements) statements, \(unknown) not understood")
    for (kind, count) in notUnderstood.sorted(by: { $0.key < $1.key }) { print("  not understood \(kind): \(count)") }
    for (kind, count) in notModelled.sorted(by: { $0.key < $1.key }) { print("  not modelled \(kind): \(count)") }
    for line in disagreements.sorted() { print("  loadable differs: \(line)") }
    #expect(dumps.count > 50)
    #expect(unknown == 0)
    // The one that the tool refuses here names a set of its host.
    #expect(disagreements.count <= 1)
  }
}
