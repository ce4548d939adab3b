import PacketLogs
import Testing

@Suite struct HeadTests {
  static let line =
    "IN=wan OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=192.0.2.77 DST=198.51.100.1 LEN=60 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=40000 DPT=113 WINDOW=64240 RES=0x00 SYN URGP=0 "

  @Test(arguments: [
    ("Nov  3 21:00:00 gw kernel: [  123.456789] DROP: ", "Nov 3 21:00:00", "gw"),
    ("Nov 23 21:00:00 gw kernel: DROP: ", "Nov 23 21:00:00", "gw"),
    ("Nov 23 21:00:00.123456 gw kernel: DROP: ", "Nov 23 21:00:00", "gw"),
    ("Nov 23 21:00:00 kernel: DROP: ", "Nov 23 21:00:00", nil),
    ("Nov 23 21:00:00 gw kernel: [123456.456789] [T1234] DROP: ", "Nov 23 21:00:00", "gw"),
    ("<4>Nov 23 21:00:00 gw kernel: DROP: ", "Nov 23 21:00:00", "gw"),
    ("Nov 23 21:00:00 gw kern.warn kernel: [  123.456789] DROP: ", "Nov 23 21:00:00", "gw"),
    ("Mon Nov 23 21:00:00 2026 kern.warn kernel: [  123.456789] DROP: ", "2026-11-23 21:00:00", nil),
    ("Mon 2026-11-23 21:00:00 UTC gw kernel: DROP: ", "2026-11-23 21:00:00", "gw"),
    ("2026-11-23T21:00:00.045015+02:00 gw kernel: DROP: ", "2026-11-23 19:00:00", "gw"),
    ("2026-11-23T21:00:00+0000 gw kernel: DROP: ", "2026-11-23 21:00:00", "gw"),
    ("2026-11-23T21:00:00,123456+00:00 DROP: ", "2026-11-23 21:00:00", nil),
    ("1795467600.123456 gw kernel: DROP: ", "2026-11-23 21:00:00", "gw"),
    ("<4>1 2026-11-23T21:00:00.003Z gw kernel - - - DROP: ", "2026-11-23 21:00:00", "gw"),
    (
      "<4>1 2026-11-23T21:00:00Z gw kernel - - [x@1 a=\"]\\\"b\"][y] [  123.456789] DROP: ", "2026-11-23 21:00:00", "gw"
    ),
    ("[  123.456789] DROP: ", "+0d 00:02:03", nil),
    ("<4>[  123.456789] DROP: ", "+0d 00:02:03", nil),
    ("[90123.456789] gw kernel: DROP: ", "+1d 01:02:03", "gw"),
    ("[Mon Nov 23 21:00:00 2026] DROP: ", "2026-11-23 21:00:00", nil),
    ("kern  :warn  : [  123.456789] DROP: ", "+0d 00:02:03", nil),
    ("4,1234,123456789,-;DROP: ", "+0d 00:02:03", nil),
    ("Nov 23 21:00:00 gw ulogd[71]: DROP: ", "Nov 23 21:00:00", "gw"),
    ("Nov 23 21:00:00 gw DROP: ", "Nov 23 21:00:00", "gw"),
    ("DROP: ", nil, nil),
    ("[  +0.000012] DROP: ", nil, nil),
  ])
  func `time, host and prefix are told apart in every form`(head: String, time: String?, host: String?) throws {
    let event = try #require(read(head + Self.line + "\n").collector.events.first)
    #expect(event.prefix == "DROP: ")
    #expect(event.time.map { LogTime.text($0, event.timeBase) } == time)
    #expect(event.hostName == host)
    #expect(event.packet.destinationPort == 113)
  }

  @Test func `a prefix in brackets is not taken for the kernel's clock`() throws {
    let event = try #require(read("Nov 23 21:00:00 gw kernel: [UFW BLOCK] " + Self.line).collector.events.first)
    #expect(event.prefix == "[UFW BLOCK] ")
  }

  @Test func `times without a year go on over the turn of the year`() throws {
    let text =
      "Dec 31 23:59:59 gw kernel: " + Self.line + "\nJan  1 00:00:01 gw kernel: " + Self.line + "\n"
    let times = read(text).collector.events.compactMap(\.time)
    #expect(times.count == 2)
    #expect(times[1] - times[0] == 2)
    #expect(LogTime.text(times[1], .yearless) == "Jan 1 00:00:01")
  }

  @Test(arguments: [
    "Nov 23 21:00:00 gw sshd[77]: Invalid user ", "Nov 23 21:00:00 gw sudo: alice : COMMAND=",
    "Nov 23 21:00:00 gw su: ",
  ])
  func `a program's line that quotes a LOG line is not one`(head: String) {
    let reader = read(head + "x " + Self.line + "\n").reader
    #expect(reader.counts.netfilter == 0)
    #expect(reader.counts.other == 1)
  }
}
