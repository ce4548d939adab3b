package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmpDeprecatedTypesAccepted = Check(
  CheckMetadata(
    code: "ICMP014", name: "icmp-deprecated-types-accepted", level: .note, group: .icmp,
    summary: "a rule accepts ICMP timestamp, information or address mask requests from anybody",
    page: CheckPage(
      finds: "A rule that names ICMP type 13, 15 or 17 (timestamp, information, address mask request) and accepts it.",
      matters: "Nothing needs these messages today; the timestamp tells a stranger the host's clock.",
      decides: "Sends each request (conntrack state `new`) from an address that no rule singles out.",
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                icmp type { echo-request, timestamp-request } accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                icmp type echo-request accept
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
            -A INPUT -p icmp -m icmp --icmp-type 17 -j ACCEPT
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
      fixSafety: "`narrow`: drops the named type only.",
      ignoreWhen: "A monitoring system measures clocks by ICMP timestamps; then name its address.",
      notReported: "Rules for all of ICMP; accepts that name a source address.",
      checkByHand: "`nping --icmp --icmp-type 13 HOST`",
      sources: "RFC 6918; conntrack states measured on Linux 6.18"))
) { context in
  AcceptedTypes(
    code: "ICMP014", level: .note, version: .v4, types: [13, 15, 17], state: .new,
    message: { "deprecated ICMP type \($0) requests are accepted from anybody" },
    effect: "nothing needs these messages today; the timestamp tells a stranger the host's clock"
  ).findings(context)
}
