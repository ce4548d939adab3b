import CheckKit
import PacketLogs
import Packets

/// Broadcasts of the segment: discovery protocols.
enum BroadcastNoise: SymptomKind {
  static let symptom = Symptom(
    name: "broadcast-noise", level: .note, codes: ["REJ006"], isNoise: true,
    conclude: { evidence in
      Conclusion(
        "broadcasts on \(evidence.topInterface)\(evidence.portList): discovery protocols of neighbours",
        advice: "drop broadcasts before the rule that logs", level: .note, needsAction: false,
        repair: .quiet([.destinationIsBroadcast], title: "drop broadcasts before they are logged"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isBroadcastFrame || facts.destination == .broadcast
  }
}
