import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// Regions outside of which a differing rule has no effect, in terms of packets as their journey begins.
struct SeedRegions {
  let old: Analysis
  let new: Analysis
  /// Fields whose number at some rule may be another than at the start of the journey.
  private let volatile: Set<Field>
  private let translates: Bool
  private let untracks: Bool

  init(old: Analysis, new: Analysis) {
    self.old = old
    self.new = new
    volatile = Set(old.rewrittenFields).union(new.rewrittenFields)
    translates = volatile.contains(.destination)
    untracks = [old.ruleset, new.ruleset].contains { ruleset in
      ruleset.chains.contains { chain in
        chain.rules.contains { rule in
          rule.steps.contains { if case .effect(.notrack, _) = $0 { true } else { false } }
        }
      }
    }
  }

  /// Disjoint regions that hold every packet whose fate may differ on a journey.
  func regions(_ changes: JourneyChanges, to hook: Hook, isV4: Bool) -> [Box] {
    let family = Box.all.narrowed(.family, to: isV4 ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6)
    if changes.concernsAll { return [family] }
    var boxes: [Box] = []
    var seen: Set<Box> = []
    func add(_ box: Box) { if !box.isEmpty, seen.insert(box).inserted { boxes.append(box) } }
    for place in changes.old { add(family.intersection(box(of: place, in: old.ruleset, to: hook))) }
    for place in changes.new { add(family.intersection(box(of: place, in: new.ruleset, to: hook))) }
    // Where conntrack runs in one only, fragments are put together in one only, and nat chains see packets in one only.
    if old.tracks(isV4: isV4) != new.tracks(isV4: isV4) {
      if hasNATRefusal(hook, isV4: isV4) { return [family] }
      if isV4 {
        add(family.narrowed(.fragmentOffset, to: ValueSet(Interval(1, Field.fragmentOffset.maximum))))
        add(family.narrowed(.fragmentOffset, to: 0).narrowed(.moreFragments, to: 1))
      } else {
        add(family.narrowed(.hasFragmentHeader, to: 1))
      }
    }
    return disjoint(boxes)
  }

  private func hasNATRefusal(_ hook: Hook, isV4: Bool) -> Bool {
    for analysis in [old, new] {
      for place in analysis.places(to: hook, isV4: isV4) where place.isNAT {
        if place.policy == .drop || !analysis.ruleset[place.chain].rules.isEmpty { return true }
      }
    }
    return false
  }

  /// Each box without those before it, as far as that leaves few parts.
  private func disjoint(_ boxes: [Box]) -> [Box] {
    var result: [Box] = []
    for (index, box) in boxes.enumerated() {
      var parts = [box]
      for earlier in boxes[..<index] {
        if parts.isEmpty { break }
        if earlier.intersection(box).isEmpty { continue }
        var next: [Box] = []
        for part in parts { next += Self.difference(part, earlier) }
        // Too many parts cost more than looking at some packets twice.
        if next.count <= 24 { parts = next }
      }
      result += parts
    }
    return result
  }

  /// Values beyond a field's range say that the field is not there, so complements go up to the largest number.
  static func difference(_ box: Box, _ other: Box) -> [Box] {
    if box.intersection(other).isEmpty { return [box] }
    var parts: [Box] = []
    var inside = box
    for constraint in other.constraints {
      let outside = inside.narrowed(constraint.field, to: constraint.values.complement(upTo: .max))
      if !outside.isEmpty { parts.append(outside) }
      inside = inside.narrowed(constraint.field, to: constraint.values)
    }
    return parts
  }

  // MARK: One rule

  private func box(of place: JourneyChanges.Place, in ruleset: Ruleset, to hook: Hook) -> Box {
    var box = Box.all
    for step in ruleset[place.rule].steps {
      switch step {
      case .match(let match): narrow(&box, by: match.condition, place, ruleset, to: hook)
      case .effect(let effect, _): if !effect.leavesPacketAlone { return checked(box) }
      case .verdict, .verdictMap: return checked(box)
      }
    }
    return checked(box)
  }

  private func narrow(
    _ box: inout Box, by condition: Condition, _ place: JourneyChanges.Place, _ ruleset: Ruleset, to hook: Hook
  ) {
    switch condition {
    case .field(let field, let values):
      if isStable(field, place, to: hook) { box = box.narrowed(field, to: values) }
    case .member(let id, let fields, negated: false):
      guard ruleset.sets.indices.contains(id.index), !ruleset[id].isDynamic else { return }
      switch ruleset[id].contents {
      case .values(let values):
        if let field = fields.first, fields.count == 1, isStable(field, place, to: hook) {
          box = box.narrowed(field, to: values)
        }
      case .tuples(let tuples) where tuples.count <= 4096:
        for (index, field) in fields.enumerated() where isStable(field, place, to: hook) {
          box = box.narrowed(field, to: ValueSet(tuples.compactMap { $0.indices.contains(index) ? $0[index] : nil }))
        }
      default: return
      }
    case .all(let parts): for part in parts { narrow(&box, by: part, place, ruleset, to: hook) }
    case .constant(false): box = box.narrowed(.family, to: .empty)
    case .masked, .member, .any, .not, .constant, .unknown: break
    }
  }

  /// The rule sees the number with which the packet came.
  private func isStable(_ field: Field, _ place: JourneyChanges.Place, to hook: Hook) -> Bool {
    switch field {
    case .inInterface:
      return hook != .output && [.ingress, .prerouting, .input, .forward].contains(place.hook)
    case .outInterface: return !translates && [.forward, .output, .postrouting].contains(place.hook) && hook != .input
    case .ctState: return place.stage == 2 && !untracks
    default: return !volatile.contains(field)
    }
  }

  /// nft reads ports of protocols that have none, too; such a match is uncertain, not false.
  private func checked(_ box: Box) -> Box {
    let withPorts = ValueSet(values: [6, 17, 33, 132, 136])
    if box[.transportProtocol]?.isSubset(of: withPorts) ?? false { return box }
    return Box(
      sorted: box.constraints.filter { $0.field != .sourcePort && $0.field != .destinationPort })
  }
}
