import PacketSets
import Packets

/// A coarse class of packets as one word: four groups of bits, each saying which values of one field may occur. Two
/// sets of packets are disjoint when some group has no bit in common, so that most rules are passed over by a few
/// machine instructions. It may only err towards "may overlap".
struct ClassMask: Hashable, Sendable {
  var bits: UInt64

  init(bits: UInt64) { self.bits = bits }

  static let family: UInt64 = 0xf
  static let transport: UInt64 = 0x7f0
  static let state: UInt64 = 0xf800
  static let port: UInt64 = 0xffff_ffff_0000
  static let interface: UInt64 = 0xffff_0000_0000_0000
  static let all = ClassMask(bits: .max)

  /// True when no packet can be in both.
  @inline(__always) func isDisjoint(with other: ClassMask) -> Bool {
    let common = bits & other.bits
    return common & Self.family == 0 || common & Self.transport == 0 || common & Self.state == 0
      || common & Self.port == 0 || common & Self.interface == 0
  }

  /// The bits of a group that a set of values of a field touches; nil: the field has no group here.
  static func bits(_ field: Field, _ values: ValueSet) -> (group: UInt64, bits: UInt64)? {
    switch field {
    case .family: (family, collect(values, limit: 16, familyBit))
    case .transportProtocol: (transport, collect(values, limit: 257, transportBit))
    case .ctState: (state, collect(values, limit: 9, stateBit))
    case .destinationPort: (port, portBits(values))
    case .inInterface: (interface, interfaceBits(values))
    default: nil
    }
  }

  mutating func narrow(_ field: Field, to values: ValueSet) {
    guard let (group, allowed) = Self.bits(field, values) else { return }
    bits &= ~group | allowed
  }

  /// The class of one packet: one bit in each group, all where a value is not known.
  init(_ values: PacketValues) {
    bits = 0
    let unknown = { (field: Field) in values.isUnknown(field) }
    if unknown(.family) { bits |= Self.family } else { bits |= Self.familyBit(values.number(.family)) }
    if unknown(.transportProtocol) {
      bits |= Self.transport
    } else {
      bits |= values.isPresent(.transportProtocol) ? Self.transportBit(values.number(.transportProtocol)) : 0x400
    }
    if unknown(.ctState) { bits |= Self.state } else { bits |= Self.stateBit(values.number(.ctState)) }
    if unknown(.destinationPort) {
      bits |= Self.port
    } else if values.isPresent(.destinationPort) {
      let port = values.number(.destinationPort)
      let bucket = port < 1024 ? UInt64(truncatingIfNeeded: port % 24) : Self.highBucket(port)
      bits |= (UInt64(1) << bucket) << 16
    } else {
      bits |= UInt64(1) << 47
    }
    if unknown(.inInterface) {
      bits |= Self.interface
    } else {
      bits |= UInt64(1) << (48 + UInt64(Self.bucket(values.number(.inInterface))))
    }
  }

  private static func collect(_ values: ValueSet, limit: UInt128, _ bit: (UInt128) -> UInt64) -> UInt64 {
    var result: UInt64 = 0
    for interval in values.intervals {
      guard interval.lower < limit else { break }
      for value in interval.lower...min(interval.upper, limit - 1) { result |= bit(value) }
    }
    return result
  }

  private static func familyBit(_ value: UInt128) -> UInt64 {
    switch value {
    case 2: 1
    case 10: 2
    case 3: 4
    default: 8
    }
  }

  private static func transportBit(_ value: UInt128) -> UInt64 {
    switch value {
    case 6: 0x10
    case 17: 0x20
    case 1: 0x40
    case 58: 0x80
    case 132, 33, 136: 0x100
    case 47, 50, 51: 0x200
    default: 0x400
    }
  }

  private static func stateBit(_ value: UInt128) -> UInt64 { value < 5 ? 0x800 << UInt64(value) : 0 }

  /// 32 buckets: ports below 1024 in 24 of them, by number modulo 24; higher ones and "absent" in eight ranges.
  private static func portBits(_ values: ValueSet) -> UInt64 {
    var result: UInt64 = 0
    for interval in values.intervals {
      if interval.lower >= 1024 { break }
      let upper = min(interval.upper, 1023)
      if upper - interval.lower >= 23 {
        result = 0xff_ffff
      } else {
        for port in interval.lower...upper { result |= 1 << UInt64(port % 24) }
      }
      if result == 0xff_ffff { break }
    }
    guard let last = values.last, last >= 1024 else { return result << 16 }
    for (bucket, range) in highPorts.enumerated() where !values.isDisjoint(with: range) {
      result |= 1 << UInt64(24 + bucket)
    }
    return result << 16
  }

  /// The bucket of one port of 1024 and above; the ranges of `highPorts`.
  private static func highBucket(_ port: UInt128) -> UInt64 {
    switch port {
    case ..<2048: 24
    case ..<4096: 25
    case ..<8192: 26
    case ..<16384: 27
    case ..<32768: 28
    case ..<49152: 29
    case ..<65536: 30
    default: 31
    }
  }

  private static let highPorts: [ValueSet] = [
    ValueSet(Interval(1024, 2047)), ValueSet(Interval(2048, 4095)), ValueSet(Interval(4096, 8191)),
    ValueSet(Interval(8192, 16383)), ValueSet(Interval(16384, 32767)), ValueSet(Interval(32768, 49151)),
    ValueSet(Interval(49152, 65535)), ValueSet(Interval(65536, .max)),
  ]

  /// 16 buckets of names; bucket 0 is the missing one. A range that is no single name may be any.
  private static func interfaceBits(_ values: ValueSet) -> UInt64 {
    var result: UInt64 = 0
    for interval in values.intervals {
      guard interval.lower == interval.upper else { return interface }
      result |= 1 << (48 + bucket(interval.lower))
    }
    return result
  }

  private static func bucket(_ name: UInt128) -> UInt64 {
    if name == 0 { return 0 }
    let folded = UInt64(truncatingIfNeeded: name >> 64) ^ UInt64(truncatingIfNeeded: name)
    return 1 + (folded &* 0x9e37_79b9_7f4a_7c15 >> 32) % 15
  }
}
