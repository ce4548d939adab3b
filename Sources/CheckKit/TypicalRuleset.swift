package import FirewallModel
import Packets

/// The rule set as an ordinary packet of a stranger meets it: the first of its kind for a while, so no rate is exceeded,
/// and its addresses are in no set that rules or other programs fill. What is found with it is at most `likely`.
package enum TypicalRuleset {
  /// nil when the rule set has no such uncertainty.
  package static func make(_ ruleset: Ruleset) -> Ruleset? {
    var result = ruleset
    var isChanged = false
    for chain in result.chains.indices {
      for rule in result.chains[chain].rules.indices {
        let steps = result.chains[chain].rules[rule].steps
        for (index, step) in steps.enumerated() {
          guard case .match(var match) = step else { continue }
          guard let value = settled(match.condition, in: ruleset, outcome: outcome(of: steps)) else { continue }
          match.condition = .constant(value)
          result.chains[chain].rules[rule].steps[index] = .match(match)
          isChanged = true
        }
      }
    }
    return isChanged ? result : nil
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

  private static func settled(_ condition: Condition, in ruleset: Ruleset, outcome: RuleOutcome) -> Bool? {
    switch condition {
    case .unknown(let uncertainty):
      switch (uncertainty.kind, outcome) {
      case (.rate, .accepts), (.rate, .goesOn), (.dynamicSet, .goesOn): return true
      case (.rate, .refuses), (.dynamicSet, .refuses), (.dynamicSet, .accepts): return false
      default: return nil
      }
    case .not(.unknown(let uncertainty)):
      return settled(.unknown(uncertainty), in: ruleset, outcome: outcome)
    case .member(let id, let fields, let negated):
      guard ruleset.sets.indices.contains(id.index) else { return nil }
      guard fields.contains(.source) || fields.contains(.destination) else { return nil }
      if ruleset[id].isDynamic { return negated }
      if case .unknown = ruleset[id].contents { return negated }
      return nil
    case .not(.member(let id, let fields, let negated)):
      return settled(.member(id, fields, negated: !negated), in: ruleset, outcome: outcome)
    default: return nil
    }
  }
}
