package import FirewallModel
import PacketSets
import Packets

/// The rule set in the form that both walks run over: for each rule its class mask and its steps as plain numbers.
struct Program: Sendable {
  /// Indexed by `ChainID`.
  var chains: [CompiledChain]
  /// For IPv4 and IPv6, by the hook where the way ends.
  var journeys: [Journey]
  /// The whole way through a host, for IPv4 and IPv6.
  var places: (v4: HostPlaces, v6: HostPlaces)
  /// Pool of the intervals that `CompiledTest.many` refers to.
  var intervals: [Interval]
  /// See `Analysis.volatileFields(_:)`.
  var volatileFields: [Field]

  func translates(isV4: Bool) -> Bool { journey(to: .input, isV4: isV4).translates }

  func journey(to hook: Hook, isV4: Bool) -> Journey { journeys[Int(hook.rawValue) * 2 + (isV4 ? 0 : 1)] }
}

struct CompiledChain: Sendable {
  var rules: [CompiledRule]
  var masks: [UInt64]
  /// A rule of the chain or of a chain it calls may change fields that later rules read.
  var isEmpty: Bool { rules.isEmpty }
}

struct CompiledRule: Sendable {
  /// Tests that all must hold for the rule to do anything; they stand before every effect that changes something.
  var tests: [CompiledTest]
  /// Step index at which the walk goes on after the tests: what is left (effects, verdicts, harder conditions).
  var firstHardStep: Int32
  /// Whatever it matches, the packet goes on with the next rule unchanged (log, counter, comment only).
  var isInert: Bool
}

/// One simple condition: `lower ≤ field ≤ upper`, or membership in a pooled interval list.
struct CompiledTest: Sendable {
  var lower: UInt128
  var upper: UInt128
  var field: Field
  /// The interval list in the pool, sorted; 0 when the bounds say it all.
  var poolCount: Int32
  var poolStart: Int32
  /// The step it stands for.
  var step: Int32
}

extension Program {
  init(_ ruleset: Ruleset) {
    self.init(ruleset, chains: [], intervals: [])
    chains.reserveCapacity(ruleset.chains.count)
    for chain in ruleset.chains {
      var rules: [CompiledRule] = []
      var masks: [UInt64] = []
      rules.reserveCapacity(chain.rules.count)
      masks.reserveCapacity(chain.rules.count)
      for rule in chain.rules {
        let (compiled, mask) = Self.compile(rule, pool: &intervals)
        rules.append(compiled)
        masks.append(mask.bits)
      }
      chains.append(CompiledChain(rules: rules, masks: masks))
    }
  }

  /// The program of a rule set that differs from an earlier one in the tests of some rules only.
  init(_ ruleset: Ruleset, after earlier: Program, changed: [RuleID]) {
    self.init(ruleset, chains: earlier.chains, intervals: earlier.intervals)
    for id in changed {
      let (compiled, mask) = Self.compile(ruleset[id], pool: &intervals)
      chains[id.chain.index].rules[id.index] = compiled
      chains[id.chain.index].masks[id.index] = mask.bits
    }
  }

  private init(_ ruleset: Ruleset, chains: [CompiledChain], intervals: [Interval]) {
    self.chains = chains
    self.intervals = intervals
    volatileFields = Analysis.volatileFields(ruleset)
    let uses = Journey.ChainUse.all(ruleset)
    let v4 = Journey.ConntrackUse(ruleset, isV4: true, uses)
    let v6 = Journey.ConntrackUse(ruleset, isV4: false, uses)
    places = (HostPlaces(ruleset, isV4: true, v4), HostPlaces(ruleset, isV4: false, v6))
    journeys = Hook.allCases.flatMap { hook in
      [Journey(ruleset, to: hook, isV4: true, v4), Journey(ruleset, to: hook, isV4: false, v6)]
    }
  }

  private static func compile(_ rule: Rule, pool: inout [Interval]) -> (CompiledRule, ClassMask) {
    var tests: [CompiledTest] = []
    var mask = ClassMask.all
    var firstHard = rule.steps.count
    for (index, step) in rule.steps.enumerated() {
      guard case .match(let match) = step, case .field(let field, let values) = match.condition else {
        firstHard = index
        break
      }
      mask.narrow(field, to: values)
      let bounds = values.bounds ?? Interval(.max, .max)
      var test = CompiledTest(
        lower: bounds.lower, upper: bounds.upper, field: field, poolCount: 0, poolStart: 0, step: Int32(index))
      if values.isEmpty {
        // An empty list of one impossible interval: never holds.
        (test.lower, test.upper) = (1, 0)
      } else if case .many(let list) = values.storage {
        test.poolStart = Int32(truncatingIfNeeded: pool.count)
        test.poolCount = Int32(truncatingIfNeeded: list.count)
        pool += list
      }
      tests.append(test)
    }
    // Conditions behind harmless steps still narrow the class.
    for step in rule.steps.dropFirst(firstHard) {
      if case .match(let match) = step {
        if case .field(let field, let values) = match.condition { mask.narrow(field, to: values) }
      } else if case .effect(let effect, _) = step, effect.leavesPacketAlone {
        continue
      } else {
        break
      }
    }
    let rule = CompiledRule(
      tests: tests, firstHardStep: Int32(truncatingIfNeeded: firstHard), isInert: rule.steps.allSatisfy(Self.isInert))
    return (rule, mask)
  }

  private static func isInert(_ step: Step) -> Bool {
    switch step {
    case .match: true
    case .effect(let effect, _): effect.leavesPacketAlone
    case .verdict(.continue, _): true
    case .verdict, .verdictMap: false
    }
  }
}

extension Effect {
  /// Neither the packet nor what later rules see of it changes. (`add` and `update` of a set may still end the rule.)
  package var leavesPacketAlone: Bool {
    switch self {
    case .counter, .log, .clampMSS, .other, .updateSet: true
    case .setMark, .setConntrackMark, .saveMark, .restoreMark, .notrack, .setMarkFromMap, .setField, .unknown, .mixMark,
      .setConntrackMarkFromMap:
      false
    }
  }

  /// `add` and `update` end the rule when the set is full.
  package var mayEndRule: Bool {
    if case .updateSet(_, let text) = self { return text.hasPrefix("add") || text.hasPrefix("update") }
    return false
  }
}
