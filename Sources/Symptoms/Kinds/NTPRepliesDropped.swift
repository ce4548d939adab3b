import CheckKit
import PacketLogs
import Packets

/// Answers of time servers are refused.
enum NTPRepliesDropped: SymptomKind {
  static let symptom = Symptom(
    name: "ntp-replies-dropped", level: .warning, codes: ["EXPOSE010", "STATE002"], threshold: Threshold(3, in: 3600),
    conclude: { evidence in
      if evidence.sources.isApproximate {
        return .note("packets from port 123 of many hosts: reflection through time servers with our address forged")
      }
      return Conclusion(
        "answers of time servers (\(evidence.listing(evidence.sources))) are refused: the clock drifts",
        advice: "accept `ct state established`; never accept UDP by source port 123",
        repair: .accept([.states([.established, .related])], title: "accept packets of established flows"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.sourcePort == 123 && !facts.isLeaving
  }
}
