import CheckKit
import PacketLogs
import Packets

/// Connection attempts that ask for ECN (CWR and ECE beside SYN, RFC 3168) are refused while plain ones pass: a rule
/// compares the flags for equality.
enum ECNDropped: SymptomKind {
  static let symptom = Symptom(
    name: "ecn-dropped", level: .note, codes: ["REJ008"], threshold: Threshold(3, in: 3600),
    conclude: { evidence in
      Conclusion(
        "connection attempts with ECN (SYN, ECE, CWR) of \(evidence.listing(evidence.sources))\(evidence.portList) are "
          + "refused: where plain ones to the same port pass, a rule compares the flags for equality",
        advice: "match new connections by `ct state new` or by SYN of SYN,ACK,RST,FIN, and leave ECE and CWR alone",
        level: .note, needsAction: false)
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.flags & (Wire.ece | Wire.cwr) == Wire.ece | Wire.cwr
  }
}
