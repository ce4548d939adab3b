import PacketSets
import Packets

/// An open-addressing table from mixed keys to numbers. The keys' own parts are not kept: see `CoverIndex`.
struct KeyTable {
  private struct Slot {
    /// 0: empty.
    var key: UInt64 = 0
    var value: Int32 = -1
  }
  private var slots: [Slot]
  private var count = 0

  init(expected: Int) {
    var capacity = 64
    while capacity < expected * 4 { capacity *= 2 }
    slots = Array(repeating: Slot(), count: capacity)
  }

  @inline(__always) static func key(_ node: UInt32, _ kind: UInt32, _ bits: UInt128) -> UInt64 {
    var hash = (UInt64(node) << 32 | UInt64(kind)) &* 0x9e37_79b9_7f4a_7c15
    hash ^= UInt64(truncatingIfNeeded: bits >> 64) &* 0xc2b2_ae3d_27d4_eb4f
    hash ^= hash >> 31
    hash = (hash ^ UInt64(truncatingIfNeeded: bits)) &* 0xbf58_476d_1ce4_e5b9
    hash ^= hash >> 29
    hash = hash &* 0x94d0_49bb_1331_11eb
    hash ^= hash >> 32
    return hash | 1
  }

  /// Where the key is, or would be.
  @inline(__always) func slot(of key: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: key >> 1) & mask
    while slots[slot].key != 0, slots[slot].key != key { slot = (slot + 1) & mask }
    return slot
  }

  @inline(__always) func value(_ slot: Int) -> Int? {
    let value = slots[slot].value
    return value < 0 ? nil : Int(value)
  }

  /// `slot` must be an empty one of that key.
  mutating func store(_ value: Int, _ slot: Int, _ key: UInt64) {
    slots[slot] = Slot(key: key, value: Int32(truncatingIfNeeded: value))
    count += 1
    guard count * 2 > slots.count else { return }
    let old = slots
    slots = Array(repeating: Slot(), count: old.count * 2)
    for entry in old where entry.key != 0 { slots[self.slot(of: entry.key)] = entry }
  }
}

/// An address prefix at the top of 128 bits. Its level is its length, but 127 stands for 128 and 126 for 127 as well:
/// a shorter prefix is as good a place to file a box.
struct Prefix: Hashable {
  var bits: UInt128
  var level: UInt32
  static let empty = Prefix(bits: 0, level: 0)

  init(bits: UInt128, level: UInt32) {
    self.bits = bits
    self.level = level
  }

  /// The smallest prefix that holds an interval. IPv4 addresses are moved to the top.
  init(enclosing interval: Interval, isV4: Bool) {
    let limit: UInt128 = isV4 ? UInt128(UInt32.max) : .max
    let shift: UInt128 = isV4 ? 96 : 0
    let lower = min(interval.lower, limit) << shift
    let upper = min(interval.upper, limit) << shift | (isV4 ? (UInt128(1) << 96) - 1 : 0)
    let length = (lower ^ upper).leadingZeroBitCount
    level = isV4 ? UInt32(min(length, 32)) : length >= 128 ? 127 : UInt32(min(length, 126))
    bits = lower & Self.mask(level)
  }

  static func mask(_ level: UInt32) -> UInt128 {
    level == 0 ? 0 : level >= 127 ? .max : ~((UInt128(1) << UInt128(128 - level)) - 1)
  }
}

/// The prefixes that hold an interval of addresses, by level; only the empty one where there is no interval.
struct PrefixPath {
  private let own: Prefix
  /// The levels from 0 to the interval's own.
  let mask: UInt128

  init(_ interval: Interval?, isV4: Bool) {
    own = interval.map { Prefix(enclosing: $0, isV4: isV4) } ?? .empty
    mask = own.level >= 127 ? .max : (UInt128(1) << UInt128(own.level + 1)) - 1
  }

  @inline(__always) func bits(_ level: UInt32) -> UInt128 { own.bits & Prefix.mask(level) }
}

/// What of a box beside its addresses is part of its key. Single values of protocol and interfaces count as they are;
/// of ports and ICMP types the smallest aligned block of a power of two that holds them.
///
/// The code says what is in the key: bits 0…2 protocol and interfaces, then five bits each with the number of leading
/// bits of source port, destination port and ICMP type.
private enum Shape {
  static let transport: UInt32 = 1
  static let input: UInt32 = 2
  static let output: UInt32 = 4
  static let sourcePortShift: UInt32 = 3
  static let destinationPortShift: UInt32 = 8
  static let icmpShift: UInt32 = 13

  /// The block that holds an interval of 16-bit numbers: how many leading bits are fixed.
  static func length(_ lower: UInt128, _ upper: UInt128) -> UInt32 {
    let differing = UInt16(truncatingIfNeeded: min(lower, 0xffff)) ^ UInt16(truncatingIfNeeded: min(upper, 0xffff))
    return UInt32(differing.leadingZeroBitCount)
  }

  static func block(_ value: UInt128, _ length: UInt32) -> UInt64 {
    let number = UInt64(truncatingIfNeeded: min(value, 0xffff))
    return length == 0 ? 0 : number >> UInt64(16 - length)
  }

  @inline(__always) static func mixed(_ value: UInt128, _ seed: UInt64) -> UInt64 {
    let folded = UInt64(truncatingIfNeeded: value >> 64) &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(truncatingIfNeeded: value)
    let hash = (folded &+ seed) &* 0xff51_afd7_ed55_8ccd
    return hash ^ hash >> 32
  }

  static func bits(
    _ code: UInt32, transport: UInt64, input: UInt64, output: UInt64, source: UInt128, destination: UInt128,
    icmp: UInt128
  ) -> UInt128 {
    let sourceLength = code >> sourcePortShift & 31
    let destinationLength = code >> destinationPortShift & 31
    let icmpLength = code >> icmpShift & 31
    var low = block(source, sourceLength) | block(destination, destinationLength) << 16
    low |= block(icmp, icmpLength) << 32
    if code & Self.transport != 0 { low |= (transport & 0x1ff) << 48 }
    var high: UInt64 = 0
    if code & Self.input != 0 { high ^= input }
    if code & Self.output != 0 { high ^= output &* 3 }
    return UInt128(high) << 64 | UInt128(low)
  }
}

/// The shape keys under which a question's holders may be filed.
struct AskedShape {
  private var fixed: UInt32 = 0
  private var lengths: (source: UInt32, destination: UInt32, icmp: UInt32) = (0, 0, 0)
  private var transport: UInt64 = 0
  private var input: UInt64 = 0
  private var output: UInt64 = 0
  private var source: UInt128 = 0
  private var destination: UInt128 = 0
  private var icmp: UInt128 = 0

  /// The first value, or the first interval, of each field counts: what holds the box must hold that.
  init(_ question: [Cell], _ pool: CellPool) {
    for cell in question {
      switch cell.field {
      case Field.transportProtocol.rawValue:
        fixed |= Shape.transport
        transport = UInt64(truncatingIfNeeded: cell.lower)
      case Field.inInterface.rawValue:
        fixed |= Shape.input
        input = Shape.mixed(cell.lower, 4)
      case Field.outInterface.rawValue:
        fixed |= Shape.output
        output = Shape.mixed(cell.lower, 5)
      case Field.sourcePort.rawValue:
        let first = pool.firstInterval(cell)
        (source, lengths.source) = (first.lower, Shape.length(first.lower, first.upper))
      case Field.destinationPort.rawValue:
        let first = pool.firstInterval(cell)
        (destination, lengths.destination) = (first.lower, Shape.length(first.lower, first.upper))
      case Field.icmpType.rawValue:
        let first = pool.firstInterval(cell)
        (icmp, lengths.icmp) = (first.lower, Shape.length(first.lower, first.upper))
      default: continue
      }
    }
  }

  /// The key for a code; nil when this box leaves open what the code fixes.
  @inline(__always) func bits(for code: UInt32) -> UInt128? {
    guard code & 7 & ~fixed == 0, code >> Shape.sourcePortShift & 31 <= lengths.source,
      code >> Shape.destinationPortShift & 31 <= lengths.destination, code >> Shape.icmpShift & 31 <= lengths.icmp
    else { return nil }
    return Shape.bits(
      code, transport: transport, input: input, output: output, source: source, destination: destination, icmp: icmp)
  }
}

/// The only key of a box whose addresses, ports and names are intervals without gaps, as nearly all are.
struct SingleFilingKey {
  private(set) var source = Prefix.empty
  private(set) var destination = Prefix.empty
  private(set) var code: UInt32 = 0
  private(set) var bits: UInt128 = 0

  /// nil when some field of the key has gaps.
  init?(_ box: [Cell], isV4: Bool) {
    var (transport, input, output) = (UInt64(0), UInt64(0), UInt64(0))
    var (sourcePort, destinationPort, type) = (UInt128(0), UInt128(0), UInt128(0))
    for cell in box {
      switch cell.field {
      case Field.source.rawValue: source = Prefix(enclosing: Interval(cell.lower, cell.upper), isV4: isV4)
      case Field.destination.rawValue: destination = Prefix(enclosing: Interval(cell.lower, cell.upper), isV4: isV4)
      case Field.transportProtocol.rawValue where cell.isSingle:
        (transport, code) = (UInt64(truncatingIfNeeded: cell.lower), code | Shape.transport)
      case Field.inInterface.rawValue where cell.isSingle:
        (input, code) = (Shape.mixed(cell.lower, 4), code | Shape.input)
      case Field.outInterface.rawValue where cell.isSingle:
        (output, code) = (Shape.mixed(cell.lower, 5), code | Shape.output)
      case Field.sourcePort.rawValue:
        (sourcePort, code) = (cell.lower, code | Shape.length(cell.lower, cell.upper) << Shape.sourcePortShift)
      case Field.destinationPort.rawValue:
        code |= Shape.length(cell.lower, cell.upper) << Shape.destinationPortShift
        destinationPort = cell.lower
      case Field.icmpType.rawValue:
        (type, code) = (cell.lower, code | Shape.length(cell.lower, cell.upper) << Shape.icmpShift)
      case Field.transportProtocol.rawValue, Field.inInterface.rawValue, Field.outInterface.rawValue: break
      default: continue
      }
      if cell.list >= 0 { return nil }
    }
    bits = Shape.bits(
      code, transport: transport, input: input, output: output, source: sourcePort, destination: destinationPort,
      icmp: type)
  }
}

/// All keys under which a box is filed: one for each combination of the intervals that it lists, within reason.
struct FilingKeys {
  private(set) var sources = [Prefix.empty]
  private(set) var destinations = [Prefix.empty]
  private(set) var shapes: [(code: UInt32, bits: UInt128)] = []
  private static let mostIntervals = 16
  private static let mostKeys = 64

  init(_ box: [Cell], _ pool: CellPool, isV4: Bool) {
    var transports: [Interval] = []
    var inputs: [Interval] = []
    var outputs: [Interval] = []
    var sourcePorts: [Interval] = []
    var destinationPorts: [Interval] = []
    var types: [Interval] = []
    var total = 1
    for cell in box {
      switch cell.field {
      case Field.source.rawValue: sources = Self.prefixes(cell, pool, isV4, &total)
      case Field.destination.rawValue: destinations = Self.prefixes(cell, pool, isV4, &total)
      case Field.transportProtocol.rawValue: transports = Self.singles(cell, pool, &total)
      case Field.inInterface.rawValue: inputs = Self.singles(cell, pool, &total)
      case Field.outInterface.rawValue: outputs = Self.singles(cell, pool, &total)
      case Field.sourcePort.rawValue: sourcePorts = Self.blocks(cell, pool, &total)
      case Field.destinationPort.rawValue: destinationPorts = Self.blocks(cell, pool, &total)
      case Field.icmpType.rawValue: types = Self.blocks(cell, pool, &total)
      default: continue
      }
    }
    let none = [Interval(0, 0xffff)]
    for transport in transports.isEmpty ? none : transports {
      for input in inputs.isEmpty ? none : inputs {
        for output in outputs.isEmpty ? none : outputs {
          for source in sourcePorts.isEmpty ? none : sourcePorts {
            for destination in destinationPorts.isEmpty ? none : destinationPorts {
              for type in types.isEmpty ? none : types {
                var code: UInt32 = 0
                if !transports.isEmpty { code |= Shape.transport }
                if !inputs.isEmpty { code |= Shape.input }
                if !outputs.isEmpty { code |= Shape.output }
                code |= Shape.length(source.lower, source.upper) << Shape.sourcePortShift
                code |= Shape.length(destination.lower, destination.upper) << Shape.destinationPortShift
                code |= Shape.length(type.lower, type.upper) << Shape.icmpShift
                let bits = Shape.bits(
                  code, transport: UInt64(truncatingIfNeeded: transport.lower), input: Shape.mixed(input.lower, 4),
                  output: Shape.mixed(output.lower, 5), source: source.lower, destination: destination.lower,
                  icmp: type.lower)
                shapes.append((code, bits))
              }
            }
          }
        }
      }
    }
  }

  private static func prefixes(_ cell: Cell, _ pool: CellPool, _ isV4: Bool, _ total: inout Int) -> [Prefix] {
    let bounds = Interval(cell.lower, cell.upper)
    guard cell.list >= 0 else { return [Prefix(enclosing: bounds, isV4: isV4)] }
    guard let intervals = few(cell, pool, &total) else { return [Prefix(enclosing: bounds, isV4: isV4)] }
    var found: [Prefix] = []
    for interval in intervals {
      let prefix = Prefix(enclosing: interval, isV4: isV4)
      if !found.contains(prefix) { found.append(prefix) }
    }
    return found
  }

  /// Nothing unless all values are single ones.
  private static func singles(_ cell: Cell, _ pool: CellPool, _ total: inout Int) -> [Interval] {
    if cell.isSingle { return [Interval(cell.lower)] }
    guard cell.list >= 0, let intervals = few(cell, pool, &total), intervals.allSatisfy({ $0.lower == $0.upper })
    else { return [] }
    return intervals
  }

  private static func blocks(_ cell: Cell, _ pool: CellPool, _ total: inout Int) -> [Interval] {
    guard cell.list >= 0, let intervals = few(cell, pool, &total) else { return [Interval(cell.lower, cell.upper)] }
    return intervals
  }

  private static func few(_ cell: Cell, _ pool: CellPool, _ total: inout Int) -> [Interval]? {
    let count = pool.sets[Int(cell.list)].intervalCount
    guard count <= mostIntervals, total * count <= mostKeys else { return nil }
    total *= count
    return pool.sets[Int(cell.list)].intervals
  }
}
