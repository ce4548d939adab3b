/// A JSON value with its place in the text; for readers that report places (rule sets in JSON).
package struct JSONNode: Sendable {
  package indirect enum Content: Sendable {
    case null
    case bool(Bool)
    /// The digits as written.
    case number(String)
    case string(String)
    case array([JSONNode])
    /// In the order of the text; a key may occur twice.
    case object([Member])
  }

  package struct Member: Sendable {
    package var key: String
    /// The name with its quotes.
    package var keyRange: Range<Int>
    package var value: JSONNode
  }

  package var content: Content
  /// Byte offsets in the array or slice that was parsed, counted from its first byte.
  package var range: Range<Int>

  /// The first value of a key, nil for other kinds.
  package subscript(key: String) -> JSONNode? {
    if case .object(let members) = content { return members.first { $0.key == key }?.value }
    return nil
  }

  package var stringValue: String? {
    if case .string(let text) = content { return text }
    return nil
  }

  package var intValue: Int? {
    if case .number(let text) = content { return Int(text) }
    return nil
  }

  package var boolValue: Bool? {
    if case .bool(let value) = content { return value }
    return nil
  }

  package var arrayValue: [JSONNode]? {
    if case .array(let values) = content { return values }
    return nil
  }

  package var members: [Member]? {
    if case .object(let members) = content { return members }
    return nil
  }

  /// The same without places.
  package var value: JSONValue {
    switch content {
    case .null: .null
    case .bool(let value): .bool(value)
    case .number(let text): .number(text)
    case .string(let text): .string(text)
    case .array(let nodes): .array(nodes.map(\.value))
    case .object(let members): .object(members.map { (key: $0.key, value: $0.value.value) })
    }
  }
}
