import CheckKit
import PacketLogs
import Packets

/// The DHCP server's own answers to this host are refused.
enum DHCPv4Renewal: SymptomKind {
  static let symptom = Symptom(
    name: "dhcpv4-renewal-dropped", level: .warning, codes: ["EXPOSE009"], threshold: Threshold(2, in: 3600),
    conclude: { evidence in
      Conclusion(
        "answers of the DHCP server \(evidence.listing(evidence.sources)) to a host here are refused: the lease runs out "
          + "(or a rogue server answers, if it is not yours)",
        advice: "if that is the right server accept UDP port 67 to 68 from it",
        repair: .accept(
          [.transportProtocol(17), .sourcePort(67...67), .destinationPort(68...68)], title: "accept DHCP answers"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    !facts.isV6 && facts.sourcePort == 67 && facts.destinationPort == 68 && facts.destination != .broadcast
  }
}
