import PacketSets
import Packets

/// Where a packet that came in goes after prerouting (ip_rcv_finish, ip_forward, ip6_forward).
struct IncomingRoute {
  enum Decision {
    case local
    case forward(device: Int)
    case lost(String)
  }

  private let packet: Packet
  private let values: PacketValues
  private let position: HostPosition
  private let context: HostContext
  private var router: Router { context.router }
  private var isV4: Bool { packet.source.isV4 }

  init(_ packet: Packet, _ values: PacketValues, _ position: HostPosition, _ context: HostContext) {
    self.packet = packet
    self.values = values
    self.position = position
    self.context = context
  }

  func decide() -> Decision {
    let source = values[.source] ?? packet.source.value
    let destination = values[.destination] ?? packet.destination.value
    return isV4 ? decideV4(source, destination) : decideV6(source, destination)
  }

  private func setting(_ key: String, default value: Int, isAnd: Bool = false) -> Int {
    router.setting(key, position.inDevice, default: value, isAnd: isAnd)
  }

  // MARK: IPv4

  private func decideV4(_ source: UInt128, _ destination: UInt128) -> Decision {
    // ip_route_input_slow.
    if source >> 28 == 0xe || source == 0xffff_ffff { return .lost("the source is no unicast address") }
    if destination == 0xffff_ffff || source == 0 && destination == 0 { return .local }
    if destination >> 28 == 0xe { return multicast() }
    if source >> 24 == 0 { return .lost("0.0.0.0/8 is no source") }
    if destination >> 24 == 0 { return .lost("0.0.0.0/8 is no destination") }
    let isLoopback = position.inDevice == 0
    if !isLoopback, setting("route_localnet", default: 1) == 0 {
      if destination >> 24 == 127 || source >> 24 == 127 { return .lost("127.0.0.0/8 never comes from a wire") }
    }
    guard let route = lookup(destination) else { return .lost("no route to the destination") }
    switch route.type {
    case .broadcast: return sourceFault(source) ?? .local
    case .local: return sourceFault(source) ?? sourceRouted() ?? .local
    case .unicast:
      guard forwards() else { return .lost("the host does not forward") }
      return sourceFault(source) ?? sourceRouted() ?? forwardV4(route.device)
    default: return .lost("the route refuses the packet")
    }
  }

  private func lookup(_ destination: UInt128) -> (type: AddressType, device: Int)? {
    router.lookup(destination, isV4: isV4, from: position.inDevice, context.override)
  }

  private func forwards() -> Bool {
    let all = router.number(isV4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding")
    return isV4 ? router.setting("forwarding", position.inDevice, default: all ?? 1, isAnd: true) != 0 : all != 0
  }

  private func multicast() -> Decision {
    // The host has joined the groups that packets are said to come in for.
    packet.hook == .forward ? .lost("multicast is not forwarded") : .local
  }

  /// fib_validate_source: the reverse path filter and packets with an own address as source.
  private func sourceFault(_ source: UInt128) -> Decision? {
    guard position.inDevice != 0 else { return nil }
    let filter = setting("rp_filter", default: 0)
    let route = router.lookup(source, isV4: true, context.override)
    if route?.type == .local, setting("accept_local", default: 1) == 0 {
      return .lost("the source is an address of this host")
    }
    guard filter > 0 else { return nil }
    guard let route, route.type == .unicast || route.type == .local else { return .lost("no route back to the source") }
    if filter == 1, route.type == .unicast, route.device != position.inDevice {
      return .lost("the route back to the source leaves by another interface (rp_filter)")
    }
    return nil
  }

  /// ip_rcv_options: source routes.
  private func sourceRouted() -> Decision? {
    guard let option = packet.ipOptions.first(where: { $0 == "lsrr" || $0 == "ssrr" }) else { return nil }
    if setting("accept_source_route", default: 1, isAnd: true) == 0 { return .lost("source routes are not accepted") }
    let destination = values[.destination] ?? packet.destination.value
    guard let route = lookup(destination) else { return .lost("no route to the destination") }
    if route.type == .unicast { return option == "ssrr" ? .lost("strict source route to another host") : nil }
    guard route.type == .local else { return .lost("source route to a broadcast address") }
    // The next hop that the oracle writes into the option.
    guard let next = lookup(0x0a09_0909) else { return .lost("no route to the next hop of the source route") }
    return next.type == .local ? nil : forwardV4(next.device)
  }

  private func forwardV4(_ device: Int) -> Decision {
    if packet.packetType != .host { return .lost("only frames for this host are forwarded") }
    if (values[.ttl] ?? 64) <= 1 { return .lost("time exceeded: the hop count is used up") }
    if isTooBig(device), packet.dontFragment { return .lost("fragmentation needed and DF set") }
    return .forward(device: device)
  }

  private func isTooBig(_ device: Int) -> Bool {
    guard let length = values[.packetLength] else { return false }
    return length > UInt128(router.interfaces[device].mtu)
  }

  // MARK: IPv6

  private func decideV6(_ source: UInt128, _ destination: UInt128) -> Decision {
    if destination >> 120 == 0xff { return multicast() }
    guard let route = lookup(destination) else { return .lost("no route to the destination") }
    switch route.type {
    case .local, .anycast: return .local
    case .unicast: break
    default: return .lost("the route refuses the packet")
    }
    guard forwards() else { return .lost("the host does not forward") }
    if packet.packetType != .host { return .lost("only frames for this host are forwarded") }
    if (values[.ttl] ?? 64) <= 1 { return .lost("time exceeded: the hop count is used up") }
    if route.device != position.inDevice || packet.extensionHeaders.contains("rt") && packet.routingSegmentsLeft > 0 {
      if source == 0 || source == 1 || source >> 120 == 0xff { return .lost("such a source is not forwarded") }
      if source >> 118 == 0x3fa { return .lost("a link-local source is not forwarded") }
    }
    if isTooBig(route.device) { return .lost("packet too big") }
    return .forward(device: route.device)
  }
}
