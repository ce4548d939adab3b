import PacketSets
import Packets

/// What a box says of one field, at fixed width: the smallest interval that holds the values, and where there are gaps
/// the place of the whole set in a `CellPool`.
struct Cell {
  var lower: UInt128
  var upper: UInt128
  /// Index into `CellPool.sets`; negative: the bounds say it all.
  var list: Int32
  var field: UInt8

  init(_ field: UInt8, _ lower: UInt128, _ upper: UInt128, list: Int32 = -1) {
    self.lower = lower
    self.upper = upper
    self.list = list
    self.field = field
  }

  init(_ field: Field, _ value: UInt128) { self.init(field.rawValue, value, value) }

  var isSingle: Bool { lower == upper }
}

/// Boxes as slices of flat arrays of cells, each sorted by field with each field at most once; and the value sets with
/// gaps that cells refer to. As in `Box`, a cell asks that its field is there.
struct CellPool {
  private(set) var sets: [ValueSet] = []

  var mark: Int { sets.count }
  /// Forgets the sets that were added behind a mark; no cell may refer to them any more.
  mutating func reset(to mark: Int) { if sets.count > mark { sets.removeLast(sets.count - mark) } }

  /// nil when the set is empty.
  mutating func cell(_ field: Field, _ values: ValueSet) -> Cell? { cell(field.rawValue, values) }

  mutating func cell(_ field: UInt8, _ values: ValueSet) -> Cell? {
    guard let bounds = values.bounds else { return nil }
    if values.intervalCount == 1 { return Cell(field, bounds.lower, bounds.upper) }
    sets.append(values)
    return Cell(field, bounds.lower, bounds.upper, list: Int32(truncatingIfNeeded: sets.count - 1))
  }

  func values(_ cell: Cell) -> ValueSet {
    cell.list < 0 ? ValueSet(Interval(cell.lower, cell.upper)) : sets[Int(cell.list)]
  }

  func firstInterval(_ cell: Cell) -> Interval {
    if cell.list >= 0, let first = sets[Int(cell.list)].firstInterval { return first }
    return Interval(cell.lower, cell.upper)
  }

  // MARK: Cells

  /// Every value of `inner` is one of `outer`.
  func holds(_ outer: Cell, _ inner: Cell) -> Bool {
    guard outer.lower <= inner.lower, inner.upper <= outer.upper else { return false }
    return outer.list < 0 || outer.list == inner.list || holdsWithGaps(outer, inner)
  }

  private func holdsWithGaps(_ outer: Cell, _ inner: Cell) -> Bool {
    if inner.lower == inner.upper { return sets[Int(outer.list)].contains(inner.lower) }
    return values(inner).isSubset(of: sets[Int(outer.list)])
  }

  func areDisjoint(_ a: Cell, _ b: Cell) -> Bool {
    if a.upper < b.lower || b.upper < a.lower { return true }
    if a.list < 0, b.list < 0 { return false }
    return values(a).isDisjoint(with: values(b))
  }

  /// nil when nothing is in both.
  mutating func intersection(_ a: Cell, _ b: Cell) -> Cell? {
    let lower = max(a.lower, b.lower)
    let upper = min(a.upper, b.upper)
    guard lower <= upper else { return nil }
    if a.list < 0, b.list < 0 { return Cell(a.field, lower, upper) }
    if holds(b, a) { return a }
    if holds(a, b) { return b }
    return cell(a.field, values(a).intersection(values(b)))
  }

  // MARK: Boxes

  /// Every packet of `inner` is in the box that is a slice of `cells`.
  func holds(_ cells: [Cell], _ range: Range<Int>, _ inner: [Cell]) -> Bool {
    var place = 0
    for index in range {
      let field = cells[index].field
      while place < inner.count, inner[place].field < field { place += 1 }
      guard place < inner.count, inner[place].field == field, holds(cells[index], inner[place]) else { return false }
    }
    return true
  }

  /// Some field that both constrain has no value in common.
  func areDisjoint(_ cells: [Cell], _ range: Range<Int>, _ other: [Cell]) -> Bool {
    var place = 0
    for index in range {
      let field = cells[index].field
      while place < other.count, other[place].field < field { place += 1 }
      if place < other.count, other[place].field == field, areDisjoint(cells[index], other[place]) { return true }
    }
    return false
  }

  /// Both conditions; nil when no packet meets them.
  mutating func intersection(_ a: [Cell], _ b: [Cell]) -> [Cell]? {
    if a.isEmpty { return b }
    if b.isEmpty { return a }
    var result: [Cell] = []
    result.reserveCapacity(a.count + b.count)
    var (i, j) = (0, 0)
    while i < a.count || j < b.count {
      if j >= b.count || (i < a.count && a[i].field < b[j].field) {
        result.append(a[i])
        i += 1
      } else if i >= a.count || b[j].field < a[i].field {
        result.append(b[j])
        j += 1
      } else {
        guard let cell = intersection(a[i], b[j]) else { return nil }
        result.append(cell)
        (i, j) = (i + 1, j + 1)
      }
    }
    return result
  }
}

extension [Cell] {
  /// The cell of a field, if the box constrains it.
  func cell(_ field: Field) -> Cell? {
    for cell in self where cell.field >= field.rawValue { return cell.field == field.rawValue ? cell : nil }
    return nil
  }

  /// Puts a cell in its place, instead of one of the same field if there is one.
  mutating func put(_ cell: Cell) {
    var place = count
    while place > 0, self[place - 1].field > cell.field { place -= 1 }
    if place > 0, self[place - 1].field == cell.field { self[place - 1] = cell } else { insert(cell, at: place) }
  }

  /// The fields it constrains.
  var fields: FieldSet {
    var set = FieldSet()
    for cell in self { set.bits |= UInt128(1) << UInt128(cell.field) }
    return set
  }
}
