import CheckKit
import PacketLogs
import Packets

/// QUIC packets of servers after the connection tracker has forgotten the flow.
enum UDPLateQUIC: SymptomKind {
  static let symptom = Symptom(
    name: "udp-late-quic", level: .note, codes: ["STATE009"], threshold: Threshold(3, in: 3600), isNoise: true,
    conclude: { evidence in
      .note(
        "UDP from port 443 of \(evidence.listing(evidence.sources)): QUIC servers that still talk after the flow has timed "
          + "out here; harmless, or raise net.netfilter.nf_conntrack_udp_timeout_stream")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.sourcePort == 443 && facts.destinationPort >= 1024 && !facts.isLeaving
  }
}
