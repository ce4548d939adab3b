extension Array where Element == Interval {
  /// Sorts by lower bound. Many intervals with low bounds, such as a set of IPv4 addresses, are sorted digit by digit in
  /// linear time; the order of intervals with equal lower bounds then is that of the input.
  package mutating func sortByLowerBound() {
    var highest: UInt128 = 0
    for interval in self { highest |= interval.lower }
    guard count >= 2048, highest < UInt128(1) << 64 else { return sort() }
    let digit = 11
    let mask = UInt64(1) << UInt64(digit) - 1
    var other = self
    var counts: [Int] = []
    var shift: UInt64 = 0
    while shift < 64, UInt64(truncatingIfNeeded: highest) >> shift != 0 {
      counts.removeAll(keepingCapacity: true)
      counts.append(contentsOf: repeatElement(0, count: Int(mask) + 1))
      for interval in self { counts[Int(UInt64(truncatingIfNeeded: interval.lower) >> shift & mask)] &+= 1 }
      var next = 0
      for index in counts.indices {
        let count = counts[index]
        counts[index] = next
        next &+= count
      }
      for interval in self {
        let bucket = Int(UInt64(truncatingIfNeeded: interval.lower) >> shift & mask)
        other[counts[bucket]] = interval
        counts[bucket] &+= 1
      }
      swap(&self, &other)
      shift += UInt64(digit)
    }
  }
}
