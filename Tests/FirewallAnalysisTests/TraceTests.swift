import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets
import Testing

/// Expected values: the kernel's behaviour as measured on Linux 6.18 (one fact each).
@Suite struct TraceTests {
  @Test func `no base chain accepts`() {
    #expect(Analysis(Ruleset()).trace(syn(to: 80)).outcome == .accept)
  }

  @Test func `accept ends only its own base chain`() {
    var b = RulesetBuilder()
    let t = b.table()
    let first = b.base(t, .input, priority: -10)
    let second = b.base(t, .input, priority: 10)
    b.rule(first, .end(.accept))
    let drop = b.rule(second, .when(.destinationPort, 22), .end(.drop))
    let analysis = Analysis(b.ruleset)
    #expect(analysis.trace(syn(to: 22)).outcome == .drop)
    #expect(analysis.trace(syn(to: 22)).decider == Decider(hook: .input, chain: second, rule: drop))
    #expect(analysis.trace(syn(to: 80)).outcome == .accept)
  }

  @Test func `at equal priority the chain registered last runs first`() {
    var b = RulesetBuilder()
    let t = b.table()
    let first = b.base(t, .input)
    let last = b.base(t, .input)
    b.rule(first, .end(.drop))
    b.rule(last, .end(.reject(.icmpx(code: 3))))
    let trace = Analysis(b.ruleset).trace(syn(to: 22))
    #expect(trace.outcome == .reject(.icmp(code: 13)))
    #expect(trace.decider.chain == last)
  }

  @Test func `a return in a base chain is its policy and the end of a goto chain too`() {
    var b = RulesetBuilder()
    let t = b.table()
    let input = b.base(t, .input, policy: .drop)
    let user = b.chain(t, "user")
    b.rule(input, .when(.destinationPort, 22), .end(.return))
    b.rule(input, .when(.destinationPort, 23), .end(.goto(user)))
    b.rule(input, .when(.destinationPort, 24), .end(.jump(user)))
    b.rule(input, .end(.accept))
    let analysis = Analysis(b.ruleset)
    #expect(analysis.trace(syn(to: 22)).outcome == .drop)
    #expect(analysis.trace(syn(to: 23)).outcome == .drop)
    #expect(analysis.trace(syn(to: 24)).outcome == .accept)
    #expect(analysis.trace(syn(to: 22)).decider.rule == nil)
  }

  @Test func `a verdict map without the key ends the rule`() {
    var b = RulesetBuilder()
    let t = b.table()
    let input = b.base(t, .input)
    let map = b.set(
      .map(
        [NamedSet.MapElement(key: [Interval(22)], data: .verdict(.accept), origin: RulesetBuilder.nowhere)],
        fallback: nil))
    b.rule(input, .map(.destinationPort, in: map), .does(.counter(packets: nil, bytes: nil)), .end(.drop))
    #expect(Analysis(b.ruleset).trace(syn(to: 80)).outcome == .accept)
  }

  @Test func `before conntrack every packet is invalid`() {
    var b = RulesetBuilder()
    let t = b.table()
    let raw = b.base(t, .prerouting, priority: -300)
    b.rule(raw, .state(.invalid), .end(.drop))
    #expect(Analysis(b.ruleset).trace(syn(to: 80)).outcome == .drop)
  }

  @Test func `notrack makes a packet untracked and hides its connection mark`() {
    var b = RulesetBuilder()
    let t = b.table()
    let raw = b.base(t, .prerouting, priority: -300)
    let input = b.base(t, .input, policy: .drop)
    b.rule(raw, .when(.destinationPort, 53), .does(.notrack))
    b.rule(input, .unless(.ctMark, 7), .end(.reject(.tcpReset)))
    b.rule(input, .state(.untracked), .end(.accept))
    let analysis = Analysis(b.ruleset)
    #expect(analysis.trace(syn(to: 53)).outcome == .accept)
    #expect(analysis.trace(syn(to: 80)).outcome == .reject(.tcpReset))
  }

  @Test func `a missing interface is the empty name`() {
    var b = RulesetBuilder()
    let t = b.table()
    let input = b.base(t, .input)
    b.rule(input, .unless(.outInterface, InterfaceName.value("eth0")), .end(.drop))
    #expect(Analysis(b.ruleset).trace(syn(to: 80)).outcome == .drop)
  }

  @Test func `a limit that changes nothing is no uncertainty`() {
    var b = RulesetBuilder()
    let t = b.table()
    let input = b.base(t, .input, policy: .drop)
    b.rule(input, .limit(), .does(.log(Effect.Log(prefix: "x"))))
    b.rule(input, .limit(), .end(.drop))
    b.rule(input, .when(.destinationPort, 22), .limit(), .end(.accept))
    let analysis = Analysis(b.ruleset)
    #expect(analysis.trace(syn(to: 80)).outcome == .drop)
    #expect(analysis.trace(syn(to: 80)).alternatives.count == 1)
    guard case .may(let reasons) = analysis.trace(syn(to: 22)).outcome else {
      Issue.record("a limited accept is uncertain")
      return
    }
    #expect(reasons.contains { $0.kind == .rate })
  }

  @Test func `a mark set earlier is seen later, also when a later match of its rule fails`() {
    var b = RulesetBuilder()
    let t = b.table()
    let pre = b.base(t, .prerouting, priority: -150)
    let input = b.base(t, .input)
    b.rule(pre, .does(.setMark(value: 5, mask: .max)), .when(.destinationPort, 9), .end(.accept))
    b.rule(input, .when(.mark, 5), .end(.drop))
    #expect(Analysis(b.ruleset).trace(syn(to: 80)).outcome == .drop)
  }

  @Test func `a rule after dnat sees the new destination`() {
    var b = RulesetBuilder()
    let t = b.table(.ip)
    let nat = b.base(t, .prerouting, priority: -100, type: .nat)
    let forward = b.base(t, .forward, policy: .drop)
    b.rule(
      nat, .when(.destinationPort, 80),
      .end(.translate(Translation(.dnat, addresses: .v4(0x0a00_0005) ... .v4(0x0a00_0005), ports: 8080...8080))))
    b.rule(forward, .when(.destination, 0x0a00_0005), .when(.destinationPort, 8080), .end(.accept))
    let analysis = Analysis(b.ruleset)
    #expect(analysis.trace(syn(to: 80, hook: .forward)).outcome == .accept)
    #expect(analysis.trace(syn(to: 81, hook: .forward)).outcome == .drop)
  }

  @Test func `jump and goto loops end`() {
    var b = RulesetBuilder()
    let t = b.table()
    let input = b.base(t, .input)
    let a = b.chain(t, "a")
    b.rule(input, .end(.jump(a)))
    b.rule(a, .end(.jump(a)))
    if case .may = Analysis(b.ruleset).trace(syn(to: 80)).outcome {} else { Issue.record("a loop has no verdict") }
    b.ruleset.chains[a.index].rules[0].steps = [.end(.goto(a))]
    if case .may = Analysis(b.ruleset).trace(syn(to: 80)).outcome {} else { Issue.record("a loop has no verdict") }
    let pieces = Analysis(b.ruleset).partition(.all, at: .input)
    #expect(pieces.isComplete)
  }

  /// Conntrack classes measured on Linux 6.18 with no flow known.
  @Test(arguments: [
    ("S", ConntrackState.new), ("A", .new), ("PA", .new), ("SEC", .new), ("", .invalid), ("R", .invalid),
    ("RA", .invalid), ("FA", .invalid), ("SA", .invalid), ("SF", .invalid), ("FPU", .invalid),
  ]) func `a TCP packet without a flow`(_ flags: String, _ state: ConntrackState) {
    var packet = syn(to: 80)
    packet.tcpFlags = TCPFlag.bits(flags)
    #expect(Analysis(Ruleset()).trace(packet).state == state)
  }
}
