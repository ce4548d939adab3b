/// Finds the names that a misspelt word may have meant.
package enum NearMiss {
  /// Up to three candidates within a third of the word's length (at least one edit), nearest first, then in the
  /// order given. Cost: the product of the lengths for each candidate; words beyond 64 bytes have no near miss.
  package static func nearest(to word: String, among candidates: [String]) -> [String] {
    let wanted = Array(word.utf8.prefix(65))
    guard !wanted.isEmpty, wanted.count <= 64 else { return [] }
    let limit = max(1, wanted.count / 3)
    var found: [(distance: Int, order: Int, name: String)] = []
    for (order, name) in candidates.enumerated() {
      let bytes = Array(name.utf8.prefix(65))
      guard abs(bytes.count - wanted.count) <= limit else { continue }
      let distance = distance(wanted, bytes)
      if distance <= limit { found.append((distance, order, name)) }
    }
    found.sort { ($0.distance, $0.order) < ($1.distance, $1.order) }
    var names: [String] = []
    for entry in found where !names.contains(entry.name) {
      names.append(entry.name)
      if names.count == 3 { break }
    }
    return names
  }

  /// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours, each at cost 1.
  private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      row.reserveCapacity(b.count + 1)
      for j in 0..<b.count {
        var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
        row.append(best)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
