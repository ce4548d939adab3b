import CheckKit
import PacketLogs
import Packets

/// Segments in the middle of connections that are not known here.
enum NewWithoutSYN: SymptomKind {
  static let symptom = Symptom(
    name: "new-without-syn", level: .note, codes: ["STATE005"], threshold: Threshold(5, in: 60), isNoise: true,
    conclude: { evidence in
      .note(
        "TCP segments to services here without a known connection, from \(evidence.listing(evidence.sources)): after a "
          + "restart of the firewall the clients' old sessions; else an ACK scan or late segments")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.hasFlags && facts.flags & Wire.syn == 0 && facts.flags & (Wire.ack | Wire.rst) != 0
  }
}
