package import FirewallModel
package import PacketSets
package import Packets

/// The rules of large chains that may match something of a region, found by one pass over each chain. A walk of the
/// region, or of parts of it, then passes over all others at once.
package struct RuleCandidates: Sendable {
  /// By chain: indices of rules in order; nil for chains that are small enough to be gone through.
  var lists: [[Int32]?]

  /// Chains with more rules get a list.
  static let smallest = 256

  /// What the kernel, conntrack, the hook or some rule may make of fields is left open.
  init(_ analysis: Analysis, _ region: Box) {
    let region = RegionFacts.settle(region) ?? region
    var view = RegionView()
    for field in analysis.program.volatileFields { view.set(field, .unknown(.unknownField(field))) }
    let bounds = FieldBounds(region, view)
    let mask = bounds.mask.bits
    lists = analysis.program.chains.map { chain in
      guard chain.rules.count > Self.smallest else { return nil }
      var list: [Int32] = []
      for index in chain.rules.indices {
        if ClassMask(bits: chain.masks[index] & mask).lacksGroup { continue }
        let rule = chain.rules[index]
        if rule.isInert || rule.tests.contains(where: { bounds.isDisjoint(from: $0) }) { continue }
        list.append(Int32(truncatingIfNeeded: index))
      }
      return list
    }
  }

  /// The place in a list of the first index that is not below `rule`. O(log n).
  static func place(of rule: Int, in list: [Int32]) -> Int {
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if Int(list[middle]) < rule { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Analysis {
  /// Fields whose number at some rule may be another than the one with which a packet came: what hooks, conntrack and
  /// statements of this rule set change. Computed at each call: O(rules).
  static func volatileFields(_ ruleset: Ruleset) -> [Field] {
    var fields: Set<Field> = [
      .inInterface, .outInterface, .inInterfaceType, .outInterfaceType, .inInterfaceGroup, .outInterfaceGroup,
      .etherSource, .etherDestination, .etherType, .ttl, .ctState, .fragmentOffset, .moreFragments, .hasFragmentHeader,
      .socketUID, .socketGID,
    ]
    for field in Field.allCases where Journey.isConntrack(field) { fields.insert(field) }
    for chain in ruleset.chains {
      for rule in chain.rules {
        for step in rule.steps {
          switch step {
          case .effect(let effect, _):
            let written = effect.writtenFields
            if written.bits != 0 { for field in Field.allCases where written.contains(field) { fields.insert(field) } }
          case .verdict(.translate, _):
            fields.formUnion([.source, .destination, .sourcePort, .destinationPort, .destinationAddressType])
          case .verdict(.unknown, _), .verdict(.stolen, _), .match, .verdict, .verdictMap: break
          }
        }
      }
    }
    return Field.allCases.filter { fields.contains($0) }
  }

  /// The rules that may match something of a region. O(rules of large chains).
  package func candidates(for region: Box) -> RuleCandidates { RuleCandidates(self, region) }

  /// The same for other walks: fields that may be rewritten on the way.
  package var rewrittenFields: [Field] { program.volatileFields }
}

/// A base chain on a journey, as comparisons of rule sets need it.
package struct JourneyPlace: Sendable {
  package var hook: Hook
  package var chain: ChainID
  package var policy: Policy
  package var isNAT: Bool
  /// Where it stands to what conntrack does at its hook: 0 before defragmentation, 1 before the state is known, 2 after.
  package var stage: Int
  package var devices: [UInt128]
}

extension Analysis {
  /// The base chains that packets of a family meet on the way to a hook, in order.
  package func places(to hook: Hook, isV4: Bool) -> [JourneyPlace] {
    program.journey(to: hook, isV4: isV4).stops.map { stop in
      let isEarly = stop.hook == .prerouting || stop.hook == .output
      let stage: Int =
        stop.hook == .ingress
        ? 0
        : !isEarly
          ? 2
          : stop.priority <= Journey.defragmentationPriority ? 0 : stop.priority <= Journey.conntrackPriority ? 1 : 2
      return JourneyPlace(
        hook: stop.hook, chain: stop.chain, policy: stop.policy, isNAT: stop.isNAT, stage: stage, devices: stop.devices)
    }
  }

  /// The kernel runs conntrack for the family, since some rule asks for it.
  package func tracks(isV4: Bool) -> Bool { program.journey(to: .input, isV4: isV4).tracks }

  /// What every packet of a journey has, apart from what a region says.
  package static func entry(to hook: Hook, isV4: Bool) -> Box? { SymbolicWalk.entry(.all, to: hook, isV4: isV4) }
}
