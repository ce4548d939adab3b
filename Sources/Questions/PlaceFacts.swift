import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

/// What names of places mean on one host: from the host facts, else derived from the rules with an assumption that is
/// printed with every answer that rests on it.
struct PlaceFacts: Sendable {
  /// Packets of one zone as they come in: interface names and, where they are known, addresses by family.
  struct Zone: Sendable {
    var interfaces: ValueSet
    var v4: ValueSet?
    var v6: ValueSet?
    /// Why it is taken to be so; nil: the host facts say it.
    var assumption: String?
  }

  let ruleset: Ruleset
  let host: HostFacts
  /// Interface names in rules, `lo` left out.
  private(set) var named: Set<String> = []
  /// Interfaces by which packets leave with a translated source.
  private(set) var translatedOut: Set<String> = []
  /// Some rule changes destinations.
  private(set) var translatesDestinations = false
  /// Source addresses that rules pair with an in-interface, by its name.
  private var pairedV4: [String: ValueSet] = [:]
  private var pairedV6: [String: ValueSet] = [:]
  /// The host's own addresses, as far as facts tell.
  private(set) var ownV4: ValueSet = .empty
  private(set) var ownV6: ValueSet = .empty

  /// The host has no other addresses than these.
  let ownIsComplete: Bool

  init(_ ruleset: Ruleset, host: HostFacts, ownIsComplete: Bool = true) {
    self.ownIsComplete = ownIsComplete
    self.ruleset = ruleset
    self.host = host
    for chain in ruleset.chains where ruleset.tables.indices.contains(chain.table.index) {
      let family = ruleset[chain.table].family
      for rule in chain.rules { collect(rule, family) }
    }
    for interface in host.interfaces.values {
      for text in interface.addresses {
        guard let (address, _) = Self.prefix(text) else { continue }
        if address.isV4 {
          ownV4 = ownV4.union(ValueSet(address.value))
        } else {
          ownV6 = ownV6.union(ValueSet(address.value))
        }
      }
    }
  }

  /// All names that a question may use as an endpoint, for hints.
  var names: [String] {
    Array(zoneNames.union(named).union(host.interfaces.keys).union(["internet", "host", "any", "lan"])).sorted()
  }

  private var zoneNames: Set<String> { Set(host.interfaces.values.compactMap(\.zone)) }

  // MARK: From the rules

  private mutating func collect(_ rule: Rule, _ family: Family) {
    var inNames: [String] = []
    var outNames: [String] = []
    var source: ValueSet?
    var isV4: Bool? = family == .ip ? true : family == .ip6 ? false : nil
    var translates = false
    for step in rule.steps {
      switch step {
      case .match(let match):
        guard case .field(let field, let values) = match.condition else { continue }
        switch field {
        case .inInterface: inNames += Self.names(values)
        case .outInterface: outNames += Self.names(values)
        case .family: if let single = values.single { isV4 = single == NetworkProtocol.ipv4 }
        case .source: source = values
        default: break
        }
      case .verdict(.translate(let translation), _):
        translates = translation.kind == .masquerade || translation.kind == .snat
        if !translates, translation.kind != .tproxy { translatesDestinations = true }
      case .effect, .verdict, .verdictMap: break
      }
    }
    named.formUnion(inNames)
    named.formUnion(outNames)
    if translates { translatedOut.formUnion(outNames) }
    if let source, let isV4, Self.isPositive(source, isV4: isV4) {
      // What leaves translated comes from inside, whatever interface it came in by.
      for name in translates && inNames.isEmpty ? [Self.anyInside] : inNames {
        if isV4 {
          pairedV4[name] = (pairedV4[name] ?? .empty).union(source)
        } else {
          pairedV6[name] = (pairedV6[name] ?? .empty).union(source)
        }
      }
    }
  }

  private static let anyInside = ""

  /// A set of addresses that a rule lists, not the complement of one; single addresses are hosts, not networks.
  private static func isPositive(_ values: ValueSet, isV4: Bool) -> Bool {
    let maximum = isV4 ? UInt128(UInt32.max) : .max
    return !values.contains(maximum) && values.intervals.allSatisfy { $0.upper - $0.lower >= 3 }
      && values.isSubset(of: isV4 ? AddressBlocks.privateV4 : AddressBlocks.unicastV6)
  }

  /// Names in a set of interfaces; of a negated set those that it leaves out.
  private static func names(_ values: ValueSet) -> [String] {
    let listed = values.contains(0) ? values.complement(in: .inInterface) : values
    return listed.intervals.prefix(64).compactMap { interval in
      let name = InterfaceName.name(interval.lower)
      return name.isEmpty || name == "lo" ? nil : name
    }
  }

  /// `198.51.100.7/24` as the address and its network.
  static func prefix(_ text: String) -> (address: Address, network: Interval)? {
    let parts = text.split(separator: "/", maxSplits: 1)
    guard let first = parts.first, let address = Address(first) else { return nil }
    let length = parts.count > 1 ? Int(parts[1]) ?? -1 : address.width
    guard (0...address.width).contains(length) else { return nil }
    let free = UInt128(address.width - length)
    let mask: UInt128 = free >= 128 ? .max : (UInt128(1) << free) - 1
    return (address, Interval(address.value & ~mask, address.value | mask))
  }

  // MARK: Zones

  private static let outsideZones: Set<String> = [
    "internet", "wan", "external", "outside", "untrusted", "public", "red",
  ]
  private static let outsideNames = ["wan", "ppp", "wwan", "inet", "internet", "ext"]
  /// Interfaces of containers, guests and tunnels: neither inside nor outside by themselves.
  private static let virtualNames = [
    "docker", "br-", "veth", "virbr", "vnet", "tap", "tun", "wg", "cni", "cali", "lxc",
  ]

  private func facts(where isWanted: (String) -> Bool) -> [String] {
    host.interfaces.keys.filter { name in host.interfaces[name]?.zone.map(isWanted) ?? false }.sorted()
  }

  /// The zone `internet`.
  var internet: Zone {
    let stated = facts { Self.outsideZones.contains($0.lowercased()) }
    if !stated.isEmpty {
      return Zone(
        interfaces: Self.set(stated), v4: AddressBlocks.internetV4, v6: AddressBlocks.internetV6, assumption: nil)
    }
    let derived = derivedOutside
    let interfaces = derived.isEmpty ? Self.notLoopback : Self.set(derived)
    let why =
      derived.isEmpty
      ? "`internet` is behind every interface but lo"
      : "`internet` is behind \(derived.joined(separator: ", "))"
    return Zone(
      interfaces: interfaces, v4: AddressBlocks.internetV4, v6: AddressBlocks.internetV6,
      assumption: "\(why); say otherwise with --host")
  }

  private var derivedOutside: [String] {
    let candidates = named.filter { name in
      host.interfaces[name]?.zone == nil
        && (translatedOut.contains(name) || Self.outsideNames.contains { name.hasPrefix($0) })
    }
    return candidates.sorted()
  }

  /// A zone by name; nil: there is none, as far as facts and rules tell.
  func zone(_ name: String) -> Zone? {
    if name == "internet" { return internet }
    let stated = facts { $0 == name }
    if !stated.isEmpty { return zone(of: stated, assumption: nil) }
    if host.interfaces[name] != nil || named.contains(name) || name == "lo" {
      return Zone(interfaces: Self.set([name]), v4: nil, v6: nil, assumption: nil)
    }
    guard name == "lan" || name == "inside" else { return nil }
    let outside = Set(derivedOutside + facts { Self.outsideZones.contains($0.lowercased()) })
    if outside.isEmpty { return nil }
    let others = named.subtracting(outside).sorted()
    let physical = others.filter { name in !Self.virtualNames.contains { name.hasPrefix($0) } }
    let inside = physical.isEmpty ? others : physical
    if inside.isEmpty { return nil }
    return zone(of: inside, assumption: "`\(name)` is behind \(inside.joined(separator: ", "))")
  }

  private func zone(of names: [String], assumption: String?) -> Zone {
    var zone = Zone(interfaces: Self.set(names), v4: nil, v6: nil, assumption: assumption)
    var notes: [String] = assumption.map { [$0] } ?? []
    let networks = names.flatMap { host.interfaces[$0]?.addresses ?? [] }.compactMap(Self.prefix)
    func known(_ isV4: Bool) -> ValueSet? {
      let own = networks.filter { $0.address.isV4 == isV4 }.map(\.network)
      return own.isEmpty ? nil : ValueSet(own)
    }
    zone.v4 = known(true)
    zone.v6 = known(false).map { $0.union(AddressBlocks.linkLocalV6) }
    if zone.v4 == nil, let paired = paired(pairedV4, names) {
      zone.v4 = paired
      notes.append("addresses there are \(Self.text(paired, isV4: true)), as the rules say")
    }
    if zone.v6 == nil, let paired = paired(pairedV6, names) {
      zone.v6 = paired.union(AddressBlocks.linkLocalV6)
      notes.append("addresses there are \(Self.text(paired, isV4: false)), as the rules say")
    }
    if !notes.isEmpty { zone.assumption = notes.joined(separator: "; ") + "; say otherwise with --host" }
    return zone
  }

  private func paired(_ table: [String: ValueSet], _ names: [String]) -> ValueSet? {
    var found: ValueSet?
    for name in names { if let values = table[name] { found = (found ?? .empty).union(values) } }
    return found ?? table[Self.anyInside]
  }

  private static func text(_ values: ValueSet, isV4: Bool) -> String {
    let ranges = values.intervals.prefix(4).map {
      AddressRanges.text(
        QuestionParser.address($0.lower, isV4: isV4)...QuestionParser.address($0.upper, isV4: isV4))
    }
    return ranges.joined(separator: ", ") + (values.intervals.count > 4 ? ", …" : "")
  }

  static func set(_ names: [String]) -> ValueSet { ValueSet(values: names.map { InterfaceName.value($0) }) }

  static let notLoopback = ValueSet(Interval(1, .max)).subtracting(ValueSet(InterfaceName.value("lo")))
}

/// Blocks of addresses (IANA special-purpose registries, RFC 6890 and RFC 4291).
enum AddressBlocks {
  private static func v4(_ a: UInt32, _ length: Int) -> Interval {
    Interval(UInt128(a), UInt128(a) | (UInt128(1) << UInt128(32 - length)) - 1)
  }
  static let allV4 = ValueSet(Interval(0, UInt128(UInt32.max)))
  /// RFC 1918, shared (RFC 6598) and link-local addresses.
  static let privateV4 = ValueSet([
    v4(0x0a00_0000, 8), v4(0xac10_0000, 12), v4(0xc0a8_0000, 16), v4(0x6440_0000, 10), v4(0xa9fe_0000, 16),
  ])
  /// 0/8, 127/8, 224/4 and above: no packet from elsewhere has them as its source.
  static let martianV4 = ValueSet([v4(0, 8), v4(0x7f00_0000, 8), Interval(0xe000_0000, 0xffff_ffff)])
  static let unicastV4 = allV4.subtracting(martianV4)
  static let internetV4 = unicastV4.subtracting(privateV4)

  /// Everything but `::`, `::1` and ff00::/8.
  static let unicastV6 = ValueSet(Interval(2, (UInt128(0xff) << 120) - 1))
  /// 2000::/3, what IANA has given out.
  static let internetV6 = ValueSet(Interval(UInt128(2) << 124, (UInt128(4) << 124) - 1))
  static let linkLocalV6 = ValueSet(Interval(UInt128(0xfe80) << 112, (UInt128(0xfec0) << 112) - 1))
  static let multicastV6 = ValueSet(Interval(UInt128(0xff) << 120, .max))
}
