package import FirewallModel
package import PacketSets
package import Packets

/// A question about packets: a set of them at a place of their journey, and what is asked to happen to them.
///
///     every internet -> host tcp/113 is answered
package struct PacketQuestion: Hashable, Sendable {
  package enum Quantifier: String, Hashable, Sendable, CaseIterable {
    /// Is there such a packet?
    case any
    /// Does it hold for all such packets?
    case every
  }

  package var quantifier: Quantifier
  package var source: Endpoint
  package var destination: Endpoint
  /// The place where the fate is asked for; nil: the whole journey.
  package var via: Hook?
  package var terms: [Term]
  package var outcome: WantedOutcome

  package init(
    _ quantifier: Quantifier = .any, from source: Endpoint, to destination: Endpoint, via: Hook? = nil,
    terms: [Term] = [], outcome: WantedOutcome
  ) {
    self.quantifier = quantifier
    self.source = source
    self.destination = destination
    self.via = via
    self.terms = terms
    self.outcome = outcome
  }

  /// One end of a path.
  package struct Endpoint: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      /// Behind the interfaces of the zone `internet`, with an address that is routed there.
      case internet
      /// This machine.
      case host
      /// Anywhere but over the loopback device.
      case any
      /// A zone, else an interface name; looked up with the host facts and the rules.
      case name(String)
      /// Addresses of one family, or the complement of them within it.
      case addresses([ClosedRange<Address>], isNegated: Bool)
      /// A named set of the rule set, without the `@`.
      case set(String)
    }
    package var kind: Kind
    /// Where it stands in the text; empty when it was not read from one. Not part of its identity.
    package var place: TextPlace

    package init(_ kind: Kind, at place: TextPlace = .none) {
      self.kind = kind
      self.place = place
    }
    package static func == (a: Endpoint, b: Endpoint) -> Bool { a.kind == b.kind }
    package func hash(into hasher: inout Hasher) { hasher.combine(kind) }
  }

  /// One condition; all of a question's hold together.
  package struct Term: Hashable, Sendable {
    package indirect enum Kind: Hashable, Sendable {
      /// A protocol and, where it has any, destination ports.
      case transport(UInt8, ports: ValueSet?)
      /// ICMP types (numbers) and one code; no types: all of them.
      case icmp(isV6: Bool, types: ValueSet?, code: UInt8?)
      case sourcePort(ValueSet)
      case destinationPort(ValueSet)
      case states(Set<ConntrackState>)
      /// `flags & mask` is one of the values.
      case flags(Set<UInt8>, mask: UInt8)
      case option(IPOption)
      case fragment
      case to(AddressKind)
      case family(isV4: Bool)
      case inInterface([InterfacePattern])
      case outInterface([InterfacePattern])
      case mark(UInt32, mask: UInt32)
      /// One of the header fields that have a plain name here.
      case field(NamedField, ValueSet)
      case not(Kind)
    }
    package var kind: Kind
    package var place: TextPlace

    package init(_ kind: Kind, at place: TextPlace = .none) {
      self.kind = kind
      self.place = place
    }
    package static func == (a: Term, b: Term) -> Bool { a.kind == b.kind }
    package func hash(into hasher: inout Hasher) { hasher.combine(kind) }
  }

  /// IPv4 options that a question can name.
  package enum IPOption: String, Hashable, Sendable, CaseIterable {
    case lsrr, ssrr, rr, ts
    package var field: Field {
      switch self {
      case .lsrr: .hasLSRR
      case .ssrr: .hasSSRR
      case .rr: .hasRecordRoute
      case .ts: .hasTimestampOption
      }
    }
  }

  package enum AddressKind: String, Hashable, Sendable, CaseIterable {
    case broadcast, multicast, anycast
    package var type: AddressType {
      switch self {
      case .broadcast: .broadcast
      case .multicast: .multicast
      case .anycast: .anycast
      }
    }
  }

  /// An interface name, or the beginning of one (`ppp*`).
  package struct InterfacePattern: Hashable, Sendable {
    package var name: String
    package var isPrefix: Bool
    package init(_ name: String, isPrefix: Bool = false) {
      self.name = name
      self.isPrefix = isPrefix
    }
  }

  /// Header fields beyond the ones with words of their own, by their names in nft(8).
  package enum NamedField: String, Hashable, Sendable, CaseIterable {
    case ttl, dscp, length, uid, gid
    package var field: Field {
      switch self {
      case .ttl: .ttl
      case .dscp: .dscp
      case .length: .packetLength
      case .uid: .socketUID
      case .gid: .socketGID
      }
    }
  }

  package enum WantedOutcome: Hashable, Sendable {
    case accepted
    case dropped
    case rejected(with: RejectAnswer?)
    /// The sender gets something back.
    case answered
    /// The sender gets nothing back.
    case silent
    /// Let through with this source or destination.
    case translated(Address, port: UInt16?)
    /// Matched by a rule that logs.
    case logged
  }
}

/// A stretch of a question's text, in Unicode scalars from 0.
package struct TextPlace: Hashable, Sendable {
  package var lower: Int
  package var upper: Int
  package init(_ lower: Int, _ upper: Int) {
    self.lower = lower
    self.upper = max(lower, upper)
  }
  package static let none = TextPlace(0, 0)
}

/// Why a question cannot be asked: a fault of its text, or a name that the rule set and the host facts do not have.
package struct QuestionProblem: Error, Hashable, Sendable {
  /// Lower-case start, no full stop; text of the question in backticks.
  package var message: String
  package var place: TextPlace
  /// The remedy.
  package var hint: String?
  package init(_ message: String, at place: TextPlace, hint: String? = nil) {
    self.message = message
    self.place = place
    self.hint = hint
  }
}

/// What a reject sends back, by the name that both dialects share.
package struct RejectAnswer: Hashable, Sendable {
  package var name: String
  package init(_ name: String) { self.name = name }

  /// Does a reject of this kind send that answer? Names follow iptables-extensions(8) without `icmp-`, and nft(8).
  package func matches(_ kind: RejectKind, isV4: Bool) -> Bool { RejectNames.name(of: kind, isV4: isV4) == name }
}

/// Names of the answers of a reject.
package enum RejectNames {
  /// The canonical names.
  static let all = [
    "tcp-reset", "net-unreachable", "host-unreachable", "prot-unreachable", "port-unreachable", "net-prohibited",
    "host-prohibited", "admin-prohibited", "no-route", "addr-unreachable", "policy-fail", "reject-route",
  ]

  /// Other spellings that people know.
  static let aliases: [(name: String, means: String)] = [
    ("rst", "tcp-reset"), ("reset", "tcp-reset"), ("tcp-rst", "tcp-reset"), ("proto-unreachable", "prot-unreachable"),
    ("icmp-net-unreachable", "net-unreachable"), ("icmp-host-unreachable", "host-unreachable"),
    ("icmp-proto-unreachable", "prot-unreachable"), ("icmp-port-unreachable", "port-unreachable"),
    ("icmp-net-prohibited", "net-prohibited"), ("icmp-host-prohibited", "host-prohibited"),
    ("icmp-admin-prohibited", "admin-prohibited"), ("icmp6-no-route", "no-route"),
    ("icmp6-adm-prohibited", "admin-prohibited"), ("adm-prohibited", "admin-prohibited"),
    ("icmp6-addr-unreachable", "addr-unreachable"), ("icmp6-port-unreachable", "port-unreachable"),
    ("icmp6-policy-fail", "policy-fail"), ("icmp6-reject-route", "reject-route"),
  ]

  /// The name of what a reject sends to a packet of a family; a number where the code has no name.
  package static func name(of kind: RejectKind, isV4: Bool) -> String {
    switch kind {
    case .tcpReset: return "tcp-reset"
    case .icmp(let code): return v4(code)
    case .icmpv6(let code): return v6(code)
    case .icmpx(let code):
      switch code {
      case 0: return isV4 ? "net-unreachable" : "no-route"
      case 1: return "port-unreachable"
      case 2: return isV4 ? "host-unreachable" : "addr-unreachable"
      default: return "admin-prohibited"
      }
    }
  }

  private static func v4(_ code: UInt8) -> String {
    switch code {
    case 0: "net-unreachable"
    case 1: "host-unreachable"
    case 2: "prot-unreachable"
    case 3: "port-unreachable"
    case 9: "net-prohibited"
    case 10: "host-prohibited"
    case 13: "admin-prohibited"
    default: "icmp-3-\(code)"
    }
  }

  private static func v6(_ code: UInt8) -> String {
    switch code {
    case 0: "no-route"
    case 1: "admin-prohibited"
    case 3: "addr-unreachable"
    case 4: "port-unreachable"
    case 5: "policy-fail"
    case 6: "reject-route"
    default: "icmpv6-1-\(code)"
    }
  }
}
