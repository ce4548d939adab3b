package import SourceText

/// One iptables-save or ip6tables-save dump as read: every byte of it belongs to a token.
package struct IptablesFile: Sendable {
  package let source: SourceFile
  package var problems: [Problem]

  /// The text of all tokens, one after the other; equal to the source, byte for byte.
  package func printed() -> [UInt8] { source.bytes }
}
