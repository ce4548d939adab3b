package import Packets
package import SourceText

/// Index of a table in `Ruleset.tables`.
package struct TableID: Hashable, Comparable, Sendable {
  package let index: Int
  package init(_ index: Int) { self.index = index }
  package static func < (a: TableID, b: TableID) -> Bool { a.index < b.index }
}

/// Index of a chain in `Ruleset.chains`.
package struct ChainID: Hashable, Comparable, Sendable {
  package let index: Int
  package init(_ index: Int) { self.index = index }
  package static func < (a: ChainID, b: ChainID) -> Bool { a.index < b.index }
}

/// Index of a set or map in `Ruleset.sets`.
package struct SetID: Hashable, Comparable, Sendable {
  package let index: Int
  package init(_ index: Int) { self.index = index }
  package static func < (a: SetID, b: SetID) -> Bool { a.index < b.index }
}

/// A rule by its chain and its place there, counted from 0.
package struct RuleID: Hashable, Comparable, Sendable {
  package let chain: ChainID
  package let index: Int
  package init(chain: ChainID, index: Int) {
    self.chain = chain
    self.index = index
  }
  package static func < (a: RuleID, b: RuleID) -> Bool { (a.chain, a.index) < (b.chain, b.index) }
}

/// The language a rule set was written in.
package enum Dialect: String, Sendable, CaseIterable {
  case nft
  case nftJSON = "nft-json"
  case iptablesSave = "iptables-save"
  case ip6tablesSave = "ip6tables-save"

  package var isIptables: Bool { self == .iptablesSave || self == .ip6tablesSave }
}

/// The one typed model of a packet filter, whatever language it was written in: what stands after all commands of the
/// input have taken effect. Values only; ids are indices into the arrays.
package struct Ruleset: Sendable {
  package var tables: [Table] = []
  /// All chains of all tables; `Table.chains` refers to them.
  package var chains: [Chain] = []
  /// All named sets and maps and the anonymous ones with more than a few elements.
  package var sets: [NamedSet] = []
  package var coverage = Coverage()

  package init() {}

  package subscript(id: TableID) -> Table { tables[id.index] }
  package subscript(id: ChainID) -> Chain { chains[id.index] }
  package subscript(id: SetID) -> NamedSet { sets[id.index] }
  package subscript(id: RuleID) -> Rule { chains[id.chain.index].rules[id.index] }

  package var ruleCount: Int { chains.reduce(0) { $0 + $1.rules.count } }
}

/// The families of nft(8). iptables tables are `ip`, ip6tables tables `ip6`.
package enum Family: String, Sendable, CaseIterable {
  case ip, ip6, inet, arp, bridge, netdev
}

package struct Table: Sendable {
  package var family: Family
  package var name: String
  package var dialect: Dialect
  /// In the order of declaration.
  package var chains: [ChainID] = []
  package var sets: [SetID] = []
  /// `flags dormant`: its base chains see no packet.
  package var isDormant = false
  package var comment: String?
  /// The declaration: `table inet filter` or `*filter`.
  package var origin: SourceRange

  package init(family: Family, name: String, dialect: Dialect, origin: SourceRange) {
    self.family = family
    self.name = name
    self.dialect = dialect
    self.origin = origin
  }
}

package enum ChainType: String, Sendable { case filter, nat, route }

package enum Policy: String, Sendable { case accept, drop }

/// What makes a chain see packets by itself.
package struct BaseHook: Sendable {
  package var type: ChainType
  package var hook: Hook
  /// Devices of an ingress or egress chain; empty otherwise.
  package var devices: [String] = []
  /// As the kernel orders chains; lower runs first.
  package var priority: Int32
  package var policy: Policy
  /// The policy as written; nil when it is the default.
  package var policyOrigin: SourceRange?
  /// Order of registration in the text, counted from 0 over the whole rule set: at equal priority the chain that was
  /// registered last runs first (measured on Linux 6.18).
  package var registration: Int

  package init(
    type: ChainType, hook: Hook, devices: [String] = [], priority: Int32, policy: Policy,
    policyOrigin: SourceRange? = nil, registration: Int
  ) {
    self.type = type
    self.hook = hook
    self.devices = devices
    self.priority = priority
    self.policy = policy
    self.policyOrigin = policyOrigin
    self.registration = registration
  }
}

package struct Chain: Sendable {
  package var table: TableID
  package var name: String
  /// nil: a regular chain, reached by jump and goto only.
  package var base: BaseHook?
  package var rules: [Rule] = []
  package var comment: String?
  /// The declaration: the name and its keyword (nft), or the `:INPUT DROP` line (iptables).
  package var origin: SourceRange
  /// Where a rule appended to the chain is to be inserted: the byte after the last rule's line, or after the chain's
  /// head where it has none. An empty range.
  package var end: SourceRange

  package init(table: TableID, name: String, base: BaseHook? = nil, origin: SourceRange, end: SourceRange) {
    self.table = table
    self.name = name
    self.base = base
    self.origin = origin
    self.end = end
  }
}

/// How well a run's statements were understood.
package struct Coverage: Sendable {
  /// All statements and matches of all rules, and all declarations.
  package var statements = 0
  /// What the parser does not recognise: such input ends with exit code 3.
  package var notUnderstood: [Gap] = []
  /// What is recognised but not modelled: it only lowers confidence.
  package var notModelled: [Gap] = []

  package struct Gap: Hashable, Sendable {
    package var range: SourceRange
    /// The keyword or option, for grouping: `xt match u32`, `-m foo`.
    package var kind: String
    package init(_ kind: String, at range: SourceRange) {
      self.kind = kind
      self.range = range
    }
  }
  package init() {}
}
