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
}
