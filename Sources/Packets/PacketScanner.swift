import JSONText

/// Reads lines of a packet file fast: members whose values are plain words and numbers straight from the bytes, any
/// other line by way of `JSONValue`. Both ways give the same packet.
package struct PacketScanner: Sendable {
  /// Interface names met so far, so that each is made into a string once.
  private var names: [(key: UInt128, name: String)] = []

  package init() {}

  /// The request of a line. Throws when the line is no JSON or no packet.
  package mutating func read(_ line: ArraySlice<UInt8>) throws(PacketProblem) -> PacketRequest {
    if let request = scan(line) { return request }
    let json: JSONValue
    do { json = try JSONValue(parsing: line) } catch { throw PacketProblem("the packet is not JSON: \(error)") }
    return try PacketRequest(json: json)
  }

  /// nil: something that only the slow way understands, or a fault that it will name.
  package mutating func scan(_ line: ArraySlice<UInt8>) -> PacketRequest? {
    var cursor = Cursor(bytes: line)
    guard let draft = draft(&cursor) else { return nil }
    return draft.request()
  }

  /// What the members of a line say, before the schema's defaults.
  fileprivate struct Draft {
    var id: Range<Int>?
    var bytes: ArraySlice<UInt8>
    var hook: Hook?
    var inName: String?
    var outName: String?
    var source: Address?
    var destination: Address?
    var transport = IPProtocol.tcp
    var numbers = Numbers()
    var flags: UInt8 = TCPFlag.syn
    var isDont = false
    var isBad = false
    var keeps = false
    var packetType: PacketType?
    var state: ConntrackState?
    var isReply = false
    var isSeen = false
  }

  /// nil: not given.
  fileprivate struct Numbers {
    var sport: UInt16?
    var dport: UInt16?
    var seq: UInt32?
    var ack: UInt32?
    var window: UInt16?
    var mss: UInt16?
    var urgptr: UInt16?
    var type: UInt8?
    var code: UInt8?
    var icmpID: UInt16?
    var icmpSequence: UInt16?
    var ttl: UInt8?
    var tos: UInt8?
    var dscp: UInt8?
    var ecn: UInt8?
    var ipID: UInt16?
    var flow: UInt32?
    var payload: UInt16?
    var mark: UInt32?
    var skuid: UInt32?
    var skgid: UInt32?
    var ctMark: UInt32?
  }

  private mutating func draft(_ cursor: inout Cursor) -> Draft? {
    var draft = Draft(bytes: cursor.bytes)
    guard cursor.take(UInt8(ascii: "{")) else { return nil }
    if cursor.take(UInt8(ascii: "}")) { return nil }
    while true {
      guard let key = cursor.word(), cursor.take(UInt8(ascii: ":")), member(key, &cursor, &draft) else { return nil }
      if cursor.take(UInt8(ascii: ",")) { continue }
      guard cursor.take(UInt8(ascii: "}")) else { return nil }
      return cursor.isAtEnd ? draft : nil
    }
  }

  private mutating func member(_ key: UInt128, _ cursor: inout Cursor, _ draft: inout Draft) -> Bool {
    switch key {
    case PacketWord.id:
      guard let range = cursor.plainValue() else { return false }
      draft.id = range
    case PacketWord.hook:
      switch cursor.word() {
      case PacketWord.input?: draft.hook = .input
      case PacketWord.forward?: draft.hook = .forward
      case PacketWord.output?: draft.hook = .output
      default: return false
      }
    case PacketWord.iif:
      guard let name = cursor.word(), name != 0 else { return false }
      draft.inName = self.name(name)
    case PacketWord.oif:
      guard let name = cursor.word(), name != 0 else { return false }
      draft.outName = self.name(name)
    case PacketWord.src:
      guard let address = cursor.address() else { return false }
      draft.source = address
    case PacketWord.dst:
      guard let address = cursor.address() else { return false }
      draft.destination = address
    case PacketWord.proto:
      switch cursor.word() {
      case PacketWord.tcp?: draft.transport = IPProtocol.tcp
      case PacketWord.udp?: draft.transport = IPProtocol.udp
      case PacketWord.icmp?: draft.transport = IPProtocol.icmp
      case PacketWord.icmpv6?: draft.transport = IPProtocol.icmpv6
      case PacketWord.gre?: draft.transport = IPProtocol.gre
      case PacketWord.sctp?: draft.transport = IPProtocol.sctp
      default: return false
      }
    case PacketWord.flags:
      guard let letters = cursor.flagLetters() else { return false }
      draft.flags = letters
    case PacketWord.pkttype:
      switch cursor.word() {
      case PacketWord.auto?: draft.packetType = nil
      case PacketWord.host?: draft.packetType = .host
      case PacketWord.broadcast?: draft.packetType = .broadcast
      case PacketWord.multicast?: draft.packetType = .multicast
      default: return false
      }
    case PacketWord.ct:
      switch cursor.word() {
      case PacketWord.established?: draft.state = .established
      case PacketWord.reply?: (draft.state, draft.isReply) = (.established, true)
      case PacketWord.related?: draft.state = .related
      case PacketWord.seen?: draft.isSeen = true
      case PacketWord.new?: break
      default: return false
      }
    case PacketWord.df: return cursor.flag(&draft.isDont)
    case PacketWord.badcsum: return cursor.flag(&draft.isBad)
    case PacketWord.keep: return cursor.flag(&draft.keeps)
    default: return number(key, &cursor, &draft.numbers)
    }
    return true
  }

  private func number(_ key: UInt128, _ cursor: inout Cursor, _ numbers: inout Numbers) -> Bool {
    switch key {
    case PacketWord.sport: cursor.number(&numbers.sport)
    case PacketWord.dport: cursor.number(&numbers.dport)
    case PacketWord.seq: cursor.number(&numbers.seq)
    case PacketWord.ack: cursor.number(&numbers.ack)
    case PacketWord.window: cursor.number(&numbers.window)
    case PacketWord.mss: cursor.number(&numbers.mss)
    case PacketWord.urgptr: cursor.number(&numbers.urgptr)
    case PacketWord.icmpType: cursor.number(&numbers.type)
    case PacketWord.icmpCode: cursor.number(&numbers.code)
    case PacketWord.icmpId: cursor.number(&numbers.icmpID)
    case PacketWord.icmpSeq: cursor.number(&numbers.icmpSequence)
    case PacketWord.ttl: cursor.number(&numbers.ttl)
    case PacketWord.tos: cursor.number(&numbers.tos)
    case PacketWord.dscp: cursor.number(&numbers.dscp)
    case PacketWord.ecn: cursor.number(&numbers.ecn)
    case PacketWord.ipId: cursor.number(&numbers.ipID)
    case PacketWord.flow: cursor.number(&numbers.flow)
    case PacketWord.payloadLen: cursor.number(&numbers.payload)
    case PacketWord.mark: cursor.number(&numbers.mark)
    case PacketWord.skuid: cursor.number(&numbers.skuid)
    case PacketWord.skgid: cursor.number(&numbers.skgid)
    case PacketWord.ctMark: cursor.number(&numbers.ctMark)
    default: false
    }
  }

  private mutating func name(_ key: UInt128) -> String {
    for entry in names where entry.key == key { return entry.name }
    var bytes: [UInt8] = []
    var rest = key
    while rest != 0 {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
    let name = String(decoding: bytes.reversed(), as: UTF8.self)
    if names.count < 64 { names.append((key, name)) }
    return name
  }
}

extension PacketScanner.Draft {
  /// The packet with the schema's defaults; nil where the slow way must look at it.
  fileprivate func request() -> PacketRequest? {
    guard let source, let destination, source.isV4 == destination.isV4 else { return nil }
    var packet = Packet(source: source, destination: destination, transportProtocol: transport)
    packet.hook = hook
    packet.inInterface = hook == .output ? nil : inName ?? "eth0"
    packet.outInterface = outName ?? (hook == .forward ? "eth1" : nil)
    switch transport {
    case IPProtocol.tcp:
      (packet.sourcePort, packet.destinationPort) = (numbers.sport ?? 40000, numbers.dport ?? 80)
      packet.tcpFlags = flags
      packet.tcpMSS = numbers.mss == 0 ? nil : numbers.mss
      packet.tcpSequence = numbers.seq ?? 1000
      packet.tcpAcknowledgment = numbers.ack ?? 0
      packet.tcpWindow = numbers.window ?? 64240
      packet.tcpUrgent = numbers.urgptr ?? 0
      packet.tcpOptionKinds = packet.tcpMSS == nil ? [] : [2]
    case IPProtocol.udp, IPProtocol.sctp:
      (packet.sourcePort, packet.destinationPort) = (numbers.sport ?? 40000, numbers.dport ?? 80)
    case IPProtocol.icmp, IPProtocol.icmpv6:
      packet.icmpType = numbers.type ?? (transport == IPProtocol.icmp ? 8 : 128)
      packet.icmpCode = numbers.code ?? 0
      packet.icmpID = numbers.icmpID ?? 77
      packet.icmpSequence = numbers.icmpSequence ?? 1
    default: break
    }
    packet.ttl = numbers.ttl ?? 64
    if let tos = numbers.tos {
      (packet.dscp, packet.ecn) = (tos >> 2, tos & 3)
    } else {
      (packet.dscp, packet.ecn) = ((numbers.dscp ?? 0) & 63, (numbers.ecn ?? 0) & 3)
    }
    packet.ipID = numbers.ipID ?? 1
    packet.flowLabel = (numbers.flow ?? 0) & 0xf_ffff
    if let payload = numbers.payload { packet.payloadLength = Int(payload) }
    packet.dontFragment = isDont
    packet.hasBadChecksum = isBad
    if hook == .output {
      packet.mark = numbers.mark ?? 0
      (packet.socketUID, packet.socketGID) = (numbers.skuid ?? 0, numbers.skgid ?? 0)
    } else {
      packet.packetType = packetType ?? Packet.natural(for: destination)
      packet.hasGivenType = packetType != nil
    }
    (packet.state, packet.isReply, packet.isOfSeenFlow) = (state, isReply, isSeen)
    packet.conntrackMark = numbers.ctMark ?? 0
    packet.settleLength()
    var request = PacketRequest(packet: packet)
    if let id { request.id = Array(bytes[id]) }
    request.keepsFlows = keeps
    return request
  }
}
