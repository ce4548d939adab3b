package import FirewallAnalysis
package import FirewallModel
package import HostFacts
package import PacketSets
package import Packets

/// What a check may look at. Facts that several checks need are computed once, in `init`.
package struct CheckContext: Sendable {
  package let analysis: Analysis
  /// The same rule set as an ordinary stranger's packet meets it (`TypicalRuleset`); `analysis` itself when nothing in
  /// it is uncertain in that way.
  package let typical: Analysis
  package let hasTypicalView: Bool
  /// What each rule names and does.
  package let outlines: RuleOutlines
  package let named: NamedValues
  package let chains: ChainFacts
  package let zones: Zones
  package let role: HostFacts.Role
  /// Connections that the rules let open, a few for each hook and version.
  package let flows: [Flow]
  /// What a stranger may open, by hook, version and protocol.
  package let openings: [Opening]

  /// Rules that no packet can match.
  package let dead: DeadRules
  /// How the other rules of a chain stand to each other.
  package let relations: RuleRelations

  package var ruleset: Ruleset { analysis.ruleset }

  /// How many packets one question may be asked about: each walks past every rule, so in very large rule sets fewer.
  package let mostWalks: Int
  package var host: HostFacts { analysis.host }

  package init(_ analysis: Analysis) { self.init(analysis, after: nil, changedIn: []) }

  /// The context of a rule set that differs from an earlier one for packets of the regions only: connections are looked
  /// for among those and the earlier ones. `regions` may be left out rules of, as long as those packets do not meet them.
  package init(_ analysis: Analysis, after earlier: CheckContext, changedIn regions: [Box]) {
    self.init(analysis, after: Optional(earlier), changedIn: regions)
  }

  private init(_ analysis: Analysis, after earlier: CheckContext?, changedIn regions: [Box]) {
    self.analysis = analysis
    let ruleset = analysis.ruleset
    let typicalRules = TypicalRuleset.make(ruleset)
    hasTypicalView = typicalRules != nil
    typical = typicalRules.map { Analysis($0.ruleset, after: analysis, changed: $0.changed) } ?? analysis
    outlines = RuleOutlines(ruleset)
    mostWalks = max(16, 2_000_000 / max(1, ruleset.ruleCount))
    named = NamedValues(ruleset)
    dead = analysis.deadRules()
    relations = analysis.relations(apartFrom: dead)
    chains = ChainFacts(ruleset)
    zones = Zones(ruleset, host: analysis.host, names: named.interfaces)
    var facts = FlowFacts(analysis: analysis, typical: typical, named: named, chains: chains, zones: zones)
    if let earlier { facts.findFlows(among: earlier.flows, and: regions) } else { facts.findFlows() }
    facts.findOpenings()
    flows = facts.flows
    openings = facts.openings
    role = earlier?.role ?? analysis.host.role ?? facts.derivedRole
  }

  /// Walks a packet. When the exact answer is uncertain only by rates or by sets that others fill, the answer for an
  /// ordinary packet is given with `likely`. nil: undecided.
  package func judge(_ packet: Packet) -> Judgement? {
    let exact = analysis.trace(packet)
    if exact.isCertain { return Judgement(trace: exact, confidence: .proved) }
    guard hasTypicalView else { return nil }
    let ordinary = typical.trace(packet)
    return ordinary.isCertain ? Judgement(trace: ordinary, confidence: .likely) : nil
  }

  /// A packet of the region that came the way it should: an answer would leave by the interface it came in by.
  package func witness(in region: Box, at hook: Hook) -> Packet? {
    var packet = analysis.witness(in: region, at: hook)
    if region[.reversePathOK] == nil { packet?.reversePathOK = true }
    return packet
  }

  /// An address of the version that no rule singles out.
  package func stranger(_ version: IPVersion) -> Address? { named.strangers[version]?.first }

  /// Another one, for the packet's other end.
  package func other(_ version: IPVersion) -> Address? {
    guard let list = named.strangers[version], list.count > 1 else { return nil }
    return list[1]
  }

  /// A third one, for a router on the way.
  package func router(_ version: IPVersion) -> Address? {
    guard let list = named.strangers[version], list.count > 2 else { return nil }
    return list[2]
  }

  /// Is there a base chain other than nat at the hook that sees packets of the version?
  package func isFiltered(_ hook: Hook, _ version: IPVersion) -> Bool {
    !chains.filters(at: hook, version, in: ruleset).isEmpty
  }

  package func range(of decider: Decider) -> Finding.Place? {
    if let rule = decider.rule { return .init(range: ruleset[rule].origin, subject: .rule(rule)) }
    guard let chain = decider.chain else { return nil }
    let origin = ruleset[chain].base?.policyOrigin ?? ruleset[chain].origin
    return .init(range: origin, subject: .chain(chain))
  }
}

/// The answer about one packet, and how sure it is.
package struct Judgement: Sendable {
  package var trace: Trace
  package var confidence: Confidence

  package init(trace: Trace, confidence: Confidence) {
    self.trace = trace
    self.confidence = confidence
  }

  package var isAccepted: Bool { trace.outcome == .accept }
  package var isRefused: Bool { trace.outcome.isRefused }
  /// Dropped in silence.
  package var isDropped: Bool { trace.outcome == .drop }
}

extension Trace {
  /// True when the outcome is decided.
  package var isCertain: Bool {
    if case .may = outcome { return false }
    return true
  }

  /// The last rule that accepted at the hook where the journey ends, when a rule did.
  package var acceptingRule: RuleID? { acceptedBy.last { $0.rule != nil && $0.hook == packet.hook }?.rule }
}

extension CheckContext {
  /// Rules on which the general facts rest: those that the packets of the flows matched, one for each interface that
  /// rules name, and those that translate source addresses (the first of each chain). A rule set of these and some
  /// others has the same open connections, roles and zones.
  package var supports: Set<RuleID> {
    var found: Set<RuleID> = []
    for flow in flows {
      for judgement in [flow.opener, flow.reply, flow.data] {
        guard let trace = judgement?.trace else { continue }
        found.formUnion(trace.steps.compactMap(\.rule))
      }
    }
    var interfaces: Set<UInt128> = []
    for (chain, rules) in ruleset.chains.enumerated() {
      var hasTranslation = false
      for (place, rule) in rules.rules.enumerated() {
        var isSupport = false
        for step in rule.steps {
          switch step {
          case .match(let match):
            guard case .field(let field, let values) = match.condition, field == .inInterface || field == .outInterface,
              let name = values.single
            else { continue }
            if interfaces.count < 32, interfaces.insert(name).inserted { isSupport = true }
          case .verdict(.translate, _):
            if !hasTranslation { isSupport = true }
            hasTranslation = true
          case .effect, .verdict, .verdictMap: break
          }
        }
        if isSupport { found.insert(RuleID(chain: ChainID(chain), index: place)) }
      }
    }
    return found
  }
}
