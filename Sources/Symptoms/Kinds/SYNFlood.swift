import CheckKit
import PacketLogs
import Packets

/// The queue of half-open connections of a port was full.
enum SYNFlood: SymptomKind {
  static let symptom = Symptom(
    name: "syn-flood", level: .warning, codes: ["STATE015"], messages: [.synFloodCookies, .synFloodDropping],
    conclude: { evidence in
      let port = evidence.topPort.map { " on port \($0)" } ?? ""
      if evidence.kinds.contains(.synFloodDropping) {
        return Conclusion(
          "more connection attempts\(port) than the queue holds, and they were dropped: SYN cookies are off",
          advice: "set net.ipv4.tcp_syncookies to 1", level: .error,
          repair: .sysctl(key: "net.ipv4.tcp_syncookies", value: "1", title: "use SYN cookies"))
      }
      return Conclusion(
        "more connection attempts\(port) than the queue holds; SYN cookies were sent: a flood, or simply load",
        advice: "if it is load, raise net.core.somaxconn and the backlog of the program")
    })
}
