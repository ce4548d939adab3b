/// A JSON value without places; `JSONNode` has them. Numbers keep their text.
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

extension JSONValue {
  package static func int(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

  /// The members of an object in the order of the text, nil for other kinds.
  package var members: [(key: String, value: JSONValue)]? {
    if case .object(let members) = self { return members }
    return nil
  }

  /// The number as a `Double`; nil for other kinds and for what a `Double` cannot hold.
  package var doubleValue: Double? {
    if case .number(let text) = self, let value = Double(text), value.isFinite { return value }
    return nil
  }
}

extension JSONValue: Equatable {
  /// Members are compared in order; numbers by their text.
  package static func == (a: JSONValue, b: JSONValue) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a == b
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)):
      a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    default: false
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .int(value) }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { (key: $0.0, value: $0.1) })
  }
}
