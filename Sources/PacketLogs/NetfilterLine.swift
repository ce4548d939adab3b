import Packets

/// Reads the part of a LOG line that the kernel writes behind the prefix, left to right, as nf_log_syslog prints it:
/// each field where it stands, so that the `LEN=` of UDP, the `ID=` of an echo and the packet in brackets are never
/// taken for the outer fields.
enum NetfilterLine {
  /// Looks for the `IN=` of a LOG line from the cursor on and reads the line when it is there.
  ///
  /// The prefix may hold `IN=` itself: the place taken is the first `IN=name OUT=name` behind which a word of a LOG line
  /// stands (or the line ends).
  @inline(__always) static func read(_ cursor: inout LineCursor, into record: inout LogRecord) -> Found {
    let start = cursor.at
    var search = start
    var sawCandidate = false
    while true {
      cursor.at = search
      guard findIn(&cursor, from: start) else { return sawCandidate ? .unreadable : .nothing }
      let place = cursor.at
      cursor.failed = false
      let hasInterfaces = interfaces(&cursor, into: &record)
      if hasInterfaces { sawCandidate = true }
      if hasInterfaces, linkLayer(&cursor, into: &record) {
        record.prefix = ByteRange(lower: start, count: place &- 3 &- start)
        if record.hasPacket {
          packet(&cursor, into: &record.packet, inner: &record.inner, hasInner: &record.hasInner)
          if record.hasInner { afterInner(&cursor, into: &record.packet) }
          trailer(&cursor, into: &record)
        }
        cursor.skipBlanks()
        if cursor.byte() == 0x0d { cursor.at &+= 1 }
        if !cursor.failed, cursor.isAtLineEnd || isEscapedLineEnd(cursor) { return .netfilter }
        // A prefix that looks like interfaces is the last chance: `IN=a OUT=b IN=eth0 OUT= …`.
        cursor.at = place
        cursor.failed = false
        search = place
        record.reset()
        continue
      }
      search = place
      record.reset()
    }
  }

  enum Found { case netfilter, unreadable, nothing }

  /// Moves behind the next `IN=` that starts at `start` or later.
  @inline(__always) private static func findIn(_ cursor: inout LineCursor, from start: Int) -> Bool {
    while true {
      let word = cursor.word()
      let found = Swar.equal(word, 0x3d) | Swar.equal(word, 0x0a)
      if found == 0 {
        cursor.at &+= 8
        continue
      }
      cursor.at &+= found.trailingZeroBitCount >> 3
      if cursor.isAtLineEnd { return false }
      cursor.at &+= 1
      if cursor.at &- start >= 3, cursor.byte(-2) == 0x4e, cursor.byte(-3) == 0x49 { return true }
    }
  }

  /// `name OUT=name`, the cursor behind `IN=`.
  @inline(__always) private static func interfaces(_ cursor: inout LineCursor, into record: inout LogRecord) -> Bool {
    (record.inInterface, record.inName) = cursor.interfaceName()
    guard cursor.word() & 0xff_ffff_ffff == 0x3d_5455_4f20 else { return false }
    cursor.at &+= 5
    (record.outInterface, record.outName) = cursor.interfaceName()
    return !cursor.failed
  }

  /// What stands between the interfaces and the packet. True with `hasPacket` at `SRC=`, true without it where the
  /// line ends before one.
  @inline(__always) private static func linkLayer(_ cursor: inout LineCursor, into record: inout LogRecord) -> Bool {
    while true {
      cursor.skipBlanks()
      let word = cursor.half()
      if word == bytes4("M", "A", "C", "=") {
        cursor.at &+= 4
        if let header = cursor.etherHeader() {
          record.mac = ByteRange(lower: cursor.at, count: 41)
          record.macDestination = header.destination
          record.macSource = header.source
          record.macType = header.type
          record.hasMAC = true
          cursor.at &+= 41
        } else {
          otherMAC(&cursor, into: &record)
        }
      } else if word == bytes4("S", "R", "C", "=") {
        record.hasPacket = true
        return !cursor.failed
      } else if !otherLinkWord(&cursor, into: &record, word) {
        let isEnd = cursor.isAtLineEnd || cursor.byte() == 0x0d || isEscapedLineEnd(cursor)
        // A line may end here only when something of the link layer was there.
        return isEnd && !cursor.failed && (record.hasARP || !record.mac.isEmpty || record.hasMAC)
      } else if record.hasARP {
        return !cursor.failed
      }
    }
  }

  @inline(never) private static func otherMAC(_ cursor: inout LineCursor, into record: inout LogRecord) {
    record.mac = cursor.text()
    var position = 0
    let copy = cursor.at
    cursor.at = Int(record.mac.lower)
    while cursor.at < copy {
      _ = cursor.hexByte()
      position += 1
      if cursor.at < copy {
        // macdecode of old kernels and devices with long headers end in a colon at times.
        if cursor.byte() == 0x3a { cursor.at &+= 1 } else { cursor.failed = true }
      }
      if cursor.failed { break }
    }
    cursor.at = copy
  }

  @inline(never)
  private static func otherLinkWord(_ cursor: inout LineCursor, into record: inout LogRecord, _ word: UInt32) -> Bool {
    switch word {
    case bytes4("P", "H", "Y", "S"):
      if cursor.skip("PHYSIN=") {
        record.physicalIn = cursor.text()
      } else if cursor.skip("PHYSOUT=") {
        record.physicalOut = cursor.text()
      } else {
        return false
      }
    case bytes4("M", "A", "C", "S"):
      guard cursor.skip("MACSRC=") else { return false }
      record.macSource = cursor.macAddress()
    case bytes4("M", "A", "C", "D"):
      guard cursor.skip("MACDST=") else { return false }
      record.macDestination = cursor.macAddress()
    case bytes4("M", "A", "C", "P"):
      guard cursor.skip("MACPROTO=") else { return false }
      record.macType = UInt16(truncatingIfNeeded: cursor.hexNumber(0xffff))
      record.hasMAC = true
    case bytes4("V", "P", "R", "O"):
      guard cursor.skip("VPROTO=") else { return false }
      record.vlanProtocol = UInt16(truncatingIfNeeded: cursor.hexNumber(0xffff))
    case bytes4("V", "I", "D", "="):
      cursor.at &+= 4
      record.vlanID = UInt16(truncatingIfNeeded: cursor.number(0xffff))
      record.hasVLAN = true
    case bytes4("T", "U", "N", "N"):
      guard cursor.skip("TUNNEL=") else { return false }
      record.tunnel = cursor.text()
    case bytes4("A", "R", "P", " "):
      return arp(&cursor, into: &record)
    default:
      return false
    }
    return true
  }

  private static func arp(_ cursor: inout LineCursor, into record: inout LogRecord) -> Bool {
    var arp = ARPRecord()
    guard cursor.skip("ARP HTYPE=") else { return false }
    arp.hardwareType = UInt16(truncatingIfNeeded: cursor.number(0xffff))
    guard cursor.skip(" PTYPE=0x") else { return false }
    arp.protocolType = UInt16(truncatingIfNeeded: cursor.hexNumber(0xffff))
    guard cursor.skip(" OPCODE=") else { return false }
    arp.operation = UInt16(truncatingIfNeeded: cursor.number(0xffff))
    if cursor.skip(" MACSRC=") {
      arp.macSource = cursor.macAddress()
      guard cursor.skip(" IPSRC=") else { return false }
      arp.source = cursor.address4()
      guard cursor.skip(" MACDST=") else { return false }
      arp.macDestination = cursor.macAddress()
      guard cursor.skip(" IPDST=") else { return false }
      arp.destination = cursor.address4()
      arp.hasAddresses = true
    } else if cursor.skip(" INCOMPLETE [") {
      _ = cursor.number(.max)
      guard cursor.skip(" bytes]") else { return false }
    }
    record.arp = arp
    record.hasARP = true
    return true
  }

  /// `MTU=` behind the packet in brackets.
  @inline(never) private static func afterInner(_ cursor: inout LineCursor, into packet: inout PacketRecord) {
    cursor.skipBlanks()
    if cursor.half() == bytes4("M", "T", "U", "=") {
      cursor.at &+= 4
      packet.mtu = cursor.number(.max)
      packet.fields.insert(.mtu)
    }
  }

  /// `UID= GID= MARK=`.
  @inline(__always) private static func trailer(_ cursor: inout LineCursor, into record: inout LogRecord) {
    cursor.skipBlanks()
    if cursor.isAtLineEnd { return }
    otherTrailer(&cursor, into: &record)
  }

  @inline(never) private static func otherTrailer(_ cursor: inout LineCursor, into record: inout LogRecord) {
    if cursor.skip("UID=") {
      record.uid = cursor.number(.max)
      record.hasUID = true
      cursor.skipBlanks()
    }
    if cursor.skip("GID=") {
      record.gid = cursor.number(.max)
      record.hasGID = true
      cursor.skipBlanks()
    }
    if cursor.skip("MARK=") {
      _ = cursor.skip("0x")
      record.mark = cursor.hexNumber(.max)
      record.hasMark = true
      cursor.skipBlanks()
    }
  }

  /// rsyslog writes a control character at the end of a message as `#012` or `#015`.
  @inline(never) private static func isEscapedLineEnd(_ cursor: LineCursor) -> Bool {
    var copy = cursor
    guard copy.skip("#012") || copy.skip("#015") || copy.skip("#000") else { return false }
    copy.skipBlanks()
    return copy.isAtLineEnd
  }
}

extension LineCursor {
  /// Passes a text when it stands here.
  mutating func skip(_ text: StaticString) -> Bool {
    guard text.hasPointerRepresentation else { return false }
    let count = text.utf8CodeUnitCount
    for index in 0..<count where unsafe text.utf8Start[index] != byte(index) { return false }
    at &+= count
    return true
  }
}
