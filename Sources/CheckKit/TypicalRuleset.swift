package import FirewallModel
import Packets

/// The rule set as an ordinary packet of a stranger meets it: the first of its kind for a while, so no rate is exceeded,
/// and its addresses are in no set that rules or other programs fill. What is found with it is at most `likely`.
package enum TypicalRuleset {
  /// With the rules that differ, in order; nil when the rule set has no such uncertainty.
  package static func make(_ ruleset: Ruleset) -> (ruleset: Ruleset, changed: [RuleID])? {
    var result = ruleset
    var changed: [RuleID] = []
    for chain in ruleset.chains.indices {
      for rule in ruleset.chains[chain].rules.indices {
        var isChanged = false
        for index in ruleset.chains[chain].rules[rule].steps.indices {
          guard case .match(var match) = ruleset.chains[chain].rules[rule].steps[index] else { continue }
          let steps = ruleset.chains[chain].rules[rule].steps
          guard let value = settled(match.condition, in: ruleset, of: steps) else { continue }
          match.condition = .constant(value)
          result.chains[chain].rules[rule].steps[index] = .match(match)
          isChanged = true
        }
        if isChanged { changed.append(RuleID(chain: ChainID(chain), index: rule)) }
      }
    }
    return changed.isEmpty ? nil : (result, changed)
  }

  private enum RuleOutcome { case accepts, refuses, goesOn, other }

  private static func outcome(of steps: [Step]) -> RuleOutcome {
    for step in steps.reversed() {
      switch step {
      case .verdict(.accept, _), .verdict(.translate, _): return .accepts
      case .verdict(.drop, _), .verdict(.reject, _): return .refuses
      case .verdict(.continue, _), .verdict(.return, _): return .goesOn
      case .verdict, .verdictMap: return .other
      case .match, .effect: continue
      }
    }
    return .goesOn
  }

  private static func settled(_ condition: Condition, in ruleset: Ruleset, of steps: [Step]) -> Bool? {
    switch condition {
    case .unknown(let uncertainty):
      switch (uncertainty.kind, outcome(of: steps)) {
      case (.rate, .accepts), (.rate, .goesOn), (.dynamicSet, .goesOn): return true
      case (.rate, .refuses), (.dynamicSet, .refuses), (.dynamicSet, .accepts): return false
      default: return nil
      }
    case .not(.unknown(let uncertainty)):
      return settled(.unknown(uncertainty), in: ruleset, of: steps)
    case .member(let id, let fields, let negated):
      guard ruleset.sets.indices.contains(id.index) else { return nil }
      guard fields.contains(.source) || fields.contains(.destination) else { return nil }
      if ruleset[id].isDynamic { return negated }
      if case .unknown = ruleset[id].contents { return negated }
      return nil
    case .not(.member(let id, let fields, let negated)):
      return settled(.member(id, fields, negated: !negated), in: ruleset, of: steps)
    default: return nil
    }
  }
}
