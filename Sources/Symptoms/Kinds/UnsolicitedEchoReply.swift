import CheckKit
import PacketLogs
import Packets

/// Echo replies that nobody asked for.
enum UnsolicitedEchoReply: SymptomKind {
  static let symptom = Symptom(
    name: "unsolicited-echo-reply", level: .note, codes: ["ICMP017"], threshold: Threshold(20, in: 60),
    conclude: { evidence in
      .note(
        "echo replies from \(evidence.listing(evidence.sources)) without a request seen: a decoy with our address, or "
          + "data hidden in pings")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.hasICMP && facts.icmpType == (facts.isV6 ? 129 : 0)
  }
}
