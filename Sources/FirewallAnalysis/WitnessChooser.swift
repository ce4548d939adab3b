import PacketSets
import Packets

/// Chooses one value after the other, narrowing the region each time, so that every choice agrees with the others.
struct WitnessChooser {
  private var box: Box
  private let hook: Hook
  private var hasFailed = false

  static let farV6: UInt128 = 0x2001_0db8_0001 << 80 | 9
  private static let nearV6: UInt128 = 0x2001_0db8 << 96 | 1
  private static let linkLocalV6: UInt128 = 0xfe80 << 112 | 1

  init(_ box: Box, hook: Hook) {
    self.box = box
    self.hook = hook
  }

  /// nil when some choice is impossible.
  mutating func packet(transport: UInt8, _ state: ConntrackState) -> Packet? {
    let isV4 = box[.family]?.single == NetworkProtocol.ipv4
    let isReply = direction(state)
    chooseAddressType(state)
    let destination = address(.destination, Self.addresses(isV4: isV4, isNear: hook != .output, hook))
    let source = address(.source, Self.addresses(isV4: isV4, isNear: hook == .output, hook))
    guard !hasFailed else { return nil }
    var packet = Packet(
      source: isV4 ? .v4(UInt32(truncatingIfNeeded: source)) : .v6(source),
      destination: isV4 ? .v4(UInt32(truncatingIfNeeded: destination)) : .v6(destination),
      transportProtocol: transport)
    packet.hook = hook
    packet.isReply = isReply
    if hook != .output, hook != .postrouting, hook != .egress {
      packet.inInterface = interface(.inInterface, ["eth0", "wan0", "eth1"])
    }
    if hook == .forward { packet.outInterface = interface(.outInterface, ["eth1", "lan0", "eth0"]) }
    if hook == .output || hook == .postrouting {
      packet.outInterface = interface(.outInterface, ["eth0", "wan0", "eth1"])
    }
    choosePorts(&packet)
    if transport == IPProtocol.tcp {
      packet.tcpFlags = UInt8(truncatingIfNeeded: choose(.tcpFlags, [UInt128(TCPFlag.syn)]))
      if let mss = box[.tcpMSS], mss.first.map({ $0 <= Field.tcpMSS.maximum }) ?? false {
        let canBeMissing = Field.tcpMSS.absent.map { mss.contains($0) } ?? false
        if !canBeMissing { packet.tcpMSS = UInt16(truncatingIfNeeded: choose(.tcpMSS, [1460])) }
      }
    }
    if transport == IPProtocol.icmp || transport == IPProtocol.icmpv6 {
      packet.icmpType = UInt8(truncatingIfNeeded: choose(.icmpType, [8]))
      packet.icmpCode = UInt8(truncatingIfNeeded: choose(.icmpCode, [0]))
      let isTooBig =
        transport == IPProtocol.icmpv6
        ? packet.icmpType == 2 : packet.icmpType == 3 && packet.icmpCode == 4
      if isTooBig { packet.icmpMTU = UInt32(truncatingIfNeeded: choose(.icmpMTU, [1400])) }
    }
    chooseHeader(&packet, isV4: isV4)
    if hook == .output {
      if let uid = owner(.socketUID) { packet.socketUID = uid }
      if let gid = owner(.socketGID) { packet.socketGID = gid }
    } else {
      packet.packetType =
        PacketType(rawValue: UInt8(truncatingIfNeeded: choose(.packetType, packetTypes(packet)))) ?? .host
    }
    packet.mark = UInt32(truncatingIfNeeded: choose(.mark, [0]))
    packet.conntrackMark = box[.ctMark] == nil ? 0 : UInt32(truncatingIfNeeded: choose(.ctMark, [0]))
    if hook != .output { packet.reversePathOK = choose(.reversePathOK, [1]) == 1 }
    chooseLength(&packet)
    return hasFailed ? nil : packet
  }

  // MARK: One field

  /// Narrows the region to the first preferred value it has, else to its first value.
  private mutating func choose(_ field: Field, _ preferred: [UInt128]) -> UInt128 {
    let values = box[field] ?? ValueSet(allOf: field)
    var tried = 0
    for value in preferred where values.contains(value) {
      if let next = RegionFacts.settle(box.narrowed(field, to: value)) {
        box = next
        return value
      }
    }
    for interval in values.intervals {
      for value in [interval.lower, interval.upper] where value <= field.maximum {
        if let next = RegionFacts.settle(box.narrowed(field, to: value)) {
          box = next
          return value
        }
        tried += 1
      }
      if tried > 16 { break }
    }
    hasFailed = true
    return 0
  }

  private mutating func direction(_ state: ConntrackState) -> Bool {
    guard state == .established || state == .related else { return false }
    if let type = box[.icmpType]?.single.flatMap({ UInt8(exactly: $0) }), state == .established {
      let isV6 = box[.transportProtocol]?.single == UInt128(IPProtocol.icmpv6)
      return choose(.ctDirection, [ICMPType.isAnswer(type, isV6: isV6) ? 1 : 0]) == 1
    }
    return choose(.ctDirection, state == .established && hook == .input ? [1, 0] : [0, 1]) == 1
  }

  private mutating func chooseAddressType(_ state: ConntrackState) {
    let kinds: [AddressType]
    switch hook {
    case .input: kinds = [.local, .broadcast, .multicast]
    case .forward, .output: kinds = [.unicast, .local, .multicast, .broadcast]
    default: kinds = [.unicast, .local]
    }
    guard box[.destinationAddressType] != nil || state != .untracked else { return }
    _ = choose(.destinationAddressType, kinds.map { UInt128($0.rawValue) })
    _ = choose(.sourceAddressType, (hook == .output ? [AddressType.local] : [.unicast]).map { UInt128($0.rawValue) })
  }

  // MARK: Addresses and names

  private static func addresses(isV4: Bool, isNear: Bool, _ hook: Hook) -> [UInt128] {
    if isV4 {
      let near: [UInt128] = hook == .forward ? [0xc633_640a] : [0xc000_0201]
      let far: [UInt128] = [0xcb00_7109]
      let common: [UInt128] = [
        0xc000_0201, 0xcb00_7109, 0x0a00_000a, 0xc0a8_010a, 0xac10_000a, 0xc000_02ff, 0xffff_ffff,
      ]
      return (isNear ? near : far) + common
    }
    let common: [UInt128] = [farV6, nearV6, linkLocalV6, 0xfd00 << 112 | 0xa]
    return [isNear ? nearV6 : farV6] + common
  }

  private mutating func address(_ field: Field, _ preferred: [UInt128]) -> UInt128 {
    var preferred = preferred
    let isBroadcast =
      field == .destination
      && box[.destinationAddressType]?.single == UInt128(AddressType.broadcast.rawValue)
    if isBroadcast { preferred = [0xc000_02ff, 0xffff_ffff] + preferred }
    // Inside a prefix a host address looks better than the network's own.
    for interval in (box[field]?.intervals ?? []).prefix(8) where interval.upper - interval.lower >= 2 {
      preferred.append(interval.lower + (interval.upper - interval.lower > 20 ? 10 : 1))
    }
    return choose(field, preferred)
  }

  private mutating func interface(_ field: Field, _ preferred: [String]) -> String {
    var numbers = preferred.map { InterfaceName.value($0) }
    for interval in (box[field]?.intervals ?? []).prefix(8) where interval.lower < interval.upper {
      // A wildcard such as `ppp*` is an interval that starts with its bare prefix.
      let name = InterfaceName.name(interval.lower)
      if !name.isEmpty, name.utf8.count < InterfaceName.maximumLength {
        numbers.append(InterfaceName.value(name + "0"))
      }
    }
    let readable = InterfaceName.name(choose(field, numbers))
    if readable.isEmpty { hasFailed = true }
    return readable
  }

  // MARK: The rest

  private mutating func choosePorts(_ packet: inout Packet) {
    guard ProtocolName.hasPorts(packet.transportProtocol) else { return }
    let service: [UInt128] = packet.transportProtocol == IPProtocol.udp ? [53, 123, 5000] : [80, 443, 8080]
    let client: [UInt128] = [40000, 50000, 33000]
    let isAnswer = packet.isReply
    packet.destinationPort = UInt16(truncatingIfNeeded: choose(.destinationPort, isAnswer ? client : service))
    packet.sourcePort = UInt16(truncatingIfNeeded: choose(.sourcePort, isAnswer ? service : client))
  }

  private mutating func chooseHeader(_ packet: inout Packet, isV4: Bool) {
    packet.ttl = UInt8(truncatingIfNeeded: choose(.ttl, [64, 255]))
    packet.dscp = UInt8(truncatingIfNeeded: choose(.dscp, [0]))
    packet.ecn = UInt8(truncatingIfNeeded: choose(.ecn, [0]))
    let offset = Int(truncatingIfNeeded: choose(.fragmentOffset, [0])) * 8
    if offset > 0 { packet.fragmentOffset = offset }
    packet.moreFragments = choose(.moreFragments, [0]) == 1
    if isV4 {
      packet.dontFragment = choose(.dontFragment, [0]) == 1
      let options: [(Field, String)] = [
        (.hasLSRR, "lsrr"), (.hasSSRR, "ssrr"), (.hasRecordRoute, "rr"), (.hasTimestampOption, "ts"),
        (.hasRouterAlert, "ra"),
      ]
      for (field, name) in options where choose(field, [0]) == 1 { packet.ipOptions.append(name) }
    } else {
      let headers: [(Field, String)] = [
        (.hasHopByHop, "hopopts"), (.hasDestinationOptions, "dstopts"), (.hasRoutingHeader, "rt"),
        (.hasFragmentHeader, "frag"),
      ]
      for (field, name) in headers where choose(field, [0]) == 1 { packet.extensionHeaders.append(name) }
    }
  }

  private func packetTypes(_ packet: Packet) -> [UInt128] {
    let natural =
      box[.destinationAddressType]?.single == UInt128(AddressType.broadcast.rawValue)
      ? PacketType.broadcast : Packet.natural(for: packet.destination)
    return [natural, .host].map { UInt128($0.rawValue) }
  }

  private mutating func owner(_ field: Field) -> UInt32? {
    guard let values = box[field], let absent = field.absent, !values.contains(absent) else { return nil }
    return UInt32(truncatingIfNeeded: choose(field, [1000, 0]))
  }

  private mutating func chooseLength(_ packet: inout Packet) {
    guard let wanted = box[.packetLength] ?? box[.ipTotalLength] else { return }
    let header =
      (packet.source.isV4 ? 20 : 40) + (packet.transportProtocol == IPProtocol.tcp ? 20 : 8)
      + (packet.tcpMSS == nil ? 0 : 4)
    for interval in wanted.intervals.prefix(4) where interval.upper >= UInt128(header) {
      let length = max(UInt128(header), interval.lower)
      if length <= 1500 { packet.payloadLength = Int(truncatingIfNeeded: length) - header }
      return
    }
  }
}
