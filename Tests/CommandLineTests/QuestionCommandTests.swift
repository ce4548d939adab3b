import Testing

@Suite("query, diff and test on the command line")
struct QuestionCommandTests {
  private static let rules = """
    table inet f {
      chain i { type filter hook input priority 0; policy drop;
      tcp dport 22 accept
      tcp dport 25 limit rate 5/minute accept
      }
    }

    """
  private static let expected = """
    schema: 1
    must: [ "any internet -> host tcp/22 is accepted" ]
    must-not: [ "any internet -> host tcp/23 is accepted" ]

    """

  private static func folder() throws -> Folder {
    try Folder([
      "r.nft": rules, "n.nft": rules.replacing("dport 22", with: "dport 23"), "ok.yml": expected,
      "bad.yml": expected.replacing("tcp/23", with: "tcp/22"), "may.yml": expected.replacing("tcp/22", with: "tcp/25"),
      "typo.yml": expected.replacing("accepted", with: "acepted"),
    ])
  }

  /// Arguments, the exit code, and what is printed.
  static let runs: [(arguments: [String], code: Int32, text: String)] = [
    (["query", "r.nft", "any internet -> host tcp/22 is accepted"], 0, "yes:"),
    (["query", "r.nft", "any internet -> host tcp/23 is accepted"], 1, "no:"),
    (["query", "r.nft", "any internet -> host tcp/25 is accepted"], 3, "limit rate 5/minute"),
    (["query", "r.nft", "any internet -> host tpc/25 is accepted"], 2, "did you mean `tcp`?"),
    (["query", "r.nft", "any dmz -> host tcp/25 is accepted"], 2, "`dmz`"),
    (["query", "r.nft"], 2, ""),
    (["query", "missing.nft", "any internet -> host is accepted"], 3, "missing.nft"),
    (["diff", "r.nft", "r.nft", "--fail-on-change"], 0, "equal"),
    (["diff", "r.nft", "n.nft"], 0, "every any -> host tcp/23 is accepted"),
    (["diff", "r.nft", "n.nft", "--fail-on-change"], 1, "2 changes"),
    (["diff", "--old", "r.nft", "--new", "n.nft", "--format", "json"], 0, "\"fwlint-diff/1\""),
    (["diff", "r.nft"], 2, ""),
    (["test", "r.nft", "ok.yml"], 0, "2 passed"),
    (["test", "r.nft", "bad.yml"], 1, "FAIL"),
    (["test", "r.nft", "may.yml"], 1, "limit rate 5/minute"),
    (["test", "r.nft", "may.yml", "--allow-may"], 0, "2 passed"),
    (["test", "r.nft", "typo.yml"], 2, "did you mean `accepted`?"),
    (["test", "r.nft", "missing.yml"], 2, "missing.yml"),
    (["test", "r.nft", "bad.yml", "--format", "junit"], 1, "<failure"),
    (["test", "r.nft", "ok.yml", "--format", "json"], 0, "\"fwlint-test/1\""),
  ]

  @Test(arguments: runs.indices)
  func `exit codes and output`(_ index: Int) throws {
    let run = Self.runs[index]
    let folder = try Self.folder()
    let result = try Program.run(run.arguments, in: folder)
    #expect(result.status == run.code, "\(run.arguments): \(result.output) \(result.error)")
    #expect((result.output + result.error).contains(run.text), "\(run.arguments): \(result.output) \(result.error)")
  }
}
