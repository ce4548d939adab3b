import CheckKit
import PacketLogs
import Packets

/// DNS over TCP is refused: truncated answers cannot be fetched.
enum DNSTCPRefused: SymptomKind {
  static let symptom = Symptom(
    name: "dns-tcp-refused", level: .note, codes: ["SRC005"], threshold: Threshold(2, in: 3600),
    conclude: { evidence in
      let leaves = evidence.leaving * 2 > evidence.count
      return Conclusion(
        "DNS over TCP (port 53) \(leaves ? "to \(evidence.listing(evidence.destinations))" : "from \(evidence.listing(evidence.sources))") "
          + "is refused: answers that do not fit into UDP fail (RFC 7766)",
        advice: leaves
          ? "accept TCP 53 to your resolvers"
          : "accept TCP 53 wherever UDP 53 is accepted; nothing if no name server runs here",
        level: leaves ? .warning : .note, needsAction: leaves)
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.destinationPort == 53 && facts.isPlainSYN
  }
}
