import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets
import TestSupport
import Testing

/// The index of boxes against a reference that sends all packets through all rules.
@Suite struct ReachabilityTests {
  /// Rule lists over three values of each field, with chains, returns, gotos, maps and uncertain rules.
  @Test(arguments: 0..<(Corpora.isFull ? 20_000 : 400)) func `exactly the rules are dead that no packet reaches`(
    _ seed: Int
  ) {
    var random = Random(state: UInt64(seed) &+ 31_000)
    let ruleset = Self.tinyRuleset(&random)
    let reference = SlowReachability(ruleset)
    guard !reference.isAborted else { return }
    let dead = Analysis(ruleset).deadRules()
    #expect(dead.isComplete, "seed \(seed)")
    let found = Set(dead.rules.map(\.rule))
    for rule in found where !reference.isDead(rule) { Issue.record("seed \(seed): \(rule) is reached") }
    for chain in reference.entered {
      for index in ruleset[chain].rules.indices {
        let rule = RuleID(chain: chain, index: index)
        if reference.isDead(rule), !found.contains(rule) { Issue.record("seed \(seed): \(rule) is missed") }
      }
    }
  }

  /// Without any one of the rules that are said to take its packets, the dead rule is reached.
  @Test(arguments: 0..<150) func `the list of taking rules has none too many`(_ seed: Int) {
    var random = Random(state: UInt64(seed) &+ 77_000)
    var b = RulesetBuilder()
    let chain = b.base(b.table(.ip), .input)
    for _ in 0..<24 {
      b.rule(chain, steps: Self.tests(&random) + [.end(Bool.random(using: &random) ? .accept : .drop)])
    }
    for dead in Analysis(b.ruleset).deadRules().rules {
      guard case .coveredTogether(let rules) = dead.reason else { continue }
      for left in rules {
        var without = b.ruleset
        for index in without.chains[chain.index].rules.indices where index < dead.rule.index {
          let isKept = rules.contains { $0.index == index } && index != left.index
          if !isKept { without.chains[chain.index].rules[index].steps = [.when(.constant(false))] }
        }
        #expect(!SlowReachability(without).isDead(dead.rule), "seed \(seed): \(left) is not needed for \(dead.rule)")
      }
    }
  }

  /// Ten times the rules cost at most fifteen times the work.
  @Test(arguments: ["services", "ports"]) func `work grows with the number of rules`(_ kind: String) {
    let work = [1000, 10_000].map { size -> Int in
      var random = Random(state: 5)
      var b = RulesetBuilder()
      let chain = b.base(b.table(.ip), .forward)
      for index in 0..<size { b.rule(chain, steps: Self.large(kind, index, size, &random)) }
      let dead = Analysis(b.ruleset).deadRules()
      #expect(dead.isComplete)
      return dead.work
    }
    #expect(work[1] <= 15 * work[0], "\(work)")
  }

  private static func large(_ kind: String, _ index: Int, _ size: Int, _ random: inout Random) -> [Step] {
    func prefix(_ random: inout Random, _ lengths: [UInt128]) -> ClosedRange<UInt128> {
      let host = (UInt128(1) << (32 - (lengths.randomElement(using: &random) ?? 32))) - 1
      let address = UInt128(UInt32.random(in: 0...UInt32.max, using: &random)) & ~host
      return address...(address | host)
    }
    var steps: [Step] = []
    let lengths: [UInt128] = kind == "services" ? [32, 32, 32, 28, 24] : [4, 8, 12, 16, 24]
    let isWild = { (random: inout Random) in kind == "wildcards" && Bool.random(using: &random) }
    if kind != "ports" {
      if !isWild(&random) { steps.append(.when(.source, prefix(&random, lengths))) }
      if !isWild(&random) || steps.isEmpty { steps.append(.when(.destination, prefix(&random, lengths))) }
    }
    steps.append(.when(.transportProtocol, Bool.random(using: &random) ? 6 : 17))
    let port = kind == "ports" ? UInt128(index * 7919 % 65536) : UInt128.random(in: 0...60_000, using: &random)
    steps.append(.when(.destinationPort, port...(kind == "wildcards" ? port + 4000 : port)))
    return steps + [.end(index % 3 == 0 ? .drop : .accept)]
  }

  // MARK: A tiny universe

  static func tests(_ random: inout Random) -> [Step] {
    var steps: [Step] = []
    for field in [Field.source, .transportProtocol, .destinationPort, .ctState, .mark] {
      guard Int.random(in: 0..<2, using: &random) == 0 else { continue }
      let most: UInt128 =
        field == .ctState ? 4 : field == .source ? 0xffff_ffff : field == .destinationPort ? 65535 : 255
      let cuts: [UInt128] = [0, most / 4, most / 2, most]
      let start = Int.random(in: 0..<3, using: &random)
      let end = Int.random(in: start + 1...3, using: &random)
      let range = cuts[start]...(end == 3 ? most : cuts[end] - (cuts[end] > cuts[start] ? 1 : 0))
      if Int.random(in: 0..<5, using: &random) == 0, field != .mark {
        steps.append(
          .when(.field(field, ValueSet(Interval(range.lowerBound, range.upperBound)).complement(in: field))))
      } else {
        steps.append(.when(field, range))
      }
    }
    return steps
  }

  static func tinyRuleset(_ random: inout Random) -> Ruleset {
    var b = RulesetBuilder()
    let family = [Family.ip, .inet].randomElement(using: &random) ?? .ip
    let t = b.table(family)
    let users = [b.chain(t, "u0"), b.chain(t, "u1")]
    let base = b.base(t, .input)
    let map = b.set(
      .map(
        [
          NamedSet.MapElement(
            key: [Interval(0, 16_382)], data: .verdict(.jump(users[1])), origin: RulesetBuilder.nowhere),
          NamedSet.MapElement(key: [Interval(16_383, 32_766)], data: .verdict(.drop), origin: RulesetBuilder.nowhere),
        ], fallback: Bool.random(using: &random) ? .verdict(.return) : nil))
    for _ in 0..<Int.random(in: 4..<26, using: &random) {
      let chain = [base, base, users[0], users[1]].randomElement(using: &random) ?? base
      var steps: [Step] = family == .inet ? [.when(.family, [2, 10].randomElement(using: &random) ?? 2)] : []
      steps += tests(&random)
      if Int.random(in: 0..<9, using: &random) == 0 { steps.append(.limit()) }
      if Int.random(in: 0..<9, using: &random) == 0 {
        steps.append(
          .when(
            .any([.field(.destinationPort, ValueSet(Interval(0, 16_382))), .field(.mark, ValueSet(Interval(0, 62)))])))
      }
      if Int.random(in: 0..<9, using: &random) == 0 {
        steps.append(.when(.not(.field(.destinationPort, ValueSet(Interval(16_383, 65_535))))))
      }
      switch Int.random(in: 0..<12, using: &random) {
      case 0...2: steps.append(.end(.accept))
      case 3...5: steps.append(.end(.drop))
      case 6, 7:
        if chain == base {
          steps.append(.end(Bool.random(using: &random) ? .jump(users[0]) : .goto(users[1])))
        } else if chain == users[0] {
          steps.append(.end(Bool.random(using: &random) ? .jump(users[1]) : .goto(users[1])))
        } else {
          steps.append(.end(.return))
        }
      case 8: steps.append(.end(.return))
      case 9: if chain != users[1] { steps.append(.map(.destinationPort, in: map)) }
      case 10: steps.append(.does(.log(Effect.Log(prefix: "x"))))
      default: steps.append(.end(.reject(.tcpReset)))
      }
      b.rule(chain, steps: steps)
    }
    return b.ruleset
  }
}
