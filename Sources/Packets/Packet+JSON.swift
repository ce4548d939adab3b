package import JSONText

extension Packet {
  /// The packet in the schema of the kernel oracle, so that it can be replayed: only members that say something.
  package var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    func add(_ key: String, _ text: String) { members.append((key, .string(text))) }
    func add(_ key: String, _ number: some BinaryInteger) { members.append((key, .number(String(number)))) }
    if let hook { add("hook", hook.name) }
    if let inInterface { add("iif", inInterface) }
    if let outInterface { add("oif", outInterface) }
    add("src", source.description)
    add("dst", destination.description)
    if let name = ProtocolName.name(transportProtocol) { add("proto", name) } else { add("proto", transportProtocol) }
    if let sourcePort { add("sport", sourcePort) }
    if let destinationPort { add("dport", destinationPort) }
    if let tcpFlags { add("flags", TCPFlag.text(tcpFlags)) }
    if let tcpMSS { add("mss", tcpMSS) }
    if let icmpType { add("icmp_type", icmpType) }
    if let icmpCode { add("icmp_code", icmpCode) }
    if let icmpMTU { add("mtu", icmpMTU) }
    if ttl != 64 { add("ttl", ttl) }
    if let icmpID, icmpID != 77 { add("icmp_id", icmpID) }
    if let icmpSequence, icmpSequence != 1 { add("icmp_seq", icmpSequence) }
    if let tcpSequence, tcpSequence != 1000 { add("seq", tcpSequence) }
    if let tcpAcknowledgment, tcpAcknowledgment != 0 { add("ack", tcpAcknowledgment) }
    if let tcpWindow, tcpWindow != 64240 { add("window", tcpWindow) }
    if dscp != 0 { add("dscp", dscp) }
    if ecn != 0 { add("ecn", ecn) }
    if mark != 0 { add("mark", mark) }
    if let socketUID { add("skuid", socketUID) }
    if let socketGID { add("skgid", socketGID) }
    if let option = ipOptions.first { add("ip_options", option) }
    if !extensionHeaders.isEmpty {
      members.append(("ext", .array(extensionHeaders.map { JSONValue.string($0) })))
    }
    if let fragmentOffset, fragmentOffset > 0 { add("frag_off", fragmentOffset) }
    if moreFragments { members.append(("mf", .bool(true))) }
    if dontFragment { members.append(("df", .bool(true))) }
    if let payloadLength { add("payload_len", payloadLength) }
    if hasBadChecksum { members.append(("badcsum", .bool(true))) }
    if let name = packetTypeName { add("pkttype", name) }
    if let name = conntrackName { add("ct", name) }
    if conntrackMark != 0 { add("ct_mark", conntrackMark) }
    if let quoted = inner.first { members.append(("inner", quoted.json)) }
    return .object(members)
  }

  private var packetTypeName: String? {
    guard hook != .output, packetType != Packet.natural(for: destination) else { return nil }
    switch packetType {
    case .host: return "host"
    case .broadcast: return "broadcast"
    case .multicast: return "multicast"
    case .otherHost: return "other"
    }
  }

  /// An ICMP answer of a tracked flow always goes in its reply direction.
  private var isICMPAnswer: Bool {
    icmpType.map { ICMPType.isAnswer($0, isV6: transportProtocol == IPProtocol.icmpv6) } ?? false
  }

  private var conntrackName: String? {
    switch state {
    case .established: isReply || isICMPAnswer ? "reply" : "established"
    case .related: "related"
    case .new, .invalid, .untracked, nil: isOfSeenFlow ? "seen" : nil
    }
  }

  /// The link-layer type of a frame for an address when nothing else is known: multicast groups and the limited
  /// broadcast have their own.
  package static func natural(for destination: Address) -> PacketType {
    switch destination {
    case .v4(let value):
      if value == .max { return .broadcast }
      return value >> 28 == 0xe ? .multicast : .host
    case .v6(let value): return value >> 120 == 0xff ? .multicast : .host
    }
  }
}

/// Why a JSON value is no packet.
package struct PacketProblem: Error, Hashable, Sendable {
  package var message: String
  package init(_ message: String) { self.message = message }
}

extension Packet {
  /// Reads a packet in the schema of the kernel oracle, with the schema's defaults for what it does not say.
  package init(json: JSONValue) throws(PacketProblem) {
    try self.init(json: json, depth: 0)
  }

  private init(json: JSONValue, depth: Int) throws(PacketProblem) {
    guard case .object = json else { throw PacketProblem("a packet is an object") }
    if let raw = try WireBytes.hex(json, "raw") {
      guard let packet = Packet(bytes: raw) else { throw PacketProblem("`raw` is no IP packet") }
      self = packet
      try readWay(json)
      try readConntrack(json)
      return
    }
    let source = try Self.address(json, "src")
    self.init(
      source: source, destination: try Self.address(json, "dst"), transportProtocol: try Self.transport(json))
    guard source.isV4 == destination.isV4 else { throw PacketProblem("`src` and `dst` are of two families") }
    if ProtocolName.hasPorts(transportProtocol) {
      sourcePort = try Self.number(json, "sport") ?? 40000
      destinationPort = try Self.number(json, "dport") ?? 80
    }
    if transportProtocol == IPProtocol.tcp {
      tcpFlags = try Self.flags(json)
      // The oracle writes no option for 0.
      tcpMSS = try Self.number(json, "mss").flatMap { $0 == 0 ? nil : $0 }
      tcpSequence = try Self.number(json, "seq") ?? 1000
      tcpAcknowledgment = try Self.number(json, "ack") ?? 0
      tcpWindow = try Self.number(json, "window") ?? 64240
      tcpUrgent = try Self.number(json, "urgptr") ?? 0
      tcpOptionKinds = tcpMSS == nil ? [] : [2]
    }
    if transportProtocol == IPProtocol.icmp || transportProtocol == IPProtocol.icmpv6 { try readICMP(json) }
    ttl = try Self.number(json, "ttl") ?? 64
    if let tos: UInt8 = try Self.number(json, "tos") {
      (dscp, ecn) = (tos >> 2, tos & 3)
    } else {
      dscp = (try Self.number(json, "dscp") ?? 0) & 63
      ecn = (try Self.number(json, "ecn") ?? 0) & 3
    }
    ipID = try Self.number(json, "ip_id") ?? 1
    flowLabel = (try Self.number(json, "flow") ?? 0) & 0xf_ffff
    try readHeaderExtras(json)
    if let offset: UInt16 = try Self.number(json, "frag_off"), offset > 0 { fragmentOffset = Int(offset) / 8 * 8 }
    moreFragments = json["mf"]?.boolValue ?? false
    dontFragment = json["df"]?.boolValue ?? false
    if let length: UInt16 = try Self.number(json, "payload_len") { payloadLength = Int(length) }
    hasBadChecksum = json["badcsum"]?.boolValue ?? false
    try readWay(json)
    try readConntrack(json)
    if let quoted = json["inner"] {
      guard depth < 8 else { throw PacketProblem("`inner` is nested too deeply") }
      inner = [try Packet(json: quoted, depth: depth + 1)]
    }
    try readBytes(json)
  }

  /// Hook, interfaces, frame addresses, socket.
  private mutating func readWay(_ json: JSONValue) throws(PacketProblem) {
    switch json["hook"]?.stringValue {
    case nil: hook = json["dir"]?.stringValue == "out" ? .output : nil
    case "input": hook = .input
    case "forward": hook = .forward
    case "output": hook = .output
    // The oracle sends these the way that the interfaces say; routing then decides.
    case "ingress", "prerouting": hook = nil
    case "postrouting": hook = json["iif"] == nil ? .output : nil
    case let other?: throw PacketProblem("unknown hook `\(other)`; it is input, forward or output")
    }
    inInterface = json["iif"]?.stringValue ?? (hook == .output ? nil : "eth0")
    outInterface = json["oif"]?.stringValue ?? (hook == .forward ? "eth1" : nil)
    if hook == .output {
      inInterface = nil
      mark = try Self.number(json, "mark") ?? 0
      socketUID = try Self.number(json, "skuid") ?? 0
      socketGID = try Self.number(json, "skgid") ?? 0
    }
    packetType = hook == .output ? .host : try Self.packetType(json, destination)
    hasGivenType = json["pkttype"].map { $0.stringValue != "auto" } ?? false
    sourceMAC = try Self.mac(json, "smac")
    destinationMAC = try Self.mac(json, "dmac")
  }

  private mutating func readHeaderExtras(_ json: JSONValue) throws(PacketProblem) {
    if let text = json["ip_options"]?.stringValue, !text.isEmpty {
      if ["lsrr", "ssrr", "rr", "ra", "ts", "nop"].contains(text) {
        ipOptions = [text]
      } else if let bytes = WireBytes.hexBytes(text) {
        readIPOptions(bytes[...])
      } else {
        throw PacketProblem("unknown `ip_options` `\(text)`")
      }
    }
    for part in json["ext"]?.arrayValue ?? [] {
      guard let name = part.stringValue ?? part["type"]?.stringValue,
        ["hopopts", "hbh", "dstopts", "dst", "rt", "frag"].contains(name)
      else { throw PacketProblem("unknown extension header in `ext`") }
      extensionHeaders.append(name)
      if name == "rt" {
        routingType = try Self.number(part, "rtype") ?? 0
        routingSegmentsLeft = try Self.number(part, "segleft") ?? 0
      }
    }
  }

  /// What only the bytes tell: lengths, and the ports that rules read where there are none.
  private mutating func readBytes(_ json: JSONValue) throws(PacketProblem) {
    let keys = ["l4", "payload", "tcp_options", "frag_data", "frag_len", "sctp_chunks", "inner", "gw", "target"]
    let isFragment = fragmentOffset != nil || moreFragments
    guard isFragment || keys.contains(where: { json[$0] != nil }) else {
      settleLength()
      return
    }
    var bytes = try WireBytes(json: json, packet: self).transport()
    let isLater = fragmentOffset != nil
    if isFragment, let given = try WireBytes.hex(json, "frag_data"), source.isV4 {
      bytes = given
    } else if isFragment {
      if let offset = fragmentOffset {
        bytes = bytes.count > offset ? Array(bytes[offset...]) : Array(repeating: 0, count: 32)
      }
      if let length = json["frag_len"]?.intValue { bytes = Array(bytes.prefix(max(0, length))) }
    }
    read(transport: bytes, isLaterFragment: isLater)
    if isLater, !source.isV4 { setLeadingBytesOfLaterFragment() }
  }

  private mutating func readConntrack(_ json: JSONValue) throws(PacketProblem) {
    conntrackMark = try Self.number(json, "ct_mark") ?? 0
    switch json["ct"]?.stringValue {
    case nil, "new": break
    case "established": state = .established
    case "reply": (state, isReply) = (.established, true)
    // An unreplied flow's later packet in the same direction is still new.
    case "seen": isOfSeenFlow = true
    case "related": state = .related
    case let other?: throw PacketProblem("unknown conntrack state `\(other)`")
    }
  }

  private mutating func readICMP(_ json: JSONValue) throws(PacketProblem) {
    let isV6 = transportProtocol == IPProtocol.icmpv6
    if let name = json["icmp_type"]?.stringValue {
      guard let number = ICMPType.number(name, isV6: isV6) else { throw PacketProblem("unknown ICMP type `\(name)`") }
      icmpType = number
    } else {
      icmpType = try Self.number(json, "icmp_type") ?? (isV6 ? 128 : 8)
    }
    icmpCode = try Self.number(json, "icmp_code") ?? 0
    icmpID = try Self.number(json, "icmp_id") ?? 77
    icmpSequence = try Self.number(json, "icmp_seq") ?? 1
    icmpMTU = try Self.number(json, "mtu")
  }

  private static func address(_ json: JSONValue, _ key: String) throws(PacketProblem) -> Address {
    guard let text = json[key]?.stringValue, let address = Address(text) else {
      throw PacketProblem("`\(key)` is no address")
    }
    return address
  }

  private static func transport(_ json: JSONValue) throws(PacketProblem) -> UInt8 {
    if let name = json["proto"]?.stringValue {
      guard let number = ProtocolName.number(name) else { throw PacketProblem("unknown protocol `\(name)`") }
      return number
    }
    return try number(json, "proto") ?? IPProtocol.tcp
  }

  private static func flags(_ json: JSONValue) throws(PacketProblem) -> UInt8 {
    if let text = json["flags"]?.stringValue { return TCPFlag.bits(text) }
    if let names = json["flags"]?.arrayValue {
      var bits: UInt8 = 0
      for name in names {
        guard let bit = TCPFlag.bit(named: name.stringValue ?? "") else { throw PacketProblem("unknown TCP flag") }
        bits |= bit
      }
      return bits
    }
    return try number(json, "flags") ?? TCPFlag.syn
  }

  private static func packetType(_ json: JSONValue, _ destination: Address) throws(PacketProblem) -> PacketType {
    switch json["pkttype"]?.stringValue {
    case nil, "auto": return natural(for: destination)
    case "host": return .host
    case "broadcast": return .broadcast
    case "multicast": return .multicast
    case "other": return .otherHost
    case let other?: throw PacketProblem("unknown packet type `\(other)`")
    }
  }

  private static func mac(_ json: JSONValue, _ key: String) throws(PacketProblem) -> UInt64? {
    guard let value = json[key] else { return nil }
    let digits = value.stringValue?.replacing(":", with: "") ?? ""
    guard digits.utf8.count == 12, let number = UInt64(digits, radix: 16) else {
      throw PacketProblem("`\(key)` is no Ethernet address")
    }
    return number
  }

  private static func number<Number: FixedWidthInteger>(
    _ json: JSONValue, _ key: String
  ) throws(PacketProblem) -> Number? {
    guard let value = json[key] else { return nil }
    guard let integer = value.intValue, let number = Number(exactly: integer) else {
      throw PacketProblem("`\(key)` is out of range")
    }
    return number
  }
}
