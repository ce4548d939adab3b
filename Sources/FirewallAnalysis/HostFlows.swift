import FirewallModel
import PacketSets
import Packets

extension ConcreteWalk {
  /// nf_conntrack_in: finds the packet's flow, or begins one.
  func track(_ cursor: inout Cursor, _ context: HostContext) {
    cursor.isDecidedByConntrack = true
    defer { cursor.mask = Self.mask(of: cursor.values) }
    if cursor.position.isLooping, cursor.position.flow != nil { return }
    let family = packet.source.family
    if cursor.values[.ctState] == UInt128(ConntrackState.untracked.rawValue)
      || ConntrackClass.isAlwaysUntracked(
        family: family, transport: packet.transportProtocol, icmpType: packet.icmpType)
    {
      forget(&cursor, .untracked)
      return
    }
    let fault = packet.isTruncated || ConntrackClass.hasFault(packet, comesIn: cursor.hook == .prerouting)
    if fault {
      forget(&cursor, .invalid)
      return
    }
    if let type = packet.icmpType, isOwnICMP, ICMPType.quotes(type, isV6: !packet.source.isV4) {
      trackError(&cursor, context)
      return
    }
    guard let tuple = FlowTuple(cursor.values, packet, isV4: packet.source.isV4) else {
      forget(&cursor, .invalid)
      return
    }
    if let found = context.flows.find(tuple) {
      trackKnown(&cursor, context.flows.flows[found.index], found.index, isReply: found.isReply, tuple)
    } else {
      begin(&cursor, tuple)
    }
  }

  private var isOwnICMP: Bool {
    packet.transportProtocol == (packet.source.isV4 ? IPProtocol.icmp : IPProtocol.icmpv6)
  }

  private func begin(_ cursor: inout Cursor, _ tuple: FlowTuple) {
    guard ConntrackClass.opens(packet), let reply = tuple.inverted else {
      forget(&cursor, .invalid)
      return
    }
    var flow = Flow(original: tuple, reply: reply)
    if packet.transportProtocol == IPProtocol.tcp {
      flow.tcp = (packet.tcpFlags ?? TCPFlag.syn) & TCPFlag.syn != 0 ? .synSent : .established
    }
    cursor.position.isReply = false
    cursor.position.flowIndex = nil
    set(flow, .new, &cursor)
  }

  private func trackKnown(
    _ cursor: inout Cursor, _ known: Flow, _ index: Int, isReply: Bool, _ tuple: FlowTuple
  ) {
    var flow = known
    if packet.transportProtocol == IPProtocol.tcp, let flags = packet.tcpFlags {
      switch TCPTracking.step(flow.tcp, flags, isReply: isReply) {
      case .invalid:
        forget(&cursor, .invalid)
        return
      case .reopens:
        begin(&cursor, tuple)
        return
      case .ignored: break
      case .moves(let state):
        let seen = flow.has(Flow.Status.seenReply)
        if seen, state == .established, flow.tcp == .synReceived || flow.tcp == .established {
          flow.status |= Flow.Status.assured
        }
        flow.tcp = state
      }
    }
    let state: ConntrackState
    if isReply {
      state = .established
      flow.status |= Flow.Status.seenReply
    } else if flow.has(Flow.Status.seenReply) {
      state = .established
    } else {
      state = flow.has(Flow.Status.expected) ? .related : .new
    }
    cursor.position.isReply = isReply
    cursor.position.flowIndex = index
    set(flow, state, &cursor)
  }

  /// nf_conntrack_inet_error: the error belongs to the flow that it quotes.
  private func trackError(_ cursor: inout Cursor, _ context: HostContext) {
    guard let quoted = packet.inner.first, quoted.source.isV4 == packet.source.isV4,
      let tuple = FlowTuple(quoted)?.inverted, let found = context.flows.find(tuple),
      cursor.values[.destination] == tuple.destination
    else {
      forget(&cursor, .invalid)
      return
    }
    cursor.position.isReply = found.isReply
    cursor.position.flowIndex = found.index
    cursor.position.isError = true
    set(context.flows.flows[found.index], .related, &cursor)
  }

  private func forget(_ cursor: inout Cursor, _ state: ConntrackState) {
    cursor.position.flow = nil
    cursor.position.flowIndex = nil
    cursor.values.set(.ctState, state.rawValue)
  }

  private func set(_ flow: Flow, _ state: ConntrackState, _ cursor: inout Cursor) {
    cursor.position.flow = flow
    cursor.values.set(.ctState, state.rawValue)
    cursor.values.set(.ctDirection, if: cursor.position.isReply)
    cursor.values.set(.ctMark, flow.mark)
    cursor.values.set(.ctZone, flow.original.zone)
    cursor.values.set(.ctOriginalSource, flow.original.source)
    cursor.values.set(.ctOriginalDestination, flow.original.destination)
    if ProtocolName.hasPorts(flow.original.transport) {
      cursor.values.set(.ctOriginalSourcePort, flow.original.first)
      cursor.values.set(.ctOriginalDestinationPort, flow.original.second)
    } else {
      // The kernel's union holds identifier, type and code there.
      cursor.values.set(.ctOriginalSourcePort, flow.original.first)
      cursor.values.set(.ctOriginalDestinationPort, flow.original.second)
    }
    showStatus(&cursor)
  }

  private func showStatus(_ cursor: inout Cursor) {
    guard let flow = cursor.position.flow else { return }
    for (field, number) in [
      (Field.ctReplySource, flow.reply.source), (.ctReplyDestination, flow.reply.destination),
      (.ctReplySourcePort, UInt128(flow.reply.first)), (.ctReplyDestinationPort, UInt128(flow.reply.second)),
    ] {
      if flow.isUncertain { cursor.values.setUnknown(field) } else { cursor.values.set(field, number) }
    }
    if flow.isUncertain { cursor.values.setUnknown(.ctStatus) } else { cursor.values.set(.ctStatus, flow.status) }
  }

  // MARK: Translation

  /// nf_nat_setup_info: what the answers of a new flow will look like.
  func bind(_ translation: Translation, _ cursor: inout Cursor) -> TranslationEnd {
    guard let hook = cursor.hook, var flow = cursor.position.flow, let context = host else { return .translated }
    // A flow that is confirmed is not changed any more.
    if flow.has(Flow.Status.confirmed) { return .translated }
    let isSource = Self.changesSource(hook)
    guard var target = flow.reply.inverted else { return .translated }
    var words = translation.kind.rawValue
    switch translation.kind {
    case .masquerade:
      guard let device = cursor.position.outDevice,
        let own = context.router.masqueradeAddress(
          isV4: packet.source.isV4, device, towards: cursor.values[.destination] ?? 0)
      else { return .dropped }
      target.source = own
    case .redirect:
      guard
        let own = context.router.redirectAddress(
          isV4: packet.source.isV4, cursor.position.inDevice, isLocal: hook == .output)
      else { return .dropped }
      target.destination = own
    default:
      if translation.map != nil || translation.kind == .netmap { flow.isUncertain = true }
      if let range = translation.addresses {
        if range.lowerBound != range.upperBound { flow.isUncertain = true }
        if isSource { target.source = range.lowerBound.value } else { target.destination = range.lowerBound.value }
      }
    }
    if let ports = translation.ports, ProtocolName.hasPorts(packet.transportProtocol) {
      let old = isSource ? target.first : target.second
      if ports.lowerBound == ports.upperBound || !ports.contains(old) {
        if ports.lowerBound != ports.upperBound { flow.isUncertain = true }
        if isSource { target.first = ports.lowerBound } else { target.second = ports.lowerBound }
      }
    }
    if translation.isRandom { flow.isUncertain = true }
    words += describe(target, isSource: isSource, flow.isUncertain)
    guard let reply = target.inverted else { return .translated }
    if reply != flow.reply || flow.isUncertain {
      flow.reply = reply
      flow.status |= isSource ? Flow.Status.sourceNAT : Flow.Status.destinationNAT
    }
    flow.status |= Self.doneBit(hook)
    cursor.position.flow = flow
    showStatus(&cursor)
    cursor.translations.append(words)
    return .translated
  }

  private func describe(_ target: FlowTuple, isSource: Bool, _ isUncertain: Bool) -> String {
    guard recordsSteps, !isUncertain else { return "" }
    let number = isSource ? target.source : target.destination
    let address: Address = target.isV4 ? .v4(UInt32(truncatingIfNeeded: number)) : .v6(number)
    guard ProtocolName.hasPorts(target.transport) else { return " to \(address)" }
    let port = isSource ? target.first : target.second
    return target.isV4 ? " to \(address):\(port)" : " to [\(address)]:\(port)"
  }

  /// nf_nat_packet: the packet gets the addresses that its flow has been given.
  func finishTranslations(_ hook: Hook, _ cursor: inout Cursor) -> End? {
    guard var flow = cursor.position.flow else { return nil }
    let isSource = Self.changesSource(hook)
    let state = cursor.values[.ctState]
    let isFirst =
      state == UInt128(ConntrackState.new.rawValue) || state == UInt128(ConntrackState.related.rawValue)
    if isFirst, !cursor.position.isError, !flow.has(Flow.Status.confirmed), !flow.has(Self.doneBit(hook)) {
      flow.status |= Self.doneBit(hook)
      cursor.position.flow = flow
      showStatus(&cursor)
    }
    // In reply direction the other half of the translation is undone.
    var bit = isSource ? Flow.Status.sourceNAT : Flow.Status.destinationNAT
    if cursor.position.isReply { bit ^= Flow.Status.sourceNAT | Flow.Status.destinationNAT }
    guard flow.has(bit) else { return nil }
    guard let target = (cursor.position.isReply ? flow.original : flow.reply).inverted else { return nil }
    if packet.transportProtocol == IPProtocol.gre, let length = packet.transportLength, length < 8 {
      return (.lost("too short for its translation"), Decider(hook: hook, chain: nil, rule: nil))
    }
    change(&cursor.values, isSource ? .source : .destination, isSource ? target.source : target.destination, flow)
    if !cursor.position.isError, ProtocolName.hasPorts(packet.transportProtocol) {
      change(
        &cursor.values, isSource ? .sourcePort : .destinationPort, UInt128(isSource ? target.first : target.second),
        flow)
    }
    if let context = host {
      cursor.values.setAddressTypes(context.router, isV4: packet.source.isV4, context.override)
    }
    cursor.mask = Self.mask(of: cursor.values)
    return nil
  }

  private func change(_ values: inout PacketValues, _ field: Field, _ number: UInt128, _ flow: Flow) {
    if flow.isUncertain { values.setUnknown(field) } else { values.set(field, number) }
  }
}

extension FlowTable {
  /// What the walk of a packet leaves behind: a known flow's new state, or a new flow when the packet got through.
  mutating func learn(_ cursor: ConcreteWalk.Cursor) {
    guard var flow = cursor.position.flow else { return }
    if let mark = cursor.values[.ctMark] { flow.mark = UInt32(truncatingIfNeeded: mark) }
    if let index = cursor.position.flowIndex {
      update(index, flow)
    } else if cursor.position.isDelivered || flow.has(Flow.Status.confirmed) {
      flow.status |= Flow.Status.confirmed
      insert(flow)
    }
  }

  /// Flows that are said to be known when the packet comes, made without any rule (ctnetlink).
  mutating func assume(_ packet: Packet) {
    let isError = packet.state == .related && !packet.inner.isEmpty
    let subject = isError ? packet.inner[0] : packet
    guard packet.state == .established || packet.state == .related || packet.isOfSeenFlow,
      let tuple = FlowTuple(subject), let inverted = tuple.inverted
    else { return }
    let isTCP = subject.transportProtocol == IPProtocol.tcp
    let both = Flow.Status.confirmed | Flow.Status.seenReply | Flow.Status.assured
    var flow: Flow
    if packet.state == .established, packet.isReply {
      flow = Flow(original: inverted, reply: tuple)
      flow.status = Flow.Status.confirmed
      if isTCP { flow.tcp = .established }
    } else {
      flow = Flow(original: tuple, reply: inverted)
      if packet.state == .established || isError {
        flow.status = both
      } else {
        flow.status = Flow.Status.confirmed | (packet.state == .related ? Flow.Status.expected : 0)
      }
      if isTCP { flow.tcp = packet.isOfSeenFlow ? .synSent : .established }
    }
    flow.mark = packet.conntrackMark
    if let known = find(flow.original) { remove(known.index) }
    insert(flow)
  }
}
