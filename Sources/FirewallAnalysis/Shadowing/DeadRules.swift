package import FirewallModel
import PacketSets
import Packets

/// A rule that no packet can ever match, with the proof.
package struct DeadRule: Sendable, Hashable {
  package enum Reason: Sendable, Hashable {
    /// One earlier rule takes all of its packets.
    case covered(by: RuleID)
    /// An earlier rule of its chain takes every packet that comes that far.
    case afterEnd(RuleID)
    /// Earlier rules take all of its packets between them; none of them can be left out.
    case coveredTogether([RuleID])
    /// Its own step with this index contradicts an earlier one.
    case contradiction(step: Int)
    /// The rules that lead to its chain send none of its packets there; or they do, and the second list takes those.
    case notSent(by: [RuleID], takenBy: [RuleID])
  }
  package var rule: RuleID
  package var reason: Reason
  /// Some covering rule decides otherwise than the dead one: what it was meant to do does not happen.
  package var decidesOtherwise: Bool
}

/// All rules of a rule set that can never match.
package struct DeadRules: Sendable {
  /// In the order of chains and rules.
  package var rules: [DeadRule]
  /// False when the work budget ended the search: more may be dead.
  package var isComplete: Bool
  /// Rules passed, lookups, comparisons and parts of unions: grows with the cost, and is the same everywhere.
  package var work: Int
}

extension Analysis {
  /// Finds rules that can never match since earlier rules end every packet that would, on every way that leads to
  /// them, or since they contradict themselves or the jumps that lead there. Never a false one: a rule whose match is
  /// uncertain, or whose verdict lets packets go on, covers nothing. About linear in the number of rules; `budget`
  /// bounds the parts that unions are cut into.
  package func deadRules(budget: Int = 400_000) -> DeadRules {
    var search = DeadRuleSearch(ruleset, budget: budget)
    return search.run()
  }
}

extension Rule {
  /// The kind of end it makes, for comparing rules.
  var decision: String {
    for step in steps {
      switch step {
      case .verdict(let verdict, _):
        switch verdict {
        case .accept: return "accept"
        case .drop: return "drop"
        case .reject: return "reject"
        default: return "\(verdict)"
        }
      case .verdictMap: return "map"
      case .match, .effect: continue
      }
    }
    return "none"
  }
}
