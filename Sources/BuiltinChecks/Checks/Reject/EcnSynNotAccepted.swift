package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let ecnSynNotAccepted = Check(
  CheckMetadata(
    code: "REJ008", name: "ecn-syn-not-accepted", level: .note, group: .reject,
    summary: "a SYN with ECN bits is refused where a plain SYN is accepted",
    page: CheckPage(
      finds:
        "A rule that compares all TCP flags with SYN, so that a SYN that offers ECN (bits ECE and CWR) does not match.",
      matters: "Clients with ECN switched on cannot connect, or only after a delay when they retry without it.",
      decides: "Takes connections that the rules let open and sends the same SYN with ECE and CWR set.",
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                tcp flags == syn tcp dport 443 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                tcp flags & (fin | syn | rst | ack) == syn tcp dport 443 accept
              }
            }
            """)
      ],
      fixSafety: "No edit is offered: mask the flags with `& (fin | syn | rst | ack)`.",
      ignoreWhen: "No client offers ECN.",
      notReported: "`tcp flags & (fin|syn|rst|ack) == syn`; `tcp flags syn`, which tests one bit; iptables `--syn`.",
      checkByHand: "`sysctl net.ipv4.tcp_ecn=1` on a client, then connect.",
      sources: "RFC 3168; RFC 3360; measured on Linux 6.18"))
) { context in
  var findings: [Finding] = []
  for flow in context.flows {
    var packet = flow.opener.trace.packet
    packet.tcpFlags = TCPFlag.syn | TCPFlag.ece | TCPFlag.cwr
    guard let judgement = context.judge(packet), judgement.isRefused else { continue }
    guard let place = context.range(of: judgement.trace.decider) else { continue }
    var primary = place
    var labels: [Label] = []
    if let rule = flow.opener.trace.acceptingRule, let match = context.match(on: .tcpFlags, in: rule) {
      primary = .init(range: match.range, subject: .rule(rule))
      labels.append(Label("1: compares all flags, so a SYN that offers ECN does not match", at: match.range))
    }
    if let label = context.label(labels.count + 1, at: judgement.trace, "so it is ") { labels.append(label) }
    let advice = "mask the flags: `tcp flags & (fin | syn | rst | ack) == syn`"
    findings.append(
      Finding(
        code: "REJ008", level: .note, confidence: judgement.confidence,
        message: "a SYN that offers ECN is refused where a plain SYN is accepted", primary: primary.range,
        labels: labels,
        witness: judgement.trace, effect: "clients with ECN cannot connect, or only after retrying without it",
        remedies: [Remedy(advice, expected: .widen, changes: [.advice(advice)])], subject: primary.subject))
  }
  return firstOfEach(findings) { $0.subject }
}
