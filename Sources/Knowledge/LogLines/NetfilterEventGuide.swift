import PacketLogs
import Packets

/// What one netfilter LOG line says: its fields in words, then what is known of its ports, types and addresses.
enum NetfilterEventGuide {
  static func topics(_ event: LogEvent) -> [Topic] {
    var topics = [decoded(event)]
    guard event.hasPacket else { return topics }
    topics += EventPatterns.ids(event).compactMap { Knowledge.topic(id: $0) }
    topics += Knowledge.answer(question(event.packet) ?? .word("firewall")).topics.prefix(4)
    for address in [event.packet.source, event.packet.destination] {
      if let special = Knowledge.specialAddress(address) { topics.append(special) }
    }
    var seen: Set<String> = []
    return topics.filter { seen.insert($0.id).inserted }
  }

  /// What the packet is about: the ICMP type, else the port that names the service.
  static func question(_ packet: LoggedPacket) -> Question? {
    switch packet.transportProtocol {
    case IPProtocol.icmp: return packet.icmpType.map { .icmp($0, code: packet.icmpCode) }
    case IPProtocol.icmpv6: return packet.icmpType.map { .icmpv6($0, code: packet.icmpCode) }
    default: break
    }
    guard let destination = packet.destinationPort, let source = packet.sourcePort else { return nil }
    let transport = transport(packet.transportProtocol)
    // An answer is known by its source: a service there, and a port without one here.
    let isAnswer =
      Knowledge.service(at: source, transport) != nil && Knowledge.service(at: destination, transport) == nil
      && destination >= 1024
    return isAnswer ? .sourcePort(source, transport) : .port(destination, transport)
  }

  static func transport(_ number: UInt8?) -> Transport? {
    switch number {
    case IPProtocol.tcp: .tcp
    case IPProtocol.udp, IPProtocol.udplite: .udp
    case IPProtocol.sctp: .sctp
    case IPProtocol.dccp: .dccp
    default: nil
    }
  }

  private static func decoded(_ event: LogEvent) -> Topic {
    var lines: [String] = []
    let prefix = event.prefix.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    if !prefix.isEmpty { lines.append("prefix: `\(prefix)`: look for it in the rule set to find the rule") }
    lines.append("hook: \(hook(event))")
    if let physical = event.physicalIn ?? event.physicalOut {
      lines.append("bridge port: \(physical): the frame was bridged, and br_netfilter shows it to the IP hooks")
    }
    if let mac = mac(event.mac) { lines.append("MAC: \(mac)") }
    if event.hasPacket {
      lines += packetLines(event.packet, isForwarded: !event.inInterface.isEmpty && !event.outInterface.isEmpty)
      if let inner = event.packet.inner.first {
        lines.append("quoted packet, which the error is about:")
        lines += packetLines(inner, isForwarded: false, isQuoted: true).map { "  \($0)" }
      }
    } else {
      lines.append("the frame is not IP (ARP or another protocol)")
    }
    if let mark = event.mark { lines.append("mark: 0x\(String(mark, radix: 16))") }
    if let uid = event.uid { lines.append("user: UID \(uid) owns the socket that sent it") }
    return Topic(
      id: "log-line", subject: "the line, field by field", meaning: lines.joined(separator: "\n"),
      advice: "`fwlint logs FILE --ruleset RULES` names the rule behind such lines and what they show together.",
      today: "Holds: the format of the kernel's nf_log_syslog.")
  }

  private static func hook(_ event: LogEvent) -> String {
    switch (event.inInterface.isEmpty, event.outInterface.isEmpty) {
    case (false, true): "input or prerouting, came in by \(event.inInterface)"
    case (false, false): "forward, from \(event.inInterface) to \(event.outInterface)"
    case (true, false): "output or postrouting, sent by this host through \(event.outInterface)"
    case (true, true): "unknown: the line names no interface"
    }
  }

  /// Ethernet: destination, source, type.
  private static func mac(_ bytes: [UInt8]) -> String? {
    guard bytes.count >= 12 else { return nil }
    func text(_ slice: ArraySlice<UInt8>) -> String {
      slice.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
    let destination = bytes[0..<6]
    var result = "to \(text(destination)), from \(text(bytes[6..<12]))"
    if destination.allSatisfy({ $0 == 255 }) {
      result += " (a broadcast of the segment)"
    } else if bytes[0] & 1 == 1 {
      result += " (multicast of the segment)"
    }
    return result
  }

  private static func packetLines(_ packet: LoggedPacket, isForwarded: Bool, isQuoted: Bool = false) -> [String] {
    var lines = ["from \(named(packet.source)) to \(named(packet.destination))"]
    if let ttl = packet.ttl, !isQuoted {
      let inference = TTLInference(ttl)
      let hops = max(0, inference.hops - (isForwarded ? 1 : 0))
      lines.append(
        "TTL \(ttl): probably started at \(inference.initial), \(hops) router\(hops == 1 ? "" : "s") away"
          + (isForwarded ? " (this host has taken one already)" : ""))
    }
    lines.append(transportLine(packet))
    if let length = packet.length { lines.append("length: \(length) bytes" + fragment(packet)) }
    if !packet.ipOptions.isEmpty { lines.append("IP options: \(options(packet))") }
    if let mtu = packet.mtu { lines.append("MTU of the next hop: \(mtu)") }
    if let gateway = packet.icmpGateway { lines.append("gateway: \(gateway)") }
    return lines
  }

  private static func named(_ address: Address) -> String {
    guard let special = Knowledge.specialAddress(address) else { return "\(address)" }
    return "\(address) [\(special.subject)]"
  }

  private static func transportLine(_ packet: LoggedPacket) -> String {
    guard let number = packet.transportProtocol else { return "protocol: unknown" }
    let name = (ProtocolName.name(number) ?? "protocol \(number)").uppercased()
    if let type = packet.icmpType {
      let isV6 = number == IPProtocol.icmpv6
      let title =
        ICMPTables.title(type: type, code: packet.icmpCode, isV6: isV6)
        ?? ICMPTables.title(type: type, code: nil, isV6: isV6)
      return "\(name) type \(type)" + (packet.icmpCode.map { " code \($0)" } ?? "") + (title.map { ": \($0)" } ?? "")
    }
    guard let source = packet.sourcePort, let destination = packet.destinationPort else {
      return packet.fragmentOffset.map { $0 > 0 } == true ? "\(name), a later fragment: it has no ports" : name
    }
    let transport = transport(number)
    func port(_ port: UInt16) -> String {
      Knowledge.service(at: port, transport).map { "\(port) (\($0.name))" } ?? "\(port)"
    }
    var line = "\(name), port \(port(source)) to \(port(destination))"
    if let flags = packet.tcpFlags { line += ": \(meaning(ofFlags: flags))" }
    return line
  }

  /// What a combination of TCP flags is; ECE and CWR are not looked at.
  private static func meaning(ofFlags flags: UInt8) -> String {
    let core = flags & (TCPFlag.fin | TCPFlag.syn | TCPFlag.rst | TCPFlag.psh | TCPFlag.ack | TCPFlag.urg)
    switch core {
    case TCPFlag.syn: return "SYN, opens a connection"
    case TCPFlag.syn | TCPFlag.ack: return "SYN ACK, the answer to an opening"
    case 0: return "no flags, never legitimate"
    case TCPFlag.fin | TCPFlag.psh | TCPFlag.urg: return "FIN PSH URG, a scan (\"Christmas tree\")"
    case TCPFlag.fin: return "FIN alone, a scan"
    default: break
    }
    let text = TCPFlag.text(core)
    if core & TCPFlag.syn != 0, core & (TCPFlag.fin | TCPFlag.rst) != 0 { return "flags \(text), never legitimate" }
    if core & TCPFlag.rst != 0 { return "flags \(text), ends a connection at once" }
    if core & TCPFlag.fin != 0 { return "flags \(text), closes a connection" }
    return "flags \(text), in the middle of a connection"
  }

  private static func fragment(_ packet: LoggedPacket) -> String {
    if let offset = packet.fragmentOffset, offset > 0 { return ", a fragment at offset \(offset)" }
    if packet.moreFragments { return ", the first of several fragments" }
    return packet.dontFragment ? ", must not be fragmented (DF)" : ""
  }

  private static func options(_ packet: LoggedPacket) -> String {
    switch packet.ipOptions.first(where: { $0 != 1 }) {
    case 0x83: "loose source route: the sender prescribes the way"
    case 0x89: "strict source route: the sender prescribes the way"
    case 0x94: "router alert (IGMP, RSVP)"
    case 0x07: "record route"
    case 0x44: "timestamp"
    default: "\(packet.ipOptions.count) bytes"
    }
  }
}
