import JSONText

/// The bytes of a packet as the kernel oracle builds them from its JSON form, where the plain fields do not say it all:
/// fragments, quoted packets, payloads and headers given in hex.
struct WireBytes {
  let json: JSONValue
  let packet: Packet

  /// The transport header and what follows, before any fragmentation.
  func transport(depth: Int = 0) throws(PacketProblem) -> [UInt8] {
    if let given = try Self.hex(json, "l4") { return given }
    let payload = try payloadBytes()
    var bytes: [UInt8] = []
    switch packet.transportProtocol {
    case IPProtocol.tcp:
      bytes = try tcp(payload)
      seal(&bytes, at: 16, protocol: 6)
    case IPProtocol.udp, IPProtocol.udplite:
      Self.put16(&bytes, packet.sourcePort ?? 0, packet.destinationPort ?? 0)
      Self.put16(&bytes, UInt16(truncatingIfNeeded: 8 + payload.count), 0)
      bytes += payload
      seal(&bytes, at: 6, protocol: packet.transportProtocol)
    case IPProtocol.sctp:
      Self.put16(&bytes, packet.sourcePort ?? 0, packet.destinationPort ?? 0)
      bytes += Array(repeating: 0, count: 8)
      bytes += try Self.hex(json, "sctp_chunks") ?? Self.openingChunk
    case IPProtocol.dccp:
      Self.put16(&bytes, packet.sourcePort ?? 0, packet.destinationPort ?? 0)
      let kind = UInt8(truncatingIfNeeded: json["dccp_type"]?.intValue ?? 0)
      bytes += [5, 0, 0, 0, kind << 1 | 1] + Array(repeating: 0, count: 11)
      seal(&bytes, at: 6, protocol: 33)
    case IPProtocol.icmp, IPProtocol.icmpv6: bytes = try icmp(payload, depth: depth)
    case IPProtocol.gre: bytes = [0, 0, 8, 0] + payload
    case IPProtocol.esp:
      Self.put16(&bytes, 0, UInt16(truncatingIfNeeded: json["spi"]?.intValue ?? 0x100))
      bytes += [0, 0, 0, 1] + payload + Array(repeating: 0, count: 16)
    case IPProtocol.ah:
      bytes = [59, 4, 0, 0]
      Self.put16(&bytes, 0, UInt16(truncatingIfNeeded: json["spi"]?.intValue ?? 0x100))
      bytes += [0, 0, 0, 1] + Array(repeating: 0, count: 12) + payload
    case IPProtocol.igmp:
      bytes = [0x11, 0, 0, 0, 0, 0, 0, 0]
      seal(&bytes, at: 2, protocol: nil)
    default: bytes = payload.isEmpty ? Array(repeating: 0, count: 8) : payload
    }
    return bytes
  }

  /// SCTP INIT.
  static let openingChunk: [UInt8] = [
    1, 0, 0, 20, 0x11, 0x22, 0x33, 0x44, 0, 0, 0xff, 0xff, 0, 1, 0, 1, 0, 0, 0, 1,
  ]

  private func payloadBytes() throws(PacketProblem) -> [UInt8] {
    if let given = try Self.hex(json, "payload") { return given }
    return Array(repeating: 0, count: max(0, min(65_535, packet.payloadLength ?? 0)))
  }

  private func tcp(_ payload: [UInt8]) throws(PacketProblem) -> [UInt8] {
    var options = try Self.hex(json, "tcp_options") ?? []
    if let mss = packet.tcpMSS { options += [2, 4, UInt8(mss >> 8), UInt8(mss & 255)] }
    while options.count % 4 != 0 { options.append(0) }
    var bytes: [UInt8] = []
    Self.put16(&bytes, packet.sourcePort ?? 0, packet.destinationPort ?? 0)
    Self.put32(&bytes, packet.tcpSequence ?? 0)
    Self.put32(&bytes, packet.tcpAcknowledgment ?? 0)
    bytes += [UInt8(truncatingIfNeeded: (5 + options.count / 4) << 4), packet.tcpFlags ?? 0]
    Self.put16(&bytes, packet.tcpWindow ?? 0, 0)
    Self.put16(&bytes, packet.tcpUrgent ?? 0)
    return bytes + options + payload
  }

  private func icmp(_ payload: [UInt8], depth: Int) throws(PacketProblem) -> [UInt8] {
    let isV6 = packet.transportProtocol == IPProtocol.icmpv6
    let type = packet.icmpType ?? 0
    var bytes: [UInt8] = [type, packet.icmpCode ?? 0, 0, 0]
    if let innerJSON = json["inner"], let inner = packet.inner.first {
      if let gateway = json["gw"]?.stringValue.flatMap({ Address($0) }) {
        Self.put32(&bytes, UInt32(truncatingIfNeeded: gateway.value))
      } else {
        let isTooBig = isV6 ? type == 2 : type == 3 && packet.icmpCode == 4
        Self.put32(&bytes, packet.icmpMTU ?? (isTooBig ? 1400 : 0))
      }
      guard depth < 8 else { throw PacketProblem("`inner` is nested too deeply") }
      let quoted = try WireBytes(json: innerJSON, packet: inner).whole(depth: depth + 1)
      bytes += quoted.prefix(max(0, json["inner_len"]?.intValue ?? 576))
    } else if isV6, (133...137).contains(type) {
      var target: [UInt8] = []
      Self.put128(&target, json["target"]?.stringValue.flatMap { Address($0) }?.value ?? (UInt128(0xfe80) << 112 | 1))
      switch type {
      case 133: bytes += [0, 0, 0, 0]
      case 134: bytes += [64, 0, 0, 0] + Array(repeating: 0, count: 8)
      case 135: bytes += [0, 0, 0, 0] + target
      case 136: bytes += [0x60, 0, 0, 0] + target
      default: bytes += [0, 0, 0, 0] + target + target
      }
    } else if isV6, (130...132).contains(type) {
      Self.put16(&bytes, 1000, 0)
      Self.put128(
        &bytes, json["target"]?.stringValue.flatMap { Address($0) }?.value ?? (UInt128(0xff02) << 112 | 0x1234))
    } else if !isV6, ICMPType.quotes(type, isV6: false) {
      bytes += [0, 0, 0, 0, 0x45] + Array(repeating: 0, count: 27)
    } else {
      Self.put16(&bytes, packet.icmpID ?? 0, packet.icmpSequence ?? 0)
      bytes += payload
      if !isV6, type == 13 || type == 14 { bytes += Array(repeating: 0, count: 12) }
      if !isV6, type == 17 || type == 18 { bytes += [0, 0, 0, 0] }
    }
    seal(&bytes, at: 2, protocol: isV6 && !packet.source.isV4 ? 58 : nil)
    return bytes
  }

  /// The whole packet, for being quoted in an error. The IPv4 header's checksum is left out.
  func whole(depth: Int) throws(PacketProblem) -> [UInt8] {
    let body = try transport(depth: depth)
    var bytes: [UInt8] = []
    if packet.source.isV4 {
      bytes = [0x45, packet.dscp << 2 | packet.ecn]
      Self.put16(&bytes, UInt16(truncatingIfNeeded: 20 + body.count), packet.ipID ?? 0)
      Self.put16(&bytes, packet.dontFragment ? 0x4000 : 0)
      bytes += [packet.ttl, packet.transportProtocol, 0, 0]
      Self.put32(&bytes, UInt32(truncatingIfNeeded: packet.source.value))
      Self.put32(&bytes, UInt32(truncatingIfNeeded: packet.destination.value))
      let sum = Self.checksum(bytes, startingAt: 0)
      bytes[10] = UInt8(sum >> 8)
      bytes[11] = UInt8(sum & 255)
    } else {
      let tos = UInt32(packet.dscp << 2 | packet.ecn)
      Self.put32(&bytes, 0x6000_0000 | tos << 20 | (packet.flowLabel ?? 0))
      Self.put16(&bytes, UInt16(truncatingIfNeeded: body.count))
      bytes += [packet.transportProtocol, packet.ttl]
      Self.put128(&bytes, packet.source.value)
      Self.put128(&bytes, packet.destination.value)
    }
    return bytes + body
  }

  // MARK: Numbers and sums

  /// Writes the checksum; with the pseudo header of a protocol, or without one.
  private func seal(_ bytes: inout [UInt8], at offset: Int, protocol number: UInt8?) {
    var sum: UInt32 = 0
    if let number {
      var head: [UInt8] = []
      if packet.source.isV4 {
        Self.put32(&head, UInt32(truncatingIfNeeded: packet.source.value))
        Self.put32(&head, UInt32(truncatingIfNeeded: packet.destination.value))
      } else {
        Self.put128(&head, packet.source.value)
        Self.put128(&head, packet.destination.value)
      }
      Self.put16(&head, UInt16(number), UInt16(truncatingIfNeeded: bytes.count))
      sum = Self.sum(head)
    }
    var value = Self.checksum(bytes, startingAt: sum)
    if number == IPProtocol.udp, value == 0 { value = 0xffff }
    if packet.hasBadChecksum {
      value ^= 0x5555
      if value == 0 { value = 1 }
    }
    bytes[offset] = UInt8(value >> 8)
    bytes[offset + 1] = UInt8(value & 255)
  }

  private static func sum(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt32 = 0
    var index = 0
    while index < bytes.count {
      sum &+= UInt32(bytes[index]) << 8 | UInt32(index + 1 < bytes.count ? bytes[index + 1] : 0)
      sum = sum & 0xffff &+ sum >> 16
      index += 2
    }
    return sum
  }

  /// RFC 1071.
  static func checksum(_ bytes: [UInt8], startingAt start: UInt32) -> UInt16 {
    var sum = sum(bytes) &+ start
    while sum >> 16 != 0 { sum = sum & 0xffff &+ sum >> 16 }
    return ~UInt16(truncatingIfNeeded: sum)
  }

  private static func put16(_ bytes: inout [UInt8], _ numbers: UInt16...) {
    for number in numbers { bytes += [UInt8(number >> 8), UInt8(number & 255)] }
  }

  private static func put32(_ bytes: inout [UInt8], _ number: UInt32) {
    put16(&bytes, UInt16(number >> 16), UInt16(number & 0xffff))
  }

  private static func put128(_ bytes: inout [UInt8], _ number: UInt128) {
    for shift in [UInt128(96), 64, 32, 0] { put32(&bytes, UInt32(truncatingIfNeeded: number >> shift)) }
  }

  /// The bytes of a member in hex; nil when it is not there.
  static func hex(_ json: JSONValue, _ key: String) throws(PacketProblem) -> [UInt8]? {
    guard let value = json[key] else { return nil }
    guard let text = value.stringValue, let bytes = hexBytes(text) else { throw PacketProblem("`\(key)` is not hex") }
    return bytes
  }

  static func hexBytes(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text.utf8 where character != UInt8(ascii: " ") {
      let digit: UInt8
      switch character {
      case 48...57: digit = character - 48
      case 65...70: digit = character - 55
      case 97...102: digit = character - 87
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }
}

extension Packet {
  /// Takes ports, flags, types and numbers from the bytes of the transport header that this packet carries; what is
  /// cut off is absent. In a later fragment nothing is a header: only the leading bytes are kept.
  mutating func read(transport bytes: [UInt8], isLaterFragment: Bool) {
    transportLength = bytes.count
    func number(_ at: Int) -> UInt16? {
      at + 1 < bytes.count ? UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]) : nil
    }
    func wide(_ at: Int) -> UInt32? {
      guard let high = number(at), let low = number(at + 2) else { return nil }
      return UInt32(high) << 16 | UInt32(low)
    }
    leadingBytes = wide(0)
    if isLaterFragment {
      // nft's short loads take the flags' and the type's place for what it is in a whole packet.
      tcpFlags = transportProtocol == IPProtocol.tcp && bytes.count > 13 ? bytes[13] : nil
      let isControl = transportProtocol == IPProtocol.icmp || transportProtocol == IPProtocol.icmpv6
      icmpType = isControl && bytes.count > 0 ? bytes[0] : nil
      icmpCode = isControl && bytes.count > 1 ? bytes[1] : nil
      return
    }
    if ProtocolName.hasPorts(transportProtocol) { (sourcePort, destinationPort) = (number(0), number(2)) }
    switch transportProtocol {
    case IPProtocol.tcp:
      (tcpSequence, tcpAcknowledgment) = (wide(4), wide(8))
      tcpFlags = bytes.count > 13 ? bytes[13] : nil
      (tcpWindow, tcpUrgent) = (number(14), number(18))
      tcpHeaderLength = bytes.count > 12 ? bytes[12] >> 4 : nil
      isTruncated = bytes.count < 20 || Int(bytes[12] >> 4) * 4 > bytes.count || bytes[12] >> 4 < 5
      readOptions(bytes)
    case IPProtocol.udp, IPProtocol.udplite:
      isTruncated = bytes.count < 8 || number(4).map { Int($0) > bytes.count || $0 < 8 } ?? true
    case IPProtocol.icmp, IPProtocol.icmpv6:
      icmpType = bytes.first
      icmpCode = bytes.count > 1 ? bytes[1] : nil
      (icmpID, icmpSequence) = (number(4), number(6))
      if icmpMTU == nil, let type = icmpType, ICMPType.quotes(type, isV6: transportProtocol == IPProtocol.icmpv6) {
        icmpMTU = wide(4).map { transportProtocol == IPProtocol.icmp ? $0 & 0xffff : $0 }
      }
      isTruncated = bytes.count < 8
    case IPProtocol.sctp: isTruncated = bytes.count < 12
    case IPProtocol.dccp: isTruncated = bytes.count < 12
    default: break
    }
  }

  private mutating func readOptions(_ bytes: [UInt8]) {
    tcpOptionKinds = []
    tcpMSS = nil
    guard bytes.count >= 20 else { return }
    let end = min(bytes.count, Int(bytes[12] >> 4) * 4)
    var at = 20
    while at < end {
      let kind = bytes[at]
      if kind == 0 { break }
      if kind == 1 {
        tcpOptionKinds?.append(1)
        at += 1
        continue
      }
      guard at + 1 < end, bytes[at + 1] >= 2, at + Int(bytes[at + 1]) <= end else { break }
      if kind == 2, bytes[at + 1] == 4 { tcpMSS = UInt16(bytes[at + 2]) << 8 | UInt16(bytes[at + 3]) }
      tcpOptionKinds?.append(kind)
      at += Int(bytes[at + 1])
    }
  }
}
