package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let smbNetbiosExposed = Check(
  CheckMetadata(
    code: "EXPOSE001", name: "smb-netbios-exposed", level: .error, group: .exposure,
    summary: "file sharing of Windows (SMB, NetBIOS, RPC) can be reached from anywhere",
    page: CheckPage(
      finds: """
        A rule that lets strangers connect to file sharing of Windows (SMB, NetBIOS, RPC).
        """,
      matters: """
        These services are made for trusted networks; worms and ransomware spread through them.
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
                tcp dport 445 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                ip saddr 10.0.0.0/8 tcp dport 445 accept
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
            -A INPUT -p tcp -m tcp --dport 445 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 445 -j ACCEPT
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
      sources: "Firewall Forensics FAQ 1.1, 10 and 11.1"))
) { context in
  ExposedPorts(
    code: "EXPOSE001", level: .error, tcp: [135, 139, 445, 593],
    udp: [135, 137, 138], service: "file sharing of Windows (SMB, NetBIOS, RPC)",
    effect: "worms and password guessers reach the file shares"
  ).findings(context)
}
