import HostFacts
import PacketSets
import Packets

/// Where the host's routes take a packet (ip_route_input_slow, ip6_route_input), for hosts whose topology is known.
struct Router: Sendable {
  struct Interface: Sendable {
    var name: String
    /// The name as `Field.inInterface` has it.
    var number: UInt128
    var mtu: Int
    var mac: UInt64
    /// In the order in which they were added: the first is the primary one.
    var v4: [UInt128] = []
    var v6: [UInt128] = []
  }

  private struct Entry {
    var lower: UInt128
    var upper: UInt128
    var length: Int
    var type: AddressType
    var device: Int
    /// Only for packets that name the device (link-local and multicast addresses).
    var isStrict = false
  }

  /// A route that stands for one packet: its way was said beforehand.
  struct Override: Sendable {
    var destination: UInt128
    var type: AddressType
    var device: Int
  }

  private(set) var interfaces: [Interface] = []
  private var byName: [UInt128: Int] = [:]
  /// Longest prefix first.
  private var v4: [Entry] = []
  private var v6: [Entry] = []
  private let sysctls: [String: String]

  init?(_ host: HostFacts) {
    guard let topology = host.topology else { return nil }
    sysctls = topology.sysctls
    add("lo", HostFacts.Interface())
    var index: UInt64 = 0
    for (name, interface) in host.interfaces.sorted(by: { $0.key < $1.key }) {
      if name != "lo" { index += 1 }
      var interface = interface
      if interface.mac == nil { interface.mac = 0x0200_0000_0000 | index }
      if name == "lo" { addAddresses(0, interface) } else { add(name, interface) }
    }
    for route in topology.routes { add(route) }
    v4.append(Entry(lower: 0x7f00_0000, upper: 0x7fff_ffff, length: 8, type: .local, device: 0))
    v6.append(Entry(lower: 1, upper: 1, length: 128, type: .local, device: 0))
    v4.sort { $0.length > $1.length }
    v6.sort { $0.length > $1.length }
  }

  private mutating func add(_ name: String, _ facts: HostFacts.Interface) {
    let number = InterfaceName.value(name)
    byName[number] = interfaces.count
    interfaces.append(
      Interface(name: name, number: number, mtu: facts.mtu ?? (name == "lo" ? 65536 : 1500), mac: facts.mac ?? 0))
    addAddresses(interfaces.count - 1, facts)
    guard name != "lo", let mac = facts.mac else { return }
    // Every interface has a link-local address made of its Ethernet address (RFC 4291, appendix A).
    let high = UInt128(mac >> 24) ^ 0x02_0000
    let own = UInt128(0xfe80) << 112 | high << 40 | UInt128(0xfffe) << 24 | UInt128(mac & 0xff_ffff)
    addAddress(interfaces.count - 1, .v6(own), length: 64)
  }

  /// An interface that nothing is known of but its name: up, without addresses.
  mutating func addMissing(_ name: String) -> Int {
    let index = interfaces.count
    byName[InterfaceName.value(name)] = index
    interfaces.append(
      Interface(
        name: name, number: InterfaceName.value(name), mtu: 1500, mac: 0x0200_0000_0000 | UInt64(index)))
    let network = UInt128(0xfe80) << 112
    v6.append(
      Entry(
        lower: network, upper: network | UInt128(UInt64.max), length: 64, type: .unicast, device: index, isStrict: true)
    )
    v6.sort { $0.length > $1.length }
    return index
  }

  private mutating func addAddresses(_ device: Int, _ facts: HostFacts.Interface) {
    for text in facts.addresses {
      let parts = text.split(separator: "/", maxSplits: 1)
      guard let first = parts.first, let address = Address(first) else { continue }
      let length = parts.count > 1 ? Int(parts[1]) ?? address.width : address.width
      guard length >= 0, length <= address.width else { continue }
      addAddress(device, address, length: length)
    }
  }

  private mutating func addAddress(_ device: Int, _ address: Address, length: Int) {
    let mask = Self.hostMask(address.width - length)
    let (lower, upper) = (address.value & ~mask, address.value | mask)
    let own = Entry(
      lower: address.value, upper: address.value, length: address.width, type: .local, device: device)
    if address.isV4 {
      interfaces[device].v4.append(address.value)
      v4.append(own)
      if length < 32 { v4.append(Entry(lower: lower, upper: upper, length: length, type: .unicast, device: device)) }
      if length < 31 { v4.append(Entry(lower: upper, upper: upper, length: 32, type: .broadcast, device: device)) }
    } else {
      interfaces[device].v6.append(address.value)
      let isLinkLocal = address.value >> 118 == 0x3fa
      v6.append(
        Entry(
          lower: address.value, upper: address.value, length: 128, type: .local, device: device, isStrict: isLinkLocal))
      if length < 127 {
        // Subnet-router anycast (RFC 4291, 2.6.1): forwarding hosts have it.
        v6.append(
          Entry(lower: lower, upper: lower, length: 128, type: .anycast, device: device, isStrict: isLinkLocal))
      }
      if length < 128 {
        v6.append(
          Entry(lower: lower, upper: upper, length: length, type: .unicast, device: device, isStrict: isLinkLocal))
      }
    }
  }

  private static func hostMask(_ free: Int) -> UInt128 {
    free >= 128 ? .max : (UInt128(1) << UInt128(max(0, free))) - 1
  }

  private mutating func add(_ route: HostFacts.Route) {
    guard let device = byName[InterfaceName.value(route.device)] else { return }
    func entry(_ lower: UInt128, _ upper: UInt128, _ length: Int) -> Entry {
      Entry(lower: lower, upper: upper, length: length, type: .unicast, device: device)
    }
    let parts = route.destination.split(separator: "/", maxSplits: 1)
    if route.destination == "default" {
      let gateway = route.gateway.flatMap { Address($0) }
      if gateway?.isV4 ?? true { v4.append(entry(0, 0xffff_ffff, 0)) }
      if !(gateway?.isV4 ?? false) { v6.append(entry(0, .max, 0)) }
      return
    }
    guard let first = parts.first, let address = Address(first) else { return }
    let length = parts.count > 1 ? Int(parts[1]) ?? address.width : address.width
    guard length >= 0, length <= address.width else { return }
    let mask = Self.hostMask(address.width - length)
    let made = entry(address.value & ~mask, address.value | mask, length)
    if address.isV4 { v4.append(made) } else { v6.append(made) }
  }

  // MARK: Questions

  func device(_ number: UInt128) -> Int? { byName[number] }

  /// The type of an address and the interface that leads there; nil: no route. `device` is the one the packet came by.
  func lookup(_ address: UInt128, isV4: Bool, from device: Int? = nil, _ override: Override?) -> (
    type: AddressType, device: Int
  )? {
    if isV4 {
      if address == 0xffff_ffff { return (.broadcast, device ?? 0) }
      if address >> 28 == 0xe { return (.multicast, device ?? 0) }
    } else if address >> 120 == 0xff {
      return (.multicast, device ?? 0)
    }
    if let override, override.destination == address { return (override.type, override.device) }
    for entry in isV4 ? v4 : v6 where entry.lower <= address && address <= entry.upper {
      if entry.isStrict, let device, entry.device != device { continue }
      return (entry.type, entry.device)
    }
    return nil
  }

  /// `net.FAMILY.conf.{all,NAME}.KEY` as the kernel joins the two: `isAnd` for settings that both must allow, otherwise
  /// the larger one.
  func setting(_ key: String, family: String = "ipv4", _ device: Int?, default value: Int, isAnd: Bool = false) -> Int {
    if sysctls.isEmpty { return value }
    let all = number("net.\(family).conf.all.\(key)") ?? value
    let name = device.map { interfaces[$0].name } ?? "default"
    let own = number("net.\(family).conf.\(name).\(key)") ?? number("net.\(family).conf.default.\(key)") ?? value
    return isAnd ? min(all, own) : max(all, own)
  }

  func number(_ key: String) -> Int? { sysctls[key].flatMap { Int($0) } }

  /// The address that masquerading gives a packet that leaves by a device (inet_select_addr, ipv6_dev_get_saddr): one
  /// of the device whose network holds the destination, else its first, else another device's.
  func masqueradeAddress(isV4: Bool, _ device: Int, towards destination: UInt128) -> UInt128? {
    func isUsable(_ address: UInt128) -> Bool { isV4 ? address >> 24 != 127 : address >> 118 != 0x3fa && address != 1 }
    func own(_ index: Int) -> [UInt128] {
      (isV4 ? interfaces[index].v4 : interfaces[index].v6).filter(isUsable)
    }
    let mine = own(device)
    if !isV4, let best = mine.max(by: { Self.common($0, destination) < Self.common($1, destination) }) { return best }
    if let near = mine.first(where: { holds($0, destination, isV4: isV4) }) ?? mine.first { return near }
    for index in interfaces.indices where index != device {
      if let other = own(index).first { return other }
    }
    return nil
  }

  private static func common(_ a: UInt128, _ b: UInt128) -> Int { (a ^ b).leadingZeroBitCount }

  /// Is the destination in the network of one of the host's own addresses?
  private func holds(_ own: UInt128, _ destination: UInt128, isV4: Bool) -> Bool {
    (isV4 ? v4 : v6).contains {
      $0.type == .unicast && $0.length > 0 && $0.lower <= own && own <= $0.upper && $0.lower <= destination
        && destination <= $0.upper
    }
  }

  /// The address that `redirect` sends a packet to: the first one of the device it came by; nil: it is dropped.
  func redirectAddress(isV4: Bool, _ device: Int?, isLocal: Bool) -> UInt128? {
    if isLocal { return isV4 ? 0x7f00_0001 : 1 }
    guard let device else { return nil }
    let own = isV4 ? interfaces[device].v4 : interfaces[device].v6
    return own.first { isV4 || $0 >> 118 != 0x3fa } ?? own.first
  }
}
