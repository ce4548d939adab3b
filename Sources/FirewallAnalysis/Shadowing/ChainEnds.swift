import FirewallModel
import PacketSets
import Packets

/// What is known of each chain before its rules are looked at. One pass over the rules, then a few over the chains.
struct ChainEnds {
  /// No packet that enters the chain comes back to its caller.
  private(set) var always: [Bool]
  /// Fields that the chain, or one it calls, changes.
  private(set) var written: [FieldSet]
  /// Chains of tables with a verdict map that others may fill: who jumps there is not known.
  private(set) var hasUnknownCallers: [Bool]

  /// Of a chain's rules what its ends depend on.
  private struct Outline {
    var written = FieldSet()
    var targets: [ChainID] = []
    /// Rules that may lead back to the caller, or take every packet.
    var ends: [(verdict: Verdict, isUnconditional: Bool)] = []
  }

  init(_ ruleset: Ruleset) {
    let count = ruleset.chains.count
    always = Array(repeating: false, count: count)
    written = Array(repeating: FieldSet(), count: count)
    hasUnknownCallers = Array(repeating: false, count: count)
    var openTables: Set<TableID> = []
    var outlines: [Outline] = []
    outlines.reserveCapacity(count)
    for index in 0..<count {
      var isOpen = false
      outlines.append(Self.outline(ruleset.chains[index], ruleset, &isOpen))
      if isOpen { openTables.insert(ruleset.chains[index].table) }
    }
    if !openTables.isEmpty {
      for index in 0..<count { hasUnknownCallers[index] = openTables.contains(ruleset.chains[index].table) }
    }
    // Chains call each other without loops in what loads; a few rounds reach the deepest nesting that the kernel takes.
    for _ in 0...ConcreteWalk.maximumJumps {
      var changed = false
      for index in 0..<count {
        var fields = outlines[index].written
        for target in outlines[index].targets where target.index < count { fields.bits |= written[target.index].bits }
        let ends = always[index] || endsAlways(outlines[index])
        if ends != always[index] || fields != written[index] { changed = true }
        (always[index], written[index]) = (ends, fields)
      }
      if !changed { break }
    }
  }

  private static func outline(_ chain: Chain, _ ruleset: Ruleset, _ isOpen: inout Bool) -> Outline {
    var outline = Outline()
    for index in chain.rules.indices {
      var isUnconditional = true
      for place in chain.rules[index].steps.indices {
        switch chain.rules[index].steps[place] {
        case .match: isUnconditional = false
        case .effect(let effect, _):
          outline.written.bits |= effect.writtenFields.bits
          if !effect.leavesPacketAlone || effect.mayEndRule { isUnconditional = false }
        case .verdict(let verdict, _): add(verdict, isUnconditional, to: &outline)
        case .verdictMap(let map, _):
          guard map.map.index < ruleset.sets.count,
            case .map(let elements, let fallback) = ruleset.sets[map.map.index].contents
          else {
            isOpen = true
            outline.written = .all
            outline.ends.append((.return, false))
            continue
          }
          if ruleset.sets[map.map.index].isDynamic { isOpen = true }
          for element in elements {
            if case .verdict(let verdict) = element.data { add(verdict, false, to: &outline) } else { isOpen = true }
          }
          if case .verdict(let verdict)? = fallback { add(verdict, false, to: &outline) }
        }
      }
    }
    return outline
  }

  private static func add(_ verdict: Verdict, _ isUnconditional: Bool, to outline: inout Outline) {
    switch verdict {
    case .jump(let target):
      outline.targets.append(target)
      if isUnconditional { outline.ends.append((verdict, true)) }
    case .goto(let target):
      outline.targets.append(target)
      outline.ends.append((verdict, isUnconditional))
    case .return, .jumpToMissing: outline.ends.append((verdict, isUnconditional))
    case .unknown:
      outline.written = .all
      outline.ends.append((verdict, isUnconditional))
    case .accept, .drop, .reject, .queue, .stolen, .translate:
      if isUnconditional { outline.ends.append((verdict, true)) }
    case .continue: break
    }
  }

  private func endsAlways(_ outline: Outline) -> Bool {
    for end in outline.ends {
      switch end.verdict {
      case .return, .unknown, .jumpToMissing: return false
      case .goto(let target) where !isEnding(target): return false
      default: break
      }
      if end.isUnconditional, isFinal(end.verdict, isReturnFinal: false) { return true }
    }
    return false
  }

  func isEnding(_ chain: ChainID) -> Bool { chain.index < always.count && always[chain.index] }

  /// Packets that meet the verdict do not go on in this chain.
  func isFinal(_ verdict: Verdict, isReturnFinal: Bool = true) -> Bool {
    switch verdict {
    case .accept, .drop, .reject, .queue, .stolen: true
    // A key that is not in the map ends the rule, and the next one runs.
    case .translate(let translation): translation.kind != .tproxy && translation.map == nil
    case .goto(let target): isReturnFinal || isEnding(target)
    case .return: isReturnFinal
    case .jump(let target): isEnding(target)
    case .continue, .jumpToMissing, .unknown: false
    }
  }
}
