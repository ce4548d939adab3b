package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let ephemeralRangeAccept = Check(
  CheckMetadata(
    code: "SRC009", name: "ephemeral-range-accept", level: .error, group: .sourcePort,
    summary: "new connections to the whole range of high ports are accepted from anybody",
    page: CheckPage(
      finds: """
        A rule that accepts new packets from strangers to ten thousand ports or more.
        """,
      matters: """
        Such rules were written for answers in the days of stateless filters. Every service that listens on a high
        port (databases, admin pages, RPC) is open.
        """,
      decides: """
        Cuts new TCP and UDP packets of a stranger by destination port; reported where one accepting rule takes 10,000
        ports or more and an unused low port is refused.
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
                tcp dport 1024-65535 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 50000-50100 accept
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
            -A INPUT -p udp -m udp --dport 1024:65535 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p udp -m udp --dport 60000:61000 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "No edit is offered: accept `established,related` and remove the rule.",
      ignoreWhen: """
        A host that is meant to serve on any high port (BitTorrent seed box, game server farm).
        """,
      notReported: """
        Small ranges (passive FTP, RTP, WebRTC); rules in state `established`.
        """,
      checkByHand: "`nmap -p 1024-65535 HOST` from outside.",
      sources: "RFC 6056; Firewall Forensics FAQ 1.1 (1024, 32770)"))
) { context in
  var findings: [Finding] = []
  for opening in context.openings {
    for piece in opening.pieces where piece.outcome == .accept {
      guard let ports = piece.region[.destinationPort], ports.count >= 10_000 else { continue }
      guard let outside = ExposedPorts.outside(context, piece.region) else { continue }
      guard !ports.contains(UInt128(context.named.unusedLowPort)) else { continue }
      guard !ExposedPorts.isWideOpen(context, opening, on: outside.name) else { continue }
      let box = piece.region.narrowed(.inInterface, to: InterfaceName.value(outside.name))
        .preferring(.destinationPort, [UInt128(context.named.unusedHighPort), 8080, 32771])
      guard let packet = context.witness(in: box, at: opening.hook), let judgement = context.judge(packet) else {
        continue
      }
      guard judgement.isAccepted, let rule = judgement.trace.acceptingRule else { continue }
      let name = opening.transportProtocol == IPProtocol.tcp ? "TCP" : "UDP"
      let advice = "accept `established,related` instead, and name the ports that serve"
      findings.append(
        Finding(
          code: "SRC009", level: .error, confidence: outside.isKnown ? judgement.confidence : .likely,
          message: "new \(name) packets to \(ports.count) high ports are accepted from anybody",
          primary: context.ruleset[rule].origin, labels: [Label("accepts them", at: context.ruleset[rule].origin)],
          witness: judgement.trace, effect: "whatever listens on a high port can be reached by strangers",
          remedies: [Remedy(advice, expected: .narrow, changes: [.advice(advice)])], subject: .rule(rule)))
    }
  }
  return firstOfEach(findings) { $0.subject }
}
