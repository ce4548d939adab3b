import CheckKit
import PacketLogs
import Packets

/// "Destination unreachable" for flows of ours is refused: connections time out instead of failing at once. From many
/// sources about flows that wander it is backscatter of someone who forges our address.
enum UnreachablesDropped: SymptomKind {
  static let symptom = Symptom(
    name: "unreachables-dropped", level: .warning, codes: ["ICMP008", "ICMP006", "ICMP009"],
    threshold: Threshold(5, in: 60),
    conclude: { evidence in
      if evidence.sources.isApproximate, evidence.peers.isApproximate {
        var conclusion = Conclusion.note(
          "ICMP unreachable messages from many hosts about packets to many others: someone forges our address "
            + "(a decoy scan or an attack on them)")
        conclusion.name = "backscatter"
        return conclusion
      }
      return Conclusion(
        "ICMP unreachable messages from \(evidence.listing(evidence.sources)) about \(evidence.flows) are refused: "
          + "programs wait for a timeout instead of failing at once",
        advice: "accept ICMP errors of tracked flows (`ct state related`)",
        repair: .accept([.states([.related]), .anyICMP], title: "accept ICMP errors that belong to tracked flows"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isV6 ? facts.icmpType == 1 : facts.icmpType == 3 && facts.icmpCode != 4
  }
}
