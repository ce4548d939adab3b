import FirewallAnalysis
import FirewallModel
import Foundation
import HostFacts
import JSONText
import Lowering
import Packets
import SourceText
import TestSupport

/// One recorded case of the kernel oracle: a rule set, packets, and what Linux did with them.
struct KernelCase {
  var name: String
  var dialect: Dialect
  var ruleset: Ruleset
  var packets: [JSONValue]
  var verdicts: [JSONValue]
  var host = HostFacts()

  /// The folder of recorded cases: named by FWLINT_KERNEL_CASES, else found beside the corpora.
  static var folder: URL? {
    if let named = ProcessInfo.processInfo.environment["FWLINT_KERNEL_CASES"] { return URL(filePath: named) }
    guard let root = Corpora.root else { return nil }
    let folder = root.deletingLastPathComponent().appending(path: "tools/kernel-verdict/cases")
    return FileManager.default.fileExists(atPath: folder.path()) ? folder : nil
  }

  static func names() -> [String] {
    guard let folder, let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path()) else { return [] }
    return files.filter { $0.hasSuffix(".json") }.sorted()
  }

  init(_ json: JSONValue, name: String) {
    self.name = name
    switch json["format"]?.stringValue {
    case "iptables": dialect = .iptablesSave
    case "ip6tables": dialect = .ip6tablesSave
    default: dialect = .nft
    }
    let file = SourceFile(id: SourceID(0), path: name, text: json["ruleset"]?.stringValue ?? "")
    let ipset = json["ipset"]?.stringValue.map { SourceFile(id: SourceID(1), path: "ipset", text: $0) }
    switch dialect {
    case .nft, .nftJSON: ruleset = Lowering.nftables(file).ruleset
    case .iptablesSave, .ip6tablesSave:
      ruleset = Lowering.iptablesSave(file, dialect: dialect, ipsets: ipset.map { [$0] } ?? []).ruleset
    }
    for (name, facts) in json["topology"]?["interfaces"]?.members ?? [] {
      let addresses = facts["addrs"]?.arrayValue?.compactMap(\.stringValue) ?? []
      host.interfaces[name] = HostFacts.Interface(addresses: addresses)
    }
    packets = json["packets"]?.arrayValue ?? []
    verdicts = json["verdicts"]?.arrayValue ?? []
  }

  static func read(_ name: String) throws -> KernelCase? {
    guard let folder else { return nil }
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
    return KernelCase(try JSONValue(parsing: bytes), name: name)
  }
}

/// Compares walks with what the kernel did.
struct CaseAgreement {
  var compared = 0
  var agreed = 0
  var uncertain: [String: Int] = [:]
  /// Packets that the kernel loses outside the rules.
  var outside = 0
  var unread = 0
  var disagreements: [String] = []
  /// Handles seen at rules: the same handle must always be the same rule, and handles rise with the rules.
  private var handles: [String: [Int: Int]] = [:]

  mutating func compare(_ kernelCase: KernelCase) {
    let analysis = Analysis(kernelCase.ruleset, host: kernelCase.host)
    handles = [:]
    for (json, verdict) in zip(kernelCase.packets, kernelCase.verdicts) {
      guard let packet = try? Packet(json: json) else {
        unread += 1
        continue
      }
      compare(kernelCase, analysis, packet, json, verdict)
    }
    for (chain, seen) in handles {
      let indices = seen.sorted { $0.key < $1.key }.map(\.value)
      for (a, b) in zip(indices, indices.dropFirst()) where a >= b {
        disagreements.append("\(kernelCase.name): rules of \(chain) are out of order: \(seen)")
        break
      }
    }
  }

  private mutating func compare(
    _ kernelCase: KernelCase, _ analysis: Analysis, _ packet: Packet, _ json: JSONValue, _ verdict: JSONValue
  ) {
    let trace = analysis.trace(packet)
    let expected = verdict["verdict"]?.stringValue ?? ""
    if expected == "lost" || expected == "kernel" {
      outside += 1
      return
    }
    compared += 1
    if case .may(let reasons) = trace.outcome {
      for reason in reasons { uncertain["\(reason.kind): \(reason.text)", default: 0] += 1 }
      return
    }
    var faults: [String] = []
    let own = Self.word(trace.outcome)
    if own != expected { faults.append("verdict \(own)") }
    if expected == "drop" || expected == "reject" {
      let hooks = [trace.decider.hook.name] + trace.alternatives.map(\.hook.name)
      if !hooks.contains(verdict["hook"]?.stringValue ?? "") { faults.append("hook \(trace.decider.hook.name)") }
      if trace.alternatives.isEmpty { faults += decider(analysis.ruleset, trace.decider, verdict) }
    }
    if let kind = verdict["reject"]?["with"]?.stringValue, kind != Self.word(reject: trace.outcome) {
      faults.append("reject \(Self.word(reject: trace.outcome))")
    }
    if let state = verdict["ct_state"]?.stringValue, state != trace.state.name,
      !(state == "untracked" && trace.state != .untracked)
    {
      faults.append("state \(trace.state.name)")
    }
    if faults.isEmpty {
      agreed += 1
    } else {
      disagreements.append("\(kernelCase.name) packet \(json["id"]?.intValue ?? -1): \(faults.joined(separator: ", "))")
    }
  }

  private mutating func decider(_ ruleset: Ruleset, _ decider: Decider, _ verdict: JSONValue) -> [String] {
    guard let id = decider.chain else { return ["nothing decided"] }
    let chain = ruleset[id]
    let table = ruleset[chain.table]
    let name = "\(table.family.rawValue) \(table.name)"
    guard name == verdict["table"]?.stringValue, chain.name == verdict["chain"]?.stringValue else {
      return ["decided by \(name) \(chain.name)"]
    }
    if (decider.rule == nil) != (verdict["by"]?.stringValue == "policy") {
      return ["rule \(decider.rule?.index ?? -1)"]
    }
    if let rule = decider.rule, let handle = verdict["handle"]?.intValue {
      let key = "\(name) \(chain.name)"
      if let seen = handles[key]?[handle], seen != rule.index { return ["rule \(rule.index), not \(seen)"] }
      handles[key, default: [:]][handle] = rule.index
    }
    return []
  }

  static func word(_ outcome: Outcome) -> String {
    switch outcome {
    case .accept: "accept"
    case .drop: "drop"
    case .reject: "reject"
    case .queue: "queue"
    case .stolen: "stolen"
    case .held: "queued"
    case .lost: "lost"
    case .may: "may"
    }
  }

  static func word(reject outcome: Outcome) -> String {
    switch outcome {
    case .reject(.tcpReset): "tcp reset"
    case .reject(.icmp(let code)): "icmp type 3 code \(code)"
    case .reject(.icmpv6(let code)): "icmpv6 type 1 code \(code)"
    default: "none"
    }
  }

  var summary: String {
    let may = uncertain.values.reduce(0, +)
    var lines = [
      "\(agreed) of \(compared) agree, \(compared - agreed - disagreements.count) uncertain, "
        + "\(disagreements.count) disagree, \(outside) lost outside the rules, \(unread) not read (\(may) reasons)"
    ]
    for (reason, count) in uncertain.sorted(by: { $0.value > $1.value }).prefix(12) {
      lines.append("  may \(count)x \(reason)")
    }
    lines += disagreements.prefix(40)
    return lines.joined(separator: "\n")
  }
}
