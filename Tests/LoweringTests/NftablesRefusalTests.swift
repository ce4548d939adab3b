import FirewallModel
import Lowering
import SourceText
import Testing

/// What nft 1.0.6 refuses (each was tried with `nft -f` in a network namespace of its own) is refused with a place and,
/// mostly, a remedy.
@Suite struct NftablesRefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var rule: String
    /// The words that the message is about.
    var place: String
    var kind: Problem.Kind
    var testDescription: String { rule }
    init(_ rule: String, _ place: String, _ kind: Problem.Kind) {
      (self.rule, self.place, self.kind) = (rule, place, kind)
    }
  }

  static let cases: [Case] = [
    Case("tcp dport @v4 accept", "@v4", .typeError), Case("ip saddr vmap @v4", "@v4", .typeError),
    Case("ip saddr vmap @marks", "@marks", .typeError), Case("meta mark set ip saddr map @vm", "@vm", .typeError),
    Case("ip saddr . tcp dport @v4", "@v4", .typeError), Case("update @dyn { tcp dport }", "tcp dport", .typeError),
    Case("ip saddr vmap { 10.0.0.1 : 5 }", "5", .typeError),
    Case("tcp dport { 22 : accept }", "22 : accept", .typeError),
    Case("ct helper set \"nosuch\"", "\"nosuch\"", .undefinedReference),
    Case("counter name \"nosuch\"", "\"nosuch\"", .undefinedReference),
    Case("meta l4proto set tcp", "meta l4proto", .notAllowedHere),
    Case("ip saddr set tcp dport", "tcp dport", .typeError),
    Case("meta mark set 1-5", "1-5", .typeError), Case("queue num 5-1", "5-1", .typeError),
    Case("queue num 1 fanout", "fanout", .notAllowedHere), Case("fwd to \"lo\"", "fwd to \"lo\"", .notAllowedHere),
    Case("limit rate 10", "", .syntaxError), Case("numgen inc mod 0 1", "0", .syntaxError),
    Case("fib saddr . daddr type local", "saddr . daddr", .syntaxError),
    Case("meta day \"Sun\"", "\"Sun\"", .typeError),
    Case("ip6 nexthdr udp tcp dport 1", "tcp dport", .typeError),
    Case("ct original proto-src 22", "ct original proto-src", .typeError),
    Case("icmp type echo-request icmp mtu 5", "icmp mtu", .typeError), Case("ct label set 200", "200", .typeError),
    Case("ip saddr 10.0.0.0/24/5", "/", .syntaxError), Case("exthdr foo exists", "foo", .syntaxError),
  ]

  @Test(arguments: cases) func `refused at the smallest place`(_ example: Case) throws {
    let text = """
      table inet t {
      \tset v4 { type ipv4_addr; }
      \tset dyn { type ipv4_addr; flags dynamic; }
      \tmap vm { type ipv4_addr : verdict; }
      \tmap marks { type ipv4_addr : mark; }
      \tchain c {
      \t\ttype filter hook input priority 0
      \t\t\(example.rule)
      \t}
      }

      """
    let source = SourceFile(id: SourceID(0), path: "refused", text: text)
    let problems = Lowering.nftables(source).problems
    let problem = try #require(problems.first)
    #expect(problem.kind == example.kind, "\(problem.message)")
    #expect(source.text(of: problem.range) == example.place, "\(problem.message)")
  }

  @Test func `sets say what they hold`() throws {
    let text = """
      table ip t {
      \tset single { type ipv4_addr; elements = { 10.0.0.0/8 } }
      \tset overlap { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 10.1.0.0/16 } }
      \tset merged { type ipv4_addr; flags interval; auto-merge; elements = { 10.0.0.0/8, 10.1.0.0/16 } }
      \tset data { type ipv4_addr; elements = { 10.0.0.1 : 5 } }
      \tmap nodata { type ipv4_addr : mark; elements = { 10.0.0.1 } }
      \tset late { type ipv4_addr; elements = { 10.0.0.1 timeout 5m } }
      \tset flagged { type ipv4_addr; flags foo; }
      \tchain log { }
      }

      """
    let problems = Lowering.nftables(SourceFile(id: SourceID(0), path: "sets", text: text)).problems
    let messages = problems.map(\.message)
    for words in [
      "a prefix in set `single`", "overlaps another of set `overlap`", "an element of a set has no data",
      "needs `: data`",
      "elements of set `late` have no timeout", "`foo` is not a flag", "`log` is a word of the language",
    ] {
      #expect(messages.contains { $0.contains(words) }, "\(words)")
    }
    #expect(!messages.contains { $0.contains("merged") })
    #expect(problems.count == 7)
  }

  /// Whole files, each tried with nft in a namespace of its own: the words at the place, or nil where it is taken.
  static let files: [(text: String, place: String?)] = [
    ("set s { type inet_service; size 2; elements = { 1, 2, 3 } }", "size 2"),
    ("set s { type inet_service; size 2; elements = { 1, 2, 2 } }", nil),
    ("set s { type inet_service; flags interval; size 1; elements = { 1-2, 4-5 } }", "size 1"),
    ("set s { type inet_service; flags interval; size 2; elements = { 1-2, 4-5 } }", nil),
    ("set s { type inet_service; size 2; elements = { 1, 2 } }\n}\nadd element ip t s { 3 }\ntable ip t {", "size 2"),
    ("map s { type ipv4_addr : mark; size 1; elements = { 10.0.0.1 : 1, 10.0.0.2 : 1 } }", "size 1"),
    ("set s { type ipv4_addr . mark; size 1; elements = { 10.0.0.1 . 1, 10.0.0.2 . 1 } }", "size 1"),
    ("set s { type inet_service; elements = { 1, 2 } }\n}\ndelete element ip t s { 1, 3 }\ntable ip t {", "3"),
    ("set s { type inet_service; elements = { 1, 2 } }\n}\ndelete element ip t s { 1 }\ntable ip t {", nil),
    ("set s { type inet_service; elements = { 1, 2 } }\n}\ndestroy element ip t s { 3 }\ntable ip t {", nil),
    (
      "set s { type inet_service; flags interval; elements = { 1-5 } }\n}\ndelete element ip t s { 2-3 }\ntable ip t {",
      "2-3"
    ),
    ("flowtable f { hook prerouting priority 0; devices = { lo }; }", "prerouting"),
    ("flowtable f { hook ingress priority 0; devices = { lo }; }", nil),
    ("ct helper h { type \"fpt\" protocol tcp; }", "\"fpt\""),
    ("ct helper h { type \"ftp\" protocol udp; }", "udp"), ("ct helper h { type \"sip\" protocol udp; }", nil),
    ("chain c { }\nchain d { }\n}\nrename chain ip t c d\ntable ip t {", "d"),
    ("define n = 5\nset s { type inet_service; size $n; }", "$"),
    ("define n = 5s\nset s { type inet_service; timeout $n; }", "$"),
    ("define n = 5\nchain c { limit rate $n/second accept; }", "$"),
    ("define n = 5\nchain c { limit rate 5/second burst $n packets accept; }", "$"),
    ("define n = 5\nchain c { quota over $n mbytes accept; }", "$"),
    ("define n = 5\nchain c { ct count over $n drop; }", "$"),
    ("define n = \"x\"\nchain c { accept comment $n; }", "$"),
    ("define n = 5\nchain c { log group $n; }", "$"),
    ("define n = 5s\nset s { type inet_service; flags timeout; elements = { 1 timeout $n } }", "$"),
    ("define n = 5\nchain c { type filter hook input priority $n; }", nil),
    ("define n = d\nchain d { }\nchain c { jump $n; }", nil),
    ("define n = s\nset s { type inet_service; }\nchain c { tcp dport @$n; }", "$"),
  ]

  @Test(arguments: files.indices) func `files as nft takes and refuses them`(_ index: Int) {
    let (text, place) = Self.files[index]
    let source = SourceFile(id: SourceID(0), path: "file", text: "table ip t {\n\(text)\n}\n")
    let problems = Lowering.nftables(source).problems
    #expect(problems.isEmpty == (place == nil), "\(text): \(problems.map(\.message))")
    if let place, let problem = problems.first {
      #expect(source.text(of: problem.range) == place, "\(text): \(problem.message)")
    }
  }

  @Test func `a listing leaves deleted elements out`() {
    let text = """
      table ip t {
      \tset a { type inet_service; elements = { 1, 2, 3 } }
      \tset b { type inet_service; flags interval; elements = { 1-5, 7-9 } }
      \tmap m { type inet_service : mark; elements = { 1 : 5, 2 : 6 } }
      }
      delete element ip t a { 2, 3 }
      delete element ip t b { 1-5 }
      add element ip t b { 20 }
      delete element ip t m { 2 : 6 }

      """
    let listing = Lowering.listing(SourceFile(id: SourceID(0), path: "deleted", text: text))
    #expect(listing.unlisted.isEmpty)
    for words in ["elements = { 1 }", "elements = { 7-9, 20 }", "elements = { 1 : 0x00000005 }"] {
      #expect(listing.text.contains(words), "\(listing.text)")
    }
  }

  @Test func `hostile bytes end with a message, unusual ones are read`() {
    let good = "table ip t {\n chain c {\n  tcp dport 22 accept # x\n }\n}\n"
    func problems(_ bytes: [UInt8]) -> [String] {
      Lowering.nftables(SourceFile(id: SourceID(0), path: "bytes", bytes: bytes)).problems.map(\.message)
    }
    #expect(problems(Array(good.utf8)).isEmpty)
    #expect(problems([0xef, 0xbb, 0xbf] + Array(good.utf8)).isEmpty)
    #expect(problems(Array(good.replacing("\n", with: "\r\n").utf8)).isEmpty)
    #expect(problems(Array(good.utf8).map { $0 == UInt8(ascii: "x") ? 0xff : $0 }).isEmpty)
    #expect(
      problems(Array(good.utf8).map { $0 == UInt8(ascii: "2") ? 0xff : $0 }).first?.contains("not nft text") == true)
    for bomb in ["{", "(", "jump {\n"] {
      let text = "table ip t { chain c { meta mark " + String(repeating: bomb, count: 100_000)
      #expect(problems(Array(text.utf8)).contains { $0.contains("nested too deeply") }, "\(bomb)")
    }
  }
}
