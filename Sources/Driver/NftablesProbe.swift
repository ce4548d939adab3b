import FirewallModel
import Lowering
import NftablesSyntax
import SourceText

/// Reads nft texts for the benchmark's rows and for fuzzing, with nothing else around it.
package enum NftablesProbe {
  package struct Outcome {
    package var isLoadable: Bool
    /// The tree prints the text byte for byte.
    package var isLossless: Bool
  }

  /// The lossless tree alone. Gives the number of its nodes.
  package static func parse(_ bytes: [UInt8]) -> Int {
    NftablesFile(parsing: SourceFile(id: SourceID(0), path: "-", bytes: bytes)).nodes.count
  }

  /// Tree and model. Gives the number of rules.
  package static func lower(_ bytes: [UInt8]) -> Int {
    Lowering.nftables(SourceFile(id: SourceID(0), path: "-", bytes: bytes)).ruleset.ruleCount
  }

  /// Both, and whether the tree prints back what was read.
  package static func read(_ bytes: [UInt8]) -> Outcome {
    let source = SourceFile(id: SourceID(0), path: "-", bytes: bytes)
    let lowered = Lowering.nftables(source) { _ in .files([]) }
    return Outcome(
      isLoadable: lowered.isLoadable, isLossless: NftablesFile(parsing: source).printed() == source.bytes)
  }
}
