import CheckKit
import FirewallAnalysis
import FirewallModel
import Packets
import SourceText

/// A trace in words, for the `= witness:` lines and for `fwlint trace`.
struct WitnessText {
  let ruleset: Ruleset
  let sources: SourceMap

  /// The packet with its conntrack state.
  func packet(_ trace: Trace) -> String { "\(trace.packet.words), ct state \(trace.state.name)" }

  /// One line for each base chain that did something to the packet: `inet filter forward: no rule matches -> policy drop`.
  /// Chains that let it pass untouched are left out unless they decide.
  func way(_ trace: Trace) -> [String] {
    var lines: [String] = []
    var head: ChainID?
    var parts: [String] = []
    var didMatch = false
    func flush() {
      if let head, !parts.isEmpty {
        lines.append("\(ruleset.fullName(of: head)): \(parts.joined(separator: " -> "))")
      }
      parts = []
      didMatch = false
    }
    for step in trace.steps {
      guard ruleset.chains.indices.contains(step.chain.index) else { continue }
      if ruleset[step.chain].base != nil, head != step.chain {
        flush()
        head = step.chain
      }
      if head == nil { head = step.chain }
      switch step.event {
      case .matched(let verdict?):
        didMatch = true
        parts.append("\(place(step.rule)) \(ruleset.words(verdict))")
      case .mayMatch(let reason):
        didMatch = true
        parts.append("\(place(step.rule)) may match (\(reason.text))")
      case .policy(let policy):
        let isDecider = trace.decider.chain == step.chain && trace.decider.rule == nil
        if didMatch {
          parts.append("policy \(policy.rawValue)")
        } else if isDecider || policy == .drop {
          parts = ["no rule matches", "policy \(policy.rawValue)"]
        }
      case .end where didMatch: parts.append("end of \(ruleset.name(of: step.chain))")
      case .matched(nil), .failed, .end: break
      }
    }
    flush()
    return lines + trace.translations
  }

  private func place(_ rule: RuleID?) -> String {
    guard let rule, let origin = ruleset.rule(rule)?.origin, let file = sources[origin.file] else { return "rule" }
    let line = file.position(of: origin.lower).line
    return origin.file.rawValue == 0 ? "line \(line)" : "\(file.path):\(line)"
  }
}
