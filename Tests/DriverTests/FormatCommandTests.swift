import Driver
import Reporting
import Testing

@Suite struct FormatCommandTests {
  private let script = """
    define web = { 80, 443 }
    table inet t {
      chain c {
        type filter hook input priority 0
        tcp dport $web meta l4proto tcp accept   # web
      }
    }
    """
  private let listed = """
    table inet t {
    \tchain c {
    \t\ttype filter hook input priority filter; policy accept;
    \t\ttcp dport { 80, 443 } meta l4proto tcp accept
    \t}
    }

    """

  private func run(_ world: FakeWorld, _ path: String, _ change: (inout FormatCommand) -> Void = { _ in }) -> ExitCode {
    var command = FormatCommand(path: path, options: CheckOptions(), world: world.world)
    change(&command)
    return command.run()
  }

  @Test func `a script is printed as it would be listed`() {
    let world = FakeWorld(["a.nft": script])
    #expect(run(world, "a.nft") == .clean)
    #expect(world.output == listed)
    #expect(world.text(of: "a.nft") == script)
  }

  @Test func `numbers instead of names`() {
    let world = FakeWorld(["a.nft": script])
    #expect(run(world, "a.nft") { $0.isNumeric = true } == .clean)
    #expect(world.output.contains("priority 0; policy accept;"))
    #expect(world.output.contains("meta l4proto 6 accept"))
  }

  @Test func `JSON comes back as the same text`() {
    let first = FakeWorld(["a.nft": script])
    #expect(run(first, "a.nft") { $0.form = .json } == .clean)
    #expect(first.output.hasPrefix(#"{"nftables":[{"metainfo":"#))
    let second = FakeWorld(["a.json": first.output])
    #expect(run(second, "a.json") { $0.form = .nft } == .clean)
    #expect(second.output == listed)
    let third = FakeWorld(["a.json": first.output])
    #expect(run(third, "a.json") == .clean)
    #expect(third.output == first.output)
  }

  @Test func `what is wrong is said and nothing is printed`() {
    let world = FakeWorld([
      "a.nft": "table ip t {\n chain c {\n  tcp dport 99999 accept\n }\n}\n",
      "b.json": #"{"nftables": [{"tabel": {}}]}"#,
    ])
    #expect(run(world, "a.nft") == .incomplete)
    #expect(world.output == "")
    #expect(world.error.contains("a.nft:3:13: 99999 is too large"))
    #expect(run(world, "b.json") == .incomplete)
    #expect(world.error.contains("b.json:1:16: `tabel` is not a command"))
    #expect(run(world, "none.nft") == .incomplete)
  }

  @Test func `check and trace read nft JSON`() async {
    let script =
      "table ip t {\n chain c {\n  type filter hook input priority 0; policy accept;\n  tcp dport 22 drop\n  tcp dport 22 drop\n }\n}\n"
    let first = FakeWorld(["a.nft": script])
    #expect(run(first, "a.nft") { $0.form = .json } == .clean)
    let world = FakeWorld(["a.json": first.output])
    var options = CheckOptions()
    options.paths = ["a.json"]
    options.ignoresConfig = true
    options.format = .concise
    #expect(await CheckCommand(options, world: world.world).run() == .findings)
    #expect(world.output.contains("a.json:1:"))
    #expect(!world.error.contains("not read yet"))
  }
}
