package import FirewallModel
package import Packets

/// What an edit does to packets. Computed by proof before an edit is offered; a check only declares what it expects.
package enum FixClass: String, Sendable, CaseIterable {
  /// Same verdict and same answer for every packet.
  case equivalent
  /// The same packets accepted; another answer, log or rewriting.
  case response
  /// Accepts less.
  case narrow
  /// Accepts more.
  case widen
  /// Accepts some more and some less.
  case change
  /// A sysctl; printed, never written into the rule set.
  case host
}

/// A change to a rule set in words of the model; `Repairs` writes it in the file's dialect.
package struct Remedy: Sendable {
  /// Imperative, lower-case start, no full stop: "accept ICMP errors that belong to tracked flows".
  package var title: String
  package var expected: FixClass
  package var changes: [Change]

  package init(_ title: String, expected: FixClass, changes: [Change]) {
    self.title = title
    self.expected = expected
    self.changes = changes
  }

  package enum Change: Sendable {
    case insert(NewRule, Place)
    case remove(RuleID)
    /// Writes another final verdict into a rule (DROP → REJECT); the rest of its text stays.
    case setVerdict(RuleID, NewRule.Verdict)
    /// Adds states to the rule's `ct state` match.
    case addStates(RuleID, [ConntrackState])
    case setPolicy(ChainID, Policy)
    /// `key=value` for sysctl.conf; printed only.
    case sysctl(key: String, value: String)
    /// Text only: what a person has to decide.
    case advice(String)
  }

  package enum Place: Sendable {
    case before(RuleID)
    case after(RuleID)
    case atEnd(ChainID)
    case atStart(ChainID)
  }
}

/// A rule to be written, in the words that both dialects have.
package struct NewRule: Sendable {
  package enum Condition: Sendable {
    case inInterface(String)
    case outInterface(String)
    case notInInterface(String)
    /// An address or prefix as written.
    case source(String)
    case destination(String)
    case transportProtocol(UInt8)
    /// Both ICMP and ICMPv6 in an inet table; the family's own in others.
    case anyICMP
    case sourcePort(ClosedRange<UInt16>)
    case destinationPort(ClosedRange<UInt16>)
    /// ICMP type, and code when one is needed; implies the protocol.
    case icmp(type: UInt8, code: UInt8?)
    case icmpv6(type: UInt8)
    case icmpv6Types([UInt8])
    case states([ConntrackState])
    case ipOption(Field)
    case destinationIsBroadcast
    case hopLimit(UInt8)
    /// Matches up to a rate: `5/second`, burst in packets.
    case limit(rate: String, burst: Int)
  }
  package enum Verdict: Hashable, Sendable {
    case accept
    case drop
    case reject(RejectKind)
    case log(prefix: String)
  }
  package var conditions: [Condition]
  package var verdict: Verdict
  package var comment: String?

  package init(_ conditions: [Condition], _ verdict: Verdict, comment: String? = nil) {
    self.conditions = conditions
    self.verdict = verdict
    self.comment = comment
  }
}
