extension JSONValue {
  package enum Layout: Sendable {
    /// One line, no white space.
    case compact
    /// Two spaces a level; empty arrays and objects stay on one line.
    case pretty
  }

  /// The JSON text (RFC 8259) as UTF-8, without a line end at its end. The same value gives the same bytes.
  package func written(_ layout: Layout = .compact) -> [UInt8] {
    var writer = JSONWriter(layout: layout)
    writer.write(self, level: 0)
    return writer.bytes
  }

  /// The JSON text as a string.
  package func text(_ layout: Layout = .compact) -> String {
    String(decoding: written(layout), as: UTF8.self)
  }
}

struct JSONWriter {
  var bytes: [UInt8] = []
  let layout: JSONValue.Layout

  init(layout: JSONValue.Layout) { self.layout = layout }

  mutating func write(_ value: JSONValue, level: Int) {
    switch value {
    case .null: put("null")
    case .bool(let value): put(value ? "true" : "false")
    case .number(let text): put(text)
    case .string(let text): writeString(text)
    case .array(let values):
      guard !values.isEmpty else { return put("[]") }
      put("[")
      for (index, value) in values.enumerated() {
        if index > 0 { put(",") }
        newLine(level + 1)
        write(value, level: level + 1)
      }
      newLine(level)
      put("]")
    case .object(let members):
      guard !members.isEmpty else { return put("{}") }
      put("{")
      for (index, member) in members.enumerated() {
        if index > 0 { put(",") }
        newLine(level + 1)
        writeString(member.key)
        put(layout == .pretty ? ": " : ":")
        write(member.value, level: level + 1)
      }
      newLine(level)
      put("}")
    }
  }

  private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func newLine(_ level: Int) {
    guard layout == .pretty else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * level))
  }

  private mutating func writeString(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): put("\\\"")
      case UInt8(ascii: "\\"): put("\\\\")
      case 0x08: put("\\b")
      case 0x09: put("\\t")
      case 0x0a: put("\\n")
      case 0x0c: put("\\f")
      case 0x0d: put("\\r")
      case 0..<0x20, 0x7f: put("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
