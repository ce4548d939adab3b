import BuiltinChecks
import CheckKit
import Foundation
import TestSupport
import Testing

@Suite struct CatalogueTests {
  @Test func `codes and names are unique`() {
    let codes = allChecks.map { $0.metadata.code }
    #expect(Set(codes).count == codes.count)
    let names = allChecks.map { $0.metadata.name }
    #expect(Set(names).count == names.count)
  }

  @Test(.enabled(if: Corpora.isPresent, "\(Corpora.absent)"))
  func `codes, names and levels are those of the catalogue`() throws {
    let root = try #require(Corpora.root)
    let file = root.deletingLastPathComponent().appending(path: "guidance/codes.tsv")
    var rows: [String: (name: String, level: String)] = [:]
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst() {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      if cells.count >= 3 { rows[String(cells[0])] = (String(cells[1]), String(cells[2])) }
    }
    for check in allChecks {
      let row = rows[check.metadata.code]
      #expect(row?.name == check.metadata.name, "\(check.metadata.code)")
      #expect(row?.level == check.metadata.level.rawValue, "\(check.metadata.code)")
    }
  }

  @Test(arguments: allChecks.map { $0.metadata.code })
  func `each check has two firing fixtures and three look-alikes`(_ code: String) {
    let mine = Fixture.all.filter { $0.code == code }
    #expect(mine.count { $0.isBad } >= 2)
    #expect(mine.count { !$0.isBad } >= 3)
  }

  @Test(arguments: allChecks.map { $0.metadata.code })
  func `texts follow the rules`(_ code: String) throws {
    let metadata = try #require(allChecks.first { $0.metadata.code == code }).metadata
    #expect(!metadata.summary.hasSuffix("."))
    #expect(metadata.summary.contains("\n") == false)
    let page = metadata.page
    let parts = [
      page.finds, page.matters, page.decides, page.fixSafety, page.ignoreWhen, page.notReported, page.checkByHand,
      page.sources,
    ]
    for part in parts { #expect(!part.isEmpty) }
  }
}
