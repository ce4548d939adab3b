import CheckKit
import PacketLogs
import Packets

/// Loopback or impossible source addresses on a wire.
enum OwnSourceOutside: SymptomKind {
  static let symptom = Symptom(
    name: "own-source-outside", level: .warning, codes: ["SPOOF001", "SPOOF007"],
    conclude: { evidence in
      Conclusion(
        "packets with source \(evidence.listing(evidence.sources)) came in by \(evidence.topInterface): forged, or a loop",
        advice: "keep dropping them; the source MAC names the sender on the segment", needsAction: false)
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    (facts.source == .loopback && facts.hook != .output) || (facts.isFromInside && facts.inSide == .outside)
  }
}
