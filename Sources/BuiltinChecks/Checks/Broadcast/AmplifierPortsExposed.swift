package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let amplifierPortsExposed = Check(
  CheckMetadata(
    code: "BCAST005", name: "amplifier-ports-exposed", level: .error, group: .broadcast,
    summary: "a service that amplifies floods can be reached from anywhere",
    page: CheckPage(
      finds: """
        A rule that lets strangers connect to a service that amplifies floods.
        """,
      matters: """
        A forged UDP request draws a much larger answer onto a victim; the box becomes a weapon against others.
        """,
      decides: """
        Cuts new packets of an address that no rule singles out by destination port, at input and forward. Reported
        where a rule made for a few ports accepts one of these, on an interface that is outside or on any. Without
        host facts that name the zones the finding is `likely`.
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
                udp dport 19 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                ip saddr 10.0.0.0/8 udp dport 19 accept
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
            -A INPUT -p udp -m udp --dport 19 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -s 10.0.0.0/8 -p udp -m udp --dport 19 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        `narrow` where the outside interface is known: the ports are dropped there. Else no edit is offered.
        """,
      ignoreWhen: "Hardly ever: name the clients.",
      notReported: """
        Rules that name source addresses or an inside interface; rule sets that accept everything (STATE001, HYG013
        speak of those).
        """,
      checkByHand: "`nmap -p PORT HOST` from outside.",
      sources: "US-CERT TA14-017A; Firewall Forensics FAQ 1.1 (7, 19) and 5.4"))
) { context in
  ExposedPorts(
    code: "BCAST005", level: .error, tcp: [],
    udp: [7, 17, 19, 389, 1900, 3702, 5353], service: "a service that amplifies floods",
    effect: "floods against others are sent through this host"
  ).findings(context)
}
