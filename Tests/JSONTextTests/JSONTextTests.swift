import JSONText
import Testing

@Suite struct JSONTextTests {
  static let allowed: [(String, JSONValue)] = [
    ("null", .null), ("true", true), (" [ ] ", []), ("-0.5e+3", .number("-0.5e+3")),
    (#"{"a":[1,{"b":"c"}],"a":false}"#, ["a": [1, ["b": "c"]], "a": false]),
    (#""\"\\\/\b\f\n\r\t\u0041""#, "\"\\/\u{8}\u{c}\n\r\tA"),
    (#""\ud83d\ude00""#, "😀"), (#""\ud83dx\udc00""#, "\u{fffd}x\u{fffd}"), (#""\ud83d\u0041""#, "\u{fffd}A"),
  ]

  @Test(arguments: allowed) func `reads what RFC 8259 allows`(_ text: String, _ value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
  }

  @Test(arguments: [
    ("", 0), ("  ", 2), ("[1,]", 3), ("[1 2]", 3), ("{a:1}", 1), (#"{"a" 1}"#, 5), ("01", 0), ("1.", 0), ("-", 0),
    ("1e", 0), ("nul", 0), (#""abc"#, 0), ("\"a\nb\"", 2), (#""\x""#, 1), (#""\u12g4""#, 1), ("[1]x", 3), ("'a'", 0),
    ("[", 1), ("{", 1), (#"{"a":"#, 5), (#""\"#, 1), ("NaN", 0), ("+1", 0),
  ]) func `refuses what it does not allow, and says where`(_ text: String, _ offset: Int) {
    #expect { try JSONValue(parsing: text) } throws: { ($0 as? JSONError)?.offset == offset }
  }

  @Test func `bounds the nesting`() throws {
    let deep = String(repeating: "[", count: 1_000_000)
    #expect { try JSONValue(parsing: deep) } throws: { ($0 as? JSONError)?.message.hasPrefix("nested") == true }
    let allowed = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    _ = try JSONValue(parsing: allowed)
    #expect(throws: JSONError.self) { try JSONValue(parsing: "[" + allowed + "]") }
  }

  @Test func `repairs bytes that are no UTF-8`() throws {
    #expect(try JSONValue(parsing: [0x22, 0xff, 0x41, 0x22]) == "\u{fffd}A")
  }

  @Test func `nodes know their places`() throws {
    let text = Array(#" {"a": [1, "x\n"], "b": true}"#.utf8)
    let node = try JSONNode(parsing: text[1...])
    #expect(node.range == 0..<text.count - 1)
    #expect(node["a"]?.arrayValue?.map(\.range) == [7..<8, 10..<15])
    #expect(node.members?.map(\.keyRange) == [1..<4, 18..<21])
    #expect(node["b"]?.boolValue == true)
  }

  @Test func `writes compact and pretty`() throws {
    let value: JSONValue = ["a": [1, []], "q\"\u{1}\u{7f}é": .null, "o": [:]]
    #expect(value.text() == #"{"a":[1,[]],"q\"\u0001\u007fé":null,"o":{}}"#)
    let pretty = """
      {
        "a": [
          1,
          []
        ],
        "q\\"\\u0001\\u007fé": null,
        "o": {}
      }
      """
    #expect(value.text(.pretty) == pretty)
    #expect(try JSONValue(parsing: value.written(.pretty)) == value)
  }
}
