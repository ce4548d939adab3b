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
}
