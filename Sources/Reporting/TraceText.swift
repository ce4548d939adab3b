package import FirewallAnalysis
import FirewallModel
import Packets
import SourceText

extension Report.Unit {
  /// A packet's way for people: each hook and chain, the rules with their source lines, the verdict, and what the
  /// sender gets to see. Of rules that do not match one after the other in a chain, the first `maximumFailures` are
  /// shown and the rest counted; nil: all are shown.
  package func traceText(_ view: PacketView, maximumFailures: Int? = nil) -> String {
    let trace = view.trace
    let words = WitnessText(ruleset: ruleset, sources: sources)
    var text = "packet: \(printable(words.packet(trace)))\n"
    text += way(trace, maximumFailures)
    if trace.steps.isEmpty { text += "no base chain sees it\n" }
    for translation in trace.translations { text += "changed: \(printable(translation))\n" }
    text += "verdict: \(printable(trace.outcome.words))\(printable(decider(trace)))\n"
    if let answer = view.answer {
      text += "answer: \(printable(words.packet(answer)))\n" + way(answer, maximumFailures)
      text += "answer's verdict: \(printable(answer.outcome.words))\(printable(decider(answer)))\n"
    }
    let seen = SenderView(view)
    for line in seen.lines { text += "sender: \(printable(line))\n" }
    return text
  }

  /// Hooks, chains and rules, each on a line.
  private func way(_ trace: Trace, _ maximumFailures: Int?) -> String {
    var text = ""
    var hook: Hook?
    var chain: ChainID?
    var failures = 0
    func endFailures() {
      let hidden = failures - (maximumFailures ?? failures)
      if hidden > 0 { text += "    … \(hidden) more rules do not match (--all shows them)\n" }
      failures = 0
    }
    for step in trace.steps where ruleset.chains.indices.contains(step.chain.index) {
      if case .failed = step.event, step.hook == hook, step.chain == chain {
        failures += 1
        if failures > maximumFailures ?? failures { continue }
      } else {
        endFailures()
        if case .failed = step.event { failures = 1 }
      }
      if step.hook != hook { text += "\(step.hook.name)\n" }
      if step.hook != hook || step.chain != chain { text += "  \(printable(heading(step.chain)))\n" }
      hook = step.hook
      chain = step.chain
      text += "    \(line(step))\n"
    }
    endFailures()
    return text
  }

  private func heading(_ id: ChainID) -> String {
    let chain = ruleset[id]
    guard let base = chain.base else { return "chain \(ruleset.fullName(of: id))" }
    return
      "chain \(ruleset.fullName(of: id)) (\(base.type.rawValue), priority \(base.priority), policy \(base.policy.rawValue))"
  }

  private func line(_ step: TraceStep) -> String {
    switch step.event {
    case .policy(let policy): return "end of the chain: policy \(policy.rawValue)"
    case .end: return "end of the chain: back to the caller"
    case .matched(let verdict?): return "\(source(step.rule)) => \(printable(ruleset.words(verdict)))"
    case .matched(nil): return "\(source(step.rule)) => continue"
    case .failed(let index): return "\(source(step.rule)) => no match\(failed(step.rule, index))"
    case .mayMatch(let reason): return "\(source(step.rule)) => may match: \(printable(reason.text))"
    }
  }

  private func source(_ id: RuleID?) -> String {
    guard let id, let rule = ruleset.rule(id), let file = sources[rule.origin.file] else { return "rule" }
    let position = file.position(of: rule.origin.lower)
    var text = file.text(of: rule.origin).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    if text.unicodeScalars.count > 200 { text = String(text.unicodeScalars.prefix(199)) + "…" }
    return "\(printable(file.path)):\(position.line): \(printable(text))"
  }

  private func failed(_ id: RuleID?, _ index: Int) -> String {
    guard let id, let rule = ruleset.rule(id), rule.steps.indices.contains(index),
      case .match(let match) = rule.steps[index], let file = sources[match.origin.file]
    else { return "" }
    let text = file.text(of: match.origin)
    return text.isEmpty ? "" : ": `\(printable(String(text.unicodeScalars.prefix(80))))`"
  }

  private func decider(_ trace: Trace) -> String {
    guard let chain = trace.decider.chain else { return " (no chain decides)" }
    guard let id = trace.decider.rule, let rule = ruleset.rule(id), let file = sources[rule.origin.file] else {
      return " by the policy of \(ruleset.fullName(of: chain))"
    }
    return " by \(file.path):\(file.position(of: rule.origin.lower).line) in \(ruleset.fullName(of: chain))"
  }
}
