package import PacketSets
package import Packets
package import SourceText

/// One rule: steps in the order in which the kernel runs them. The first match that does not hold ends the rule; the
/// packet goes on with the next rule.
package struct Rule: Sendable {
  package var steps: [Step]
  package var comment: String?
  /// The whole rule as written, without its line end. For iptables the line with its counters.
  package var origin: SourceRange

  package init(steps: [Step], comment: String? = nil, origin: SourceRange) {
    self.steps = steps
    self.comment = comment
    self.origin = origin
  }
}

package enum Step: Sendable {
  case match(Match)
  case effect(Effect, at: SourceRange)
  case verdict(Verdict, at: SourceRange)
  case verdictMap(VerdictMap, at: SourceRange)
}

package struct Match: Sendable {
  package var condition: Condition
  /// The words that say it. An implied match (`tcp dport` implies the protocol) has the range of what implies it.
  package var origin: SourceRange
  /// True when the text does not say it but the language implies it.
  package var isImplied: Bool

  package init(_ condition: Condition, at origin: SourceRange, isImplied: Bool = false) {
    self.condition = condition
    self.origin = origin
    self.isImplied = isImplied
  }
}

/// A test on a packet. Dependencies (`tcp dport` needs protocol 6) are matches of their own before it, so a negated
/// test keeps them. The frequent cases hold their values inline, so that a rule costs one block of memory and not one for
/// each match; the others are boxes.
package enum Condition: Sendable {
  /// The field is present and its value is in the set. Negation is written into the set.
  case field(Field, ValueSet)
  /// The field is present and `value & mask` is in the set; for masks that are not a prefix of the width. Fields of
  /// up to 16 bits are written as `field` instead.
  indirect case masked(Field, mask: UInt128, ValueSet)
  /// The tuple of fields is (or is not) an element of a set; all fields must be present.
  case member(SetID, [Field], negated: Bool)
  /// At least one holds, e.g. `--dport`/`--sport` of multiport `--ports`, `-m addrtype --src-type A --dst-type B` negated.
  case any([Condition])
  case all([Condition])
  indirect case not(Condition)
  /// Statically true or false.
  case constant(Bool)
  /// May hold or not: three-valued.
  case unknown(Uncertainty)
}

/// Why something cannot be decided from the rule set and the packet alone, or is not modelled.
package struct Uncertainty: Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// limit, hashlimit, quota, connlimit: depends on earlier packets.
    case rate
    case random
    case time
    /// A set changed by rules or elements that time out.
    case dynamicSet
    /// Recognised, but the engine has no field for it.
    case notModelled
    /// The parser does not recognise it.
    case notUnderstood
    /// Depends on the host (routes, sockets, users) and no fact was given.
    case hostFact
  }
  package var kind: Kind
  /// The words, e.g. `limit rate 5/second`.
  package var text: String
  package init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }
}

/// RFC names of what a reject sends back.
package enum RejectKind: Hashable, Sendable {
  case tcpReset
  /// ICMP type 3 with a code.
  case icmp(code: UInt8)
  /// ICMPv6 type 1 with a code.
  case icmpv6(code: UInt8)
  /// `icmpx`: 0 no-route, 1 port-unreachable, 2 host-unreachable, 3 admin-prohibited; per family of the packet.
  case icmpx(code: UInt8)
}

package enum Verdict: Hashable, Sendable {
  case accept
  case drop
  case reject(RejectKind)
  case jump(ChainID)
  case goto(ChainID)
  /// A jump or goto to a chain that is not there (the text would not load).
  indirect case jumpToMissing(String, isGoto: Bool)
  case `return`
  case `continue`
  case queue(bypass: Bool)
  /// Ends this chain with accept after changing addresses.
  indirect case translate(Translation)
  /// The packet leaves the hook by another way (`fwd`, `synproxy`, `TEE` is none of these).
  indirect case stolen(String)
  /// A target that ends the rule in a way that is not modelled.
  indirect case unknown(Uncertainty)
}

/// What a nat statement does.
package struct Translation: Hashable, Sendable {
  package enum Kind: String, Sendable { case snat, dnat, masquerade, redirect, tproxy, netmap }
  package var kind: Kind
  /// Inclusive bounds of the new address; nil: unchanged, or chosen by the kernel.
  package var addresses: ClosedRange<Address>?
  /// Inclusive bounds of the new port.
  package var ports: ClosedRange<UInt16>?
  /// The map that gives address or port, when a map does; the key fields beside it.
  package var map: SetID?
  package var mapKey: [Field] = []
  /// The map gives the port only.
  package var isPortMap = false
  /// The kernel takes any free port (`random`, `fully-random`).
  package var isRandom = false
  package init(
    _ kind: Kind, addresses: ClosedRange<Address>? = nil, ports: ClosedRange<UInt16>? = nil, map: SetID? = nil,
    mapKey: [Field] = []
  ) {
    self.kind = kind
    self.addresses = addresses
    self.ports = ports
    self.map = map
    self.mapKey = mapKey
  }
}

/// A side effect that lets the packet go on.
package enum Effect: Sendable {
  /// Packets and bytes as the dump shows them; nil when it shows none.
  case counter(packets: UInt64?, bytes: UInt64?)
  case log(Log)
  /// `new = (old & ~mask) | value` for mark and ct mark (mask all ones: plain set). iptables' xor is not this: it is `other`.
  case setMark(value: UInt32, mask: UInt32)
  case setConntrackMark(value: UInt32, mask: UInt32)
  case saveMark, restoreMark
  /// A mark made of the old one and another, bit by bit.
  case mixMark(Field, MarkMix)
  /// A map gives the connection's mark; a key that is not in the map breaks the rule.
  case setConntrackMarkFromMap(SetID, [Field])
  case notrack
  /// A map gives the mark; a key that is not in the map breaks the rule.
  case setMarkFromMap(SetID, [Field])
  case clampMSS
  /// Adds to, updates or deletes from a dynamic set.
  case updateSet(SetID?, String)
  /// Changes a field to a known value (TTL, DSCP, priority …).
  case setField(Field, UInt128)
  /// Known to leave verdicts alone (`-j TRACE`, `ct helper set`, `comment`).
  case other(String)
  /// May change the packet or what follows in a way that is not modelled.
  case unknown(Uncertainty)

  package struct Log: Hashable, Sendable {
    /// "" when none is given.
    package var prefix: String
    /// NFLOG group; nil: the kernel log.
    package var group: UInt16?
    package var logsIPOptions: Bool
    package init(prefix: String, group: UInt16? = nil, logsIPOptions: Bool = false) {
      self.prefix = prefix
      self.group = group
      self.logsIPOptions = logsIPOptions
    }
  }
}

/// `new = (old & keep) ^ (other & take) ^ flip`, on the packet's or the connection's mark.
package struct MarkMix: Hashable, Sendable {
  package var keep: UInt32
  /// `mark` or `ctMark`; nil: no other mark goes in.
  package var source: Field?
  package var take: UInt32
  package var flip: UInt32
  package init(keep: UInt32, source: Field? = nil, take: UInt32 = 0, flip: UInt32 = 0) {
    self.keep = keep
    self.source = source
    self.take = take
    self.flip = flip
  }
}

/// `… vmap { … }` or `vmap @name`: the first element that holds the key gives the verdict; without one the rule ends
/// and the next rule runs.
package struct VerdictMap: Sendable {
  package var key: [Field]
  package var map: SetID
  package init(key: [Field], map: SetID) {
    self.key = key
    self.map = map
  }
}
