import Foundation
import Lowering
import SourceText
import TestSupport
import Testing

@Suite struct NftablesCanonicalTests {
  /// The lines of chain `c` in a listing, without its head.
  static func rules(of listing: String) -> String {
    var lines: [String] = []
    var isInside = false
    for line in listing.split(separator: "\n") {
      let text = line.trimmingCharacters(in: .whitespaces)
      if text == "chain c {" {
        isInside = true
      } else if text == "}" {
        isInside = false
      } else if isInside, !(text.hasPrefix("type ") && text.contains(" hook ")) {
        lines.append(text)
      }
    }
    return lines.joined(separator: " ")
  }

  /// White space away, the elements of each pair of braces in one order.
  static func folded(_ text: String) -> String {
    var result = ""
    var elements: String?
    for character in text where !character.isWhitespace {
      switch character {
      case "{": elements = ""
      case "}":
        let sorted = (elements ?? "").split(separator: ",").sorted().joined(separator: ",")
        result += "{\(sorted)}"
        elements = nil
      default: if elements == nil { result.append(character) } else { elements?.append(character) }
      }
    }
    return result + (elements.map { "{" + $0 } ?? "")
  }

  /// Rows that name users or groups: the suite's machine knows them, a text does not.
  private static func namesUsers(_ row: NftablesSuiteRow) -> Bool {
    (row.input.contains("skuid") || row.input.contains("skgid"))
      && row.input.contains { $0 == "\"" }
  }

  @Test(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
  func `rules print as nft lists them`() throws {
    let root = try #require(Corpora.root)
    var files: [String: NftablesSuiteFile] = [:]
    var equal = 0
    var compared = 0
    var exceptions: [String] = []
    // The suite lists protocols as numbers, counters without counts, and bursts always.
    var style = ListingStyle()
    style.numericProtocols = true
    style.isStateless = true
    style.release = .r1_1
    for row in try NftablesSuiteRow.all(in: root) where row.isExpectedOK && !Self.namesUsers(row) {
      if files[row.file] == nil {
        files[row.file] = try NftablesSuiteFile(at: root.appending(path: "nftables/py/\(row.file)"))
      }
      guard let file = files[row.file] else { continue }
      compared += 1
      let source = SourceFile(id: SourceID(0), path: row.file, text: file.script(for: row))
      let listing = Lowering.listing(source, style: style)
      let printed = listing.unlisted.isEmpty ? Self.rules(of: listing.text) : "as it was written"
      let wanted = row.canonical.isEmpty ? row.input : row.canonical
      if Self.folded(printed) == Self.folded(wanted) {
        equal += 1
      } else {
        exceptions.append("\(row.file):\(row.line) [\(row.family)] \(row.input) | wanted \(wanted) | printed \(printed)")
      }
    }
    print("nft canonical form: \(equal) of \(compared) rows")
    for line in exceptions { print("  differs: \(line)") }
    #expect(equal * 100 >= compared * 98)
  }
}
