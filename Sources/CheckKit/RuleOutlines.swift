package import FirewallModel
package import Packets

/// What each rule names and does, as a few machine words: checks pass over rules that cannot concern them without
/// looking at their steps. One pass over all rules.
package struct RuleOutlines: Sendable {
  package struct Traits: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Writes to the kernel log or to a logging group.
    package static let logs = Traits(rawValue: 1)
    /// Has a test that depends on a rate or on a set that changes.
    package static let hasRate = Traits(rawValue: 2)
    /// Exempts packets from connection tracking.
    package static let exempts = Traits(rawValue: 4)
    /// Ends with drop or reject.
    package static let refuses = Traits(rawValue: 8)
  }

  private struct Outline {
    var fields: UInt128 = 0
    var traits: Traits = []
  }
  private var outlines: [Outline] = []
  /// Index of each chain's first rule in `outlines`.
  private var starts: [Int] = []
  private var allFields: UInt128 = 0

  package init(_ ruleset: Ruleset) {
    outlines.reserveCapacity(ruleset.ruleCount)
    for chain in ruleset.chains.indices {
      starts.append(outlines.count)
      for rule in ruleset.chains[chain].rules.indices {
        let outline = Self.outline(ruleset.chains[chain].rules[rule])
        allFields |= outline.fields
        outlines.append(outline)
      }
    }
    starts.append(outlines.count)
  }

  /// Does some rule test the field?
  package func areNaming(_ field: Field) -> Bool { allFields & Self.bit(field) != 0 }

  package func isNaming(_ field: Field, _ rule: RuleID) -> Bool {
    outlines[starts[rule.chain.index] + rule.index].fields & Self.bit(field) != 0
  }

  /// The rules of one chain, or of all, that have all the traits and, where fields are given, test one of them. In
  /// order.
  package func rules(_ traits: Traits = [], naming fields: [Field] = [], of chain: ChainID? = nil) -> [RuleID] {
    let wanted = fields.reduce(UInt128(0)) { $0 | Self.bit($1) }
    if wanted != 0, allFields & wanted == 0 { return [] }
    var found: [RuleID] = []
    for index in chain.map({ $0.index..<$0.index + 1 }) ?? 0..<(starts.count - 1) {
      let start = starts[index]
      for place in start..<starts[index + 1] where outlines[place].traits.isSuperset(of: traits) {
        if wanted != 0, outlines[place].fields & wanted == 0 { continue }
        found.append(RuleID(chain: ChainID(index), index: place - start))
      }
    }
    return found
  }

  private static func bit(_ field: Field) -> UInt128 { UInt128(1) << UInt128(field.rawValue) }

  private static func outline(_ rule: Rule) -> Outline {
    var outline = Outline()
    for index in rule.steps.indices {
      switch rule.steps[index] {
      case .match(let match): add(match.condition, to: &outline, depth: 0)
      case .effect(.log, _): outline.traits.insert(.logs)
      case .effect(.notrack, _): outline.traits.insert(.exempts)
      case .verdict(.drop, _), .verdict(.reject, _): outline.traits.insert(.refuses)
      case .effect, .verdict, .verdictMap: continue
      }
    }
    return outline
  }

  private static func add(_ condition: Condition, to outline: inout Outline, depth: Int) {
    guard depth < 32 else { return }
    switch condition {
    case .field(let field, _), .masked(let field, _, _): outline.fields |= bit(field)
    case .member(_, let fields, _): for field in fields { outline.fields |= bit(field) }
    case .any(let list), .all(let list): for part in list { add(part, to: &outline, depth: depth + 1) }
    case .not(let inner): add(inner, to: &outline, depth: depth + 1)
    case .constant: return
    case .unknown(let why): if why.kind == .rate || why.kind == .dynamicSet { outline.traits.insert(.hasRate) }
    }
  }
}
