import FirewallModel
import PacketSets
import Packets

/// How rules at one place see a region: what the hook, conntrack and earlier rules have made of fields. What has no
/// entry is as the region says.
struct RegionView: Sendable {
  enum Value: Sendable {
    case number(UInt128)
    case absent
    case unknown(Uncertainty)
    /// The region's number less one: the hop count of a forwarded packet.
    case oneLess
  }

  private var entries: [(field: Field, value: Value)] = []
  private var fields: UInt128 = 0

  @inline(__always) func has(_ field: Field) -> Bool { fields & (UInt128(1) << UInt128(field.rawValue)) != 0 }

  subscript(field: Field) -> Value? {
    guard has(field) else { return nil }
    for entry in entries where entry.field == field { return entry.value }
    return nil
  }

  mutating func set(_ field: Field, _ value: Value) {
    remove(field)
    entries.append((field, value))
    fields |= UInt128(1) << UInt128(field.rawValue)
  }

  mutating func remove(_ field: Field) {
    guard has(field) else { return }
    entries.removeAll { $0.field == field }
    fields &= ~(UInt128(1) << UInt128(field.rawValue))
  }
}

/// For each field the smallest interval that holds what the rules may see; `lower > upper` where the field is absent.
struct FieldBounds: Sendable {
  private(set) var bounds: [(lower: UInt128, upper: UInt128)]
  private(set) var mask: ClassMask

  init(_ region: Box, _ view: RegionView) {
    bounds = Self.unconstrained
    mask = .all
    for constraint in region.constraints {
      let interval = constraint.values.bounds ?? Interval(.max, .max)
      bounds[Int(constraint.field.rawValue)] = (interval.lower, interval.upper)
      if !view.has(constraint.field) { mask.narrow(constraint.field, to: constraint.values) }
    }
    for field in Field.allCases where view.has(field) {
      switch view[field] {
      case .number(let value):
        bounds[Int(field.rawValue)] = (value, value)
        mask.narrow(field, to: ValueSet(value))
      case .absent: bounds[Int(field.rawValue)] = (1, 0)
      case .unknown, .oneLess, nil: bounds[Int(field.rawValue)] = (0, field.maximum)
      }
    }
  }

  private static let unconstrained = Field.allCases.map { (lower: UInt128(0), upper: $0.maximum) }

  @inline(__always) func isDisjoint(from test: CompiledTest) -> Bool {
    let own = bounds[Int(test.field.rawValue)]
    return test.upper < own.lower || own.upper < test.lower || own.lower > own.upper
  }
}

/// Facts that tie fields together, applied to a region until nothing changes.
enum RegionFacts {
  /// The region with everything that follows from what it says; nil when no packet is like that.
  static func settle(_ region: Box) -> Box? {
    var region = region
    for _ in 0..<6 {
      if region.isEmpty { return nil }
      let before = region
      for constraint in before.constraints {
        if let presence = constraint.field.presence {
          guard settle(constraint.field, presence, &region) else { return nil }
        }
        switch constraint.field {
        case .family, .source, .destination: narrowAddresses(&region)
        case .sourceAddressType: tie(.sourceAddressType, to: .source, &region)
        case .destinationAddressType: tie(.destinationAddressType, to: .destination, &region)
        case .ctState, .icmpType: tieUntracked(&region)
        case .inInterface, .inInterfaceType: tieLoopback(.inInterface, .inInterfaceType, &region)
        case .outInterface, .outInterfaceType: tieLoopback(.outInterface, .outInterfaceType, &region)
        default: break
        }
      }
      if region == before { return region.isEmpty ? nil : region }
    }
    return region.isEmpty ? nil : region
  }

  private static func settle(_ field: Field, _ presence: Field.Presence, _ region: inout Box) -> Bool {
    guard let values = region[field] else { return true }
    let guardValues = region[presence.guardField] ?? presence.guardField.domain
    let canBeAbsent = field.absent.map { values.contains($0) } ?? false
    let canBePresent = values.first.map { $0 <= field.maximum } ?? false
    if !canBeAbsent {
      if !guardValues.isSubset(of: presence.possible) {
        region = region.narrowed(presence.guardField, to: presence.possible)
      }
    } else if !canBePresent {
      let allowed = guardValues.subtracting(presence.certain)
      if allowed != guardValues { region = region.narrowed(presence.guardField, to: allowed) }
    } else if guardValues.isSubset(of: presence.certain) {
      region = region.narrowed(field, to: ValueSet(allOf: field))
    } else if guardValues.isDisjoint(with: presence.possible), let absent = field.absent {
      region = region.narrowed(field, to: ValueSet(absent))
    }
    return !region.isEmpty
  }

  private static let v4Addresses = ValueSet(Interval(0, UInt128(UInt32.max)))
  private static func narrowAddresses(_ region: inout Box) {
    guard region[.family]?.single == NetworkProtocol.ipv4 else { return }
    for field in [Field.source, .destination] {
      guard let values = region[field], !values.isSubset(of: v4Addresses) else { continue }
      region = region.narrowed(field, to: v4Addresses)
    }
  }

  /// 224.0.0.0/4, or ff00::/8.
  static func multicast(_ region: Box) -> ValueSet? {
    switch region[.family]?.single {
    case NetworkProtocol.ipv4: ValueSet(Interval(0xe000_0000, 0xefff_ffff))
    case NetworkProtocol.ipv6: ValueSet(Interval(0xff << 120, .max))
    default: nil
    }
  }

  /// The multicast type is a matter of the address alone, in both directions.
  private static func tie(_ type: Field, to address: Field, _ region: inout Box) {
    guard let types = region[type], let multicast = multicast(region) else { return }
    let kind = ValueSet(UInt128(AddressType.multicast.rawValue))
    let addresses = region[address] ?? ValueSet(allOf: address)
    if types.isSubset(of: kind) {
      if !addresses.isSubset(of: multicast) { region = region.narrowed(address, to: multicast) }
    } else if types.isDisjoint(with: kind) {
      if !addresses.isDisjoint(with: multicast) {
        region = region.narrowed(address, to: addresses.subtracting(multicast))
      }
    } else if addresses.isSubset(of: multicast) {
      region = region.narrowed(type, to: kind)
    } else if addresses.isDisjoint(with: multicast) {
      region = region.narrowed(type, to: types.subtracting(kind))
    }
  }

  static let neighbourTypes = ValueSet([Interval(130, 136), Interval(143)])

  /// Conntrack leaves neighbour discovery and listener messages alone, and (without a rule that says so) nothing else.
  private static func tieUntracked(_ region: inout Box) {
    guard let states = region[.ctState] else { return }
    let untracked = UInt128(ConntrackState.untracked.rawValue)
    guard states.contains(untracked) else { return }
    if states.single == untracked {
      region = region.narrowed(.family, to: NetworkProtocol.ipv6).narrowed(.transportProtocol, to: 58)
        .narrowed(.icmpType, to: neighbourTypes)
    } else if region[.transportProtocol]?.single == 58, region[.family]?.single == NetworkProtocol.ipv6,
      region[.icmpType]?.isSubset(of: neighbourTypes) ?? false
    {
      region = region.narrowed(.ctState, to: untracked)
    }
  }

  /// ARPHRD_LOOPBACK is the device `lo` and no other.
  private static func tieLoopback(_ name: Field, _ type: Field, _ region: inout Box) {
    guard let types = region[type] else { return }
    let loopback = ValueSet(InterfaceName.value("lo"))
    let names = region[name] ?? ValueSet(allOf: name)
    if types.single == 772 {
      if names != loopback { region = region.narrowed(name, to: loopback) }
    } else if !types.contains(772) {
      if names.contains(InterfaceName.value("lo")) { region = region.narrowed(name, to: names.subtracting(loopback)) }
    } else if names == loopback {
      region = region.narrowed(type, to: 772)
    }
  }
}
