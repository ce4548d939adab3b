import CheckKit
import PacketLogs
import Packets

/// Everything unsolicited that no other symptom takes: probes; judged by source in `ProbeTable`.
enum ScanClasses: SymptomKind {
  static let symptom = Symptom(
    name: "scan-classes", level: .note, codes: [], isNoise: true,
    conclude: { evidence in
      var conclusion = Conclusion.note(
        "single unsolicited packets from \(evidence.listing(evidence.sources))\(evidence.portList): the probes that every "
          + "address on the Internet gets")
      conclusion.name = "probes"
      return conclusion
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    true
  }
}
