import CheckKit
import PacketLogs
import Packets

/// UDP from a privileged source port, refused.
enum LowSourcePort: SymptomKind {
  static let symptom = Symptom(
    name: "low-source-port", level: .note, codes: ["SRC003"], threshold: Threshold(5, in: 3600),
    conclude: { evidence in
      .note(
        "packets from privileged source ports\(evidence.sourcePortList) refused: if a rule drops source ports below 1024, "
          + "it hits clients behind address translation")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.sourcePort > 0 && facts.sourcePort < 1024 && facts.destinationPort >= 1024 && !facts.isLeaving
  }
}
