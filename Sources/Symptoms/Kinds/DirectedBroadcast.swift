import CheckKit
import PacketLogs
import Packets

/// Packets to a broadcast address from elsewhere: a smurf or fraggle probe. At forward it means that this router
/// passes directed broadcasts on.
enum DirectedBroadcast: SymptomKind {
  static let symptom = Symptom(
    name: "directed-broadcast", level: .note, codes: ["BCAST001", "BCAST002", "BCAST005"],
    conclude: { evidence in
      if evidence.byHook.forward > 0 {
        var conclusion = Conclusion(
          "packets to broadcast addresses (\(evidence.listing(evidence.destinations))) reach the forward hook: this router "
            + "passes directed broadcasts on and can be used to amplify attacks; the source is the victim",
          advice: "set net.ipv4.conf.*.bc_forwarding to 0", level: .error,
          repair: .sysctl(
            key: "net.ipv4.conf.all.bc_forwarding", value: "0", title: "do not forward directed broadcasts"))
        conclusion.name = "directed-broadcast-amplify"
        return conclusion
      }
      return .note(
        "pings or echo/chargen packets to broadcast addresses (\(evidence.listing(evidence.destinations))): someone looks "
          + "for amplifiers (smurf, fraggle); refusing them is right")
    })

  /// A forwarded line has no broadcast MAC; the last byte 255 or 0 tells for the usual sizes of networks.
  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    guard !facts.isV6 else { return false }
    let isProbe = facts.isEcho || facts.destinationPort == 7 || facts.destinationPort == 19
    guard isProbe, facts.destination != .broadcast else { return false }
    if facts.isBroadcastFrame && facts.hook == .input { return true }
    let last = UInt8(truncatingIfNeeded: record.packet.destination)
    return facts.hook == .forward && facts.transportProtocol != Wire.tcp && (last == 255 || last == 0)
  }
}
