import CheckKit
import PacketLogs
import Packets

/// The log itself is not complete.
enum LogSuppressed: SymptomKind {
  static let symptom = Symptom(
    name: "log-suppressed", level: .note, codes: ["HYG002"], messages: [.suppressed],
    conclude: { evidence in
      Conclusion(
        "at least \(evidence.leftOut) messages were left out of this log: all counts here are lower bounds",
        advice: "log less: a limit on the rules that log, broadcasts dropped before them", level: .note)
    })
}
