package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp4RouterDiscoveryAccepted = Check(
  CheckMetadata(
    code: "ICMP015", name: "icmp4-router-discovery-accepted", level: .note, group: .icmp,
    summary: "a rule accepts ICMP router advertisements or solicitations from anybody",
    page: CheckPage(
      finds: "A rule that names ICMP type 9 or 10 (IPv4 router discovery) and accepts it from strangers.",
      matters: "A forged advertisement makes the sender the default gateway of hosts that listen to it.",
      decides: "Sends each message (conntrack state `invalid`) from an address that no rule singles out.",
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                icmp type { router-advertisement, echo-request } accept
                ct state established,related accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                icmp type echo-request accept
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
            -A INPUT -p icmp -m icmp --icmp-type 9 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "`narrow`: drops the named type only.",
      ignoreWhen: "The link uses ICMP router discovery (IRDP) and its neighbours are trusted.",
      notReported: "Rule sets that drop state `invalid` first; rules for all of ICMP.",
      checkByHand: "`nft list ruleset | grep router-`",
      sources: "Firewall Forensics FAQ 2 (type 9); conntrack states measured on Linux 6.18"))
) { context in
  AcceptedTypes(
    code: "ICMP015", level: .note, version: .v4, types: [9, 10], state: .invalid, hooks: [.input],
    message: { "ICMP router discovery (type \($0)) is accepted from anybody" },
    effect: "a forged advertisement makes its sender the default gateway of hosts that listen"
  ).findings(context)
}
