import FirewallModel
import PacketSets
import Packets

/// Boxes of earlier rules that end the walk of what they match, filed by source prefix, destination prefix, and the
/// protocol, ports, ICMP type and interfaces. Asked for boxes that hold another one. Every hit is compared in full, so
/// the keys need only never miss: two keys that fall together cost time and nothing else.
struct CoverIndex {
  /// What is known of the rule behind a box.
  struct Owner {
    private let chain: Int32
    private let place: Int32
    /// When the walk passed it, on the clock of `note(written:at:)`.
    let time: Int32
    /// False once the walk is where the rule no longer stands before it.
    var isLive = true
    /// The fields that the box constrains.
    let fields: FieldSet

    var rule: RuleID { RuleID(chain: ChainID(Int(chain)), index: Int(place)) }

    init(_ rule: RuleID, _ fields: FieldSet, time: Int) {
      chain = Int32(truncatingIfNeeded: rule.chain.index)
      place = Int32(truncatingIfNeeded: rule.index)
      self.fields = fields
      self.time = Int32(truncatingIfNeeded: time)
    }
  }

  var pool = CellPool()
  private(set) var owners: [Owner] = []
  private(set) var cells: [Cell] = []
  /// Where each box starts in `cells`; one more than there are boxes.
  private var starts: [Int] = [0]
  /// The fields that some box constrains.
  private(set) var fields = FieldSet()
  /// Lookups and comparisons so far.
  private(set) var work = 0
  /// A question met more candidates than are compared: its answer "none" may be wrong.
  private(set) var hasSkipped = false

  private var table: KeyTable
  private var nodes: [Node] = [Node(), Node(), Node()]
  private var shapes: [ShapeLink] = []
  private var heads: [Int32] = []
  private var tails: [Int32] = []
  private var entries: [Entry] = []
  private var written = FieldSet()
  private var writeTimes: [Int] = []
  /// The address family where the table has only one.
  private let onlyV4: Bool?

  /// Boxes compared for one question at most.
  static let maximumCandidates = 4096

  private struct Node {
    /// Prefix levels that its children have; see `Prefix`.
    var levels: UInt128 = 0
    /// Head of the list of shapes filed here.
    var firstShape: Int32 = -1
  }

  private struct ShapeLink {
    var code: UInt32
    var next: Int32
  }

  private struct Entry {
    var box: Int32
    var next: Int32
  }

  private static let sourceKind: UInt32 = 0x100_0000
  private static let destinationKind: UInt32 = 0x200_0000
  private static let shapeKind: UInt32 = 0x400_0000

  init(family: Family, expected: Int) {
    switch family {
    case .ip: onlyV4 = true
    case .ip6: onlyV4 = false
    case .inet, .arp, .bridge, .netdev: onlyV4 = nil
    }
    table = KeyTable(expected: expected)
    cells.reserveCapacity(expected * 4)
    starts.reserveCapacity(expected + 1)
    owners.reserveCapacity(expected)
    entries.reserveCapacity(expected)
    nodes.reserveCapacity(expected)
  }

  var count: Int { owners.count }
  func range(_ box: Int) -> Range<Int> { starts[box]..<starts[box + 1] }
  func box(_ number: Int) -> [Cell] { Array(cells[range(number)]) }

  // MARK: What the walk tells

  /// Fields that rules passed at this time may have changed: boxes from before it that ask for them say nothing more.
  mutating func note(written fields: FieldSet, at time: Int) {
    guard fields.bits != 0 else { return }
    if writeTimes.isEmpty { writeTimes = Array(repeating: -1, count: 128) }
    written.bits |= fields.bits
    for field in 0..<128 where fields.bits >> UInt128(field) & 1 != 0 { writeTimes[field] = time }
  }

  /// Has a rule passed at or after that time changed the field?
  func isWritten(_ field: Field, since time: Int) -> Bool {
    written.contains(field) && writeTimes[Int(field.rawValue)] >= time
  }

  mutating func retire(_ box: Int) { owners[box].isLive = false }

  func isUsable(_ box: Int) -> Bool {
    let owner = owners[box]
    guard owner.isLive else { return false }
    let touched = owner.fields.bits & written.bits
    if touched == 0 { return true }
    for field in 0..<128 where touched >> UInt128(field) & 1 != 0 && writeTimes[field] >= Int(owner.time) {
      return false
    }
    return true
  }

  // MARK: Filling

  mutating func add(_ box: [Cell], rule: RuleID, time: Int) {
    let number = Int32(truncatingIfNeeded: owners.count)
    let constrained = box.fields
    owners.append(Owner(rule, constrained, time: time))
    fields.bits |= constrained.bits
    cells += box
    starts.append(cells.count)
    let (root, isV4) = root(box)
    if let key = SingleFilingKey(box, isV4: isV4) {
      let node = child(of: child(of: root, Self.sourceKind, key.source), Self.destinationKind, key.destination)
      let mixed = KeyTable.key(UInt32(truncatingIfNeeded: node), Self.shapeKind | key.code, key.bits)
      insert(number, mixed, key.code, node)
      return
    }
    let keys = FilingKeys(box, pool, isV4: isV4)
    for source in keys.sources {
      let sourceNode = child(of: root, Self.sourceKind, source)
      for destination in keys.destinations {
        let node = child(of: sourceNode, Self.destinationKind, destination)
        for shape in keys.shapes {
          let mixed = KeyTable.key(UInt32(truncatingIfNeeded: node), Self.shapeKind | shape.code, shape.bits)
          insert(number, mixed, shape.code, node)
        }
      }
    }
  }

  private mutating func child(of node: Int, _ kind: UInt32, _ prefix: Prefix) -> Int {
    let key = KeyTable.key(UInt32(truncatingIfNeeded: node), kind | prefix.level, prefix.bits)
    let slot = table.slot(of: key)
    if let found = table.value(slot) { return found }
    nodes.append(Node())
    nodes[node].levels |= UInt128(1) << UInt128(prefix.level)
    table.store(nodes.count - 1, slot, key)
    return nodes.count - 1
  }

  private mutating func insert(_ number: Int32, _ key: UInt64, _ code: UInt32, _ node: Int) {
    let entry = Int32(truncatingIfNeeded: entries.count)
    entries.append(Entry(box: number, next: -1))
    let slot = table.slot(of: key)
    if let bucket = table.value(slot) {
      entries[Int(tails[bucket])].next = entry
      tails[bucket] = entry
    } else {
      heads.append(entry)
      tails.append(entry)
      table.store(heads.count - 1, slot, key)
    }
    var link = nodes[node].firstShape
    while link >= 0 {
      if shapes[Int(link)].code == code { return }
      link = shapes[Int(link)].next
    }
    shapes.append(ShapeLink(code: code, next: nodes[node].firstShape))
    nodes[node].firstShape = Int32(truncatingIfNeeded: shapes.count - 1)
  }

  // MARK: Asking

  /// The earliest usable box that holds the given one.
  mutating func first(holding question: [Cell]) -> Int? {
    var best: Int? = nil
    visit(question) { index, number, limit in
      guard index.isUsable(number) else { return }
      best = number
      limit = number
    }
    return best
  }

  /// Some usable box holds the point.
  mutating func hasHolder(of point: [Cell]) -> Bool {
    var isHeld = false
    visit(point) { index, number, limit in
      guard index.isUsable(number) else { return }
      isHeld = true
      limit = 0
    }
    return isHeld
  }

  /// Of the usable boxes that hold the point, the one that leaves the fewest parts of `piece` outside itself.
  mutating func widest(holding point: [Cell], for piece: [Cell]) -> Int? {
    var best: (number: Int, cost: Int)? = nil
    visit(point) { index, number, _ in
      guard index.isUsable(number) else { return }
      let cost = index.outsideCost(number, piece)
      if best.map({ cost < $0.cost }) ?? true { best = (number, cost) }
    }
    return best?.number
  }

  /// How many fields of the box do not hold the piece's, single values counted double.
  private func outsideCost(_ number: Int, _ piece: [Cell]) -> Int {
    var cost = 0
    var place = 0
    for index in range(number) {
      let cell = cells[index]
      while place < piece.count, piece[place].field < cell.field { place += 1 }
      if place < piece.count, piece[place].field == cell.field, pool.holds(cell, piece[place]) { continue }
      cost += cell.isSingle ? 3 : 2
    }
    return cost
  }

  private func root(_ box: [Cell]) -> (root: Int, isV4: Bool) {
    if let onlyV4 { return (0, onlyV4) }
    guard let family = box.first, family.field == Field.family.rawValue, family.isSingle else { return (0, false) }
    switch family.lower {
    case NetworkProtocol.ipv4: return (1, true)
    case NetworkProtocol.ipv6: return (2, false)
    default: return (0, false)
    }
  }

  /// Calls `body` with boxes that hold the question and have numbers below `limit`, in no order.
  private mutating func visit(_ question: [Cell], _ body: (borrowing CoverIndex, Int, inout Int) -> Void) {
    var limit = Int.max
    var budget = Self.maximumCandidates
    let (own, isV4) = root(question)
    let shape = AskedShape(question, pool)
    let source = question.cell(.source).map { pool.firstInterval($0) }
    let destination = question.cell(.destination).map { pool.firstInterval($0) }
    var lookups = 0
    for root in own == 0 ? 0...0 : 0...1 {
      let isAligned = root == 0 ? onlyV4 ?? false : isV4
      let sources = PrefixPath(source, isV4: isAligned)
      let destinations = PrefixPath(destination, isV4: isAligned)
      let node = root == 0 ? 0 : own
      var sourceLevels = nodes[node].levels & sources.mask
      while sourceLevels != 0 {
        let level = UInt32(truncatingIfNeeded: sourceLevels.trailingZeroBitCount)
        sourceLevels &= sourceLevels - 1
        lookups += 1
        let key = KeyTable.key(UInt32(node), Self.sourceKind | level, sources.bits(level))
        guard let sourceNode = table.value(table.slot(of: key)) else { continue }
        var destinationLevels = nodes[sourceNode].levels & destinations.mask
        while destinationLevels != 0 {
          let level = UInt32(truncatingIfNeeded: destinationLevels.trailingZeroBitCount)
          destinationLevels &= destinationLevels - 1
          lookups += 1
          let key = KeyTable.key(UInt32(sourceNode), Self.destinationKind | level, destinations.bits(level))
          guard let leaf = table.value(table.slot(of: key)) else { continue }
          var link = nodes[leaf].firstShape
          while link >= 0, limit > 0 {
            let code = shapes[Int(link)].code
            link = shapes[Int(link)].next
            guard let bits = shape.bits(for: code) else { continue }
            lookups += 1
            guard let bucket = table.value(table.slot(of: KeyTable.key(UInt32(leaf), Self.shapeKind | code, bits)))
            else { continue }
            var entry = heads[bucket]
            while entry >= 0 {
              let number = Int(entries[Int(entry)].box)
              entry = entries[Int(entry)].next
              if number >= limit { break }
              budget -= 1
              if budget < 0 { break }
              if pool.holds(cells, starts[number]..<starts[number + 1], question) { body(self, number, &limit) }
            }
          }
        }
      }
    }
    if budget < 0 { hasSkipped = true }
    work += lookups + Self.maximumCandidates - max(0, budget)
  }
}
