import CheckKit
import PacketLogs
import Packets

/// IPv4 packets with a source route.
enum SourceRouteDrop: SymptomKind {
  static let symptom = Symptom(
    name: "source-route-drop", level: .note, codes: ["OPT001", "OPT002"], messages: [.sourceRouteOption],
    conclude: { evidence in
      if evidence.byHook.forward > 0 {
        return Conclusion(
          "source-routed packets from \(evidence.listing(evidence.sources)) reach the forward hook: the kernel accepts "
            + "source routes here",
          advice: "set net.ipv4.conf.all.accept_source_route to 0", level: .error,
          repair: .sysctl(
            key: "net.ipv4.conf.all.accept_source_route", value: "0", title: "do not accept source routes"))
      }
      return .note("source-routed packets from \(evidence.listing(evidence.sources)) were refused, which is right")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    let kinds = record.packet.optionKinds
    return !kinds.isDisjoint(with: [.looseSourceRoute, .strictSourceRoute])
  }
}
