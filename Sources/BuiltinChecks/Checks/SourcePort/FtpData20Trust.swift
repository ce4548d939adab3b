package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let ftpData20Trust = Check(
  CheckMetadata(
    code: "SRC008", name: "ftp-data-20-trust", level: .error, group: .sourcePort,
    summary: "new TCP connections are accepted because they come from port 20",
    page: CheckPage(
      finds: """
        A rule that accepts new packets from strangers because of their source port (20, FTP data) and lets them reach
        any port.
        """,
      matters: """
        Anybody may connect from port 20. The rule, meant for active FTP, opens every port behind it. The FTP helper
        makes the data connection `related`, bound to the session that asked for it.
        """,
      decides: """
        Sends a new packet with that source port from an address that no rule singles out, to every destination port,
        and the same packet with another source port. Reported when the first is accepted and the second refused, and
        the destination ports are no short list.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp sport 20 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 21 accept
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
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --sport 20 --dport 1024:65535 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 21 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        `change`: answers pass by connection state; unasked packets are refused.
        """,
      ignoreWhen: "A stateless filter whose port list is bound to known addresses.",
      notReported: """
        `ct state established` in the rule; a short list of destination ports; accepts for a named address.
        """,
      checkByHand: "`nmap -g PORT -p 1-65535 HOST` from outside.",
      sources: "Firewall Forensics FAQ 1.1, 1.2 and 1.9; RFC 5452 for DNS"))
) { context in
  SourcePortTrust.findings(
    context, ports: [20], protocols: [IPProtocol.tcp], code: "SRC008", level: .error,
    what: "the source port is the sender's choice:")
}
