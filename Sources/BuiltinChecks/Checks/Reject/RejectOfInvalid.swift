package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let rejectOfInvalid = Check(
  CheckMetadata(
    code: "REJ005", name: "reject-of-invalid", level: .warning, group: .reject,
    summary: "a TCP packet that conntrack calls invalid meets a reject with tcp reset",
    page: CheckPage(
      finds: "A reject with TCP reset that late or out-of-window segments of live connections can reach.",
      matters: """
        Conntrack calls a delayed or duplicated segment `invalid` now and then. The reset that answers it kills the
        connection that it belongs to: downloads and sessions break off at random.
        """,
      decides:
        "Sends an ACK segment in conntrack state `invalid` to a port that is open to strangers, or to an unused one.",
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                tcp dport 443 ct state new accept
                meta l4proto tcp reject with tcp reset
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                ct state invalid drop
                tcp dport 443 ct state new accept
                meta l4proto tcp reject with tcp reset
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
            -A INPUT -p tcp -m tcp --dport 443 -m conntrack --ctstate NEW -j ACCEPT
            -A INPUT -p tcp -j REJECT --reject-with tcp-reset
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -m conntrack --ctstate INVALID -j DROP
            -A INPUT -p tcp -m tcp --dport 443 -m conntrack --ctstate NEW -j ACCEPT
            -A INPUT -p tcp -j REJECT --reject-with tcp-reset
            COMMIT
            """),
      ],
      fixSafety: "`response`: the same packets are refused, in silence.",
      ignoreWhen: "A filter without connection tracking.",
      notReported: "Rule sets that drop `invalid` first; rejects with ICMP errors; rejects for `new` only.",
      checkByHand: "`conntrack -S` (the counter invalid); `nstat -az TcpExtTCPAbortOnData`",
      sources: "iptables-extensions(8), REJECT; RFC 3360"))
) { context in
  var findings: [Finding] = []
  for version in IPVersion.allCases {
    for flow in context.flows where flow.version == version && flow.isCarried && flow.hook != .output {
      guard let data = flow.data else { continue }
      var packet = data.trace.packet
      packet.state = .invalid
      guard let judgement = context.judge(packet), case .reject(.tcpReset) = judgement.trace.outcome else { continue }
      guard let rule = judgement.trace.decider.rule else { continue }
      findings.append(
        Finding(
          code: "REJ005", level: .warning, confidence: judgement.confidence,
          message: "segments that conntrack calls `invalid` are answered with a reset, which kills live connections",
          primary: context.ruleset[rule].origin,
          labels: [Label("answers with a reset", at: context.ruleset[rule].origin)],
          witness: judgement.trace,
          effect: "downloads and sessions break off at random when a segment comes late or twice",
          remedies: [
            Remedy(
              "drop `invalid` before the reject", expected: .response,
              changes: [.insert(NewRule([.states([.invalid])], .drop), .before(rule))])
          ], subject: .rule(rule)))
    }
  }
  return firstOfEach(findings) { $0.subject }
}
