import CheckKit
import PacketLogs
import Packets

/// "Time exceeded" for packets of ours is refused: traceroute fails, routing loops stay unseen.
enum TimeExceededDropped: SymptomKind {
  static let symptom = Symptom(
    name: "time-exceeded-dropped", level: .note, codes: ["ICMP008", "ICMP006"], threshold: Threshold(3, in: 60),
    conclude: { evidence in
      if evidence.sources.isApproximate, evidence.peers.isApproximate {
        var conclusion = Conclusion.note(
          "time-exceeded messages from many routers about packets to many hosts: someone forges our address")
        conclusion.name = "backscatter"
        return conclusion
      }
      return Conclusion(
        "time-exceeded messages from \(evidence.listing(evidence.sources)) are refused: our own traceroute shows "
          + "nothing; the same two routers in turn would mean a routing loop",
        advice: "accept ICMP errors of tracked flows (`ct state related`)",
        repair: .accept([.states([.related]), .anyICMP], title: "accept ICMP errors that belong to tracked flows"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isV6 ? facts.icmpType == 3 || facts.icmpType == 4 : facts.icmpType == 11 || facts.icmpType == 12
  }
}
