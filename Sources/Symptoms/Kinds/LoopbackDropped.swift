import CheckKit
import PacketLogs
import Packets

/// Packets on the loopback interface are refused: services of this host cannot talk to each other.
enum LoopbackDropped: SymptomKind {
  static let symptom = Symptom(
    name: "loopback-dropped", level: .error, codes: ["SPOOF007", "STATE001"],
    conclude: { evidence in
      Conclusion(
        "packets on lo are refused\(evidence.portList): programs on this host cannot reach each other",
        advice: "accept everything that comes in by lo, and leaves by it",
        repair: .accept([.inInterface("lo")], title: "accept the loopback interface"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.inSide == .loopback || facts.outSide == .loopback
  }
}
