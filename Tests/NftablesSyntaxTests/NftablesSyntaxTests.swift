import NftablesSyntax
import SourceText
import Testing

@Suite struct NftablesSyntaxTests {
  func parsed(_ text: String) -> NftablesFile {
    NftablesFile(parsing: SourceFile(id: SourceID(0), path: "test.nft", text: text))
  }

  @Test(arguments: [
    "", "\n", "#!/usr/sbin/nft -f\n# only a comment", "table ip t {\n\tchain c { }\n}\r\n", "table ip t { chain c {",
    "table inet x { chain y { tcp dport { 22, 80 \\\n } accept } }", "\u{feff}flush ruleset", "\"never closed\n}}}",
    "add rule ip t c ip saddr fe80::1-fe80::2 0x1 1h30m 10.0.0.0/8 eth* \\* @th,1,2 $x é \u{0}",
  ])
  func `text is printed back byte for byte`(_ text: String) {
    #expect(parsed(text).printed() == Array(text.utf8))
  }

  @Test func `tokens cover the text in order`() {
    let file = parsed("table ip t { # why\n chain c { tcp dport 22 accept\n }\n}\n")
    var position: UInt32 = 0
    for token in file.tokens {
      #expect(token.lower >= position)
      #expect(token.upper >= token.lower)
      position = token.upper
    }
    #expect(file.tokens.last?.kind == .end)
  }

  @Test(arguments: [
    ("fe80::1", TokenKind.address), ("dead:beef::", .address), ("::", .address), ("10.1.2.3", .address),
    ("00:11:22:33:44:55", .address), ("ab:cd:ef:01:02:03", .address), ("22", .number), ("0xff", .number),
    ("1h30m", .timeString), ("eth0", .word), ("eth*", .word), ("beef", .word), ("a-b/c.d", .word), ("\"x y\"", .quoted),
  ])
  func `one token each`(_ text: String, _ kind: TokenKind) {
    let tokens = parsed(text).tokens
    #expect(tokens.count == 2)
    #expect(tokens[0].kind == kind)
  }

  @Test func `a port and a verdict are no address`() {
    let kinds = parsed("22:accept").tokens.map(\.kind)
    #expect(kinds == [.number, .colon, .word, .end])
  }

  @Test func `one bad statement hides nothing`() {
    let file = parsed(
      """
      table inet t {
        chain a {
          tcp dprot 22 accept
          tcp dport 23 accept
        }
        chain b {
          frobnicate { 1, 2 }
          accept
        }
      }
      """)
    #expect(file.problems.count == 2)
    #expect(file.problems[0].hint == "did you mean `dport`?")
    #expect(file.source.text(of: file.problems[0].range) == "dprot")
    #expect(file.nodes.filter { $0.kind == .rule }.count == 4)
    #expect(file.nodes.filter { $0.kind == .unknown }.count == 2)
  }

  @Test func `a missing brace is told at the brace that opens`() {
    let file = parsed("table ip t {\n chain a {\n  accept\n chain b {\n  drop\n }\n}\n")
    #expect(file.problems.count == 1)
    #expect(file.problems.first?.range.lower == 22)
    #expect(file.nodes.filter { $0.kind == .chain }.count == 2)
  }

  @Test func `a closing brace needs a separator before it as in nft`() {
    #expect(parsed("table ip x { chain y { tcp dport 22 accept; }; }\n").problems.isEmpty)
    #expect(parsed("table ip x { chain y { tcp dport 22 accept }; }\n").problems.count == 1)
    #expect(parsed("table ip x { chain y { tcp dport 22 accept; } }\n").problems.count == 1)
  }

  @Test func `nesting is limited`() {
    let deep = String(repeating: "{ ", count: 100_000)
    let file = parsed("define x = " + deep)
    #expect(!file.problems.isEmpty)
    #expect(file.printed().count == deep.utf8.count + 11)
    let parentheses = "table ip t { chain c { tcp flags & " + String(repeating: "(", count: 100_000) + "\n } }"
    #expect(!parsed(parentheses).problems.isEmpty)
  }

  @Test func `garbage gives few problems`() {
    var text = ""
    for line in 0..<20_000 { text += "?? \(line) %%% {{{ ;;; }}}\n" }
    let file = parsed(text)
    #expect(file.problems.count <= 1002)
    #expect(file.printed() == Array(text.utf8))
  }

  @Test func `mutated text is printed back and never traps`() {
    let base = Array(
      """
      table inet filter {
        set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.0.2.1-192.0.2.9 } }
        chain input {
          type filter hook input priority filter - 10; policy drop;
          ct state vmap { established : accept, invalid : drop }
          tcp flags & (fin | syn) == syn ip saddr @s limit rate 5/second burst 5 packets log prefix "x" counter accept
          dnat ip to tcp dport map { 80 : 10.0.0.1 . 8080 } comment "c"
        }
      }
      """.utf8)
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<2000 {
      var bytes = base
      for _ in 0...random(4) {
        let at = random(bytes.count)
        switch random(4) {
        case 0: bytes[at] = UInt8(random(256))
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + random(20) + 1)], at: random(bytes.count))
        default: bytes.removeSubrange(at..<min(bytes.count, at + random(30) + 1))
        }
        if bytes.isEmpty { bytes = [10] }
      }
      let file = NftablesFile(parsing: SourceFile(id: SourceID(0), path: "m", bytes: bytes))
      #expect(file.printed() == bytes)
    }
  }
}
