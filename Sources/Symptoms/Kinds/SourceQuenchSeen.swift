import CheckKit
import PacketLogs
import Packets

/// ICMP source quench: no longer in use.
enum SourceQuenchSeen: SymptomKind {
  static let symptom = Symptom(
    name: "source-quench-seen", level: .note, codes: ["ICMP011"],
    conclude: { evidence in
      .note(
        "ICMP source quench from \(evidence.listing(evidence.sources)): an obsolete device or a forgery; dropping it "
          + "is right (RFC 6633)")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    !facts.isV6 && facts.icmpType == 4
  }
}
