import FirewallModel
import IptablesSyntax
import PacketSets
import Packets

/// One ipset as named sets of the model. The kernel looks networks up from the longest prefix to the shortest; the first
/// element that holds the packet decides, and one marked `nomatch` decides against it.
struct SetContents {
  private let set: IpsetFile.Set
  private let question: SetQuestion

  init(_ set: IpsetFile.Set, _ question: SetQuestion) {
    self.set = set
    self.question = question
  }

  mutating func condition(in ruleset: inout Ruleset) -> Condition {
    if set.isMasked { return .unknown(Uncertainty(.notModelled, "masked set `\(set.name)`")) }
    if set.dimensions.count == 1, let only = set.dimensions.first, only != .port || set.type == "bitmap:port" {
      let field = fields(only, 0, .ports)[only == .port ? 1 : 0]
      let test = member(.values(values()), [field], in: &ruleset)
      // The kernel looks at the ports of protocols that have some.
      return set.type == "bitmap:port"
        ? .all([.field(.transportProtocol, ValueSet(values: [6, 17, 132, 136])), test]) : test
    }
    return levels(in: &ruleset)
  }

  private func member(_ contents: NamedSet.Contents, _ fields: [Field], in ruleset: inout Ruleset) -> Condition {
    let id = SetID(ruleset.sets.count)
    ruleset.sets.append(
      NamedSet(table: nil, name: set.name, contents: contents, isDynamic: set.isChanging, origin: set.place))
    return .member(id, fields, negated: false)
  }

  // MARK: One dimension

  private func values() -> ValueSet {
    if !set.removed.isEmpty { return valuesInOrder() }
    guard !set.exceptions.isEmpty || question.returnsExceptions else {
      return ValueSet(set.parts.lazy.compactMap(interval))
    }
    // Wider elements first, so that narrower ones add to them or take away.
    var bySize: [UInt128: (kept: [Interval], exceptions: [Interval])] = [:]
    for (index, part) in set.parts.enumerated() {
      guard let whole = interval(part) else { continue }
      for block in blocks(whole) {
        if set.exceptions.contains(index) {
          bySize[block.upper - block.lower, default: ([], [])].exceptions.append(block)
        } else {
          bySize[block.upper - block.lower, default: ([], [])].kept.append(block)
        }
      }
    }
    var result = ValueSet.empty
    for (_, level) in bySize.sorted(by: { $0.key > $1.key }) {
      let (added, taken) =
        question.returnsExceptions ? (level.exceptions, level.kept) : (level.kept, level.exceptions)
      result = result.union(ValueSet(added)).subtracting(ValueSet(taken))
    }
    return result
  }

  /// With elements that were taken out again.
  private func valuesInOrder() -> ValueSet {
    var result = ValueSet.empty
    var position = 0
    for (part, before) in set.removed {
      result = result.union(ValueSet(set.parts[position..<max(position, before)].compactMap(interval)))
      position = max(position, before)
      if let interval = interval(part) { result = result.subtracting(ValueSet(interval)) }
    }
    return result.union(ValueSet(set.parts[position...].compactMap(interval)))
  }

  private func interval(_ part: IpsetFile.Part) -> Interval? {
    switch part {
    case .range(let lower, let upper): return Interval(lower, upper)
    case .port(_, let lower, let upper): return Interval(UInt128(lower), UInt128(upper))
    case .interface(let name, let isWildcard):
      // The interface behind a bridge is not in the model.
      if name.hasPrefix("physdev:") { return nil }
      if !isWildcard { return Interval(InterfaceName.value(name)) }
      let bounds = InterfaceName.prefixBounds(name)
      return Interval(bounds.lower, bounds.upper)
    case .any: return Interval(0, Field.etherSource.maximum)
    case .name: return nil
    }
  }

  /// The networks that a range of addresses is made of.
  private func blocks(_ range: Interval) -> [Interval] {
    var result: [Interval] = []
    var lower = range.lower
    while true {
      let room = range.upper - lower
      var size = lower == 0 ? UInt128.max : (lower & (~lower &+ 1)) - 1
      while size > room { size >>= 1 }
      result.append(Interval(lower, lower + size))
      if lower + size >= range.upper { return result }
      lower += size + 1
    }
  }

  // MARK: Several dimensions

  /// Which fields stand for a port: those of protocols with ports, of ICMP, or none.
  private enum Kind: CaseIterable { case ports, control, other }

  private func fields(_ dimension: IpsetFile.Dimension, _ index: Int, _ kind: Kind) -> [Field] {
    let isSource = question.isSource(index)
    switch dimension {
    case .ip, .net: return [isSource ? .source : .destination]
    case .port:
      switch kind {
      case .ports: return [.transportProtocol, isSource ? .sourcePort : .destinationPort]
      case .control: return [.transportProtocol, .icmpType, .icmpCode]
      case .other: return [.transportProtocol]
      }
    case .mac: return [isSource ? .etherSource : .etherDestination]
    case .mark: return [.mark]
    case .iface: return [isSource ? .inInterface : .outInterface]
    case .set: return []
    }
  }

  /// The elements of one prefix length (of both, for two networks), as tuples for each kind of protocol.
  private struct Level {
    /// Sizes of the networks: the smallest is the longest prefix.
    var order: [UInt128]
    var kept: [Kind: [[Interval]]] = [:]
    var exceptions: [Kind: [[Interval]]] = [:]
  }

  private func levels(in ruleset: inout Ruleset) -> Condition {
    var levels: [[UInt128]: Level] = [:]
    // Of networks with interfaces the longest prefix decides alone, whatever the interface (kernel: ip_set_hash_netiface).
    let isNetworkAlone = set.type == "hash:net,iface"
    let isLayered = !set.exceptions.isEmpty || isNetworkAlone
    for index in 0..<set.count {
      let element = set.element(index)
      guard let (kind, tuple) = tuple(element) else { return .unknown(Uncertainty(.notModelled, "set `\(set.name)`")) }
      let order = isLayered ? sizes(element) : []
      if isLayered, set.exceptions.contains(index) {
        levels[order, default: Level(order: order)].exceptions[kind, default: []].append(tuple)
      } else {
        levels[order, default: Level(order: order)].kept[kind, default: []].append(tuple)
      }
    }
    // From the shortest prefix to the longest: each level stands before what is known so far.
    var result = Condition.constant(false)
    for level in levels.values.sorted(by: { $1.order.lexicographicallyPrecedes($0.order) }) {
      let (matching, other) =
        question.returnsExceptions ? (level.exceptions, level.kept) : (level.kept, level.exceptions)
      if case .constant(false) = result {
        // Nothing stands behind this level.
      } else if isNetworkAlone {
        let networks = [matching, other].flatMap { $0.values }.flatMap { $0 }.compactMap(\.first)
        let covered = member(.values(ValueSet(networks)), fields(.net, 0, .ports), in: &ruleset)
        result = .all([.not(covered), result])
      } else if let refused = union(other, in: &ruleset) {
        result = .all([.not(refused), result])
      }
      if let accepted = union(matching, in: &ruleset) { result = joined(accepted, result) }
    }
    return result
  }

  private func joined(_ test: Condition, _ rest: Condition) -> Condition {
    if case .constant(false) = rest { return test }
    if case .any(let parts) = rest { return .any([test] + parts) }
    return .any([test, rest])
  }

  private func union(_ tuples: [Kind: [[Interval]]], in ruleset: inout Ruleset) -> Condition? {
    var parts: [Condition] = []
    for kind in Kind.allCases {
      guard let list = tuples[kind] else { continue }
      let all = set.dimensions.enumerated().flatMap { fields($0.element, $0.offset, kind) }
      parts.append(member(.tuples(list), all, in: &ruleset))
    }
    return parts.isEmpty ? nil : parts.count == 1 ? parts[0] : .any(parts)
  }

  /// The sizes of the networks, dimension by dimension.
  private func sizes(_ element: ArraySlice<IpsetFile.Part>) -> [UInt128] {
    zip(element, set.dimensions).compactMap { part, dimension in
      guard dimension == .net, case .range(let lower, let upper) = part else { return nil }
      return upper - lower
    }
  }

  private func tuple(_ element: ArraySlice<IpsetFile.Part>) -> (Kind, [Interval])? {
    var kind = Kind.ports
    var result: [Interval] = []
    for part in element {
      guard case .port(let written, let lower, let upper) = part else {
        guard let interval = interval(part) else { return nil }
        result.append(interval)
        continue
      }
      let number = written ?? 6
      result.append(Interval(UInt128(number)))
      switch number {
      case 6, 17, 132, 136: result.append(Interval(UInt128(lower), UInt128(upper)))
      case 1, 58:
        kind = .control
        result.append(Interval(UInt128(lower >> 8)))
        result.append(Interval(UInt128(lower & 0xff)))
      default: kind = .other
      }
    }
    return (kind, result)
  }
}
