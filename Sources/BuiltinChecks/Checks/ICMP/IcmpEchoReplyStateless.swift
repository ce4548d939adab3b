package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmpEchoReplyStateless = Check(
  CheckMetadata(
    code: "ICMP017", name: "icmp-echo-reply-stateless", level: .warning, group: .icmp,
    summary: "echo replies that nobody asked for are accepted",
    page: CheckPage(
      finds: "A rule that names ICMP type 0 (ICMPv6 129) and accepts replies that answer no request of this side.",
      matters: """
        Unasked echo replies are the classic covert channel and the echo of spoofed floods. Real replies belong to a
        tracked request and come in as `established`.
        """,
      decides: "Sends an echo reply in conntrack state `invalid`, which is what the kernel calls an unasked one.",
      examples: [
        .init(
          .nft,
          bad: """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy drop;
                icmp type { echo-reply, echo-request } accept
                icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
                ct state established,related accept
              }
            }
            """,
          good: """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy drop;
                icmp type echo-request accept
                icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
                ct state established,related accept
              }
            }
            """),
        .init(
          .iptablesSave,
          bad: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p icmp -m icmp --icmp-type 0 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "`narrow`: drops echo replies that belong to no request, where `established` is accepted before.",
      ignoreWhen: "A filter without connection tracking.",
      notReported: """
        `icmp type echo-reply ct state established accept`; rule sets that drop `invalid` first; rules for all of ICMP.
        """,
      checkByHand: "`nping --icmp --icmp-type 0 HOST` and a trace on the host.",
      sources: "Firewall Forensics FAQ 2.0; conntrack states measured on Linux 6.18"))
) { context in
  // A filter without connection tracking has no other way to let replies in.
  let usesState = context.outlines.areNaming(.ctState)
  guard usesState else { return [] }
  let message: @Sendable (UInt8) -> String = { _ in "echo replies that nobody asked for are accepted" }
  let effect = "unasked echo replies are a classic covert channel; real ones come in as `established`"
  var findings: [Finding] = []
  for (version, type) in [(IPVersion.v4, UInt8(0)), (.v6, 129)] {
    findings += AcceptedTypes(
      code: "ICMP017", level: .warning, version: version, types: [type], state: .invalid, message: message,
      effect: effect
    ).findings(context).filter { finding in
      // A list of the types that RFC 4890 wants through is no rule about replies.
      guard version == .v6, case .rule(let rule) = finding.subject else { return true }
      return !context.singlesOut(1, rule) && !context.singlesOut(2, rule) && !context.singlesOut(135, rule)
    }
  }
  return firstOfEach(findings) { $0.subject }
}
