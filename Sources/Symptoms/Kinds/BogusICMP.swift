import CheckKit
import PacketLogs
import Packets

/// ICMP errors that must not be.
enum BogusICMP: SymptomKind {
  static let symptom = Symptom(
    name: "bogus-icmp", level: .note, codes: [], messages: [.bogusICMP],
    conclude: { evidence in
      .note(
        "\(evidence.listing(evidence.sources)) answers broadcasts with ICMP errors: a faulty device; set "
          + "net.ipv4.icmp_ignore_bogus_error_responses to 1 to be rid of the message")
    })
}
