import CheckKit
import FirewallModel
import PacketLogs
import Packets

/// Ident queries are dropped: mail, IRC and FTP servers that we contact wait for them.
enum IdentDropped: SymptomKind {
  static let symptom = Symptom(
    name: "ident-dropped", level: .note, codes: ["REJ001", "REJ002"],
    conclude: { evidence in
      if evidence.contacted > 0 || evidence.retransmissions > 0 {
        let why = evidence.contacted > 0 ? "whom we had contacted shortly before" : "who try again and again"
        return Conclusion(
          "ident queries (TCP 113) of \(evidence.listing(evidence.sources)), \(why), are dropped: those mail, IRC or FTP "
            + "servers wait for an answer, and our connection with them",
          advice: "reject TCP 113 with a reset instead of dropping it", level: .warning,
          repair: .reject(
            [.transportProtocol(6), .destinationPort(113...113)], .tcpReset, title: "answer ident queries with a reset")
        )
      }
      return Conclusion(
        "connection attempts to TCP 113 (ident) from \(evidence.listing(evidence.sources)): if you use mail, IRC or FTP "
          + "servers there, they wait for the answer; else a probe",
        advice: "reject TCP 113 with a reset instead of dropping it: it costs nothing", level: .note,
        needsAction: false,
        repair: .reject(
          [.transportProtocol(6), .destinationPort(113...113)], .tcpReset, title: "answer ident queries with a reset"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.destinationPort == 113 && facts.isPlainSYN && !facts.isLeaving
  }
}
