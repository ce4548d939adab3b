package import FirewallModel
import PacketSets
import Packets

extension ConcreteWalk {
  /// How a rule ended for the packet.
  enum RuleEnd {
    /// A test failed or the rule has no verdict: the next rule.
    case next
    /// The chain position has changed (jump, return) or the base chain is done.
    case moved
    case ended(Outcome, Decider)
  }

  /// Runs rules until the packet leaves the base chain or its fate is known.
  mutating func runChain(_ cursor: inout Cursor, depth: Int, others: inout [(Ending, Uncertainty)]) -> RuleFlow {
    while true {
      let chain = cursor.chain
      guard chain < program.chains.count else { return .left }
      let count = program.chains[chain].rules.count
      var rule = cursor.rule
      let mask = cursor.mask.bits
      // Rules of other classes are passed over.
      if !recordsFailures, cursor.step == 0 {
        while rule < count, ClassMask(bits: program.chains[chain].masks[rule] & mask).lacksGroup { rule += 1 }
        budget -= rule - cursor.rule
        cursor.rule = rule
      }
      budget -= 1
      if budget < 0 {
        return .ended(.may([Uncertainty(.notModelled, "the walk is too long")]), decider(cursor, rule: nil))
      }
      if rule >= count {
        if let end = endOfChain(&cursor) { return end }
        continue
      }
      switch runRule(&cursor, depth: depth, others: &others) {
      case .next:
        cursor.rule = rule + 1
        cursor.step = 0
      case .moved:
        cursor.step = 0
        if !cursor.isInChain { return .left }
      case .ended(let outcome, let decider): return .ended(outcome, decider)
      }
    }
  }

  enum RuleFlow {
    /// The base chain let the packet go on.
    case left
    case ended(Outcome, Decider)
  }

  func decider(_ cursor: Cursor, rule: Int?) -> Decider {
    let chain = ChainID(cursor.chain)
    return Decider(hook: cursor.hook ?? .input, chain: chain, rule: rule.map { RuleID(chain: chain, index: $0) })
  }

  private func note(_ cursor: inout Cursor, _ event: TraceStep.Event, isRule: Bool = true) {
    guard recordsSteps else { return }
    let chain = ChainID(cursor.chain)
    let rule = isRule ? RuleID(chain: chain, index: cursor.rule) : nil
    cursor.steps.append(TraceStep(hook: cursor.hook ?? .input, chain: chain, rule: rule, event: event))
  }

  /// The end of a chain, or `return`: back to the caller, or the policy. nil: go on in the caller.
  private func endOfChain(_ cursor: inout Cursor, isReturn: Bool = false) -> RuleFlow? {
    if let frame = cursor.frames.popLast() {
      if !isReturn { note(&cursor, .end, isRule: false) }
      (cursor.chain, cursor.rule, cursor.step) = (frame.chain, frame.rule, 0)
      return nil
    }
    guard let stop = cursor.current else { return .left }
    // The end of a chain reached by goto means the base chain's policy too.
    cursor.chain = stop.chain.index
    note(&cursor, .policy(stop.policy), isRule: false)
    let decider = Decider(hook: stop.hook, chain: stop.chain, rule: nil)
    if stop.policy == .drop { return .ended(.drop, decider) }
    leave(&cursor, decider)
    return .left
  }

  func leave(_ cursor: inout Cursor, _ decider: Decider) {
    cursor.acceptedBy.append(decider)
    cursor.isInChain = false
    cursor.stop += 1
  }

  private mutating func runRule(
    _ cursor: inout Cursor, depth: Int, others: inout [(Ending, Uncertainty)]
  ) -> RuleEnd {
    let compiled = program.chains[cursor.chain].rules[cursor.rule]
    var step = cursor.step
    if step == 0 {
      for test in compiled.tests {
        switch decide(test, cursor.values) {
        case .yes: continue
        case .no:
          if recordsFailures { note(&cursor, .failed(step: Int(test.step))) }
          return .next
        case .maybe(let why):
          // Other tests may still rule the rule out.
          if compiled.tests.contains(where: { isRuledOut($0, cursor.values) }) { return .next }
          note(&cursor, .mayMatch(why))
          if compiled.isInert { return .next }
          if let end = fork(cursor, at: Int(test.step) + 1, why, depth, &others) { return end }
          return .next
        }
      }
      step = Int(compiled.firstHardStep)
    }
    let rule = ruleset.chains[cursor.chain].rules[cursor.rule]
    while step < rule.steps.count {
      switch rule.steps[step] {
      case .match(let match):
        switch evaluator.evaluate(match.condition, cursor.values) {
        case .yes: break
        case .no:
          if recordsFailures { note(&cursor, .failed(step: step)) }
          return .next
        case .maybe(let why):
          note(&cursor, .mayMatch(why))
          if compiled.isInert { return .next }
          if let end = fork(cursor, at: step + 1, why, depth, &others) { return end }
          return .next
        }
      case .effect(let effect, _):
        if effect.mayEndRule, !compiled.isInert {
          let why = Uncertainty(.dynamicSet, "the set may be full")
          if let end = fork(cursor, at: step + 1, why, depth, &others) { return end }
          return .next
        }
        switch apply(effect, &cursor) {
        case .goesOn: break
        case .breaks:
          if recordsFailures { note(&cursor, .failed(step: step)) }
          return .next
        case .maybe(let why):
          note(&cursor, .mayMatch(why))
          return .ended(.may([why]), decider(cursor, rule: cursor.rule))
        }
      case .verdict(let verdict, _):
        return carryOut(verdict, &cursor)
      case .verdictMap(let map, _):
        switch evaluator.look(up: map.map, map.key, cursor.values) {
        case .missing:
          if recordsFailures { note(&cursor, .failed(step: step)) }
          return .next
        case .found(.verdict(let verdict)):
          if case .continue = verdict { break }
          return carryOut(verdict, &cursor)
        case .found(.values), .found(.unknown):
          let why = Uncertainty(.notModelled, "a verdict map without verdicts")
          return .ended(.may([why]), decider(cursor, rule: cursor.rule))
        case .maybe(let why):
          note(&cursor, .mayMatch(why))
          return .ended(.may([why]), decider(cursor, rule: cursor.rule))
        }
      }
      step += 1
    }
    note(&cursor, .matched(nil))
    return .next
  }

  /// Follows the way on which the uncertain step holds; the caller then goes on as if it did not.
  private mutating func fork(
    _ cursor: Cursor, at step: Int, _ why: Uncertainty, _ depth: Int, _ others: inout [(Ending, Uncertainty)]
  ) -> RuleEnd? {
    guard depth < Self.maximumForkDepth, forks > 0 else {
      return .ended(.may([why]), decider(cursor, rule: cursor.rule))
    }
    forks -= 1
    var branch = cursor
    branch.step = step
    others.append((walk(branch, depth: depth + 1), why))
    return nil
  }

  private func isRuledOut(_ test: CompiledTest, _ values: PacketValues) -> Bool {
    if case .no = decide(test, values) { return true }
    return false
  }

  @inline(__always) private func decide(_ test: CompiledTest, _ values: PacketValues) -> Truth {
    guard values.isPresent(test.field) else { return .no }
    if values.isUnknown(test.field) {
      if test.poolCount == 0, test.lower == 0, test.upper >= test.field.maximum { return .yes }
      return test.lower > test.upper ? .no : .maybe(.unknownField(test.field))
    }
    let value = values.number(test.field)
    guard test.lower <= value, value <= test.upper else { return .no }
    if test.poolCount == 0 { return .yes }
    var low = Int(test.poolStart)
    let end = low + Int(test.poolCount)
    var high = end
    while low < high {
      let middle = (low + high) / 2
      if program.intervals[middle].upper < value { low = middle + 1 } else { high = middle }
    }
    return low < end && program.intervals[low].lower <= value ? .yes : .no
  }

  // MARK: Verdicts

  private mutating func carryOut(_ verdict: Verdict, _ cursor: inout Cursor) -> RuleEnd {
    let here = decider(cursor, rule: cursor.rule)
    note(&cursor, .matched(verdict))
    switch verdict {
    case .accept:
      leave(&cursor, here)
      return .moved
    case .drop: return .ended(.drop, here)
    case .reject(let kind): return .ended(.reject(kind.resolved(isV4: packet.source.isV4)), here)
    case .queue: return .ended(.queue, here)
    case .stolen(let how): return .ended(.stolen(how), here)
    case .unknown(let why): return .ended(.may([why]), here)
    case .jumpToMissing(let name, _):
      return .ended(.may([Uncertainty(.notModelled, "chain \(name) is not there")]), here)
    case .continue: return .next
    case .jump(let target):
      guard cursor.frames.count < Self.maximumJumps, target.index < program.chains.count else {
        return .ended(.may([Uncertainty(.notModelled, "jumps nested deeper than the kernel takes")]), here)
      }
      cursor.frames.append((cursor.chain, cursor.rule + 1))
      (cursor.chain, cursor.rule) = (target.index, 0)
      return .moved
    case .goto(let target):
      cursor.gotos += 1
      guard cursor.gotos <= program.chains.count, target.index < program.chains.count else {
        return .ended(.may([Uncertainty(.notModelled, "a loop of gotos")]), here)
      }
      (cursor.chain, cursor.rule) = (target.index, 0)
      return .moved
    case .return:
      switch endOfChain(&cursor, isReturn: true) {
      case .ended(let outcome, let decider): return .ended(outcome, decider)
      case .left, nil: return .moved
      }
    case .translate(let translation):
      switch translate(translation, &cursor) {
      case .translated:
        leave(&cursor, here)
        return .moved
      case .breaks: return .next
      case .dropped: return .ended(.drop, here)
      }
    }
  }
}

extension RejectKind {
  /// `icmpx` as the packet's family has it (nf_reject: net/netfilter/nft_reject.c).
  package func resolved(isV4: Bool) -> RejectKind {
    guard case .icmpx(let code) = self else { return self }
    switch (isV4, code) {
    case (true, 0): return .icmp(code: 0)
    case (true, 1): return .icmp(code: 3)
    case (true, 2): return .icmp(code: 1)
    case (true, _): return .icmp(code: 13)
    case (false, 0): return .icmpv6(code: 0)
    case (false, 1): return .icmpv6(code: 4)
    case (false, 2): return .icmpv6(code: 3)
    case (false, _): return .icmpv6(code: 1)
    }
  }
}

extension ClassMask {
  /// Some group has no bit left: no packet is of such a class.
  @inline(__always) var lacksGroup: Bool {
    bits & Self.family == 0 || bits & Self.transport == 0 || bits & Self.state == 0 || bits & Self.port == 0
      || bits & Self.interface == 0
  }
}
