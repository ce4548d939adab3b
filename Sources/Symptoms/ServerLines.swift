package import Knowledge
package import PacketLogs

/// What the lines of other logs say: one entry for each topic of the knowledge base.
package struct ServerLines: Sendable {
  package struct Entry: Sendable {
    package var topic: Topic
    package var count = 0
    package var first: Double?
    package var last: Double?
    package var timeBase = TimeBase.none
    /// The first line that said it.
    package var example: String
  }

  /// By id of the topic.
  private var entries: [String: Entry] = [:]
  private static let maximum = 256

  /// Most lines first.
  package var ordered: [Entry] {
    entries.values.sorted { ($1.count, $0.topic.id) < ($0.count, $1.topic.id) }
  }

  package init() {}

  mutating func note(_ line: ServerLine) -> Bool {
    let topics = Knowledge.serverTopics(line.text)
    for topic in topics {
      guard entries[topic.id] != nil || entries.count < Self.maximum else { continue }
      var entry = entries[topic.id] ?? Entry(topic: topic, example: line.text)
      entry.count += 1
      if line.timeBase != .none {
        if entry.first == nil {
          entry.first = line.time
          entry.timeBase = line.timeBase
        }
        entry.last = line.time
      }
      entries[topic.id] = entry
    }
    return !topics.isEmpty
  }

  mutating func append(_ later: ServerLines, shift: Double) {
    for (id, other) in later.entries {
      var other = other
      if other.timeBase == .yearless {
        other.first = other.first.map { $0 + shift }
        other.last = other.last.map { $0 + shift }
      }
      guard var entry = entries[id] else {
        if entries.count < Self.maximum { entries[id] = other }
        continue
      }
      entry.count += other.count
      if entry.first == nil { (entry.first, entry.timeBase) = (other.first, other.timeBase) }
      entry.last = other.last ?? entry.last
      entries[id] = entry
    }
  }
}
