import CheckKit
import HostFacts
import PolicyFiles
import Testing

/// A catalogue of the tests' own, so that they do not move with the program's.
enum Catalogue {
  private static let page = CheckPage(
    finds: "", matters: "", decides: "", examples: [], fixSafety: "", ignoreWhen: "", notReported: "", checkByHand: "",
    sources: "")
  static let all: [CheckMetadata] = [
    check("ICMP001", "icmp4-frag-needed-blocked", .error, .icmp),
    check("ICMP011", "icmp4-source-quench-accepted", .note, .icmp),
    check("REJ001", "ident-113-drop", .warning, .reject), check("HYG002", "log-unlimited", .warning, .hygiene),
  ]
  private static func check(_ code: String, _ name: String, _ level: Level, _ group: CheckMetadata.Group)
    -> CheckMetadata
  {
    CheckMetadata(code: code, name: name, level: level, group: group, summary: "", page: page)
  }
}

@Suite struct PolicyPackTests {
  private func read(_ text: String, others: [String: String] = [:]) -> Result<PolicyPack, ConfigurationProblems> {
    PolicyPack.read(Array(text.utf8), path: "my.yml", catalogue: Catalogue.all) { name in
      others[name].map { (Array($0.utf8), name) }
    }
  }

  @Test func `checks come in the order of the file, a later line wins`() throws {
    let pack = try read(
      """
      schema: 1
      name: office
      title: What we hold
      checks:
        - reject
        - { check: icmp, level: warning }
        - check: icmp4-frag-needed-blocked
          level: error
        - { check: HYG002 }
        - { check: ICMP011, level: off }
      """
    ).get()
    #expect(pack.name == "office" && pack.title == "What we hold")
    #expect(pack.checks.map { $0.code } == ["REJ001", "ICMP001", "HYG002"])
    #expect(pack.checks.map { $0.level } == [nil, .error, nil])
  }

  @Test func `a pack builds on others`() throws {
    let base = "{schema: 1, name: base, checks: [ICMP001, {check: REJ001, level: note}]}"
    let pack = try read(
      "{schema: 1, name: top, extends: [base], checks: [{check: REJ001, level: error}]}", others: ["base": base]
    ).get()
    #expect(pack.checks.map { $0.code } == ["ICMP001", "REJ001"])
    #expect(pack.checks.map { $0.level } == [nil, .error])
  }

  @Test(
    arguments: [
      ("schema: 1\nname: a\nchekcs: [ICMP001]", 3, 1, "did you mean `checks`?"),
      ("schema: 1\nname: a\nchecks: [ICPM001]", 3, 10, "did you mean `ICMP001`?"),
      ("schema: 2\nname: a\nchecks: [ICMP001]", 1, 9, nil), ("name: a\nchecks: [ICMP001]", 1, 1, nil),
      ("schema: 1\nname: a\nchecks: ICMP001", 3, 9, "write it in brackets: [a, b]"),
      ("schema: 1\nname: a\nchecks:\n  - {check: ICMP001, level: eror}", 4, 29, "did you mean `error`?"),
      ("schema: 1\nname: a\nextends: [gone]\nchecks: []", 3, 11, nil), ("- a\n- b", 1, 1, nil),
      ("schema: 1\nname: [a]\nchecks: []", 2, 7, nil), ("schema: 1\nname: a\nname: b\nchecks: []", 2, 1, nil),
      ("schema: 1\nname: a\nchecks:\n", 3, 1, nil),
    ] as [(String, Int, Int, String?)])
  func `what is wrong is said with its place`(_ text: String, _ line: Int, _ column: Int, _ hint: String?) throws {
    guard case .failure(let problems) = read(text) else {
      Issue.record("accepted: \(text)")
      return
    }
    let first = try #require(problems.all.first)
    #expect(first.line == line && first.column == column, "\(first)")
    if let hint { #expect(first.hint == hint) }
    #expect(first.text.hasPrefix("my.yml:\(line):\(column): "))
  }

  @Test func `packs that extend one another are refused`() {
    let others = [
      "a": "{schema: 1, name: a, extends: [b]}", "b": "{schema: 1, name: b, extends: [a]}",
    ]
    guard case .failure(let problems) = read("{schema: 1, name: c, extends: [a]}", others: others) else {
      Issue.record("accepted")
      return
    }
    #expect(problems.all.contains { $0.message.contains("loop") })
  }
}

@Suite struct ConfigurationTests {
  private func read(_ text: String) -> Result<Configuration, ConfigurationProblems> {
    Configuration.read(Array(text.utf8), path: ".fwlint.yml", catalogue: Catalogue.all)
  }

  @Test func `every key is read`() throws {
    let configuration = try read(
      """
      schema: 1
      fail-on: never            # a comment
      min-confidence: hint
      policies: [faq, ./own.yml]
      input:
        include: ["firewall/**/*.nft", rules.v4]
        exclude: ["lab/**"]
        include-paths: [/etc/nftables.d]
        defines: { WAN: eth0, PORT: 22 }
      host:
        role: router
        interfaces:
          wan0: { zone: internet, mtu: 1492, addresses: [198.51.100.7/24, "2001:db8::1/64"] }
          lan0: { zone: lan }
        admin-from: [10.0.0.0/8]
        sysctl: sysctl.txt
      rules:
        select: [default]
        ignore: [HYG002]
        level: { ICMP001: error, reject: "off" }
      per-file:
        - { files: ["lab/**"], ignore: [icmp], reason: no route out }
      """
    ).get()
    #expect(configuration.failOn == .never && configuration.minimumConfidence == .hint)
    #expect(configuration.policies == ["faq", "./own.yml"])
    #expect(configuration.input.include == ["firewall/**/*.nft", "rules.v4"])
    #expect(configuration.input.exclude == ["lab/**"] && configuration.input.includePaths == ["/etc/nftables.d"])
    #expect(configuration.input.defines.map { $0.name } == ["WAN", "PORT"])
    #expect(configuration.input.defines.map { $0.value } == ["eth0", "22"])
    let host = try #require(configuration.host)
    #expect(host.facts.role == .router && host.sysctl == "sysctl.txt" && host.facts.adminFrom == ["10.0.0.0/8"])
    #expect(host.facts.interfaces["wan0"]?.mtu == 1492 && host.facts.interfaces["wan0"]?.addresses.count == 2)
    #expect(host.facts.interfaces["lan0"]?.zone == "lan")
    #expect(configuration.rules.select == ["default"] && configuration.rules.ignore == ["HYG002"])
    #expect(configuration.rules.levels.map { $0.selector } == ["ICMP001", "reject"])
    #expect(configuration.rules.levels.map { $0.level } == [.error, nil])
    let perFile = try #require(configuration.perFile.first)
    #expect(perFile.files == ["lab/**"] && perFile.ignore == ["icmp"] && perFile.reason == "no route out")
  }

  /// Every place is counted by hand; a tab is one column.
  @Test(arguments: [
    ("schema: 1\nfial-on: error", 2, 1), ("schema: 1\nfail-on: fatal", 2, 10),
    ("schema: 1\nbaseline: x.json", 2, 1), ("schema: 1\nrules:\n  select: [FOO]", 3, 12),
    ("schema: 1\nrules: {select: [icmp], ignore: [icmp]}", 2, 33),
    ("schema: 1\nrules: {options: {ICMP001: {max: 1}}}", 2, 19), ("schema: 1\nhost: {role: gateway}", 2, 14),
    ("schema: 1\nhost: {interfaces: {a-name-too-long0: {}}}", 2, 21),
    ("schema: 1\nhost: {interfaces: {eth0: {mtu: 20}}}", 2, 33),
    ("schema: 1\nhost: {admin-from: [10.0.0.0/33]}", 2, 21),
    ("schema: 1\nper-file: [{files: [a]}]", 2, 12), ("schema: 1\n\tinput: 3", 2, 1), ("schema: 1\ninput: [", 3, 1),
    ("schema: \"1\"", 1, 9), ("schema: 1\n---\nschema: 1", 2, 1), ("schema: 1\n<<: *a", 2, 5),
  ])
  func `what is wrong is said with its place`(_ text: String, _ line: Int, _ column: Int) throws {
    guard case .failure(let problems) = read(text) else {
      Issue.record("accepted: \(text)")
      return
    }
    let first = try #require(problems.all.first)
    #expect(first.line == line && first.column == column, "\(first)")
  }

  @Test func `all problems of a file are reported, with excerpt and caret`() throws {
    guard case .failure(let problems) = read("schema: 1\nfial-on: error\nmin-confidence: sure\n") else {
      Issue.record("accepted")
      return
    }
    #expect(problems.all.count == 2)
    #expect(
      problems.all.first?.text == """
        .fwlint.yml:2:1: unknown key `fial-on` in the configuration
          |
        2 | fial-on: error
          | ^
          = help: did you mean `fail-on`?
        """)
  }

  /// Each is refused, quickly and without harm.
  @Test(arguments: [
    "", "\u{0}", "a\u{0}b", "[" + String(repeating: "[", count: 100_000),
    String(repeating: "{a: ", count: 5000), String(repeating: "- ", count: 20_000),
    "a: &a [x, x, x, x, x, x, x, x, x]\n"
      + (0..<30).map { "b\($0): &b\($0) [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n" }.joined(),
    "? &a {x: 1}\n: 1\n? {*a : *a}\n: 2\n", "schema: 1\n\u{1B}[31m: 1", "%YAML 9.9\n---\nschema: 1",
    "schema: !!binary x",
    "'", "\"", "&", "*", "!", "|", ">", "%", "@", "`", "?", ":", "-", "---", "...", "--- |\n  a", "{", "}", "]", ",",
    "schema: 1\nname: \u{202E}x", "schema: 1\n\u{FEFF}a: 1", String(repeating: "a: 1\n", count: 300_000),
  ])
  func `hostile text is refused`(_ text: String) {
    guard case .failure(let problems) = read(text) else {
      Issue.record("accepted")
      return
    }
    for problem in problems.all {
      #expect(!problem.text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" || $0.value == 0x202E })
    }
  }

  @Test func `bytes that are no text are refused`() {
    for bytes: [UInt8] in [[0xFF, 0xFE, 0x61], [0xC3], Array(repeating: 0x61, count: 10 << 20)] {
      if case .success = Configuration.read(bytes, path: "x", catalogue: Catalogue.all) { Issue.record("accepted") }
    }
  }

  @Test func `a few aliases are fine`() throws {
    let configuration = try read(
      "schema: 1\nrules:\n  ignore: &list [HYG002]\nper-file:\n  - files: [a]\n    ignore: *list\n"
    ).get()
    #expect(configuration.perFile.first?.ignore == ["HYG002"])
  }

  @Test func `a host file is read`() throws {
    let host = try HostFile.read(Array("role: bridge\ninterfaces: {eth0: {mtu: 9000}}\n".utf8), path: "h.yml").get()
    #expect(host.facts.role == .bridge && host.facts.interfaces["eth0"]?.mtu == 9000)
    #expect(try HostFile.read([], path: "h.yml").get().facts.role == nil)
    if case .success = HostFile.read(Array("rôle: host".utf8), path: "h.yml") { Issue.record("accepted") }
  }
}
