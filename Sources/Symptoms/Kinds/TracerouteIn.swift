import CheckKit
import PacketLogs
import Packets

/// Somebody traces the way to us.
enum TracerouteIn: SymptomKind {
  static let symptom = Symptom(
    name: "traceroute-in", level: .note, codes: ["EXPOSE012"], threshold: Threshold(3, in: 60), isNoise: true,
    conclude: { evidence in
      .note("UDP to ports 33434–33534 from \(evidence.listing(evidence.sources)): traceroutes to this address")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.destinationPort >= 33434 && facts.destinationPort <= 33534 && facts.sourcePort >= 1024 && !facts.isLeaving
  }
}
