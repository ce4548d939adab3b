import CheckKit
import PacketLogs
import Packets

/// Many hosts that try one port of file sharing, games or old trojans: meant for who had this address before.
enum InheritedAddress: SymptomKind {
  static let symptom = Symptom(
    name: "inherited-address", level: .note, codes: [], threshold: Threshold(20, in: 3600), isNoise: true,
    conclude: { evidence in
      guard evidence.hasManySources, evidence.isReached else {
        var conclusion = Conclusion.note(
          "packets to ports of file sharing and games\(evidence.portList) from \(evidence.listing(evidence.sources))")
        conclusion.name = "probes"
        return conclusion
      }
      return .note(
        "many hosts try\(evidence.portList) steadily: peers of who had this address before (file sharing, games); it ends "
          + "by itself within hours or days")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    switch facts.destinationPort {
    case 6776, 13223, 6881...6889, 27015, 3074, 4662, 4672, 6346, 51413: facts.hasPorts && !facts.isLeaving
    default: false
    }
  }
}
