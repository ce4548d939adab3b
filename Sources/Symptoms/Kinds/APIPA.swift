import CheckKit
import PacketLogs
import Packets

/// Hosts that made up their own address, since no DHCP server answered them.
enum APIPA: SymptomKind {
  static let symptom = Symptom(
    name: "apipa", level: .note, codes: ["SPOOF009"],
    conclude: { evidence in
      .note(
        "packets from 169.254.0.0/16 on \(evidence.topInterface): hosts there got no DHCP lease; if the DHCP server is "
          + "yours, look for its refused packets")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    !facts.isV6 && facts.source == .linkLocal
  }
}
