import Foundation
import JSONText
import TestSupport
import Testing

enum Samples {
  static let gateway = """
    table inet filter {
      chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established accept
        iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
      }
    }

    """
  /// Nothing to say about it: no base chain.
  static let quiet = "table inet spare {\n  chain unused_by_design {\n  }\n}\n"
}

@Suite struct ExitCodeRows {
  @Test func `0: nothing found`() throws {
    let folder = try Folder(["a.nft": Samples.quiet])
    let run = try Program.run(["a.nft", "--select", "ICMP001"], in: folder)
    #expect(run.status == 0 && run.error.isEmpty)
    #expect(run.output.contains("1 chain checked, 0 not understood"))
  }

  @Test func `0: help and version`() throws {
    #expect(try Program.run(["--version"]).status == 0)
    let help = try Program.run(["check", "--help"])
    #expect(help.status == 0 && help.output.contains("--fail-on"))
  }

  @Test func `1: findings at or above the level, and not below it`() throws {
    let folder = try Folder(["g.nft": Samples.gateway])
    #expect(try Program.run(["g.nft"], in: folder).status == 1)
    #expect(try Program.run(["check", "g.nft", "--fail-on", "never"], in: folder).status == 0)
    #expect(try Program.run(["g.nft", "--select", "ICMP001", "--level", "ICMP001=note"], in: folder).status == 0)
    let note = ["g.nft", "--select", "ICMP001", "--level", "ICMP001=note", "--fail-on", "note"]
    #expect(try Program.run(note, in: folder).status == 1)
  }

  @Test(arguments: [
    ["--no-such-flag"], ["check", "--select", "ICPM001", "g.nft"], ["g.nft", "--format", "xml"],
    ["g.nft", "--fail-on", "always"], ["g.nft", "--level", "ICMP001"], ["g.nft", "--fix=widn"],
    ["g.nft", "--jobs", "0"],
    ["g.nft", "--policy", "no-such-policy"], ["g.nft", "--config", "missing.yml"], ["g.nft", "--config", "broken.yml"],
    ["g.nft", "--config", "key.yml"], ["explain", "ICMP999"], ["explain", "prot", "113"],
    ["trace", "g.nft", "nonsense"], ["g.nft", "--sysctl", "missing"], ["g.nft", "-D", "novalue"],
  ]) func `2: bad flags, codes and configuration, with nothing analysed`(_ arguments: [String]) throws {
    let folder = try Folder([
      "g.nft": Samples.gateway, "broken.yml": "schema: 1\nrules: [unclosed\n", "key.yml": "schema: 1\nfial-on: error\n",
    ])
    let run = try Program.run(arguments, in: folder)
    #expect(run.status == 2, "\(run.output)\(run.error)")
    #expect(run.error.hasPrefix("fwlint: error: "), "\(run.error)")
    #expect(run.output.isEmpty)
  }

  @Test func `2: names that are nearly right are suggested`() throws {
    let folder = try Folder(["g.nft": Samples.gateway, "key.yml": "schema: 1\nfial-on: error\n"])
    #expect(try Program.run(["g.nft", "--select", "ICPM001"], in: folder).error.contains("did you mean `ICMP001`?"))
    #expect(try Program.run(["g.nft", "--selct", "X"], in: folder).error.contains("--select"))
    #expect(try Program.run(["g.nft", "--config", "key.yml"], in: folder).error.contains("fail-on"))
  }

  @Test func `3: what cannot be read is said, and the rest is reported`() throws {
    let folder = try Folder(["g.nft": Samples.gateway, "x.txt": "neither nor"])
    for path in ["missing.nft", "x.txt"] {
      let run = try Program.run([path, "g.nft"], in: folder)
      #expect(run.status == 3)
      #expect(run.error.contains("fwlint: error: \(path): "))
      #expect(run.output.contains("ICMP001"))
    }
  }

  @Test func `3: unbalanced braces, with what could be read still reported`() throws {
    let folder = try Folder(["g.nft": Samples.gateway + "table inet broken {\n  chain c {\n"])
    let run = try Program.run(["g.nft"], in: folder)
    #expect(run.status == 3 && run.output.contains("LOAD001") && run.output.contains("ICMP001"))
  }

  @Test func `3: an include loop is a finding with its way`() throws {
    let folder = try Folder(["a.nft": "include \"b.nft\"\n" + Samples.quiet, "b.nft": "include \"a.nft\"\n"])
    let run = try Program.run(["a.nft"], in: folder)
    #expect(run.status == 3 && run.output.contains("LOAD005") && run.output.contains("a.nft -> b.nft -> a.nft"))
  }

  @Test func `5: no rule set, unless that is allowed`() throws {
    let folder = try Folder(["notes.txt": "no rules here"])
    let run = try Program.run(["."], in: folder)
    #expect(run.status == 5 && run.error.contains("no rule set found"))
    #expect(try Program.run([".", "--allow-empty"], in: folder).status == 0)
  }

  @Test func `5: a directory without rule sets beside a file with findings, which are still reported`() throws {
    let folder = try Folder(["notes/notes.txt": "no rules here", "g.nft": Samples.gateway])
    let run = try Program.run(["notes", "g.nft"], in: folder)
    #expect(run.status == 5 && run.error.contains("notes: no rule set") && run.output.contains("ICMP001"))
    #expect(try Program.run(["notes", "g.nft", "--allow-empty"], in: folder).status == 1)
    try folder.write("rules/g.nft", Data(Samples.gateway.utf8))
    #expect(try Program.run(["check", "rules/g.nft", "./rules", "rules"], in: folder).status == 1)
  }

  @Test func `binary files and garbage end with a message`() throws {
    let folder = try Folder()
    var random = SystemRandomNumberGenerator()
    let noise = Data((0..<1_000_000).map { _ in UInt8.random(in: 0...255, using: &random) })
    try folder.write("noise.nft", noise)
    try folder.write("noise", noise)
    try folder.write("letters.nft", Data((0..<200_000).map { _ in UInt8.random(in: 33...126, using: &random) }))
    try folder.write("braces.nft", Data(repeating: UInt8(ascii: "{"), count: 200_000))
    for name in ["noise.nft", "noise", "letters.nft", "braces.nft"] {
      let run = try Program.run([name], in: folder)
      #expect(run.status == 3 && !run.wasKilled, "\(name)")
    }
  }
}

@Suite struct StreamTests {
  @Test(
    arguments: ["text", "concise", "json", "sarif"],
    [["TERM": "xterm-256color"], ["TERM": "xterm", "CLICOLOR": "1"], [:]])
  func `no escape codes where no terminal is`(_ format: String, _ environment: [String: String]) throws {
    let folder = try Folder(["g.nft": Samples.gateway + "# \u{1b}[31m\u{202e}\n"])
    let run = try Program.run(["g.nft", "--format", format], in: folder, environment: environment)
    #expect(run.status == 1)
    #expect(!(run.output + run.error).unicodeScalars.contains("\u{1b}"))
  }

  @Test func `colour only when it is asked for`() throws {
    let folder = try Folder(["g.nft": Samples.gateway])
    #expect(try Program.run(["g.nft", "--color", "always"], in: folder).output.contains("\u{1b}["))
    let quiet = try Program.run(["g.nft"], in: folder, environment: ["FORCE_COLOR": "1", "NO_COLOR": "1"])
    #expect(!quiet.output.contains("\u{1b}["))
  }

  @Test func `a closed pipe ends quietly`() throws {
    let run = try Program.run(executable: "/bin/sh", ["-c", "\"$FWLINT\" rules | head -n 1"])
    #expect(run.status == 0 && run.error.isEmpty)
    #expect(run.output.split(separator: "\n").count == 1)
  }

  @Test func `the same input gives the same bytes, whatever the number of tasks`() throws {
    let folder = try Folder(["a.nft": Samples.gateway, "b.nft": Samples.gateway, "c.nft": Samples.quiet])
    for format in ["text", "json", "sarif"] {
      let one = try Program.run([".", "--format", format, "--jobs", "1"], in: folder)
      let four = try Program.run([".", "--format", format, "--jobs", "4"], in: folder)
      #expect(one.output == four.output && one.status == four.status)
    }
  }

  @Test func `standard input and files beside the report`() throws {
    let folder = try Folder()
    let run = try Program.run(
      ["-", "--stdin-filename", "live.nft", "--output", "sarif=out.sarif", "--output", "json=out.json"], in: folder,
      input: Samples.gateway)
    #expect(run.status == 1 && run.output.contains("live.nft:4"))
    let sarif = try JSONValue(parsing: Array(folder.text("out.sarif").utf8))
    #expect(sarif["version"] == "2.1.0")
    let json = try JSONValue(parsing: Array(folder.text("out.json").utf8))
    #expect(json["schema"] == "fwlint-json/1")
  }
}

@Suite struct FixTests {
  @Test func `diff prints, fix writes, keeps the mode, and a second run changes nothing`() throws {
    let folder = try Folder(["g.nft": Samples.gateway])
    let file = folder.url.appending(path: "g.nft").path(percentEncoded: false)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
    let arguments = ["g.nft", "--only-fix", "ICMP001", "--fix=widen"]
    let diff = try Program.run(arguments + ["--diff"], in: folder)
    #expect(diff.status == 1 && diff.output.contains("\n+    ct state related"))
    #expect(try folder.text("g.nft") == Samples.gateway)
    let fix = try Program.run(arguments, in: folder)
    #expect(!fix.output.contains("error[ICMP001]"), "\(fix.output)")
    let fixed = try folder.text("g.nft")
    #expect(fixed != Samples.gateway && fixed.contains("ct state established"))
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
    #expect(mode?.intValue == 0o640)
    let again = try Program.run(arguments + ["--diff"], in: folder)
    #expect(again.status == 0 && again.output.isEmpty)
  }

  @Test func `fix alone applies nothing that changes what is accepted`() throws {
    let folder = try Folder(["g.nft": Samples.gateway])
    _ = try Program.run(["g.nft", "--fix", "--only-fix", "ICMP001"], in: folder)
    #expect(try folder.text("g.nft") == Samples.gateway)
  }
}

@Suite struct OtherCommandTests {
  @Test func `rules and explain`() throws {
    let rules = try JSONValue(parsing: Array(Program.run(["rules", "--json"]).output.utf8))
    let codes = (rules["rules"]?.arrayValue ?? []).compactMap { $0["code"]?.stringValue }
    #expect(codes.contains("ICMP001") && codes.contains("LOAD001") && Set(codes).count == codes.count)
    for code in codes {
      let page = try Program.run(["explain", code])
      #expect(page.status == 0 && page.output.contains("What it finds"), "\(code)")
    }
    #expect(try Program.run(["explain", "port", "113"]).output.contains("REJ001"))
    #expect(try Program.run(["explain", "icmp", "3/4"]).status == 0)
  }

  /// Each code of the catalogue is a check of the program or says that it is not built yet; none is both.
  @Test func `a code whose check is not built is explained as that, and cannot be selected`() throws {
    let rules = try JSONValue(parsing: Array(Program.run(["rules", "--json"]).output.utf8))
    let built = Set((rules["rules"]?.arrayValue ?? []).compactMap { $0["code"]?.stringValue })
    var catalogue = ["ICMP016", "NFT004", "COEX001"].filter { !built.contains($0) }
    if let root = Corpora.root {
      let table = root.deletingLastPathComponent().appending(path: "guidance/codes.tsv")
      let text = try String(contentsOf: table, encoding: .utf8)
      catalogue = text.split(separator: "\n").dropFirst().compactMap {
        $0.split(separator: "\t").first.map(String.init)
      }
    }
    for code in catalogue where !built.contains(code) {
      let page = try Program.run(["explain", code])
      #expect(page.status == 0 && page.output.contains("planned and not built"), "\(code)")
    }
    for code in built {
      #expect(try !Program.run(["explain", code]).output.contains("planned and not built"), "\(code)")
    }
    #expect(try Program.run(["explain", "icmp4-echo-unlimited"]).output.hasPrefix("ICMP016: "))
    let folder = try Folder(["g.nft": Samples.gateway])
    let run = try Program.run(["g.nft", "--select", "ICMP016"], in: folder)
    #expect(run.status == 2 && run.error.contains("not built"))
  }

  @Test func `the configuration that the README shows is taken`() throws {
    let readme = try String(contentsOf: Corpora.packageRoot.appending(path: "README.md"), encoding: .utf8)
    let blocks = readme.components(separatedBy: "```yaml\n").dropFirst().compactMap {
      $0.components(separatedBy: "```").first
    }
    #expect(!blocks.isEmpty)
    for block in blocks {
      let folder = try Folder(["g.nft": Samples.gateway, ".fwlint.yml": block])
      let run = try Program.run(["g.nft"], in: folder)
      #expect(run.status != 2, "\(run.error)")
    }
  }

  @Test func `trace says where a packet ends`() throws {
    let folder = try Folder(["g.nft": Samples.gateway])
    let words = [
      "trace", "g.nft", "forward", "iif=wan0", "oif=lan0", "src=192.0.2.1", "dst=10.0.0.5", "proto=tcp", "dport=80",
    ]
    let run = try Program.run(words, in: folder)
    #expect(
      run.status == 0 && run.output.contains("verdict: dropped by the policy of inet filter forward"), "\(run.error)")
    let packet =
      #"{"hook":"forward","iif":"lan0","oif":"wan0","src":"10.0.0.5","dst":"192.0.2.1","proto":"tcp","dport":443}"#
    let json = try Program.run(["trace", "g.nft", packet, "--json"], in: folder)
    #expect(try JSONValue(parsing: Array(json.output.utf8))["verdict"] == "accept", "\(json.error)")
  }

  @Test func `logs name what they show`() throws {
    let line = """
      Mar  3 08:01:12 gw kernel: [1.0] drop IN=wan0 OUT=lan0 MAC= SRC=192.0.2.9 DST=10.0.0.5 LEN=56 TOS=0x00 PREC=0x00 \
      TTL=60 ID=7 PROTO=ICMP TYPE=3 CODE=4 [SRC=10.0.0.5 DST=198.51.100.2 LEN=1500 TOS=0x00 PREC=0x00 TTL=60 ID=9 DF \
      PROTO=TCP SPT=40000 DPT=443 WINDOW=501 RES=0x00 ACK URGP=0 ] MTU=1400

      """
    let folder = try Folder(["k.log": String(repeating: line, count: 20), "g.nft": Samples.gateway])
    let run = try Program.run(["logs", "k.log", "--ruleset", "g.nft"], in: folder)
    #expect(run.status == 0 && run.output.contains("pmtu-blackhole-v4") && run.output.contains("inet filter forward"))
    let json = try Program.run(["logs", "-", "--format", "json"], in: folder, input: line)
    #expect(try JSONValue(parsing: Array(json.output.utf8))["schema"] == "fwlint-logs/1")
    #expect(try Program.run(["logs", "missing.log"], in: folder).status == 3)
  }
}
