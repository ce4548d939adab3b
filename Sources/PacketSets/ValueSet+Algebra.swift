package import Packets

// Set operations. A set of one interval against one of many costs a binary search and what is left of the many; two
// long lists cost O(n + m), or O(m log n) where one is much shorter.
extension ValueSet {
  package func intersection(_ other: ValueSet) -> ValueSet {
    switch (storage, other.storage) {
    case (.empty, _), (_, .empty): return .empty
    case (.one(let a), .one(let b)):
      let lower = max(a.lower, b.lower)
      let upper = min(a.upper, b.upper)
      return lower <= upper ? ValueSet(Interval(lower, upper)) : .empty
    case (.many(let list), .one(let window)): return Self.clipped(list, to: window, whole: self)
    case (.one(let window), .many(let list)): return Self.clipped(list, to: window, whole: other)
    case (.many(let a), .many(let b)):
      var result: [Interval] = []
      Self.forEachCommon(a, b) { common in
        result.append(common)
        return true
      }
      return ValueSet(normalised: result)
    }
  }

  package func isDisjoint(with other: ValueSet) -> Bool {
    switch (storage, other.storage) {
    case (.empty, _), (_, .empty): return true
    case (.one(let a), .one(let b)): return a.upper < b.lower || b.upper < a.lower
    case (.many(let list), .one(let window)), (.one(let window), .many(let list)):
      let place = Self.firstPlace(in: list, endingAtOrAfter: window.lower)
      return place == list.count || window.upper < list[place].lower
    case (.many(let a), .many(let b)):
      var isDisjoint = true
      Self.forEachCommon(a, b) { _ in
        isDisjoint = false
        return false
      }
      return isDisjoint
    }
  }

  package func isSubset(of other: ValueSet) -> Bool {
    switch (storage, other.storage) {
    case (.empty, _): return true
    case (_, .empty): return false
    case (.one(let a), .one(let b)): return b.lower <= a.lower && a.upper <= b.upper
    case (.many(let list), .one(let window)):
      return window.lower <= list[0].lower && list[list.count - 1].upper <= window.upper
    case (.one(let a), .many(let list)): return Self.holds(list, a, from: 0) != nil
    case (.many(let a), .many(let b)):
      if a == b { return true }
      var place = 0
      for interval in a {
        guard let found = Self.holds(b, interval, from: place) else { return false }
        place = found
      }
      return true
    }
  }

  package func subtracting(_ other: ValueSet) -> ValueSet {
    switch (storage, other.storage) {
    case (.empty, _), (_, .empty): return self
    case (.one(let a), .one(let b)):
      if a.upper < b.lower || b.upper < a.lower { return self }
      var rest: [Interval] = []
      if a.lower < b.lower { rest.append(Interval(a.lower, b.lower - 1)) }
      if b.upper < a.upper { rest.append(Interval(b.upper + 1, a.upper)) }
      return ValueSet(normalised: rest)
    case (.one(let a), .many(let list)):
      var rest: [Interval] = []
      Self.subtract(list, from: a, startingAt: Self.firstPlace(in: list, endingAtOrAfter: a.lower), into: &rest)
      return ValueSet(normalised: rest)
    case (.many(let list), .one(let hole)):
      let first = Self.firstPlace(in: list, endingAtOrAfter: hole.lower)
      guard first < list.count, list[first].lower <= hole.upper else { return self }
      var rest = Array(list[..<first])
      for interval in list[first...] {
        if interval.lower < hole.lower { rest.append(Interval(interval.lower, hole.lower - 1)) }
        if interval.upper > hole.upper { rest.append(Interval(max(interval.lower, hole.upper + 1), interval.upper)) }
      }
      return ValueSet(normalised: rest)
    case (.many(let list), .many(let holes)):
      if list == holes { return .empty }
      var rest: [Interval] = []
      var place = 0
      for interval in list {
        place = Self.firstPlace(in: holes, endingAtOrAfter: interval.lower, near: place)
        Self.subtract(holes, from: interval, startingAt: place, into: &rest)
      }
      return ValueSet(normalised: rest)
    }
  }

  /// O(n + m).
  package func union(_ other: ValueSet) -> ValueSet {
    if isEmpty { return other }
    if other.isEmpty { return self }
    let (a, b) = (intervals, other.intervals)
    var merged: [Interval] = []
    merged.reserveCapacity(a.count + b.count)
    var (i, j) = (0, 0)
    while i < a.count || j < b.count {
      let takesFirst = j >= b.count || (i < a.count && a[i].lower <= b[j].lower)
      let next = takesFirst ? a[i] : b[j]
      if takesFirst { i += 1 } else { j += 1 }
      if let last = merged.last, last.upper == .max || next.lower <= last.upper + 1 {
        if next.upper > last.upper { merged[merged.count - 1].upper = next.upper }
      } else {
        merged.append(next)
      }
    }
    return ValueSet(normalised: merged)
  }

  /// Everything in `0…maximum` that is not in the set.
  package func complement(upTo maximum: UInt128) -> ValueSet { ValueSet(Interval(0, maximum)).subtracting(self) }

  package func complement(in field: Field) -> ValueSet { complement(upTo: field.maximum) }

  // MARK: Parts

  private static func clipped(_ list: [Interval], to window: Interval, whole: ValueSet) -> ValueSet {
    let first = firstPlace(in: list, endingAtOrAfter: window.lower)
    guard first < list.count, list[first].lower <= window.upper else { return .empty }
    let behind = firstPlace(in: list, endingAtOrAfter: window.upper, from: first)
    let last = behind < list.count && list[behind].lower <= window.upper ? behind : behind - 1
    if first == 0, last == list.count - 1, window.lower <= list[0].lower, list[last].upper <= window.upper {
      return whole
    }
    var slice = Array(list[first...last])
    slice[0].lower = max(slice[0].lower, window.lower)
    slice[slice.count - 1].upper = min(slice[slice.count - 1].upper, window.upper)
    return ValueSet(normalised: slice)
  }

  /// Calls `body` with each common interval, in order, until it says false.
  private static func forEachCommon(_ a: [Interval], _ b: [Interval], _ body: (Interval) -> Bool) {
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      if a[i].upper < b[j].lower {
        i = firstPlace(in: a, endingAtOrAfter: b[j].lower, near: i + 1)
      } else if b[j].upper < a[i].lower {
        j = firstPlace(in: b, endingAtOrAfter: a[i].lower, near: j + 1)
      } else {
        guard body(Interval(max(a[i].lower, b[j].lower), min(a[i].upper, b[j].upper))) else { return }
        if a[i].upper < b[j].upper { i += 1 } else { j += 1 }
      }
    }
  }

  /// As `firstPlace(in:endingAtOrAfter:from:)`, in steps that double: cheap when the place is near.
  private static func firstPlace(
    in intervals: [Interval], endingAtOrAfter value: UInt128, near start: Int
  ) -> Int {
    var low = start
    var step = 1
    while low + step < intervals.count, intervals[low + step].upper < value {
      low += step
      step *= 2
    }
    var high = min(intervals.count, low + step + 1)
    while low < high {
      let middle = (low + high) / 2
      if intervals[middle].upper < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The place of the interval that holds the given one, not before `start`.
  private static func holds(_ list: [Interval], _ interval: Interval, from start: Int) -> Int? {
    let place = firstPlace(in: list, endingAtOrAfter: interval.lower, near: start)
    guard place < list.count, list[place].lower <= interval.lower, interval.upper <= list[place].upper else {
      return nil
    }
    return place
  }

  private static func subtract(
    _ holes: [Interval], from interval: Interval, startingAt start: Int, into rest: inout [Interval]
  ) {
    var lower = interval.lower
    var place = start
    while place < holes.count, holes[place].lower <= interval.upper {
      if lower < holes[place].lower { rest.append(Interval(lower, holes[place].lower - 1)) }
      if holes[place].upper >= interval.upper { return }
      lower = holes[place].upper + 1
      place += 1
    }
    rest.append(Interval(lower, interval.upper))
  }
}
