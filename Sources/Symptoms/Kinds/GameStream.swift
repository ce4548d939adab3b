import CheckKit
import PacketLogs
import Packets

/// Game and streaming servers of old that still answer.
enum GameStream: SymptomKind {
  static let symptom = Symptom(
    name: "game-stream", level: .note, codes: [], threshold: Threshold(5, in: 3600), isNoise: true,
    conclude: { evidence in
      .note(
        "UDP from ports of game or streaming servers (\(evidence.listing(evidence.sources))): late answers to a client here"
      )
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    (facts.sourcePort >= 27910 && facts.sourcePort <= 27961) || (facts.sourcePort >= 6970 && facts.sourcePort <= 7170)
      || (facts.sourcePort >= 27000 && facts.sourcePort <= 27050)
  }
}
