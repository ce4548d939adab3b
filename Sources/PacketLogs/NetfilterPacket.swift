import Packets

extension NetfilterLine {
  /// From `SRC=` to the end of the packet's own fields; the packet in brackets goes to `inner`.
  @inline(__always) static func packet(
    _ cursor: inout LineCursor, into packet: inout PacketRecord, inner: inout PacketRecord, hasInner: inout Bool
  ) {
    packet.reset()
    addresses(&cursor, into: &packet)
    if cursor.failed { return }
    if packet.isV6 { ipv6Header(&cursor, into: &packet) } else { ipv4Header(&cursor, into: &packet) }
    guard !cursor.failed, packet.has(.transportProtocol) else { return }
    switch packet.transportProtocol {
    case Wire.tcp: tcp(&cursor, into: &packet)
    case Wire.udp, Wire.udplite: udp(&cursor, into: &packet)
    case Wire.icmp, Wire.icmpv6: icmp(&cursor, into: &packet, inner: &inner, hasInner: &hasInner)
    case Wire.ah, Wire.esp: security(&cursor, into: &packet)
    default: break
    }
  }

  /// The packet in brackets. It cannot hold another one.
  @inline(never) static func innerPacket(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    packet.reset()
    addresses(&cursor, into: &packet)
    if cursor.failed { return }
    if packet.isV6 { ipv6Header(&cursor, into: &packet) } else { ipv4Header(&cursor, into: &packet) }
    guard !cursor.failed, packet.has(.transportProtocol) else { return }
    switch packet.transportProtocol {
    case Wire.tcp: tcp(&cursor, into: &packet)
    case Wire.udp, Wire.udplite: udp(&cursor, into: &packet)
    case Wire.icmp, Wire.icmpv6: _ = icmpHead(&cursor, into: &packet)
    case Wire.ah, Wire.esp: security(&cursor, into: &packet)
    default: break
    }
  }

  @inline(__always) private static func addresses(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    guard cursor.half() == bytes4("S", "R", "C", "=") else {
      cursor.failed = true
      return
    }
    cursor.at &+= 4
    if cursor.byte(4) == 0x3a {
      packet.fields.insert(.v6)
      packet.source = cursor.isLongAddress6 ? cursor.address6() : cursor.shortAddress6()
    } else if cursor.isShortAddress6 {
      packet.fields.insert(.v6)
      packet.source = cursor.shortAddress6()
    } else {
      packet.source = UInt128(cursor.address4())
    }
    guard cursor.byte() == 0x20, cursor.half(1) == bytes4("D", "S", "T", "=") else {
      cursor.failed = true
      return
    }
    cursor.at &+= 5
    if packet.isV6 {
      packet.destination =
        cursor.byte(4) == 0x3a && cursor.isLongAddress6 ? cursor.address6() : cursor.shortAddress6()
    } else {
      packet.destination = UInt128(cursor.address4())
    }
    cursor.skipBlanks()
    if cursor.half() == bytes4("L", "E", "N", "=") {
      cursor.at &+= 4
      packet.length = cursor.number(0xfffff)
      packet.fields.insert(.length)
      cursor.skipBlanks()
    }
  }

  @inline(__always) private static func ipv4Header(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    if cursor.half() == bytes4("T", "O", "S", "=") {
      cursor.at &+= 4
      if cursor.half() & 0xffff == bytes2("0", "x") { cursor.at &+= 2 }
      packet.tos = cursor.hexByte()
      packet.precedence = 0
      cursor.skipBlanks()
      if cursor.half() == bytes4("P", "R", "E", "C") {
        guard cursor.word() & 0xff_ffff_ffff_ffff == 0x78_303d_4345_5250 else { return cursor.failed = true }
        cursor.at &+= 7
        packet.precedence = cursor.hexByte()
        cursor.skipBlanks()
      }
      packet.fields.insert(.tos)
    }
    if cursor.half() == bytes4("T", "T", "L", "=") {
      cursor.at &+= 4
      packet.ttl = UInt8(truncatingIfNeeded: cursor.number(255))
      packet.fields.insert(.ttl)
      cursor.skipBlanks()
    }
    if cursor.half() & 0xffffff == bytes4("I", "D", "=", "\0") {
      cursor.at &+= 3
      packet.ipID = cursor.number(0xffff)
      packet.fields.insert(.ipID)
      cursor.skipBlanks()
    }
    // CE DF MF FRAG: OPT ( … ) in this order; then PROTO=.
    if cursor.half() & 0xffffff == bytes4("D", "F", " ", "\0") {
      packet.fields.insert(.dontFragment)
      cursor.at &+= 3
    }
    if cursor.half() != bytes4("P", "R", "O", "T") { ipv4Rest(&cursor, into: &packet) }
    protocolWord(&cursor, into: &packet)
  }

  @inline(never) private static func ipv4Rest(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    for _ in 0..<6 {
      cursor.skipBlanks()
      if cursor.skip("CE ") {
        packet.fields.insert(.congestionExperienced)
      } else if cursor.skip("DF ") {
        packet.fields.insert(.dontFragment)
      } else if cursor.skip("MF ") {
        packet.fields.insert(.moreFragments)
      } else if cursor.skip("FRAG:") {
        packet.fragmentOffset = cursor.number(0x1fff)
        packet.fields.insert(.fragment)
      } else if cursor.half() == bytes4("O", "P", "T", " ") {
        packet.ipOptions = options(&cursor)
        packet.optionKinds = kinds(of: packet.ipOptions, cursor)
      } else {
        break
      }
    }
    if cursor.skip("TRUNCATED") { packet.fields.insert(.cutShort) }
    cursor.skipBlanks()
  }

  /// `OPT (0204…) `; hexadecimal digits only.
  static func options(_ cursor: inout LineCursor) -> ByteRange {
    guard cursor.skip("OPT (") else {
      cursor.failed = true
      return .none
    }
    let start = cursor.at
    while true {
      let byte = cursor.byte()
      let isHex = (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
      guard isHex else { break }
      cursor.at &+= 1
    }
    let range = ByteRange(lower: start, count: cursor.at &- start)
    if !cursor.skip(")") && !cursor.skip("TRUNCATED)") { cursor.failed = true }
    if range.count & 1 == 1 { cursor.failed = true }
    return range
  }

  /// Walks the options of an IPv4 header (RFC 791 section 3.1): one byte for end and no-operation, else type, length.
  private static func kinds(of range: ByteRange, _ cursor: LineCursor) -> PacketRecord.OptionKinds {
    var kinds = PacketRecord.OptionKinds()
    var reader = cursor
    reader.failed = false
    var position = range.indices.lowerBound
    while position + 2 <= range.indices.upperBound {
      reader.at = position
      let type = reader.hexByte()
      if reader.failed || type == 0 { break }
      if type == 1 {
        position += 2
        continue
      }
      switch type {
      case 0x83: kinds.insert(.looseSourceRoute)
      case 0x89: kinds.insert(.strictSourceRoute)
      case 0x07: kinds.insert(.recordRoute)
      case 0x44: kinds.insert(.timestamp)
      case 0x94: kinds.insert(.routerAlert)
      case 0x82, 0x85, 0x86: kinds.insert(.security)
      default: kinds.insert(.other)
      }
      guard position + 4 <= range.indices.upperBound else { break }
      let length = Int(reader.hexByte())
      if reader.failed || length < 2 { break }
      position += 2 * length
    }
    return kinds
  }

  @inline(__always) private static func ipv6Header(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    packet.precedence = 0
    if cursor.half() & 0xffffff == bytes4("T", "C", "=", "\0") {
      cursor.at &+= 3
      packet.tos = UInt8(truncatingIfNeeded: cursor.number(255))
      packet.fields.insert(.tos)
      cursor.skipBlanks()
    }
    if cursor.half() == bytes4("H", "O", "P", "L") {
      guard cursor.skip("HOPLIMIT=") else { return cursor.failed = true }
      packet.ttl = UInt8(truncatingIfNeeded: cursor.number(255))
      packet.fields.insert(.ttl)
      cursor.skipBlanks()
    }
    if cursor.half() == bytes4("F", "L", "O", "W") {
      guard cursor.skip("FLOWLBL=") else { return cursor.failed = true }
      packet.flowLabel = cursor.number(0xfffff)
      packet.fields.insert(.flowLabel)
      cursor.skipBlanks()
    }
    if cursor.half() != bytes4("P", "R", "O", "T") { extensionHeaders(&cursor, into: &packet) }
    protocolWord(&cursor, into: &packet)
  }

  /// `OPT ( … ) ` once for each extension header (with IP options logged), fragments with or without it.
  @inline(never) private static func extensionHeaders(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    // A packet has at most 64 KiB of headers; the line is bounded anyway.
    while !cursor.isAtLineEnd {
      cursor.skipBlanks()
      if cursor.skip("OPT (") || cursor.skip(")") {
        continue
      } else if cursor.skip("FRAG:") {
        cursor.skipBlanks()
        if cursor.skip("TRUNCATED") {
          packet.fields.insert(.cutShort)
          continue
        }
        let offset = cursor.number(0xffff)
        // Behind a later fragment the kernel reads payload as one more header: the first offset is the true one.
        if !packet.has(.fragment) { packet.fragmentOffset = offset }
        packet.fields.insert(.fragment)
      } else if cursor.skip("INCOMPLETE [") {
        _ = cursor.number(.max)
        if !cursor.skip(" bytes]") { return cursor.failed = true }
        packet.fields.insert(.cutShort)
      } else if cursor.skip("INCOMPLETE ") {
        packet.fields.insert(.incomplete)
      } else if cursor.skip("ID:") {
        let id = cursor.hexNumber(.max)
        if !packet.has(.ipID) { packet.ipID = id }
        packet.fields.insert(.ipID)
      } else if cursor.skip("AH ") {
        continue
      } else if cursor.skip("ESP ") {
        packet.transportProtocol = Wire.esp
        packet.fields.insert(.transportProtocol)
      } else if cursor.skip("SPI=0x") {
        packet.spi = cursor.hexNumber(.max)
        packet.fields.insert(.spi)
      } else if cursor.skip("Unknown Ext Hdr ") {
        packet.transportProtocol = UInt8(truncatingIfNeeded: cursor.number(255))
        packet.fields.insert(.transportProtocol)
      } else if cursor.skip("TRUNCATED") {
        packet.fields.insert(.cutShort)
      } else {
        return
      }
      if cursor.failed { return }
    }
  }

  @inline(__always) private static func protocolWord(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    guard cursor.word() & 0xffff_ffff_ffff == 0x3d4f_544f_5250 else {
      // Without a protocol the packet ends here: truncated, or an extension header (IPv6 ESP among them) that ends it.
      let mayEnd = packet.isV6 && !cursor.failed && (cursor.isAtLineEnd || cursor.byte(0) == 0x5d)
      if !packet.has(.cutShort), !packet.has(.transportProtocol), !packet.has(.fragment), !mayEnd {
        cursor.failed = true
      }
      return
    }
    cursor.at &+= 6
    let word = cursor.half()
    if word & 0xffffff == bytes4("T", "C", "P", "\0") {
      packet.transportProtocol = Wire.tcp
      cursor.at &+= 3
    } else if word & 0xffffff == bytes4("U", "D", "P", "\0") {
      cursor.at &+= 3
      if cursor.byte() != 0x4c {
        packet.transportProtocol = Wire.udp
      } else {
        packet.transportProtocol = Wire.udplite
        if !cursor.skip("LITE") { cursor.failed = true }
      }
    } else if word == bytes4("I", "C", "M", "P") {
      cursor.at &+= 4
      packet.transportProtocol = Wire.icmp
      if cursor.byte() == 0x76 || cursor.byte() == 0x56, cursor.byte(1) == 0x36 {
        packet.transportProtocol = Wire.icmpv6
        cursor.at &+= 2
      }
    } else if word & 0xffffff == bytes4("E", "S", "P", "\0") {
      packet.transportProtocol = Wire.esp
      cursor.at &+= 3
    } else if word & 0xffff == bytes2("A", "H") {
      packet.transportProtocol = Wire.ah
      cursor.at &+= 2
    } else {
      packet.transportProtocol = UInt8(truncatingIfNeeded: cursor.number(255))
    }
    packet.fields.insert(.transportProtocol)
    cursor.skipBlanks()
  }
}
