import Foundation
import Testing

/// Rule sets that can be read in part only: a line on the error stream, the findings of the rest, code 3.
@Suite struct PartlyReadTests {
  @Test(arguments: [
    (
      "open.nft", "table inet f {\n  chain i {\n    type filter hook input priority 0; policy accept;\n", "never closed"
    ),
    ("loop.nft", "include \"./loop.nft\"\n\(Samples.gateway)", "include"),
    ("bogus.rules", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --bogus 1 -j DROP\nCOMMIT\n", "bogus"),
  ]) func `the first gap is told on the error stream`(_ name: String, _ text: String, _ word: String) throws {
    let folder = try Folder([name: text])
    let run = try Program.run(["check", name], in: folder)
    #expect(run.status == 3, "\(run.output)\(run.error)")
    #expect(run.error.hasPrefix("fwlint: error: \(name):"), "\(run.error)")
    #expect(run.error.contains(word) && run.error.contains("the rest is checked"), "\(run.error)")
    #expect(run.output.contains("lint rules on"))
  }

  @Test func `an empty file that is named is no rule set`() throws {
    let folder = try Folder(["empty.nft": ""])
    let run = try Program.run(["check", "empty.nft"], in: folder)
    #expect(run.status == 3 && run.error == "fwlint: error: empty.nft: empty file\n")
  }

  @Test func `a report that cannot be written makes the run incomplete`() throws {
    let folder = try Folder(["a.nft": Samples.quiet])
    let run = try Program.run(["check", "a.nft", "--output", "json=/nonexistent/x"], in: folder)
    #expect(run.status == 3 && run.error.contains("/nonexistent/x"))
  }

  @Test(arguments: ["junit", "checkstyle", "github", "gitlab", "rdjson", "jsonl", "sarif", "json", "concise"])
  func `every format is written to a file too`(_ format: String) throws {
    let folder = try Folder(["g.nft": Samples.gateway])
    let both = try Program.run(
      ["check", "g.nft", "--format", format, "--output", "\(format)=out"], in: folder, environment: ["TERM": "xterm"])
    #expect(both.status == 1)
    let written = try String(contentsOf: folder.url.appending(path: "out"), encoding: .utf8)
    #expect(written == both.output && both.output.contains("ICMP001"))
    #expect(!both.output.contains("\u{1b}"))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func `completions are printed`(_ shell: String) throws {
    let run = try Program.run(["completions", shell])
    #expect(run.status == 0 && run.output.contains("fwlint"))
    #expect(try Program.run(["completions", "tcsh"]).status == 2)
  }
}
