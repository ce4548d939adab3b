import CheckKit
import PacketLogs
import Packets

/// Packets whose source cannot come by that interface, as the routes say.
enum MartianSource: SymptomKind {
  static let symptom = Symptom(
    name: "martian-source", level: .warning, codes: ["SPOOF003"], messages: [.martianSource, .martianDestination],
    conclude: { evidence in
      let device = evidence.devices.first.map { " on \($0)" } ?? ""
      return Conclusion(
        "packets from \(evidence.listing(evidence.sources)) to \(evidence.listing(evidence.destinations)) came in\(device), "
          + "where the route back does not lead (martian source): dropped by rp_filter, forged or asymmetric",
        advice:
          "if the sender is legitimate (two uplinks, VPN), fix the routes or set net.ipv4.conf.<interface>.rp_filter to 2; "
          + "else nothing")
    })
}
