import Foundation
import SourceText
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// The installed iptables as judge over variations on every match and target: what it takes and how it saves it.
@Suite struct IptablesToolTests {
  static var obstacle: String? {
    if geteuid() != 0 { return "needs root" }
    return FileManager.default.isExecutableFile(atPath: "/usr/sbin/iptables-nft-restore") ? nil : "needs iptables-nft"
  }

  private static let chains = [
    "filter": ["INPUT", "FORWARD", "OUTPUT"], "nat": ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
    "mangle": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"], "raw": ["PREROUTING", "OUTPUT"],
  ]

  struct Answer {
    /// taken, refused, or kernel: the tool takes it and this kernel does not.
    var verdict: String
    var saved: String
  }

  /// What the tool says of each case, asked in one network namespace.
  private static func ask(_ cases: [IptablesVariations.Case]) throws -> [Answer] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "iptables-tool-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var script = ""
    for (index, one) in cases.enumerated() {
      let text =
        "*\(one.table)\n" + (chains[one.table] ?? []).map { ":\($0) ACCEPT [0:0]\n" }.joined() + one.rule + "\nCOMMIT\n"
      try Data(text.utf8).write(to: folder.appending(path: "\(index)"))
      let tool = one.isIPv6 ? "ip6tables-nft" : "iptables-nft"
      script += """
        if \(tool)-restore < \(index) 2>/dev/null; then printf "taken %s\\n" "$(\(tool)-save -t \(one.table) | grep ^-A)"
        elif \(tool)-restore --test < \(index) 2>/dev/null; then echo kernel; else echo refused; fi

        """
    }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["unshare", "-n", "sh", "script"]
    process.currentDirectoryURL = folder
    try Data(script.utf8).write(to: folder.appending(path: "script"))
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
      let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
      return Answer(verdict: parts[0], saved: parts.count > 1 ? parts[1] : "")
    }
  }

  /// Saved forms that the nf_tables back end makes of its own; the legacy one prints ours. A port range that is not
  /// asked for becomes the ports that are, and the burst of 5 is left away either way.
  private static func isOwnForm(_ rule: String) -> Bool {
    rule.contains("! --dport") || rule.contains("! --sport") || rule.contains("port 0 ")
  }

  @Test(.enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")))
  func `variations on every extension are taken, refused and saved as iptables does`() throws {
    let full = ProcessInfo.processInfo.environment["FWLINT_KERNEL_FULL"] != nil
    let cases = IptablesVariations.cases().enumerated().filter { full || $0.offset % 6 == 0 }.map(\.element)
    let answers = try Self.ask(cases)
    #expect(answers.count == cases.count)
    var same = (0, 0)
    var saved = (0, 0)
    var differences: [String] = []
    for (one, answer) in zip(cases, answers) {
      let ours = IptablesReading(one.rule, table: one.table, isIPv6: one.isIPv6)
      if answer.verdict == "kernel" { continue }
      same.1 += 1
      if ours.isAccepted == (answer.verdict == "taken") {
        same.0 += 1
      } else {
        differences.append("\(answer.verdict), ours: \(ours.message.isEmpty ? "taken" : ours.message): \(one.rule)")
      }
      guard ours.isAccepted, answer.verdict == "taken" else { continue }
      saved.1 += 1
      if ours.saved == answer.saved || Self.isOwnForm(one.rule) {
        saved.0 += 1
      } else {
        differences.append("saved \(answer.saved)\n    ours \(ours.saved)")
      }
    }
    print("iptables variations: \(same) taken or refused as iptables does, \(saved) saved alike")
    for line in differences { print("  \(line)") }
    #expect(same.0 * 1000 >= same.1 * 990)
    #expect(saved.0 * 1000 >= saved.1 * 990)
  }
}
