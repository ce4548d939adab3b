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

  @inlinable package static func < (a: Interval, b: Interval) -> Bool {
    a.lower < b.lower || (a.lower == b.lower && a.upper < b.upper)
  }
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

  /// `intervals` must be sorted, disjoint and non-adjacent.
  init(normalised intervals: [Interval]) {
    switch intervals.count {
    case 0: storage = .empty
    case 1: storage = .one(intervals[0])
    default: storage = .many(intervals)
    }
  }

  package init(_ value: UInt128) { storage = .one(Interval(value)) }
  package init(_ interval: Interval) { storage = .one(interval) }
  /// All values of a field.
  package init(allOf field: Field) { storage = .one(Interval(0, field.maximum)) }

  /// Any intervals in any order; they are sorted and joined. O(n log n), O(n) when sorted already or when all bounds
  /// are below 2^32.
  package init(_ intervals: some Sequence<Interval>) {
    self.init(unordered: Array(intervals))
  }

  /// Single values in any order.
  package init(values: some Sequence<UInt128>) { self.init(unordered: values.map { Interval($0) }) }

  private init(unordered intervals: [Interval]) {
    let sorted = IntervalSort.sorted(intervals)
    // Most lists need no joining; they are then taken as they are.
    var first = 1
    while first < sorted.count, !Self.touch(sorted[first - 1], sorted[first]) { first += 1 }
    if first >= sorted.count {
      self.init(normalised: sorted)
      return
    }
    var joined = Array(sorted[..<first])
    joined.reserveCapacity(sorted.count)
    for interval in sorted[first...] {
      if let last = joined.last, Self.touch(last, interval) {
        if interval.upper > last.upper { joined[joined.count - 1].upper = interval.upper }
      } else {
        joined.append(interval)
      }
    }
    self.init(normalised: joined)
  }

  /// `b`, which does not start before `a`, overlaps it or starts right behind it.
  private static func touch(_ a: Interval, _ b: Interval) -> Bool { a.upper == .max || b.lower <= a.upper + 1 }

  package var intervals: [Interval] {
    switch storage {
    case .empty: []
    case .one(let interval): [interval]
    case .many(let intervals): intervals
    }
  }

  package var intervalCount: Int {
    switch storage {
    case .empty: 0
    case .one: 1
    case .many(let intervals): intervals.count
    }
  }

  package var isEmpty: Bool {
    if case .empty = storage { return true }
    return false
  }

  /// The smallest value.
  package var first: UInt128? { firstInterval?.lower }

  /// The largest value.
  package var last: UInt128? {
    switch storage {
    case .empty: nil
    case .one(let interval): interval.upper
    case .many(let intervals): intervals[intervals.count - 1].upper
    }
  }

  package var firstInterval: Interval? {
    switch storage {
    case .empty: nil
    case .one(let interval): interval
    case .many(let intervals): intervals[0]
    }
  }

  /// The smallest interval that holds the set; nil when empty.
  package var bounds: Interval? {
    switch storage {
    case .empty: nil
    case .one(let interval): interval
    case .many(let intervals): Interval(intervals[0].lower, intervals[intervals.count - 1].upper)
    }
  }

  /// The only value, when there is exactly one.
  package var single: UInt128? {
    if case .one(let interval) = storage, interval.lower == interval.upper { return interval.lower }
    return nil
  }

  /// The number of values, saturating at the largest number.
  package var count: UInt128 {
    switch storage {
    case .empty: return 0
    case .one(let interval):
      let (size, overflow) = (interval.upper - interval.lower).addingReportingOverflow(1)
      return overflow ? .max : size
    case .many(let intervals):
      var total: UInt128 = 0
      for interval in intervals {
        let (sum, overflow) = total.addingReportingOverflow(interval.upper - interval.lower + 1)
        if overflow { return .max }
        total = sum
      }
      return total
    }
  }

  /// Binary search.
  package func contains(_ value: UInt128) -> Bool {
    switch storage {
    case .empty: return false
    case .one(let interval): return interval.contains(value)
    case .many(let intervals):
      let place = Self.firstPlace(in: intervals, endingAtOrAfter: value)
      return place < intervals.count && intervals[place].lower <= value
    }
  }

  /// Index of the first interval whose upper bound is not below `value`; the count when there is none.
  static func firstPlace(in intervals: [Interval], endingAtOrAfter value: UInt128, from start: Int = 0) -> Int {
    var low = start
    var high = intervals.count
    while low < high {
      let middle = (low + high) / 2
      if intervals[middle].upper < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
