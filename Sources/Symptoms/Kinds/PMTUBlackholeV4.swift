import CheckKit
import PacketLogs
import Packets

/// ICMP "fragmentation needed" for flows of ours is refused: they hang on the first full-size packet.
enum PMTUBlackholeV4: SymptomKind {
  static let symptom = Symptom(
    name: "pmtu-blackhole-v4", level: .error, codes: ["ICMP001", "ICMP002", "ICMP003", "ICMP009"],
    conclude: { evidence in
      var text = "path-MTU messages (ICMP type 3 code 4) about \(evidence.flows) are refused"
      if let mtu = evidence.leastMTU {
        text += mtu == 0 ? "; they give no MTU (an old router)" : "; the path takes \(mtu) bytes"
      }
      text += ": connections open, then hang on the first full-size packet"
      if let mtu = evidence.leastMTU, mtu > 0, mtu < 552 {
        text += "; an MTU below 552 is suspect (RFC 5927): check that it is not forged"
      }
      return Conclusion(
        text, advice: "accept ICMP errors of tracked flows (`ct state related`) before the rule that refuses them",
        repair: .accept([.states([.related]), .anyICMP], title: "accept ICMP errors that belong to tracked flows"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    !facts.isV6 && facts.icmpType == 3 && facts.icmpCode == 4 && !facts.isLeaving
  }
}

extension Evidence {
  /// The flows that the quoted packets belong to, as words.
  var flows: String {
    peers.used == 0 ? "\(count) packet\(count == 1 ? "" : "s")" : "connections to \(listing(peers))"
  }
}
