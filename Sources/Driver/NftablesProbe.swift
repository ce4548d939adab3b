import FirewallModel
import JSONText
import Lowering
import NftablesSyntax
import SourceText

/// Reads nft texts for the benchmark's rows and for fuzzing, with nothing else around it.
package enum NftablesProbe {
  /// The lossless tree alone. Gives the number of its nodes.
  package static func parse(_ bytes: [UInt8]) -> Int {
    NftablesFile(parsing: SourceFile(id: SourceID(0), path: "-", bytes: bytes)).nodes.count
  }

  /// Tree and model. Gives the number of rules.
  package static func lower(_ bytes: [UInt8]) -> Int {
    Lowering.nftables(SourceFile(id: SourceID(0), path: "-", bytes: bytes)).ruleset.ruleCount
  }

  /// All that reads untrusted nft text: tree, model, canonical listing in both forms; text that starts with a brace also
  /// as JSON, and the listing's JSON read back. Gives whether the tree prints back what was read.
  package static func read(_ bytes: [UInt8]) -> ProbeOutcome {
    let source = SourceFile(id: SourceID(0), path: "-", bytes: bytes)
    let lowered = Lowering.nftables(source) { _ in .files([]) }
    if bytes.first == UInt8(ascii: "{") {
      _ = Lowering.nftablesJSON(source)
    } else {
      let listing = Lowering.listing(source) { _ in .files([]) }
      if bytes.count % 4 == 0 {
        _ = Lowering.nftablesJSON(
          SourceFile(id: SourceID(0), path: "-", bytes: Array(listing.json.text().utf8)))
      }
    }
    return ProbeOutcome(
      isLoadable: lowered.isLoadable, isLossless: NftablesFile(parsing: source).printed() == source.bytes)
  }
}

/// What fuzzing learns of one text.
package struct ProbeOutcome: Sendable {
  package var isLoadable: Bool
  /// The text is printed back byte for byte; where the language has a writer, what it prints reads as the same.
  package var isLossless: Bool
}
