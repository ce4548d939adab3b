import CheckKit
import PacketLogs
import Packets

/// SYN+ACK that nobody asked for: backscatter of a forged SYN flood, or an asymmetric route.
enum SYNACKUnsolicited: SymptomKind {
  static let symptom = Symptom(
    name: "syn-ack-unsolicited", level: .note, codes: [], threshold: Threshold(5, in: 60),
    conclude: { evidence in
      if evidence.byHook.forward * 2 > evidence.count {
        var conclusion = Conclusion(
          "SYN+ACK segments from \(evidence.listing(evidence.sources)) pass through here without their SYN: the way out and "
            + "the way back differ (asymmetric route), so connections fail",
          advice: "make the routes symmetric, or synchronise connection tracking between the routers", level: .error)
        conclusion.name = "asymmetric-route"
        return conclusion
      }
      return .note(
        "SYN+ACK from \(evidence.listing(evidence.sources)) without a SYN of ours: answers to a flood that forges our "
          + "address (backscatter)")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.hasFlags && facts.flags & (Wire.syn | Wire.ack) == Wire.syn | Wire.ack
      && facts.flags & Wire.fin == 0
  }
}
