import CheckKit
import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets
import SourceText

extension CheckContext {
  /// A chain as its users name it: `inet filter forward`, or `FORWARD` of table filter.
  func name(_ chain: ChainID) -> String {
    let table = ruleset[ruleset[chain].table]
    if table.dialect.isIptables { return "chain `\(ruleset[chain].name)` of table `\(table.name)`" }
    return "`\(table.family.rawValue) \(table.name) \(ruleset[chain].name)`"
  }

  /// A label at the rule or policy that decided.
  func label(_ number: Int?, at trace: Trace, _ prefix: String) -> Label? {
    guard let place = range(of: trace.decider) else { return nil }
    let verb: String
    switch trace.outcome {
    case .accept: verb = "accepted"
    case .drop: verb = "dropped"
    case .reject: verb = "rejected"
    default: verb = "decided"
    }
    let ordinal = number.map { "\($0): " } ?? ""
    return Label("\(ordinal)\(prefix)\(verb)", at: place.range)
  }

  /// The words of a rule that test a field, when there are some.
  func match(on field: Field, in rule: RuleID) -> (set: Set<ConntrackState>, range: SourceRange)? {
    for step in ruleset[rule].steps {
      guard case .match(let match) = step, case .field(field, let values) = match.condition else { continue }
      let states = ConntrackState.allCases.filter { values.contains(UInt128($0.rawValue)) }
      return (Set(states), match.origin)
    }
    return nil
  }

  /// Does the rule itself test the field, in the text or by implication?
  func tests(_ field: Field, _ rule: RuleID) -> Bool {
    ruleset[rule].steps.contains { step in
      guard case .match(let match) = step else { return false }
      return Self.mentions(field, match.condition, depth: 0)
    }
  }

  private static func mentions(_ field: Field, _ condition: Condition, depth: Int) -> Bool {
    guard depth < 32 else { return false }
    switch condition {
    case .field(let found, _): return found == field
    case .masked(let found, _, _): return found == field
    case .member(_, let fields, _): return fields.contains(field)
    case .any(let list), .all(let list): return list.contains { mentions(field, $0, depth: depth + 1) }
    case .not(let inner): return mentions(field, inner, depth: depth + 1)
    case .constant, .unknown: return false
    }
  }

  /// Before the rule that decided, or at the end of the chain whose policy did; nil where neither is in the text.
  func placeBefore(_ decider: Decider) -> Remedy.Place? {
    if let rule = decider.rule { return .before(rule) }
    return decider.chain.map { .atEnd($0) }
  }
}

/// "80, 443 and 8080" for people.
func listed(_ words: [String]) -> String {
  guard let last = words.last else { return "" }
  if words.count == 1 { return last }
  return words.dropLast().joined(separator: ", ") + " and " + last
}

/// Keeps the first finding for each key, in order.
func firstOfEach<Key: Hashable>(_ findings: [Finding], by key: (Finding) -> Key) -> [Finding] {
  var seen: Set<Key> = []
  return findings.filter { seen.insert(key($0)).inserted }
}

extension CheckContext {
  /// Asks about each rule that tests one of the fields, in order.
  func eachRule(naming fields: Field..., body: (RuleID, Rule) -> Finding?) -> [Finding] {
    outlines.rules(naming: fields).compactMap { body($0, ruleset[$0]) }
  }
}
