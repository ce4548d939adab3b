package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let srcPortLowDrop = Check(
  CheckMetadata(
    code: "SRC003", name: "src-port-low-drop", level: .warning, group: .sourcePort,
    summary: "clients are refused because their source port is below 1024",
    page: CheckPage(
      finds: """
        A rule that refuses a connection for its low source port, where the same connection from a high port is
        accepted.
        """,
      matters: """
        NAT devices and some programs use low source ports for ordinary clients (DNS, NTP, IKE, ssh); they cannot
        connect.
        """,
      decides: """
        Takes connections that strangers may open and sends the same SYN from ports 123 and 797.
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
                tcp sport 0-1023 drop
                tcp dport 443 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp sport 0 drop
                tcp dport 443 accept
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
            -A INPUT -p tcp -m tcp --sport 0:1023 -j DROP
            -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 443 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "No edit is offered.",
      ignoreWhen: """
        Services whose protocol demands low ports of peers, seen the other way round.
        """,
      notReported: "A drop of source port 0; drops that hit high ports as well.",
      checkByHand: "`nc -p 797 HOST PORT` as root from outside.",
      sources: "Firewall Forensics FAQ 1.9"))
) { context in
  var findings: [Finding] = []
  for flow in context.flows where flow.hook != .output && flow.isCarried {
    for port in [UInt16(123), 797] {
      var packet = flow.opener.trace.packet
      packet.sourcePort = port
      guard let judgement = context.judge(packet), judgement.isRefused else { continue }
      guard let rule = judgement.trace.decider.rule, context.tests(.sourcePort, rule) else { continue }
      let advice = "refuse source port 0 at most"
      findings.append(
        Finding(
          code: "SRC003", level: .warning, confidence: judgement.confidence,
          message: "connections are refused because their source port is low", primary: context.ruleset[rule].origin,
          labels: [Label("refuses source port \(port)", at: context.ruleset[rule].origin)], witness: judgement.trace,
          effect: "clients behind some NAT devices cannot connect, now and then",
          remedies: [Remedy(advice, expected: .widen, changes: [.advice(advice)])], subject: .rule(rule)))
    }
  }
  return firstOfEach(findings) { $0.subject }
}
