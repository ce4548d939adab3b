import FirewallModel
import PacketSets
import Packets

/// Do earlier boxes take every packet of a box?
enum CoverAnswer {
  /// Some packet is left.
  case open
  /// The numbers of boxes that take all between them, none of which can be left out; ascending.
  case taken([Int])
  /// The work budget ended the search.
  case undecided
}

extension CoverIndex {
  /// Packets tried before boxes are subtracted.
  private static let triedPackets = 12
  /// Parts that may wait at one time.
  private static let maximumParts = 4096

  /// Exact. First a packet of the box, which shows it open when no box holds it, as most do; then one box that holds
  /// all; then more packets; then what boxes leave is cut away part by part, always by a box that holds a packet of the part, so that only
  /// boxes that overlap are ever met. `budget` counts parts.
  mutating func takers(of box: [Cell], _ domains: FieldDomains, budget: inout Int) -> CoverAnswer {
    for variant in 0..<Self.triedPackets {
      if variant == 1, let one = first(holding: box) { return .taken([one]) }
      if !hasHolder(of: domains.packet(of: box, asking: fields, variant: variant, pool)) { return .open }
    }
    guard budget > 0 else { return .undecided }
    let mark = pool.mark
    defer { pool.reset(to: mark) }
    var parts = [box]
    var used: Set<Int> = []
    while let part = parts.popLast() {
      budget -= 1
      if budget <= 0 || parts.count > Self.maximumParts { return .undecided }
      let packet = domains.packet(of: part, asking: fields, variant: 0, pool)
      guard let number = widest(holding: packet, for: part) else { return .open }
      used.insert(number)
      subtract(number, from: part, domains, into: &parts)
    }
    return .taken(irredundant(used.sorted(), box, domains))
  }

  private mutating func subtract(
    _ number: Int, from part: [Cell], _ domains: FieldDomains, into parts: inout [[Cell]]
  ) {
    parts += remainder(of: part, without: box(number), domains)
  }

  /// What is left of a part without a box, in disjoint parts. A packet that lacks a field which the box asks for is
  /// left.
  mutating func remainder(of part: [Cell], without box: [Cell], _ domains: FieldDomains) -> [[Cell]] {
    var parts: [[Cell]] = []
    var inside = part
    for cell in box {
      let field = cell.field
      var own: Cell?
      for candidate in inside where candidate.field >= field {
        if candidate.field == field { own = candidate }
        break
      }
      if own == nil { own = pool.cell(field, domains.values(field, in: inside)) }
      guard let own else { return parts }
      if pool.holds(cell, own) { continue }
      if let outside = pool.cell(field, pool.values(own).subtracting(pool.values(cell))) {
        var rest = inside
        rest.put(outside)
        parts.append(rest)
      }
      guard let common = pool.intersection(own, cell) else { return parts }
      inside.put(common)
    }
    return parts
  }

  /// Some field that both constrain has no value in common.
  func areDisjoint(_ a: [Cell], _ b: [Cell]) -> Bool { pool.areDisjoint(a, a.indices, b) }

  /// Leaves out boxes, the latest first, as long as the others still take all.
  private mutating func irredundant(_ numbers: [Int], _ box: [Cell], _ domains: FieldDomains) -> [Int] {
    guard numbers.count > 1, numbers.count <= 256 else { return numbers }
    var kept = numbers
    var work = 20_000
    for number in numbers.reversed() {
      let others = kept.filter { $0 != number }
      if isTaken(box, by: others, domains, &work) { kept = others }
    }
    return kept
  }

  private mutating func isTaken(_ box: [Cell], by numbers: [Int], _ domains: FieldDomains, _ work: inout Int) -> Bool {
    var parts = [box]
    for number in numbers {
      var next: [[Cell]] = []
      for part in parts {
        work -= 1
        if work < 0 { return false }
        if pool.areDisjoint(cells, range(number), part) {
          next.append(part)
        } else {
          subtract(number, from: part, domains, into: &next)
        }
      }
      if next.isEmpty { return true }
      parts = next
    }
    return false
  }
}

/// What packets of a table's family may have in each field, absence included, and packets made of that.
struct FieldDomains {
  private let family: Family
  private let domains: [ValueSet]

  init(_ family: Family) {
    self.family = family
    domains = Field.allCases.map { field in
      guard field == .family else { return field.domain }
      switch family {
      case .ip: return ValueSet(NetworkProtocol.ipv4)
      case .ip6: return ValueSet(NetworkProtocol.ipv6)
      case .inet: return ValueSet(values: [NetworkProtocol.ipv4, NetworkProtocol.ipv6])
      case .arp: return ValueSet(NetworkProtocol.arp)
      case .bridge, .netdev: return field.domain
      }
    }
  }

  /// The one IP version that the packets have, if it is one.
  private func version(of box: [Cell]) -> UInt128? {
    switch family {
    case .ip: return NetworkProtocol.ipv4
    case .ip6: return NetworkProtocol.ipv6
    case .inet, .arp, .bridge, .netdev:
      guard let cell = box.first, cell.field == Field.family.rawValue, cell.isSingle else { return nil }
      return cell.lower == NetworkProtocol.ipv4 || cell.lower == NetworkProtocol.ipv6 ? cell.lower : nil
    }
  }

  /// The values of a field that the box leaves open.
  func values(_ number: UInt8, in box: [Cell]) -> ValueSet {
    guard Int(number) < domains.count, let field = Field(rawValue: number) else { return .empty }
    guard let version = version(of: box) else { return domains[Int(number)] }
    if version == NetworkProtocol.ipv4, Self.isAddress(field) { return ValueSet(Interval(0, UInt128(UInt32.max))) }
    if let presence = field.presence, presence.guardField == .family, presence.certain.contains(version) {
      return ValueSet(allOf: field)
    }
    return domains[Int(number)]
  }

  private static func isAddress(_ field: Field) -> Bool {
    switch field {
    case .source, .destination, .ctOriginalSource, .ctOriginalDestination: true
    default: false
    }
  }

  /// A packet of the box: a single number in each field that the box or `asked` names. `variant` 0 takes the first
  /// value of each field, 1 the last, others some in between.
  func packet(of box: [Cell], asking asked: FieldSet, variant: Int, _ pool: CellPool) -> [Cell] {
    var packet: [Cell] = []
    packet.reserveCapacity(box.count + 8)
    var open = asked.bits & ~box.fields.bits
    for cell in box {
      append(&open, below: cell.field, variant, to: &packet)
      let value = Self.choose(cell, variant, pool)
      packet.append(Cell(cell.field, value, value))
    }
    append(&open, below: .max, variant, to: &packet)
    return packet
  }

  private func append(_ open: inout UInt128, below limit: UInt8, _ variant: Int, to packet: inout [Cell]) {
    while open != 0, open.trailingZeroBitCount < Int(limit) {
      let number = UInt8(truncatingIfNeeded: open.trailingZeroBitCount)
      open &= open - 1
      guard let field = Field(rawValue: number) else { continue }
      let values = values(number, in: packet)
      let value = usual(field, in: packet, variant).flatMap { values.contains($0) ? $0 : nil } ?? values.last ?? 0
      packet.append(Cell(number, value, value))
    }
  }

  private static func choose(_ cell: Cell, _ variant: Int, _ pool: CellPool) -> UInt128 {
    switch variant {
    case 0: return cell.lower
    case 1: return cell.upper
    default:
      var lower = cell.lower
      var upper = cell.upper
      let seed = UInt64(truncatingIfNeeded: variant) &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(cell.field) &* 0xff51_afd7_ed55
      if cell.list >= 0, case .many(let list) = pool.sets[Int(cell.list)].storage {
        let interval = list[Int(seed >> 33) % list.count]
        (lower, upper) = (interval.lower, interval.upper)
      }
      let span = upper - lower
      if span == 0 { return lower }
      switch seed >> 61 {
      case 0, 1: return lower
      case 2, 3: return upper
      default:
        let spread = UInt128(seed) << 64 | UInt128(seed &* 0xc2b2_ae3d_27d4_eb4f)
        return lower + (span == .max ? spread : spread % (span + 1))
      }
    }
  }

  /// A number that rules seldom name, where absence is not to be had; nil: the largest one, which stands for absence
  /// where the field may be absent.
  private func usual(_ field: Field, in packet: [Cell], _ variant: Int) -> UInt128? {
    let isOdd = variant % 2 == 1
    switch field {
    case .family: return isOdd ? NetworkProtocol.ipv6 : NetworkProtocol.ipv4
    case .source, .destination:
      let low: UInt128 = field == .source ? 0x6409 : 0x7107
      let seed = UInt128(truncatingIfNeeded: variant) &* 0x0d31_9e5b
      if version(of: packet) == NetworkProtocol.ipv4 { return (0xc633_0000 | low) ^ (seed & 0xffff_ffff) }
      return (0x2001_0db8 << 96 | low) ^ seed << 64
    case .inInterface, .outInterface:
      return InterfaceName.value(field == .inInterface ? (isOdd ? "zz-in" : "0-in") : (isOdd ? "zz-out" : "0-out"))
    case .ctState: return UInt128([3, 1, 0, 4, 2][variant % 5])
    case .packetType: return UInt128(variant % 4)
    case .transportProtocol: return [253, 6, 17, 1, 254, 58][variant % 6]
    default: return nil
    }
  }
}
