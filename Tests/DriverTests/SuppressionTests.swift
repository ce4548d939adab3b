import Driver
import JSONText
import Reporting
import Testing

@Suite struct SuppressionTests {
  /// A gateway whose forward chain loses path-MTU errors; `head` and `tail` are comments round the state rule.
  private func gateway(before: String = "", after: String = "", top: String = "", comment: String = "") -> String {
    """
    \(top)
    table inet filter {
      chain forward {
        type filter hook forward priority filter; policy drop;
        \(before)
        ct state established accept\(comment) \(after)
        iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
      }
    }

    """
  }

  /// Codes shown and codes suppressed.
  private func lint(_ text: String, change: (inout CheckOptions) -> Void = { _ in }) async throws -> (
    shown: [String], suppressed: [String]
  ) {
    let fake = FakeWorld(["g.nft": text])
    _ = await fake.check("g.nft") {
      $0.format = .json
      $0.select = ["ICMP001", "SUP"]
      change(&$0)
    }
    let json = try JSONValue(parsing: Array(fake.output.utf8))
    func codes(_ key: String) -> [String] { (json[key]?.arrayValue ?? []).compactMap { $0["code"]?.stringValue } }
    return (codes("findings"), codes("suppressed"))
  }

  @Test func `without a suppression the finding is shown`() async throws {
    let codes = try await lint(gateway())
    #expect(codes.shown == ["ICMP001"] && codes.suppressed.isEmpty)
  }

  @Test func `on its own line, at the end of the line, for the file, and as a comment of the rule`() async throws {
    let reason = "reason=\"ping-only appliance\""
    for text in [
      gateway(before: "# fwlint: ignore[ICMP001] \(reason)"), gateway(after: "# fwlint: ignore[ICMP001] \(reason)"),
      gateway(top: "# fwlint: ignore-file[ICMP001] \(reason)"), gateway(top: "# fwlint: ignore[ICMP001] \(reason)"),
      gateway(comment: " comment \"fwl:ICMP001 ping-only\""),
      gateway(before: "# fwlint: ignore[ICMP001] \(reason) until=2026-06-15 owner=net"),
    ] {
      let codes = try await lint(text)
      #expect(codes.shown.isEmpty && codes.suppressed == ["ICMP001"], "\(text)")
      let all = try await lint(text) { $0.ignoresInlineSuppressions = true }
      #expect(all.shown == ["ICMP001"])
    }
  }

  @Test(arguments: [
    ("# fwlint: ignore[ICMP001]", ["SUP001"]), ("# fwlint: ignore[ICPM001] reason=x", ["ICMP001", "SUP003"]),
    ("# fwlint: ignore[ICMP001] reason=x until=2026-06-14", ["ICMP001", "SUP004"]),
    ("# fwlint: ignore[ICMP001] reason=\"x", ["ICMP001", "SUP005"]), ("# fwlint: ignore", ["ICMP001", "SUP005"]),
    ("# fwlint: ignore[] reason=x", ["ICMP001", "SUP005"]),
    ("# fwlint: ignore[ICMP001] why=x", ["ICMP001", "SUP005"]),
    ("# fwlint: ignore[ICMP001] reason=x until=soon", ["ICMP001", "SUP005"]),
    ("# as fwlint: ignore[ICMP001] says", ["ICMP001"]),
  ]) func `what is wrong with a suppression is a finding`(_ comment: String, _ expected: [String]) async throws {
    let codes = try await lint(gateway(before: comment))
    #expect(codes.shown.sorted() == expected)
  }

  @Test func `a suppression that suppresses nothing is a finding`() async throws {
    let text = gateway(before: "# fwlint: ignore[ICMP001] reason=x")
      .replacing("ct state established", with: "ct state established,related")
    #expect(try await lint(text).shown == ["SUP002"])
  }

  @Test func `iptables takes comments in the first column`() async throws {
    let dump = """
      *filter
      :INPUT ACCEPT [0:0]
      :FORWARD DROP [0:0]
      :OUTPUT ACCEPT [0:0]
      # fwlint: ignore[ICMP001] reason="lab"
      -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
      -A FORWARD -i lan0 -o wan0 -p tcp -m tcp --dport 443 -j ACCEPT
      COMMIT

      """
    let fake = FakeWorld(["rules.v4": dump])
    _ = await fake.check("rules.v4") { ($0.format, $0.select) = (.concise, ["ICMP001", "SUP"]) }
    #expect(fake.output.contains("no findings (1 suppressed finding)"), "\(fake.output)\(fake.error)")
  }
}
