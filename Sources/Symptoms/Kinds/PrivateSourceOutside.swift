import CheckKit
import PacketLogs
import Packets

/// Private addresses on the Internet side.
enum PrivateSourceOutside: SymptomKind {
  static let symptom = Symptom(
    name: "private-source-outside", level: .note, codes: ["SPOOF005", "SPOOF006"], threshold: Threshold(3, in: 3600),
    conclude: { evidence in
      .note(
        "packets from private addresses (\(evidence.listing(evidence.sources))) came in by \(evidence.topInterface), which "
          + "leads to the Internet: a leak of the provider or a forgery")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.inSide == .outside && (facts.source == .privateUse || facts.source == .sharedSpace)
  }
}
