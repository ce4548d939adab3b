import CheckKit
import PacketLogs
import Packets

/// The kernel ignored a redirect, or a host ignores ours.
enum RedirectIgnored: SymptomKind {
  static let symptom = Symptom(
    name: "redirect-ignored", level: .note, codes: ["STATE016"], messages: [.redirectIgnored],
    conclude: { evidence in
      .note("ICMP redirects were sent or received in vain: two routers on one segment; a static route ends it")
    })
}
