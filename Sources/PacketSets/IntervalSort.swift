/// Sorting of long lists of intervals.
package enum IntervalSort {
  /// Lists that are shorter are left to the general sort.
  private static let radixLimit = 2048

  /// In ascending order. Bounds below 2^32, as those of IPv4 addresses and ports, are sorted byte by byte.
  package static func sorted(_ intervals: [Interval]) -> [Interval] {
    var isSorted = true
    var union: UInt128 = 0
    for index in intervals.indices {
      if index > 0, intervals[index] < intervals[index - 1] { isSorted = false }
      union |= intervals[index].upper
    }
    if isSorted { return intervals }
    guard intervals.count >= radixLimit, union <= UInt128(UInt32.max) else { return intervals.sorted() }
    // Equal lower bounds may stand in any order: joining takes the larger upper bound.
    var keys = intervals.map {
      UInt64(truncatingIfNeeded: $0.lower) << 32 | UInt64(truncatingIfNeeded: $0.upper)
    }
    var other = [UInt64](repeating: 0, count: keys.count)
    for shift in stride(from: UInt64(32), to: 64, by: 11) {
      pass(keys, into: &other, shift)
      swap(&keys, &other)
    }
    return keys.map { Interval(UInt128($0 >> 32), UInt128($0 & 0xffff_ffff)) }
  }

  /// One stable pass over eleven bits.
  private static func pass(_ keys: [UInt64], into other: inout [UInt64], _ shift: UInt64) {
    var places = [Int](repeating: 0, count: 2049)
    for key in keys { places[Int(truncatingIfNeeded: key >> shift & 2047) + 1] += 1 }
    for index in 1..<places.count { places[index] += places[index - 1] }
    for key in keys {
      let bucket = Int(truncatingIfNeeded: key >> shift & 2047)
      other[places[bucket]] = key
      places[bucket] += 1
    }
  }
}
