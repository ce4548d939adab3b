import CheckKit
import PacketLogs
import Packets

/// Multicast listener discovery is refused: a snooping switch then cuts neighbour discovery off.
enum MLDDropped: SymptomKind {
  static let symptom = Symptom(
    name: "mld-dropped", level: .warning, codes: ["IP6004"],
    conclude: { evidence in
      Conclusion(
        "multicast listener messages (ICMPv6 130–132, 143) on \(evidence.topInterface) are refused: behind a switch "
          + "that snoops, multicast and with it neighbour discovery fails after minutes",
        advice: "accept ICMPv6 130–132 and 143",
        repair: .accept([.icmpv6Types([130, 131, 132, 143])], title: "accept multicast listener discovery"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isV6 && ((facts.icmpType >= 130 && facts.icmpType <= 132) || facts.icmpType == 143)
  }
}
