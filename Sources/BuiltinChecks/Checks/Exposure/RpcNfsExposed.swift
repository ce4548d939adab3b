package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let rpcNfsExposed = Check(
  CheckMetadata(
    code: "EXPOSE002", name: "rpc-nfs-exposed", level: .error, group: .exposure,
    summary: "NFS or portmapper can be reached from anywhere",
    page: CheckPage(
      finds: "A rule that lets strangers connect to NFS or portmapper.",
      matters: """
        The portmapper tells strangers what runs here and amplifies floods; NFS trusts the client's word about users.
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
                tcp dport 2049 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                ip saddr 10.0.0.0/8 tcp dport 2049 accept
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
            -A INPUT -p tcp -m tcp --dport 2049 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 2049 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        `narrow` where the outside interface is known: the ports are dropped there. Else no edit is offered.
        """,
      ignoreWhen: "NFSv4 with Kerberos.",
      notReported: """
        Rules that name source addresses or an inside interface; rule sets that accept everything (STATE001, HYG013
        speak of those).
        """,
      checkByHand: "`nmap -p PORT HOST` from outside.",
      sources: "Firewall Forensics FAQ 1.1 (111, 635, 2049, 32770) and 7.3"))
) { context in
  ExposedPorts(
    code: "EXPOSE002", level: .error, tcp: [111, 635, 2049, 20048],
    udp: [111, 635, 2049, 20048], service: "NFS or portmapper",
    effect: "files can be read by whoever claims the right user number"
  ).findings(context)
}
