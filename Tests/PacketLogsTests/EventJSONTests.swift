import JSONText
import PacketLogs
import Testing

@Suite struct EventJSONTests {
  @Test func `every field of a line is in its object, and escape sequences are escaped`() throws {
    let line = try #require(KernelLines.all.first { $0.contains("MTU=1300") })
    let event = try #require(read("Nov 23 21:00:00 gw kernel: \u{1b}[31mX " + line).collector.events.first)
    let text = event.json.text()
    #expect(!text.contains("\u{1b}"))
    #expect(try JSONValue(parsing: text) == event.json)
    #expect(event.json["mtu"]?.intValue == 1300)
    #expect(event.json["inner"]?["sourcePort"]?.intValue == 5000)
    #expect(event.json["mac"]?.stringValue == "02:00:00:00:00:01:02:00:00:00:00:02:08:00")
    #expect(event.json["timeText"]?.stringValue == "Nov 23 21:00:00")
    #expect(event.json["inner"]?["tcpFlags"] == .array([.string("ACK")]))
  }
}
