import CheckKit
import Knowledge
import PacketLogs
import Packets

/// Everything unsolicited that no other symptom takes: probes; judged by source in `ProbeTable`.
enum ScanClasses: SymptomKind {
  static let symptom = Symptom(
    name: "scan-classes", level: .note, codes: [], isNoise: true,
    conclude: { evidence in
      var conclusion = Conclusion.note(
        "single unsolicited packets from \(evidence.listing(evidence.sources))\(namedPorts(evidence)): the probes that every "
          + "address on the Internet gets")
      conclusion.name = "probes"
      return conclusion
    })

  /// The busiest ports with what is usually found there, as a guess: any program may use any port.
  private static func namedPorts(_ evidence: Evidence) -> String {
    let all = evidence.ports.ordered
    guard !all.isEmpty else { return "" }
    let shown = all.prefix(4).map { entry in
      let name = Knowledge.service(at: entry.key, nil).map { " \($0.name)" } ?? ""
      return "\(entry.key)\(name)"
    }
    return " (port\(all.count == 1 ? "" : "s") \(shown.joined(separator: ", "))\(all.count > 4 ? " and others" : ""))"
  }

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    true
  }
}
