package import FirewallModel
package import SourceText

/// What an edit of the text did to the model, found by comparing both models; nothing is taken from the remedy.
///
/// Edits leave all bytes outside their ranges as they are, so an old rule whose text no edit touched must be in the new
/// model with its text at the shifted place. What is not is removed, added, or an order that changed.
package struct RulesetDifference: Sendable {
  package struct ChainChange: Sendable {
    package var chain: ChainID
    /// Rules of the old model that are gone or whose text was edited.
    package var removed: [RuleID] = []
    /// Rules of the new model that are new or whose text was edited.
    package var added: [RuleID] = []
    package var policy: (old: Policy, new: Policy)?
  }

  /// In the order of chains; chains are the same in both models.
  package var changes: [ChainChange] = []

  /// Without removed rules that no packet can match: taking them all away at once changes nothing.
  func without(_ dead: Set<RuleID>) -> RulesetDifference {
    if dead.isEmpty { return self }
    var result = self
    for index in result.changes.indices { result.changes[index].removed.removeAll { dead.contains($0) } }
    result.changes.removeAll { $0.removed.isEmpty && $0.added.isEmpty && $0.policy == nil }
    return result
  }

  package var removed: [RuleID] { changes.flatMap(\.removed) }
  package var added: [RuleID] { changes.flatMap(\.added) }

  /// O(rules × log edits). Refused when something other than rules and policies differs.
  package init(old: Ruleset, new: Ruleset, edits: [TextEdit], file: SourceID) throws(Refusal) {
    try Self.checkFrame(old, new)
    let shift = OffsetMap(edits)
    for index in old.chains.indices {
      let id = ChainID(index)
      var change = ChainChange(chain: id)
      let before = old.chains[index].rules
      let after = new.chains[index].rules
      // Where the rules that were not edited must be now.
      var next = 0
      for (place, rule) in before.enumerated() {
        guard rule.origin.file != file || !shift.touches(rule.origin) else {
          change.removed.append(RuleID(chain: id, index: place))
          continue
        }
        let expected = rule.origin.file == file ? shift.moved(rule.origin.lower) : rule.origin.lower
        while next < after.count, !Self.isSame(after[next], rule, at: expected, file: file) {
          change.added.append(RuleID(chain: id, index: next))
          next += 1
        }
        guard next < after.count else { throw Refusal("the edit changes the order of rules it does not touch") }
        next += 1
      }
      while next < after.count {
        change.added.append(RuleID(chain: id, index: next))
        next += 1
      }
      if let a = old.chains[index].base?.policy, let b = new.chains[index].base?.policy, a != b {
        change.policy = (a, b)
      }
      if !change.removed.isEmpty || !change.added.isEmpty || change.policy != nil { changes.append(change) }
    }
  }

  private static func isSame(_ rule: Rule, _ old: Rule, at offset: UInt32, file: SourceID) -> Bool {
    (rule.origin.file == file) == (old.origin.file == file) && rule.origin.lower == offset
      && rule.origin.upper - rule.origin.lower == old.origin.upper - old.origin.lower
      && rule.steps.count == old.steps.count
  }

  /// Tables, chains, hooks and named sets must be the same.
  private static func checkFrame(_ old: Ruleset, _ new: Ruleset) throws(Refusal) {
    guard old.tables.count == new.tables.count, old.chains.count == new.chains.count,
      zip(old.tables, new.tables).allSatisfy({
        $0.family == $1.family && $0.name == $1.name && $0.isDormant == $1.isDormant && $0.chains == $1.chains
      }),
      zip(old.chains, new.chains).allSatisfy({ $0.name == $1.name && $0.table == $1.table && isSame($0.base, $1.base) }
      ),
      old.sets.filter({ !$0.name.isEmpty }).map(\.name) == new.sets.filter({ !$0.name.isEmpty }).map(\.name)
    else { throw Refusal("the edited text reads as other tables, chains or sets") }
  }

  /// Do both have the same tables, chains, hooks and named sets?
  static func haveSameFrame(_ old: Ruleset, _ new: Ruleset) -> Bool {
    do throws(Refusal) { try checkFrame(old, new) } catch { return false }
    return true
  }

  private static func isSame(_ a: BaseHook?, _ b: BaseHook?) -> Bool {
    switch (a, b) {
    case (nil, nil): true
    case (let a?, let b?):
      a.type == b.type && a.hook == b.hook && a.priority == b.priority && a.devices == b.devices
        && a.registration == b.registration
    default: false
    }
  }
}

/// Where bytes of the old text stand in the new one.
struct OffsetMap {
  private var edits: [TextEdit]
  /// Growth of the text by all edits up to and including each.
  private var growth: [Int] = []

  init(_ edits: [TextEdit]) {
    self.edits = edits.enumerated()
      .sorted {
        ($0.element.range.lower, $0.element.range.upper, $0.offset)
          < ($1.element.range.lower, $1.element.range.upper, $1.offset)
      }
      .map(\.element)
    var total = 0
    for edit in self.edits {
      total += edit.replacement.utf8.count - Int(edit.range.upper - edit.range.lower)
      growth.append(total)
    }
  }

  /// True when an edit changes bytes of the range or writes between them. Text written at its ends does not count.
  func touches(_ range: SourceRange) -> Bool {
    // Edits do not overlap, so the last one that begins before the range's end is the one that reaches furthest.
    var index = first { $0.range.lower >= range.upper } - 1
    while index >= 0 {
      let edit = edits[index].range
      if edit.upper > range.lower { return true }
      if edit.upper < range.lower || edit.lower < range.lower { return false }
      index -= 1
    }
    return false
  }

  /// The new offset of an old byte that no edit changes; text inserted at it stands before it.
  func moved(_ offset: UInt32) -> UInt32 {
    let index = first { $0.range.lower > offset } - 1
    return index < 0 ? offset : UInt32(clamping: Int(offset) + growth[index])
  }

  /// The index of the first edit for which a condition holds that holds for all later ones too.
  private func first(where holds: (TextEdit) -> Bool) -> Int {
    var low = 0
    var high = edits.count
    while low < high {
      let middle = (low + high) / 2
      if holds(edits[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
