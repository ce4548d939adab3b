package import JSONText
import Packets

extension LogEvent {
  /// One object with every field that the line has, in the order of the line; the names are those of this type. Text from
  /// the log is given as it is: the writer of JSON escapes it.
  package var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [("line", .int(line))]
    func add(_ key: String, _ value: JSONValue?) {
      if let value { members.append((key, value)) }
    }
    if let time {
      add("time", .number(String(time)))
      add("timeBase", .string("\(timeBase)"))
      add("timeText", .string(LogTime.text(time, timeBase)))
    }
    add("host", hostName.map { .string($0) })
    add("prefix", .string(prefix))
    add("in", .string(inInterface))
    add("out", .string(outInterface))
    add("physicalIn", physicalIn.map { .string($0) })
    add("physicalOut", physicalOut.map { .string($0) })
    if !mac.isEmpty { add("mac", .string(mac.map { Self.hex($0) }.joined(separator: ":"))) }
    add("vlan", vlanID.map { .int($0) })
    add("vlanProtocol", vlanProtocol.map { .int($0) })
    add("tunnel", tunnel.map { .string($0) })
    if let arp {
      var parts: [(key: String, value: JSONValue)] = [
        ("hardwareType", .int(arp.hardwareType)), ("protocolType", .int(arp.protocolType)),
        ("operation", .int(arp.operation)),
      ]
      if arp.hasAddresses {
        parts.append(("source", .string(Address.v4(arp.source).description)))
        parts.append(("destination", .string(Address.v4(arp.destination).description)))
      }
      add("arp", .object(parts))
    }
    if hasPacket { members += packet.jsonMembers }
    add("uid", uid.map { .int($0) })
    add("gid", gid.map { .int($0) })
    add("mark", mark.map { .int($0) })
    return .object(members)
  }

  fileprivate static func hex(_ byte: UInt8) -> String {
    let text = String(byte, radix: 16)
    return text.utf8.count < 2 ? "0" + text : text
  }
}

extension LoggedPacket {
  fileprivate var jsonMembers: [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = [
      ("source", .string(source.description)), ("destination", .string(destination.description)),
    ]
    func add(_ key: String, _ value: (some BinaryInteger)?) {
      if let value { members.append((key, .int(value))) }
    }
    func flag(_ key: String, _ value: Bool) {
      if value { members.append((key, .bool(true))) }
    }
    func octets(_ key: String, _ bytes: [UInt8]) {
      if !bytes.isEmpty { members.append((key, .string(bytes.map { LogEvent.hex($0) }.joined()))) }
    }
    add("length", length)
    add("tos", tos)
    add("precedence", precedence)
    add("ttl", ttl)
    add("ipID", ipID)
    add("flowLabel", flowLabel)
    flag("congestionExperienced", congestionExperienced)
    flag("dontFragment", dontFragment)
    flag("moreFragments", moreFragments)
    add("fragmentOffset", fragmentOffset)
    flag("incomplete", isIncomplete)
    flag("cutShort", isCutShort)
    octets("ipOptions", ipOptions)
    add("protocol", transportProtocol)
    add("sourcePort", sourcePort)
    add("destinationPort", destinationPort)
    if let tcpFlags {
      let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"]
      var set = names.indices.filter { tcpFlags >> UInt8($0) & 1 == 1 }.map { JSONValue.string(names[$0]) }
      if tcpAccurateECN { set.append(.string("AE")) }
      members.append(("tcpFlags", .array(set)))
    }
    add("tcpSequence", tcpSequence)
    add("tcpAcknowledgment", tcpAcknowledgment)
    add("tcpWindow", tcpWindow)
    add("tcpReserved", tcpReserved)
    add("tcpUrgent", tcpUrgent)
    octets("tcpOptions", tcpOptions)
    add("udpLength", udpLength)
    add("icmpType", icmpType)
    add("icmpCode", icmpCode)
    add("icmpID", icmpID)
    add("icmpSequence", icmpSequence)
    add("icmpParameter", icmpParameter)
    if let icmpGateway { members.append(("icmpGateway", .string(icmpGateway.description))) }
    add("mtu", mtu)
    add("spi", spi)
    if let first = inner.first { members.append(("inner", .object(first.jsonMembers))) }
    return members
  }
}
