import CheckKit
import PacketLogs
import Packets

/// Path-MTU errors that we or hosts behind us send to others are refused on the way out.
enum PMTUEgressLost: SymptomKind {
  static let symptom = Symptom(
    name: "pmtu-egress-lost", level: .error, codes: ["ICMP004"],
    conclude: { evidence in
      Conclusion(
        "path-MTU messages on their way out to \(evidence.listing(evidence.destinations)) are refused: large "
          + "transfers of those hosts to us hang, and nothing else here shows it",
        advice: "accept ICMP errors of tracked flows on the way out (output and forward) too",
        repair: .accept([.states([.related]), .anyICMP], title: "let ICMP errors of tracked flows out"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isLeaving && (facts.isV6 ? facts.icmpType == 2 : facts.icmpType == 3 && facts.icmpCode == 4)
  }
}
