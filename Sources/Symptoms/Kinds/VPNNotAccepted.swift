import CheckKit
import PacketLogs
import Packets

/// Packets of tunnels are refused.
enum VPNNotAccepted: SymptomKind {
  static let symptom = Symptom(
    name: "vpn-not-accepted", level: .note, codes: ["EXPOSE013"], threshold: Threshold(3, in: 3600),
    conclude: { evidence in
      let isTunnel = evidence.interfaces.ordered.contains { InterfaceSides.isTunnel($0.key) }
      return Conclusion(
        "packets of tunnels (ESP, AH, GRE, IKE, OpenVPN or WireGuard) from \(evidence.listing(evidence.sources)) are refused",
        advice: "if a tunnel ends here, accept its packets from its peers; else nothing",
        level: isTunnel ? .warning : .note,
        needsAction: isTunnel)
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    switch facts.transportProtocol {
    case Wire.esp, Wire.ah, Wire.gre: true
    case Wire.udp:
      facts.destinationPort == 500 || facts.destinationPort == 4500 || facts.destinationPort == 1194
        || facts.destinationPort == 51820
    default: false
    }
  }
}
