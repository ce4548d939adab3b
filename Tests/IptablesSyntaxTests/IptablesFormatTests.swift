import Foundation
import IptablesSyntax
import SourceText
import TestSupport
import Testing

@Suite struct IptablesFormatTests {
  private func formatted(_ text: String, isIPv6: Bool = false) -> String {
    let source = SourceFile(id: SourceID(0), path: "test", text: text)
    return String(decoding: IptablesWriter.formatted(source, isIPv6: isIPv6), as: UTF8.self)
  }

  @Test func `rules are printed as saved and all other bytes stay`() {
    let text = """
      # kept  as it is
      *filter
      :INPUT DROP [0:0]

      :own - [0:0]
      [3:4] -A INPUT   -p tcp --dport ssh  -j ACCEPT
      -A INPUT -s 10.1/16,1.2.3.4 -j own
      -A INPUT -j NOPE --nosuch 3
      -A own -m limit
      -D own 1
      -P INPUT DROP
      COMMIT
      # end
      """
    let expected = """
      # kept  as it is
      *filter
      :INPUT DROP [0:0]

      :own - [0:0]
      [3:4] -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
      -A INPUT -s 10.1.0.0/16 -j own
      -A INPUT -s 1.2.3.4/32 -j own
      -A INPUT -j NOPE --nosuch 3
      -A own -m limit --limit 3/hour
      -D own 1
      -P INPUT DROP
      COMMIT
      # end
      """
    #expect(formatted(text) == expected)
    #expect(formatted(expected) == expected)
  }

  @Test func `a target whose name needs its quotes stays`() {
    let text = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 1.2.3.4 -j ACCE\"drop: \"\nCOMMIT\n"
    #expect(formatted(text) == text)
  }

  @Test func `an interface whose name needs its quotes stays`() {
    let text = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 1.2.3.4 -i lo\"drop: \" -j ACCEPT\nCOMMIT\n"
    #expect(formatted(text) == text)
  }

  /// iptables-restore passes over them; without the option they would become rules.
  @Test func `rules of the other family stay as they are`() {
    let text = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -4 -j DROP\n-A INPUT -6 -s ::1 -j DROP\nCOMMIT\n"
    let saved = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -4 -j DROP\n-A INPUT -s ::1/128 -j DROP\nCOMMIT\n"
    #expect(formatted(text, isIPv6: true) == saved)
  }

  @Test func `line ends, invalid UTF-8 and names in quotes stay`() {
    let crlf = "*filter\r\n:INPUT DROP [0:0]\r\n-A INPUT -p 6 -j ACCEPT\r\nCOMMIT\r\n"
    #expect(formatted(crlf) == crlf.replacingOccurrences(of: "-p 6", with: "-p tcp"))
    var bytes = Array("-A INPUT -p 6 -m comment --comment \"".utf8)
    bytes += [0xff] + Array("\" -j ACCEPT\n".utf8)
    #expect(IptablesWriter.formatted(SourceFile(id: SourceID(0), path: "x", bytes: bytes), isIPv6: false) == bytes)
    let quoted = "-A \"a b\" -p 6 -j ACCEPT\n"
    #expect(formatted(quoted) == quoted)
  }

  @Test(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
  func `formatting dumps of other projects twice changes nothing more`() throws {
    let root = try #require(Corpora.root)
    let table = TabSeparatedTable(contentsOf: root.appending(path: "manifest.tsv"))
    var count = 0
    for row in table.rows where row["format"] == "iptables-save" {
      let data = try Data(contentsOf: root.appending(path: row["path"]))
      guard data.count < 200_000 else { continue }
      let once = IptablesWriter.formatted(
        SourceFile(id: SourceID(0), path: row["path"], bytes: Array(data)), isIPv6: false)
      let twice = IptablesWriter.formatted(SourceFile(id: SourceID(0), path: row["path"], bytes: once), isIPv6: false)
      #expect(once == twice, "\(row["path"])")
      count += 1
    }
    #expect(count > 50)
  }
}
