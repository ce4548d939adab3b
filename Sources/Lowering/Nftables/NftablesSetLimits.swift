import FirewallModel
import NftablesSyntax
import PacketSets
import SourceText

// What the kernel says of the number of elements, and of elements that are deleted.
extension NftablesLowering {
  /// The `size` that the first declaration of the set states, in elements.
  func statedSize(of set: SetState) -> Int? {
    for entry in set.entries where reader.node(entry).word == .size {
      return reader.children(entry).first.flatMap { Int(reader.symbol($0)) }
    }
    return nil
  }

  /// How many elements the kernel holds: with `auto-merge` neighbours are one.
  static func number(_ elements: Set<Interval>, _ types: SetTypes) -> Int {
    types.mergesIntervals ? ValueSet(Array(elements)).intervalCount : elements.count
  }

  /// Reports a set that has more elements than its `size`. A size of 0 is none.
  mutating func reportTooMany(_ count: Int, of set: SetState, size: Int?) {
    guard let size, size > 0, count > size, reportedSizes.insert(set.origin).inserted else { return }
    let entry = set.entries.first { reader.node($0).word == .size }
    let place = entry.map { reader.range($0) } ?? set.origin
    reader.report(
      .notAllowedHere, "`\(set.name)` has \(count) elements, more than its size", at: place,
      labels: [Label("declared here", at: set.origin)], hint: "write `size \(count)`, or leave the size out")
  }

  /// Reports elements of `delete element` that the set does not have. `isAbsent`: one for each element read, in order.
  /// Said once for each command, at the first of them.
  mutating func reportAbsent(_ isAbsent: [Bool], _ literal: Ex, of set: SetState) {
    guard let first = isAbsent.firstIndex(of: true) else { return }
    let children = reader.children(literal)
    // Variables may stand for several elements: then the place is the whole.
    let place = children.count == isAbsent.count ? children[first] : literal
    reader.report(
      .undefinedReference, "there is no such element in `\(set.name)`", at: reader.range(place),
      labels: [Label("declared here", at: set.origin)],
      hint: "add it before it is deleted; intervals are deleted as they were added")
  }
}
