import Foundation
import JSONText
import TestSupport
import Testing

/// The JSON schema `fwlint-json/1`, member by member, on what the program prints: released members are never removed,
/// renamed or given another type.
@Suite struct JSONContractTests {
  enum Kind { case text, number, flag, list, object, textOrNull, numberOrNull, objectOrNull }

  static let top: [String: Kind] = ["schema": .text, "files": .list, "findings": .list, "coverage": .object]
  static let file: [String: Kind] = [
    "path": .text, "dialect": .text, "loadable": .flag, "rules": .number, "chains": .number, "notUnderstood": .number,
  ]
  static let place: [String: Kind] = [
    "path": .text, "line": .number, "column": .number, "endLine": .number, "endColumn": .number,
  ]
  static let finding: [String: Kind] = place.merging([
    "code": .text, "level": .text, "confidence": .text, "message": .text, "labels": .list, "witness": .objectOrNull,
    "fixes": .list,
  ]) { $1 }
  static let witness: [String: Kind] = ["packet": .object, "verdict": .text, "path": .list]
  static let step: [String: Kind] = [
    "hook": .text, "table": .textOrNull, "chain": .text, "line": .numberOrNull, "verdict": .text,
  ]
  static let fix: [String: Kind] = ["class": .text, "title": .text, "status": .text, "edits": .list]
  static let edit: [String: Kind] = place.merging([
    "startByte": .number, "endByte": .number, "replacement": .text,
  ]) { $1 }
  static let coverage: [String: Kind] = [
    "files": .number, "rules": .number, "chains": .number, "statements": .number, "notUnderstood": .number,
    "notModelled": .number, "checks": .number,
  ]

  static let iptables = """
    *filter
    :INPUT DROP [0:0]
    :FORWARD DROP [0:0]
    :OUTPUT DROP [0:0]
    :services - [0:0]
    -A INPUT -i lo -j ACCEPT
    -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
    -A INPUT -p tcp -j services
    -A services -p tcp -m tcp --dport 25 -j ACCEPT
    -A services -p tcp -m tcp --dport 113 -j DROP
    -A OUTPUT -o lo -j ACCEPT
    -A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
    -A OUTPUT -p tcp -m tcp --dport 25 -j ACCEPT
    COMMIT

    """
  static let samples = [
    "gateway.nft": Samples.gateway, "mail.rules": iptables, "broken.nft": "table inet x {\n chain c { fib magic 7 }\n",
  ]

  private func expect(_ value: JSONValue, has members: [String: Kind], _ where_: String) {
    for (name, kind) in members {
      guard let member = value[name] else {
        Issue.record("\(where_): no member \(name)")
        continue
      }
      let fits =
        switch (kind, member) {
        case (.text, .string), (.textOrNull, .string), (.textOrNull, .null), (.flag, .bool), (.list, .array),
          (.object, .object), (.objectOrNull, .object), (.objectOrNull, .null), (.numberOrNull, .null):
          true
        case (.number, _), (.numberOrNull, _): member.intValue != nil
        default: false
        }
      #expect(fits, "\(where_): \(name) is \(member.text())")
    }
  }

  private func report(_ folder: Folder, _ names: [String], _ more: [String] = []) throws -> JSONValue {
    let run = try Program.run(names + ["--format", "json"] + more, in: folder)
    return try JSONValue(parsing: Array(run.output.utf8))
  }

  @Test func `every member is there with its type`() throws {
    let folder = try Folder(Self.samples)
    let json = try report(folder, Self.samples.keys.sorted())
    #expect(json["schema"] == "fwlint-json/1")
    expect(json, has: Self.top, "report")
    expect(try #require(json["coverage"]), has: Self.coverage, "coverage")
    let files = json["files"]?.arrayValue ?? []
    for file in files { expect(file, has: Self.file, "file") }
    // What nft and iptables-restore say of the three texts.
    #expect(files.map { $0["loadable"] } == [false, true, true])
    #expect(files.map { $0["dialect"]?.stringValue } == ["nft", "nft", "iptables-save"])
    let findings = json["findings"]?.arrayValue ?? []
    #expect(findings.contains { $0["path"] == "gateway.nft" && $0["code"] == "ICMP001" })
    #expect(findings.contains { $0["path"] == "mail.rules" && $0["code"] == "REJ001" })
    for finding in findings {
      let code = finding["code"]?.stringValue ?? "?"
      expect(finding, has: Self.finding, code)
      #expect(["error", "warning", "note"].contains(finding["level"]?.stringValue))
      #expect(["proved", "likely", "hint"].contains(finding["confidence"]?.stringValue))
      for label in finding["labels"]?.arrayValue ?? [] { expect(label, has: Self.place, "\(code) label") }
      if let witness = finding["witness"], case .object = witness {
        expect(witness, has: Self.witness, "\(code) witness")
        for step in witness["path"]?.arrayValue ?? [] { expect(step, has: Self.step, "\(code) step") }
      }
      for fix in finding["fixes"]?.arrayValue ?? [] {
        expect(fix, has: Self.fix, "\(code) fix")
        #expect(
          ["equivalent", "response", "narrow", "widen", "change", "host"].contains(fix["class"]?.stringValue))
        for edit in fix["edits"]?.arrayValue ?? [] { expect(edit, has: Self.edit, "\(code) edit") }
      }
    }
  }

  /// An editor that knows nothing but the JSON applies a proved fix; the finding is gone and the text still loads.
  @Test(arguments: [("gateway.nft", "ICMP001"), ("mail.rules", "REJ001")])
  func `edits can be applied by offset and by line and column`(_ name: String, _ code: String) throws {
    let folder = try Folder(Self.samples)
    let findings = try report(folder, [name])["findings"]?.arrayValue ?? []
    let finding = try #require(findings.first { $0["code"]?.stringValue == code })
    let fixes = finding["fixes"]?.arrayValue ?? []
    let fix = try #require(fixes.first { $0["status"] == "proved" })
    let edits = try #require(fix["edits"]?.arrayValue)
    var bytes = Array(try folder.text(name).utf8)
    for edit in edits.reversed() {
      let start = try #require(edit["startByte"]?.intValue)
      let end = try #require(edit["endByte"]?.intValue)
      let line = bytes[..<start].filter { $0 == UInt8(ascii: "\n") }.count + 1
      let column = start - (bytes[..<start].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
      #expect(edit["line"] == .int(line) && edit["column"] == .int(column))
      bytes.replaceSubrange(start..<end, with: Array(try #require(edit["replacement"]?.stringValue).utf8))
    }
    try folder.write(name, Data(bytes))
    let after = try report(folder, [name])
    #expect(after["files"]?.arrayValue?.first?["loadable"] == true)
    #expect(after["findings"]?.arrayValue?.contains { $0["code"]?.stringValue == code } == false)
  }

  /// The packet of each proved witness, as it is printed, meets in the kernel the verdict that is printed beside it.
  @Test(
    .enabled(if: KernelReplay.obstacle == nil, "\(KernelReplay.obstacle ?? "")"),
    arguments: ["gateway.nft", "mail.rules"])
  func `witness packets replay in the kernel`(_ name: String) throws {
    let folder = try Folder(Self.samples)
    let findings = try report(folder, [name])["findings"]?.arrayValue ?? []
    let witnesses = findings.filter { $0["confidence"] == "proved" }.compactMap { $0["witness"] }.filter {
      ["accept", "drop", "reject"].contains($0["verdict"]?.stringValue?.prefix { $0 != " " }.description)
    }
    #expect(!witnesses.isEmpty)
    let verdicts = try KernelReplay.verdicts(name, in: folder, packets: witnesses.compactMap { $0["packet"] })
    #expect(verdicts == witnesses.map { $0["verdict"]?.stringValue?.prefix { $0 != " " }.description ?? "" })
  }
}

/// Packets through the real kernel, by the tool beside the corpora.
enum KernelReplay {
  static var tool: URL? {
    guard let root = Corpora.root else { return nil }
    let tool = root.deletingLastPathComponent().appending(path: "tools/kernel-verdict/kernel_verdict.py")
    return FileManager.default.fileExists(atPath: tool.path()) ? tool : nil
  }

  /// Why the kernel cannot be asked; nil when it can.
  static var obstacle: String? {
    if tool == nil { return "no kernel oracle beside the corpora" }
    if !FileManager.default.isWritableFile(atPath: "/dev/net/tun") { return "needs root and /dev/net/tun" }
    return nil
  }

  static func verdicts(_ name: String, in folder: Folder, packets: [JSONValue]) throws -> [String] {
    guard let tool else { return [] }
    try folder.write("packets.jsonl", Data(packets.map { $0.text() }.joined(separator: "\n").utf8))
    let format = name.hasSuffix(".nft") ? "nft" : "iptables"
    let run = try Program.run(
      executable: "/usr/bin/env",
      [
        "python3", tool.path(), "--ruleset", name, "--format", format, "--packets", "packets.jsonl", "--no-trace",
        "--state", "flush",
      ], in: folder)
    return run.output.split(separator: "\n").map {
      (try? JSONValue(parsing: String($0)))?["verdict"]?.stringValue ?? "unreadable"
    }
  }
}
