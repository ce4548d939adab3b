import FirewallModel
import PacketSets
import Packets
import SourceText

/// A world of 64 packets: four sources, four ports, two protocols, two interfaces. Small enough to try every packet.
struct TinyPacket: Hashable {
  var source: Int
  var port: Int
  var isUDP: Bool
  var interface: Int

  static let all: [TinyPacket] = (0..<64).map {
    TinyPacket(source: $0 & 3, port: $0 >> 2 & 3, isUDP: $0 >> 4 & 1 == 1, interface: $0 >> 5)
  }

  static let firstSource: UInt128 = 0xc633_6400
  static let firstPort: UInt128 = 10
  static let interfaces = ["eth0", "eth1"]

  /// The number of a field; nil: absent in this world's packets at the input hook.
  func number(_ field: Field, mark: UInt128) -> UInt128? {
    switch field {
    case .family: NetworkProtocol.ipv4
    case .source: Self.firstSource + UInt128(source)
    case .destinationPort: Self.firstPort + UInt128(port)
    case .transportProtocol: isUDP ? 17 : 6
    case .inInterface: InterfaceName.value(Self.interfaces[interface])
    case .ctState: UInt128(ConntrackState.new.rawValue)
    case .mark: mark
    default: nil
    }
  }

  var packet: Packet {
    var packet = Packet(
      source: .v4(UInt32(Self.firstSource) + UInt32(source)), destination: .v4(0xc000_0201),
      transportProtocol: isUDP ? 17 : 6)
    packet.hook = .input
    packet.inInterface = Self.interfaces[interface]
    packet.sourcePort = 40000
    packet.destinationPort = UInt16(Self.firstPort) + UInt16(port)
    packet.tcpFlags = isUDP ? nil : TCPFlag.syn
    packet.reversePathOK = true
    return packet
  }
}

/// What becomes of one packet, worked out rule by rule in the plainest way: an implementation apart from the engine's.
struct PlainWalk {
  let ruleset: Ruleset
  let packet: TinyPacket
  var mark: UInt128 = 0
  /// Rules that the packet matched up to their end.
  var matched: Set<RuleID> = []

  enum End: Hashable {
    case accept, drop
    case reject(RejectKind)
  }

  init(_ ruleset: Ruleset, _ packet: TinyPacket) {
    self.ruleset = ruleset
    self.packet = packet
  }

  mutating func run() -> End {
    let bases = ruleset.chains.indices.filter { ruleset.chains[$0].base?.hook == .input }.sorted { a, b in
      guard let x = ruleset.chains[a].base, let y = ruleset.chains[b].base else { return false }
      return x.priority != y.priority ? x.priority < y.priority : x.registration > y.registration
    }
    for base in bases {
      switch walk(ChainID(base), depth: 0) {
      case .end(.accept): continue
      case .end(let end): return end
      case .goesOn, .left: if ruleset.chains[base].base?.policy == .drop { return .drop }
      }
    }
    return .accept
  }

  private enum Flow {
    case end(End)
    /// The end of the chain or `return`: the caller goes on.
    case goesOn
    /// The end of a chain reached by goto: the caller's caller goes on.
    case left
  }

  private mutating func walk(_ chain: ChainID, depth: Int) -> Flow {
    rules: for (index, rule) in ruleset[chain].rules.enumerated() {
      for step in rule.steps {
        switch step {
        case .match(let match): guard holds(match.condition) else { continue rules }
        case .effect(.setMark(let value, _), _): mark = UInt128(value)
        case .effect: break
        case .verdict(let verdict, _):
          matched.insert(RuleID(chain: chain, index: index))
          switch take(verdict, depth) {
          case .some(let flow): return flow
          case nil: continue rules
          }
        case .verdictMap(let map, _):
          guard case .map(let elements, _) = ruleset[map.map].contents,
            let key = packet.number(map.key[0], mark: mark),
            let element = elements.first(where: { $0.key[0].contains(key) }), case .verdict(let verdict) = element.data
          else { continue rules }
          matched.insert(RuleID(chain: chain, index: index))
          switch take(verdict, depth) {
          case .some(let flow): return flow
          case nil: continue rules
          }
        }
      }
      matched.insert(RuleID(chain: chain, index: index))
    }
    return .goesOn
  }

  /// nil: the next rule.
  private mutating func take(_ verdict: Verdict, _ depth: Int) -> Flow? {
    switch verdict {
    case .accept: return .end(.accept)
    case .drop: return .end(.drop)
    case .reject(let kind): return .end(.reject(kind))
    case .return: return .goesOn
    case .jump(let target):
      if case .end(let end) = walk(target, depth: depth + 1) { return .end(end) }
      return nil
    case .goto(let target):
      if case .end(let end) = walk(target, depth: depth) { return .end(end) }
      return .goesOn
    default: return nil
    }
  }

  private func holds(_ condition: Condition) -> Bool {
    switch condition {
    case .field(let field, let values): return packet.number(field, mark: mark).map { values.contains($0) } ?? false
    case .member(let id, let fields, let negated):
      let numbers = fields.map { packet.number($0, mark: mark) }
      guard numbers.allSatisfy({ $0 != nil }) else { return false }
      let isIn: Bool
      switch ruleset[id].contents {
      case .values(let values): isIn = numbers[0].map { values.contains($0) } ?? false
      case .tuples(let tuples):
        isIn = tuples.contains { tuple in
          zip(tuple, numbers).allSatisfy { interval, number in number.map { interval.contains($0) } ?? false }
        }
      default: isIn = false
      }
      return isIn != negated
    case .any(let parts): return parts.contains { holds($0) }
    case .all(let parts): return parts.allSatisfy { holds($0) }
    case .not(let part): return !holds(part)
    case .constant(let value): return value
    case .masked, .unknown: return false
    }
  }
}

/// Random rule sets over the tiny universe: several base chains, jumps, gotos, returns, verdict maps, sets, negations, marks.
struct TinyRulesets {
  var random: Random
  private static let nowhere = SourceRange(file: SourceID(0), lower: 0, upper: 0)

  init(seed: UInt64) { random = Random(seed: seed) }

  mutating func ruleset() -> Ruleset {
    var ruleset = Ruleset()
    ruleset.tables.append(
      Table(family: random.chance(2) ? .ip : .inet, name: "t", dialect: .nft, origin: Self.nowhere))
    let bases = random.chance(3) ? 2 : 1
    let regular = random.below(3)
    for index in 0..<(bases + regular) {
      var chain = Chain(
        table: TableID(0), name: index < bases ? "base\(index)" : "c\(index - bases)", origin: Self.nowhere,
        end: Self.nowhere)
      if index < bases {
        chain.base = BaseHook(
          type: .filter, hook: .input, priority: Int32(random.below(3)), policy: random.chance(2) ? .drop : .accept,
          registration: index)
      }
      ruleset.chains.append(chain)
      ruleset.tables[0].chains.append(ChainID(index))
    }
    for index in ruleset.chains.indices {
      for _ in 0..<(1 + random.below(5)) {
        let rule = rule(in: index, bases: bases, &ruleset)
        ruleset.chains[index].rules.append(rule)
      }
    }
    return ruleset
  }

  /// The rule set with one or two small changes.
  mutating func changed(_ ruleset: Ruleset) -> Ruleset {
    var ruleset = ruleset
    let bases = ruleset.chains.filter { $0.base != nil }.count
    for _ in 0..<(1 + random.below(2)) {
      let chain = random.below(ruleset.chains.count)
      let count = ruleset.chains[chain].rules.count
      switch random.below(6) {
      case 0 where count > 0: ruleset.chains[chain].rules.remove(at: random.below(count))
      case 1:
        let rule = rule(in: chain, bases: bases, &ruleset)
        ruleset.chains[chain].rules.insert(rule, at: random.below(count + 1))
      case 2 where count > 1: ruleset.chains[chain].rules.swapAt(random.below(count), random.below(count))
      case 3 where count > 0:
        let rule = rule(in: chain, bases: bases, &ruleset)
        ruleset.chains[chain].rules[random.below(count)] = rule
      case 4:
        let old = ruleset.chains[chain].base?.policy
        ruleset.chains[chain].base?.policy = old == .drop ? .accept : .drop
      default:
        if ruleset.sets.isEmpty { continue }
        let set = random.below(ruleset.sets.count)
        if case .values = ruleset.sets[set].contents { ruleset.sets[set].contents = .values(values(4, 10)) }
      }
    }
    return ruleset
  }

  private mutating func values(_ count: Int, _ first: UInt128) -> ValueSet {
    ValueSet(values: (0..<count).filter { _ in random.chance(2) }.map { first + UInt128($0) })
  }

  private mutating func condition(_ ruleset: inout Ruleset, depth: Int = 0) -> Condition {
    switch random.below(depth > 1 ? 5 : 9) {
    case 0: return .field(.source, values(4, TinyPacket.firstSource))
    case 1: return .field(.destinationPort, values(4, TinyPacket.firstPort))
    case 2: return .field(.transportProtocol, ValueSet(random.chance(2) ? 6 : 17))
    case 3: return .field(.inInterface, ValueSet(InterfaceName.value(random.pick(TinyPacket.interfaces))))
    case 4:
      let name = random.pick(TinyPacket.interfaces)
      return .field(.inInterface, ValueSet(InterfaceName.value(name)).complement(in: .inInterface))
    case 5:
      ruleset.sets.append(
        NamedSet(
          table: TableID(0), name: "s\(ruleset.sets.count)", contents: .values(values(4, 10)), origin: Self.nowhere))
      return .member(SetID(ruleset.sets.count - 1), [.destinationPort], negated: random.chance(2))
    case 6:
      let tuples = (0..<(1 + random.below(3))).map { _ -> [Interval] in
        let source = TinyPacket.firstSource + UInt128(random.below(3))
        return [Interval(source, source + UInt128(random.below(2))), Interval(10 + UInt128(random.below(4)))]
      }
      ruleset.sets.append(NamedSet(table: TableID(0), name: "", contents: .tuples(tuples), origin: Self.nowhere))
      return .member(SetID(ruleset.sets.count - 1), [.source, .destinationPort], negated: random.chance(3))
    case 7: return .not(condition(&ruleset, depth: depth + 1))
    default:
      let parts = [condition(&ruleset, depth: depth + 1), condition(&ruleset, depth: depth + 1)]
      return random.chance(2) ? .any(parts) : .all(parts)
    }
  }

  private mutating func rule(in chain: Int, bases: Int, _ ruleset: inout Ruleset) -> Rule {
    var steps: [Step] = []
    for _ in 0..<random.below(3) { steps.append(.match(Match(condition(&ruleset), at: Self.nowhere))) }
    if random.chance(12) { steps.append(.match(Match(.field(.mark, ValueSet(1)), at: Self.nowhere))) }
    if random.chance(12) { steps.append(.effect(.setMark(value: 1, mask: .max), at: Self.nowhere)) }
    if random.chance(12) {
      // A port needs a protocol with ports, which all of this world's packets have.
      let elements = (0..<3).map { index in
        NamedSet.MapElement(
          key: [Interval(10 + UInt128(index))], data: .verdict(verdict(in: chain, bases: bases, ruleset)),
          origin: Self.nowhere)
      }
      ruleset.sets.append(
        NamedSet(table: TableID(0), name: "", contents: .map(elements, fallback: nil), origin: Self.nowhere))
      steps.append(
        .verdictMap(
          VerdictMap(key: [.destinationPort], map: SetID(ruleset.sets.count - 1)), at: Self.nowhere))
    } else if !random.chance(8) {
      steps.append(.verdict(verdict(in: chain, bases: bases, ruleset), at: Self.nowhere))
    }
    return Rule(steps: steps, origin: Self.nowhere)
  }

  /// Jumps go to later chains only, so that there are no loops.
  private mutating func verdict(in chain: Int, bases: Int, _ ruleset: Ruleset) -> Verdict {
    let targets = (max(chain + 1, bases)..<max(ruleset.chains.count, max(chain + 1, bases))).map { ChainID($0) }
    switch random.below(8) {
    case 0, 1: return .accept
    case 2, 3: return .drop
    case 4: return .reject(.icmpx(code: 1))
    case 5: return .return
    case 6: return targets.isEmpty ? .accept : .jump(random.pick(targets))
    default: return targets.isEmpty ? .drop : .goto(random.pick(targets))
    }
  }
}

enum SourceRangeNowhere {
  static let range = SourceRange(file: SourceID(0), lower: 0, upper: 0)
}
