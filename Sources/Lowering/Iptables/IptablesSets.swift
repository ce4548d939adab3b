import FirewallModel
import IptablesSyntax
import PacketSets
import Packets
import SourceText

/// The sets of the ipset files that were given, lowered when a rule first asks for them.
struct SetLibrary {
  private var sets: [String: IpsetFile.Set] = [:]
  /// What each set and direction became.
  private var lowered: [String: SetID] = [:]
  private(set) var problems: [Problem] = []

  init(_ files: [SourceFile]) {
    for source in files {
      let file = IpsetFile(reading: source)
      problems += file.problems
      for set in file.sets { sets[set.name] = set }
    }
  }

  /// The test for a set, or nil when no file has it. `directions` holds 0 for src and 1 for dst.
  mutating func condition(
    _ name: String, directions: [UInt128], isIPv6: Bool, isNegated: Bool, in ruleset: inout Ruleset
  ) -> Condition? {
    guard let set = sets[name] else { return nil }
    let test = membership(set, directions: directions, isIPv6: isIPv6, in: &ruleset, depth: 0)
    guard isNegated else { return test }
    // Addresses are always there, so the plain negation is the same; a packet without ports is in no set of ports.
    if case .member(let id, let fields, false) = test, fields.allSatisfy({ $0 == .source || $0 == .destination }) {
      return .member(id, fields, negated: true)
    }
    return .not(test)
  }

  private mutating func membership(
    _ set: IpsetFile.Set, directions: [UInt128], isIPv6: Bool, in ruleset: inout Ruleset, depth: Int
  ) -> Condition {
    if set.dimensions == [.set] {
      guard depth < 4 else { return .unknown(Uncertainty(.notModelled, "set `\(set.name)`")) }
      var members: [Condition] = []
      for element in set.elements {
        guard case .name(let name) = element.parts.first, let member = sets[name] else { continue }
        members.append(membership(member, directions: directions, isIPv6: isIPv6, in: &ruleset, depth: depth + 1))
      }
      return .any(members)
    }
    let hasAddress = set.dimensions.contains(.ip) || set.dimensions.contains(.net)
    if hasAddress, set.isIPv6 != isIPv6 { return .constant(false) }
    guard directions.count >= set.dimensions.count else { return .constant(false) }
    var fields: [Field] = []
    for (dimension, direction) in zip(set.dimensions, directions) {
      fields += Self.fields(dimension, isSource: direction == 0, type: set.type)
    }
    let key = set.name + "|" + fields.map { "\($0.rawValue)" }.joined(separator: ",")
    let id: SetID
    if let known = lowered[key] {
      id = known
    } else {
      id = SetID(ruleset.sets.count)
      ruleset.sets.append(
        NamedSet(
          table: nil, name: set.name, contents: Self.contents(set), isDynamic: set.hasTimeout, origin: set.place))
      lowered[key] = id
    }
    let test = Condition.member(id, fields, negated: false)
    // The kernel looks at the ports of TCP and UDP only for a bitmap.
    if set.type == "bitmap:port" { return .all([.field(.transportProtocol, ValueSet(values: [6, 17])), test]) }
    return test
  }

  private static func fields(_ dimension: IpsetFile.Dimension, isSource: Bool, type: String) -> [Field] {
    switch dimension {
    case .ip, .net: [isSource ? .source : .destination]
    case .port where type == "bitmap:port": [isSource ? .sourcePort : .destinationPort]
    case .port: [.transportProtocol, isSource ? .sourcePort : .destinationPort]
    case .mac: [isSource ? .etherSource : .etherDestination]
    case .mark: [.mark]
    case .iface: [isSource ? .inInterface : .outInterface]
    case .set: []
    }
  }

  private static func contents(_ set: IpsetFile.Set) -> NamedSet.Contents {
    let hasException = set.elements.contains(where: \.isException)
    if set.dimensions.count == 1, let only = set.dimensions.first, only != .port || set.type == "bitmap:port" {
      return .values(hasException ? layered(set.elements) : ValueSet(set.elements.compactMap(interval)))
    }
    if hasException { return .unknown(Uncertainty(.notModelled, "`nomatch` in set `\(set.name)`")) }
    var tuples: [[Interval]] = []
    for element in set.elements {
      var tuple: [Interval] = []
      for (part, dimension) in zip(element.parts, set.dimensions) {
        guard let intervals = intervals(part, dimension) else {
          return .unknown(Uncertainty(.notModelled, "set `\(set.name)` has elements without ports"))
        }
        tuple += intervals
      }
      tuples.append(tuple)
    }
    return .tuples(tuples)
  }

  private static func interval(_ element: IpsetFile.Element) -> Interval? {
    switch element.parts.first {
    case .range(let lower, let upper): Interval(lower, upper)
    case .port(_, let lower, let upper): Interval(UInt128(lower), UInt128(upper))
    case .name(let name): Interval(InterfaceName.value(name))
    case .any, nil: nil
    }
  }

  /// The longest prefix decides, so wider elements come first and narrower ones add or take away.
  private static func layered(_ elements: [IpsetFile.Element]) -> ValueSet {
    var result = ValueSet.empty
    let ordered = elements.enumerated().compactMap { index, element in
      interval(element).map { (index, $0, element.isException) }
    }.sorted { a, b in
      let (sizeA, sizeB) = (a.1.upper - a.1.lower, b.1.upper - b.1.lower)
      return sizeA != sizeB ? sizeA > sizeB : a.0 < b.0
    }
    for (_, interval, isException) in ordered {
      result = isException ? result.subtracting(ValueSet(interval)) : result.union(ValueSet(interval))
    }
    return result
  }

  /// One interval for each key field; nil when the fields cannot say it (ICMP types, protocols without ports).
  private static func intervals(_ part: IpsetFile.Part, _ dimension: IpsetFile.Dimension) -> [Interval]? {
    switch part {
    case .range(let lower, let upper): return [Interval(lower, upper)]
    case .port(let number, let lower, let upper):
      let withPorts: [UInt8] = [6, 17, 33, 132, 136]
      let number = number ?? 6
      guard withPorts.contains(number) else { return nil }
      return [Interval(UInt128(number)), Interval(UInt128(lower), UInt128(upper))]
    case .name(let name):
      guard dimension == .iface, !name.hasPrefix("physdev:") else { return nil }
      return [Interval(InterfaceName.value(name))]
    case .any: return [Interval(0, (UInt128(1) << 48) - 1)]
    }
  }
}
