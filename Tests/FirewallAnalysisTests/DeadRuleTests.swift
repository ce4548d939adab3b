import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets
import Testing

@Suite struct DeadRuleTests {
  static func dead(_ build: (inout RulesetBuilder, ChainID) -> Void) -> [DeadRule] {
    var b = RulesetBuilder()
    let t = b.table()
    let input = b.base(t, .input)
    build(&b, input)
    return Analysis(b.ruleset).deadRules().rules
  }

  @Test func `one earlier rule takes all packets`() {
    let dead = Self.dead { b, c in
      b.rule(c, .when(.transportProtocol, 6), .when(.destinationPort, 0...1023), .end(.drop))
      b.rule(c, .when(.family, 2), .when(.transportProtocol, 6), .when(.destinationPort, 22), .end(.accept))
      b.rule(c, .when(.transportProtocol, 17), .when(.destinationPort, 22), .end(.accept))
    }
    #expect(dead.map(\.rule.index) == [1])
    #expect(dead.first?.decidesOtherwise == true)
  }

  /// Each of these covers nothing.
  @Test(arguments: [
    [Step.limit(), .end(.drop)], [.end(.continue)], [.does(.log(Effect.Log(prefix: "x")))],
    [.does(.updateSet(nil, "add @s")), .end(.drop)], [.end(.unknown(Uncertainty(.notModelled, "x")))],
    [.when(.destinationPort, 23), .end(.drop)],
    [.when(.not(.field(.destinationPort, ValueSet(23)))), .limit(), .end(.drop)],
    [.end(.jump(ChainID(0)))],
  ]) func `what may let packets go on covers nothing`(_ steps: [Step]) {
    let dead = Self.dead { b, c in
      b.rule(c, steps: [.when(.transportProtocol, 6)] + steps)
      b.rule(c, .when(.transportProtocol, 6), .when(.destinationPort, 22), .end(.accept))
    }
    #expect(dead.isEmpty)
  }

  @Test func `a jump covers when nothing comes back`() {
    var b = RulesetBuilder()
    let t = b.table()
    let input = b.base(t, .input)
    let ends = b.chain(t, "ends")
    b.rule(ends, .when(.destinationPort, 22), .end(.accept))
    b.rule(ends, .end(.drop))
    let returns = b.chain(t, "returns")
    b.rule(returns, .when(.destinationPort, 22), .end(.return))
    b.rule(returns, .end(.drop))
    b.rule(input, .when(.transportProtocol, 6), .end(.jump(returns)))
    b.rule(input, .when(.transportProtocol, 6), .when(.sourcePort, 1), .end(.accept))
    b.rule(input, .when(.transportProtocol, 17), .end(.jump(ends)))
    b.rule(input, .when(.transportProtocol, 17), .when(.sourcePort, 1), .end(.accept))
    #expect(Analysis(b.ruleset).deadRules().rules.map(\.rule) == [RuleID(chain: input, index: 3)])
  }

  @Test func `a mark that changes between two rules separates them`() {
    let dead = Self.dead { b, c in
      b.rule(c, .when(.mark, 1), .end(.drop))
      b.rule(c, .when(.destinationPort, 22), .does(.setMark(value: 1, mask: .max)))
      b.rule(c, .when(.mark, 1), .end(.accept))
    }
    #expect(dead.isEmpty)
  }

  @Test func `a contradiction and what follows an end`() {
    let dead = Self.dead { b, c in
      b.rule(c, .when(.transportProtocol, 6), .when(.transportProtocol, 17), .end(.accept))
      b.rule(c, .end(.drop))
      b.rule(c, .when(.destinationPort, 1), .end(.accept))
    }
    #expect(
      dead.map(\.reason) == [
        .contradiction(step: 1), .afterEnd(RuleID(chain: dead.first?.rule.chain ?? ChainID(0), index: 1)),
      ])
  }

  /// No packet of a tiny universe ever matches a rule that is called dead; what one earlier rule covers is found, as a
  /// plain comparison of all pairs says.
  @Test(arguments: 0..<120) func `dead rules are dead`(_ seed: Int) {
    var random = Random(state: UInt64(seed) &+ 900)
    let (ruleset, hook) = PartitionTests.randomRuleset(&random)
    let analysis = Analysis(ruleset)
    let dead = Set(analysis.deadRules().rules.map(\.rule))
    for _ in 0..<150 {
      let trace = analysis.trace(PartitionTests.randomPacket(&random, hook: hook))
      for step in trace.steps {
        guard let rule = step.rule, dead.contains(rule) else { continue }
        if case .matched = step.event { Issue.record("seed \(seed): \(rule) matches \(trace.packet)") }
      }
    }
  }

  @Test(arguments: 0..<40) func `every pair that covers is found`(_ seed: Int) {
    var random = Random(state: UInt64(seed) &+ 77)
    var b = RulesetBuilder()
    let t = b.table(.ip)
    let input = b.base(t, .input)
    var boxes: [[Field: ClosedRange<UInt128>]] = []
    for _ in 0..<60 {
      var box: [Field: ClosedRange<UInt128>] = [.family: 2...2]
      for field in [Field.source, .destination] where Bool.random(using: &random) {
        let length = UInt128([8, 16, 24, 31, 32].randomElement(using: &random) ?? 32)
        let size = UInt128(1) << (32 - length)
        let start = (UInt128.random(in: 0..<4, using: &random) &* 0x0101_0101) / size * size
        box[field] = start...(start + size - 1)
      }
      box[.transportProtocol] = [6...6, 17...17, 6...17].randomElement(using: &random)
      for field in [Field.sourcePort, .destinationPort] where Bool.random(using: &random) {
        let start = UInt128.random(in: 0..<5, using: &random)
        box[field] = start...(start + UInt128.random(in: 0..<4, using: &random))
      }
      boxes.append(box)
      var steps = box.sorted { $0.key.rawValue < $1.key.rawValue }.map { Step.when($0.key, $0.value) }
      steps.append(.end(.drop))
      b.rule(input, steps: steps)
    }
    var expected: [Int] = []
    for later in boxes.indices {
      let isCovered = boxes[..<later].contains { earlier in
        earlier.allSatisfy { field, range in
          boxes[later][field].map { range.lowerBound <= $0.lowerBound && $0.upperBound <= range.upperBound } ?? false
        }
      }
      if isCovered { expected.append(later) }
    }
    let found = Analysis(b.ruleset).deadRules().rules.filter {
      if case .covered = $0.reason { true } else { false }
    }
    #expect(found.map(\.rule.index) == expected)
    #expect(!expected.isEmpty)
  }
}

extension DeadRuleTests {
  @Test func `two earlier rules take all packets between them`() {
    let dead = Self.dead { b, c in
      b.rule(c, .when(.transportProtocol, 6), .when(.destinationPort, 0...1023), .end(.accept))
      b.rule(c, .when(.transportProtocol, 6), .when(.destinationPort, 1024...65535), .end(.drop))
      b.rule(c, .when(.transportProtocol, 6), .when(.destinationPort, 1000...2000), .end(.drop))
      // A TCP fragment has no port, so this one may match.
      b.rule(c, .when(.transportProtocol, 6), .end(.drop))
      b.rule(c, .state(.new, .established, .related), .end(.accept))
      b.rule(c, .state(.invalid), .when(.transportProtocol, 17), .end(.accept))
      b.rule(c, .state(.untracked), .end(.accept))
      b.rule(c, .when(.transportProtocol, 17), .end(.accept))
    }
    #expect(dead.map(\.rule.index) == [2, 7])
    if case .coveredTogether(let rules)? = dead.first?.reason {
      #expect(rules.map(\.index) == [0, 1])
    } else {
      Issue.record("not covered together")
    }
  }
}
