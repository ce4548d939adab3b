import CheckKit
import Foundation
import JSONText
import Reporting
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The formats that other programs read.
@Suite struct OtherFormatTests {
  /// The gateway's report, in a file whose name and message need escaping.
  private static func hostile() throws -> Report {
    var report = try Gateway.report()
    report.findings[0].finding.message = "100% of <flows>, \"stall\"\u{1b}[31m & hang"
    report.unread = [("a,b:c.nft", "no such file\nor directory")]
    return report
  }

  @Test func `github: properties and data are escaped`() throws {
    let lines = try Self.hostile().github.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0] == "::error file=a%2Cb%3Ac.nft,title=fwlint::no such file%0Aor directory")
    #expect(lines[1].hasPrefix("::error file=gateway.nft,line="))
    #expect(lines[1].contains("title=fwlint ICMP001::100%25 of <flows>, \"stall\"\\u{1b}[31m & hang"))
  }

  @Test func `junit and checkstyle are well-formed`() throws {
    let report = try Self.hostile()
    for text in [report.junit, report.checkstyle] {
      let parser = XMLParser(data: Data(text.utf8))
      let isWellFormed = parser.parse()
      #expect(isWellFormed, "\(text)")
      #expect(text.contains("100% of &lt;flows&gt;, &quot;stall&quot;\\u{1b}[31m &amp; hang"))
    }
    #expect(report.junit.contains("<error message="))
    #expect(report.checkstyle.contains("source=\"fwlint.ICMP001\""))
  }

  @Test func `gitlab: fingerprints are unique in a file`() throws {
    var report = try Gateway.report()
    report.findings.append(report.findings[0])
    let parsed = try #require(try JSONSerialization.jsonObject(with: Data(report.gitlab.written())) as? [[String: Any]])
    #expect(parsed.count == 2)
    let prints = parsed.compactMap { $0["fingerprint"] as? String }
    #expect(Set(prints).count == 2 && prints.allSatisfy { $0.count == 32 })
    #expect(parsed[0]["severity"] as? String == "critical")
  }

  @Test func `rdjson carries the fix as suggestions`() throws {
    let report = try Gateway.report()
    let parsed = try JSONSerialization.jsonObject(with: Data(report.rdjson.written())) as? [String: Any]
    let diagnostics = try #require(parsed?["diagnostics"] as? [[String: Any]])
    #expect(diagnostics.count == report.findings.count)
    #expect(diagnostics[0]["severity"] as? String == "ERROR")
  }

  @Test func `jsonl: each line is an object of the schema`() throws {
    let report = try Self.hostile()
    let lines = String(decoding: report.jsonLines, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == report.units.count + report.findings.count + report.unread.count + 1)
    for line in lines {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      #expect(object["schema"] as? String == "fwlint-json/1")
    }
    #expect(lines.last?.contains("\"coverage\"") ?? false)
  }
}
