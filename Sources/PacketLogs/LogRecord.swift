package import Packets

/// A run of bytes in the chunk that holds the line.
package struct ByteRange: Hashable, Sendable {
  package var lower: UInt32
  package var count: UInt32
  @inlinable package init(lower: Int, count: Int) {
    self.lower = UInt32(truncatingIfNeeded: lower)
    self.count = UInt32(truncatingIfNeeded: count)
  }
  @inlinable package static var none: ByteRange { ByteRange(lower: 0, count: 0) }
  @inlinable package var isEmpty: Bool { count == 0 }
  /// As indices of the chunk.
  @inlinable package var indices: Range<Int> { Int(lower)..<Int(lower) + Int(count) }
}

/// What a time in a log is counted from.
package enum TimeBase: UInt8, Hashable, Sendable {
  case none
  /// Seconds since 1 January of an unknown year, in the log's own zone; every year is taken to have 366 days.
  case yearless
  /// Seconds since 1970-01-01 UTC (a zone that the line does not give is taken as UTC).
  case absolute
  /// Seconds since the kernel started.
  case uptime
}

/// One netfilter LOG line without any storage of its own: numbers, and places in the chunk for what is text. It is
/// good only during the call that hands it over; `LogEvent` is the form to keep.
package struct LogRecord: Sendable {
  package var line = 0
  package var timeBase = TimeBase.none
  package var time = 0.0
  package var host = ByteRange.none
  package var prefix = ByteRange.none
  package var inInterface = ByteRange.none
  package var outInterface = ByteRange.none
  /// The names as in `Packets.InterfaceName`; 0 is the missing interface.
  package var inName: UInt128 = 0
  package var outName: UInt128 = 0
  package var physicalIn = ByteRange.none
  package var physicalOut = ByteRange.none
  /// The text after `MAC=`.
  package var mac = ByteRange.none
  /// Ethernet header fields where the line has them: 14 bytes after `MAC=`, or `MACSRC= MACDST= MACPROTO=`.
  package var macDestination: UInt64 = 0
  package var macSource: UInt64 = 0
  package var macType: UInt16 = 0
  package var hasMAC = false
  package var vlanProtocol: UInt16 = 0
  package var vlanID: UInt16 = 0
  package var hasVLAN = false
  package var tunnel = ByteRange.none
  package var mark: UInt32 = 0
  package var uid: UInt32 = 0
  package var gid: UInt32 = 0
  package var hasMark = false
  package var hasUID = false
  package var hasGID = false
  package var arp = ARPRecord()
  package var hasARP = false
  /// False for a frame that is not IP (ARP, or an unknown type).
  package var hasPacket = false
  package var hasInner = false
  package var packet = PacketRecord()
  package var inner = PacketRecord()

  package init() {}

  @inline(__always) mutating func reset() {
    physicalIn = .none
    physicalOut = .none
    mac = .none
    hasMAC = false
    hasVLAN = false
    tunnel = .none
    hasMark = false
    hasUID = false
    hasGID = false
    hasARP = false
    hasPacket = false
    hasInner = false
  }
}

/// The ARP part of a LOG line.
package struct ARPRecord: Hashable, Sendable {
  package var hardwareType: UInt16 = 0
  package var protocolType: UInt16 = 0
  package var operation: UInt16 = 0
  package var hasAddresses = false
  package var macSource: UInt64 = 0
  package var macDestination: UInt64 = 0
  package var source: UInt32 = 0
  package var destination: UInt32 = 0
}

/// The packet part of a LOG line. A field is valid only when its bit is in `fields`.
package struct PacketRecord: Sendable {
  package struct Fields: OptionSet, Sendable {
    package let rawValue: UInt32
    @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }
    @inlinable package static var length: Fields { Fields(rawValue: 1 << 0) }
    @inlinable package static var tos: Fields { Fields(rawValue: 1 << 1) }
    @inlinable package static var ttl: Fields { Fields(rawValue: 1 << 2) }
    @inlinable package static var ipID: Fields { Fields(rawValue: 1 << 3) }
    @inlinable package static var flowLabel: Fields { Fields(rawValue: 1 << 4) }
    @inlinable package static var fragment: Fields { Fields(rawValue: 1 << 5) }
    @inlinable package static var transportProtocol: Fields { Fields(rawValue: 1 << 6) }
    @inlinable package static var ports: Fields { Fields(rawValue: 1 << 7) }
    @inlinable package static var sequence: Fields { Fields(rawValue: 1 << 8) }
    @inlinable package static var tcp: Fields { Fields(rawValue: 1 << 9) }
    @inlinable package static var udpLength: Fields { Fields(rawValue: 1 << 10) }
    @inlinable package static var icmp: Fields { Fields(rawValue: 1 << 11) }
    @inlinable package static var icmpID: Fields { Fields(rawValue: 1 << 12) }
    @inlinable package static var parameter: Fields { Fields(rawValue: 1 << 13) }
    @inlinable package static var gateway: Fields { Fields(rawValue: 1 << 14) }
    @inlinable package static var mtu: Fields { Fields(rawValue: 1 << 15) }
    @inlinable package static var spi: Fields { Fields(rawValue: 1 << 16) }
    @inlinable package static var congestionExperienced: Fields { Fields(rawValue: 1 << 17) }
    @inlinable package static var dontFragment: Fields { Fields(rawValue: 1 << 18) }
    @inlinable package static var moreFragments: Fields { Fields(rawValue: 1 << 19) }
    /// An IPv6 fragment that is not the last.
    @inlinable package static var incomplete: Fields { Fields(rawValue: 1 << 20) }
    @inlinable package static var v6: Fields { Fields(rawValue: 1 << 21) }
    /// The kernel saw fewer bytes than the header needs (`INCOMPLETE [8 bytes]`, `TRUNCATED`).
    @inlinable package static var cutShort: Fields { Fields(rawValue: 1 << 22) }
    @inlinable package static var urgent: Fields { Fields(rawValue: 1 << 23) }
  }

  package var fields = Fields()
  package var source: UInt128 = 0
  package var destination: UInt128 = 0
  package var length: UInt32 = 0
  package var ipID: UInt32 = 0
  package var flowLabel: UInt32 = 0
  package var fragmentOffset: UInt32 = 0
  package var tos: UInt8 = 0
  package var precedence: UInt8 = 0
  package var ttl: UInt8 = 0
  package var transportProtocol: UInt8 = 0
  package var sourcePort: UInt16 = 0
  package var destinationPort: UInt16 = 0
  package var tcpFlags: UInt8 = 0
  /// Accurate ECN, the ninth flag bit.
  package var tcpAccurateECN = false
  package var tcpReserved: UInt8 = 0
  package var tcpWindow: UInt16 = 0
  package var tcpUrgent: UInt16 = 0
  package var tcpSequence: UInt32 = 0
  package var tcpAcknowledgment: UInt32 = 0
  package var udpLength: UInt32 = 0
  package var icmpType: UInt8 = 0
  package var icmpCode: UInt8 = 0
  package var icmpID: UInt16 = 0
  package var icmpSequence: UInt16 = 0
  package var icmpParameter: UInt32 = 0
  package var gateway: UInt32 = 0
  package var mtu: UInt32 = 0
  package var spi: UInt32 = 0
  /// Hexadecimal text inside `OPT (…)`.
  package var ipOptions = ByteRange.none
  package var tcpOptions = ByteRange.none
  /// The IPv4 options that `ipOptions` holds.
  package var optionKinds = OptionKinds()

  package struct OptionKinds: OptionSet, Sendable {
    package let rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
    @inlinable package static var looseSourceRoute: OptionKinds { OptionKinds(rawValue: 1) }
    @inlinable package static var strictSourceRoute: OptionKinds { OptionKinds(rawValue: 2) }
    @inlinable package static var recordRoute: OptionKinds { OptionKinds(rawValue: 4) }
    @inlinable package static var timestamp: OptionKinds { OptionKinds(rawValue: 8) }
    @inlinable package static var routerAlert: OptionKinds { OptionKinds(rawValue: 16) }
    @inlinable package static var security: OptionKinds { OptionKinds(rawValue: 32) }
    @inlinable package static var other: OptionKinds { OptionKinds(rawValue: 64) }
  }

  package init() {}

  @inlinable package func has(_ field: Fields) -> Bool { fields.rawValue & field.rawValue != 0 }
  @inlinable package var isV6: Bool { has(.v6) }

  package var sourceAddress: Address { isV6 ? .v6(source) : .v4(UInt32(truncatingIfNeeded: source)) }
  package var destinationAddress: Address { isV6 ? .v6(destination) : .v4(UInt32(truncatingIfNeeded: destination)) }

  @inline(__always) mutating func reset() {
    fields = []
    tcpFlags = 0
    tcpAccurateECN = false
    ipOptions = .none
    tcpOptions = .none
    optionKinds = []
  }
}
