package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let databaseExposed = Check(
  CheckMetadata(
    code: "EXPOSE004", name: "database-exposed", level: .error, group: .exposure,
    summary: "a database can be reached from anywhere",
    page: CheckPage(
      finds: "A rule that lets strangers connect to a database.",
      matters: """
        Databases are found by scanners within hours; several of them need no password as installed.
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
                tcp dport 3306 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                ip saddr 10.0.0.0/8 tcp dport 3306 accept
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
            -A INPUT -p tcp -m tcp --dport 3306 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 3306 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        `narrow` where the outside interface is known: the ports are dropped there. Else no edit is offered.
        """,
      ignoreWhen: "A public, hardened database.",
      notReported: """
        Rules that name source addresses or an inside interface; rule sets that accept everything (STATE001, HYG013
        speak of those).
        """,
      checkByHand: "`nmap -p PORT HOST` from outside.",
      sources: "Firewall Forensics FAQ 1.1 (1433, 1434), 11.2 and 11.3"))
) { context in
  ExposedPorts(
    code: "EXPOSE004", level: .error, tcp: [1433, 1521, 3306, 5432, 6379, 9200, 27017],
    udp: [1434, 11211], service: "a database", effect: "scanners find the database within hours and read or encrypt it"
  ).findings(context)
}
