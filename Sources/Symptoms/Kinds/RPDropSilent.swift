import CheckKit
import PacketLogs
import Packets

/// The kernel's counter of packets dropped by rp_filter has grown, and no line tells of them (`nstat -az`).
enum RPDropSilent: SymptomKind {
  static let symptom = Symptom(
    name: "rp-drop-silent", level: .warning, codes: ["SPOOF003", "SPOOF011"], messages: [.reversePathCounter],
    conclude: { evidence in
      Conclusion(
        "\(evidence.leftOut) packets were dropped because the route back to their sender leaves by another interface "
          + "(rp_filter), without a line in the log",
        advice:
          "set net.ipv4.conf.all.log_martians to 1 to see them; if the senders are legitimate, set rp_filter to 2 "
          + "or fix the routes",
        repair: .sysctl(key: "net.ipv4.conf.all.log_martians", value: "1", title: "log what rp_filter drops"))
    })
}
