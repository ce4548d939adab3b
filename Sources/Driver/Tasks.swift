/// Runs `work` for each item, at most `limit` at a time, and gives the results in the order of the items.
func concurrentMap<Item: Sendable, Result: Sendable>(
  _ items: [Item], limit: Int, _ work: @escaping @Sendable (Item) -> Result
) async -> [Result] {
  if items.count <= 1 || limit <= 1 { return items.map(work) }
  return await withTaskGroup(of: (Int, Result).self) { group in
    var results = [Result?](repeating: nil, count: items.count)
    var next = 0
    while next < min(limit, items.count) {
      let index = next
      let item = items[index]
      group.addTask { (index, work(item)) }
      next += 1
    }
    for await (index, result) in group {
      results[index] = result
      if next < items.count {
        let index = next
        let item = items[index]
        group.addTask { (index, work(item)) }
        next += 1
      }
    }
    return results.compactMap { $0 }
  }
}
