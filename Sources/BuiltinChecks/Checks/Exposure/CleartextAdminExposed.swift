package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let cleartextAdminExposed = Check(
  CheckMetadata(
    code: "EXPOSE003", name: "cleartext-admin-exposed", level: .error, group: .exposure,
    summary: "a clear-text administration service can be reached from anywhere",
    page: CheckPage(
      finds: """
        A rule that lets strangers connect to a clear-text administration service.
        """,
      matters: """
        Passwords and sessions cross the network in clear (telnet, rlogin, VNC, X11, TFTP); these ports are tried all
        day long.
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
                tcp dport 23 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                ip saddr 10.0.0.0/8 tcp dport 23 accept
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
            -A INPUT -p tcp -m tcp --dport 23 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 23 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        `narrow` where the outside interface is known: the ports are dropped there. Else no edit is offered.
        """,
      ignoreWhen: "A honeypot.",
      notReported: """
        Rules that name source addresses or an inside interface; rule sets that accept everything (STATE001, HYG013
        speak of those).
        """,
      checkByHand: "`nmap -p PORT HOST` from outside.",
      sources: "Firewall Forensics FAQ 1.1"))
) { context in
  ExposedPorts(
    code: "EXPOSE003", level: .error,
    tcp: [11, 23, 79, 98, 109, 512, 513, 514, 515, 600, 1524, 2323, 5900, 6000, 6001],
    udp: [69, 177], service: "a clear-text administration service",
    effect: "passwords are read on the way, and guessers try them all day long"
  ).findings(context)
}
