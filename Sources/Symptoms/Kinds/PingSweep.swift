import CheckKit
import PacketLogs
import Packets

/// Echo requests; many destinations from one source are a sweep.
enum PingSweep: SymptomKind {
  static let symptom = Symptom(
    name: "ping-sweep", level: .note, codes: [], isNoise: true,
    conclude: { evidence in
      var conclusion = Conclusion.note("echo requests (ping) from \(evidence.listing(evidence.sources)) refused")
      conclusion.name = "ping-refused"
      return conclusion
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isEcho && !facts.isLeaving
  }
}
