import CheckKit
import PacketLogs
import Packets

/// Neighbour discovery is refused: IPv6 dies as neighbour entries expire.
enum NDDropped: SymptomKind {
  static let symptom = Symptom(
    name: "nd-dropped", level: .error, codes: ["IP6001", "IP6002"],
    conclude: { evidence in
      let isUsed = evidence.globalV6 > 0
      var text =
        "IPv6 neighbour discovery (ICMPv6 135/136) on \(evidence.topInterface) is refused: IPv6 stops as soon as "
      text += "neighbour entries expire; connection tracking calls these packets untracked, so accepting "
      text += "established,related does not help"
      if !isUsed { text += " (only link-local addresses were seen: IPv6 may not be in use here)" }
      return Conclusion(
        text, advice: "accept ICMPv6 133–136 with hop limit 255 at input and output", level: isUsed ? .error : .warning,
        repair: .accept(
          [.icmpv6Types([133, 134, 135, 136]), .hopLimit(255)], title: "accept IPv6 neighbour discovery"))
    })

  /// A lower hop limit shows that the packet came through a router: forged, and rightly refused.
  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isV6 && (facts.icmpType == 135 || facts.icmpType == 136) && record.packet.ttl == 255
  }
}
