import FirewallModel
import Lowering
import SourceText
import TestSupport
import Testing

@Suite struct NftablesJSONLoweringTests {
  private func file(_ text: String) -> SourceFile { SourceFile(id: SourceID(0), path: "rules.json", text: text) }

  private func table(_ rest: String) -> String {
    #"""
    {"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
    {"table": {"family": "inet", "name": "t", "handle": 1}},
    {"chain": {"family": "inet", "table": "t", "name": "c", "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}},
    \#(rest)]}
    """#
  }

  private func rule(_ statements: String) -> String {
    table(#"{"rule": {"family": "inet", "table": "t", "chain": "c", "handle": 4, "expr": [\#(statements)]}}"#)
  }

  /// The model of a rule in JSON is that of the same rule in a script.
  private static let pairs: [(json: String, text: String)] = [
    (
      #"{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":{"set":[22,{"range":[80,90]}]}}},{"accept":null}"#,
      "tcp dport { 22, 80-90 } accept"
    ),
    (
      #"{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"accept":null}"#,
      "ct state established,related accept"
    ),
    (
      #"{"match":{"op":"==","left":{"ct":{"key":"state"}},"right":"new"}},{"drop":null}"#, "ct state == new drop"
    ),
    (
      #"{"match":{"op":"!=","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":{"prefix":{"addr":"10.0.0.0","len":8}}}},{"counter":{"packets":3,"bytes":9}}"#,
      "ip saddr != 10.0.0.0/8 counter packets 3 bytes 9"
    ),
    (
      #"{"match":{"op":"==","left":{"&":[{"payload":{"protocol":"tcp","field":"flags"}},{"|":["fin","syn","rst","ack"]}]},"right":"syn"}},{"reject":{"type":"tcp reset"}}"#,
      "tcp flags & (fin | syn | rst | ack) == syn reject with tcp reset"
    ),
    (
      #"{"vmap":{"key":{"concat":[{"payload":{"protocol":"ip","field":"saddr"}},{"payload":{"protocol":"tcp","field":"dport"}}]},"data":{"set":[[{"concat":["1.1.1.1",22]},{"accept":null}],[{"concat":["1.1.1.2",{"range":[1,5]}]},{"drop":null}]]}}}"#,
      "ip saddr . tcp dport vmap { 1.1.1.1 . 22 : accept, 1.1.1.2 . 1-5 : drop }"
    ),
    (
      #"{"limit":{"rate":5,"burst":7,"per":"minute"}},{"log":{"prefix":"a b: ","level":"info"}},{"jump":{"target":"d"}}"#,
      #"limit rate 5/minute burst 7 packets log prefix "a b: " level info jump d"#
    ),
    (
      #"{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"eth0*"}},{"mangle":{"key":{"meta":{"key":"mark"}},"value":{"|":[{"meta":{"key":"mark"}},16]}}}"#,
      #"iifname "eth0*" meta mark set meta mark | 16"#
    ),
    (#"{"match":{"op":"==","left":{"exthdr":{"name":"frag"}},"right":true}}"#, "exthdr frag exists"),
    (
      #"{"match":{"op":"==","left":{"fib":{"result":"oif","flags":["saddr","iif"]}},"right":false}},{"drop":null}"#,
      "fib saddr . iif oif missing drop"
    ),
  ]

  @Test(arguments: Self.pairs.indices)
  func `a rule means the same in both forms`(_ index: Int) {
    let pair = Self.pairs[index]
    let other = #",{"chain": {"family": "inet", "table": "t", "name": "d"}}]}"#
    var json = rule(pair.json)
    json.removeLast(2)
    let script =
      "table inet t {\n chain c {\n  type filter hook input priority 0; policy drop;\n  \(pair.text)\n }\n chain d { }\n}\n"
    let a = Lowering.nftablesJSON(file(json + other))
    let b = Lowering.nftables(file(script))
    #expect(a.problems.map(\.message) == [])
    #expect(b.problems.map(\.message) == [])
    #expect(a.ruleset.differences(from: b.ruleset).map(\.description) == [])
  }

  @Test func `commands of a JSON file take effect in order`() {
    let json = #"""
      {"nftables": [
        {"add": {"table": {"family": "ip", "name": "t"}}}, {"add": {"chain": {"family": "ip", "table": "t", "name": "c"}}},
        {"add": {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"drop": null}]}}},
        {"insert": {"rule": {"family": "ip", "table": "t", "chain": "c", "expr": [{"accept": null}]}}},
        {"add": {"set": {"family": "ip", "table": "t", "name": "s", "type": "inet_service"}}},
        {"add": {"element": {"family": "ip", "table": "t", "name": "s", "elem": [22, 80]}}},
        {"delete": {"element": {"family": "ip", "table": "t", "name": "s", "elem": [80]}}}
      ]}
      """#
    let script = """
      table ip t { }
      add chain ip t c
      add rule ip t c drop
      insert rule ip t c accept
      add set ip t s { type inet_service; }
      add element ip t s { 22, 80 }
      delete element ip t s { 80 }
      """
    let a = Lowering.nftablesJSON(file(json))
    #expect(a.problems.map(\.message) == [])
    #expect(a.ruleset.differences(from: Lowering.nftables(file(script)).ruleset).map(\.description) == [])
  }

  @Test func `ranges point into the JSON`() throws {
    let source = file(
      rule(
        #"{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":99999}},{"accept":null}"#))
    let lowered = Lowering.nftablesJSON(source)
    #expect(lowered.dialect == .nftJSON)
    let problem = try #require(lowered.problems.first)
    #expect(source.text(of: problem.range) == "99999")
    let good = file(rule(#"{"counter":null},{"drop":null}"#))
    let chain = try #require(Lowering.nftablesJSON(good).ruleset.chains.first)
    #expect(good.text(of: chain.rules[0].origin).hasPrefix(#"{"rule": {"#))
    guard case .verdict(.drop, let place) = chain.rules[0].steps[1] else {
      Issue.record("no drop")
      return
    }
    #expect(good.text(of: place) == #"{"drop":null}"#)
  }

  @Test func `a statement that is not known is kept and counted`() throws {
    let source = file(rule(#"{"frobnicate":{"x":1}},{"accept":null}"#))
    let lowered = Lowering.nftablesJSON(source)
    #expect(lowered.ruleset.coverage.notUnderstood.map(\.kind) == ["frobnicate"])
    let gap = try #require(lowered.ruleset.coverage.notUnderstood.first)
    #expect(source.text(of: gap.range) == #"{"frobnicate":{"x":1}}"#)
    #expect(lowered.problems.count == 1)
    #expect(lowered.problems[0].message.contains("`frobnicate` is not a statement"))
    #expect(lowered.ruleset.chains[0].rules.count == 1)
  }

  /// Each with a part of the message and the text that it points at.
  private static let hostile: [(json: String, message: String, place: String)] = [
    ("", "not JSON", ""),
    ("{", "not JSON", ""),
    ("[]", "no member `nftables`", "[]"),
    (#"{"nftables": {}}"#, "expected an array of commands", "{}"),
    (#"{"nftables": [1]}"#, "expected a command", "1"),
    (#"{"nftables": [{"table": {"family": "ip", "name": "t"}, "chain": {}}]}"#, "2 members", #""chain""#),
    (#"{"nftables": [{"table": {"family": "ipx", "name": "t"}}]}"#, "not a family", #""ipx""#),
    (#"{"nftables": [{"table": {"family": "ip", "name": "a\"b"}}]}"#, "quotes or control", #""a\"b""#),
    (
      #"{"nftables": [{"table": {"family": "ip", "name": "a\n}\nflush ruleset"}}]}"#, "quotes or control",
      #""a\n}\nflush ruleset""#
    ),
    (#"{"nftables": [{"table": {"family": "ip", "name": 5}}]}"#, "expected a string, found a number", "5"),
    (#"{"nftables": [{"table": {"family": "ip"}}]}"#, "`name` is missing", #"{"family": "ip"}"#),
    (#"{"nftables": [{"tabel": {}}]}"#, "not a command or object", #""tabel""#),
    (#"{"nftables": [{"metainfo": {"json_schema_version": 2}}]}"#, "newer", "2"),
    (#"{"nftables": [{"table": {"family": "ip", "family": "ip6", "name": "t"}}]}"#, "stands twice", #""family""#),
  ]

  @Test(arguments: Self.hostile.indices)
  func `wrong JSON is a problem with its place`(_ index: Int) throws {
    let row = Self.hostile[index]
    let source = file(row.json)
    let lowered = Lowering.nftablesJSON(source)
    let problem = try #require(lowered.problems.first { $0.message.contains(row.message) }, "\(lowered.problems)")
    if !row.place.isEmpty { #expect(source.text(of: problem.range) == row.place) }
  }

  @Test func `wrong types inside rules leave the rest of the file`() {
    for statement in [
      #"{"match":5}"#, #"{"match":{"left":null,"right":1}}"#, #"{"limit":{"rate":"x","per":"second"}}"#,
      #"{"jump":{"target":[]}}"#, #"{"counter":[]}"#, #"{"log":{"flags":5}}"#, #"{"vmap":{"key":{},"data":{}}}"#,
      "null", "[]",
      #"{"match":{"op":"~","left":{"meta":{"key":"mark"}},"right":1}}"#,
      #"{"match":{"left":{"meta":{"key":"a b; drop"}},"right":1}}"#,
      #"{"mangle":{"key":{"meta":{"key":"mark"}},"value":{"|":[1]}}}"#, #"{"reject":{"type":"x"}}"#,
      #"{"match":{"left":{"range":[1,2,3]},"right":{"set":{}}}}"#,
    ] {
      let text = rule(statement)
      let more =
        text.dropLast(2) + #", {"rule": {"family": "inet", "table": "t", "chain": "c", "expr": [{"drop": null}]}}]}"#
      let lowered = Lowering.nftablesJSON(file(String(more)))
      #expect(!lowered.problems.isEmpty, "\(statement)")
      #expect(lowered.ruleset.coverage.notUnderstood.count == 1, "\(statement)")
      #expect(lowered.ruleset.chains.first?.rules.count == 2, "\(statement)")
    }
  }

  @Test func `nesting is bounded`() {
    let deep = String(repeating: #"{"|":[1,"#, count: 5000) + "1" + String(repeating: "]}", count: 5000)
    let lowered = Lowering.nftablesJSON(
      file(rule(#"{"match":{"op":"==","left":{"meta":{"key":"mark"}},"right":\#(deep)}}"#)))
    #expect(lowered.problems.contains { $0.message.contains("nested deeper") })
    // Just below the limit of the JSON reader.
    let shallow = String(repeating: #"{"|":[1,"#, count: 40) + "1" + String(repeating: "]}", count: 40)
    _ = Lowering.nftablesJSON(file(rule(#"{"match":{"op":"==","left":{"meta":{"key":"mark"}},"right":\#(shallow)}}"#)))
  }

  @Test func `every cut of a listing is read without a trap`() {
    let text = Array(rule(Self.pairs[5].json + "," + Self.pairs[6].json).utf8)
    for end in stride(from: 0, to: text.count, by: 7) {
      _ = Lowering.nftablesJSON(SourceFile(id: SourceID(0), path: "x", bytes: Array(text[..<end])))
    }
    var state: UInt64 = 88172645463325252
    for _ in 0..<400 {
      var bytes = text
      for _ in 0..<3 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        let place = Int(truncatingIfNeeded: state % UInt64(bytes.count))
        bytes[place] = UInt8(truncatingIfNeeded: state >> 32)
      }
      _ = Lowering.nftablesJSON(SourceFile(id: SourceID(0), path: "x", bytes: bytes))
    }
  }

  @Test func `differences are told`() {
    let a = Lowering.nftables(file("table ip t {\n chain c {\n  tcp dport 22 accept\n }\n}\n")).ruleset
    let b = Lowering.nftables(file("table ip t {\n chain c {\n  tcp dport 23 accept\n }\n chain d { }\n}\n")).ruleset
    let places = a.differences(from: b).map(\.place)
    #expect(places == ["ip t c rule 0 step 1", "ip t chain d"])
    #expect(a.differences(from: a).isEmpty)
  }
}
