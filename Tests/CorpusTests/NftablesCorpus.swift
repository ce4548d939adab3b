import FirewallModel
import Foundation
import Lowering
import NftablesSyntax
import SourceText
import TestSupport
import Testing

/// One nft file of the corpora and what the reference tool said of it.
struct NftablesCorpusFile {
  let path: String
  let verdict: String
  let firstError: String
  let source: SourceFile

  /// All nft scripts and listings that the manifest names.
  static func all(in root: URL) throws -> [NftablesCorpusFile] {
    let manifest = try String(contentsOf: root.appending(path: "manifest.tsv"), encoding: .utf8)
    var result: [NftablesCorpusFile] = []
    for line in manifest.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard columns.count >= 6, columns[1] == "nft" else { continue }
      let bytes = try Data(contentsOf: root.appending(path: columns[0]))
      let source = SourceFile(id: SourceID(0), path: root.appending(path: columns[0]).path(), bytes: Array(bytes))
      result.append(
        NftablesCorpusFile(path: columns[0], verdict: columns[4], firstError: columns[5], source: source))
    }
    return result
  }

  /// Reads it with the files it includes.
  func lowered() -> Lowered { Lowering.nftables(source, include: { answer($0) }) }

  /// The files that an include names, where the corpora have them.
  func answer(_ request: IncludeRequest) -> IncludeAnswer {
    var path = request.pattern
    if !path.hasPrefix("/") {
      path = URL(filePath: request.from.path).deletingLastPathComponent().appending(path: path).path()
    }
    if path.contains("*") { return .files([]) }
    // What a script includes is not always part of the corpora; the verdict is about the script.
    guard let data = FileManager.default.contents(atPath: path) else { return .files([]) }
    return .files([SourceFile(id: SourceID(request.from.id.rawValue + 1), path: path, bytes: Array(data))])
  }
}

@Suite struct NftablesCorpusTests {
  @Test(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
  func `every nft file prints back byte for byte`() throws {
    let files = try NftablesCorpusFile.all(in: #require(Corpora.root))
    #expect(files.count > 300)
    for file in files {
      #expect(NftablesFile(parsing: file.source).printed() == file.source.bytes, "\(file.path)")
    }
  }

  @Test(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
  func `almost every statement that nft takes is recognised`() throws {
    var statements = 0
    var kinds: [String: Int] = [:]
    var unmodelled: [String: Int] = [:]
    for file in try NftablesCorpusFile.all(in: #require(Corpora.root)) where file.verdict != "fail-syntax" {
      let coverage = file.lowered().ruleset.coverage
      statements += coverage.statements
      for gap in coverage.notUnderstood { kinds[gap.kind, default: 0] += 1 }
      for gap in coverage.notModelled { unmodelled[gap.kind, default: 0] += 1 }
    }
    let gaps = kinds.values.reduce(0, +)
    print(
      "nft corpus: \(statements) statements, \(gaps) not understood, \(unmodelled.values.reduce(0, +)) not modelled")
    for kind in kinds.keys.sorted() { print("  not understood: \(kind) (\(kinds[kind] ?? 0))") }
    for kind in unmodelled.keys.sorted() { print("  not modelled: \(kind) (\(unmodelled[kind] ?? 0))") }
    #expect(statements > 10_000)
    #expect(gaps * 100 < statements * 3)
  }

  @Test(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
  func `a file that nft takes is taken`() throws {
    var agreed = 0
    var refused: [String] = []
    var accepted: [String] = []
    for file in try NftablesCorpusFile.all(in: #require(Corpora.root)) {
      let lowered = file.lowered()
      if lowered.isLoadable == (file.verdict == "ok") {
        agreed += 1
      } else if file.verdict == "ok" {
        refused.append("\(file.path): \(lowered.problems.first?.message ?? "")")
      } else {
        accepted.append("\(file.path): \(file.verdict) \(file.firstError)")
      }
    }
    print("nft corpus: \(agreed) verdicts as nft's, \(refused.count) refused that nft takes")
    for line in refused { print("  refused: \(line)") }
    for line in accepted { print("  taken, nft 1.0.6 on a bare machine did not: \(line)") }
    #expect(refused.isEmpty)
  }
}
