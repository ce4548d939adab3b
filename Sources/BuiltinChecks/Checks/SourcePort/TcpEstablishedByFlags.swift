package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let tcpEstablishedByFlags = Check(
  CheckMetadata(
    code: "SRC010", name: "tcp-established-by-flags", level: .error, group: .sourcePort,
    summary: "TCP packets are accepted from anybody because their SYN bit is clear",
    page: CheckPage(
      finds: """
        A rule that accepts TCP packets of no known connection because they are no SYN.
        """,
      matters: """
        A scanner that sends ACK or FIN packets sees every host and port behind the rule, and floods pass. Conntrack
        knows real connections; the flags are the sender's word.
        """,
      decides: """
        Sends an ACK without a connection to an unused port from an address that no rule singles out, and a SYN to the
        same port. Reported when the ACK is accepted and the SYN refused.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                tcp flags & (syn | ack) == ack accept
                tcp dport 22 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 22 accept
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
            -A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "`narrow`: packets of no known connection are refused.",
      ignoreWhen: """
        A box without connection tracking; then bind the rule to ports and addresses.
        """,
      notReported: "`ct state established`; flag rules bound to ports.",
      checkByHand: "`nmap -sA HOST` from outside.",
      sources: "Firewall Forensics FAQ 2.8"))
) { context in
  var findings: [Finding] = []
  for version in IPVersion.allCases {
    guard let stranger = context.stranger(version), let own = context.other(version) else { continue }
    for hook in [Hook.input, .forward] where context.isFiltered(hook, version) {
      for name in context.interfacesToTry {
        let out = hook == .forward ? context.otherInterface(than: name) : nil
        let port = context.named.unusedLowPort
        let ack = Packet.tcp(hook, from: stranger, context.named.ephemeralPort, to: own, port, flags: TCPFlag.ack)
          .on(in: name, out: out)
        guard let judgement = context.judge(ack), judgement.isAccepted, let rule = judgement.trace.acceptingRule else {
          continue
        }
        guard context.tests(.tcpFlags, rule) else { continue }
        var syn = ack
        syn.tcpFlags = TCPFlag.syn
        guard let refused = context.judge(syn), refused.isRefused else { continue }
        let stateful = NewRule([.states([.established, .related])], .accept)
        findings.append(
          Finding(
            code: "SRC010", level: .error, confidence: judgement.confidence,
            message: "TCP packets of no known connection are accepted because their SYN bit is clear",
            primary: context.ruleset[rule].origin,
            labels: [Label("takes the sender's word", at: context.ruleset[rule].origin)], witness: judgement.trace,
            effect: "ACK scans see every port behind this rule, and floods of such packets pass",
            remedies: [
              Remedy(
                "accept by connection state instead", expected: .narrow,
                changes: [.insert(stateful, .before(rule)), .remove(rule)])
            ], subject: .rule(rule)))
      }
    }
  }
  return firstOfEach(findings) { $0.subject }
}
