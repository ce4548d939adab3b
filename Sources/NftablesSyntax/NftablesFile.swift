package import SourceText

/// One nftables script as read: every byte of it belongs to a token.
package struct NftablesFile: Sendable {
  package let source: SourceFile
  /// What nft would refuse by its grammar, and what is not recognised.
  package var problems: [Problem]

  /// The text of all tokens, one after the other; equal to the source, byte for byte.
  package func printed() -> [UInt8] { source.bytes }
}
