import CheckKit
import PacketLogs
import Packets

/// This host's own packets, or those of hosts behind it to the Internet, are refused.
enum OutputDropped: SymptomKind {
  static let symptom = Symptom(
    name: "output-dropped", level: .warning, codes: ["REJ007"], threshold: Threshold(3, in: 3600),
    conclude: { evidence in
      let place =
        evidence.byHook.output >= evidence.byHook.forward ? "this host's own packets" : "packets on their way out"
      let one = evidence.ports.ordered.first
      let isOne = one.map { $0.count * 10 > evidence.count * 8 } ?? false
      if let port = one?.key, isOne, [23, 2323, 445, 1434, 6667].contains(port), evidence.destinations.isApproximate {
        var conclusion = Conclusion(
          "\(evidence.listing(evidence.sources)) inside tries port \(port) of many hosts outside and is refused: the habit "
            + "of a worm or bot", advice: "look at that host; keep the rule", level: .warning)
        conclusion.name = "infected-host-egress"
        return conclusion
      }
      let udp53 = isOne && one?.key == 53 && evidence.retransmissions == 0
      var text = "\(place) to \(evidence.listing(evidence.destinations))\(evidence.portList) are refused"
      if evidence.retransmissions > 0 { text += "; the programs wait and try again" }
      if let adware = adware(evidence, port: isOne ? one?.key : nil) { return adware }
      if udp53 {
        var conclusion = Conclusion(
          "questions to the name servers \(evidence.listing(evidence.destinations)) are refused on their way out: every "
            + "look-up waits for its timeout",
          advice: "accept UDP and TCP 53 to your resolvers", level: .error)
        conclusion.name = "dns-refused"
        return conclusion
      }
      return Conclusion(
        text,
        advice: isOne
          ? "accept it if it is wanted; else reject it instead of dropping, so that programs fail at once"
          : "reject instead of drop towards the Internet, so that programs fail at once; look which of them are wanted",
        repair: .none)
    })

  /// One host that tries one port outside more than once a second, or the port of an old advertising program.
  private static func adware(_ evidence: Evidence, port: UInt16?) -> Conclusion? {
    guard let port, let first = evidence.first, let last = evidence.last, evidence.sourceCount == 1 else { return nil }
    let isFast = evidence.count >= 20 && Double(evidence.count) > max(last - first, 1)
    guard isFast || port == 17027 else { return nil }
    var conclusion = Conclusion(
      "\(evidence.listing(evidence.sources)) inside tries port \(port) of \(evidence.listing(evidence.destinations)) "
        + "\(isFast ? "more than once a second" : "again and again"), and is dropped each time: a program that does not give "
        + "up, such as adware",
      advice: "reject instead of dropping, so that it fails at once; look at that host", level: .warning)
    conclusion.name = "adware-egress"
    return conclusion
  }

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.isLeaving
  }
}
