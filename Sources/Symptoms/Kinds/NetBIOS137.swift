import CheckKit
import PacketLogs
import Packets

/// NetBIOS names and datagrams: Windows and Samba looking round, on the segment or at strangers.
enum NetBIOS137: SymptomKind {
  static let symptom = Symptom(
    name: "netbios-137", level: .note, codes: ["EXPOSE001"], isNoise: true,
    conclude: { evidence in
      if evidence.leaving > 0 {
        return Conclusion(
          "NetBIOS names (UDP 137/138) are on their way out to \(evidence.listing(evidence.destinations)): names and "
            + "workgroup leak to strangers",
          advice: "reject UDP 137–138 and TCP 139, 445 towards the Internet, without a log", level: .note)
      }
      return .note(
        "NetBIOS name and datagram packets (UDP 137/138) from \(evidence.listing(evidence.sources)): Windows or Samba "
          + "asking for names; no attack")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.destinationPort == 137 || facts.destinationPort == 138
  }
}
