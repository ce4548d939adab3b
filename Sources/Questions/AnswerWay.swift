import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// Does the sender of packets get something back? A packet that is let through is answered by the machine it reaches (a
/// service, or a refusal of its own), and that answer must come back through the rules as a packet of the flow. A reject
/// sends a RST or an ICMP error, which passes output and postrouting as a related packet.
struct AnswerWay {
  enum Answer: Sendable {
    case comes
    case doesNotCome
    case may([Uncertainty])
  }

  let analysis: Analysis
  private static let budget = 2_000_000

  init(_ analysis: Analysis) { self.analysis = analysis }

  /// A piece cut by what its senders see.
  func cut(_ piece: Piece, at hook: Hook) -> [(region: Box, answer: Answer)] {
    switch piece.outcome {
    case .drop: return [(piece.region, .doesNotCome)]
    case .may(let why): return [(piece.region, .may(why))]
    case .queue, .stolen, .held, .lost:
      return [(piece.region, .may([Uncertainty(.hostFact, "what takes the packet from the rules")]))]
    case .accept, .reject: break
    }
    var parts: [(region: Box, answer: Answer)] = []
    var rest = piece.region
    // Only one protocol at a time says what its answer looks like.
    let protocols = rest[.transportProtocol] ?? ValueSet(allOf: .transportProtocol)
    let isV4 = OutcomeTest.isV4(rest)
    for number in [IPProtocol.tcp, isV4 ? IPProtocol.icmp : IPProtocol.icmpv6] {
      guard protocols.contains(UInt128(number)) else { continue }
      let part = piece.region.narrowed(.transportProtocol, to: UInt128(number))
      if number == IPProtocol.tcp { parts += cut(part, of: piece, at: hook, transport: number, type: nil) }
      if number != IPProtocol.tcp { parts += cutICMP(part, of: piece, at: hook, number) }
      rest = rest.narrowed(.transportProtocol, to: ValueSet(UInt128(number)).complement(in: .transportProtocol))
    }
    if !rest.isEmpty { parts += cut(rest, of: piece, at: hook, transport: nil, type: nil) }
    return parts
  }

  private func cutICMP(
    _ region: Box, of piece: Piece, at hook: Hook, _ number: UInt8
  ) -> [(region: Box, answer: Answer)] {
    let isV6 = number == IPProtocol.icmpv6
    var parts: [(region: Box, answer: Answer)] = []
    var others = region[.icmpType] ?? ValueSet(allOf: .icmpType)
    for value in UInt8.min...UInt8.max where ICMPType.isQuery(value, isV6: isV6) {
      guard others.contains(UInt128(value)) else { continue }
      others = others.subtracting(ValueSet(UInt128(value)))
      parts += cut(
        region.narrowed(.icmpType, to: UInt128(value)), of: piece, at: hook, transport: number, type: value)
    }
    if !others.isEmpty {
      let part = region.narrowed(.icmpType, to: others)
      // Neighbour solicitations have an answer of their own kind; errors and answers have none.
      parts.append((part, .doesNotCome))
    }
    return parts
  }

  private func cut(
    _ region: Box, of piece: Piece, at hook: Hook, transport: UInt8?, type: UInt8?
  ) -> [(region: Box, answer: Answer)] {
    if region.isEmpty { return [] }
    guard let way = way(region, of: piece, at: hook, transport: transport, type: type) else {
      return [(region, .doesNotCome)]
    }
    let partition = analysis.partition(way.region, at: way.hook, budget: Self.budget)
    if !partition.isComplete { return [(region, .may([]))] }
    var parts: [(region: Box, answer: Answer)] = []
    for reply in partition.pieces {
      let back = way.back(reply.region, region)
      if back.isEmpty { continue }
      switch reply.outcome {
      case .accept: parts.append((back, .comes))
      case .drop, .reject: parts.append((back, .doesNotCome))
      case .may(let why): parts.append((back, .may(why)))
      case .queue, .stolen, .held, .lost:
        parts.append((back, .may([Uncertainty(.hostFact, "what takes the answer from the rules")])))
      }
    }
    return parts.isEmpty ? [(region, .doesNotCome)] : parts
  }

  /// The packets that go back, and how their fields come from those of the packets they answer.
  struct Way {
    var hook: Hook
    var region: Box
    /// Field of the answer, field of the asking packet.
    var fields: [(answer: Field, asking: Field)]

    /// The asking packets whose answers are in a region.
    func back(_ answers: Box, _ asking: Box) -> Box {
      var result = asking
      for (answer, field) in fields {
        if let values = answers[answer] {
          if field == .outInterface || field == .inInterface, values.contains(0) { continue }
          result = result.narrowed(field, to: values)
        }
      }
      return result
    }
  }

  private func way(_ asking: Box, of piece: Piece, at hook: Hook, transport: UInt8?, type: UInt8?) -> Way? {
    let isV4 = OutcomeTest.isV4(asking)
    if case .reject(let kind) = piece.outcome { return way(asking, ofReject: kind, isV4: isV4) }
    if asking[.destinationAddressType].map({ Self.isGroup($0) }) ?? false, transport == IPProtocol.tcp { return nil }
    // A packet whose new destination is another machine has left input for forward.
    let isForwarded = (hook == .forward) != piece.isRerouted
    let replyHook: Hook = hook == .output ? .input : isForwarded ? .forward : .output
    var way = Way(hook: replyHook, region: plain(isV4), fields: [])
    way.region = way.region.narrowed(.ctState, to: UInt128(ConntrackState.established.rawValue))
      .narrowed(.ctDirection, to: 1)
    if let values = asking[.transportProtocol] { way.region = way.region.narrowed(.transportProtocol, to: values) }
    if transport == IPProtocol.tcp {
      way.region = way.region.narrowed(.tcpFlags, to: UInt128(TCPFlag.syn | TCPFlag.ack))
    }
    if let type {
      let answer: UInt8 = isV4 ? (type == 8 ? 0 : type + 1) : (type == 128 ? 129 : 140)
      way.region = way.region.narrowed(.icmpType, to: UInt128(answer)).narrowed(.icmpCode, to: 0)
    }
    way.swap(.source, .destination, asking, piece.rewritten[.destination])
    if !Self.changesSource(piece) || hook != .output { way.swap(.destination, .source, asking, nil) }
    way.swap(.sourcePort, .destinationPort, asking, piece.rewritten[.destinationPort])
    way.swap(.destinationPort, .sourcePort, asking, nil)
    if replyHook != .input { way.swap(.outInterface, .inInterface, asking, nil) }
    if replyHook != .output, hook == replyHook || hook == .output {
      way.swap(.inInterface, .outInterface, asking, nil)
    }
    if let transport, transport != IPProtocol.tcp, type == nil { return nil }
    return way
  }

  private func way(_ asking: Box, ofReject kind: RejectKind, isV4: Bool) -> Way? {
    var way = Way(hook: .output, region: plain(isV4), fields: [])
    way.region = way.region.narrowed(.ctState, to: UInt128(ConntrackState.related.rawValue))
    if asking[.destinationAddressType].map({ Self.isGroup($0) }) ?? false { return nil }
    switch kind {
    case .tcpReset:
      // No RST answers a RST.
      if let flags = asking[.tcpFlags], flags.intervals.allSatisfy({ $0.lower & 4 != 0 && $0.lower == $0.upper }) {
        return nil
      }
      way.region = way.region.narrowed(.transportProtocol, to: UInt128(IPProtocol.tcp))
        .narrowed(.tcpFlags, to: UInt128(TCPFlag.rst | TCPFlag.ack))
      way.swap(.source, .destination, asking, nil)
      way.swap(.sourcePort, .destinationPort, asking, nil)
      way.swap(.destinationPort, .sourcePort, asking, nil)
    case .icmp, .icmpv6, .icmpx:
      guard let (type, code) = Self.error(kind, isV4: isV4) else { return nil }
      way.region = way.region
        .narrowed(.transportProtocol, to: UInt128(isV4 ? IPProtocol.icmp : IPProtocol.icmpv6))
        .narrowed(.icmpType, to: UInt128(type)).narrowed(.icmpCode, to: UInt128(code))
    }
    way.swap(.destination, .source, asking, nil)
    way.swap(.outInterface, .inInterface, asking, nil)
    return way
  }

  /// What the sender's machine would see as an ordinary packet.
  private func plain(_ isV4: Bool) -> Box {
    var box = Box.all.narrowed(.family, to: isV4 ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6)
    for field in [Field.fragmentOffset, .moreFragments, .mark, .dscp, .ecn] { box = box.narrowed(field, to: 0) }
    box = box.narrowed(.ttl, to: 64).narrowed(.packetType, to: 0)
    let absent: [Field] =
      isV4
      ? [.hasLSRR, .hasSSRR, .hasRecordRoute, .hasTimestampOption, .hasRouterAlert]
      : [.hasHopByHop, .hasDestinationOptions, .hasRoutingHeader, .hasFragmentHeader]
    for field in absent { box = box.narrowed(field, to: 0) }
    return box
  }

  private static func isGroup(_ types: ValueSet) -> Bool {
    types.isSubset(
      of: ValueSet(values: [UInt128(AddressType.broadcast.rawValue), UInt128(AddressType.multicast.rawValue)]))
  }

  private static func changesSource(_ piece: Piece) -> Bool {
    piece.translations.contains { $0.kind == .snat || $0.kind == .masquerade }
  }

  /// Type and code of the ICMP error that a reject sends.
  static func error(_ kind: RejectKind, isV4: Bool) -> (type: UInt8, code: UInt8)? {
    switch kind {
    case .tcpReset: return nil
    case .icmp(let code): return isV4 ? (3, code) : nil
    case .icmpv6(let code): return isV4 ? nil : (1, code)
    case .icmpx(let code):
      let codes: [UInt8] = isV4 ? [0, 3, 1, 13] : [0, 4, 3, 1]
      return (isV4 ? 3 : 1, codes[Int(min(code, 3))])
    }
  }

  // MARK: One packet

  /// The packet that goes back to the sender of a traced one; nil: none does.
  func reply(to trace: Trace) -> Packet? {
    let asked = trace.packet
    var reply = asked
    swap(&reply.source, &reply.destination)
    swap(&reply.sourcePort, &reply.destinationPort)
    reply.inInterface = asked.outInterface
    reply.outInterface = asked.inInterface
    reply.ttl = 64
    reply.isReply = true
    let isV4 = asked.source.isV4
    switch trace.outcome {
    case .reject(let kind):
      reply.hook = .output
      reply.inInterface = nil
      reply.state = .related
      reply.isReply = false
      if kind == .tcpReset {
        reply.tcpFlags = TCPFlag.rst | TCPFlag.ack
        return reply
      }
      guard let (type, code) = Self.error(kind, isV4: isV4) else { return nil }
      reply.transportProtocol = isV4 ? IPProtocol.icmp : IPProtocol.icmpv6
      (reply.sourcePort, reply.destinationPort, reply.tcpFlags) = (nil, nil, nil)
      (reply.icmpType, reply.icmpCode) = (type, code)
      reply.inner = [asked]
      return reply
    case .accept:
      reply.hook = asked.hook == .input ? .output : asked.hook == .output ? .input : .forward
      reply.state = .established
      if reply.transportProtocol == IPProtocol.tcp { reply.tcpFlags = TCPFlag.syn | TCPFlag.ack }
      if let type = asked.icmpType {
        guard ICMPType.isQuery(type, isV6: !isV4) else { return nil }
        reply.icmpType = isV4 ? (type == 8 ? 0 : type + 1) : (type == 128 ? 129 : 140)
      }
      return reply
    default: return nil
    }
  }
}

extension AnswerWay.Way {
  /// The answer's field has the values of the asking packets' field, or the one that a translation gave it.
  mutating func swap(_ answer: Field, _ field: Field, _ asking: Box, _ rewritten: UInt128?) {
    if let rewritten {
      region = region.narrowed(answer, to: rewritten)
      return
    }
    if let values = asking[field] { region = region.narrowed(answer, to: values) }
    fields.append((answer, field))
  }
}
