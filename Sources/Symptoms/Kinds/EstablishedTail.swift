import CheckKit
import PacketLogs
import Packets

/// Late segments of connections that the tracker has closed.
enum EstablishedTail: SymptomKind {
  static let symptom = Symptom(
    name: "established-tail", level: .note, codes: ["STATE003", "STATE010"], threshold: Threshold(5, in: 60),
    isNoise: true,
    conclude: { evidence in
      Conclusion(
        "late TCP segments from \(evidence.listing(evidence.sources))\(evidence.sourcePortList): the connections had been "
          + "closed here already; a few FIN and RST per peer are harmless",
        advice: "do not log packets in ct state invalid; if data segments repeat, look for an asymmetric route, a full "
          + "table or a flush on reload", level: .note, needsAction: false)
    })

  /// From a service port, without SYN, with ACK or RST (a bare FIN is a probe).
  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    let flags = facts.flags
    guard facts.hasFlags, flags & Wire.syn == 0, flags & (Wire.ack | Wire.rst) != 0 else { return false }
    return facts.sourcePort < 1024 || facts.sourcePort == 8080 || facts.sourcePort == 8443
  }
}
