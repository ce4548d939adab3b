package import FirewallModel
package import Packets
package import PacketSets

/// The fate of a packet on its way through all hooks of its journey.
package enum Outcome: Hashable, Sendable {
  case accept
  case drop
  case reject(RejectKind)
  case queue
  /// Leaves by another way, e.g. `fwd`.
  case stolen(String)
  /// A fragment that waits for the others.
  case held
  /// Routing or the IP stack drops it, whatever the rules say: why.
  case lost(String)
  /// Not decided: the statements that stand in the way.
  case may([Uncertainty])

  /// True for drop and for reject.
  package var isRefused: Bool {
    switch self {
    case .drop, .reject: true
    default: false
    }
  }
}

/// What decided: a rule, or the policy of a base chain (`rule` is nil), or nothing at all (no base chain: accept).
package struct Decider: Hashable, Sendable {
  package var hook: Hook
  package var chain: ChainID?
  package var rule: RuleID?
  package init(hook: Hook, chain: ChainID?, rule: RuleID?) {
    self.hook = hook
    self.chain = chain
    self.rule = rule
  }
}

/// One thing that happened to a packet on its way.
package struct TraceStep: Hashable, Sendable {
  package enum Event: Hashable, Sendable {
    /// The rule matched and ended with this verdict; nil: it matched and the packet goes on with the next rule.
    case matched(Verdict?)
    /// The match with this index among the rule's steps did not hold.
    case failed(step: Int)
    /// It may have matched.
    case mayMatch(Uncertainty)
    /// The end of the base chain: its policy.
    case policy(Policy)
    /// The end of a regular chain: back to the caller.
    case end
  }
  package var hook: Hook
  package var chain: ChainID
  package var rule: RuleID?
  package var event: Event
  package init(hook: Hook, chain: ChainID, rule: RuleID?, event: Event) {
    self.hook = hook
    self.chain = chain
    self.rule = rule
    self.event = event
  }
}

/// The way of one concrete packet.
package struct Trace: Hashable, Sendable {
  package var packet: Packet
  /// The conntrack state that was assumed from the point where conntrack decides.
  package var state: ConntrackState
  /// Rules that matched, policies and ends; with `recordsFailures` the failed rules too.
  package var steps: [TraceStep]
  package var outcome: Outcome
  package var decider: Decider
  /// The last rule or policy that accepted, hook by hook; for "accepted by" lines.
  package var acceptedBy: [Decider]
  /// Address and port changes on the way, as text for people.
  package var translations: [String]
  /// Where something on the way is uncertain but the outcome is not: what else may have decided.
  package var alternatives: [Decider]

  package init(
    packet: Packet, state: ConntrackState, steps: [TraceStep], outcome: Outcome, decider: Decider,
    acceptedBy: [Decider] = [], translations: [String] = [], alternatives: [Decider] = []
  ) {
    self.packet = packet
    self.state = state
    self.steps = steps
    self.outcome = outcome
    self.decider = decider
    self.acceptedBy = acceptedBy
    self.translations = translations
    self.alternatives = alternatives
  }
}

/// A part of a region whose packets all share one fate.
package struct Piece: Sendable {
  package var region: Box
  package var outcome: Outcome
  package var decider: Decider
  /// The statements that changed addresses and ports of these packets, in the order of their way.
  package var translations: [Translation] = []
  /// Addresses and ports after all changes, where they are known numbers; fields that keep theirs are not in it.
  package var rewritten: [Field: UInt128] = [:]
  /// Where the outcome is `may`: how the packets fare when nothing uncertain holds, then with each uncertain step that
  /// does, in order. Two pieces with equal reasons and equal lists share one fate.
  package var possible: [Outcome] = []
  /// Their destination was changed so that they go another way than the journey asked for: to another machine instead of
  /// this host, or the other way round.
  package var isRerouted = false
  /// The interface by which rerouted packets leave, where the facts tell.
  package var leavesBy: String?
  package init(region: Box, outcome: Outcome, decider: Decider) {
    self.region = region
    self.outcome = outcome
    self.decider = decider
  }
}

/// A region cut into pieces.
package struct Partition: Sendable {
  package var pieces: [Piece]
  /// False when the work budget ended the walk: `pieces` then cover only a part of the region.
  package var isComplete: Bool
  /// Work that was done, in the unit of the budget.
  package var work = 0
  package init(pieces: [Piece], isComplete: Bool) {
    self.pieces = pieces
    self.isComplete = isComplete
  }
}
