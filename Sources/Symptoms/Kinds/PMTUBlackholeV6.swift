import CheckKit
import PacketLogs
import Packets

/// ICMPv6 "packet too big" for flows of ours is refused.
enum PMTUBlackholeV6: SymptomKind {
  static let symptom = Symptom(
    name: "pmtu-blackhole-v6", level: .error, codes: ["ICMP005", "ICMP006", "ICMP009"],
    conclude: { evidence in
      var text = "packet-too-big messages (ICMPv6 type 2) about \(evidence.flows) are refused"
      if let mtu = evidence.leastMTU {
        text += mtu < 1280 ? "; an MTU of \(mtu) is not possible in IPv6: forged" : "; the path takes \(mtu) bytes"
      }
      text += ": connections open, then hang, since IPv6 routers never fragment"
      return Conclusion(
        text, advice: "accept ICMPv6 type 2 (packet-too-big) before the rule that refuses it",
        repair: .accept([.icmpv6(type: 2)], title: "accept ICMPv6 packet-too-big"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isV6 && facts.icmpType == 2 && !facts.isLeaving
  }
}
