import HostFacts
import PacketLogs
import Packets

/// Which part of the net an interface leads to, as far as is known.
enum Side: UInt8, Sendable {
  case none, unknown, inside, outside, loopback, container, tunnel
}

/// What kind of address it is.
enum AddressKind: UInt8, Sendable {
  case global, privateUse, sharedSpace, linkLocal, loopback, multicast, broadcast, unspecified
}

/// What several symptoms want to know of a line, worked out once.
struct LineFacts: Sendable {
  /// input stands for prerouting too, output for postrouting.
  enum Hook: UInt8, Sendable { case input, forward, output }
  var hook = Hook.input
  var inSide = Side.none
  var outSide = Side.none
  var source = AddressKind.global
  var destination = AddressKind.global
  /// By the destination MAC.
  var isBroadcastFrame = false
  var isMulticastFrame = false
  var isV6 = false
  var transportProtocol: UInt8 = 0
  var hasPorts = false
  var sourcePort: UInt16 = 0
  var destinationPort: UInt16 = 0
  var flags: UInt8 = 0
  var hasFlags = false
  var icmpType: UInt8 = 0
  var icmpCode: UInt8 = 0
  var hasICMP = false
  /// The source lies in a prefix of an interface that leads inside, as the host's facts say.
  var isFromInside = false
  /// The packet quoted in the line is one of ours: its source is where the error goes to.
  var innerIsOurs = false
  /// The source was sent something by us within the last minute, as far as the log shows.
  var wasContacted = false

  var isPlainSYN: Bool { hasFlags && flags & (Wire.syn | Wire.ack | Wire.rst | Wire.fin) == Wire.syn }
  var isEcho: Bool { hasICMP && (isV6 ? icmpType == 128 : icmpType == 8) }
  var isLocalCast: Bool {
    isBroadcastFrame || isMulticastFrame || destination == .broadcast || destination == .multicast
  }
  /// From inside to the Internet.
  var isLeaving: Bool {
    if hook == .output { return outSide != .loopback }
    guard hook == .forward else { return false }
    if inSide == .inside || inSide == .container, outSide != .inside, outSide != .container { return true }
    if outSide == .outside { return true }
    if inSide == .outside || outSide == .inside { return false }
    return (source == .privateUse || source == .sharedSpace) && destination == .global
  }

  @inline(__always) static func kind4(_ address: UInt32) -> AddressKind {
    switch address >> 24 {
    case 10: .privateUse
    case 127: .loopback
    case 172: address >> 20 == 0xac1 ? .privateUse : .global
    case 192: address >> 16 == 0xc0a8 ? .privateUse : .global
    case 169: address >> 16 == 0xa9fe ? .linkLocal : .global
    case 100: address >> 22 == 0x191 ? .sharedSpace : .global
    case 0: .unspecified
    case 224...239: .multicast
    case 255: address == .max ? .broadcast : .global
    default: .global
    }
  }

  @inline(__always) static func kind6(_ address: UInt128) -> AddressKind {
    switch UInt8(truncatingIfNeeded: address >> 120) {
    case 0xff: .multicast
    case 0xfe: address >> 118 == 0x3fa ? .linkLocal : .global
    case 0xfc, 0xfd: .privateUse
    case 0: address == 0 ? .unspecified : address == 1 ? .loopback : .global
    default: .global
    }
  }
}

/// Tells sides from interface names: what the host's facts say, else what the name says by custom.
struct InterfaceSides: Sendable {
  private var known: [(name: UInt128, side: Side)] = []
  private var zones: [UInt128: Side] = [:]
  private static let limit = 64
  /// Prefixes of inside interfaces (IPv4): network and mask.
  private var inside: [(network: UInt32, mask: UInt32)] = []

  init(_ host: HostFacts?) {
    for (name, interface) in host?.interfaces ?? [:] {
      guard let zone = interface.zone else { continue }
      zones[InterfaceName.value(name)] =
        ["internet", "wan", "outside", "untrusted"].contains(zone) ? .outside : .inside
      guard zones[InterfaceName.value(name)] == .inside else { continue }
      for text in interface.addresses {
        let parts = text.split(separator: "/")
        guard let first = parts.first, case .v4(let address)? = Address(first),
          let length = parts.last.flatMap({ Int($0) }),
          (1...32).contains(length)
        else { continue }
        let mask = UInt32.max << UInt32(32 - length)
        inside.append((address & mask, mask))
      }
    }
    inside.sort { ($0.network, $0.mask) < ($1.network, $1.mask) }
  }

  @inline(__always) func isInside(_ address: UInt128, isV6: Bool) -> Bool {
    if inside.isEmpty || isV6 { return false }
    let value = UInt32(truncatingIfNeeded: address)
    return inside.contains { value & $0.mask == $0.network }
  }

  @inline(__always) mutating func side(_ name: UInt128) -> Side {
    if name == 0 { return .none }
    for entry in known where entry.name == name { return entry.side }
    return learn(name)
  }

  @inline(never) private mutating func learn(_ name: UInt128) -> Side {
    let side = zones[name] ?? Self.byCustom(InterfaceName.name(name))
    if known.count < Self.limit { known.append((name, side)) }
    return side
  }

  static func isTunnel(_ name: UInt128) -> Bool { byCustom(InterfaceName.name(name)) == .tunnel }

  private static func byCustom(_ name: String) -> Side {
    if name == "lo" { return .loopback }
    for start in ["docker", "veth", "cni", "cali", "flannel", "virbr", "podman", "vnet", "lxc", "lxdbr", "kube"]
    where name.hasPrefix(start) { return .container }
    if name.hasPrefix("br-"), name.count == 15 { return .container }
    for start in ["lan", "br-lan", "dmz", "guest"] where name.hasPrefix(start) { return .inside }
    for start in ["wan", "ppp", "pppoe", "wwan", "inet", "ext", "internet"] where name.hasPrefix(start) {
      return .outside
    }
    for start in ["wg", "tun", "tap", "ipsec", "vti", "gre", "sit", "xfrm", "tailscale", "zt"]
    where name.hasPrefix(start) {
      return .tunnel
    }
    return .unknown
  }
}
