import Foundation
import JSONText
import TestSupport

/// Compares the lines of `fwlint trace --format json --packets` with recorded kernel verdicts.
struct BulkAgreement {
  var compared = 0
  /// Packets answered `may`, by reason.
  var uncertain: [String: Int] = [:]
  var disagreements: [String] = []
  /// The line of the rule with a handle, in each chain.
  private var lines: [String: Int] = [:]

  mutating func compare(_ name: String, _ json: JSONValue, _ answers: [JSONValue]) {
    lines = [:]
    let verdicts = json["verdicts"]?.arrayValue ?? []
    guard answers.count == verdicts.count else {
      disagreements.append("\(name): \(answers.count) answers for \(verdicts.count) packets")
      return
    }
    for (verdict, answer) in zip(verdicts, answers) where verdict["verdict"]?.stringValue != "error" {
      compared += 1
      if answer["verdict"]?.stringValue == "may" {
        uncertain[answer["reason"]?.stringValue ?? "", default: 0] += 1
        continue
      }
      let faults = faults(verdict, answer)
      if !faults.isEmpty {
        let id = verdict["id"]?.intValue ?? -1
        disagreements.append("\(name) packet \(id): \(faults.joined(separator: ", "))")
      }
    }
  }

  private mutating func faults(_ verdict: JSONValue, _ answer: JSONValue) -> [String] {
    var faults: [String] = []
    func check(_ what: String, _ own: String?, _ kernel: String?) {
      if own != kernel { faults.append("\(what) \(own ?? "none") instead of \(kernel ?? "none")") }
    }
    let recorded = verdict["verdict"]?.stringValue
    // `kernel`: the packet vanished inside a hook without any rule's doing.
    check("verdict", answer["verdict"]?.stringValue, recorded == "kernel" ? "lost" : recorded)
    check("hook", answer["hook"]?.stringValue, verdict["hook"]?.stringValue)
    guard faults.isEmpty, recorded != "lost", recorded != "kernel", recorded != "queued" else { return faults }
    let decider = recorded == "accept" ? verdict["accepted_by"] ?? .object([]) : verdict
    check("table", answer["table"]?.stringValue, decider["table"]?.stringValue)
    check("chain", answer["chain"]?.stringValue, decider["chain"]?.stringValue)
    check("by", answer["by"]?.stringValue, decider[recorded == "accept" ? "type" : "by"]?.stringValue)
    if faults.isEmpty, let handle = decider["handle"]?.intValue {
      let key = "\(decider["table"]?.stringValue ?? "") \(decider["chain"]?.stringValue ?? "") \(handle)"
      let line = answer["line"]?.intValue ?? -1
      if let known = lines[key], known != line { faults.append("line \(line) instead of \(known)") }
      lines[key] = line
    }
    if recorded == "reject" { check("reject", answer["reject"]?.stringValue, verdict["reject"]?["with"]?.stringValue) }
    return faults
  }

  var summary: String {
    let may = uncertain.values.reduce(0, +)
    var lines = ["\(compared) packets, \(disagreements.count) disagree, \(may) may"]
    for (reason, count) in uncertain.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(12) {
      lines.append("  may \(count)x \(reason)")
    }
    return (lines + disagreements.prefix(40)).joined(separator: "\n")
  }
}
