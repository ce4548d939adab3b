import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// Changed regions by what they were and are and which rules decide, put together where they are neighbours.
struct ChangeGroups {
  struct Key: Hashable {
    var hook: Hook
    var from: Fate
    var to: Fate
    var old: Decider
    var new: Decider
  }

  struct Group {
    var key: Key
    /// Widest first.
    var boxes: [Box]
    var width: Double
  }

  private let old: Analysis
  private let new: Analysis
  private var order: [Key] = []
  private var boxes: [Key: [Box]] = [:]

  init(old: Analysis, new: Analysis) {
    self.old = old
    self.new = new
  }

  /// Two pieces of one region, the second one within the first.
  mutating func add(_ piece: Piece, _ part: Piece, at hook: Hook) {
    let from = Fate(piece, old.ruleset)
    let to = Fate(part, new.ruleset)
    if from == to {
      guard from.isMay else { return }
      // The same reasons in the same order with the same ends are one fate.
      if possible(piece, old.ruleset) == possible(part, new.ruleset) { return }
    }
    let key = Key(hook: hook, from: from, to: to, old: piece.decider, new: part.decider)
    if boxes[key] == nil { order.append(key) }
    boxes[key, default: []].append(part.region)
  }

  private func possible(_ piece: Piece, _ ruleset: Ruleset) -> [Fate] {
    piece.possible.map { Fate.fate($0, piece, isV4: OutcomeTest.isV4(piece.region), ruleset) }
  }

  /// The groups, widest first; equally wide ones as they were found.
  func merged() -> [Group] {
    let groups = order.map { key -> Group in
      let boxes = Self.merge((boxes[key] ?? []).map { Self.stripped($0, at: key.hook) })
      let sorted = boxes.enumerated().sorted {
        (Self.width($0.element), $1.offset) > (Self.width($1.element), $0.offset)
      }
      let list = sorted.map(\.element)
      return Group(key: key, boxes: list, width: list.first.map(Self.width) ?? 0)
    }
    return groups.enumerated().sorted { ($0.element.width, $1.offset) > ($1.element.width, $0.offset) }.map(\.element)
  }

  /// Without what every packet of the journey has anyway.
  private static func stripped(_ box: Box, at hook: Hook) -> Box {
    let isV4 = OutcomeTest.isV4(box)
    guard let entry = Analysis.entry(to: hook, isV4: isV4) else { return box }
    return Box(sorted: box.constraints.filter { $0.field == .family || entry[$0.field] != $0.values })
  }

  /// Boxes that differ in one field become one, again and again.
  static func merge(_ boxes: [Box]) -> [Box] {
    var current = boxes
    if current.count > 4000 { return current }
    var hasChanged = true
    var rounds = 0
    while hasChanged, rounds < 8 {
      hasChanged = false
      rounds += 1
      let fields = Set(current.flatMap { $0.constraints.map(\.field) }).sorted { $0.rawValue < $1.rawValue }
      for field in fields {
        var places: [Box: Int] = [:]
        var next: [Box] = []
        for box in current {
          let rest = Box(sorted: box.constraints.filter { $0.field != field })
          if let values = box[field], let place = places[rest], let other = next[place][field] {
            next[place] = rest.narrowed(field, to: values.union(other))
            hasChanged = true
          } else {
            if box[field] != nil { places[rest] = next.count }
            next.append(box)
          }
        }
        current = next.map(withoutWhole)
      }
    }
    return current
  }

  /// Without fields that may have any value.
  private static func withoutWhole(_ box: Box) -> Box {
    let families = ValueSet(values: [NetworkProtocol.ipv4, NetworkProtocol.ipv6])
    return Box(
      sorted: box.constraints.filter { constraint in
        if constraint.field == .family { return constraint.values != families }
        // Everything that can be there, and what says that it is not there.
        return !ValueSet(Interval(0, constraint.field.width == 128 ? .max : constraint.field.maximum + 1))
          .isSubset(of: constraint.values)
      })
  }

  /// How much of all packets a box holds, as a logarithm: 0 for all of them.
  static func width(_ box: Box) -> Double {
    box.constraints.reduce(0) { sum, constraint in
      let count = Double(constraint.values.intersection(ValueSet(allOf: constraint.field)).count)
      let all: Double
      switch constraint.field {
      // Not every number of these fields means something.
      case .family: all = 2
      case .ctState: all = 5
      case .inInterface, .outInterface: all = Double(UInt128.max)
      default: all = Double(constraint.field.maximum) + 1
      }
      return sum + logarithm(Swift.max(count, 1)) - logarithm(all)
    }
  }

  /// Of base 2, by the exponent and the fraction: no more is needed for an order.
  private static func logarithm(_ number: Double) -> Double { Double(number.exponent) + number.significand - 1 }

  // MARK: Packets that can be

  /// The region cut by conntrack state with the flags and types that go with it, plain packets first.
  static func plain(_ box: Box, at hook: Hook) -> [Box] {
    var result: [Box] = []
    let families = [(true, NetworkProtocol.ipv4), (false, NetworkProtocol.ipv6)]
    for (isV4, number) in families where box[.family]?.contains(number) ?? true {
      let own = box.narrowed(.family, to: number)
      for state in [ConntrackState.new, .established, .related, .untracked, .invalid] {
        for shape in shapes(state, isV4: isV4) {
          let part = own.intersection(shape)
          if part.isEmpty { continue }
          let usual = part.intersection(usual(isV4: isV4))
          if !usual.isEmpty { result.append(usual) }
          result.append(part)
        }
      }
    }
    return result
  }

  static func isPossible(_ box: Box, at hook: Hook) -> Bool { !plain(box, at: hook).isEmpty }

  private static func usual(isV4: Bool) -> Box {
    var box = Box.all.narrowed(.fragmentOffset, to: 0).narrowed(.moreFragments, to: 0).narrowed(.mark, to: 0)
      .narrowed(.packetType, to: 0)
    let absent: [Field] =
      isV4
      ? [.hasLSRR, .hasSSRR, .hasRecordRoute, .hasTimestampOption, .hasRouterAlert]
      : [.hasHopByHop, .hasDestinationOptions, .hasRoutingHeader, .hasFragmentHeader]
    for field in absent { box = box.narrowed(field, to: 0) }
    return box
  }

  private static func shapes(_ state: ConntrackState, isV4: Bool) -> [Box] {
    let base = Box.all.narrowed(.ctState, to: UInt128(state.rawValue))
    let icmp = isV4 ? IPProtocol.icmp : IPProtocol.icmpv6
    func of(_ number: UInt8) -> Box { base.narrowed(.transportProtocol, to: UInt128(number)) }
    let others = ValueSet(allOf: .transportProtocol).subtracting(
      ValueSet(values: [UInt128(IPProtocol.tcp), UInt128(icmp)]))
    var boxes = [
      of(IPProtocol.tcp).narrowed(.tcpFlags, to: ConntrackRegions.tcpFlags(state)),
      of(icmp).narrowed(.icmpType, to: ConntrackRegions.icmpTypes(state, isV4: isV4)),
    ]
    if state == .invalid {
      // A wrong checksum makes any packet invalid.
      boxes += [of(IPProtocol.tcp), of(IPProtocol.udp), of(icmp), base.narrowed(.transportProtocol, to: others)]
    } else if state != .untracked {
      boxes.append(base.narrowed(.transportProtocol, to: others))
    }
    return boxes
  }
}
