import PacketSets
import Packets

/// Earlier rules by source prefix, destination prefix, and single values of protocol, ports and interfaces. Asked for
/// the first one whose box holds another box. Every hit is checked in full, so the keys need only never miss.
struct CoverIndex {
  /// One open-addressing table for all levels: (node, kind, bits) → node or bucket.
  private var keys: [Key]
  private var values: [Int32]
  private var count = 0
  private var nodes: [Node] = [Node(), Node(), Node()]
  /// Heads of linked lists of entries, by bucket.
  private var heads: [Int32] = []
  private var tails: [Int32] = []
  private var entries: [Entry] = []
  private(set) var boxes: [Box] = []
  /// Entries looked at by one question at most.
  static let maximumCandidates = 512

  private struct Key {
    var node: UInt32 = .max
    var kind: UInt32 = 0
    var bits: UInt128 = 0
  }

  private struct Node {
    /// Prefix lengths of the next level: bit n−1 for length n.
    var lengths: UInt128 = 0
    var hasEmptyPrefix = false
    /// Key shapes of the last level.
    var shapes: UInt64 = 0
  }

  private struct Entry {
    /// Index into `boxes`.
    var box: Int32
    var next: Int32
  }

  private enum Kind {
    static let source: UInt32 = 0x1000
    static let destination: UInt32 = 0x2000
    static let shape: UInt32 = 0x3000
  }

  init(expected: Int = 64) {
    var capacity = 256
    while capacity < expected * 8 { capacity *= 2 }
    keys = Array(repeating: Key(), count: capacity)
    values = Array(repeating: -1, count: capacity)
  }

  // MARK: Adding

  /// Adds a box; later ones have higher numbers. The number is the index among all that were added.
  mutating func add(_ box: Box) {
    let number = Int32(truncatingIfNeeded: boxes.count)
    boxes.append(box)
    let root = Self.root(box)
    let isV4 = root == 1
    let shape = Shape(box)
    for source in Self.prefixes(box[.source], isV4: isV4) {
      let sourceNode = child(of: UInt32(root), Kind.source, source)
      for destination in Self.prefixes(box[.destination], isV4: isV4) {
        let node = child(of: sourceNode, Kind.destination, destination)
        nodes[Int(node)].shapes |= 1 << UInt64(shape.fields)
        insert(number, key: Key(node: node, kind: Kind.shape | UInt32(shape.fields), bits: shape.bits))
      }
    }
  }

  private mutating func child(of node: UInt32, _ level: UInt32, _ prefix: Prefix) -> UInt32 {
    let key = Key(node: node, kind: level | UInt32(prefix.length), bits: prefix.bits)
    let slot = find(key)
    if values[slot] >= 0 { return UInt32(values[slot]) }
    let new = UInt32(nodes.count)
    nodes.append(Node())
    if prefix.length == 0 {
      nodes[Int(node)].hasEmptyPrefix = true
    } else {
      nodes[Int(node)].lengths |= UInt128(1) << UInt128(prefix.length - 1)
    }
    store(key, Int32(new), slot)
    return new
  }

  private mutating func insert(_ number: Int32, key: Key) {
    let slot = find(key)
    let entry = Int32(truncatingIfNeeded: entries.count)
    entries.append(Entry(box: number, next: -1))
    if values[slot] >= 0 {
      let bucket = Int(values[slot])
      entries[Int(tails[bucket])].next = entry
      tails[bucket] = entry
    } else {
      heads.append(entry)
      tails.append(entry)
      store(key, Int32(truncatingIfNeeded: heads.count - 1), slot)
    }
  }

  private mutating func store(_ key: Key, _ value: Int32, _ slot: Int) {
    keys[slot] = key
    values[slot] = value
    count += 1
    if count * 2 > keys.count { grow() }
  }

  private mutating func grow() {
    let oldKeys = keys
    let oldValues = values
    keys = Array(repeating: Key(), count: oldKeys.count * 2)
    values = Array(repeating: -1, count: oldKeys.count * 2)
    for index in oldKeys.indices where oldValues[index] >= 0 {
      let slot = find(oldKeys[index])
      keys[slot] = oldKeys[index]
      values[slot] = oldValues[index]
    }
  }

  private func find(_ key: Key) -> Int {
    let mask = keys.count - 1
    var hash = UInt64(key.node) &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(key.kind) &* 0xc2b2_ae3d_27d4_eb4f
    hash ^= UInt64(truncatingIfNeeded: key.bits >> 64) &* 0x1656_67b1_9e37_79f9
    hash ^= hash >> 29
    hash = (hash ^ UInt64(truncatingIfNeeded: key.bits)) &* 0xbf58_476d_1ce4_e5b9
    hash ^= hash >> 32
    var slot = Int(truncatingIfNeeded: hash) & mask
    while values[slot] >= 0 {
      let found = keys[slot]
      if found.node == key.node, found.kind == key.kind, found.bits == key.bits { return slot }
      slot = (slot + 1) & mask
    }
    return slot
  }

  // MARK: Asking

  /// The lowest number of a box that holds the given one and pleases the caller; nil when there is none.
  func first(holding box: Box, where isGood: (Int) -> Bool) -> Int? {
    var best: Int? = nil
    var budget = Self.maximumCandidates
    let own = Self.root(box)
    let roots = own == 0 ? [0] : [0, own]
    let shape = Shape(box, asQuestion: true)
    for root in roots {
      forEachPrefix(of: box[.source], isV4: own == 1, node: UInt32(root), Kind.source) { sourceNode in
        forEachPrefix(of: box[.destination], isV4: own == 1, node: sourceNode, Kind.destination) { node in
          var shapes = nodes[Int(node)].shapes
          while shapes != 0 {
            let fields = UInt8(truncatingIfNeeded: shapes.trailingZeroBitCount)
            shapes &= shapes - 1
            guard let bits = shape.bits(for: fields) else { continue }
            let slot = find(Key(node: node, kind: Kind.shape | UInt32(fields), bits: bits))
            guard values[slot] >= 0 else { continue }
            var entry = heads[Int(values[slot])]
            while entry >= 0, budget > 0 {
              let number = Int(entries[Int(entry)].box)
              if let best, number >= best { break }
              budget -= 1
              if boxes[number].holds(box), isGood(number) {
                best = number
                break
              }
              entry = entries[Int(entry)].next
            }
          }
        }
      }
    }
    return best
  }

  private func forEachPrefix(
    of values: ValueSet?, isV4: Bool, node: UInt32, _ level: UInt32, _ body: (UInt32) -> Void
  ) {
    let here = nodes[Int(node)]
    if here.hasEmptyPrefix {
      let slot = find(Key(node: node, kind: level, bits: 0))
      if self.values[slot] >= 0 { body(UInt32(self.values[slot])) }
    }
    guard let values, let first = values.firstInterval else { return }
    let own = Prefix(enclosing: first, isV4: isV4)
    var lengths = here.lengths
    if own.length < 128 { lengths &= (UInt128(1) << UInt128(own.length)) - 1 }
    while lengths != 0 {
      let length = lengths.trailingZeroBitCount + 1
      lengths &= lengths - 1
      let bits = own.bits & ~Prefix.hostMask(length)
      let slot = find(Key(node: node, kind: level | UInt32(length), bits: bits))
      if self.values[slot] >= 0 { body(UInt32(self.values[slot])) }
    }
  }

  private static func root(_ box: Box) -> Int {
    switch box[.family]?.single {
    case NetworkProtocol.ipv4: 1
    case NetworkProtocol.ipv6: 2
    default: 0
    }
  }

  /// The prefixes under which a set of addresses is filed.
  private static func prefixes(_ values: ValueSet?, isV4: Bool) -> [Prefix] {
    guard let values else { return [Prefix.empty] }
    switch values.storage {
    case .empty: return []
    case .one(let interval): return [Prefix(enclosing: interval, isV4: isV4)]
    case .many(let list):
      if list.count > 16 { return [Prefix.empty] }
      var found: [Prefix] = []
      for interval in list {
        let prefix = Prefix(enclosing: interval, isV4: isV4)
        if !found.contains(prefix) { found.append(prefix) }
      }
      return found
    }
  }
}

/// An address prefix; IPv4 ones are moved to the top of the 128 bits.
struct Prefix: Hashable {
  var bits: UInt128
  var length: Int
  static let empty = Prefix(bits: 0, length: 0)

  private init(bits: UInt128, length: Int) {
    self.bits = bits
    self.length = length
  }

  /// The smallest prefix that holds an interval.
  init(enclosing interval: Interval, isV4: Bool) {
    let shift: UInt128 = isV4 ? 96 : 0
    let limit: UInt128 = isV4 ? UInt128(UInt32.max) : .max
    let lower = min(interval.lower, limit) << shift
    let upper = min(interval.upper, limit) << shift | (isV4 ? (UInt128(1) << 96) - 1 : 0)
    length = (lower ^ upper).leadingZeroBitCount
    bits = lower & ~Self.hostMask(length)
  }

  static func hostMask(_ length: Int) -> UInt128 {
    length == 0 ? .max : length >= 128 ? 0 : (UInt128(1) << UInt128(128 - length)) - 1
  }
}

/// The single values of protocol, ports and interfaces of a box, as one key.
private struct Shape {
  /// One bit for each field that has a single value.
  var fields: UInt8 = 0
  private var parts: (UInt128, UInt128, UInt128, UInt128, UInt128) = (0, 0, 0, 0, 0)

  /// As a question every field's first value counts: what holds the box must have it.
  init(_ box: Box, asQuestion: Bool = false) {
    func value(_ field: Field) -> UInt128? {
      guard let values = box[field] else { return nil }
      return asQuestion ? values.first : values.single
    }
    func mixed(_ value: UInt128, _ seed: UInt64) -> UInt128 {
      let folded = UInt64(truncatingIfNeeded: value >> 64) &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(truncatingIfNeeded: value)
      return UInt128((folded &+ seed) &* 0xff51_afd7_ed55_8ccd)
    }
    if let transport = value(.transportProtocol) { (parts.0, fields) = (mixed(transport, 1), fields | 1) }
    if let port = value(.destinationPort) { (parts.1, fields) = (mixed(port, 2) << 16, fields | 2) }
    if let port = value(.sourcePort) { (parts.2, fields) = (mixed(port, 3) << 32, fields | 4) }
    if let name = value(.inInterface) { (parts.3, fields) = (mixed(name, 4) << 48, fields | 8) }
    if let name = value(.outInterface) { (parts.4, fields) = (mixed(name, 5) << 64, fields | 16) }
  }

  var bits: UInt128 { parts.0 ^ parts.1 ^ parts.2 ^ parts.3 ^ parts.4 }

  /// The key for another shape; nil when this box leaves one of its fields open.
  func bits(for other: UInt8) -> UInt128? {
    guard other & ~fields == 0 else { return nil }
    var result: UInt128 = 0
    if other & 1 != 0 { result ^= parts.0 }
    if other & 2 != 0 { result ^= parts.1 }
    if other & 4 != 0 { result ^= parts.2 }
    if other & 8 != 0 { result ^= parts.3 }
    if other & 16 != 0 { result ^= parts.4 }
    return result
  }
}

extension ValueSet {
  var firstInterval: Interval? {
    switch storage {
    case .empty: nil
    case .one(let interval): interval
    case .many(let list): list[0]
    }
  }
}

extension Box {
  /// Every packet of the other box is in this one. Both are as rules say them: a constraint asks that its field is there.
  func holds(_ other: Box) -> Bool {
    for constraint in constraints {
      guard let values = other[constraint.field], values.isSubset(of: constraint.values) else { return false }
    }
    return true
  }

  /// Some field that both constrain has no value in common.
  func isDisjoint(from other: Box) -> Bool {
    for constraint in constraints {
      if let values = other[constraint.field], values.isDisjoint(with: constraint.values) { return true }
    }
    return false
  }

  /// What is left of the box without the packets of another one, in disjoint parts. A packet that lacks a field which
  /// the other one asks for is left.
  func subtracting(_ other: Box) -> [Box] {
    var parts: [Box] = []
    var inside = self
    for constraint in other.constraints {
      let own = inside[constraint.field] ?? constraint.field.domain
      let outside = own.subtracting(constraint.values)
      if !outside.isEmpty { parts.append(inside.narrowed(constraint.field, to: outside)) }
      inside = inside.narrowed(constraint.field, to: own.intersection(constraint.values))
      if inside.isEmpty { break }
    }
    return parts
  }
}
