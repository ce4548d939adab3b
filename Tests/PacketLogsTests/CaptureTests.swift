import PacketLogs
import Packets
import Testing

@Suite struct CaptureTests {
  @Test func `every line that a kernel wrote is read`() {
    let (collector, reader) = read(KernelCapture.text)
    #expect(reader.counts.notUnderstood == 0)
    #expect(collector.events.count == KernelCapture.netfilter.count)
    #expect(collector.events.allSatisfy { $0.timeBase == .uptime && ($0.time ?? 0) > 3969 })
  }

  @Test func `a header cut short has no ports`() throws {
    let line = try #require(KernelCapture.lines.first { $0.contains("INCOMPLETE [4 bytes]") })
    let event = try #require(read(line).collector.events.first)
    #expect(event.packet.isCutShort)
    #expect(event.packet.transportProtocol == 6)
    #expect(event.packet.sourcePort == nil)
  }

  @Test func `a later fragment has no ports, and is not port 0`() throws {
    let line = try #require(KernelCapture.lines.first { $0.contains("FRAG:185") })
    let event = try #require(read(line).collector.events.first)
    #expect(event.packet.fragmentOffset == 185)
    #expect(event.packet.transportProtocol == 17)
    #expect(event.packet.destinationPort == nil)
  }

  @Test func `IPv6 fragments keep their id, and the last header's protocol`() throws {
    let line = try #require(KernelCapture.lines.first { $0.contains("FRAG:0 INCOMPLETE ID:00000001") })
    let event = try #require(read(line).collector.events.first)
    #expect(event.packet.isIncomplete)
    #expect(event.packet.fragmentOffset == 0)
    #expect(event.packet.destinationPort == 2)
    let later = try #require(KernelCapture.lines.first { $0.contains("FRAG:1480") })
    let last = try #require(read(later).collector.events.first)
    #expect(last.packet.sourcePort == nil)
    #expect(last.packet.fragmentOffset == 1480)
    #expect(last.packet.ipID == 1)
  }

  @Test func `the kernel's own messages name the right ends`() throws {
    let messages = read(KernelCapture.text).collector.messages
    #expect(messages.map(\.kind) == [.martianSource, .sourceRouteOption, .martianSource])
    let martian = try #require(messages.first)
    // The kernel prints the destination first.
    #expect(martian.source == Address("203.0.113.77"))
    #expect(martian.destination == Address("192.168.1.1"))
    #expect(martian.interface == "eth1")
    #expect(messages[1].source == Address("203.0.113.78"))
    #expect(messages[1].destination == Address("192.168.0.1"))
  }

  @Test(arguments: [
    ("nf_conntrack: table full, dropping packet", KernelMessage.Kind.conntrackFull),
    ("nf_conntrack: nf_conntrack: table full, dropping packet", .conntrackFull),
    ("ip_conntrack: table full, dropping packet.", .conntrackFull),
    ("nf_conntrack: nf_conntrack: table full in netns 4026532284, dropping packet", .conntrackFull),
    ("nf_conntrack: expectation table full", .expectationsFull),
    ("TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:8080. Sending cookies.", .synFloodCookies),
    ("TCP: Possible SYN flooding on port 80. Dropping request.  Check SNMP counters.", .synFloodDropping),
    ("possible SYN flooding on port 25. Sending cookies.", .synFloodCookies),
    ("neighbour: arp_cache: neighbor table overflow!", .neighbourTableOverflow),
    ("Neighbour table overflow.", .neighbourTableOverflow),
    ("net_ratelimit: 17 callbacks suppressed", .suppressed),
    ("martian source 198.51.100.1 from 192.0.2.77, on dev wan", .martianSource),
    ("IPv4: martian destination 127.0.0.1 from 192.0.2.77, dev wan", .martianDestination),
    ("IPv6: eth0: IPv6 duplicate address fe80::1 detected!", .duplicateAddress),
    ("nf_conntrack: default automatic helper assignment has been turned off", .helperAssignmentOff),
    ("wg0: mtu less than device minimum", .mtuBelowMinimum),
  ])
  func `kernel messages round a firewall are recognised`(text: String, kind: KernelMessage.Kind) {
    for head in ["Nov 23 21:00:00 gw kernel: ", "Nov 23 21:00:00 gw kernel: [  123.456789] ", "[  123.456789] "] {
      #expect(read(head + text + "\n").collector.messages.map(\.kind) == [kind])
    }
  }
}
