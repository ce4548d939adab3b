package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let dnsTcpBlocked = Check(
  CheckMetadata(
    code: "SRC005", name: "dns-tcp-blocked", level: .error, group: .sourcePort,
    summary: "DNS is accepted over UDP and refused over TCP",
    page: CheckPage(
      finds: """
        Two parties between which UDP port 53 is accepted and TCP port 53 refused.
        """,
      matters: """
        An answer that does not fit into one datagram is fetched over TCP (RFC 7766 makes TCP mandatory). Without it
        lookups of large answers, DNSSEC above all, fail or are slow.
        """,
      decides: """
        Cuts new UDP packets to port 53 at input, forward and output by fate. For each accepted part that a rule
        decides, the same packet as a TCP SYN is followed.
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
                udp dport 53 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                meta l4proto { tcp, udp } th dport 53 accept
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
            -A INPUT -p udp -m udp --dport 53 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p udp -m udp --dport 53 -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 53 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        `widen`: accepts new TCP connections to port 53 where UDP is accepted.
        """,
      ignoreWhen: "A forwarder on the same host that never needs TCP.",
      notReported: """
        Rules that accept both; UDP accepted only by policy; DNS over loopback.
        """,
      checkByHand: "`dig +tcp example.org @SERVER`",
      sources: "RFC 7766; RFC 9210 (reverses Firewall Forensics FAQ 1.1 (53))"))
) { context in
  var findings: [Finding] = []
  for version in IPVersion.allCases {
    for hook in [Hook.input, .forward, .output] where context.isFiltered(hook, version) {
      let region = Region.newUDP(hook, version).narrowed(.destinationPort, to: 53)
      // One packet for each accepting rule will do.
      var judged: Set<Decider> = []
      for piece in context.typical.partition(region, at: hook, budget: 60_000).pieces where piece.outcome == .accept {
        guard judged.count < context.mostWalks, judged.insert(piece.decider).inserted else { continue }
        let box = piece.region.preferring(.sourcePort, [UInt128(context.named.ephemeralPort)])
        guard let udp = context.witness(in: box, at: hook), let accepted = context.judge(udp), accepted.isAccepted
        else {
          continue
        }
        guard let rule = accepted.trace.acceptingRule, context.tests(.destinationPort, rule) else { continue }
        var tcp = udp
        tcp.transportProtocol = IPProtocol.tcp
        tcp.tcpFlags = TCPFlag.syn
        guard let judgement = context.judge(tcp), judgement.isRefused else { continue }
        findings.append(finding(context, rule, judgement))
      }
    }
  }
  return firstOfEach(findings) { $0.subject }
}

private func finding(_ context: CheckContext, _ rule: RuleID, _ judgement: Judgement) -> Finding {
  var labels = [Label("1: accepts DNS over UDP", at: context.ruleset[rule].origin)]
  if let label = context.label(2, at: judgement.trace, "the same over TCP: ") { labels.append(label) }
  var remedies: [Remedy] = []
  if let limits = context.limits(of: rule) {
    let port: [NewRule.Condition] = [.transportProtocol(IPProtocol.tcp), .destinationPort(53...53)]
    let change = Remedy.Change.insert(NewRule(limits + port, .accept), .after(rule))
    remedies.append(Remedy("accept TCP port 53 as well", expected: .widen, changes: [change]))
  } else {
    let advice = "accept TCP port 53 under the same conditions"
    remedies.append(Remedy(advice, expected: .widen, changes: [.advice(advice)]))
  }
  return Finding(
    code: "SRC005", level: .error, confidence: judgement.confidence,
    message: "DNS is accepted over UDP and refused over TCP; large answers cannot be fetched",
    primary: context.ruleset[rule].origin, labels: labels, witness: judgement.trace,
    effect: "lookups with large answers (DNSSEC, long TXT records) fail or take seconds", remedies: remedies,
    subject: .rule(rule))
}
