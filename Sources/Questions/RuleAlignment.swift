/// Pairs equal rules of two lists in order, and says which ones have no partner. Lines up what is unique in both lists
/// first (longest common order of them), then what stands between. O(n log n).
enum RuleAlignment {
  struct Result {
    /// Places in the old and the new list, both rising.
    var pairs: [(old: Int, new: Int)] = []
  }

  static func align(_ old: [UInt64], _ new: [UInt64]) -> [(old: Int, new: Int)] {
    var pairs: [(old: Int, new: Int)] = []
    align(old, 0..<old.count, new, 0..<new.count, depth: 0, &pairs)
    return pairs
  }

  private static func align(
    _ old: [UInt64], _ oldRange: Range<Int>, _ new: [UInt64], _ newRange: Range<Int>, depth: Int,
    _ pairs: inout [(old: Int, new: Int)]
  ) {
    var (a, b) = (oldRange, newRange)
    while let x = a.first, let y = b.first, old[x] == new[y] {
      pairs.append((x, y))
      a = (x + 1)..<a.upperBound
      b = (y + 1)..<b.upperBound
    }
    var tail: [(old: Int, new: Int)] = []
    while let x = a.last, let y = b.last, old[x] == new[y] {
      tail.append((x, y))
      a = a.lowerBound..<x
      b = b.lowerBound..<y
    }
    if !a.isEmpty, !b.isEmpty {
      if a.count <= 64, b.count <= 64 {
        common(old, a, new, b, &pairs)
      } else {
        let anchors = depth < 24 ? anchors(old, a, new, b) : []
        if anchors.isEmpty { greedy(old, a, new, b, &pairs) }
        var (x, y) = (a.lowerBound, b.lowerBound)
        for anchor in anchors {
          align(old, x..<anchor.old, new, y..<anchor.new, depth: depth + 1, &pairs)
          pairs.append(anchor)
          (x, y) = (anchor.old + 1, anchor.new + 1)
        }
        if !anchors.isEmpty { align(old, x..<a.upperBound, new, y..<b.upperBound, depth: depth + 1, &pairs) }
      }
    }
    pairs += tail.reversed()
  }

  /// Keys that stand once in each list, in the longest order that both have.
  private static func anchors(
    _ old: [UInt64], _ a: Range<Int>, _ new: [UInt64], _ b: Range<Int>
  ) -> [(old: Int, new: Int)] {
    var places: [UInt64: Int] = [:]
    places.reserveCapacity(b.count)
    for index in b { places[new[index]] = places[new[index]] == nil ? index : -1 }
    var seen: [UInt64: Int] = [:]
    seen.reserveCapacity(a.count)
    for index in a { seen[old[index], default: 0] += 1 }
    var found: [(old: Int, new: Int)] = []
    for index in a where seen[old[index]] == 1 {
      if let place = places[old[index]], place >= 0 { found.append((index, place)) }
    }
    // Longest rising subsequence of the new places.
    var tails: [Int] = []
    var before = [Int](repeating: -1, count: found.count)
    for (index, pair) in found.enumerated() {
      var (low, high) = (0, tails.count)
      while low < high {
        let middle = (low + high) / 2
        if found[tails[middle]].new < pair.new { low = middle + 1 } else { high = middle }
      }
      if low > 0 { before[index] = tails[low - 1] }
      if low == tails.count { tails.append(index) } else { tails[low] = index }
    }
    var result: [(old: Int, new: Int)] = []
    var index = tails.last ?? -1
    while index >= 0 {
      result.append(found[index])
      index = before[index]
    }
    return result.reversed()
  }

  /// The longest common subsequence of short lists.
  private static func common(
    _ old: [UInt64], _ a: Range<Int>, _ new: [UInt64], _ b: Range<Int>, _ pairs: inout [(old: Int, new: Int)]
  ) {
    let width = b.count + 1
    var table = [Int32](repeating: 0, count: (a.count + 1) * width)
    for i in stride(from: a.count - 1, through: 0, by: -1) {
      for j in stride(from: b.count - 1, through: 0, by: -1) {
        table[i * width + j] =
          old[a.lowerBound + i] == new[b.lowerBound + j]
          ? table[(i + 1) * width + j + 1] + 1 : max(table[(i + 1) * width + j], table[i * width + j + 1])
      }
    }
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      if old[a.lowerBound + i] == new[b.lowerBound + j] {
        pairs.append((a.lowerBound + i, b.lowerBound + j))
        i += 1
        j += 1
      } else if table[(i + 1) * width + j] >= table[i * width + j + 1] {
        i += 1
      } else {
        j += 1
      }
    }
  }

  /// Takes the next equal one each time: for long stretches where nothing is unique.
  private static func greedy(
    _ old: [UInt64], _ a: Range<Int>, _ new: [UInt64], _ b: Range<Int>, _ pairs: inout [(old: Int, new: Int)]
  ) {
    var places: [UInt64: [Int]] = [:]
    for index in b.reversed() { places[new[index], default: []].append(index) }
    var next = b.lowerBound
    for index in a {
      while let place = places[old[index]]?.last, place < next { places[old[index]]?.removeLast() }
      guard let place = places[old[index]]?.last, place - next <= 64 else { continue }
      pairs.append((index, place))
      next = place + 1
    }
  }
}
