import FirewallModel
import Foundation
import Lowering
import SourceText
import TestSupport
import Testing

@Suite struct NftablesJSONTests {
  /// The two forms of one listing, as nft's own suite keeps them.
  struct Pair {
    var name: String
    var text: SourceFile
    var json: SourceFile

    static func all(in root: URL) throws -> [Pair] {
      let folder = root.appending(path: "files/nftables-master-2024-06")
      var pairs: [Pair] = []
      let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      while let url = found?.nextObject() as? URL {
        guard url.pathExtension == "json-nft" else { continue }
        let other = url.deletingPathExtension().appendingPathExtension("nft")
        guard let text = FileManager.default.contents(atPath: other.path()) else { continue }
        pairs.append(
          Pair(
            name: url.deletingPathExtension().lastPathComponent,
            text: SourceFile(id: SourceID(0), path: other.path(), bytes: Array(text)),
            json: SourceFile(id: SourceID(0), path: url.path(), bytes: Array(try Data(contentsOf: url)))))
      }
      return pairs.sorted { $0.name < $1.name }
    }
  }

  @Test(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
  func `JSON and text of one listing give one model`() throws {
    let pairs = try Pair.all(in: #require(Corpora.root))
    var equal = 0
    for pair in pairs {
      let text = Lowering.nftables(pair.text)
      let json = Lowering.nftablesJSON(pair.json)
      let differences = text.ruleset.differences(from: json.ruleset)
      let problems = json.problems.map { "\($0.message) `\(pair.json.text(of: $0.range).prefix(60))`" }
      if differences.isEmpty, problems.isEmpty || !text.problems.isEmpty {
        equal += 1
      } else {
        print("  \(pair.name):")
        for line in problems.prefix(5) { print("    problem: \(line)") }
        for line in text.problems.prefix(5) { print("    text problem: \(line.message)") }
        for line in differences.prefix(5) { print("    \(line.description.prefix(600))") }
      }
    }
    print("nft JSON: \(equal) of \(pairs.count) pairs give equal models")
    #expect(pairs.count > 100)
    #expect(equal == pairs.count)
  }
}
