import FirewallAnalysis
import FirewallModel
import Foundation
import HostFacts
import PacketSets
import Packets
import Questions
import Testing

/// Every packet of a tiny universe, walked in the plainest way, against the engine's sets of packets.
@Suite("Brute force in a tiny universe")
struct BruteForceTests {
  /// Rule lists in all; FWLINT_FULL=1 tries 100,000 of them, another number that many.
  static let count: Int = {
    let wanted = ProcessInfo.processInfo.environment["FWLINT_FULL"].flatMap(Int.init) ?? 0
    return wanted == 1 ? 100_000 : max(wanted, 1_500)
  }()
  static let seed = ProcessInfo.processInfo.environment["FWLINT_SEED"].flatMap(UInt64.init) ?? 1

  /// All packets of the universe, and no others that rules tell apart from them.
  static let universe: Box = Box.all.narrowed(.family, to: NetworkProtocol.ipv4)
    .narrowed(.source, to: ValueSet(Interval(TinyPacket.firstSource, TinyPacket.firstSource + 3)))
    .narrowed(.destinationPort, to: ValueSet(Interval(TinyPacket.firstPort, TinyPacket.firstPort + 3)))
    .narrowed(.transportProtocol, to: ValueSet(values: [6, 17]))
    .narrowed(.inInterface, to: ValueSet(values: TinyPacket.interfaces.map { InterfaceName.value($0) }))
    .narrowed(.ctState, to: UInt128(ConntrackState.new.rawValue)).narrowed(.mark, to: 0)

  static func end(_ outcome: Outcome) -> PlainWalk.End? {
    switch outcome {
    case .accept: .accept
    case .drop: .drop
    // Both walks name the answer for the packet's family.
    case .reject: .reject(.icmpx(code: 1))
    default: nil
    }
  }

  private static func isIn(_ region: Box, _ packet: TinyPacket) -> Bool {
    region.constraints.allSatisfy { constraint in
      guard let number = packet.number(constraint.field, mark: 0) else { return true }
      return constraint.values.contains(number)
    }
  }

  @Test func `partition, trace and query agree with enumeration`() throws {
    var made = TinyRulesets(seed: Self.seed)
    var faults = 0
    for round in 0..<(Self.count / 2) where faults < 3 {
      let ruleset = made.ruleset()
      let analysis = Analysis(ruleset)
      var fates: [TinyPacket: PlainWalk.End] = [:]
      for packet in TinyPacket.all {
        var walk = PlainWalk(ruleset, packet)
        fates[packet] = walk.run()
      }
      let partition = analysis.partition(Self.universe, at: .input)
      #expect(partition.isComplete)
      for packet in TinyPacket.all {
        let own = partition.pieces.filter { Self.isIn($0.region, packet) }
        let isRight = own.count == 1 && Self.end(own[0].outcome) == fates[packet]
        let traced = round % 8 == 0 ? Self.end(analysis.trace(packet.packet).outcome) : fates[packet]
        if !isRight || traced != fates[packet] {
          faults += 1
          Issue.record(
            "round \(round): \(packet): \(own.map(\.outcome)) traced \(String(describing: traced)), not \(String(describing: fates[packet]))\n\(Self.text(ruleset))"
          )
          break
        }
      }
      // A question about some of the packets.
      let ports = (0..<4).filter { _ in made.random.chance(2) }
      let sources = (0..<4).filter { _ in made.random.chance(2) }
      if ports.isEmpty || sources.isEmpty { continue }
      let isUDP = made.random.chance(2)
      let outcome = made.random.pick(["accepted", "dropped", "rejected"])
      let quantifier = made.random.pick(["any", "every"])
      let text =
        "\(quantifier) {\(sources.map { "198.51.100.\($0)" }.joined(separator: ","))} -> host in {eth0,eth1} "
        + "\(isUDP ? "udp" : "tcp")/{\(ports.map { "\(10 + $0)" }.joined(separator: ","))} is \(outcome)"
      let asked = fates.filter {
        ports.contains($0.key.port) && sources.contains($0.key.source) && $0.key.isUDP == isUDP
      }
      let holds = asked.values.map { end in
        switch end {
        case .accept: outcome == "accepted"
        case .drop: outcome == "dropped"
        case .reject: outcome == "rejected"
        }
      }
      let expected = quantifier == "any" ? holds.contains(true) : holds.allSatisfy { $0 }
      let answer = try Questioner(ruleset, host: HostFacts()).ask(PacketQuestion(parsing: text))
      if answer.verdict != (expected ? .yes : .no) {
        faults += 1
        Issue.record("round \(round): \(text): \(answer.verdict)\n\(Self.text(ruleset))")
      }
    }
  }

  @Test func `diff agrees with enumeration`() {
    var made = TinyRulesets(seed: Self.seed &+ 77)
    var faults = 0
    var changed = 0
    for round in 0..<(Self.count / 4) where faults < 3 {
      let old = made.ruleset()
      let new = round % 5 == 0 ? made.ruleset() : made.changed(old)
      let diff = RulesetDiff(old: old, new: new, host: HostFacts())
      let difference = diff.run(limit: .max)
      #expect(difference.isComplete)
      let changes = difference.changes.filter { $0.hook == .input }
      for packet in TinyPacket.all {
        var before = PlainWalk(old, packet)
        var after = PlainWalk(new, packet)
        let (from, to) = (before.run(), after.run())
        let told = changes.filter { change in change.regions.contains { Self.isIn($0, packet) } }
        let isRight =
          told.isEmpty == (from == to) && told.allSatisfy { Self.end($0.from) == from && Self.end($0.to) == to }
        if from != to { changed += 1 }
        if !isRight {
          faults += 1
          Issue.record(
            "round \(round): \(packet): \(from) -> \(to), told \(told.map { ($0.from, $0.to) })\n\(Self.text(old))\n--\n\(Self.text(new))"
          )
          break
        }
      }
      // Outside of the universe ports may be asked of protocols that have none; within it all is certain.
      for change in changes where !change.isCertain {
        let touches = change.regions.contains { region in TinyPacket.all.contains { Self.isIn(region, $0) } }
        if touches { Issue.record("round \(round): not certain: \(change.from) -> \(change.to)") }
      }
    }
    #expect(changed > Self.count / 4)
  }

  private static func end(_ fate: Fate) -> PlainWalk.End? {
    switch fate {
    case .accepted: .accept
    case .dropped: .drop
    case .rejected: .reject(.icmpx(code: 1))
    default: nil
    }
  }

  @Test func `no rule that a packet matches is called dead`() {
    var made = TinyRulesets(seed: Self.seed &+ 991)
    var faults = 0
    var dead = 0
    for round in 0..<(Self.count / 4) where faults < 3 {
      let ruleset = made.ruleset()
      let found = Set(Analysis(ruleset).deadRules().rules.map(\.rule))
      dead += found.count
      var matched: Set<RuleID> = []
      for packet in TinyPacket.all {
        var walk = PlainWalk(ruleset, packet)
        _ = walk.run()
        matched.formUnion(walk.matched)
      }
      let wrong = found.intersection(matched)
      if !wrong.isEmpty {
        faults += 1
        Issue.record("round \(round): dead and matched: \(wrong)\n\(Self.text(ruleset))")
      }
    }
    #expect(dead > Self.count / 20)
  }

  @Test func `in one list of plain rules those are dead that no packet matches`() {
    var deadCount = 0
    var foundCount = 0
    var random = Random(seed: Self.seed &+ 5)
    var faults = 0
    for round in 0..<(Self.count / 4) where faults < 3 {
      var ruleset = Ruleset()
      let nowhere = TinyRules.nowhere
      ruleset.tables.append(Table(family: .ip, name: "t", dialect: .nft, origin: nowhere))
      var chain = Chain(table: TableID(0), name: "input", origin: nowhere, end: nowhere)
      chain.base = BaseHook(type: .filter, hook: .input, priority: 0, policy: .accept, registration: 0)
      // Rules before keep everything else away, so that the universe is all there is.
      chain.rules = TinyRules.fence
      let fence = chain.rules.count
      for _ in 0..<(2 + random.below(6)) { chain.rules.append(TinyRules.plain(&random)) }
      ruleset.chains.append(chain)
      ruleset.tables[0].chains.append(ChainID(0))
      var matched: Set<RuleID> = []
      for packet in TinyPacket.all {
        var walk = PlainWalk(ruleset, packet)
        _ = walk.run()
        matched.formUnion(walk.matched)
      }
      let result = Analysis(ruleset).deadRules()
      let found = Set(result.rules.map(\.rule))
      let expected = Set((fence..<chain.rules.count).map { RuleID(chain: ChainID(0), index: $0) }).subtracting(matched)
      deadCount += expected.count
      foundCount += found.count
      if !found.isSubset(of: expected) {
        faults += 1
        Issue.record(
          "round \(round): dead \(found.map(\.index).sorted()), not \(expected.map(\.index).sorted())\n\(Self.text(ruleset))"
        )
      }
    }
    // All of them but for those that hang on facts between fields (TCP always has ports).
    #expect(deadCount > 50 && foundCount * 10 >= deadCount * 9, "\(foundCount) of \(deadCount)")
  }

  private static func text(_ ruleset: Ruleset) -> String {
    ruleset.chains.map { chain in
      "chain \(chain.name) \(chain.base.map { "priority \($0.priority) policy \($0.policy)" } ?? "")\n"
        + chain.rules.map { "  \($0.steps)".prefix(3000) }.joined(separator: "\n")
    }.joined(separator: "\n") + "\nsets \(ruleset.sets.map(\.contents))"
  }
}

/// Rules of one list without jumps.
enum TinyRules {
  static let nowhere = SourceRangeNowhere.range

  /// Takes every packet that is not of the universe.
  static var fence: [Rule] {
    func drop(_ field: Field, _ values: ValueSet) -> Rule {
      Rule(
        steps: [.match(Match(.field(field, values), at: nowhere)), .verdict(.drop, at: nowhere)], origin: nowhere)
    }
    let sources = ValueSet(Interval(TinyPacket.firstSource, TinyPacket.firstSource + 3))
    let names = ValueSet(values: TinyPacket.interfaces.map { InterfaceName.value($0) })
    return [
      drop(.source, sources.complement(in: .source)), drop(.inInterface, names.complement(in: .inInterface)),
      drop(.transportProtocol, ValueSet(values: [6, 17]).complement(in: .transportProtocol)),
      drop(.destinationPort, ValueSet(Interval(10, 13)).complement(in: .destinationPort)),
    ]
  }

  static func plain(_ random: inout Random) -> Rule {
    var steps: [Step] = []
    func add(_ field: Field, _ values: ValueSet) { steps.append(.match(Match(.field(field, values), at: nowhere))) }
    if random.chance(2) {
      let first = TinyPacket.firstSource + UInt128(random.below(4))
      add(.source, ValueSet(Interval(first, min(first + UInt128(random.below(3)), TinyPacket.firstSource + 3))))
    }
    if random.chance(2) { add(.inInterface, ValueSet(InterfaceName.value(random.pick(TinyPacket.interfaces)))) }
    if random.chance(2) {
      add(.transportProtocol, ValueSet(random.chance(2) ? 6 : 17))
      let first = UInt128(10 + random.below(4))
      add(.destinationPort, ValueSet(Interval(first, min(first + UInt128(random.below(4)), 13))))
    } else if random.chance(2) {
      add(.transportProtocol, ValueSet(random.chance(2) ? 6 : 17))
    }
    steps.append(.verdict(random.pick([.accept, .drop]), at: nowhere))
    return Rule(steps: steps, origin: nowhere)
  }
}
