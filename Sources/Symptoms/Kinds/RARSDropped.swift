import CheckKit
import PacketLogs
import Packets

/// Router advertisements or solicitations are refused.
enum RARSDropped: SymptomKind {
  static let symptom = Symptom(
    name: "ra-rs-dropped", level: .warning, codes: ["IP6001", "IP6006"],
    conclude: { evidence in
      Conclusion(
        "IPv6 router advertisements or solicitations (ICMPv6 133/134) on \(evidence.topInterface) are refused: where "
          + "addresses or the default route come from advertisements, they expire",
        advice: "accept ICMPv6 133 (at a router) and 134 (at a host or CPE) with hop limit 255; nothing to do where "
          + "IPv6 is configured by hand",
        repair: .accept(
          [.icmpv6Types([133, 134, 135, 136]), .hopLimit(255)], title: "accept IPv6 neighbour discovery"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isV6 && (facts.icmpType == 133 || facts.icmpType == 134) && record.packet.ttl == 255
  }
}
