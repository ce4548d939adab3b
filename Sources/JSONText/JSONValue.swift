/// A JSON value with the byte offset where it starts, so that errors can name a place. Numbers keep their text.
package indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  /// The digits as written, e.g. `1e3`.
  case number(String)
  case string(String)
  case array([JSONValue])
  /// In the order of the text; a key may occur twice.
  case object([(key: String, value: JSONValue)])

  /// The first value of a key, nil for other kinds.
  package subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { return members.first { $0.key == key }?.value }
    return nil
  }

  package var stringValue: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  package var intValue: Int? {
    if case .number(let text) = self { return Int(text) }
    return nil
  }

  package var boolValue: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  package var arrayValue: [JSONValue]? {
    if case .array(let values) = self { return values }
    return nil
  }
}
