import CheckKit
import PacketLogs
import Packets

/// Neighbour discovery is refused: IPv6 dies as neighbour entries expire.
enum NDDropped: SymptomKind {
  static let symptom = Symptom(
    name: "nd-dropped", level: .error, codes: ["IP6001", "IP6002"],
    conclude: { evidence in
      Conclusion(
        "IPv6 neighbour discovery (ICMPv6 135/136) on \(evidence.topInterface) is refused: IPv6 stops as soon as "
          + "neighbour entries expire; connection tracking calls these packets untracked, so accepting "
          + "established,related does not help",
        advice: "accept ICMPv6 133–136 with hop limit 255 at input and output",
        repair: .accept(
          [.icmpv6Types([133, 134, 135, 136]), .hopLimit(255)], title: "accept IPv6 neighbour discovery"))
    })

  /// A lower hop limit shows that the packet came through a router: forged, and rightly refused.
  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isV6 && (facts.icmpType == 135 || facts.icmpType == 136) && record.packet.ttl == 255
  }
}
