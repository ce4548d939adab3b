import CheckKit
import PacketLogs
import Packets

/// Clients that try the same port again and again: a service that is expected there. Found by `Aggregator.retriedPorts`.
enum ServiceShut: SymptomKind {
  static let symptom = Symptom(
    name: "service-shut", level: .warning, codes: [], threshold: Threshold(3, in: 600),
    conclude: { evidence in
      guard let port = evidence.topPort else { return nil }
      let number = evidence.hasManySources ? "many" : "\(evidence.sourceCount)"
      return Conclusion(
        "\(number) host\(evidence.sourceCount == 1 ? "" : "s") (\(evidence.listing(evidence.sources))) "
          + "tr\(evidence.sourceCount == 1 ? "ies" : "y") TCP port \(port) again and again at the distances of "
          + "retransmission: clients that wait for a service",
        advice:
          "if a service is meant to run on that port accept it; if not, reject with a reset so that they fail at once")
    })
}
