import CheckKit
import PacketLogs
import Packets

/// IPv4 packets with other options.
enum IPOptionsDrop: SymptomKind {
  static let symptom = Symptom(
    name: "ip-options-drop", level: .note, codes: ["OPT003", "OPT004"], threshold: Threshold(3, in: 3600),
    conclude: { evidence in
      .note(
        "packets with IP options from \(evidence.listing(evidence.sources)): router alert (IGMP, RSVP), record route "
          + "(ping -R), timestamp or security labels")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    !record.packet.optionKinds.isEmpty
  }
}
