/// The most frequent of many keys in fixed memory (the Space-Saving algorithm of Metwally, Agrawal and El Abbadi): exact
/// while there are no more keys than places; afterwards a count is too high by at most `error`, and any key with more
/// than total ÷ places occurrences is there.
struct HeavyHitters<let capacity: Int, Key: Hashable & Sendable>: Sendable {
  private var keys: InlineArray<capacity, Key>
  private var counts: InlineArray<capacity, Int>
  /// How much of each count may belong to keys that were here before.
  private var errors: InlineArray<capacity, Int>
  private(set) var used = 0
  /// Keys had to give way: counts are no longer exact.
  private(set) var isApproximate = false

  /// `filler` stands in the places that are not used yet.
  init(filler: Key) {
    keys = InlineArray(repeating: filler)
    counts = InlineArray(repeating: 0)
    errors = InlineArray(repeating: 0)
  }

  @inline(__always) mutating func add(_ key: Key) {
    var index = 0
    while index < used {
      if keys[index] == key {
        counts[index] &+= 1
        // Frequent keys move to the front, where they are found first.
        if index > 0, counts[index] > counts[index - 1] { exchange(index, index - 1) }
        return
      }
      index &+= 1
    }
    insert(key)
  }

  private mutating func exchange(_ a: Int, _ b: Int) {
    (keys[a], keys[b]) = (keys[b], keys[a])
    (counts[a], counts[b]) = (counts[b], counts[a])
    (errors[a], errors[b]) = (errors[b], errors[a])
  }

  @inline(never) private mutating func insert(_ key: Key) {
    if used < capacity {
      keys[used] = key
      counts[used] = 1
      errors[used] = 0
      used += 1
      return
    }
    isApproximate = true
    var least = capacity - 1
    for index in 0..<capacity where counts[index] < counts[least] { least = index }
    keys[least] = key
    errors[least] = counts[least]
    counts[least] += 1
  }

  /// Takes another count over: lower bounds are added, so that they stay lower bounds; the rarest give way.
  mutating func append(_ other: HeavyHitters) {
    guard other.used > 0 else { return }
    if used == 0 {
      self = other
      return
    }
    var all: [(key: Key, count: Int)] = (0..<used).map { (keys[$0], counts[$0] - errors[$0]) }
    for index in 0..<other.used {
      let (key, count) = (other.keys[index], other.counts[index] - other.errors[index])
      if let known = all.firstIndex(where: { $0.key == key }) {
        all[known].count += count
      } else {
        all.append((key, count))
      }
    }
    isApproximate = isApproximate || other.isApproximate || all.count > capacity
    let kept = all.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.prefix(
      capacity)
    used = kept.count
    for (index, entry) in kept.enumerated() {
      keys[index] = entry.element.key
      counts[index] = entry.element.count
      errors[index] = 0
    }
  }

  /// Most frequent first; equal ones by order of arrival. Counts are lower bounds.
  var ordered: [(key: Key, count: Int)] {
    (0..<used).map { (offset: $0, key: keys[$0], count: counts[$0] - errors[$0]) }
      .sorted { ($1.count, $0.offset) < ($0.count, $1.offset) }
      .map { ($0.key, $0.count) }
  }
}

/// An address with its family, as a key.
struct AddressKey: Hashable, Sendable {
  var value: UInt128
  var isV6: Bool
  static let none = AddressKey(value: 0, isV6: false)
}
