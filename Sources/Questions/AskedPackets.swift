import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets
import SourceText

/// The packets that a question is about, as disjoint-by-hook regions.
struct AskedPackets: Sendable {
  struct Part: Sendable {
    /// Where the journey ends.
    var hook: Hook
    var region: Box
    var keeps = Kept.all
  }

  /// A packet whose destination is changed ends elsewhere than where it was sent.
  enum Kept: Sendable {
    case all
    /// Those that stay on their journey.
    case staying
    /// Those that another machine of a zone gets: its interfaces and addresses.
    case reaching(interfaces: ValueSet, v4: ValueSet?, v6: ValueSet?)

    func keeps(_ piece: Piece) -> Bool {
      switch self {
      case .all: return true
      case .staying: return !piece.isRerouted
      case .reaching(let interfaces, let v4, let v6):
        guard piece.isRerouted else { return false }
        if let name = piece.leavesBy { return interfaces.contains(InterfaceName.value(name)) }
        guard let target = piece.rewritten[.destination] else { return false }
        let isV4 = piece.region[.family]?.single == NetworkProtocol.ipv4
        return (isV4 ? v4 : v6)?.contains(target) ?? false
      }
    }
  }
  var parts: [Part] = []
  /// What was taken to be so, in the order of the question.
  var assumptions: [String] = []

  mutating func assume(_ text: String?) {
    if let text, !assumptions.contains(text) { assumptions.append(text) }
  }
}

/// One end of a path with its names looked up.
struct ResolvedEnd: Sendable {
  enum Kind: Sendable { case host, anywhere, remote }
  var kind: Kind
  /// nil: any but lo.
  var interfaces: ValueSet?
  var v4: ValueSet?
  var v6: ValueSet?
  /// Addresses were written: the packet's way follows from them.
  var isAddress = false

  func addresses(isV4: Bool) -> ValueSet? { isV4 ? v4 : v6 }
}

/// Works out what packets a question is about.
struct PacketAsker {
  let facts: PlaceFacts
  let question: PacketQuestion
  private(set) var asked = AskedPackets()

  init(_ question: PacketQuestion, facts: PlaceFacts) {
    self.question = question
    self.facts = facts
  }

  private var terms: [PacketQuestion.Term] { question.terms }

  mutating func run() throws(QuestionProblem) -> AskedPackets {
    let source = try resolve(question.source)
    let destination = try resolve(question.destination)
    if source.kind == .host, destination.kind == .host, !names(.inInterface), !names(.outInterface) {
      throw QuestionProblem(
        "packets from this host to itself go over the loopback device", at: question.destination.place,
        hint: "ask for `any -> host in lo`")
    }
    let families = try families()
    for hook in journeys(from: source, to: destination) {
      for isV4 in families {
        for box in regions(hook, isV4: isV4, from: source, to: destination) {
          let keeps: AskedPackets.Kept = destination.kind == .host && hook == .input ? .staying : .all
          asked.parts.append(AskedPackets.Part(hook: place(of: hook), region: box, keeps: keeps))
        }
      }
    }
    let hasOwnPackets = !asked.parts.isEmpty
    if hasOwnPackets { addTranslated(source, destination, families) }
    guard !asked.parts.isEmpty else { throw contradiction(source, destination) }
    return asked
  }

  /// What is sent to this host and handed on to a machine of the zone.
  private mutating func addTranslated(_ source: ResolvedEnd, _ destination: ResolvedEnd, _ families: [Bool]) {
    guard source.kind != .host, destination.kind == .remote, !destination.isAddress, question.via == nil,
      let interfaces = destination.interfaces, !names(.outInterface), facts.translatesDestinations
    else { return }
    let here = ResolvedEnd(kind: .host)
    for isV4 in families {
      for box in regions(.input, isV4: isV4, from: source, to: here) {
        let keeps = AskedPackets.Kept.reaching(interfaces: interfaces, v4: destination.v4, v6: destination.v6)
        asked.parts.append(AskedPackets.Part(hook: .input, region: box, keeps: keeps))
      }
    }
  }

  private func contradiction(_ source: ResolvedEnd, _ destination: ResolvedEnd) -> QuestionProblem {
    let place = terms.last.map { TextPlace(terms[0].place.lower, $0.place.upper) } ?? question.destination.place
    if terms.contains(where: { if case .states(let states) = $0.kind { states == [.untracked] } else { false } }) {
      return QuestionProblem(
        "no packet is like that: only neighbour discovery and listener messages are untracked by themselves", at: place,
        hint: "packets that a notrack rule exempts are asked for as new ones; leave `state` out")
    }
    return QuestionProblem("no packet is like that: the conditions contradict one another", at: place)
  }

  // MARK: Ends

  private mutating func resolve(_ endpoint: PacketQuestion.Endpoint) throws(QuestionProblem) -> ResolvedEnd {
    switch endpoint.kind {
    case .host: return ResolvedEnd(kind: .host)
    case .any: return ResolvedEnd(kind: .anywhere)
    case .internet: return end(of: facts.internet)
    case .name(let name):
      guard let zone = facts.zone(name) else { throw unknown(name, at: endpoint.place) }
      return end(of: zone)
    case .addresses(let ranges, let isNegated):
      let isV4 = ranges.first?.lowerBound.isV4 ?? true
      var values = ValueSet(ranges.map { Interval($0.lowerBound.value, $0.upperBound.value) })
      if isNegated { values = (isV4 ? AddressBlocks.allV4 : ValueSet(allOf: .source)).subtracting(values) }
      return ResolvedEnd(
        kind: .remote, interfaces: nil, v4: isV4 ? values : .empty, v6: isV4 ? .empty : values, isAddress: true)
    case .set(let name): return try resolve(set: name, at: endpoint.place)
    }
  }

  private mutating func end(of zone: PlaceFacts.Zone) -> ResolvedEnd {
    asked.assume(zone.assumption)
    return ResolvedEnd(kind: .remote, interfaces: zone.interfaces, v4: zone.v4, v6: zone.v6)
  }

  private func unknown(_ name: String, at place: TextPlace) -> QuestionProblem {
    var hint = NearMiss.nearest(to: name, among: facts.names).first.map { "did you mean `\($0)`?" }
    if hint == nil || name == "lan" {
      hint = "name the zones of the interfaces in a host file: fwlint query --host FILE"
    }
    return QuestionProblem(
      "`\(name)` is no zone of the host facts and no interface of the rules", at: place, hint: hint)
  }

  private func resolve(set name: String, at place: TextPlace) throws(QuestionProblem) -> ResolvedEnd {
    let found = facts.ruleset.sets.filter { $0.name == name }
    if found.isEmpty {
      let names = facts.ruleset.sets.map(\.name).filter { !$0.isEmpty }
      throw QuestionProblem(
        "there is no set `@\(name)`", at: place,
        hint: NearMiss.nearest(to: name, among: names).first.map { "did you mean `@\($0)`?" })
    }
    var v4 = ValueSet.empty
    var v6 = ValueSet.empty
    for set in found {
      guard case .values(let values) = set.contents else {
        throw QuestionProblem("the set `@\(name)` does not hold addresses alone", at: place)
      }
      let family = set.table.flatMap {
        facts.ruleset.tables.indices.contains($0.index) ? facts.ruleset[$0].family : nil
      }
      let isV6 = family == .ip6 || values.intervals.contains { $0.upper > UInt128(UInt32.max) }
      if isV6 { v6 = v6.union(values) } else { v4 = v4.union(values) }
    }
    guard !v4.isEmpty || !v6.isEmpty else {
      throw QuestionProblem("the set `@\(name)` has no elements in the text", at: place)
    }
    return ResolvedEnd(kind: .remote, interfaces: nil, v4: v4, v6: v6, isAddress: true)
  }

  // MARK: Journeys

  private func journeys(from source: ResolvedEnd, to destination: ResolvedEnd) -> [Hook] {
    var hooks: [Hook] = []
    let mayBeOwnSource = source.isAddress && ownsSome(source)
    let comesIn = source.kind != .host
    let goesOut = destination.kind != .host
    let mayBeOwnTarget = destination.kind != .remote || (destination.isAddress && mayBeOwn(destination))
    if comesIn, mayBeOwnTarget { hooks.append(.input) }
    if comesIn, goesOut { hooks.append(.forward) }
    let isSentHere = source.kind == .host || source.kind == .anywhere && goesOut || mayBeOwnSource
    if isSentHere, goesOut || source.kind == .host { hooks.append(.output) }
    switch question.via {
    case nil: return hooks
    case .input?: return hooks.filter { $0 == .input }
    case .forward?: return hooks.filter { $0 == .forward }
    case .output?: return hooks.filter { $0 == .output }
    case .postrouting?: return hooks.filter { $0 != .input }
    case .ingress?, .prerouting?: return hooks.filter { $0 != .output }
    case .egress?: return hooks.filter { $0 != .input }
    }
  }

  /// The place where the fate is asked for on a journey.
  private func place(of hook: Hook) -> Hook {
    switch question.via {
    case .ingress?: .ingress
    case .prerouting?: .prerouting
    default: hook
    }
  }

  private func ownsSome(_ end: ResolvedEnd) -> Bool {
    !(end.v4?.isDisjoint(with: facts.ownV4) ?? true) || !(end.v6?.isDisjoint(with: facts.ownV6) ?? true)
  }

  /// Without facts any address may be the host's own.
  private func mayBeOwn(_ end: ResolvedEnd) -> Bool {
    let knowsV4 = !facts.ownV4.isEmpty && facts.ownIsComplete
    let knowsV6 = !facts.ownV6.isEmpty && facts.ownIsComplete
    if !knowsV4, !knowsV6 { return true }
    if let v4 = end.v4, !v4.isEmpty { if !knowsV4 || !v4.isDisjoint(with: facts.ownV4) { return true } }
    if let v6 = end.v6, !v6.isEmpty { if !knowsV6 || !v6.isDisjoint(with: facts.ownV6) { return true } }
    return false
  }

  // MARK: Families

  private mutating func families() throws(QuestionProblem) -> [Bool] {
    for term in terms { if case .family(let isV4) = term.kind { return [isV4] } }
    // What a condition means decides before what the rules look at.
    for term in terms {
      if case .icmp(let isV6, _, _) = term.kind { return [!isV6] }
      if case .option = term.kind { return [true] }
    }
    for end in [question.source, question.destination] {
      if case .addresses(let ranges, _) = end.kind, let first = ranges.first { return [first.lowerBound.isV4] }
    }
    if case .translated(let address, _) = question.outcome { return [address.isV4] }
    let seen = [true, false].filter { isV4 in
      facts.ruleset.chains.contains { chain in
        guard chain.base != nil, facts.ruleset.tables.indices.contains(chain.table.index) else { return false }
        switch facts.ruleset[chain.table].family {
        case .ip: return isV4
        case .ip6: return !isV4
        case .inet: return true
        case .arp, .bridge, .netdev: return false
        }
      }
    }
    if seen.count == 1 {
      let (own, other, word) = seen[0] ? ("IPv4", "IPv6", "ip6") : ("IPv6", "IPv4", "ip")
      asked.assume(
        "only \(own) packets are looked at, since no chain sees \(other); ask with `family \(word)` for those")
      return seen
    }
    return [true, false]
  }

  // MARK: Regions

  private func names(_ field: Field) -> Bool {
    terms.contains { term in
      switch term.kind {
      case .inInterface: field == .inInterface
      case .outInterface: field == .outInterface
      default: false
      }
    }
  }

  private func regions(
    _ hook: Hook, isV4: Bool, from source: ResolvedEnd, to destination: ResolvedEnd
  ) -> [Box] {
    if hook == .output, names(.inInterface) { return [] }
    if hook == .input, names(.outInterface) { return [] }
    let shape = PacketShape(terms, hook: hook, isV4: isV4)
    if hook != .output, shape.isOutputOnly { return [] }
    var box = shape.ordinary()
    // Interfaces.
    if hook != .output {
      let known = source.interfaces ?? (names(.inInterface) ? nil : PlaceFacts.notLoopback)
      if let known { box = box.narrowed(.inInterface, to: known) }
    }
    if hook != .input {
      let known = destination.interfaces ?? (names(.outInterface) ? nil : PlaceFacts.notLoopback)
      if let known { box = box.narrowed(.outInterface, to: known) }
    }
    guard let sources = sourceAddresses(source, hook, isV4: isV4, shape),
      let destinations = destinationAddresses(destination, hook, isV4: isV4, shape)
    else { return [] }
    box = box.narrowed(.source, to: sources).narrowed(.destination, to: destinations)
    // A packet that came the way its source is reached; one that is asked for by its address may be spoofed.
    if hook != .output, !source.isAddress { box = box.narrowed(.reversePathOK, to: 1) }
    if hook != .output {
      box = box.narrowed(.sourceAddressType, to: UInt128(AddressType.unicast.rawValue))
    } else if source.kind != .remote {
      box = box.narrowed(.sourceAddressType, to: UInt128(AddressType.local.rawValue))
    }
    return shape.cut(box)
  }

  private func sourceAddresses(
    _ end: ResolvedEnd, _ hook: Hook, isV4: Bool, _ shape: PacketShape
  ) -> ValueSet? {
    let own = isV4 ? facts.ownV4 : facts.ownV6
    var values: ValueSet
    if hook == .output {
      values =
        end.addresses(isV4: isV4) ?? (own.isEmpty || !facts.ownIsComplete ? unicast(isV4) : own.union(linkLocal(isV4)))
    } else {
      values = end.addresses(isV4: isV4) ?? unicast(isV4)
      if !isV4, shape.isNeighbourMessage { values = values.union(AddressBlocks.linkLocalV6) }
      if end.isAddress, !own.isEmpty, hook == .forward || hook == .input { values = values.subtracting(own) }
    }
    return values.isEmpty ? nil : values
  }

  private func destinationAddresses(
    _ end: ResolvedEnd, _ hook: Hook, isV4: Bool, _ shape: PacketShape
  ) -> ValueSet? {
    let own = isV4 ? facts.ownV4 : facts.ownV6
    let all = ValueSet(isV4 ? Interval(0, UInt128(UInt32.max)) : Interval(0, .max))
    var values = end.addresses(isV4: isV4) ?? all
    if shape.target != nil { return values.isEmpty ? nil : values }
    if hook == .input {
      if !own.isEmpty, facts.ownIsComplete {
        var reachable = own.union(linkLocal(isV4))
        if shape.isNeighbourMessage { reachable = reachable.union(AddressBlocks.multicastV6) }
        values = values.intersection(reachable)
      } else if end.kind != .remote, !shape.isNeighbourMessage {
        values = values.intersection(unicast(isV4))
      }
    } else {
      if !shape.isNeighbourMessage { values = values.intersection(unicast(isV4)) }
      if !own.isEmpty, hook == .forward { values = values.subtracting(own) }
    }
    return values.isEmpty ? nil : values
  }

  private func unicast(_ isV4: Bool) -> ValueSet { isV4 ? AddressBlocks.unicastV4 : AddressBlocks.unicastV6 }
  private func linkLocal(_ isV4: Bool) -> ValueSet { isV4 ? .empty : AddressBlocks.linkLocalV6 }
}
