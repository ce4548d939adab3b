import Foundation
import PacketLogs
import Packets
import TestSupport
import Testing

/// The fields of an event as the slow reader names them.
private func fields(_ event: LogEvent, usesMACDecode: Bool = false) -> [String: String] {
  var result = fields(event.packet)
  result["IN"] = event.inInterface
  result["OUT"] = event.outInterface
  result["PHYSIN"] = event.physicalIn
  result["PHYSOUT"] = event.physicalOut
  let isInput = !event.inInterface.isEmpty
  if usesMACDecode {
    let parts = event.mac.map { String(format: "%02x", $0) }
    if parts.count == 14 {
      result["MACDST"] = parts[0..<6].joined(separator: ":")
      result["MACSRC"] = parts[6..<12].joined(separator: ":")
      result["MACPROTO"] = parts[12...].joined()
    }
  } else if isInput || !event.mac.isEmpty {
    result["MAC"] = event.mac.map { String(format: "%02x", $0) }.joined(separator: ":")
  }
  result["UID"] = event.uid.map { "\($0)" }
  result["GID"] = event.gid.map { "\($0)" }
  result["MARK"] = event.mark.map { "0x" + String($0, radix: 16) }
  return result
}

private func address(_ address: Address) -> String {
  switch address {
  case .v4: address.description
  case .v6(let value):
    (0..<8).map { String(format: "%04x", UInt16(truncatingIfNeeded: value >> UInt128(16 * (7 - $0)))) }
      .joined(separator: ":")
  }
}

private func fields(_ packet: LoggedPacket) -> [String: String] {
  var result: [String: String] = [:]
  let isV6 = !packet.source.isV4
  result["SRC"] = address(packet.source)
  result["DST"] = address(packet.destination)
  result["LEN"] = packet.length.map { "\($0)" }
  if isV6 {
    result["TC"] = packet.tos.map { "\($0)" }
    result["HOPLIMIT"] = packet.ttl.map { "\($0)" }
    result["FLOWLBL"] = packet.flowLabel.map { "\($0)" }
  } else {
    result["TOS"] = packet.tos.map { String(format: "0x%02X", $0) }
    result["PREC"] = packet.precedence.map { String(format: "0x%02X", $0) }
    result["TTL"] = packet.ttl.map { "\($0)" }
    result["ID"] = packet.ipID.map { "\($0)" }
  }
  if packet.congestionExperienced { result["flag.CE"] = "" }
  if packet.dontFragment { result["flag.DF"] = "" }
  if packet.moreFragments { result["flag.MF"] = "" }
  result["FRAG"] = packet.fragmentOffset.map { "\($0)" }
  if !packet.ipOptions.isEmpty { result["ip.OPT"] = hex(packet.ipOptions) }
  if let proto = packet.transportProtocol {
    let names: [UInt8: String] = [1: "ICMP", 6: "TCP", 17: "UDP", 50: "ESP", 51: "AH", 58: "ICMPv6", 136: "UDPLITE"]
    result["PROTO"] = names[proto] ?? "\(proto)"
  }
  result["SPT"] = packet.sourcePort.map { "\($0)" }
  result["DPT"] = packet.destinationPort.map { "\($0)" }
  result["SEQ"] = packet.tcpSequence.map { "\($0)" }
  result["ACK"] = packet.tcpAcknowledgment.map { "\($0)" }
  result["WINDOW"] = packet.tcpWindow.map { "\($0)" }
  result["RES"] = packet.tcpReserved.map { String(format: "0x%02x", $0) }
  result["URGP"] = packet.tcpUrgent.map { "\($0)" }
  if let flags = packet.tcpFlags {
    for (bit, name) in ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"].enumerated() where flags >> bit & 1 == 1
    {
      result["flag.\(name)"] = ""
    }
  }
  if !packet.tcpOptions.isEmpty { result["tcp.OPT"] = hex(packet.tcpOptions) }
  if let length = packet.udpLength { result["second.LEN"] = "\(length)" }
  result["TYPE"] = packet.icmpType.map { "\($0)" }
  result["CODE"] = packet.icmpCode.map { "\($0)" }
  if let id = packet.icmpID { result[isV6 ? "ID" : "second.ID"] = "\(id)" }
  result["SEQ"] = packet.icmpSequence.map { "\($0)" } ?? result["SEQ"]
  if isV6 {
    result["POINTER"] = packet.icmpParameter.map { String(format: "%08x", $0) }
  } else {
    result["PARAMETER"] = packet.icmpParameter.map { "\($0)" }
  }
  result["GATEWAY"] = packet.icmpGateway.map { $0.description }
  result["MTU"] = packet.mtu.map { "\($0)" }
  result["SPI"] = packet.spi.map { "0x" + String($0, radix: 16) }
  return result
}

private func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02X", $0) }.joined() }

/// Says what differs, so that a failure names it.
private func difference(_ event: LogEvent, _ slow: SlowLine) -> String {
  var problems: [String] = []
  if event.prefix != slow.prefix { problems.append("prefix “\(event.prefix)” ≠ “\(slow.prefix)”") }
  func compare(_ fast: [String: String], _ slow: [String: String], _ place: String) {
    for key in Set(fast.keys).union(slow.keys).sorted() where fast[key] != slow[key] {
      if key == "ip.OPT", slow[key] == "" { continue }
      problems.append("\(place)\(key): \(fast[key] ?? "nil") ≠ \(slow[key] ?? "nil")")
    }
  }
  compare(fields(event, usesMACDecode: slow.fields["MACSRC"] != nil), slow.fields, "")
  compare(event.packet.inner.first.map(fields) ?? [:], slow.inner ?? [:], "inner ")
  return problems.joined(separator: ", ")
}

@Suite struct AgreementTests {
  static let logs: [String] = {
    guard let root = Corpora.root else { return [] }
    let folder = root.appending(path: "files/psad-logs/test/scans/iptables")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
    return names.sorted().map { folder.appending(path: $0).path() }
  }()

  @Test(.enabled(if: Corpora.isPresent, "\(Corpora.absent)"), arguments: logs)
  func `a second reader finds the same fields in every line of the collected logs`(path: String) throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    let (collector, reader) = read(bytes)
    #expect(reader.counts.netfilter == lines.count)
    #expect(reader.counts.notUnderstood == 0)
    try #require(collector.events.count == lines.count)
    for (line, event) in zip(lines, collector.events) {
      let slow = try #require(SlowLine(line))
      #expect(difference(event, slow) == "")
    }
  }

  @Test(arguments: KernelLines.all) func `a second reader finds the same fields in lines as the kernel prints them`(
    line: String
  )
    throws
  {
    let (collector, reader) = read(line + "\n")
    #expect(reader.counts.notUnderstood == 0)
    let event = try #require(collector.events.first)
    let slow = try #require(SlowLine(line))
    #expect(difference(event, slow) == "")
  }

  /// Short headers and IPv6 fragments have brackets and words of their own; `CaptureTests` looks at those.
  @Test(arguments: KernelCapture.netfilter.filter { !$0.contains("INCOMPLETE") && !$0.contains("( FRAG") })
  func `a second reader finds the same fields in lines that a kernel wrote`(line: String) throws {
    let (collector, reader) = read(line + "\n")
    #expect(reader.counts.notUnderstood == 0)
    let event = try #require(collector.events.first)
    let slow = try #require(SlowLine(line))
    #expect(difference(event, slow) == "")
  }

  @Test(arguments: [1, 7, 64, 65, 200, 1000]) func `where the chunks are cut does not matter`(size: Int) {
    let text = KernelLines.all.map { "Jan  2 03:04:05 gw kernel: [   12.000001] \($0)\n" }.joined()
    let whole = read(text)
    let pieces = read(text, chunk: size)
    #expect(pieces.reader.counts == whole.reader.counts)
    #expect(pieces.collector.events.map { fields($0) } == whole.collector.events.map { fields($0) })
    #expect(whole.collector.events.count == KernelLines.all.count)
  }
}
