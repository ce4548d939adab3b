import CheckKit
import PacketLogs
import Packets

/// Several hosts try one port again and again: clients of a service that the rules shut out.
enum ServiceShut: SymptomKind {
  static let symptom = Symptom(
    name: "service-shut", level: .warning, codes: [], threshold: Threshold(3, in: 600),
    conclude: { evidence in
      guard evidence.sourceCount >= 3, let port = evidence.topPort else { return nil }
      return Conclusion(
        "\(evidence.hasManySources ? "many" : "\(evidence.sourceCount)") hosts (\(evidence.listing(evidence.sources))) "
          + "try TCP port \(port) again and again at the distances of retransmission: clients that wait for a service",
        advice:
          "if a service is meant to run on that port accept it; if not, reject with a reset so that they fail at once")
    })
}
