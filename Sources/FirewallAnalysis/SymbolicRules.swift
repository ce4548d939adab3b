import FirewallModel
import PacketSets
import Packets

extension SymbolicWalk {
  /// Runs one part of the region through rules until it is cut or leaves its chain.
  mutating func runChain(_ item: Item, depth: Int, _ work: inout [Item], _ pieces: inout [Piece]) {
    var cursor = item.cursor
    let region = item.region
    let bounds = FieldBounds(region, cursor.view)
    while true {
      let chain = cursor.chain
      guard chain < program.chains.count else { return }
      let count = program.chains[chain].rules.count
      if cursor.step == 0 {
        let from = cursor.rule
        if let list = candidates?.lists[chain] {
          cursor.rule = nextRelevantRule(chain: chain, from: cursor.rule, count: count, bounds, among: list)
        } else {
          cursor.rule = nextRelevantRule(chain: chain, from: cursor.rule, count: count, bounds)
          budget -= cursor.rule - from
        }
      }
      budget -= 1
      if budget <= 0 {
        isComplete = false
        return
      }
      if cursor.rule >= count {
        guard !endOfChain(&cursor, region, &work, &pieces) else { return }
        continue
      }
      let moved = applyRule(&cursor, region, depth: depth, &work, &pieces)
      if moved { return }
    }
  }

  /// The first rule from an index on that may match something of the region and does something.
  private func nextRelevantRule(chain: Int, from: Int, count: Int, _ bounds: FieldBounds) -> Int {
    var rule = from
    let mask = bounds.mask.bits
    while rule < count {
      if !ClassMask(bits: program.chains[chain].masks[rule] & mask).lacksGroup {
        let compiled = program.chains[chain].rules[rule]
        if !compiled.isInert, !compiled.tests.contains(where: { bounds.isDisjoint(from: $0) }) { return rule }
      }
      rule += 1
    }
    return rule
  }

  private mutating func nextRelevantRule(
    chain: Int, from: Int, count: Int, _ bounds: FieldBounds, among list: [Int32]
  ) -> Int {
    let mask = bounds.mask.bits
    var place = RuleCandidates.place(of: from, in: list)
    while place < list.count {
      budget -= 1
      let rule = Int(list[place])
      if !ClassMask(bits: program.chains[chain].masks[rule] & mask).lacksGroup {
        let compiled = program.chains[chain].rules[rule]
        if !compiled.tests.contains(where: { bounds.isDisjoint(from: $0) }) { return rule }
      }
      place += 1
    }
    return count
  }

  /// True when the item is done with (it ended or went on elsewhere); false: go on in the caller's chain.
  private mutating func endOfChain(
    _ cursor: inout Cursor, _ region: Box, _ work: inout [Item], _ pieces: inout [Piece]
  ) -> Bool {
    if let frame = cursor.frames.popLast() {
      (cursor.chain, cursor.rule, cursor.step) = (frame.chain, frame.rule, 0)
      return false
    }
    let stop = journey(cursor).stops[cursor.stop]
    let decider = Decider(hook: stop.hook, chain: stop.chain, rule: nil)
    if stop.policy == .drop {
      finish(cursor, region, .drop, decider, &pieces)
    } else {
      work.append(leave(cursor, region, decider))
    }
    return true
  }

  private func leave(_ cursor: Cursor, _ region: Box, _ decider: Decider) -> Item {
    var cursor = cursor
    cursor.acceptedBy.append(decider)
    cursor.isInChain = false
    cursor.stop += 1
    return Item(cursor: cursor, region: region)
  }

  private func here(_ cursor: Cursor) -> Decider {
    let chain = ChainID(cursor.chain)
    return Decider(
      hook: cursor.hook ?? hook, chain: chain, rule: RuleID(chain: chain, index: cursor.rule))
  }

  /// Cuts the region by the rule at the cursor. False: no packet of the region is changed or moved by the rule, and
  /// the cursor stands at the next one.
  private mutating func applyRule(
    _ cursor: inout Cursor, _ region: Box, depth: Int, _ work: inout [Item], _ pieces: inout [Piece]
  ) -> Bool {
    let rule = ruleset.chains[cursor.chain].rules[cursor.rule]
    let resumedAt = cursor.step
    var current: [(region: Box, view: RegionView)] = [(region, cursor.view)]
    var rest: [(region: Box, view: RegionView)] = []
    var uncertain: [(region: Box, view: RegionView, step: Int, why: Uncertainty)] = []
    var moved: [Item] = []
    var index = resumedAt
    walking: while index < rule.steps.count, !current.isEmpty {
      budget -= current.count
      switch rule.steps[index] {
      case .match(let match):
        var next: [(region: Box, view: RegionView)] = []
        for (part, view) in current {
          let cut = splitter.split(part, match.condition, view)
          next += cut.yes.map { ($0, view) }
          rest += cut.no.map { ($0, view) }
          uncertain += cut.maybe.map { ($0.region, view, index + 1, $0.why) }
        }
        current = next
      case .effect(let effect, _):
        if effect.mayEndRule {
          uncertain += current.map { ($0.region, $0.view, index + 1, Uncertainty(.dynamicSet, "the set may be full")) }
          current = []
        } else if !effect.leavesPacketAlone {
          apply(effect, cursor, &current, &rest, &uncertain, step: index + 1, &pieces)
        }
      case .verdict(let verdict, _):
        for (part, view) in current {
          var branch = cursor
          branch.view = view
          if let item = carryOut(verdict, branch, part, &pieces) { moved.append(item) }
        }
        current = []
        break walking
      case .verdictMap(let map, _):
        let missed = runMap(map, cursor, current, &moved, &uncertain, step: index + 1, &pieces)
        rest += missed.rest
        current = missed.goesOn
      }
      index += 1
    }
    var next = cursor
    (next.rule, next.step) = (cursor.rule + 1, 0)
    // Whatever is left has gone through the whole rule and goes on with the next one, as do those it did not match.
    for (part, view) in current + rest {
      var branch = next
      branch.view = view
      work.append(Item(cursor: branch, region: part))
    }
    for (part, view, step, why) in uncertain {
      follow(cursor, part, view, step: step, why, depth: depth, &work, &pieces)
    }
    work += moved
    return true
  }

  /// An uncertain step: the way on which it holds is followed to its end, then the other one goes on beside it.
  private mutating func follow(
    _ cursor: Cursor, _ region: Box, _ view: RegionView, step: Int, _ why: Uncertainty, depth: Int,
    _ work: inout [Item], _ pieces: inout [Piece]
  ) {
    guard depth < Self.maximumForkDepth, forks > 0 else {
      finish(cursor, region, .may([why]), here(cursor), &pieces)
      return
    }
    forks -= 1
    var holds = cursor
    holds.view = view
    holds.step = step
    holds.others = []
    let alternative = Alternative(why: why, pieces: solve([Item(cursor: holds, region: region)], depth: depth + 1))
    var fails = cursor
    fails.view = view
    (fails.rule, fails.step) = (cursor.rule + 1, 0)
    fails.others.append(alternative)
    work.append(Item(cursor: fails, region: region))
  }

  // MARK: Verdicts

  /// nil when the packets' fate is written down.
  private mutating func carryOut(
    _ verdict: Verdict, _ cursor: Cursor, _ region: Box, _ pieces: inout [Piece]
  ) -> Item? {
    var cursor = cursor
    let decider = here(cursor)
    func moved() -> Item {
      cursor.step = 0
      return Item(cursor: cursor, region: region)
    }
    switch verdict {
    case .accept: return leave(cursor, region, decider)
    case .drop: finish(cursor, region, .drop, decider, &pieces)
    case .reject(let kind): finish(cursor, region, .reject(kind.resolved(isV4: isV4)), decider, &pieces)
    case .queue: finish(cursor, region, .queue, decider, &pieces)
    case .stolen(let how): finish(cursor, region, .stolen(how), decider, &pieces)
    case .unknown(let why): finish(cursor, region, .may([why]), decider, &pieces)
    case .jumpToMissing(let name, _):
      finish(cursor, region, .may([Uncertainty(.notModelled, "chain \(name) is not there")]), decider, &pieces)
    case .continue:
      cursor.rule += 1
      return moved()
    case .jump(let target):
      guard cursor.frames.count < ConcreteWalk.maximumJumps, target.index < program.chains.count else {
        let why = Uncertainty(.notModelled, "jumps nested deeper than the kernel takes")
        finish(cursor, region, .may([why]), decider, &pieces)
        return nil
      }
      cursor.frames.append((cursor.chain, cursor.rule + 1))
      (cursor.chain, cursor.rule) = (target.index, 0)
      return moved()
    case .goto(let target):
      cursor.gotos += 1
      guard cursor.gotos <= program.chains.count, target.index < program.chains.count else {
        finish(cursor, region, .may([Uncertainty(.notModelled, "a loop of gotos")]), decider, &pieces)
        return nil
      }
      (cursor.chain, cursor.rule) = (target.index, 0)
      return moved()
    case .return:
      var work: [Item] = []
      if endOfChain(&cursor, region, &work, &pieces) { return work.first }
      return moved()
    case .translate(let translation):
      SymbolicEffects.translate(translation, &cursor, self)
      return leave(cursor, region, decider)
    }
    return nil
  }

  /// Packets whose key is in the map go their ways; the others end the rule.
  private mutating func runMap(
    _ map: VerdictMap, _ cursor: Cursor, _ current: [(region: Box, view: RegionView)], _ moved: inout [Item],
    _ uncertain: inout [(region: Box, view: RegionView, step: Int, why: Uncertainty)], step: Int,
    _ pieces: inout [Piece]
  ) -> (rest: [(region: Box, view: RegionView)], goesOn: [(region: Box, view: RegionView)]) {
    var rest: [(region: Box, view: RegionView)] = []
    var goesOn: [(region: Box, view: RegionView)] = []
    guard map.map.index < ruleset.sets.count,
      case .map(let elements, let fallback) = ruleset.sets[map.map.index].contents,
      elements.count <= RegionSplitter.maximumElements
    else {
      let why = Uncertainty(.notModelled, "a verdict map that is not known")
      for (part, view) in current {
        var branch = cursor
        branch.view = view
        finish(branch, part, .may([why]), here(branch), &pieces)
      }
      return (rest, goesOn)
    }
    let set = ruleset.sets[map.map.index]
    for (part, view) in current {
      var branch = cursor
      branch.view = view
      var remaining = [part]
      for element in elements {
        if remaining.isEmpty { break }
        var next: [Box] = []
        for region in remaining {
          budget -= 1
          let cut = splitter.split(region, key: element.key, map.key, view)
          next += cut.no
          for (region, why) in cut.maybe { finish(branch, region, .may([why]), here(branch), &pieces) }
          for region in cut.yes {
            switch element.data {
            case .verdict(.continue): goesOn.append((region, view))
            case .verdict(let verdict):
              if let item = carryOut(verdict, branch, region, &pieces) { moved.append(item) }
            case .values, .unknown:
              let why = Uncertainty(.notModelled, "a verdict map without verdicts")
              finish(branch, region, .may([why]), here(branch), &pieces)
            }
          }
        }
        remaining = next
      }
      for region in remaining {
        if set.isDynamic {
          finish(branch, region, .may([set.uncertainty]), here(branch), &pieces)
        } else if case .verdict(let verdict) = fallback {
          if let item = carryOut(verdict, branch, region, &pieces) { moved.append(item) }
        } else {
          rest.append((region, view))
        }
      }
    }
    return (rest, goesOn)
  }

  /// Statements that change what later rules see.
  private mutating func apply(
    _ effect: Effect, _ cursor: Cursor, _ current: inout [(region: Box, view: RegionView)],
    _ rest: inout [(region: Box, view: RegionView)],
    _ uncertain: inout [(region: Box, view: RegionView, step: Int, why: Uncertainty)], step: Int,
    _ pieces: inout [Piece]
  ) {
    let parts = current
    current = []
    for (region, view) in parts {
      let cut = SymbolicEffects.apply(effect, region, view, cursor, self)
      current += cut.goesOn
      rest += cut.breaks
      for (region, why) in cut.maybe { finish(cursor, region, .may([why]), here(cursor), &pieces) }
    }
  }
}
