import CheckKit
import PacketLogs
import Packets

/// Segments without state that would leave untranslated.
enum PrivateSourceLeaving: SymptomKind {
  static let symptom = Symptom(
    name: "private-source-leaving", level: .note, codes: ["STATE004", "SPOOF002"], threshold: Threshold(3, in: 3600),
    conclude: { evidence in
      .note(
        "TCP segments of hosts inside (\(evidence.listing(evidence.sources))) without a known connection, on the way out: "
          + "they would leave untranslated, so dropping them is right")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.hook == .forward && facts.isLeaving && facts.source == .privateUse && facts.hasFlags
      && facts.flags & Wire.syn == 0
  }
}
