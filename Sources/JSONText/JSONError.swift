/// Why a text is no JSON (RFC 8259), and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Byte offset in the array or slice that was parsed, counted from its first byte.
  package var offset: Int
  /// Lower-case start, no full stop.
  package var message: String

  package init(offset: Int, message: String) {
    self.offset = offset
    self.message = message
  }

  package var description: String { "\(message) at byte \(offset)" }
}
