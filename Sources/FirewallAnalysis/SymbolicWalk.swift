import FirewallModel
import PacketSets
import Packets

/// The way of a whole region through the rules: it is cut where rules tell its packets apart. Where a condition cannot
/// be decided, both ways are followed and compared piece by piece.
struct SymbolicWalk {
  let ruleset: Ruleset
  let program: Program
  /// The way to the hook asked for, and the one of input and forward that DNAT may send packets to.
  private let ways: (own: Journey, other: Journey)
  let locals: LocalAddresses
  let isV4: Bool
  let splitter: RegionSplitter
  let hook: Hook
  var budget: Int
  var isComplete = true
  var forks = 200
  /// Stops the walk as soon as it says so.
  var isEnough: (Piece) -> Bool = { _ in false }
  var isStopped = false
  /// Rules of large chains that may match something of the region at all.
  var candidates: RuleCandidates?

  static let maximumForkDepth = 4
  static let maximumPieces = 100_000

  /// Where a part of the region stands on its way.
  struct Cursor {
    var stop = 0
    var chain = 0
    var rule = 0
    var step = 0
    var frames: [(chain: Int, rule: Int)] = []
    var gotos = 0
    var view = RegionView()
    var hook: Hook?
    var isDecidedByConntrack = false
    var isDefragmented = false
    var translatedAt: Hook?
    var translations: [Translation] = []
    var acceptedBy: [Decider] = []
    var isInChain = false
    /// What else may happen to packets of this part, each with its reason.
    var others: [Alternative] = []
    /// The packets go another way than they came for, since their destination was changed.
    var isRerouted = false
    var newOutInterface: String?
  }

  func journey(_ cursor: Cursor) -> Journey { cursor.isRerouted ? ways.other : ways.own }

  struct Alternative {
    var why: Uncertainty
    var pieces: [Piece]
  }

  struct Item {
    var cursor: Cursor
    var region: Box
  }

  init(_ analysis: Analysis, to hook: Hook, isV4: Bool, budget: Int) {
    ruleset = analysis.ruleset
    program = analysis.program
    let other: Hook = hook == .input ? .forward : hook == .forward ? .input : hook
    ways = (analysis.program.journey(to: hook, isV4: isV4), analysis.program.journey(to: other, isV4: isV4))
    locals = analysis.localAddresses
    self.isV4 = isV4
    splitter = RegionSplitter(ruleset: analysis.ruleset)
    self.hook = hook
    self.budget = budget
  }

  /// What every packet of this way has.
  static func entry(_ region: Box, to hook: Hook, isV4: Bool) -> Box? {
    var region = region.narrowed(.family, to: isV4 ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6)
    let named = ValueSet(Interval(1, .max))
    if hook != .output, hook != .postrouting, hook != .egress { region = region.narrowed(.inInterface, to: named) }
    if hook == .forward || hook == .output { region = region.narrowed(.outInterface, to: named) }
    func types(_ types: [AddressType]) -> ValueSet { ValueSet(values: types.map { UInt128($0.rawValue) }) }
    switch hook {
    case .input:
      region = region.narrowed(.destinationAddressType, to: types([.local, .broadcast, .anycast, .multicast]))
        .narrowed(.packetType, to: ValueSet(Interval(0, 2)))
    case .forward:
      region = region.narrowed(.ttl, to: ValueSet(Interval(2, 255)))
        .narrowed(.destinationAddressType, to: types([.unicast, .multicast]))
        .narrowed(.packetType, to: ValueSet(Interval(0, 2)))
      // Loopback addresses are local on every host: such packets are never forwarded.
      let loopback = isV4 ? Interval(0x7f00_0000, 0x7fff_ffff) : Interval(1)
      for field in [Field.source, .destination] {
        region = region.narrowed(field, to: ValueSet(loopback).complement(in: field))
      }
    default: break
    }
    return RegionFacts.settle(region)
  }

  /// Cuts the region into pieces.
  mutating func run(_ region: Box) -> [Piece] {
    guard let entry = Self.entry(region, to: hook, isV4: isV4) else { return [] }
    return solve([Item(cursor: Cursor(), region: entry)], depth: 0)
  }

  mutating func solve(_ start: [Item], depth: Int) -> [Piece] {
    var pieces: [Piece] = []
    var work = start
    while let item = work.popLast() {
      if budget <= 0 || pieces.count > Self.maximumPieces {
        isComplete = false
        break
      }
      if isStopped { break }
      let before = pieces.count
      advance(item, depth: depth, &work, &pieces)
      if depth == 0, pieces.count > before, pieces[before...].contains(where: isEnough) { isStopped = true }
    }
    return pieces
  }

  private mutating func advance(_ item: Item, depth: Int, _ work: inout [Item], _ pieces: inout [Piece]) {
    if item.cursor.isInChain {
      runChain(item, depth: depth, &work, &pieces)
    } else {
      enterNextStop(item, &work, &pieces)
    }
  }

  /// Writes down a piece, compared with everything else that may happen to it.
  mutating func finish(_ cursor: Cursor, _ region: Box, _ outcome: Outcome, _ decider: Decider, _ pieces: inout [Piece])
  {
    var piece = Piece(region: region, outcome: outcome, decider: decider)
    if !cursor.translations.isEmpty {
      piece.translations = cursor.translations
      for field in [Field.source, .destination, .sourcePort, .destinationPort] {
        if case .number(let number) = cursor.view[field] { piece.rewritten[field] = number }
      }
    }
    piece.isRerouted = cursor.isRerouted
    piece.leavesBy = cursor.newOutInterface
    var current = [piece]
    for other in cursor.others {
      var next: [Piece] = []
      for piece in current {
        for alternative in other.pieces {
          budget -= 1
          let common = piece.region.intersection(alternative.region)
          if common.isEmpty { continue }
          var joined = piece
          joined.region = common
          if piece.outcome != alternative.outcome || piece.translations != alternative.translations {
            joined.outcome = .may(Self.reasons(piece.outcome, alternative.outcome, other.why))
            let own = piece.possible.isEmpty ? [piece.outcome] : piece.possible
            joined.possible = own + (alternative.possible.isEmpty ? [alternative.outcome] : alternative.possible)
          }
          next.append(joined)
        }
      }
      current = next
    }
    pieces += current
  }

  private static func reasons(_ a: Outcome, _ b: Outcome, _ why: Uncertainty) -> [Uncertainty] {
    var reasons: [Uncertainty] = []
    func add(_ reason: Uncertainty) { if !reasons.contains(reason), reasons.count < 16 { reasons.append(reason) } }
    if case .may(let inner) = a { inner.forEach(add) }
    add(why)
    if case .may(let inner) = b { inner.forEach(add) }
    return reasons
  }

  // MARK: Base chains

  private mutating func enterNextStop(_ item: Item, _ work: inout [Item], _ pieces: inout [Piece]) {
    var cursor = item.cursor
    let journey = journey(cursor)
    guard cursor.stop < journey.stops.count else {
      finish(cursor, item.region, .accept, acceptDecider(cursor), &pieces)
      return
    }
    let stop = journey.stops[cursor.stop]
    arrive(&cursor, at: stop)
    var passing = cursor
    passing.stop += 1
    var entering = [item.region]
    if !stop.devices.isEmpty {
      let field: Field = stop.hook == .egress ? .outInterface : .inInterface
      let cut = splitter.split(item.region, field, ValueSet(values: stop.devices), cursor.view)
      for region in cut.no + cut.maybe.map(\.region) { work.append(Item(cursor: passing, region: region)) }
      entering = cut.yes
    }
    if stop.isNAT {
      if !journey.tracks || cursor.translatedAt == stop.hook {
        work += entering.map { Item(cursor: passing, region: $0) }
        return
      }
      var new: [Box] = []
      for region in entering {
        let (first, later) = splitFirstPackets(region, cursor)
        new += first
        work += later.map { Item(cursor: passing, region: $0) }
      }
      entering = new
    }
    cursor.chain = stop.chain.index
    (cursor.rule, cursor.step, cursor.gotos) = (0, 0, 0)
    cursor.frames.removeAll()
    cursor.isInChain = true
    for region in entering { work.append(Item(cursor: cursor, region: region)) }
  }

  /// Nat chains see the first packet of a flow only: state new, or related with an opening SYN.
  private func splitFirstPackets(_ region: Box, _ cursor: Cursor) -> (first: [Box], later: [Box]) {
    let new = splitter.split(
      region, .ctState, ValueSet(UInt128(ConntrackState.new.rawValue)), cursor.view)
    var first = new.yes
    var later: [Box] = new.maybe.map(\.region)
    for rest in new.no {
      let related = splitter.split(
        rest, .ctState, ValueSet(UInt128(ConntrackState.related.rawValue)), cursor.view)
      later += related.no + related.maybe.map(\.region)
      for part in related.yes {
        let opening = splitter.split(part, .tcpFlags, Self.openingFlags, cursor.view)
        first += opening.yes
        later += opening.no + opening.maybe.map(\.region)
      }
    }
    return (first, later)
  }

  /// Flag bytes with SYN and without ACK.
  static let openingFlags = ValueSet(values: (0..<256).filter { $0 & 0x12 == 0x02 }.map { UInt128($0) })

  func arrive(_ cursor: inout Cursor, at stop: JourneyStop) {
    if cursor.hook != stop.hook {
      cursor.hook = stop.hook
      setInterfaces(&cursor.view, at: stop.hook, cursor)
      let isEarly = stop.hook == .ingress || stop.hook == .prerouting || stop.hook == .output
      if isEarly, !cursor.isDecidedByConntrack, !cursor.view.has(.ctState) {
        cursor.view.set(.ctState, .number(UInt128(ConntrackState.invalid.rawValue)))
        for field in Self.conntrackFields { cursor.view.set(field, .absent) }
      }
    }
    let isEarlyHook = stop.hook == .prerouting || stop.hook == .output
    if stop.hook != .ingress, !(isEarlyHook && stop.priority <= -400), !cursor.isDefragmented, ways.own.tracks {
      cursor.isDefragmented = true
      for field in [Field.fragmentOffset, .moreFragments] { cursor.view.set(field, .number(0)) }
      if !isV4 { cursor.view.set(.hasFragmentHeader, .number(0)) }
    }
    let isBefore = stop.hook == .ingress || isEarlyHook && stop.priority <= Journey.conntrackPriority
    if !isBefore, !cursor.isDecidedByConntrack {
      cursor.isDecidedByConntrack = true
      if case .number(let state) = cursor.view[.ctState], state == UInt128(ConntrackState.untracked.rawValue) { return }
      cursor.view.remove(.ctState)
      for field in Self.conntrackFields { cursor.view.remove(field) }
    }
  }

  static let conntrackFields = Field.allCases.filter { Journey.isConntrack($0) && $0 != .ctState }

  private func setInterfaces(_ view: inout RegionView, at place: Hook, _ cursor: Cursor) {
    func missing(_ name: Field, _ type: Field, _ group: Field) {
      view.set(name, .number(0))
      view.set(type, .absent)
      view.set(group, .absent)
    }
    func there(_ name: Field, _ type: Field, _ group: Field) {
      view.remove(name)
      view.remove(type)
      view.remove(group)
    }
    let isLocal = hook == .output
    switch place {
    case .ingress, .prerouting, .input:
      there(.inInterface, .inInterfaceType, .inInterfaceGroup)
      missing(.outInterface, .outInterfaceType, .outInterfaceGroup)
      view.set(.socketUID, .absent)
      view.set(.socketGID, .absent)
    case .forward:
      there(.inInterface, .inInterfaceType, .inInterfaceGroup)
      there(.outInterface, .outInterfaceType, .outInterfaceGroup)
    case .output:
      missing(.inInterface, .inInterfaceType, .inInterfaceGroup)
      there(.outInterface, .outInterfaceType, .outInterfaceGroup)
    case .postrouting, .egress:
      if isLocal { missing(.inInterface, .inInterfaceType, .inInterfaceGroup) }
      there(.outInterface, .outInterfaceType, .outInterfaceGroup)
    }
    if isLocal {
      for field in [Field.etherSource, .etherDestination, .etherType] { view.set(field, .absent) }
    }
    if journey(cursor).hook == .forward, place != .ingress, place != .prerouting { view.set(.ttl, .oneLess) }
    let isOut = place == .forward || place == .postrouting || place == .egress
    if isOut, journey(cursor).hook == .forward, cursor.isRerouted || cursor.newOutInterface != nil {
      let name = cursor.newOutInterface.map { RegionView.Value.number(InterfaceName.value($0)) }
      view.set(.outInterface, name ?? .unknown(Uncertainty(.hostFact, "the route to the new destination")))
      view.set(.outInterfaceType, .unknown(.unknownField(.outInterfaceType)))
      view.set(.outInterfaceGroup, .unknown(.unknownField(.outInterfaceGroup)))
    }
  }

  /// For accepted packets: the last rule that accepted in their own hook, else the policy that did.
  private func acceptDecider(_ cursor: Cursor) -> Decider {
    AcceptDecider.choose(cursor.acceptedBy, hook: journey(cursor).hook, ruleset)
  }
}
