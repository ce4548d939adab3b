import CheckKit
import PacketLogs
import Packets

/// The connection tracker says why it calls a segment invalid.
enum ConntrackInvalidWindow: SymptomKind {
  static let symptom = Symptom(
    name: "conntrack-invalid-window", level: .note, codes: ["STATE004"], messages: [.conntrackInvalid],
    conclude: { evidence in
      Conclusion(
        "connection tracking calls TCP segments invalid (window or state): an asymmetric route, a box that rewrites "
          + "windows, or retransmissions",
        advice: "rule out an asymmetric route first; only then set net.netfilter.nf_conntrack_tcp_be_liberal to 1",
        level: .note)
    })
}
