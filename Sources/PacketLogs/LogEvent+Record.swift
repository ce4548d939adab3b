import Packets

extension LogEvent {
  /// Keeps a record: its texts are copied out of the chunk.
  package init(_ record: LogRecord, _ text: borrowing Span<UInt8>) {
    let packet =
      record.hasPacket
      ? LoggedPacket(record.packet, text) : LoggedPacket(source: .v4(0), destination: .v4(0))
    self.init(
      line: record.line, prefix: string(record.prefix, text), inInterface: string(record.inInterface, text),
      outInterface: string(record.outInterface, text), packet: packet)
    if record.hasInner { self.packet.inner = [LoggedPacket(record.inner, text)] }
    hasPacket = record.hasPacket
    timeBase = record.timeBase
    time = record.timeBase == .none ? nil : record.time
    hostName = record.host.isEmpty ? nil : string(record.host, text)
    physicalIn = record.physicalIn.isEmpty ? nil : string(record.physicalIn, text)
    physicalOut = record.physicalOut.isEmpty ? nil : string(record.physicalOut, text)
    if record.mac.isEmpty, record.hasMAC {
      mac = bytes(record.macDestination) + bytes(record.macSource)
      mac += [UInt8(record.macType >> 8), UInt8(record.macType & 0xff)]
    } else {
      mac = hexBytes(record.mac, text)
    }
    vlanID = record.hasVLAN ? record.vlanID : nil
    vlanProtocol = record.hasVLAN ? record.vlanProtocol : nil
    tunnel = record.tunnel.isEmpty ? nil : string(record.tunnel, text)
    arp = record.hasARP ? record.arp : nil
    mark = record.hasMark ? record.mark : nil
    uid = record.hasUID ? record.uid : nil
    gid = record.hasGID ? record.gid : nil
  }
}

extension LoggedPacket {
  package init(_ record: PacketRecord, _ text: borrowing Span<UInt8>) {
    self.init(source: record.sourceAddress, destination: record.destinationAddress)
    if record.has(.length) { length = Int(record.length) }
    if record.has(.tos) {
      tos = record.tos
      if !record.isV6 { precedence = record.precedence }
    }
    if record.has(.ttl) { ttl = record.ttl }
    if record.has(.ipID) { ipID = record.ipID }
    if record.has(.flowLabel) { flowLabel = record.flowLabel }
    congestionExperienced = record.has(.congestionExperienced)
    dontFragment = record.has(.dontFragment)
    moreFragments = record.has(.moreFragments)
    if record.has(.fragment) { fragmentOffset = Int(record.fragmentOffset) }
    isIncomplete = record.has(.incomplete)
    isCutShort = record.has(.cutShort)
    ipOptions = hexBytes(record.ipOptions, text)
    if record.has(.transportProtocol) { transportProtocol = record.transportProtocol }
    if record.has(.ports) { (sourcePort, destinationPort) = (record.sourcePort, record.destinationPort) }
    if record.has(.sequence) {
      (tcpSequence, tcpAcknowledgment) = (record.tcpSequence, record.tcpAcknowledgment)
    }
    if record.has(.tcp) {
      tcpFlags = record.tcpFlags
      tcpAccurateECN = record.tcpAccurateECN
      tcpWindow = record.tcpWindow
      tcpReserved = record.tcpReserved
    }
    if record.has(.urgent) { tcpUrgent = record.tcpUrgent }
    tcpOptions = hexBytes(record.tcpOptions, text)
    if record.has(.udpLength) { udpLength = Int(record.udpLength) }
    if record.has(.icmp) { (icmpType, icmpCode) = (record.icmpType, record.icmpCode) }
    if record.has(.icmpID) { (icmpID, icmpSequence) = (UInt32(record.icmpID), UInt32(record.icmpSequence)) }
    if record.has(.parameter) { icmpParameter = record.icmpParameter }
    if record.has(.gateway) { icmpGateway = .v4(record.gateway) }
    if record.has(.mtu) { mtu = record.mtu }
    if record.has(.spi) { spi = record.spi }
  }
}

/// The text of a range; invalid UTF-8 is repaired.
private func string(_ range: ByteRange, _ text: borrowing Span<UInt8>) -> String {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(Int(range.count))
  for index in range.indices where index < text.count { bytes.append(text[index]) }
  return String(decoding: bytes, as: UTF8.self)
}

/// Pairs of hexadecimal digits; colons between them are passed.
private func hexBytes(_ range: ByteRange, _ text: borrowing Span<UInt8>) -> [UInt8] {
  var bytes: [UInt8] = []
  var half: UInt8?
  for index in range.indices where index < text.count {
    let byte = text[index]
    let digit: UInt8
    switch byte {
    case 0x30...0x39: digit = byte - 0x30
    case 0x41...0x46: digit = byte - 0x37
    case 0x61...0x66: digit = byte - 0x57
    default: continue
    }
    if let high = half {
      bytes.append(high << 4 | digit)
      half = nil
    } else {
      half = digit
    }
  }
  return bytes
}

private func bytes(_ mac: UInt64) -> [UInt8] {
  (0..<6).map { UInt8(truncatingIfNeeded: mac >> UInt64(8 * (5 - $0))) }
}
