import CheckKit
import PacketLogs
import Packets

/// Expectations or ports for address translation have run out.
enum NATExhausted: SymptomKind {
  static let symptom = Symptom(
    name: "nat-exhausted", level: .error, codes: ["STATE007"], messages: [.expectationsFull, .natExhausted],
    conclude: { evidence in
      Conclusion(
        "the table of expected connections or the ports for address translation are used up: data connections of FTP, SIP "
          + "and the like, or new translated connections, fail",
        advice:
          "raise net.netfilter.nf_conntrack_expect_max; check which helper fills it; add addresses for translation")
    })
}
