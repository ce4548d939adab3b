package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp4SourceQuenchAccepted = Check(
  CheckMetadata(
    code: "ICMP011", name: "icmp4-source-quench-accepted", level: .note, group: .icmp,
    summary: "a rule accepts ICMP source quench from anybody",
    page: CheckPage(
      finds: "A rule that names ICMP type 4 (source quench) and accepts it from strangers.",
      matters: """
        The message is deprecated: hosts must ignore it, and the only thing that it ever did was to slow a sender down
        on anybody's word.
        """,
      decides:
        "Sends an unsolicited source quench (conntrack state `invalid`) from an address that no rule singles out.",
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                icmp type { source-quench, echo-request } accept
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
            -A INPUT -p icmp -m icmp --icmp-type 4 -j ACCEPT
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
      fixSafety: "`narrow`: drops ICMP type 4 only.",
      ignoreWhen: "Always possible: Linux TCP ignores the message.",
      notReported: "Rules for all of ICMP; `related` accepts, which admit it only about own connections.",
      checkByHand: "`nft list ruleset | grep source-quench`",
      sources: "RFC 6633; Firewall Forensics FAQ 2.4 (reversed by RFC 6633)"))
) { context in
  AcceptedTypes(
    code: "ICMP011", level: .note, version: .v4, types: [4], state: .invalid,
    message: { _ in "deprecated ICMP source quench is accepted from anybody" },
    effect: "nothing needs this message any more; hosts must ignore it"
  ).findings(context)
}
