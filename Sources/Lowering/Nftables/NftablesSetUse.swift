import FirewallModel
import NftablesSyntax
import PacketSets
import SourceText

// Whether a set or map holds what the rules look up in it.
extension NftablesLowering {
  typealias FieldType = (type: Datatype, width: Int)

  /// Reports a set whose key is of other types than what is looked up in it. False: it was wrong.
  @discardableResult
  mutating func checkKey(_ set: SetID, _ selectors: [Selector], at range: SourceRange) -> Bool {
    let types = typesOfSets[set.index]
    guard !types.hasUnknown, !types.key.isEmpty, !selectors.isEmpty else { return true }
    let isWrong =
      types.key.count != selectors.count
      || zip(types.key, selectors).contains { Self.differ($0.type, $1.type) }
    guard isWrong else { return true }
    let wanted = selectors.map(\.type)
    let other = ruleset.sets.indices.first { index in
      let key = typesOfSets[index].key
      return ruleset.sets[index].table == ruleset.sets[set.index].table && !ruleset.sets[index].name.isEmpty
        && key.count == wanted.count && zip(key, wanted).allSatisfy { $0.type == $1 }
    }
    reader.report(
      .typeError,
      "`\(ruleset.sets[set.index].name)` has keys of type \(Self.title(types.key.map(\.type))), not "
        + Self.title(wanted), at: range, labels: [Label("declared here", at: ruleset.sets[set.index].origin)],
      hint: other.map { "`@\(ruleset.sets[$0].name)` has keys of this type" })
    return false
  }

  /// Reports a map whose data are of other types than what the statement takes. False: it was wrong.
  @discardableResult
  mutating func checkData(_ set: SetID, _ wanted: [FieldType], at range: SourceRange) -> Bool {
    let types = typesOfSets[set.index]
    guard !types.hasUnknown else { return true }
    let name = ruleset.sets[set.index].name
    let label = Label("declared here", at: ruleset.sets[set.index].origin)
    guard types.isMap else {
      reader.report(
        .typeError, "`\(name)` is a set and not a map: its elements give no data", at: range, labels: [label])
      return false
    }
    guard let first = types.data.first, let want = wanted.first else { return true }
    let isVerdict = first.type == .verdict
    let isWrong =
      isVerdict != (want.type == .verdict)
      || (types.data.count == wanted.count && zip(types.data, wanted).contains { Self.differ($0.type, $1.type) })
    guard isWrong else { return true }
    reader.report(
      .typeError,
      "map `\(name)` gives \(Self.title(types.data.map(\.type))), but \(Self.title(wanted.map(\.type))) is wanted",
      at: range, labels: [label],
      hint: isVerdict
        ? "a map of verdicts is used by `vmap`" : want.type == .verdict ? "use `map`, or data of type `verdict`" : nil)
    return false
  }

  /// True when a value of one type cannot be one of the other. Only types that a field has for certain count.
  static func differ(_ a: Datatype, _ b: Datatype) -> Bool { a != b && isFirm(a) && isFirm(b) }

  private static func isFirm(_ type: Datatype) -> Bool {
    switch type {
    case .ipv4Address, .ipv6Address, .etherAddress, .inetService, .inetProtocol, .etherType, .mark, .ifName, .ifIndex,
      .ctState, .icmpType, .icmpv6Type, .icmpCode, .icmpv6Code, .uid, .gid, .tcpFlag, .dscp, .ecn, .packetType,
      .deviceGroup, .nfproto, .verdict, .arpOperation, .ctDirection, .realm:
      true
    default: false
    }
  }

  static func title(_ types: [Datatype]) -> String { types.map(\.title).joined(separator: " . ") }

  // MARK: Elements

  /// A set without `flags interval` holds single values only: nft refuses each prefix, range and wildcard.
  mutating func reportIntervals(_ literal: Ex, in set: SetState, depth: Int = 0) {
    guard depth < 32 else { return }
    var child = reader.firstChild(literal)
    while child.node != 0 {
      var key = child
      if reader.node(key).kind == .mapping { key = reader.firstChild(key) }
      let parts = reader.node(key).kind == .concatenation ? reader.children(key) : [key]
      for part in parts {
        guard let part = reader.resolve(part) else { continue }
        switch reader.node(part).kind {
        case .setLiteral: reportIntervals(part, in: set, depth: depth + 1)
        case .prefix, .range: reportInterval(part, reader.node(part).kind == .prefix ? "a prefix" : "a range", set)
        case .symbol:
          let name = reader.symbol(part)
          if name.hasSuffix("*"), !name.hasSuffix("\\*") { reportInterval(part, "a wildcard", set) }
        default: break
        }
      }
      child = reader.sibling(child)
    }
  }

  private mutating func reportInterval(_ x: Ex, _ what: String, _ set: SetState) {
    reader.report(
      .typeError, "\(what) in set `\(set.name)`, which holds single values only", at: reader.range(x),
      labels: [Label("declared here", at: set.origin)], hint: "add `flags interval` to the set")
  }

  /// Intervals of a set must not overlap unless it says `auto-merge`. Sorts the intervals. O(n log n).
  mutating func reportOverlaps(_ intervals: inout [Interval], of set: SetState, width: Int) {
    intervals.sortByLowerBound()
    // `*` holds what no other element holds.
    let everything = Interval(0, NftablesReader.maximum(width))
    var overlapping: [Interval] = []
    var last = intervals.first
    for interval in intervals.dropFirst() {
      if interval == everything { continue }
      if let before = last, before != everything, interval.lower <= before.upper, interval != before {
        overlapping.append(interval)
      }
      if last == everything || interval.upper > last?.upper ?? 0 { last = interval }
      if overlapping.count >= 100 { break }
    }
    guard !overlapping.isEmpty else { return }
    // Now the elements are read once more, to say where they stand.
    let types = typesOfSet(set)
    guard let type = types.key.first else { return }
    var found: [(interval: Interval, origin: SourceRange)] = []
    for (elements, isDeletion) in set.elements where !isDeletion {
      if let literal = reader.resolve(elements) { locate(literal, type, into: &found, depth: 0) }
    }
    found.removeAll { $0.interval == everything }
    found.sort { ($0.interval, $0.origin) < ($1.interval, $1.origin) }
    var previous = found.first
    for element in found.dropFirst() {
      if let before = previous, element.interval.lower <= before.interval.upper, element.interval != before.interval {
        let second = max(element.origin, before.origin)
        reader.report(
          .conflictingIntervals, "this element overlaps another of set `\(set.name)`", at: second,
          labels: [Label("the other one", at: min(element.origin, before.origin))],
          hint: "add `auto-merge` to the set, or leave one of them out")
      }
      if element.interval.upper > previous?.interval.upper ?? 0 { previous = element }
    }
  }

  private mutating func locate(
    _ literal: Ex, _ type: FieldType, into found: inout [(interval: Interval, origin: SourceRange)], depth: Int
  ) {
    guard depth < 32, found.count < 100_000 else { return }
    var child = reader.firstChild(literal)
    while child.node != 0 {
      var key = child
      if reader.node(key).kind == .mapping { key = reader.firstChild(key) }
      if let resolved = reader.resolve(key) {
        if reader.node(resolved).kind == .setLiteral {
          locate(resolved, type, into: &found, depth: depth + 1)
        } else if let interval = reader.constant(resolved, type.type, width: type.width).interval {
          found.append((interval, reader.range(key)))
        }
      }
      child = reader.sibling(child)
    }
  }

  /// The kernel refuses an element of a concatenated set whose first or last key lies in an element before it.
  mutating func reportOverlaps(_ tuples: [[Interval]], of set: SetState) {
    guard tuples.count > 1, tuples.count <= 1000 else { return }
    for (index, tuple) in tuples.enumerated() {
      for other in tuples[..<index] where other != tuple {
        let holdsFirst = zip(other, tuple).allSatisfy { $0.contains($1.lower) }
        let holdsLast = zip(other, tuple).allSatisfy { $0.contains($1.upper) }
        if holdsFirst || holdsLast {
          reader.report(
            .conflictingIntervals, "element \(index + 1) of set `\(set.name)` overlaps one before it", at: set.origin)
          return
        }
      }
    }
  }
}
