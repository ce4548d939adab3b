import CheckKit
import PacketLogs
import Packets

/// A device was given a smaller MTU than it takes.
enum MTUMessages: SymptomKind {
  static let symptom = Symptom(
    name: "mtu-messages", level: .note, codes: ["ICMP020"], messages: [.mtuBelowMinimum],
    conclude: { evidence in
      Conclusion(
        "\(evidence.devices.first ?? "a device") was given an MTU below its minimum",
        advice: "check the MTU of the tunnel, and clamp the MSS of forwarded TCP", level: .note)
    })
}
