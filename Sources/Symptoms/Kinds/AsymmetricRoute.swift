import CheckKit
import PacketLogs
import Packets

/// Segments that come and leave by the same interface: hosts use two gateways on one segment.
enum AsymmetricRoute: SymptomKind {
  static let symptom = Symptom(
    name: "asymmetric-route", level: .error, codes: [], threshold: Threshold(20, in: 60),
    conclude: { evidence in
      Conclusion(
        "TCP segments come in and leave by \(evidence.topInterface) without their SYN: hosts there use two gateways on one "
          + "segment, or the ways out and back differ; connections fail",
        advice: "give the hosts one gateway or a static route; else accept that traffic without state")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    record.inName == record.outName && facts.hook == .forward && facts.hasFlags
      && facts.flags & (Wire.syn | Wire.ack) != Wire.syn
  }
}
