import FirewallModel
import Foundation
import JSONText
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

  /// A value with its members in one order, without handles; elements of sets in one order.
  private static func folded(_ value: JSONValue) -> String {
    switch value {
    case .array(let values): return "[" + values.map { folded($0) }.joined(separator: ",") + "]"
    case .object(let members):
      let parts = members.filter { $0.key != "handle" }.map { member in
        if (member.key == "set" || member.key == "elem"), case .array(let values) = member.value {
          return "\(member.key):{" + values.map { folded($0) }.sorted().joined(separator: ",") + "}"
        }
        return "\(member.key):\(folded(member.value))"
      }
      return "{" + parts.sorted().joined(separator: ",") + "}"
    default: return value.text()
    }
  }

  @Test(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
  func `JSON is written as nft writes it`() throws {
    let pairs = try Pair.all(in: #require(Corpora.root))
    var style = ListingStyle()
    style.release = .r1_1
    var equal = 0
    var items = 0
    var equalItems = 0
    for pair in pairs {
      let wanted = try JSONValue(parsing: pair.json.bytes)["nftables"]?.arrayValue ?? []
      let written = Lowering.listing(pair.text, style: style).json["nftables"]?.arrayValue ?? []
      // The head says which release wrote it.
      let a = wanted.filter { $0["metainfo"] == nil }.map { Self.folded($0) }
      let b = written.filter { $0["metainfo"] == nil }.map { Self.folded($0) }
      items += a.count
      let missing = a.filter { !b.contains($0) }
      equalItems += a.count - missing.count
      if a.sorted() == b.sorted() {
        equal += 1
      } else {
        print("  \(pair.name) differs:")
        for line in missing.prefix(2) { print("    wanted \(line.prefix(400))") }
        for line in b.filter({ !a.contains($0) }).prefix(2) { print("    written \(line.prefix(400))") }
      }
    }
    print("nft JSON written: \(equal) of \(pairs.count) listings, \(equalItems) of \(items) objects and rules equal")
    #expect(equalItems * 100 >= items * 90)
  }
}
