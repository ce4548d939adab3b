import CheckKit
import PacketLogs
import Packets

/// Resets that this host sends are dropped on their way out: what `reject with tcp reset` answers never arrives, so that
/// the clients wait as if it had been dropped.
enum RejectAnswerLost: SymptomKind {
  static let symptom = Symptom(
    name: "reject-answer-lost", level: .warning, codes: ["REJ001"],
    conclude: { evidence in
      let isIdent = evidence.sourcePorts.ordered.first?.key == 113
      var conclusion = Conclusion(
        "resets of this host to \(evidence.listing(evidence.destinations))\(evidence.sourcePortList) are dropped on their way "
          + "out: \(isIdent ? "servers that ask port 113" : "the clients") wait as if nothing had been answered",
        advice: "accept `ct state related` at output: what `reject` sends is in that state",
        repair: .accept(
          [.states([.related]), .transportProtocol(6)], title: "let the answers of `reject` out"))
      if isIdent { conclusion.name = "ident-reset-lost" }
      return conclusion
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.hook == .output && facts.hasFlags && facts.flags & (Wire.rst | Wire.syn) == Wire.rst
      && facts.outSide != .loopback && facts.sourcePort < facts.destinationPort
  }
}
