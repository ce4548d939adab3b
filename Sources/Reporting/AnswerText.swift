package import Questions
import FirewallAnalysis
import FirewallModel
import Packets

extension Report.Unit {
  /// An answer for people: yes, no or may, what shows it, and what was taken to be so.
  package func text(_ answer: Answer) -> String {
    var lines = ["\(answer.verdict.rawValue): \(printable(sentence(answer)))"]
    for witness in answer.witnesses {
      lines.append(
        "  \(lead(answer)): "
          + printable(WitnessText(ruleset: ruleset, sources: sources).packet(witness.trace)))
      lines += way(witness.trace, indent: "    ")
      if let reply = witness.reply {
        lines.append("    what goes back: " + printable(WitnessText(ruleset: ruleset, sources: sources).packet(reply)))
        lines += way(reply, indent: "      ")
      }
    }
    if answer.verdict == .may { lines += reasons(answer).map { "  because: \(printable($0))" } }
    for assumption in answer.assumptions { lines.append("  assumed: \(printable(assumption))") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func lead(_ answer: Answer) -> String {
    switch answer.verdict {
    case .yes: "for example"
    case .no: "but"
    case .may: "undecided"
    }
  }

  private func way(_ trace: Trace, indent: String) -> [String] {
    let words = WitnessText(ruleset: ruleset, sources: sources)
    var lines = words.way(trace)
    if lines.isEmpty { lines = ["no rule and no policy decides"] }
    return lines.map { "\(indent)-> \(printable($0))" } + ["\(indent)= \(printable(trace.outcome.words))"]
  }

  private func sentence(_ answer: Answer) -> String {
    let question = answer.question
    let outcome = "\(question.outcome)"
    switch (question.quantifier, answer.verdict) {
    case (.any, .yes): return "there are such packets that are \(outcome)"
    case (.any, .no): return "no such packet is \(outcome); every packet asked for was covered"
    case (.every, .yes): return "every such packet is \(outcome); every packet asked for was covered"
    case (.every, .no): return "not every such packet is \(outcome)"
    case (_, .may): return "whether such packets are \(outcome) is not decided"
    }
  }

  /// Why an answer is no more than `may`.
  func reasons(_ answer: Answer) -> [String] {
    var reasons = answer.because.map { $0.text }
    if answer.isUnshown { reasons.append("sets of packets say so, but no example of them could be made") }
    if !answer.isComplete { reasons.append("the work budget ended before all packets were looked at") }
    return reasons
  }
}
