import Foundation
import Knowledge
import PacketLogs
import TestSupport
import Testing

@Suite struct LogLineTests {
  private func ids(_ line: String) -> [String] {
    let answer = Knowledge.explain(["log", line])
    #expect(answer.problem == nil, "\(answer.problem ?? "")")
    return answer.topics.map(\.id)
  }

  /// Lines as the servers write them, and the fact that the FAQ has for each.
  @Test(arguments: [
    ("May 12 06:25:24 ns named[171]: unapproved query from [192.0.2.9].2021 for \"VERSION.BIND\"", "OL004"),
    ("May 12 06:25:24 ns named[171]: Response from unexpected source ([198.51.100.7].53)", "OL001"),
    (
      "12-May-2026 06:25:24.101 client @0x7f 203.0.113.5#4711 (example.net): zone transfer 'example.net/AXFR/IN' denied",
      "OL003"
    ),
    ("May 12 06:25:24 ns named[171]: unapproved AXFR from [128.9.160.57].1021 for \"example.net\"", "AD012"),
    ("May 12 06:25:24 ns named[171]: sysquery: query(example.net) bad NS 127.0.0.1", "OL002"),
    ("203.0.113.5 - - [12/May/2026:06:25:24 +0000] \"GET /robots.txt HTTP/1.1\" 404 196", "OL006"),
    ("203.0.113.5 - - [12/May/2026:06:25:24 +0000] \"GET /favicon.ico HTTP/1.1\" 404 196", "OL005"),
    ("203.0.113.5 - - [12/May/2026:06:25:24 +0000] \"GET http://www.example.org/ HTTP/1.0\" 200 1904", "OL007"),
    ("203.0.113.5 - - [12/May/2026:06:25:24 +0000] \"CONNECT 198.51.100.2:25 HTTP/1.0\" 405 300", "OL007"),
    (
      "May 12 06:25:24 mx sendmail[99]: ruleset=check_rcpt, arg1=<a@b>, relay=[203.0.113.5], reject=550 5.7.1 <a@b>... Relaying denied",
      "OL029"
    ),
    (
      "May 12 06:25:24 mx postfix/smtpd[9]: NOQUEUE: reject: RCPT from x[203.0.113.5]: 554 5.7.1 <a@b>: Relay access denied",
      "OL029"
    ),
    ("May 12 06:25:24 mx sendmail[99]: IDENT:x@y [203.0.113.5]: VRFY root [rejected]", "OL032"),
    ("May 12 06:25:24 mx sendmail[99]: [203.0.113.5]: EXPN decode [rejected]", "OL032"),
    ("May 12 06:25:24 mx sendmail[99]: VRFY \(String(repeating: "A", count: 300))", "OL033"),
    ("May 12 06:25:24 sun portmap[7]: connect from 203.0.113.9 to dump(): request from unauthorized host", "OL014"),
    (
      "May 12 06:25:24 sun portmap[7]: connect from 203.0.113.9 to getport(mountd): request from unauthorized host",
      "OL018"
    ),
    ("May 12 06:25:24 sun rpcbind: connect from 203.0.113.9 to getport(100232)", "OL022"),
    (
      "May 12 06:25:24 sun portmap[7]: connect from 203.0.113.9 to unset(100005): request from unauthorized host",
      "OL012"
    ),
    ("May 12 06:25:24 sun portmap[7]: connect from 203.0.113.9 to callit(100001)", "OL015"),
    ("*** No Ident response", "OL035"),
  ]) func `a line of another server is explained`(_ line: String, _ id: String) {
    #expect(ids(line).contains(id), "\(ids(line))")
  }

  private static let head =
    "May 12 06:25:24 gw kernel: [  12.345678] drop: IN=wan0 OUT= MAC=52:54:00:1d:09:25:52:54:00:6b:3c:01:08:00 "

  @Test(arguments: [
    (
      "SRC=203.0.113.80 DST=192.0.2.25 LEN=60 TOS=0x00 PREC=0x00 TTL=57 ID=31022 DF PROTO=TCP SPT=51922 DPT=113 WINDOW=64240 RES=0x00 SYN URGP=0 ",
      "P022"
    ),
    (
      "SRC=203.0.113.80 DST=192.0.2.25 LEN=78 TOS=0x00 PREC=0x00 TTL=113 ID=3 PROTO=UDP SPT=137 DPT=137 LEN=58 ",
      "LS031"
    ),
    (
      "SRC=203.0.113.80 DST=192.0.2.25 LEN=404 TOS=0x00 PREC=0x00 TTL=113 ID=3 PROTO=UDP SPT=1099 DPT=1434 LEN=384 ",
      "LS037"
    ),
    (
      "SRC=203.0.113.80 DST=192.0.2.25 LEN=40 TOS=0x00 PREC=0x00 TTL=50 ID=3 PROTO=TCP SPT=0 DPT=143 WINDOW=512 RES=0x00 SYN URGP=0 ",
      "SP001"
    ),
    (
      "SRC=203.0.113.80 DST=192.0.2.25 LEN=40 TOS=0x00 PREC=0x00 TTL=50 ID=3 PROTO=TCP SPT=23 DPT=23 WINDOW=512 RES=0x00 ACK URGP=0 ",
      "LS024"
    ),
    (
      "SRC=203.0.113.80 DST=192.0.2.25 LEN=60 TOS=0x00 PREC=0x00 TTL=1 ID=3 PROTO=UDP SPT=40000 DPT=33437 LEN=40 ",
      "LS021"
    ),
    (
      "SRC=198.51.100.9 DST=192.0.2.2 LEN=68 TOS=0x00 PREC=0x00 TTL=63 ID=9 PROTO=ICMP TYPE=3 CODE=4 [SRC=192.0.2.2 DST=198.51.100.2 LEN=40 TOS=0x00 PREC=0x00 TTL=63 ID=1 DF PROTO=TCP SPT=5000 DPT=443 WINDOW=502 RES=0x00 ACK URGP=0 ] MTU=1300 ",
      "RC009"
    ),
    (
      "SRC=198.51.100.9 DST=192.0.2.2 LEN=120 TOS=0x00 PREC=0xC0 TTL=63 ID=9 PROTO=ICMP TYPE=3 CODE=3 [SRC=192.0.2.2 DST=198.51.100.9 LEN=92 TOS=0x00 PREC=0x00 TTL=63 ID=1 PROTO=UDP SPT=53 DPT=40123 LEN=72 ] ",
      "LS009"
    ),
    (
      "SRC=169.254.7.7 DST=192.0.2.2 LEN=40 TOS=0x00 PREC=0x00 TTL=63 ID=9 PROTO=TCP SPT=4000 DPT=80 WINDOW=1 RES=0x00 SYN URGP=0 ",
      "AD010"
    ),
    ("SRC=192.0.2.53 DST=192.0.2.2 LEN=80 TOS=0x00 PREC=0x00 TTL=63 ID=9 PROTO=UDP SPT=53 DPT=40123 LEN=60 ", "SP006"),
  ]) func `a netfilter line is decoded and leads to its fact`(_ fields: String, _ id: String) {
    let found = ids(Self.head + fields)
    #expect(found.first == "log-line")
    #expect(found.contains(id), "\(found)")
  }

  @Test func `every field is put into words`() throws {
    let answer = Knowledge.explain([
      "log",
      Self.head
        + "SRC=203.0.113.80 DST=192.0.2.25 LEN=60 TOS=0x00 PREC=0x00 TTL=57 ID=31022 DF PROTO=TCP SPT=51922 DPT=113 WINDOW=64240 RES=0x00 SYN URGP=0 ",
    ])
    #expect(
      answer.topics.first?.meaning == """
        prefix: `drop:`: look for it in the rule set to find the rule
        hook: input or prerouting, came in by wan0
        MAC: to 52:54:00:1d:09:25, from 52:54:00:6b:3c:01
        from 203.0.113.80 [203.0.113.0/24 (documentation)] to 192.0.2.25 [192.0.2.0/24 (documentation)]
        TTL 57: probably started at 64, 7 routers away
        TCP, port 51922 to 113 (ident): SYN, opens a connection
        length: 60 bytes, must not be fragmented (DF)
        """)
  }

  @Test func `a kernel message is explained`() {
    #expect(
      ids("May 12 06:25:24 gw kernel: nf_conntrack: nf_conntrack: table full, dropping packet") == [
        "kernel-conntrackFull"
      ])
  }

  @Test(arguments: ["hello", "", "IN=eth0 OUT= SRC=300.1.1.1", "\u{1B}[31m", String(repeating: "IN=", count: 50_000)])
  func `a line of no known kind says so`(_ line: String) {
    let answer = Knowledge.explain(["log", line])
    #expect(answer.problem != nil && answer.topics.isEmpty)
  }
}

/// The shipped examples are what they say they are.
@Suite struct ExampleTests {
  private static var folder: URL { Corpora.packageRoot.appending(path: "examples") }

  static func files(_ ending: String) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
    return all.filter { $0.hasSuffix(ending) }.sorted()
  }

  private struct Collector: LogSink {
    var events = 0
    mutating func netfilter(_ record: LogRecord, _ text: borrowing Span<UInt8>) { events += 1 }
    mutating func kernel(_ message: KernelMessage) {}
  }

  @Test func `there are at least ten rule sets, and the README names every file`() throws {
    let sets = Self.files(".nft") + Self.files(".rules")
    #expect(sets.count >= 10)
    let readme = try String(contentsOf: Self.folder.appending(path: "README.md"), encoding: .utf8)
    for name in sets + Self.files(".log") + Self.files(".sysctl") + Self.files(".yml") {
      #expect(readme.contains("`\(name)`") || readme.contains(" \(name)"), "\(name) is not in examples/README.md")
    }
  }

  @Test(arguments: files(".log")) func `every line of an example log is a netfilter line`(_ name: String) throws {
    let bytes = Array(try Data(contentsOf: Self.folder.appending(path: name)))
    var reader = LogReader()
    var sink = Collector()
    reader.consume(bytes[...], into: &sink)
    reader.finish(into: &sink)
    #expect(
      reader.counts.lines > 0 && reader.counts.netfilter == reader.counts.lines && reader.counts.notUnderstood == 0)
    #expect(sink.events == reader.counts.lines)
  }

  private static let canLoad: Bool = getuid() == 0 && FileManager.default.fileExists(atPath: "/usr/sbin/nft")

  /// nft and iptables-restore judge, in a network namespace of their own.
  @Test(
    .enabled(if: canLoad, "needs root, nft and iptables-restore"), arguments: files(".nft") + files(".rules"))
  func `an example loads`(_ name: String) throws {
    let path = Self.folder.appending(path: name).path()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/unshare")
    if name.hasSuffix(".nft") {
      process.arguments = ["-n", "nft", "-c", "-f", path]
    } else {
      process.arguments = ["-n", name.contains(".v6.") ? "ip6tables-restore" : "iptables-restore", "--test", path]
    }
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
