import CheckKit
import PacketLogs
import Packets

/// ICMP redirects: two routers on one segment, or someone who wants traffic sent to himself.
enum RedirectSeen: SymptomKind {
  static let symptom = Symptom(
    name: "redirect-seen", level: .warning, codes: ["ICMP012", "IP6007"],
    conclude: { evidence in
      Conclusion(
        "ICMP redirects from \(evidence.listing(evidence.sources)): from our own gateway it means two routers on one "
          + "segment; from anyone else an attempt to divert traffic",
        advice: "if the sender is the gateway, add a static route to the better router; keep dropping them otherwise")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.icmpType == (facts.isV6 ? 137 : 5)
  }
}
