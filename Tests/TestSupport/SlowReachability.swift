package import FirewallModel
import PacketSets
import Packets

/// Which rules packets can match, found in the plainest way: all packets are sent into each base chain as a list of
/// boxes, every test cuts every box in two, and a rule is reached when something is left at its end. Knows nothing of
/// the engine: its own boxes, its own table of which fields a packet may lack. What is uncertain may go either way.
///
/// Slow by design; gives up (`isAborted`) where the list grows too long.
package struct SlowReachability {
  private typealias Ranges = [ClosedRange<UInt128>]
  private typealias Region = [Field: Ranges]

  package private(set) var reached: Set<RuleID> = []
  /// Chains that some packet enters on its way from a base chain.
  package private(set) var entered: Set<ChainID> = []
  package private(set) var isAborted = false
  /// The rule set changes fields or masks wide ones: this reference is coarser there.
  package private(set) var isCoarse = false
  private let ruleset: Ruleset
  private var steps = 0
  private static let mostSteps = 3_000_000

  package init(_ ruleset: Ruleset) {
    self.ruleset = ruleset
    for (index, chain) in ruleset.chains.enumerated() where chain.base != nil && !ruleset[chain.table].isDormant {
      _ = walk(ChainID(index), [[:]], depth: 0)
    }
    // What no base chain leads to is taken by itself.
    let known = (entered, reached)
    var alone: Set<RuleID> = []
    for index in ruleset.chains.indices where !known.0.contains(ChainID(index)) {
      _ = walk(ChainID(index), [[:]], depth: 0)
      alone.formUnion(reached.filter { $0.chain.index == index })
    }
    entered = known.0
    reached = known.1.union(alone)
  }

  package func isDead(_ rule: RuleID) -> Bool { !reached.contains(rule) }

  /// Sends packets into a chain; returns those that come back to the caller.
  private mutating func walk(_ id: ChainID, _ incoming: [Region], depth: Int) -> [Region] {
    guard depth < 17, !incoming.isEmpty, !isAborted else { return incoming }
    entered.insert(id)
    let family = ruleset[ruleset[id].table].family
    var open = incoming
    var returned: [Region] = []
    for (index, rule) in ruleset[id].rules.enumerated() {
      steps += open.count
      if steps > Self.mostSteps || open.count > 20_000 {
        isAborted = true
        return open
      }
      if open.isEmpty { break }
      var matched = open
      var passed: [Region] = []
      var written: Set<Field> = []
      var hasEnded = false
      for step in rule.steps where !hasEnded {
        switch step {
        case .match(let match):
          let cut = cut(matched, match.condition, family, written)
          matched = cut.yes
          passed += cut.no
        case .effect(let effect, _):
          if case .updateSet(_, let text) = effect, text.hasPrefix("add") || text.hasPrefix("update") {
            passed += matched
          }
          switch effect {
          case .setMarkFromMap, .setConntrackMarkFromMap: passed += matched
          default: break
          }
          written.formUnion(Self.written(effect))
        case .verdict(let verdict, _):
          if !matched.isEmpty { reached.insert(RuleID(chain: id, index: index)) }
          follow(verdict, matched, &passed, &returned, depth)
          matched = []
          hasEnded = true
        case .verdictMap(let map, _):
          if !matched.isEmpty { reached.insert(RuleID(chain: id, index: index)) }
          passed += follow(map, matched, &returned, family, written, depth)
          matched = []
          hasEnded = true
        }
      }
      if !matched.isEmpty { reached.insert(RuleID(chain: id, index: index)) }
      open = passed + matched
      if !written.isEmpty {
        isCoarse = true
        open = open.map { region in region.filter { !written.contains($0.key) } }
      }
    }
    return returned + open
  }

  private mutating func follow(
    _ verdict: Verdict, _ matched: [Region], _ passed: inout [Region], _ returned: inout [Region], _ depth: Int
  ) {
    switch verdict {
    case .accept, .drop, .reject, .queue, .stolen: break
    case .translate(let translation):
      // A key that is not in the map ends the rule, and the next one runs (measured on Linux 6.18).
      if translation.kind == .tproxy || translation.map != nil { passed += matched }
    case .return: returned += matched
    case .jump(let chain): passed += walk(chain, matched, depth: depth + 1)
    case .goto(let chain): returned += walk(chain, matched, depth: depth + 1)
    case .continue: passed += matched
    case .jumpToMissing, .unknown:
      isCoarse = true
      passed += matched
      returned += matched
    }
  }

  private mutating func follow(
    _ map: VerdictMap, _ matched: [Region], _ returned: inout [Region], _ family: Family, _ written: Set<Field>,
    _ depth: Int
  ) -> [Region] {
    guard case .map(let elements, let fallback) = ruleset[map.map].contents, !ruleset[map.map].isDynamic else {
      isCoarse = true
      returned += matched
      return matched
    }
    var open = matched
    var passed: [Region] = []
    // A packet without a key field ends the rule before the map is asked.
    for field in map.key {
      let cut = cut(open, field, [0...field.maximum], family, written)
      open = cut.yes
      passed += cut.no
    }
    for element in elements {
      var hit = open
      var missed: [Region] = []
      for (field, interval) in zip(map.key, element.key) {
        let cut = cut(hit, field, [interval.lower...interval.upper], family, written)
        hit = cut.yes
        missed += cut.no
      }
      open = missed
      if case .verdict(let verdict) = element.data { follow(verdict, hit, &passed, &returned, depth) }
    }
    if case .verdict(let verdict)? = fallback {
      follow(verdict, open, &passed, &returned, depth)
      open = []
    }
    return passed + open
  }

  // MARK: Cutting

  private struct Cut {
    var yes: [Region] = []
    var no: [Region] = []
  }

  private mutating func cut(
    _ regions: [Region], _ condition: Condition, _ family: Family, _ written: Set<Field>
  ) -> Cut {
    switch condition {
    case .field(let field, let values):
      return cut(regions, field, values.intervals.map { $0.lower...$0.upper }, family, written)
    case .member(let id, let fields, let negated):
      guard !ruleset[id].isDynamic else { return Cut(yes: regions, no: regions) }
      switch ruleset[id].contents {
      case .values(let values):
        var ranges = values.intervals.map { $0.lower...$0.upper }
        if negated { ranges = Self.subtract([0...fields[0].maximum], ranges) }
        return cut(regions, fields[0], ranges, family, written)
      case .tuples(let tuples) where !negated:
        var result = Cut(no: regions)
        for tuple in tuples {
          var hit = result.no
          result.no = []
          for (field, interval) in zip(fields, tuple) {
            let cut = cut(hit, field, [interval.lower...interval.upper], family, written)
            hit = cut.yes
            result.no += cut.no
          }
          result.yes += hit
        }
        return result
      case .tuples, .map, .unknown:
        isCoarse = true
        return Cut(yes: regions, no: regions)
      }
    case .any(let parts):
      var result = Cut(no: regions)
      for part in parts {
        let cut = cut(result.no, part, family, written)
        result.yes += cut.yes
        result.no = cut.no
      }
      return result
    case .all(let parts):
      var result = Cut(yes: regions)
      for part in parts {
        let cut = cut(result.yes, part, family, written)
        result.yes = cut.yes
        result.no += cut.no
      }
      return result
    case .not(let part):
      let cut = cut(regions, part, family, written)
      return Cut(yes: cut.no, no: cut.yes)
    case .constant(let holds): return holds ? Cut(yes: regions) : Cut(no: regions)
    case .masked:
      isCoarse = true
      return Cut(yes: regions, no: regions)
    case .unknown: return Cut(yes: regions, no: regions)
    }
  }

  private func cut(
    _ regions: [Region], _ field: Field, _ values: Ranges, _ family: Family, _ written: Set<Field>
  ) -> Cut {
    if written.contains(field) { return Cut(yes: regions, no: regions) }
    var result = Cut()
    for region in regions {
      let own = region[field] ?? Self.domain(field, region, family)
      let inside = Self.intersect(own, Self.intersect(values, [0...field.maximum]))
      if !inside.isEmpty {
        var part = region
        part[field] = inside
        result.yes.append(part)
      }
      let outside = Self.subtract(own, values)
      if !outside.isEmpty {
        var part = region
        part[field] = outside
        result.no.append(part)
      }
    }
    return result
  }

  private static func intersect(_ a: Ranges, _ b: Ranges) -> Ranges {
    var result: Ranges = []
    for x in a { for y in b where x.overlaps(y) { result.append(x.clamped(to: y)) } }
    return result
  }

  private static func subtract(_ a: Ranges, _ b: Ranges) -> Ranges {
    var left = a
    for hole in b {
      var next: Ranges = []
      for range in left {
        guard range.overlaps(hole) else {
          next.append(range)
          continue
        }
        if range.lowerBound < hole.lowerBound { next.append(range.lowerBound...(hole.lowerBound - 1)) }
        if range.upperBound > hole.upperBound { next.append((hole.upperBound + 1)...range.upperBound) }
      }
      left = next
    }
    return left
  }

  /// What a packet may have in a field; the number above the largest one stands for "not there".
  private static func domain(_ field: Field, _ region: Region, _ family: Family) -> Ranges {
    let version: UInt128? =
      switch family {
      case .ip: 2
      case .ip6: 10
      default: region[.family].flatMap { $0.count == 1 && $0[0].count == 1 ? $0[0].lowerBound : nil }
      }
    switch field {
    case .family:
      switch family {
      case .ip: return [2...2]
      case .ip6: return [10...10]
      case .inet: return [2...2, 10...10]
      case .arp: return [3...3]
      case .bridge, .netdev: return [2...2, 3...3, 7...7, 10...10]
      }
    case .ctState: return [0...4]
    case .packetType: return [0...3]
    case .source, .destination, .ctOriginalSource, .ctOriginalDestination:
      return version == 2 ? [0...0xffff_ffff] : [0...UInt128.max]
    case .inInterface, .outInterface: return [0...UInt128.max]
    case .inInterfaceType, .outInterfaceType, .inInterfaceGroup, .outInterfaceGroup, .packetLength, .mark, .priority,
      .sourceAddressType, .destinationAddressType, .reversePathOK:
      return [0...field.maximum]
    case .transportProtocol, .dscp, .ecn, .ttl, .fragmentOffset, .moreFragments:
      return [0...(version == 2 || version == 10 ? field.maximum : field.maximum + 1)]
    case .ipID, .ipHeaderLength, .ipTotalLength, .dontFragment, .hasLSRR, .hasSSRR, .hasRecordRoute,
      .hasTimestampOption, .hasRouterAlert:
      return [0...(version == 2 ? field.maximum : field.maximum + 1)]
    case .nextHeader, .flowLabel, .hasHopByHop, .hasDestinationOptions, .hasRoutingHeader, .hasFragmentHeader,
      .hasMobilityHeader, .hasAH, .hasESP:
      return [0...(version == 10 ? field.maximum : field.maximum + 1)]
    default: return [0...(field.maximum + 1)]
    }
  }

  private static func written(_ effect: Effect) -> Set<Field> {
    switch effect {
    case .setMark, .setMarkFromMap, .restoreMark: [.mark]
    case .setConntrackMark, .saveMark, .setConntrackMarkFromMap: [.ctMark]
    case .mixMark(let field, _): [field]
    case .notrack:
      [
        .ctState, .ctDirection, .ctStatus, .ctMark, .ctZone, .ctOriginalSource, .ctOriginalDestination,
        .ctOriginalSourcePort, .ctOriginalDestinationPort,
      ]
    case .setField(let field, _): [field]
    case .unknown: Set(Field.allCases)
    case .counter, .log, .clampMSS, .updateSet, .other: []
    }
  }
}
