import CheckKit
import PacketLogs
import Packets

/// Multicast of the segment: mDNS, SSDP, LLMNR, WS-Discovery.
enum MulticastNoise: SymptomKind {
  static let symptom = Symptom(
    name: "multicast-noise", level: .note, codes: [], isNoise: true,
    conclude: { evidence in
      .note("multicast on \(evidence.topInterface)\(evidence.portList): mDNS, SSDP and the like from neighbours")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.destination == .multicast || facts.isMulticastFrame
  }
}
