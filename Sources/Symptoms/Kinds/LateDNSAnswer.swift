import CheckKit
import PacketLogs
import Packets

/// Answers of name servers that arrive after the connection tracker has forgotten the question; floods are reflection.
enum LateDNSAnswer: SymptomKind {
  static let symptom = Symptom(
    name: "late-dns-answer", level: .note, codes: ["STATE002", "SRC001"], threshold: Threshold(2, in: 3600),
    conclude: { evidence in
      if evidence.sources.isApproximate {
        var conclusion = Conclusion(
          "answers from port 53 of many hosts that were not asked: reflection, or an attempt to poison the cache",
          advice: "nothing to open here; ask the provider to filter, and let the resolver use random source ports "
            + "(RFC 5452)", level: .note, needsAction: false)
        conclusion.name = "dns-poison-or-reflection"
        return conclusion
      }
      return Conclusion(
        "DNS answers from \(evidence.listing(evidence.sources)) come after connection tracking has forgotten the "
          + "question (30 s), or without an established accept in the rules",
        advice: "a few of them: make the resolver faster or shorten its retries; if it is every answer, accept "
          + "`ct state established`; never accept UDP by source port 53",
        level: evidence.count >= 50 ? .warning : .note,
        repair: .accept([.states([.established, .related])], title: "accept packets of established flows"))
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    facts.sourcePort == 53 && facts.destinationPort >= 1024 && !facts.isLeaving
  }
}
