import CheckKit
import PacketLogs
import Packets

/// UDP from a privileged source port, refused.
enum LowSourcePort: SymptomKind {
  static let symptom = Symptom(
    name: "low-source-port", level: .note, codes: ["SRC003"], threshold: Threshold(5, in: 3600),
    conclude: { evidence in
      let waits = evidence.retransmissions > 0
      return Conclusion(
        "packets from privileged source ports\(evidence.sourcePortList) of \(evidence.listing(evidence.sources)) "
          + "are refused\(waits ? ", and the clients try again" : ""): if a rule drops source ports below 1024, it hits "
          + "clients behind address translation",
        advice: "delete the rule on source ports: the port says nothing of the sender", level: waits ? .warning : .note,
        needsAction: waits)
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    guard facts.sourcePort > 0, facts.sourcePort < 1024, !facts.isLeaving else { return false }
    // Services that answer from, or ask by, a low port of their own.
    switch facts.sourcePort {
    case 53, 67, 123, 500, 547: return false
    default: return facts.isPlainSYN ? facts.sourcePort > 5 : facts.destinationPort >= 1024
    }
  }
}
