import CheckKit
import PacketLogs
import Packets

/// IGMP is refused: harmless, unless multicast is used.
enum IGMPDropped: SymptomKind {
  static let symptom = Symptom(
    name: "igmp-dropped", level: .note, codes: ["EXPOSE011"], isNoise: true,
    conclude: { evidence in
      .note(
        "IGMP from \(evidence.listing(evidence.sources)) is refused: harmless, unless this host takes part in multicast "
          + "(then accept protocol 2)")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.transportProtocol == Wire.igmp
  }
}
