import Packets

extension NetfilterLine {
  /// `INCOMPLETE [8 bytes] ` where a header was cut short. Also the place where a fragment or a packet in brackets ends.
  @inline(never) private static func cutShort(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    guard cursor.skip("INCOMPLETE [") else { return }
    _ = cursor.number(.max)
    if !cursor.skip(" bytes]") { cursor.failed = true }
    cursor.skipBlanks()
    packet.fields.insert(.cutShort)
  }

  /// `SPT=1 DPT=2 `; false when there are none (a fragment, or a short header).
  @inline(__always) private static func ports(_ cursor: inout LineCursor, into packet: inout PacketRecord) -> Bool {
    guard cursor.half() == bytes4("S", "P", "T", "=") else {
      cutShort(&cursor, into: &packet)
      return false
    }
    cursor.at &+= 4
    packet.sourcePort = UInt16(truncatingIfNeeded: cursor.number(0xffff))
    guard cursor.byte() == 0x20, cursor.half(1) == bytes4("D", "P", "T", "=") else {
      cursor.failed = true
      return false
    }
    cursor.at &+= 5
    packet.destinationPort = UInt16(truncatingIfNeeded: cursor.number(0xffff))
    packet.fields.insert(.ports)
    cursor.skipBlanks()
    return true
  }

  @inline(__always) static func tcp(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    guard ports(&cursor, into: &packet) else { return }
    if cursor.half() == bytes4("S", "E", "Q", "=") { sequence(&cursor, into: &packet) }
    guard cursor.half() == bytes4("W", "I", "N", "D"), cursor.word() & 0xff_ffff_ffff_ffff == 0x3d_574f_444e_4957 else {
      return cutShort(&cursor, into: &packet)
    }
    cursor.at &+= 7
    packet.tcpWindow = UInt16(truncatingIfNeeded: cursor.number(0xffff))
    cursor.skipBlanks()
    packet.tcpReserved = 0
    if cursor.half() == bytes4("R", "E", "S", "=") {
      cursor.at &+= 4
      if cursor.half() & 0xffff == bytes2("0", "x") { cursor.at &+= 2 }
      packet.tcpReserved = cursor.hexByte()
      cursor.skipBlanks()
    }
    packet.fields.insert(.tcp)
    packet.tcpFlags = flags(&cursor, into: &packet)
    if cursor.half() == bytes4("U", "R", "G", "P"), cursor.byte(4) == 0x3d {
      cursor.at &+= 5
      packet.tcpUrgent = UInt16(truncatingIfNeeded: cursor.number(0xffff))
      packet.fields.insert(.urgent)
      cursor.skipBlanks()
    }
    if cursor.half() == bytes4("O", "P", "T", " ") {
      packet.tcpOptions = options(&cursor)
      cursor.skipBlanks()
    }
  }

  @inline(__always) private static func flags(_ cursor: inout LineCursor, into packet: inout PacketRecord) -> UInt8 {
    var flags: UInt8 = 0
    // At most nine of them; each is a word of its own.
    for _ in 0..<10 {
      let word = cursor.half()
      switch word {
      case bytes4("S", "Y", "N", " "): flags |= Wire.syn
      case bytes4("A", "C", "K", " "): flags |= Wire.ack
      case bytes4("P", "S", "H", " "): flags |= Wire.psh
      case bytes4("F", "I", "N", " "): flags |= Wire.fin
      case bytes4("R", "S", "T", " "): flags |= Wire.rst
      case bytes4("U", "R", "G", " "): flags |= Wire.urg
      case bytes4("E", "C", "E", " "): flags |= Wire.ece
      case bytes4("C", "W", "R", " "): flags |= Wire.cwr
      default:
        if word & 0xffffff == bytes4("A", "E", " ", "\0") {
          packet.tcpAccurateECN = true
          cursor.at &+= 3
          continue
        }
        return flags
      }
      cursor.at &+= 4
    }
    cursor.failed = true
    return flags
  }

  @inline(never) private static func sequence(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    cursor.at &+= 4
    packet.tcpSequence = cursor.number(.max)
    cursor.skipBlanks()
    guard cursor.skip("ACK=") else { return cursor.failed = true }
    packet.tcpAcknowledgment = cursor.number(.max)
    packet.fields.insert(.sequence)
    cursor.skipBlanks()
  }

  @inline(__always) static func udp(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    guard ports(&cursor, into: &packet) else { return }
    if cursor.half() == bytes4("L", "E", "N", "=") {
      cursor.at &+= 4
      packet.udpLength = cursor.number(0xffff)
      packet.fields.insert(.udpLength)
      cursor.skipBlanks()
    }
  }

  @inline(never) static func security(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    if cursor.skip("SPI=0x") {
      packet.spi = cursor.hexNumber(.max)
      packet.fields.insert(.spi)
      cursor.skipBlanks()
    } else {
      cutShort(&cursor, into: &packet)
    }
  }

  @inline(never) static func icmp(
    _ cursor: inout LineCursor, into packet: inout PacketRecord, inner: inout PacketRecord, hasInner: inout Bool
  ) {
    guard icmpHead(&cursor, into: &packet), cursor.byte() == 0x5b else { return }
    cursor.at &+= 1
    hasInner = true
    innerPacket(&cursor, into: &inner)
    cursor.skipBlanks()
    if cursor.byte() == 0x5d { cursor.at &+= 1 } else { cursor.failed = true }
  }

  /// Type, code and what stands beside them; false when the message has no such fields.
  @inline(__always) static func icmpHead(_ cursor: inout LineCursor, into packet: inout PacketRecord) -> Bool {
    guard cursor.half() == bytes4("T", "Y", "P", "E"), cursor.byte(4) == 0x3d else {
      cutShort(&cursor, into: &packet)
      return false
    }
    cursor.at &+= 5
    packet.icmpType = UInt8(truncatingIfNeeded: cursor.number(255))
    cursor.skipBlanks()
    guard cursor.half() == bytes4("C", "O", "D", "E"), cursor.byte(4) == 0x3d else {
      cursor.failed = true
      return false
    }
    cursor.at &+= 5
    packet.icmpCode = UInt8(truncatingIfNeeded: cursor.number(255))
    packet.fields.insert(.icmp)
    cursor.skipBlanks()
    if cursor.half() & 0xffffff == bytes4("I", "D", "=", "\0") {
      cursor.at &+= 3
      packet.icmpID = UInt16(truncatingIfNeeded: cursor.number(0xffff))
      cursor.skipBlanks()
      guard cursor.skip("SEQ=") else {
        cursor.failed = true
        return false
      }
      packet.icmpSequence = UInt16(truncatingIfNeeded: cursor.number(0xffff))
      packet.fields.insert(.icmpID)
      cursor.skipBlanks()
    } else if cursor.byte() != 0x5b, !cursor.isAtLineEnd {
      icmpRest(&cursor, into: &packet)
    }
    return true
  }

  @inline(never) private static func icmpRest(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    if cursor.skip("PARAMETER=") {
      packet.icmpParameter = cursor.number(.max)
      packet.fields.insert(.parameter)
    } else if cursor.skip("POINTER=") {
      packet.icmpParameter = cursor.hexNumber(.max)
      packet.fields.insert(.parameter)
    } else if cursor.skip("GATEWAY=") {
      packet.gateway = cursor.address4()
      packet.fields.insert(.gateway)
    }
    cursor.skipBlanks()
    // ulogd prints the MTU without the packet in brackets; a packet in brackets that quotes an error has it too.
    if cursor.skip("MTU=") {
      packet.mtu = cursor.number(.max)
      packet.fields.insert(.mtu)
      cursor.skipBlanks()
    }
    cutShort(&cursor, into: &packet)
  }
}

extension LineCursor {
  /// Eight groups of four digits and a blank, as the kernel prints them: told by the places of some colons.
  @inline(__always) var isLongAddress6: Bool { byte(39) == 0x20 && byte(9) == 0x3a && byte(34) == 0x3a }

  /// An IPv6 address in a short form starts here: hexadecimal digits up to a colon within five bytes.
  var isShortAddress6: Bool {
    for index in 0..<4 {
      let byte = byte(index)
      if byte == 0x3a { return true }
      if byte == 0x2e || byte <= 0x20 { return false }
    }
    return false
  }

  /// An IPv6 address in any form of RFC 4291.
  @inline(never) mutating func shortAddress6() -> UInt128 {
    let start = at
    let range = text()
    guard range.count <= 45 else {
      failed = true
      at = start
      return 0
    }
    var bytes: [UInt8] = []
    for index in 0..<Int(range.count) { bytes.append(byte(start - at + index)) }
    guard let value = Address.parseV6(bytes[...]) else {
      failed = true
      at = start
      return 0
    }
    return value
  }
}
