import CheckKit
import PacketLogs
import Packets

/// Traffic of containers or virtual machines is refused.
enum DockerBridge: SymptomKind {
  static let symptom = Symptom(
    name: "docker-bridge", level: .warning, codes: ["COEX001", "HYG011"], threshold: Threshold(3, in: 3600),
    conclude: { evidence in
      Conclusion(
        "traffic of containers or virtual machines (\(evidence.topInterface)\(evidence.portList)) is refused",
        advice: "accept forwarding for that bridge (Docker: rules in DOCKER-USER), or check the policy of FORWARD",
        repair: .none)
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.inSide == .container || facts.outSide == .container || !record.physicalIn.isEmpty
  }
}
