import FirewallModel
import Lowering
import PacketSets
import Packets
import SourceText
import TestSupport
import Testing

/// Expected values are what `nft --debug=netlink` 1.0.6 shows that a rule does.
@Suite struct NftablesLoweringTests {
  func rule(_ text: String, family: String = "inet", before: String = "") -> Rule? {
    let result = lowered(
      "table \(family) t {\n\(before)\n chain c {\n  type filter hook input priority 0\n  \(text)\n }\n}\n", .nft)
    #expect(result.problems.isEmpty, "\(result.problems)")
    return result.ruleset.chains.last?.rules.first
  }

  /// The fields that a rule tests, implied ones with a star, with their sets as text.
  func matches(_ rule: Rule?) -> [String] {
    (rule?.steps ?? []).compactMap {
      guard case .match(let match) = $0 else { return nil }
      let star = match.isImplied ? "*" : ""
      switch match.condition {
      case .field(let field, let set):
        let text = set.intervals.map { $0.lower == $0.upper ? "\($0.lower)" : "\($0.lower)-\($0.upper)" }
        return "\(star)\(field) \(text.joined(separator: ","))"
      case .masked(let field, let mask, let set):
        return "\(star)\(field)&\(mask) \(set.intervals.map { "\($0.lower)-\($0.upper)" })"
      case .unknown(let why): return "\(star)unknown \(why.kind)"
      case .member(_, let fields, let negated): return "\(star)\(negated ? "!" : "")member \(fields)"
      case .not: return "\(star)not"
      case .all: return "\(star)all"
      case .any: return "\(star)any"
      case .constant(let value): return "\(star)\(value)"
      }
    }
  }

  @Test(arguments: [
    ("tcp dport 22 accept", ["*transportProtocol 6", "destinationPort 22"]),
    ("ip saddr 10.0.0.0/8 drop", ["*family 2", "source 167772160-184549375"]),
    ("ip saddr != 10.0.0.1 drop", ["*family 2", "source 0-167772160,167772162-4294967295"]),
    ("tcp dport { 22, 80-90 } accept", ["*transportProtocol 6", "destinationPort 22,80-90"]),
    ("ct state established,related accept", ["ctState 1-2"]),
    ("ct state != established,related accept", ["ctState 0-4"]),
    ("ct state { established, new } accept", ["ctState 1,3"]),
    ("icmp type echo-request accept", ["*family 2", "*transportProtocol 1", "icmpType 8"]),
    ("icmp id 5 accept", ["*family 2", "*transportProtocol 1", "*icmpType 0,8", "icmpID 5"]),
    ("meta l4proto icmp accept", ["transportProtocol 1"]),
    ("icmpv6 type nd-neighbor-solicit accept", ["*family 10", "*transportProtocol 58", "icmpType 135"]),
    ("iifname \"lo\" accept", ["inInterface \(InterfaceName.value("lo"))"]),
    ("meta protocol ip accept", ["family 2"]), ("meta protocol != ip accept", ["family 0-1,3-255"]),
    ("meta mark & 0xff == 5 accept", ["mark&255 [\"5-5\"]"]),
    ("ip frag-off & 0x1fff != 0 accept", ["*family 2", "not"]), ("th dport 53 accept", ["destinationPort 53"]),
    ("@th,16,16 53 accept", ["destinationPort 53"]), ("fib saddr . iif oif missing drop", ["reversePathOK 0"]),
    ("limit rate 5/second accept", ["unknown rate"]), ("ip dscp cs1 accept", ["*family 2", "dscp 8"]),
    ("ip option lsrr exists drop", ["*family 2", "hasLSRR 1"]),
    ("ct status dnat accept", ["ctStatus&32 [\"1-4294967295\"]"]),
  ])
  func `a match is a set of values`(_ text: String, _ expected: [String]) {
    #expect(matches(rule(text)) == expected)
  }

  static let flagTests: [(String, @Sendable (UInt8) -> Bool)] = [
    ("tcp flags syn", { $0 & 2 != 0 }), ("tcp flags { syn }", { $0 & 2 != 0 }),
    ("tcp flags == syn", { $0 == 2 }), ("tcp flags != syn", { $0 != 2 }), ("tcp flags ! syn", { $0 & 2 == 0 }),
    ("tcp flags syn,ack", { $0 & 0x12 != 0 }), ("tcp flags != syn,ack", { $0 != 0x12 }),
    ("tcp flags { syn, ack }", { $0 == 2 || $0 == 0x10 }), ("tcp flags & (fin | syn) == syn", { $0 & 3 == 2 }),
    ("tcp flags & (syn|ack) syn", { $0 & 0x12 == 2 }), ("tcp flags syn / syn,rst", { $0 & 6 == 2 }),
    ("tcp flags != syn / syn,rst", { $0 & 6 != 2 }), ("tcp flags & syn != 0", { $0 & 2 != 0 }),
  ]

  @Test(arguments: flagTests)
  func `tcp flags are tested as the kernel does`(_ text: String, _ holds: @Sendable (UInt8) -> Bool) throws {
    let steps = try #require(rule(text + " accept")).steps
    guard case .match(let match) = steps[1], case .field(.tcpFlags, let set) = match.condition else {
      Issue.record("\(steps)")
      return
    }
    for flags in UInt8.min...UInt8.max { #expect(set.contains(UInt128(flags)) == holds(flags), "\(flags)") }
  }

  @Test func `commands take effect in order`() {
    let result = lowered(
      """
      table ip gone { chain c { drop; }; }
      flush ruleset
      add table ip t
      add chain ip t c { type filter hook input priority filter - 10; policy drop; }
      add rule ip t c tcp dport 1 accept
      insert rule ip t c tcp dport 2 accept
      add rule ip t c index 0 tcp dport 3 accept
      add set ip t s { type inet_service; }
      add element ip t s { 5, 6, 7 }
      delete element ip t s { 6 }
      table ip t { chain d { jump c; }; }
      table ip t { chain c { tcp dport @s accept; }; }
      """, .nft)
    #expect(result.problems.isEmpty, "\(result.problems)")
    #expect(result.ruleset.tables.count == 1)
    #expect(result.ruleset.chains.map(\.name) == ["c", "d"])
    let chain = result.ruleset.chains[0]
    #expect(chain.base?.priority == -10)
    #expect(chain.base?.policy == .drop)
    #expect(
      chain.rules.map { matches($0).last } == [
        "destinationPort 2", "destinationPort 3", "destinationPort 1", "member [Packets.Field.destinationPort]",
      ])
    guard case .values(let values) = result.ruleset.sets[0].contents else { return }
    #expect(values == ValueSet(values: [5, 7]))
  }

  @Test func `a rule can be appended at the end of its chain`() {
    let text = "table ip t {\n chain a {\n  type filter hook input priority 0;\n  accept # why\n }\n chain b {\n }\n}\n"
    let result = lowered(text, .nft)
    let bytes = Array(text.utf8)
    let ends = result.ruleset.chains.map { String(decoding: bytes[Int($0.end.lower)...].prefix(3), as: UTF8.self) }
    #expect(ends == [" }\n", " }\n"])
    #expect(result.ruleset.chains.allSatisfy { $0.end.isEmpty })
    #expect(bytes[Int(result.ruleset.chains[0].end.lower) - 1] == 10)
  }

  @Test func `verdict maps keep their elements in order`() throws {
    let vmap = try #require(rule("tcp dport vmap { 22 : accept, 80-90 : drop, * : continue }"))
    guard case .verdictMap(let map, _)? = vmap.steps.last else {
      Issue.record("\(vmap.steps)")
      return
    }
    #expect(map.key == [.destinationPort])
  }

  @Test(arguments: [
    ("tcp dport @nosuch accept", Problem.Kind.undefinedReference), ("jump nosuch", .undefinedReference),
    ("tcp dport $x accept", .undefinedReference), ("ip saddr 10.0.0.0/33 accept", .typeError),
    ("tcp dport 70000 accept", .typeError), ("ct state nwe accept", .typeError),
    ("ip saddr 1.2.3.4 ip6 daddr ::1 accept", .typeError), ("udp dport 1 tcp dport 1 accept", .typeError),
    ("tcp dport 30-20 accept", .typeError), ("ip saddr fe80::1 accept", .typeError),
    ("tcp dport ssh accept extra", .syntaxError),
  ])
  func `what nft refuses is a problem`(_ text: String, _ kind: Problem.Kind) {
    let result = lowered("table inet t {\n chain c {\n  \(text)\n }\n}\n", .nft)
    #expect(result.problems.map(\.kind) == [kind], "\(result.problems)")
  }

  @Test func `all problems are told in one run`() {
    let result = lowered(
      "table inet t {\n chain c {\n  tcp dport @a accept\n  tcp dprot 5\n  jump b\n  ip saddr 1.2.3.999 drop\n }\n}\n",
      .nft)
    #expect(result.problems.count == 4, "\(result.problems)")
    #expect(result.ruleset.chains[0].rules.count == 4)
    #expect(result.ruleset.coverage.notUnderstood.count == 1)
  }
}
