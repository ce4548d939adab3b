import FirewallModel
import PacketSets
import Packets

/// A region of changed packets as a question that people can read and ask again.
enum RegionQuestion {
  struct Told {
    var question: PacketQuestion
    var remarks: [String]
    /// What a question would ask of the old rule set; nil: the language has no word for it.
    var before: PacketQuestion.WantedOutcome?
  }

  /// `witness` stands for the region where the language has no words for all of it.
  static func make(_ box: Box, at hook: Hook, from: Fate, to: Fate, witness: Packet?) -> Told {
    var teller = RegionTeller(box: box, hook: hook, witness: witness)
    var told = teller.run(to)
    switch from {
    case .queued, .taken, .may: told.before = nil
    case .accepted(let changes): told.before = changes.isEmpty ? .accepted : nil
    case .dropped, .rejected: told.before = teller.outcome(from)
    }
    return told
  }
}

private struct RegionTeller {
  typealias Term = PacketQuestion.Term.Kind
  let box: Box
  let hook: Hook
  let witness: Packet?
  private var terms: [Term] = []
  private var remarks: [String] = []

  init(box: Box, hook: Hook, witness: Packet?) {
    self.box = box
    self.hook = hook
    self.witness = witness
  }

  mutating func run(_ fate: Fate) -> RegionQuestion.Told {
    let source = endpoint(.source, isLocal: hook == .output)
    let destination = endpoint(.destination, isLocal: hook == .input)
    interfaces(.inInterface)
    interfaces(.outInterface)
    protocols()
    state()
    flags()
    headers()
    let isAmbiguous =
      hook == .forward || destination.kind != .host && hook == .input || source.kind != .host && hook == .output
    if needsFamily(source, destination), let family = box[.family]?.single {
      terms.append(.family(isV4: family == NetworkProtocol.ipv4))
    }
    let question = PacketQuestion(
      .any, from: source, to: destination, via: isAmbiguous ? hook : nil,
      terms: terms.map { PacketQuestion.Term($0) }, outcome: outcome(fate))
    return RegionQuestion.Told(question: question, remarks: remarks, before: nil)
  }

  private func needsFamily(_ source: PacketQuestion.Endpoint, _ destination: PacketQuestion.Endpoint) -> Bool {
    for endpoint in [source, destination] { if case .addresses = endpoint.kind { return false } }
    return !terms.contains { if case .icmp = $0 { true } else { false } }
  }

  func outcome(_ fate: Fate) -> PacketQuestion.WantedOutcome {
    switch fate {
    case .accepted(let changes):
      let isV4 = box[.family]?.single.map { $0 == NetworkProtocol.ipv4 } ?? witness?.source.isV4 ?? true
      for isSource in [false, true] {
        let own = changes.filter { $0.isSource == isSource }
        guard case .number(let address)? = own.first(where: { !$0.isPort })?.target else { continue }
        var port: UInt16?
        if case .number(let number)? = own.first(where: \.isPort)?.target { port = UInt16(truncatingIfNeeded: number) }
        return .translated(QuestionParser.address(address, isV4: isV4), port: port)
      }
      return .accepted
    case .dropped: return .dropped
    case .rejected(let name): return .rejected(with: RejectNames.all.contains(name) ? RejectAnswer(name) : nil)
    case .queued, .taken, .may: return .accepted
    }
  }

  // MARK: Ends

  private mutating func endpoint(_ field: Field, isLocal: Bool) -> PacketQuestion.Endpoint {
    let plain = PacketQuestion.Endpoint(isLocal ? .host : .any)
    guard let values = box[field], let family = box[.family]?.single ?? witness.map({ $0.source.family }) else {
      return plain
    }
    let isV4 = family == NetworkProtocol.ipv4
    let all = isV4 ? AddressBlocks.allV4 : ValueSet(Interval(0, .max))
    let rest = all.subtracting(values)
    if rest.isEmpty { return plain }
    func ranges(_ values: ValueSet) -> [ClosedRange<Address>] {
      values.intervals.map {
        QuestionParser.address($0.lower, isV4: isV4)...QuestionParser.address($0.upper, isV4: isV4)
      }
    }
    let unicast = isV4 ? AddressBlocks.unicastV4 : AddressBlocks.unicastV6
    if rest.intervals.count < values.intervals.count {
      // Everything but some addresses; what nobody sends anyway goes without saying.
      let said = rest.intersection(unicast)
      if said.isEmpty { return plain }
      if said.intervals.count <= 6 { return PacketQuestion.Endpoint(.addresses(ranges(said), isNegated: true)) }
    }
    // Nearly everybody: said so, since no list of the others would be read.
    if values.intervals.count > 3, Double(rest.intersection(unicast).count) < Double(unicast.count) / 64 {
      remarks.append("\(field == .source ? "sources" : "destinations") that no earlier rule takes")
      return plain
    }
    // Some of the many, among them the witness's.
    var shown = Array(values.intervals.prefix(6))
    if let address = witness.map({ field == .source ? $0.source.value : $0.destination.value }),
      !shown.contains(where: { $0.contains(address) }),
      let own = values.intervals.first(where: { $0.contains(address) })
    {
      shown[shown.count - 1] = own
    }
    return PacketQuestion.Endpoint(.addresses(ranges(ValueSet(shown)), isNegated: false))
  }

  private mutating func interfaces(_ field: Field) {
    guard let values = box[field] else {
      // `any` leaves the loopback device out.
      return
    }
    let named = values.subtracting(ValueSet(0))
    let rest = ValueSet(Interval(1, .max)).subtracting(named)
    if rest.isEmpty { return }
    let isIn = field == .inInterface
    func patterns(_ values: ValueSet) -> [PacketQuestion.InterfacePattern]? {
      var result: [PacketQuestion.InterfacePattern] = []
      for interval in values.intervals {
        let name = InterfaceName.name(interval.lower)
        if interval.lower == interval.upper {
          result.append(.init(name))
        } else if InterfaceName.prefixBounds(name) == (interval.lower, interval.upper) {
          result.append(.init(name, isPrefix: true))
        } else {
          return nil
        }
      }
      return result.isEmpty || result.count > 8 ? nil : result
    }
    if let list = patterns(named) {
      terms.append(isIn ? .inInterface(list) : .outInterface(list))
    } else if let list = patterns(rest) {
      let others = list.filter { $0 != .init("lo") }
      if !others.isEmpty { terms.append(.not(isIn ? .inInterface(others) : .outInterface(others))) }
    } else if let name = isIn ? witness?.inInterface : witness?.outInterface {
      terms.append(isIn ? .inInterface([.init(name)]) : .outInterface([.init(name)]))
    }
  }

  // MARK: Protocols and ports

  private mutating func protocols() {
    let all = ValueSet(allOf: .transportProtocol)
    let protocols = (box[.transportProtocol] ?? all).intersection(all)
    let single = protocols.single.flatMap { UInt8(exactly: $0) }
    let destination = ports(.destinationPort)
    let source = ports(.sourcePort)
    let chosen: UInt8?
    if let single {
      chosen = single
    } else if protocols != all, all.subtracting(protocols).count > 6 {
      chosen = witness?.transportProtocol ?? protocols.first.flatMap { UInt8(exactly: $0) }
    } else {
      chosen = nil
      for value in all.subtracting(protocols).intervals.flatMap({ [$0.lower, $0.upper] }) {
        let number = UInt8(truncatingIfNeeded: value)
        let term: Term =
          number == 1
          ? .icmp(isV6: false, types: nil, code: nil)
          : number == 58
            ? .icmp(isV6: true, types: nil, code: nil) : .transport(number, ports: nil)
        if !terms.contains(.not(term)) { terms.append(.not(term)) }
      }
    }
    if let chosen {
      if chosen == IPProtocol.icmp || chosen == IPProtocol.icmpv6 {
        icmp(isV6: chosen == IPProtocol.icmpv6)
        return
      }
      terms.append(.transport(chosen, ports: ProtocolName.hasPorts(chosen) ? destination : nil))
      if let source, ProtocolName.hasPorts(chosen) { terms.append(.sourcePort(source)) }
      return
    }
    if let destination { terms.append(.destinationPort(destination)) }
    if let source { terms.append(.sourcePort(source)) }
  }

  /// nil: all of them.
  private func ports(_ field: Field) -> ValueSet? {
    guard let values = box[field] else { return nil }
    let present = values.intersection(ValueSet(allOf: field))
    if present.isEmpty || present == ValueSet(allOf: field) { return nil }
    return shortened(present, keeping: field == .sourcePort ? witness?.sourcePort : witness?.destinationPort)
  }

  /// At most sixteen intervals, among them the witness's.
  private func shortened(_ values: ValueSet, keeping number: UInt16?) -> ValueSet {
    guard values.intervals.count > 16 else { return values }
    var shown = Array(values.intervals.prefix(15))
    if let number, let own = values.intervals.first(where: { $0.contains(UInt128(number)) }) { shown.append(own) }
    return ValueSet(shown)
  }

  private mutating func icmp(isV6: Bool) {
    var types = box[.icmpType]?.intersection(ValueSet(allOf: .icmpType))
    if types == ValueSet(allOf: .icmpType) { types = nil }
    var code: UInt8?
    if let codes = box[.icmpCode]?.intersection(ValueSet(allOf: .icmpCode)), codes != ValueSet(allOf: .icmpCode) {
      code = witness?.icmpCode ?? codes.first.flatMap { UInt8(exactly: $0) }
      if types?.single == nil, let type = witness?.icmpType { types = ValueSet(UInt128(type)) }
      if types?.single == nil { code = nil }
    }
    terms.append(.icmp(isV6: isV6, types: types, code: code))
  }

  // MARK: State, flags, headers

  private mutating func state() {
    guard let values = box[.ctState] else {
      if let witness, witness.state == .established || witness.state == .related || witness.state == .invalid,
        let state = witness.state
      {
        terms.append(.states([state]))
      }
      return
    }
    let states = Set(ConntrackState.allCases.filter { values.contains(UInt128($0.rawValue)) })
    if states.contains(.new), witness?.state == nil || witness?.state == .new { return }
    if states.count == 5 { return }
    if states == [.untracked] { return }
    terms.append(.states(states.count > 1 && states.contains(.untracked) ? states.subtracting([.untracked]) : states))
  }

  private mutating func flags() {
    guard let values = box[.tcpFlags]?.intersection(ValueSet(allOf: .tcpFlags)), !values.isEmpty,
      values != ValueSet(allOf: .tcpFlags),
      terms.contains(where: { if case .transport(6, _) = $0 { true } else { false } })
    else { return }
    let isNew = !terms.contains { if case .states = $0 { true } else { false } }
    if isNew, values.contains(UInt128(TCPFlag.syn)) { return }
    let list = values.intervals.flatMap { Array($0.lower...$0.upper) }.map { UInt8(truncatingIfNeeded: $0) }
    let own = witness?.tcpFlags ?? list[0]
    // Bits that are the same in all of them, when every choice of the others is in.
    let common = list.reduce(UInt8.max) { $0 & ~($1 ^ list[0]) }
    if list.count == 1 << (8 - common.nonzeroBitCount) {
      if common != 0 { terms.append(.flags([list[0] & common], mask: common)) }
    } else if list.count <= 4 {
      terms.append(.flags(Set(list), mask: .max))
    } else {
      terms.append(.flags([list.contains(own) ? own : list[0]], mask: .max))
    }
  }

  private mutating func headers() {
    let isFragment =
      box[.fragmentOffset].map { !$0.contains(0) } ?? false || box[.moreFragments]?.single == 1
      || box[.hasFragmentHeader]?.single == 1
    if isFragment { terms.append(.fragment) }
    for option in PacketQuestion.IPOption.allCases where box[option.field]?.single == 1 {
      terms.append(.option(option))
    }
    if let types = box[.destinationAddressType] {
      for kind in PacketQuestion.AddressKind.allCases where types.single == UInt128(kind.type.rawValue) {
        terms.append(.to(kind))
      }
    }
    if let marks = box[.mark], !marks.contains(0), let mark = marks.first {
      terms.append(.mark(witness?.mark ?? UInt32(truncatingIfNeeded: mark), mask: .max))
    }
    for field in PacketQuestion.NamedField.allCases {
      guard let values = box[field.field]?.intersection(ValueSet(allOf: field.field)), !values.isEmpty,
        values != ValueSet(allOf: field.field), values.intervals.count <= 8
      else { continue }
      terms.append(.field(field, values))
    }
    let told: Set<Field> = [
      .family, .inInterface, .outInterface, .source, .destination, .transportProtocol, .sourcePort, .destinationPort,
      .icmpType, .icmpCode, .ctState, .tcpFlags, .fragmentOffset, .moreFragments, .hasFragmentHeader, .hasLSRR,
      .hasSSRR,
      .hasRecordRoute, .hasTimestampOption, .destinationAddressType, .mark, .ttl, .dscp, .packetLength, .socketUID,
      .socketGID, .packetType, .sourceAddressType, .reversePathOK,
    ]
    let usual: Set<Field> = [
      .hasRouterAlert, .hasHopByHop, .hasDestinationOptions, .hasRoutingHeader, .hasMobilityHeader, .hasAH, .hasESP,
    ]
    for constraint in box.constraints where !told.contains(constraint.field) {
      if usual.contains(constraint.field), constraint.values.contains(0) { continue }
      let values = constraint.values.intersection(ValueSet(allOf: constraint.field))
      remarks.append("\(constraint.field) \(values.intervals.count > 8 ? "…" : NumberLists.text(values))")
    }
  }
}
