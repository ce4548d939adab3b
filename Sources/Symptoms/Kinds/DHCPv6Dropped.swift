import CheckKit
import PacketLogs
import Packets

/// DHCPv6 answers to a client here are refused.
enum DHCPv6Dropped: SymptomKind {
  static let symptom = Symptom(
    name: "dhcpv6-dropped", level: .warning, codes: ["IP6012"],
    conclude: { evidence in
      Conclusion(
        "DHCPv6 answers (UDP 547 to 546) from \(evidence.listing(evidence.sources)) are refused: no IPv6 lease and no "
          + "delegated prefix",
        advice: "accept UDP from fe80::/10 port 547 to port 546 on that interface",
        repair: .accept(
          [.source("fe80::/10"), .transportProtocol(17), .sourcePort(547...547), .destinationPort(546...546)],
          title: "accept DHCPv6 answers from the link"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isV6 && facts.sourcePort == 547 && facts.destinationPort == 546 && !facts.isLeaving
  }
}
