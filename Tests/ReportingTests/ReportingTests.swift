import CheckKit
import FirewallAnalysis
import FirewallModel
import Foundation
import JSONText
import Packets
import Reporting
import SourceText
import Testing

/// The gateway of the documentation: an error about a tracked flow is `related`, and only `established` is accepted.
enum Gateway {
  static let text = """
    #!/usr/sbin/nft -f
    flush ruleset

    table inet filter {
      chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established accept
        iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
      }
    }

    """

  static func report() throws -> Report {
    var sources = SourceMap()
    let file = sources.add(path: "gateway.nft", bytes: Array(text.utf8))
    func range(_ words: String) throws -> SourceRange {
      let lower = try #require(text.range(of: words)).lowerBound.utf16Offset(in: text)
      return SourceRange(file: file.id, lower: UInt32(lower), upper: UInt32(lower + words.utf8.count))
    }
    var ruleset = Ruleset()
    ruleset.tables = [
      Table(family: .inet, name: "filter", dialect: .nft, origin: try range("table inet filter"))
    ]
    let policy = try range("policy drop")
    let base = BaseHook(
      type: .filter, hook: .forward, priority: 0, policy: .drop, policyOrigin: policy, registration: 0)
    let end = SourceRange(file: file.id, lower: 0, upper: 0)
    var chain = Chain(table: TableID(0), name: "forward", base: base, origin: try range("chain forward"), end: end)
    let first = try range("ct state established accept")
    let second = try range(#"iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept"#)
    chain.rules = [Rule(steps: [], origin: first), Rule(steps: [], origin: second)]
    ruleset.chains = [chain]
    ruleset.tables[0].chains = [ChainID(0)]

    var packet = Packet(source: .v4(0xc000_0201), destination: .v4(0x0a00_0005), transportProtocol: 1)
    packet.hook = .forward
    packet.inInterface = "wan0"
    packet.outInterface = "lan0"
    packet.icmpType = 3
    packet.icmpCode = 4
    let trace = Trace(
      packet: packet, state: .related,
      steps: [TraceStep(hook: .forward, chain: ChainID(0), rule: nil, event: .policy(.drop))], outcome: .drop,
      decider: Decider(hook: .forward, chain: ChainID(0), rule: nil))
    let state = try range("established")
    let finding = Finding(
      code: "ICMP001", level: .error, confidence: .proved,
      message: "path-MTU errors for forwarded flows are dropped; large transfers will stall", primary: state,
      labels: [
        Label("opens the flows that will stall", at: second),
        Label("an ICMP error about a flow is `related`, so it does not match", at: state),
        Label("so the error ends here: dropped", at: policy),
      ],
      witness: trace, effect: "connections open, then hang on the first full-size packet",
      subject: .rule(RuleID(chain: ChainID(0), index: 0)))
    let place = SourceRange(file: file.id, lower: second.lower - 4, upper: second.lower - 4)
    let fix = ReportedFix(
      title: "accept ICMP errors that belong to tracked flows", fixClass: .widen,
      edits: [
        TextEdit(range: place, replacement: "    ct state related meta l4proto { icmp, ipv6-icmp } accept\n")
      ], status: .proved)
    var report = Report()
    report.units = [
      Report.Unit(path: "gateway.nft", dialect: .nft, isLoadable: true, sources: sources, ruleset: ruleset)
    ]
    report.findings = [ReportedFinding(unit: 0, finding: finding, fixes: [fix])]
    report.checks = [
      CheckMetadata(
        code: "ICMP001", name: "icmp4-frag-needed-blocked", level: .error, group: .icmp, summary: "path-MTU errors",
        page: CheckPage(
          finds: "F", matters: "M", decides: "D", examples: [], fixSafety: "", ignoreWhen: "", notReported: "",
          checkByHand: "", sources: ""))
    ]
    report.version = "0.0.0"
    return report
  }
}

@Suite struct TextReportTests {
  /// The layout of the documentation's sample, by hand.
  @Test func `a finding shows excerpt, witness, effect, help and patch`() throws {
    let expected = """
      error[ICMP001]: path-MTU errors for forwarded flows are dropped; large transfers will stall
        --> gateway.nft:7:14
         |
       6 |     type filter hook forward priority filter; policy drop;
         |                                               ----------- 3: so the error ends here: dropped
       7 |     ct state established accept
         |              ^^^^^^^^^^^ 2: an ICMP error about a flow is `related`, so it does not match
       8 |     iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
         |     ---------------------------------------------------------- 1: opens the flows that will stall
         |
         = witness: iif wan0 oif lan0, ICMP 192.0.2.1 -> 10.0.0.5, type 3 code 4 (fragmentation needed), ct state related
                    -> inet filter forward: no rule matches -> policy drop
         = effect:  connections open, then hang on the first full-size packet
         = confidence: proved (both rules of the chain checked)
         = help: accept ICMP errors that belong to tracked flows       [widens; apply with --fix=widen]
         |
       7 |     ct state established accept
       8 +     ct state related meta l4proto { icmp, ipv6-icmp } accept
         |
         = fix check: no accepted packet is lost; the finding is gone
         = explain: fwlint explain ICMP001

      1 error. 2 rules in 1 chain checked, 0 not understood, 1 lint rule on. 1 fix available (--fix=widen).

      """
    #expect(try Gateway.report().text(TextLayout(style: Style(usesColor: false))) == expected)
  }

  @Test func `concise has one line for each finding`() throws {
    let text = try Gateway.report().concise(TextLayout(style: Style(usesColor: false)))
    let line =
      "gateway.nft:7:14: error[ICMP001] path-MTU errors for forwarded flows are dropped; large transfers will stall [proved]"
    #expect(text.split(separator: "\n").first.map(String.init) == line)
  }

  @Test func `colour is escape codes round the same text`() throws {
    let report = try Gateway.report()
    let plain = report.text(TextLayout(style: Style(usesColor: false)))
    let painted = report.text(TextLayout(style: Style(usesColor: true)))
    #expect(!plain.contains("\u{1b}"))
    #expect(painted != plain)
    #expect(painted.replacing(#/\u{1b}\[[0-9;]*m/#, with: "") == plain)
  }

  @Test func `wraps at a width`() throws {
    let text = try Gateway.report().text(TextLayout(style: Style(usesColor: false), width: 60))
    let facts = text.split(separator: "\n").filter { !$0.contains("|") && !$0.contains("fwlint explain") }
    #expect(facts.dropLast().allSatisfy { $0.unicodeScalars.count <= 60 })
  }

  @Test func `repeats of one code are counted`() throws {
    var report = try Gateway.report()
    report.findings = Array(repeating: report.findings[0], count: 12)
    let text = report.text(TextLayout(style: Style(usesColor: false), maximumPerRule: 2))
    #expect(text.components(separatedBy: "error[ICMP001]").count == 3)
    #expect(text.contains("... and 10 more of ICMP001"))
    #expect(text.contains("12 errors."))
  }
}

@Suite struct PrintableTests {
  @Test(arguments: [
    ("plain ü 漢", "plain ü 漢"), ("\u{1b}[31mred", #"\u{1b}[31mred"#), ("a\u{202e}b", #"a\u{202e}b"#),
    (
      "x\u{7f}\u{85}\u{2028}\u{2066}\u{200b}\u{feff}\r\n\t",
      #"x\u{7f}\u{85}\u{2028}\u{2066}\u{200b}\u{feff}\u{d}\u{a}\u{9}"#
    ),
  ]) func `hidden characters are escaped`(_ text: String, _ shown: String) {
    #expect(printable(text) == shown)
  }

  @Test func `an excerpt shows hostile source escaped and marks the right columns`() throws {
    var report = try Gateway.report()
    var sources = SourceMap()
    let text = "\tadd\u{1b}[2J rule\u{202e} x\n"
    let file = sources.add(path: "e\u{1b}vil.nft", bytes: Array(text.utf8))
    let lower = UInt32(try #require(text.utf8.firstIndex(of: UInt8(ascii: "x"))).utf16Offset(in: text)) + 2
    let range = SourceRange(file: file.id, lower: lower, upper: lower + 1)
    let finding = Finding(
      code: "LOAD001", level: .error, confidence: .proved, message: "m\u{1b}", primary: range, subject: .ruleset)
    report.units[0].sources = sources
    report.findings = [ReportedFinding(unit: 0, finding: finding)]
    let shown = report.text(TextLayout(style: Style(usesColor: false)))
    #expect(!shown.unicodeScalars.contains("\u{1b}") && !shown.unicodeScalars.contains("\u{202e}"))
    let lines = shown.split(separator: "\n").map(String.init)
    let source = try #require(lines.first { $0.hasPrefix(" 1 |") })
    let marks = try #require(lines.first { $0.contains("^") })
    let column = try #require(marks.firstIndex(of: "^")).utf16Offset(in: marks)
    #expect(Array(source.utf16)[column] == UInt16(UInt8(ascii: "x")))
  }

  @Test func `a long line is cut round the span`() throws {
    var report = try Gateway.report()
    var sources = SourceMap()
    let text = String(repeating: "a", count: 50_000) + "HERE" + String(repeating: "b", count: 50_000)
    let file = sources.add(path: "long.nft", bytes: Array(text.utf8))
    let range = SourceRange(file: file.id, lower: 50_000, upper: 50_004)
    report.units[0].sources = sources
    report.findings = [
      ReportedFinding(
        unit: 0,
        finding: Finding(
          code: "X001", level: .note, confidence: .likely, message: "m", primary: range, subject: .ruleset))
    ]
    let lines = report.text(TextLayout(style: Style(usesColor: false), width: 80)).split(separator: "\n").map(
      String.init)
    let source = try #require(lines.first { $0.hasPrefix(" 1 |") })
    #expect(source.contains("…a") && source.contains("b…") && source.unicodeScalars.count <= 80)
    let marks = try #require(lines.first { $0.contains("^^^^") })
    let column = try #require(marks.firstIndex(of: "^")).utf16Offset(in: marks)
    #expect(Array(source.utf16)[column] == UInt16(UInt8(ascii: "H")))
  }
}

@Suite struct LineHashTests {
  /// The test values of GitHub's upload action.
  @Test func `hashes are those of the upload action`() {
    #expect(LineHashes([])[line: 1] == "c129715d7a2bc9a3:1")
    let hashes = LineHashes(Array(" a\nb\n  \t\tc\n d".utf8))
    #expect(
      (1...4).map { hashes[line: $0] } == [
        "271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1",
      ])
    let lorem = LineHashes(Array(String(repeating: "Lorem ipsum dolor sit amet.\n", count: 10).utf8))
    #expect(lorem[line: 7] == "a7f2ff1481e87703:1")
  }

  @Test func `line ends do not matter`() {
    let unix = LineHashes(Array("a\nb\n\nc\n".utf8))
    let windows = LineHashes(Array("a\r\nb\r\n\r\nc\r\n".utf8))
    #expect((1...4).allSatisfy { unix[line: $0] == windows[line: $0] && unix[line: $0] != nil })
  }
}

@Suite struct MachineFormatTests {
  @Test func `json has the members of fwlint-json 1`() throws {
    let json = try JSONValue(parsing: Gateway.report().json.written(.pretty))
    #expect(json["schema"] == "fwlint-json/1")
    let file = try #require(json["files"]?.arrayValue?.first)
    #expect(file["path"] == "gateway.nft" && file["dialect"] == "nft" && file["loadable"] == true)
    #expect(file["rules"] == 2 && file["chains"] == 1 && file["notUnderstood"] == 0)
    let finding = try #require(json["findings"]?.arrayValue?.first)
    for (key, value) in [
      ("code", "ICMP001"), ("level", "error"), ("confidence", "proved"), ("path", "gateway.nft"), ("line", 7),
      ("column", 14), ("endLine", 7), ("endColumn", 25),
    ] as [(String, JSONValue)] {
      #expect(finding[key] == value)
    }
    #expect(finding["labels"]?.arrayValue?.count == 3)
    let witness = try #require(finding["witness"])
    #expect(witness["verdict"] == "drop" && witness["packet"]?["src"] == "192.0.2.1")
    let step = try #require(witness["path"]?.arrayValue?.first)
    #expect(step["hook"] == "forward" && step["table"] == "filter" && step["chain"] == "forward")
    #expect(step["line"] == 6 && step["verdict"] == "drop")
    let fix = try #require(finding["fixes"]?.arrayValue?.first)
    #expect(fix["class"] == "widen" && fix["title"]?.stringValue?.isEmpty == false)
    #expect(fix["edits"]?.arrayValue?.first?["line"] == 8)
    #expect(json["coverage"]?["rules"] == 2)
  }

  @Test func `sarif has what code scanning needs`() throws {
    var report = try Gateway.report()
    report.baseDirectory = "/src"
    let json = try JSONValue(parsing: report.sarif.written())
    #expect(json["version"] == "2.1.0")
    let run = try #require(json["runs"]?.arrayValue?.first)
    #expect(run["tool"]?["driver"]?["rules"]?.arrayValue?.first?["id"] == "ICMP001")
    let result = try #require(run["results"]?.arrayValue?.first)
    #expect(result["ruleId"] == "ICMP001" && result["ruleIndex"] == 0 && result["level"] == "error")
    let location = try #require(result["locations"]?.arrayValue?.first?["physicalLocation"])
    #expect(location["artifactLocation"]?["uri"] == "gateway.nft")
    #expect(location["region"]?["startLine"] == 7 && location["region"]?["endColumn"] == 25)
    #expect(result["relatedLocations"]?.arrayValue?.count == 2)
    #expect(result["partialFingerprints"]?["primaryLocationLineHash"]?.stringValue?.hasSuffix(":1") == true)
    #expect(result["fixes"]?.arrayValue?.count == 1)
  }

  @Test func `sarif is cut at 25,000 results, weakest first`() throws {
    var report = try Gateway.report()
    var note = report.findings[0]
    note.finding.level = .note
    report.findings = Array(repeating: note, count: 20_000) + Array(repeating: report.findings[0], count: 6_000)
    let run = try #require(report.sarif["runs"]?.arrayValue?.first)
    let levels = try #require(run["results"]?.arrayValue).map { $0["level"]?.stringValue }
    #expect(levels.count == 25_000)
    #expect(levels.filter { $0 == "error" }.count == 6_000)
    #expect(run["invocations"]?.arrayValue?.first?["toolExecutionNotifications"]?.arrayValue?.count == 1)
  }
}

@Suite struct PatchTests {
  private func unified(_ old: String, _ edits: [(Range<Int>, String)]) -> String {
    let file = SourceFile(id: SourceID(0), path: "f", text: old)
    let edits = edits.map {
      TextEdit(
        range: SourceRange(file: file.id, lower: UInt32($0.0.lowerBound), upper: UInt32($0.0.upperBound)),
        replacement: $0.1)
    }
    return Patch(edits, in: file).unified()
  }

  /// Expected texts as `diff -u` writes them (file names apart).
  @Test func `diffs are what diff -u writes`() {
    let ten = (1...10).map { "\($0)\n" }.joined()
    #expect(unified(ten, [(0..<0, "0\n")]) == "--- f\n+++ f\n@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n")
    #expect(unified(ten, [(8..<9, "five")]) == "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n")
    #expect(
      unified("a\nb", [(2..<3, "c")])
        == "--- f\n+++ f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n")
    #expect(unified("", [(0..<0, "x\n")]) == "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+x\n")
    #expect(unified(ten, [(0..<1, "1")]).isEmpty)
  }
}
