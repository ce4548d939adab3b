import FirewallModel
import Packets

/// One base chain on a packet's way.
struct JourneyStop: Sendable {
  var hook: Hook
  var chain: ChainID
  var policy: Policy
  /// The place among all chains of the hook; for nat chains the NAT core's own.
  var priority: Int32
  var isNAT: Bool
  /// Devices of an ingress or egress chain as `Field.inInterface` numbers; empty: all.
  var devices: [UInt128]
  /// Registered later than conntrack, so that it stands before it where the priority is the same.
  var isBeforeEqual = false
}

/// All base chains that a packet of one family meets, in order.
struct Journey: Sendable {
  var hook: Hook
  var isV4: Bool
  var stops: [JourneyStop]
  /// Some rule of the family's tables needs conntrack, so that the kernel runs it. Without it nat chains see nothing
  /// and fragments stay fragments.
  var tracks: Bool
  /// Some rule of the family's tables changes addresses or ports.
  var translates: Bool

  /// Where conntrack decides a packet's state (prerouting and output).
  static let conntrackPriority: Int32 = -200

  /// Where conntrack collects fragments (prerouting and output).
  static let defragmentationPriority: Int32 = -400

  /// The hook where conntrack first sees a packet.
  var stateHook: Hook { hook == .output || hook == .postrouting || hook == .egress ? .output : .prerouting }

  /// The hooks of a way, in order.
  static func hooks(to hook: Hook) -> [Hook] {
    switch hook {
    case .forward: [.ingress, .prerouting, .forward, .postrouting, .egress]
    case .output: [.output, .postrouting, .egress]
    case .ingress: [.ingress]
    case .prerouting: [.ingress, .prerouting]
    case .postrouting: [.postrouting, .egress]
    case .egress: [.egress]
    case .input: [.ingress, .prerouting, .input]
    }
  }

  init(_ ruleset: Ruleset, to hook: Hook, isV4: Bool, _ use: ConntrackUse) {
    self.hook = hook
    self.isV4 = isV4
    var found: [JourneyStop] = []
    for place in Self.hooks(to: hook) {
      found += Self.stops(ruleset, at: place, isV4: isV4, use)
    }
    stops = found
    tracks = use.tracks
    translates = use.translates
  }

  /// What the rules of each chain ask of conntrack; by `ChainID.index`. One pass over all rules at most.
  struct ChainUse {
    /// Some rule needs conntrack.
    var tracks = false
    /// Some rule changes addresses or ports, which needs conntrack too.
    var translates = false

    static func all(_ ruleset: Ruleset) -> [ChainUse] {
      ruleset.chains.indices.map { chain in
        var use = ChainUse()
        for rule in ruleset.chains[chain].rules.indices {
          for step in ruleset.chains[chain].rules[rule].steps.indices {
            if case .verdict(.translate(let translation), _) = ruleset.chains[chain].rules[rule].steps[step],
              translation.kind != .tproxy
            {
              return ChainUse(tracks: true, translates: true)
            }
            if !use.tracks, needsConntrack(ruleset.chains[chain].rules[rule].steps[step]) { use.tracks = true }
          }
        }
        return use
      }
    }
  }

  /// What the rules of one family ask of conntrack; looked up once for all ways.
  struct ConntrackUse {
    var tracks: Bool
    var translates: Bool
    /// Base chains registered later than this stand before conntrack where their priority is the same: conntrack is
    /// registered when the first rule of the family needs it, after the base chains of that rule's table.
    var registration: Int

    init(_ ruleset: Ruleset, isV4: Bool, _ uses: [ChainUse]) {
      tracks = false
      translates = false
      var first: TableID?
      for (chain, use) in zip(ruleset.chains, uses) where use.tracks {
        guard chain.table.index < ruleset.tables.count, sees(ruleset[chain.table].family, isV4: isV4, hook: .input)
        else { continue }
        tracks = true
        translates = translates || use.translates
        first = first.map { min($0, chain.table) } ?? chain.table
      }
      registration = .max
      guard let first else { return }
      registration = -1
      for chain in ruleset.chains where chain.table <= first {
        registration = max(registration, chain.base?.registration ?? -1)
      }
    }
  }

  static func stops(_ ruleset: Ruleset, at hook: Hook, isV4: Bool, _ use: ConntrackUse) -> [JourneyStop] {
    var found: [(stop: JourneyStop, side: Int, own: Int32, registration: Int)] = []
    let core = natRegistration(ruleset, isV4: isV4)
    for (index, chain) in ruleset.chains.enumerated() {
      guard let base = chain.base, base.hook == hook, chain.table.index < ruleset.tables.count else { continue }
      let table = ruleset[chain.table]
      guard !table.isDormant, sees(table.family, isV4: isV4, hook: hook) else { continue }
      let isNAT = base.type == .nat
      let priority: Int32 = isNAT ? (hook == .prerouting || hook == .output ? -100 : 100) : base.priority
      let stop = JourneyStop(
        hook: hook, chain: ChainID(index), policy: base.policy, priority: priority, isNAT: isNAT,
        devices: base.devices.map { InterfaceName.value($0) }, isBeforeEqual: base.registration > use.registration)
      // The NAT core stands where its first chain was registered; of equals the one registered last runs first.
      let side = isNAT ? 1 : base.registration > core ? 0 : 2
      found.append((stop, side, base.priority, base.registration))
    }
    found.sort { a, b in
      if a.stop.priority != b.stop.priority { return a.stop.priority < b.stop.priority }
      if a.side != b.side { return a.side < b.side }
      if a.own != b.own { return a.own < b.own }
      return a.registration > b.registration
    }
    return found.map(\.stop)
  }

  /// The order of registration of the first nat chain of a family.
  private static func natRegistration(_ ruleset: Ruleset, isV4: Bool) -> Int {
    var first = Int.max
    for chain in ruleset.chains {
      guard let base = chain.base, base.type == .nat, chain.table.index < ruleset.tables.count else { continue }
      let table = ruleset[chain.table]
      if !table.isDormant, sees(table.family, isV4: isV4, hook: base.hook) { first = min(first, base.registration) }
    }
    return first
  }

  /// Some base chain of type nat sees the family.
  static func hasNATChain(_ ruleset: Ruleset, isV4: Bool) -> Bool {
    ruleset.chains.contains { chain in
      guard let base = chain.base, base.type == .nat, chain.table.index < ruleset.tables.count else { return false }
      let table = ruleset[chain.table]
      return !table.isDormant && sees(table.family, isV4: isV4, hook: base.hook)
    }
  }

  private static func sees(_ family: Family, isV4: Bool, hook: Hook) -> Bool {
    switch family {
    case .ip: isV4
    case .ip6: !isV4
    case .inet: true
    case .netdev: hook == .ingress || hook == .egress
    case .arp, .bridge: false
    }
  }

  private static func needsConntrack(_ step: Step) -> Bool {
    switch step {
    case .match(let match): return needsConntrack(match.condition)
    case .effect(let effect, _):
      switch effect {
      case .setConntrackMark, .saveMark, .restoreMark, .setConntrackMarkFromMap: return true
      case .mixMark(let field, let mix): return field == .ctMark || mix.source == .ctMark
      case .setField(let field, _): return isConntrack(field)
      case .setMarkFromMap(_, let fields): return fields.contains(where: isConntrack)
      case .other(let text): return text.hasPrefix("ct ") || text.hasPrefix("flow ")
      case .unknown(let why): return namesConntrack(why)
      default: return false
      }
    case .verdict(.translate(let translation), _): return translation.kind != .tproxy
    case .verdict: return false
    case .verdictMap(let map, _): return map.key.contains(where: isConntrack)
    }
  }

  private static func needsConntrack(_ condition: Condition) -> Bool {
    switch condition {
    case .field(let field, _), .masked(let field, _, _): return isConntrack(field)
    case .member(_, let fields, _): return fields.contains(where: isConntrack)
    case .any(let parts), .all(let parts): return parts.contains { needsConntrack($0) }
    case .not(let part): return needsConntrack(part)
    case .constant: return false
    case .unknown(let why): return namesConntrack(why)
    }
  }

  /// A statement without a model that the kernel runs conntrack for all the same.
  private static func namesConntrack(_ why: Uncertainty) -> Bool {
    ["ct ", "-m conn", "-m helper", "-m cluster", "synproxy", "-j CONNSECMARK"].contains { why.text.hasPrefix($0) }
  }

  static func isConntrack(_ field: Field) -> Bool {
    switch field {
    case .ctState, .ctDirection, .ctStatus, .ctMark, .ctZone, .ctOriginalSource, .ctOriginalDestination,
      .ctOriginalSourcePort, .ctOriginalDestinationPort, .ctReplySource, .ctReplyDestination, .ctReplySourcePort,
      .ctReplyDestinationPort:
      true
    default: false
    }
  }
}
