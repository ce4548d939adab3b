import FirewallModel
package import PacketSets
package import Packets

extension Analysis {
  /// Whether the kernel tracks connections and translates addresses, for each version and way: what some rule anywhere in
  /// the tables decides for all packets.
  package var conntrackUse: [Bool] { program.journeys.flatMap { [$0.tracks, $0.translates] } }

  /// The rules that a packet of one of the regions may match, told by their leading simple conditions: never too few.
  /// Conditions on the fields in `unseen` are not looked at (what earlier rules may have rewritten, for instance).
  /// By chain, one flag for each rule. O(rules × regions).
  package func rulesMeeting(_ regions: [Box], ignoring unseen: Set<Field>) -> [[Bool]] {
    var hidden: UInt128 = 0
    for field in unseen { hidden |= UInt128(1) << UInt128(field.rawValue) }
    let tests = regions.map { RegionTest($0, hidden: hidden) }
    let pool = program.intervals
    return program.chains.enumerated().map { index, chain in
      let family = ruleset[ruleset.chains[index].table].family
      let possible = tests.filter { $0.admits(family) }
      return chain.rules.map { rule in possible.contains { !$0.isDisjoint(from: rule.tests, pool) } }
    }
  }
}

/// A region in a form that many rules are held against.
private struct RegionTest {
  /// By field; nil: any value.
  private var values: [ValueSet?]
  private let families: ValueSet?

  init(_ region: Box, hidden: UInt128) {
    values = Array(repeating: nil, count: Field.allCases.count)
    families = region[.family]
    for constraint in region.constraints where hidden & (UInt128(1) << UInt128(constraint.field.rawValue)) == 0 {
      values[Int(constraint.field.rawValue)] = constraint.values
    }
  }

  func admits(_ family: Family) -> Bool {
    guard let families else { return true }
    switch family {
    case .ip: return families.contains(NetworkProtocol.ipv4)
    case .ip6: return families.contains(NetworkProtocol.ipv6)
    case .inet, .netdev, .arp, .bridge: return true
    }
  }

  func isDisjoint(from tests: [CompiledTest], _ pool: [Interval]) -> Bool {
    for test in tests {
      guard let own = values[Int(test.field.rawValue)] else { continue }
      guard test.lower <= test.upper else { return true }
      if test.poolCount == 0 {
        if own.isDisjoint(with: ValueSet(Interval(test.lower, test.upper))) { return true }
        continue
      }
      let first = Int(test.poolStart)
      let list = pool[first..<(first + Int(test.poolCount))]
      if list.allSatisfy({ own.isDisjoint(with: ValueSet($0)) }) { return true }
    }
    return false
  }
}
