/// The most frequent of many keys in fixed memory (the Space-Saving algorithm of Metwally, Agrawal and El Abbadi): exact
/// while there are no more keys than places; afterwards a count is too high by at most `error`, and any key with more
/// than total ÷ places occurrences is there.
struct HeavyHitters<Key: Hashable & Sendable>: Sendable {
  struct Entry: Sendable {
    var key: Key
    var count: Int
    /// How much of the count may belong to keys that were here before.
    var error: Int
  }
  private(set) var entries: [Entry] = []
  private let capacity: Int
  /// Keys had to give way: counts are no longer exact.
  private(set) var isApproximate = false

  init(capacity: Int) { self.capacity = capacity }

  @inline(__always) mutating func add(_ key: Key) {
    for index in entries.indices where entries[index].key == key {
      entries[index].count &+= 1
      // Frequent keys move to the front, where they are found first.
      if index > 0, entries[index].count > entries[index - 1].count { entries.swapAt(index, index - 1) }
      return
    }
    insert(key)
  }

  @inline(never) private mutating func insert(_ key: Key) {
    if entries.count < capacity {
      entries.append(Entry(key: key, count: 1, error: 0))
      return
    }
    isApproximate = true
    var least = entries.count - 1
    for index in entries.indices where entries[index].count < entries[least].count { least = index }
    guard least >= 0 else { return }
    entries[least] = Entry(key: key, count: entries[least].count + 1, error: entries[least].count)
  }

  /// Most frequent first; equal ones by order of arrival. Counts are lower bounds.
  var ordered: [(key: Key, count: Int)] {
    entries.enumerated().map { (offset: $0.offset, key: $0.element.key, count: $0.element.count - $0.element.error) }
      .sorted { ($1.count, $0.offset) < ($0.count, $1.offset) }
      .map { ($0.key, $0.count) }
  }
}

/// An address with its family, as a key.
struct AddressKey: Hashable, Sendable {
  var value: UInt128
  var isV6: Bool
}
