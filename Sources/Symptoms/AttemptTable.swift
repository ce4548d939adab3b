import Packets

/// The SYNs of one connection attempt, as far as the log has them.
package struct RepeatedAttempt: Sendable {
  var key: UInt64 = 0
  var first = -1e18
  /// SYNs seen, the first included.
  package fileprivate(set) var count = 0
  /// Seconds from the first to the last.
  package fileprivate(set) var span = 0.0
  /// Tenths of a second from the first SYN to the following ones, as many as there is room for.
  fileprivate var offsets: InlineArray<12, UInt16> = InlineArray(repeating: 0)

  /// Seconds from the first SYN to each one that came again; the first twelve.
  package var repeats: [Double] {
    (0..<min(max(count - 1, 0), 12)).map { Double(offsets[$0]) / 10 }
  }

  /// When the next one would have come: the distances double, or stay at one second for the first ones (Linux 6.5).
  package var next: Double {
    let times = [0] + repeats
    guard times.count >= 2, let last = times.last else { return span * 2 + 1 }
    let step = last - times[times.count - 2]
    if count > 13 { return span * 2 }
    if count == 2, step < 1.6 { return span + 2 }
    // Linear phase: four attempts a second apart, then the distances double.
    if step < 1.6 { return span < 4.5 ? span + 1 : span + 2 }
    return span + 2 * step
  }

  /// How long the peer waited: it was there for the last SYN and was gone before the next. Programs have round timeouts.
  package var estimate: (seconds: Double, bounds: ClosedRange<Double>) {
    let (low, high) = (max(span, 0.1), max(next, span + 1))
    // Gone at the end of the kernel's own schedule.
    if count >= 7, low > 60 { return (low < 65 ? 127 : 131, low...max(low, 131)) }
    let round: [Double] = [30, 60, 10, 5, 15, 20, 120, 45, 90, 25, 3, 8, 12, 6, 4, 2, 1]
    if let found = round.first(where: { $0 >= low - 0.1 && $0 <= high + 0.1 }) { return (found, low...high) }
    return ((low + high) / 2, low...high)
  }
}

/// Connection attempts by their addresses and ports, the last of each place in a fixed table: a SYN that comes again
/// 0.75 to 66 s later is a retransmission (1, 2, 4 … s apart, RFC 6298; a clock of whole seconds may show 1 s as 1 or 2).
struct AttemptTable: Sendable {
  private var places: [RepeatedAttempt]
  private static let size = 1024

  init() { places = Array(repeating: RepeatedAttempt(), count: Self.size) }

  /// Notes a SYN; true when it is a retransmission.
  @inline(__always) mutating func note(_ key: UInt64, at time: Double) -> Bool {
    let index = Int(truncatingIfNeeded: (key >> 20) & UInt64(Self.size - 1))
    guard places[index].key == key else {
      places[index].key = key
      places[index].first = time
      places[index].count = 1
      places[index].span = 0
      return false
    }
    return again(index, time)
  }

  @inline(never) private mutating func again(_ index: Int, _ time: Double) -> Bool {
    let span = time - places[index].first
    let gap = span - places[index].span
    if gap >= 0, gap < 0.75 { return false }
    guard gap >= 0.75, gap <= 66 else {
      places[index] = RepeatedAttempt(key: places[index].key, first: time, count: 1)
      return false
    }
    let number = places[index].count - 1
    if number < 12 { places[index].offsets[number] = UInt16(min(max(span * 10, 0), 65535)) }
    places[index].count += 1
    places[index].span = span
    return true
  }

  func attempt(_ key: UInt64) -> RepeatedAttempt {
    places[Int(truncatingIfNeeded: (key >> 20) & UInt64(Self.size - 1))]
  }
}
