import FirewallModel
import PacketSets
import Packets

/// Do two rules say the same? Exact on what can be compared; in doubt they differ.
enum SameRule {
  static func areSame(_ a: Rule, _ b: Rule) -> Bool {
    guard let decision = verdict(a), decision == verdict(b) else { return false }
    guard let first = tests(a), let second = tests(b) else { return false }
    return first == second
  }

  /// The tests on single fields as one box; nil when there are others.
  private static func tests(_ rule: Rule) -> Box? {
    var box = Box()
    for step in rule.steps {
      switch step {
      case .match(let match):
        guard case .field(let field, let values) = match.condition else { return nil }
        box = box.narrowed(field, to: values)
      case .verdictMap: return nil
      case .effect(.counter, _), .verdict: continue
      case .effect: return nil
      }
    }
    return box
  }

  private static func verdict(_ rule: Rule) -> Verdict? {
    for step in rule.steps { if case .verdict(let verdict, _) = step { return verdict } }
    return nil
  }
}
