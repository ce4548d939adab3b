import FirewallModel
import PacketSets
import Packets
import SourceText

/// Builds small rule sets by hand, so that the engine is tested apart from the readers.
struct RulesetBuilder {
  var ruleset = Ruleset()
  static let nowhere = SourceRange(file: SourceID(0), lower: 0, upper: 0)

  mutating func table(_ family: Family = .inet, _ dialect: Dialect = .nft, name: String = "t") -> TableID {
    ruleset.tables.append(Table(family: family, name: name, dialect: dialect, origin: Self.nowhere))
    return TableID(ruleset.tables.count - 1)
  }

  mutating func chain(_ table: TableID, _ name: String) -> ChainID {
    ruleset.chains.append(Chain(table: table, name: name, origin: Self.nowhere, end: Self.nowhere))
    let id = ChainID(ruleset.chains.count - 1)
    ruleset.tables[table.index].chains.append(id)
    return id
  }

  mutating func base(
    _ table: TableID, _ hook: Hook, priority: Int32 = 0, policy: Policy = .accept, type: ChainType = .filter
  ) -> ChainID {
    let id = chain(table, hook.name)
    let registration = ruleset.chains.filter { $0.base != nil }.count
    ruleset.chains[id.index].base = BaseHook(
      type: type, hook: hook, priority: priority, policy: policy, registration: registration)
    return id
  }

  mutating func set(_ contents: NamedSet.Contents, isDynamic: Bool = false) -> SetID {
    ruleset.sets.append(NamedSet(table: nil, name: "s", contents: contents, isDynamic: isDynamic, origin: Self.nowhere))
    return SetID(ruleset.sets.count - 1)
  }

  @discardableResult mutating func rule(_ chain: ChainID, _ steps: Step...) -> RuleID {
    rule(chain, steps: steps)
  }

  @discardableResult mutating func rule(_ chain: ChainID, steps: [Step]) -> RuleID {
    ruleset.chains[chain.index].rules.append(Rule(steps: steps, origin: Self.nowhere))
    return RuleID(chain: chain, index: ruleset.chains[chain.index].rules.count - 1)
  }
}

extension Step {
  static func when(_ field: Field, _ values: UInt128...) -> Step {
    .match(Match(.field(field, ValueSet(values: values)), at: RulesetBuilder.nowhere))
  }
  static func when(_ field: Field, _ range: ClosedRange<UInt128>) -> Step {
    .match(Match(.field(field, ValueSet(Interval(range.lowerBound, range.upperBound))), at: RulesetBuilder.nowhere))
  }
  static func unless(_ field: Field, _ values: UInt128...) -> Step {
    .match(Match(.field(field, ValueSet(values: values).complement(in: field)), at: RulesetBuilder.nowhere))
  }
  static func when(_ condition: Condition) -> Step { .match(Match(condition, at: RulesetBuilder.nowhere)) }
  static func state(_ states: ConntrackState...) -> Step {
    .match(
      Match(.field(.ctState, ValueSet(values: states.map { UInt128($0.rawValue) })), at: RulesetBuilder.nowhere))
  }
  static func limit() -> Step { .when(.unknown(Uncertainty(.rate, "limit rate 5/second"))) }
  static func end(_ verdict: Verdict) -> Step { .verdict(verdict, at: RulesetBuilder.nowhere) }
  static func does(_ effect: Effect) -> Step { .effect(effect, at: RulesetBuilder.nowhere) }
  static func map(_ key: Field..., in id: SetID) -> Step {
    .verdictMap(VerdictMap(key: key, map: id), at: RulesetBuilder.nowhere)
  }
}

/// A TCP SYN from outside to the host.
func syn(to port: UInt16, hook: Hook = .input, from: String = "203.0.113.9", dst: String = "192.0.2.1") -> Packet {
  guard let source = Address(from), let destination = Address(dst) else { fatalError("no address") }
  var packet = Packet(source: source, destination: destination, transportProtocol: IPProtocol.tcp)
  packet.hook = hook
  packet.inInterface = hook == .output ? nil : "eth0"
  packet.outInterface = hook == .input ? nil : "eth1"
  packet.sourcePort = 40000
  packet.destinationPort = port
  packet.tcpFlags = TCPFlag.syn
  return packet
}
