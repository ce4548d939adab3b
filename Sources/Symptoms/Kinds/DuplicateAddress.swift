import CheckKit
import PacketLogs
import Packets

/// Another host has the same IPv6 address.
enum DuplicateAddress: SymptomKind {
  static let symptom = Symptom(
    name: "nic-duplicate-address", level: .warning, codes: ["IP6001"], messages: [.duplicateAddress],
    conclude: { evidence in
      Conclusion(
        "a duplicate IPv6 address was detected on \(evidence.devices.first ?? "an interface"): another host has it, or "
          + "neighbour discovery is half filtered",
        advice: "find the other host, or accept ICMPv6 135 and 136")
    })
}
