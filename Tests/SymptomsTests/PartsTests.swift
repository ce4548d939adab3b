import Foundation
import Knowledge
import PacketLogs
import Symptoms
import TestSupport
import Testing

/// A log read in parts that are put together.
@Suite struct PartsTests {
  private static func bytes(_ lines: some Sequence<String>) -> [UInt8] {
    Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private static func read(_ parts: [[String]]) -> LogReport {
    var total = LogAnalysis()
    for part in parts {
      var analysis = LogAnalysis()
      analysis.consume(bytes(part)[...])
      analysis.finish()
      total.append(analysis)
    }
    return total.report()
  }

  private static var lines: [String] {
    (SymptomFixture.all + SymptomFixture.local + SymptomFixture.more).flatMap(\.fires)
  }

  @Test(arguments: [1, 2, 3, 7]) func `what parts show together is what the whole shows`(_ count: Int) {
    let lines = Self.lines
    let size = (lines.count + count - 1) / count
    let parts = stride(from: 0, to: lines.count, by: size).map { Array(lines[$0..<min($0 + size, lines.count)]) }
    let whole = analysed(lines)
    let together = Self.read(parts)
    #expect(together.lines == whole.lines)
    #expect(together.netfilter == whole.netfilter)
    #expect(together.kernel == whole.kernel)
    #expect(together.notUnderstood == whole.notUnderstood)
    // The kinds of lines do not depend on the cut; a rate that the cut divides may.
    let total = (whole.symptoms + whole.background + whole.weak).reduce(0) { $0 + $1.count }
    #expect(total > 0)
    if count == 1 {
      #expect(together.names == whole.names)
      #expect(together.symptoms.map(\.count) == whole.symptoms.map(\.count))
    }
    for name in ["pmtu-blackhole-v4", "nd-dropped", "loopback-dropped", "conntrack-full", "martian-source"] {
      #expect(together.named(name)?.count == whole.named(name)?.count, "\(name)")
    }
  }

  @Test func `a scan that is cut in two is still one`() throws {
    let probes = (0..<24).map { Line.tcp(Line.far, Line.own, 40000, 1000 + $0, at: $0) }
    let report = Self.read([Array(probes[..<12]), Array(probes[12...])])
    let scan = try #require(report.named("syn-port-scan"))
    #expect(scan.count == 24)
    #expect(scan.sources.first?.address == Line.far)
  }

  @Test func `the year goes on over the border of two parts`() throws {
    func line(_ stamp: String) -> String {
      Line.icmp(Line.far, Line.own, 3, 4, inner: "203.0.113.9", mtu: 1300).replacing("Nov 23 08:00:00", with: stamp)
    }
    let report = Self.read([[line("Dec 31 23:59:58")], [line("Jan  1 00:00:02")]])
    let symptom = try #require(report.named("pmtu-blackhole-v4"))
    let first = try #require(symptom.first)
    let last = try #require(symptom.last)
    #expect(last - first == 4)
  }

  @Test func `thresholds have names, and every symptom has one`() {
    #expect(LogAnalysis.symptomNames.count >= 60)
    #expect(Set(LogAnalysis.symptomNames).count == LogAnalysis.symptomNames.count)
    for name in LogAnalysis.symptomNames { #expect(LogAnalysis.threshold(of: name) != nil) }
    #expect(LogAnalysis.threshold(of: "no-such-symptom") == nil)
  }

  @Test func `lines of other servers are explained`() throws {
    let report = analysed([
      "May 12 04:11:02 ns1 named[171]: unapproved query from [203.0.113.9].4711 for \"version.bind\"",
      "May 12 04:12:02 mx1 sendmail[20]: NOQUEUE: [203.0.113.9]: VRFY root [rejected]",
      "203.0.113.9 - - [12/May/2026:04:11:02 +0000] \"GET /robots.txt HTTP/1.0\" 404 207",
      "203.0.113.9 - - [12/May/2026:04:11:02 +0000] \"GET http://www.example.com/ HTTP/1.0\" 200 207",
      "May 12 04:12:02 ns1 portmap[9]: connect from 203.0.113.9 to getport(mountd): request from unauthorized host",
      "May 12 04:12:03 mx1 postfix/smtpd[9]: reject: RCPT from x[203.0.113.9]: 554 Relay access denied; from=<a@b>",
      "May 12 04:12:04 gw sshd[1]: Accepted publickey for admin",
    ])
    let ids = Set(report.serverLines.map(\.topic.id))
    #expect(ids.isSuperset(of: ["OL004", "OL006", "OL007", "OL029", "OL032", "OL013", "OL018"]), "\(ids)")
    #expect(report.server == 6)
    #expect(report.other == 1)
  }

  @Test func `a connection attempt that is repeated tells how long was waited`() throws {
    let times = [0, 1, 3, 7, 15]
    let report = analysed(times.map { Line.tcp(Line.far, Line.own, 50000, 113, at: $0) })
    let wait = try #require(report.named("ident-dropped")?.wait)
    #expect(wait.repeats == [1, 3, 7, 15])
    #expect(wait.count == 5)
    #expect(wait.next == 31)
    #expect(wait.estimate.seconds == 30)
    // Linux 6.5: four attempts a second apart first.
    let linear = analysed([0, 1, 2, 3, 4, 5, 7].map { Line.tcp(Line.far, Line.own, 50000, 113, at: $0) })
    #expect(try #require(linear.named("ident-dropped")?.wait).estimate.seconds == 10)
  }

  @Test func `the timeline holds every line, whatever the span`() {
    let lines = (0..<3000).map { Line.tcp(Line.far, Line.own, 40000, 22, at: $0 * 15) }
    let timeline = analysed(lines).timeline
    #expect(timeline.bins.reduce(0, +) == 3000)
    #expect(timeline.bins.count <= 256)
    #expect(timeline.coarse(64).bins.reduce(0, +) == 3000)
    #expect(timeline.topPairs.first?.pair.port == 22)
  }
}
