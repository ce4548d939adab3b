import CheckKit
import PacketLogs
import Packets

/// Fragments are refused: the rule stands before the connection tracker puts them together.
enum FragmentDrop: SymptomKind {
  static let symptom = Symptom(
    name: "fragment-drop", level: .warning, codes: ["OPT011", "OPT009"], threshold: Threshold(3, in: 600),
    conclude: { evidence in
      Conclusion(
        "fragments from \(evidence.listing(evidence.sources)) are refused: large UDP answers (DNS, IKE, NFS) are lost; "
          + "that fragments are seen at all shows that nothing puts them together before this rule",
        advice: "let connection tracking defragment (a rule that uses `ct`), and remove the rule that drops fragments")
    })

  @inline(__always) static func matches(_ record: LogRecord, _ facts: LineFacts) -> Bool {
    record.packet.has(.moreFragments) || record.packet.has(.incomplete)
      || (record.packet.has(.fragment) && record.packet.fragmentOffset > 0)
  }
}
