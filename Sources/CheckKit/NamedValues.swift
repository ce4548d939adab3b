package import FirewallModel
import PacketSets
package import Packets

/// Values that the rules single out, and some that they do not. A packet made of the latter meets only what holds for
/// everybody: an address on no list, an interface and a port that no rule names. Block lists thus never cause a finding.
package struct NamedValues: Sendable {
  /// Addresses that no rule singles out; at most four for a version, fewer when the rules name nearly everything.
  package private(set) var strangers: [IPVersion: [Address]] = [:]
  /// Interface names that stand in rules, sorted, `lo` left out; a wildcard gives one example name.
  package private(set) var interfaces: [String] = []
  /// Two interface names that no rule names.
  package private(set) var unnamedInterfaces: [String] = []
  /// Source ports that stand in rules as such or in short lists, sorted.
  package private(set) var sourcePorts: [UInt16] = []
  /// Destination ports that stand in rules as such or in short lists, sorted.
  package private(set) var destinationPorts: [UInt16] = []
  /// A port below 1024, one above, and an ephemeral source port, none of them in a list or range of a rule unless it
  /// takes nearly all ports.
  package private(set) var unusedLowPort: UInt16 = 797
  package private(set) var unusedHighPort: UInt16 = 47811
  package private(set) var ephemeralPort: UInt16 = 40000

  /// Cost: one pass over all rules and elements of concatenated sets.
  package init(_ ruleset: Ruleset) {
    var collector = Collector(ruleset: ruleset)
    for chain in ruleset.chains {
      let version: IPVersion? =
        switch ruleset[chain.table].family {
        case .ip: .v4
        case .ip6: .v6
        default: nil
        }
      for rule in chain.rules { collector.collect(rule, version) }
    }
    strangers[.v4] = collector.v4.free.prefix(4).map { .v4(UInt32(truncatingIfNeeded: $0)) }
    strangers[.v6] = collector.v6.free.prefix(4).map { .v6($0) }
    interfaces = collector.interfaces.sorted()
    unnamedInterfaces = Array((collector.freeInterfaces + ["unnamed0", "unnamed1"]).prefix(2))
    sourcePorts = collector.sourcePorts.numbers
    destinationPorts = collector.destinationPorts.numbers
    if let port = collector.freePorts.first(where: { $0 < 1024 }) { unusedLowPort = port }
    if let port = collector.freePorts.first(where: { $0 >= 1024 }) { unusedHighPort = port }
    if let port = collector.freeSourcePorts.first { ephemeralPort = port }
  }
}

private struct Collector {
  let ruleset: Ruleset
  var v4 = Candidates(Self.candidatesV4())
  var v6 = Candidates(Self.candidatesV6())
  var freeInterfaces = ["eth0", "eth1", "ens3", "enp1s0", "net0", "net1", "port7", "port8", "x0", "y1"]
  var freePorts: [UInt16] = [797, 673, 911, 1003, 346, 283, 47811, 50137, 61993, 39877, 33517, 29017, 57173]
  var freeSourcePorts: [UInt16] = [40000, 45123, 52345, 34567, 59021, 38113]
  var interfaces: Set<String> = []
  var sourcePorts = PortList()
  var destinationPorts = PortList()

  mutating func collect(_ rule: Rule, _ tableVersion: IPVersion?) {
    var version = tableVersion
    for step in rule.steps {
      switch step {
      case .match(let match):
        if case .field(.family, let set) = match.condition, let family = set.single {
          version = family == NetworkProtocol.ipv4 ? .v4 : family == NetworkProtocol.ipv6 ? .v6 : version
        }
        collect(match.condition, version, depth: 0)
      case .verdictMap(let map, _): collect(map.map, map.key, version)
      case .effect, .verdict: break
      }
    }
  }

  mutating func collect(_ condition: Condition, _ version: IPVersion?, depth: Int) {
    guard depth < 32 else { return }
    switch condition {
    case .field(let field, let set): collect(field, set, version)
    case .member(let id, let fields, _): collect(id, fields, version)
    case .any(let conditions), .all(let conditions):
      for inner in conditions { collect(inner, version, depth: depth + 1) }
    case .not(let inner): collect(inner, version, depth: depth + 1)
    case .masked, .constant, .unknown: break
    }
  }

  mutating func collect(_ id: SetID, _ fields: [Field], _ version: IPVersion?) {
    guard ruleset.sets.indices.contains(id.index) else { return }
    switch ruleset[id].contents {
    case .values(let set): if let field = fields.first { collect(field, set, version) }
    case .tuples(let tuples): for tuple in tuples { collect(tuple, fields, version) }
    case .map(let elements, _): for element in elements { collect(element.key, fields, version) }
    case .unknown: break
    }
  }

  private mutating func collect(_ tuple: [Interval], _ fields: [Field], _ version: IPVersion?) {
    for (interval, field) in zip(tuple, fields) { collect(field, ValueSet(interval), version) }
  }

  /// A set that takes at most half of the values names them; a larger one is read as the negation of the rest.
  private mutating func collect(_ field: Field, _ set: ValueSet, _ version: IPVersion?) {
    switch field {
    case .source, .destination, .ctOriginalSource, .ctOriginalDestination:
      guard let version else { return }
      let isNegation = set.contains(0) && set.contains(version == .v4 ? UInt128(UInt32.max) : .max)
      switch version {
      case .v4: v4.remove(set, isNegation: isNegation)
      case .v6: v6.remove(set, isNegation: isNegation)
      }
    case .inInterface, .outInterface:
      let isNegation = set.contains(.max)
      let named = isNegation ? set.complement(in: field) : set
      freeInterfaces.removeAll { named.contains(InterfaceName.value($0)) }
      for interval in named.intervals.prefix(64) { insertInterface(interval) }
    case .sourcePort:
      if set.count < 60_000 { freeSourcePorts.removeAll { set.contains(UInt128($0)) } }
      sourcePorts.insert(set)
    case .destinationPort:
      if set.count < 60_000 { freePorts.removeAll { set.contains(UInt128($0)) } }
      destinationPorts.insert(set)
    default: break
    }
  }

  private mutating func insertInterface(_ interval: Interval) {
    let name = InterfaceName.name(interval.lower)
    guard !name.isEmpty, name != "lo", interfaces.count < 256 else { return }
    if interval.lower == interval.upper {
      interfaces.insert(name)
    } else if InterfaceName.prefixBounds(name).upper == interval.upper {
      interfaces.insert(String(name.prefix(InterfaceName.maximumLength - 1)) + "0")
    }
  }

  /// Documentation addresses first (RFC 5737), then public ones spread over the unicast space.
  private static func candidatesV4() -> [UInt128] {
    var list: [UInt32] = [0xC633_6417, 0xCB00_712D, 0xC000_0243, 0xC633_644E, 0xCB00_7109, 0xC000_02B1]
    var number: UInt32 = 0x2F13_57A1
    while list.count < 96 {
      number = number &* 1_664_525 &+ 1_013_904_223
      let first = number >> 24
      let isUsual = first > 0 && first < 224 && ![10, 100, 127, 169, 172, 192, 198, 203].contains(first)
      if isUsual { list.append(number | 1) }
    }
    return list.map { UInt128($0) }
  }

  /// Documentation addresses first (RFC 3849), then public ones.
  private static func candidatesV6() -> [UInt128] {
    let documentation: UInt128 = 0x2001_0db8 << 96
    var list: [UInt128] = []
    for index in 1...4 { list.append(documentation | UInt128(index) << 80 | 0x17) }
    var number: UInt64 = 0x9E37_79B9_7F4A_7C15
    while list.count < 48 {
      number = number &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let top = UInt128(0x2400 + (number >> 40) % 0x0900)
      list.append(top << 112 | UInt128(number) << 40 | 0x17)
    }
    return list
  }
}

/// Addresses to choose from, best first, less those that rules name. A rule costs a binary search.
private struct Candidates {
  private let sorted: [(value: UInt128, rank: Int)]
  private var isTaken: [Bool]

  init(_ values: [UInt128]) {
    sorted = values.enumerated().map { (value: $0.element, rank: $0.offset) }.sorted { $0.value < $1.value }
    isTaken = Array(repeating: false, count: values.count)
  }

  /// Those that are left, best first.
  var free: [UInt128] {
    sorted.filter { !isTaken[$0.rank] }.sorted { $0.rank < $1.rank }.map { $0.value }
  }

  mutating func remove(_ set: ValueSet, isNegation: Bool) {
    if !isNegation, case .one(let interval) = set.storage {
      var low = 0
      var high = sorted.count
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle].value < interval.lower { low = middle + 1 } else { high = middle }
      }
      while low < sorted.count, sorted[low].value <= interval.upper {
        isTaken[sorted[low].rank] = true
        low += 1
      }
      return
    }
    for candidate in sorted where set.contains(candidate.value) != isNegation { isTaken[candidate.rank] = true }
  }
}

/// Ports that stand in rules.
private struct PortList {
  private var isNamed: [Bool] = []

  /// Longer lists and ranges do not count as naming their ports.
  mutating func insert(_ set: ValueSet) {
    guard set.count <= 64 else { return }
    if isNamed.isEmpty { isNamed = Array(repeating: false, count: 65536) }
    if let port = set.single {
      if port < 65536 { isNamed[Int(port)] = true }
      return
    }
    for interval in set.intervals {
      var value = interval.lower
      while value <= interval.upper, value <= 65535 {
        isNamed[Int(value)] = true
        value += 1
      }
    }
  }

  /// In ascending order.
  var numbers: [UInt16] {
    isNamed.indices.filter { isNamed[$0] }.map { UInt16(truncatingIfNeeded: $0) }
  }
}
