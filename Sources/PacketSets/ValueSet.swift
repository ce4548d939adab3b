package import Packets

/// A closed interval of unsigned numbers, `lower…upper`.
package struct Interval: Hashable, Comparable, Sendable {
  package var lower: UInt128
  package var upper: UInt128

  /// `upper` must not be below `lower`; it is raised to it if it is.
  @inlinable package init(_ lower: UInt128, _ upper: UInt128) {
    self.lower = lower
    self.upper = Swift.max(lower, upper)
  }
  @inlinable package init(_ value: UInt128) { self.init(value, value) }

  @inlinable package func contains(_ value: UInt128) -> Bool { lower <= value && value <= upper }

  package static func < (a: Interval, b: Interval) -> Bool { (a.lower, a.upper) < (b.lower, b.upper) }
}

/// An exact set of unsigned numbers: sorted, disjoint, non-adjacent closed intervals. The common cases of none and one
/// interval need no heap.
package struct ValueSet: Hashable, Sendable {
  package enum Storage: Hashable, Sendable {
    case empty
    case one(Interval)
    /// Two or more, normalised.
    case many([Interval])
  }
  package private(set) var storage: Storage

  package static let empty = ValueSet(storage: .empty)

  private init(storage: Storage) { self.storage = storage }

  package init(_ value: UInt128) { storage = .one(Interval(value)) }
  package init(_ interval: Interval) { storage = .one(interval) }
  /// All values of a field.
  package init(allOf field: Field) { storage = .one(Interval(0, field.maximum)) }

  /// Any intervals in any order; they are sorted and joined. O(n log n), O(n) when sorted already.
  package init(_ intervals: some Sequence<Interval>) {
    var sorted = Array(intervals)
    var isSorted = true
    for index in sorted.indices.dropFirst() where sorted[index] < sorted[index - 1] {
      isSorted = false
      break
    }
    if !isSorted { sorted.sortByLowerBound() }
    var joined: [Interval] = []
    joined.reserveCapacity(sorted.count)
    for interval in sorted {
      if let last = joined.last, last.upper == .max || interval.lower <= last.upper + 1 {
        if interval.upper > last.upper { joined[joined.count - 1].upper = interval.upper }
      } else {
        joined.append(interval)
      }
    }
    self.init(normalised: joined)
  }

  /// Single values in any order.
  package init(values: some Sequence<UInt128>) { self.init(values.map { Interval($0) }) }

  private init(normalised intervals: [Interval]) {
    switch intervals.count {
    case 0: storage = .empty
    case 1: storage = .one(intervals[0])
    default: storage = .many(intervals)
    }
  }

  package var intervals: [Interval] {
    switch storage {
    case .empty: []
    case .one(let interval): [interval]
    case .many(let intervals): intervals
    }
  }

  package var isEmpty: Bool { storage == .empty }

  /// The smallest value.
  package var first: UInt128? {
    switch storage {
    case .empty: nil
    case .one(let interval): interval.lower
    case .many(let intervals): intervals[0].lower
    }
  }

  /// The only value, when there is exactly one.
  package var single: UInt128? {
    if case .one(let interval) = storage, interval.lower == interval.upper { return interval.lower }
    return nil
  }

  /// The number of values, saturating at the largest number.
  package var count: UInt128 {
    var total: UInt128 = 0
    for interval in intervals {
      let (size, overflow) = (interval.upper - interval.lower).addingReportingOverflow(1)
      let (sum, overflow2) = total.addingReportingOverflow(size)
      if overflow || overflow2 { return .max }
      total = sum
    }
    return total
  }

  /// Binary search.
  package func contains(_ value: UInt128) -> Bool {
    switch storage {
    case .empty: return false
    case .one(let interval): return interval.contains(value)
    case .many(let intervals):
      var low = 0
      var high = intervals.count
      while low < high {
        let middle = (low + high) / 2
        if intervals[middle].upper < value { low = middle + 1 } else { high = middle }
      }
      return low < intervals.count && intervals[low].lower <= value
    }
  }

  /// Everything in `0…maximum` that is not in the set.
  package func complement(upTo maximum: UInt128) -> ValueSet {
    var result: [Interval] = []
    var next: UInt128 = 0
    for interval in intervals {
      if interval.lower > maximum { break }
      if interval.lower > next { result.append(Interval(next, interval.lower - 1)) }
      if interval.upper >= maximum { return ValueSet(normalised: result) }
      next = interval.upper + 1
    }
    result.append(Interval(next, maximum))
    return ValueSet(normalised: result)
  }

  package func complement(in field: Field) -> ValueSet { complement(upTo: field.maximum) }

  package func union(_ other: ValueSet) -> ValueSet {
    if isEmpty { return other }
    if other.isEmpty { return self }
    return ValueSet(intervals + other.intervals)
  }

  /// O(n + m).
  package func intersection(_ other: ValueSet) -> ValueSet {
    if case .one(let a) = storage, case .one(let b) = other.storage {
      let lower = max(a.lower, b.lower)
      let upper = min(a.upper, b.upper)
      return lower <= upper ? ValueSet(Interval(lower, upper)) : .empty
    }
    let a = intervals
    let b = other.intervals
    var result: [Interval] = []
    var i = 0
    var j = 0
    while i < a.count, j < b.count {
      let lower = max(a[i].lower, b[j].lower)
      let upper = min(a[i].upper, b[j].upper)
      if lower <= upper { result.append(Interval(lower, upper)) }
      if a[i].upper < b[j].upper { i += 1 } else { j += 1 }
    }
    return ValueSet(normalised: result)
  }

  package func subtracting(_ other: ValueSet) -> ValueSet {
    if isEmpty || other.isEmpty { return self }
    return intersection(other.complement(upTo: .max))
  }

  package func isDisjoint(with other: ValueSet) -> Bool {
    if case .one(let a) = storage, case .one(let b) = other.storage { return a.upper < b.lower || b.upper < a.lower }
    return intersection(other).isEmpty
  }

  package func isSubset(of other: ValueSet) -> Bool {
    switch (storage, other.storage) {
    case (.empty, _): return true
    case (_, .empty): return false
    case (.one(let a), .one(let b)): return b.lower <= a.lower && a.upper <= b.upper
    default: return intersection(other) == self
    }
  }
}
