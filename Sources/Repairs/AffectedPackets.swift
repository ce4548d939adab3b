import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// The packets whose fate an edit can change at all: those that reach a touched rule and match it.
enum AffectedPackets {
  struct Part: Hashable {
    /// Where the journey ends.
    var hook: Hook
    var region: Box
  }

  private static let maximumPieces = 512

  /// A verdict that no rule set has: 250 is no code of ICMP type 3.
  private static let mark = RejectKind.icmp(code: 250)

  /// An upper bound of the packets that reach and match one of the given rules, in disjoint pieces for each rule.
  ///
  /// In a copy of the rule set the rules end with a verdict that no other rule has. Statements that hold only at times
  /// (rates, sets filled from outside) and end with a verdict can only keep packets away from the rules behind them, so
  /// they are left out of the copy: refusals everywhere, accepts under the same base chains (elsewhere an accept can spare
  /// a packet a refusal, and so lead it here). A `return` at times, from a chain that leads to no touched rule, only brings
  /// packets here: in the copy it is for good.
  /// `isCertain`: only the packets that are sure to get there.
  static func parts(
    _ analysis: Analysis, _ changes: [(chain: ChainID, rules: [RuleID])], isCertain: Bool = false
  ) throws(Refusal) -> [Part] {
    let touched = changes.flatMap(\.rules)
    if touched.isEmpty { return [] }
    let reach = ChainReach(analysis.ruleset)
    var probe = withoutUncertainVerdicts(analysis.ruleset, keeping: Set(touched), changes.map(\.chain), reach)
    for rule in touched {
      let origin = probe[rule].origin
      let matches = analysis.ruleset[rule].steps.filter { if case .match = $0 { true } else { false } }
      probe.chains[rule.chain.index].rules[rule.index].steps = matches + [.verdict(.reject(mark), at: origin)]
    }
    let probed = Analysis(probe, host: analysis.host)
    let rewritten = RuleRegion.rewrittenFields(analysis.ruleset)
    let budget = min(EditEffect.budget, max(20_000, EditEffect.totalBudget / touched.count))
    var found: Set<Part> = []
    var parts: [Part] = []
    for change in changes {
      let hidden = rewritten.union(reach.hiddenFields(of: change.chain))
      for hook in reach.journeys[change.chain.index] {
        for rule in change.rules {
          let region = RuleRegion.box(of: analysis.ruleset[rule], rewritten: hidden)
          if region.isEmpty { continue }
          let partition = probed.partition(region, at: hook, budget: budget)
          guard partition.isComplete else {
            throw Refusal("the packets concerned were not worked out within the budget")
          }
          for piece in partition.pieces
          where piece.outcome == .reject(mark) || (piece.outcome.isUncertain && !isCertain) {
            let part = Part(hook: hook, region: piece.region)
            if found.insert(part).inserted { parts.append(part) }
            guard parts.count <= maximumPieces else { throw Refusal("too many kinds of packets are concerned") }
          }
        }
      }
    }
    return parts
  }

  private static func withoutUncertainVerdicts(
    _ ruleset: Ruleset, keeping touched: Set<RuleID>, _ chains: [ChainID], _ reach: ChainReach
  ) -> Ruleset {
    var result = ruleset
    for index in ruleset.chains.indices {
      let isUnder = chains.allSatisfy { reach.isUnderSameBases(ChainID(index), as: $0) }
      for (place, rule) in ruleset.chains[index].rules.enumerated() {
        guard !touched.contains(RuleID(chain: ChainID(index), index: place)) else { continue }
        guard let verdict = uncertainVerdict(rule, ruleset) else { continue }
        let isLeftOut: Bool =
          switch verdict {
          case .drop, .reject: true
          case .accept: isUnder
          default: false
          }
        if case .return = verdict, isUnder, ruleset.chains[index].base == nil,
          !chains.contains(where: { reach.leads(ChainID(index), to: $0) })
        {
          result.chains[index].rules[place].steps.removeAll { step in
            if case .match(let match) = step { isUncertain(match.condition, ruleset) } else { false }
          }
        } else if isLeftOut {
          result.chains[index].rules[place].steps = [.match(Match(.constant(false), at: rule.origin))]
        }
      }
    }
    return result
  }

  /// The verdict of a rule that matches only at times and does nothing else; nil for other rules.
  private static func uncertainVerdict(_ rule: Rule, _ ruleset: Ruleset) -> Verdict? {
    var isUncertain = false
    for step in rule.steps {
      switch step {
      case .match(let match): isUncertain = isUncertain || self.isUncertain(match.condition, ruleset)
      case .effect(let effect, _): if !effect.leavesPacketAlone { return nil }
      case .verdict(let verdict, _): return isUncertain ? verdict : nil
      case .verdictMap: return nil
      }
    }
    return nil
  }

  private static func isUncertain(_ condition: Condition, _ ruleset: Ruleset) -> Bool {
    switch condition {
    case .unknown: return true
    case .member(let id, _, _):
      guard ruleset.sets.indices.contains(id.index) else { return true }
      if case .unknown = ruleset[id].contents { return true }
      return ruleset[id].isDynamic
    case .any(let parts), .all(let parts): return parts.contains { isUncertain($0, ruleset) }
    case .not(let part): return isUncertain(part, ruleset)
    case .field, .masked, .constant: return false
    }
  }
}

extension Outcome {
  var isUncertain: Bool {
    if case .may = self { return true }
    return false
  }
}
