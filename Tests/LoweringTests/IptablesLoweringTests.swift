import FirewallModel
import Lowering
import PacketSets
import Packets
import SourceText
import TestSupport
import Testing

@Suite struct IptablesLoweringTests {
  private func matches(_ rule: Rule) -> [Condition] {
    rule.steps.compactMap { if case .match(let match) = $0 { match.condition } else { nil } }
  }

  private func field(_ condition: Condition) -> (Field, ValueSet)? {
    if case .field(let field, let set) = condition { (field, set) } else { nil }
  }

  private static let head = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"

  private func rule(_ text: String, _ dialect: Dialect = .iptablesSave) throws -> Rule {
    let result = lowered(Self.head + "-A INPUT \(text)\nCOMMIT\n", dialect)
    #expect(result.problems == [])
    return try #require(result.ruleset.chains.first?.rules.first)
  }

  @Test func `tables have the hooks and priorities of the kernel`() {
    var text = ""
    let tables = [
      ("raw", ["PREROUTING", "OUTPUT"]), ("mangle", ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]),
      ("nat", ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]), ("filter", ["INPUT", "FORWARD", "OUTPUT"]),
      ("security", ["INPUT", "FORWARD", "OUTPUT"]),
    ]
    for (table, chains) in tables {
      text += "*\(table)\n" + chains.map { ":\($0) ACCEPT [0:0]\n" }.joined() + "COMMIT\n"
    }
    let result = lowered(text, .iptablesSave)
    #expect(result.isLoadable)
    let bases = result.ruleset.chains.map { "\(result.ruleset[$0.table].name) \($0.name) \($0.base?.priority ?? 99)" }
    // linux/netfilter_ipv4.h: RAW -300, MANGLE -150, NAT_DST -100, FILTER 0, SECURITY 50, NAT_SRC 100.
    #expect(
      bases == [
        "raw PREROUTING -300", "raw OUTPUT -300", "mangle PREROUTING -150", "mangle INPUT -150", "mangle FORWARD -150",
        "mangle OUTPUT -150", "mangle POSTROUTING -150", "nat PREROUTING -100", "nat INPUT 100", "nat OUTPUT -100",
        "nat POSTROUTING 100", "filter INPUT 0", "filter FORWARD 0", "filter OUTPUT 0", "security INPUT 50",
        "security FORWARD 50", "security OUTPUT 50",
      ])
    #expect(result.ruleset.tables.allSatisfy { $0.family == .ip })
  }

  @Test func `a rule becomes conditions and a verdict`() throws {
    let rule = try rule("-s 10.0.0.0/8 ! -i eth+ -p tcp -m tcp --dport 80:81 -j ACCEPT")
    let conditions = matches(rule).compactMap(field)
    #expect(conditions.count == 4)
    #expect(conditions[0].0 == .source)
    #expect(conditions[0].1 == ValueSet(Interval(0x0a00_0000, 0x0aff_ffff)))
    #expect(conditions[1].0 == .inInterface)
    #expect(conditions[1].1.contains(0), "a missing interface matches `! -i`")
    #expect(conditions[1].1.contains(InterfaceName.value("lo")))
    #expect(!conditions[1].1.contains(InterfaceName.value("eth7")))
    #expect(conditions[2].0 == .transportProtocol)
    #expect(conditions[2].1 == ValueSet(6))
    #expect(conditions[3].0 == .destinationPort)
    #expect(conditions[3].1 == ValueSet(Interval(80, 81)))
    guard case .verdict(.accept, _) = try #require(rule.steps.last) else {
      Issue.record("no accept")
      return
    }
  }

  @Test func `reject without a kind is port unreachable`() throws {
    guard case .verdict(.reject(let v4), _) = try #require(try rule("-j REJECT").steps.last) else { return }
    #expect(v4 == .icmp(code: 3))
    guard case .verdict(.reject(let v6), _) = try #require(try rule("-j REJECT", .ip6tablesSave).steps.last) else {
      return
    }
    #expect(v6 == .icmpv6(code: 4))
  }

  @Test func `a rule is appended after the last rule of its chain and before COMMIT`() {
    let text = Self.head + "-A INPUT -i lo -j ACCEPT\n-A OUTPUT -o lo -j ACCEPT\nCOMMIT\n"
    let result = lowered(text, .iptablesSave)
    let lines = ["INPUT": 6, "FORWARD": 5, "OUTPUT": 7]
    let file = SourceFile(id: SourceID(0), path: "test", text: text)
    for chain in result.ruleset.chains {
      #expect(chain.end.isEmpty)
      let place = file.position(of: chain.end.lower)
      #expect(place == LineColumn(line: lines[chain.name] ?? 0, column: 1), "\(chain.name)")
    }
  }

  @Test(arguments: [
    ("-A INPUT -p tcp --dport", "requires an argument"), ("-A INPUT --dport 80 -j ACCEPT", "unknown option `--dport`"),
    ("-A INPUT -j FOO", "chain `FOO` does not exist"), ("-A FOO -j ACCEPT", "chain `FOO` does not exist"),
    ("-A INPUT -p tcp --dport 9:1", "min > max"), ("-A INPUT -s 1.2.3.4.5 -j DROP", "not found"),
    ("-A INPUT -s ! 1.2.3.4 -j DROP", "`!` must stand before `-s`"), ("nonsense", "not a line of iptables-save"),
    ("-A INPUT -j SNAT --to-source 1.1.1.1", "table nat only"),
    ("-A INPUT -j REJECT --reject-with tcp-reset", "needs `-p tcp`"),
    ("-A INPUT -m multiport --dports 1,2 -j DROP", "`-p` must stand before"),
  ])
  func `what iptables-restore refuses is told`(_ line: String, _ message: String) throws {
    let result = lowered(Self.head + line + "\n-A INPUT -j DROP\nCOMMIT\n", .iptablesSave)
    let problem = try #require(result.problems.first)
    #expect(problem.message.contains(message), "\(problem.message)")
    #expect(result.problems.count == 1)
    #expect(result.ruleset.chains.first?.rules.last.map { $0.steps.count } == 1, "the next line is still read")
  }

  @Test func `loops are found`() {
    let text = Self.head + ":A - [0:0]\n:B - [0:0]\n-A INPUT -j A\n-A A -j B\n-A B -j A\nCOMMIT\n"
    #expect(lowered(text, .iptablesSave).problems.map(\.kind) == [.jumpLoop])
    // Both back ends load a loop that no built-in chain leads to.
    #expect(lowered(text.replacing("-A INPUT -j A\n", with: ""), .iptablesSave).problems == [])
  }

  @Test func `a rule is deleted by what it says, however it is written`() {
    let text =
      Self.head + "-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -s 10/8 -j DROP\n-A INPUT -j RETURN\n"
      + "-D INPUT -p tcp -m tcp --dport ssh -j ACCEPT\n-I INPUT -p udp -j DROP\n-D INPUT -s 10.0.0.0/8 -j DROP\nCOMMIT\n"
    let result = lowered(text, .iptablesSave)
    #expect(result.problems == [])
    #expect(result.ruleset.chains.first?.rules.count == 2)
    #expect(
      result.ruleset.chains.first?.rules.first?.origin.lower
        == UInt32(text.utf8.count - "-I INPUT -p udp -j DROP\n-D INPUT -s 10.0.0.0/8 -j DROP\nCOMMIT\n".utf8.count))
  }

  /// What iptables-restore of both back ends did with these lines.
  @Test(arguments: [
    ("-X c", true), ("-A INPUT -j c\n-X c", false), ("-A INPUT -g c\n-X c", false), ("-A d -j c\n-X", false),
    ("-A c -j ACCEPT\n-X c", false), ("-A c -j ACCEPT\n-X", false), ("-A INPUT -j c\n-F INPUT\n-X c", true),
    ("-A INPUT -j c\n-D INPUT 1\n-X c", true), ("-A INPUT -j d\n-R INPUT 1 -j c\n-X c", false),
    ("-X d\n-A INPUT -j c\n-A INPUT -j c\n-D INPUT 1\n-X c", false), ("-X c\n-X c", false),
    ("-X d\n-A INPUT -j c\n-D INPUT -j c\n-X c", true), ("-X c\n-A INPUT -j c", false), ("-X\n-A INPUT -j d", false),
    ("-X c\n-N c\n-A INPUT -j c", true), ("-A c -j d\n-F c\n-X d\n-X c", true),
  ])
  func `a chain with rules, or that a rule leads to, is not deleted`(_ lines: String, _ isTaken: Bool) {
    let text = Self.head + ":c - [0:0]\n:d - [0:0]\n\(lines)\nCOMMIT\n"
    #expect(lowered(text, .iptablesSave).problems.isEmpty == isTaken)
  }

  @Test func `the head of a dump tells where the security table stands`() {
    let text = "*security\n:INPUT ACCEPT [0:0]\nCOMMIT\n"
    let nft = "# Generated by iptables-save v1.8.9 (nf_tables) on Fri Nov 27 12:00:00 2026\n"
    #expect(lowered(text, .iptablesSave).ruleset.chains.first?.base?.priority == 50)
    #expect(lowered(nft + text, .iptablesSave).ruleset.chains.first?.base?.priority == 150)
  }

  /// What the kernel did with a packet whose header is 8 bytes long (24 for a routing header).
  @Test(arguments: [
    ("-m hbh --hbh-len 0", false, Field.hopByHopLength, UInt128(0)), ("-m hbh --hbh-len 8", true, .hopByHopLength, 0),
    ("-m hbh ! --hbh-len 0", true, .hopByHopLength, 0), ("-m dst --dst-len 8", true, .destinationOptionsLength, 0),
    ("-m rt --rt-len 0", false, .routingLength, 2), ("-m rt --rt-len 24", true, .routingLength, 2),
    ("-m rt --rt-len 8", false, .routingLength, 2), ("-m rt ! --rt-len 0", true, .routingLength, 2),
  ])
  func `lengths of headers count bytes`(_ text: String, _ holds: Bool, _ field: Field, _ value: UInt128) throws {
    let conditions = matches(try rule(text + " -j DROP", .ip6tablesSave))
    let isIn = conditions.allSatisfy { condition in
      switch condition {
      case .field(field, let set): set.contains(value)
      case .constant(let constant): constant
      default: true
      }
    }
    #expect(isIn == holds)
  }

  @Test(arguments: [
    ("6&0xFF=6", Field.transportProtocol, [Interval(6)]),
    ("12=0x0A000000:0x0AFFFFFF", .source, [Interval(0x0a00_0000, 0x0aff_ffff)]),
    ("8>>24=1:3,9", .ttl, [Interval(1, 3), Interval(9)]),
    ("16&0xFFFF0000=0x0A010000", .destination, [Interval(0x0a01_0000, 0x0a01_ffff)]),
    ("0>>22&0x3C@0&0xFFFF=80:81", .destinationPort, [Interval(80, 81)]),
    ("0>>22&0x3C@0>>16=53", .sourcePort, [Interval(53)]),
  ])
  func `u32 tests of single fields are exact`(_ text: String, _ field: Field, _ values: [Interval]) throws {
    let rule = try rule("-p tcp -m u32 --u32 \"\(text)\" -j DROP")
    let last = try #require(matches(rule).compactMap(self.field).last)
    #expect(last.0 == field)
    #expect(last.1 == ValueSet(values))
  }

  @Test func `iptables -S output is read without a problem`() {
    let result = lowered("-P INPUT DROP\n-N A\n-A INPUT -j A\n-A A -j RETURN\n", .iptablesSave)
    #expect(result.problems == [])
    #expect(!result.isLoadable)
    #expect(result.ruleset.ruleCount == 2)
    #expect(result.ruleset.chains.first?.base?.policy == .drop)
  }
}

@Suite struct IptablesSetTests {
  private func lowered(_ rule: String, sets: String) -> Lowered {
    let text = "*filter\n:INPUT DROP [0:0]\n-A INPUT \(rule) -j ACCEPT\nCOMMIT\n"
    let file = SourceFile(id: SourceID(0), path: "rules", text: text)
    let ipset = SourceFile(id: SourceID(1), path: "sets", text: sets)
    return Lowering.iptablesSave(file, dialect: .iptablesSave, ipsets: [ipset])
  }

  @Test func `a longer prefix with nomatch is taken out`() throws {
    let result = lowered(
      "-m set --match-set s src",
      sets: "create s hash:net\nadd s 10.1.0.0/16 nomatch\nadd s 10.0.0.0/8\nadd s 10.1.2.0/24\n")
    #expect(result.problems == [])
    let set = try #require(result.ruleset.sets.first)
    guard case .values(let values) = set.contents else {
      Issue.record("no values")
      return
    }
    // 10.0.0.0/8 without 10.1.0.0/16, but with 10.1.2.0/24 again.
    #expect(values.contains(0x0a00_0001))
    #expect(!values.contains(0x0a01_0001))
    #expect(values.contains(0x0a01_0203))
    #expect(values.contains(0x0aff_ffff))
    #expect(!set.isDynamic)
  }

  @Test func `ports carry their protocol`() throws {
    let result = lowered(
      "-m set --match-set s src,dst",
      sets: "create s hash:ip,port timeout 5\nadd s 1.2.3.4,udp:53\nadd s 1.2.3.4,80-81\n")
    let set = try #require(result.ruleset.sets.first)
    guard case .tuples(let tuples) = set.contents else {
      Issue.record("no tuples")
      return
    }
    #expect(
      tuples.map { $0.map { [$0.lower, $0.upper] } } == [
        [[0x0102_0304, 0x0102_0304], [17, 17], [53, 53]], [[0x0102_0304, 0x0102_0304], [6, 6], [80, 81]],
      ])
    #expect(set.isDynamic)
    guard case .match(let match) = result.ruleset.chains[0].rules[0].steps[0],
      case .member(_, let fields, let isNegated) = match.condition
    else {
      Issue.record("no member")
      return
    }
    #expect(fields == [.source, .transportProtocol, .destinationPort])
    #expect(!isNegated)
  }

  @Test func `a set that no file has depends on the host`() {
    let result = lowered("-m set --match-set other src", sets: "")
    #expect(result.isLoadable)
    guard case .match(let match) = result.ruleset.chains[0].rules[0].steps[0],
      case .unknown(let uncertainty) = match.condition
    else {
      Issue.record("no unknown")
      return
    }
    #expect(uncertainty.kind == .hostFact)
  }
}
