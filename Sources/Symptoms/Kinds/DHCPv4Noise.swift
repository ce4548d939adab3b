import CheckKit
import PacketLogs
import Packets

/// DHCP of neighbours, seen because it is broadcast.
enum DHCPv4Noise: SymptomKind {
  static let symptom = Symptom(
    name: "dhcpv4-noise", level: .note, codes: ["EXPOSE009"], isNoise: true,
    conclude: { evidence in
      Conclusion(
        "DHCP messages on \(evidence.topInterface): hosts on the segment ask for or get addresses",
        advice: "nothing, unless this host is the DHCP server; then accept UDP port 68 to 67", level: .note,
        needsAction: false)
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    !facts.isV6
      && ((facts.sourcePort == 68 && facts.destinationPort == 67)
        || (facts.sourcePort == 67 && facts.destinationPort == 68 && facts.destination == .broadcast))
  }
}
