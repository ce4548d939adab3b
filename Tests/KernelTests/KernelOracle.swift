import FirewallModel
import Foundation
import HostFacts
import JSONText
import Packets
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// The real kernel as judge: loads a rule set into a network namespace of its own and sends packets through it.
enum KernelOracle {
  static var tool: URL? {
    guard let root = Corpora.root else { return nil }
    let tool = root.deletingLastPathComponent().appending(path: "tools/kernel-verdict/kernel_verdict.py")
    return FileManager.default.fileExists(atPath: tool.path()) ? tool : nil
  }

  /// nil: the kernel can be asked. Otherwise why it cannot.
  static var obstacle: String? {
    if tool == nil { return "no kernel oracle beside the corpora" }
    if geteuid() != 0 { return "needs root" }
    if !FileManager.default.fileExists(atPath: "/dev/net/tun") { return "needs /dev/net/tun" }
    for program in ["nft", "iptables-restore", "python3"] {
      let isThere = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
      }
      if !isThere { return "needs \(program)" }
    }
    return nil
  }

  /// The interfaces and addresses that the oracle sets up when it is told nothing else.
  static var host: HostFacts {
    var host = HostFacts()
    for index in 0..<3 {
      host.interfaces["eth\(index)"] = HostFacts.Interface(
        addresses: ["192.168.\(index).1/24", "fd00:0:0:\(index)::1/64"])
    }
    return host
  }

  struct Answer {
    var json: JSONValue
    var verdict: String { json["verdict"]?.stringValue ?? "error" }
    /// The firewall did not decide: routing or the stack lost the packet, or it could not be sent.
    var isOutside: Bool { ["lost", "kernel", "error", "stolen"].contains(verdict) }
  }

  /// nil when the rule set does not load. One answer for each packet.
  static func ask(_ ruleset: URL, _ dialect: Dialect, _ packets: [Packet], timeout: Int = 60) throws -> [Answer]? {
    guard let tool else { return nil }
    let folder = FileManager.default.temporaryDirectory.appending(path: "kernel-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let lines = packets.map { $0.json.text() }.joined(separator: "\n")
    let input = folder.appending(path: "packets.jsonl")
    try Data(lines.utf8).write(to: input)
    let output = folder.appending(path: "verdicts.jsonl")
    _ = FileManager.default.createFile(atPath: output.path(), contents: nil)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let format = dialect == .nft ? "nft" : dialect == .iptablesSave ? "iptables" : "ip6tables"
    process.arguments = [
      "python3", tool.path(), "--ruleset", ruleset.path(), "--format", format, "--packets", input.path(), "--no-trace",
      "--timeout", String(timeout),
    ]
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
    let answers = text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
    guard process.terminationStatus == 0, answers.count == packets.count else { return nil }
    return answers.map { Answer(json: $0) }
  }

  /// Rule sets of the corpora that the reference tool took as a whole.
  static func corpusRulesets(minimumRules: Int = 3, maximumRules: Int = 250) -> [(url: URL, dialect: Dialect)] {
    guard let root = Corpora.root,
      let manifest = try? String(contentsOf: root.appending(path: "manifest.tsv"), encoding: .utf8)
    else { return [] }
    var found: [(url: URL, dialect: Dialect)] = []
    for line in manifest.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard columns.count > 4, columns[4] == "ok", let rules = Int(columns[2]), rules >= minimumRules,
        rules <= maximumRules
      else { continue }
      let url = root.appending(path: String(columns[0]))
      switch columns[1] {
      case "nft": found.append((url, .nft))
      case "iptables-save": found.append((url, columns[0].contains("6") ? dialectOf(url) : .iptablesSave))
      default: continue
      }
    }
    return found
  }

  /// ip6tables dumps are told by their addresses.
  private static func dialectOf(_ url: URL) -> Dialect {
    let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    let isV6 = ["ipv6-icmp", "icmp6", "::/"].contains { text.contains($0) }
    return isV6 ? .ip6tablesSave : .iptablesSave
  }
}
