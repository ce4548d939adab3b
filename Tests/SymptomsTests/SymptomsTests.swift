import CheckKit
import Foundation
import Symptoms
import TestSupport
import Testing

/// Reads a log and says what it shows.
func analysed(_ lines: [String], options: SymptomOptions = SymptomOptions(), chunk: Int = 1 << 16) -> LogReport {
  var analysis = LogAnalysis(options: options)
  let bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
  var start = 0
  while start < bytes.count {
    let end = min(start + chunk, bytes.count)
    analysis.consume(bytes[start..<end])
    start = end
  }
  analysis.finish()
  return analysis.report()
}

extension LogReport {
  func named(_ name: String) -> SymptomReport? { (symptoms + background).first { $0.name == name } }
  var names: [String] { (symptoms + background).map(\.name) }
}

@Suite struct SymptomsTests {
  @Test(arguments: SymptomFixture.all + SymptomFixture.local + SymptomFixture.more) func `fires on what shows it`(
    fixture: SymptomFixture
  )
    throws
  {
    let report = analysed(fixture.fires)
    #expect(report.notUnderstood == 0, "\(report.samples)")
    let found = try #require(report.named(fixture.name), "only \(report.names)")
    #expect(found.count > 0)
    #expect(found.first != nil)
    #expect(!found.explanation.isEmpty)
    #expect(found.explanation.last != ".")
    #expect(found.needsAction == false || !found.advice.isEmpty)
  }

  @Test(arguments: SymptomFixture.all + SymptomFixture.local + SymptomFixture.more) func `silent on what looks like it`(
    fixture: SymptomFixture
  ) {
    let report = analysed(fixture.silent)
    #expect(report.notUnderstood == 0, "\(report.samples)")
    #expect(report.named(fixture.name) == nil)
  }

  @Test func `names are unique over fixtures, so that each symptom has its own`() {
    let names = (SymptomFixture.all + SymptomFixture.local + SymptomFixture.more).map(\.name)
    #expect(Set(names).count == names.count)
  }

  /// What the names of the files say.
  @Test(
    .enabled(if: Corpora.isPresent, "\(Corpora.absent)"),
    arguments: [
      ("fin_scan_1000_1150", ["fin-scan"]), ("null_scan_1000_1150", ["null-scan"]),
      ("syn_scan_1000_1500_zeroip", ["syn-port-scan"]), ("mirai_default_credentials_scan", ["telnet-worm"]),
      ("ipv6_tcp_connect_nmap_default_scan", ["syn-port-scan", "nd-dropped"]),
      ("topera_ipv6_syn_scan_with_ip_opts", ["syn-port-scan", "nd-dropped"]), ("ipv4_igmp", ["igmp-dropped"]),
      ("ipv4_valid_ping", ["ping-refused"]), ("syslog_time_fmt1.log", ["igmp-dropped"]),
    ])
  func `collected scans are named as their files say`(file: String, names: [String]) throws {
    let root = try #require(Corpora.root)
    let path = root.appending(path: "files/psad-logs/test/scans/iptables/\(file)")
    let report = analysed(
      String(decoding: try Data(contentsOf: path), as: UTF8.self).split(separator: "\n").map(String.init))
    for name in names { #expect(report.named(name) != nil, "only \(report.names)") }
  }

  @Test func `lines that a kernel wrote show what they were made for`() {
    let report = analysed(KernelCapture.lines)
    #expect(report.notUnderstood == 0)
    for name in [
      "pmtu-blackhole-v4", "pmtu-blackhole-v6", "pmtu-egress-lost", "ident-dropped", "nd-dropped",
      "ra-rs-dropped", "mld-dropped", "netbios-137", "directed-broadcast", "dhcpv4-noise", "multicast-noise",
      "dhcpv6-dropped", "loopback-dropped", "redirect-seen", "source-route-drop", "martian-source", "igmp-dropped",
      "fragment-drop",
    ] {
      #expect(report.named(name) != nil, "\(name) is not among \(report.names)")
    }
    #expect(report.symptoms.first?.needsAction == true)
    #expect(report.backgroundLine?.contains("no action") == true)
  }

  @Test(arguments: [
    "output-dropped", "docker-bridge", "service-shut", "dns-tcp-refused", "private-source-outside", "vpn-not-accepted",
  ])
  func `connections that programs made through a kernel show what is wrong`(name: String) {
    let report = analysed(KernelTraffic.lines)
    #expect(report.notUnderstood == 0)
    #expect(report.netfilter == KernelTraffic.lines.count)
    #expect(report.named(name) != nil, "only \(report.names)")
  }

  @Test func `an ident query of a server that we had contacted is a waiting server`() throws {
    let report = analysed([
      Line.tcp(Line.own, Line.far, 40000, 25, at: 0, on: "IN= OUT=eth0"),
      Line.tcp(Line.far, Line.own, 50000, 113, at: 2),
    ])
    let ident = try #require(report.named("ident-dropped"))
    #expect(ident.needsAction)
    #expect(ident.level == .warning)
    let alone = try #require(analysed([Line.tcp(Line.far, Line.own, 50000, 113)]).named("ident-dropped"))
    #expect(!alone.needsAction)
    #expect(alone.explanation.contains("if you use"))
  }

  @Test func `a full connection table explains what follows from it`() throws {
    let late = (0..<3).map { Line.udp("192.0.2.53", Line.own, 53, 40000 + $0, at: 10 + $0) }
    let full = Line.message("nf_conntrack: nf_conntrack: table full, dropping packet", at: 5)
    let report = analysed([full] + late)
    #expect(try #require(report.named("late-dns-answer")).dependsOn == "conntrack-full")
    #expect(report.symptoms.first?.name == "conntrack-full")
    #expect(try #require(analysed(late).named("late-dns-answer")).dependsOn == nil)
  }

  @Test func `thresholds are options`() {
    let lines = (0..<3).map { Line.icmp(Line.far, "192.0.2.\($0 + 1)", 3, 1, inner: "203.0.113.9", at: $0) }
    #expect(analysed(lines).named("unreachables-dropped") == nil)
    var options = SymptomOptions()
    options.thresholds["unreachables-dropped"] = Threshold(3, in: 60)
    #expect(analysed(lines, options: options).named("unreachables-dropped") != nil)
  }

  @Test func `counts by source are lower bounds once there are many, and say so`() throws {
    let lines = (0..<5000).map {
      Line.tcp("198.\(18 + $0 % 2).\($0 / 250).\($0 % 250)", Line.own, 40000, 22, at: $0 / 10)
    }
    let report = analysed(lines + (0..<500).map { Line.tcp(Line.far, Line.own, 40000 + $0, 22, at: 600) })
    #expect(report.isApproximate)
    let probes = try #require(report.named("probes"))
    #expect(probes.count == 5500)
    let frequent = try #require(probes.sources.first)
    #expect(frequent.address == Line.far)
    #expect(frequent.count <= 500)
  }

  @Test func `the order of report does not depend on the run or the chunks`() {
    let lines = (SymptomFixture.all + SymptomFixture.local + SymptomFixture.more).flatMap(\.fires)
    let one = analysed(lines)
    let other = analysed(lines, chunk: 97)
    #expect(one.names == other.names)
    #expect(one.symptoms.map(\.explanation) == other.symptoms.map(\.explanation))
    let firstWithout = one.symptoms.firstIndex { !$0.needsAction } ?? 0
    #expect(one.symptoms[firstWithout...].allSatisfy { !$0.needsAction })
  }
}
