import PacketLogs
import Testing

@Suite struct JournalTests {
  private static func entry(_ message: String, transport: String = "kernel", extra: String = "") -> String {
    #"{"__REALTIME_TIMESTAMP":"1795467600123456","_HOSTNAME":"gw","_TRANSPORT":"\#(transport)","MESSAGE":\#(message)\#(extra)}"#
      + "\n"
  }

  @Test func `a message as text`() throws {
    let event = try #require(read(Self.entry("\"DROP: \(HeadTests.line)\"")).collector.events.first)
    #expect(event.prefix == "DROP: ")
    #expect(event.hostName == "gw")
    #expect(event.time.map { LogTime.text($0, event.timeBase) } == "2026-11-23 21:00:00")
    #expect(event.packet.destinationPort == 113)
  }

  @Test func `a message as bytes`() throws {
    let numbers = Array("DR\u{1b}P \(HeadTests.line)".utf8).map { "\($0)" }.joined(separator: ",")
    let event = try #require(read(Self.entry("[\(numbers)]"), chunk: 33).collector.events.first)
    #expect(event.prefix == "DR\u{1b}P ")
    #expect(event.inInterface == "wan")
  }

  @Test func `what the kernel did not write is not believed`() {
    let reader = read(Self.entry("\"x \(HeadTests.line)\"", transport: "syslog")).reader
    #expect(reader.counts.netfilter == 0)
    #expect(reader.counts.other == 1)
  }

  @Test func `broken entries are other lines, broken LOG lines are not understood`() {
    #expect(read("{\"MESSAGE\":\n{}\n{\"MESSAGE\":null}\n").reader.counts.other == 3)
    #expect(read(Self.entry("\"IN=eth0 OUT= SRC=1.2.3 \"")).reader.counts.notUnderstood == 1)
  }

  @Test func `kernel messages are recognised`() {
    let found = read(Self.entry("\"nf_conntrack: table full, dropping packet\"")).collector.messages
    #expect(found.map(\.kind) == [.conntrackFull])
  }

  @Test func `the journal's export form`() throws {
    let text = """
      __CURSOR=s=1
      __REALTIME_TIMESTAMP=1795467600123456
      _TRANSPORT=kernel
      _HOSTNAME=gw
      MESSAGE=DROP: \(HeadTests.line)

      __REALTIME_TIMESTAMP=1795467601000000
      MESSAGE=nf_conntrack: nf_conntrack: table full, dropping packet

      """
    let found = read(text).collector
    let event = try #require(found.events.first)
    #expect(event.prefix == "DROP: ")
    #expect(event.time.map { LogTime.text($0, event.timeBase) } == "2026-11-23 21:00:00")
    #expect(found.messages.first?.time == 1_795_467_601)
  }

  @Test func `ulogd's JSON`() throws {
    let first =
      #"{"timestamp":"2026-11-23T21:00:00.123456+0000","dvc":"gw","raw.pktlen":60,"oob.prefix":"fw-drop","#
      + #""oob.in":"wan0","oob.out":"","raw.mac":"02:00:00:00:00:01:02:aa:00:00:00:01:08:00","ip.protocol":6,"#
      + #""ip.tos":0,"ip.ttl":55,"ip.totlen":60,"ip.id":77,"ip.fragoff":16384,"src_ip":"203.0.113.9","#
      + #""dest_ip":"198.51.100.7","src_port":40000,"dest_port":113,"tcp.window":64240,"tcp.syn":1,"tcp.ack":0}"#
    let event = try #require(read(first + "\n").collector.events.first)
    #expect(event.prefix == "fw-drop ")
    #expect(event.inInterface == "wan0")
    #expect(event.packet.destinationPort == 113)
    #expect(event.packet.ttl == 55)
    #expect(event.packet.dontFragment)
    #expect(event.packet.tcpFlags == 2)
    #expect(event.mac.count == 14)
    #expect(event.time.map { LogTime.text($0, event.timeBase) } == "2026-11-23 21:00:00")
    let second =
      #"{"oob.time.sec":1795467600,"oob.prefix":"v6","oob.in":"","oob.out":"wan0","ip6.nexthdr":58,"#
      + #""ip6.hoplimit":255,"ip6.payloadlen":32,"ip.saddr.str":"fe80::1","ip.daddr.str":"ff02::1:ff00:9","#
      + #""icmpv6.type":135,"icmpv6.code":0}"#
    let neighbour = try #require(read(second + "\n").collector.events.first)
    #expect(neighbour.packet.icmpType == 135)
    #expect(neighbour.outInterface == "wan0")
    #expect(read(#"{"src_ip":"203.0.113.9","dest_ip":"nonsense","protocol":6}"# + "\n").reader.counts.netfilter == 0)
  }
}
