package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmpBlanketDrop = Check(
  CheckMetadata(
    code: "ICMP009", name: "icmp-blanket-drop", level: .error, group: .icmp,
    summary: "a rule refuses every ICMP message, errors about own connections included",
    page: CheckPage(
      finds:
        "A rule for the whole protocol ICMP or ICMPv6 that refuses errors about connections which the rules carry.",
      matters: """
        ICMP is the error channel of IP. Dropping all of it breaks path-MTU discovery (large transfers hang), turns
        immediate errors into timeouts, and for ICMPv6 breaks the link itself.
        """,
      decides: """
        Follows ICMP errors in state `related` about carried connections. When the rule that refuses them takes every
        type of the protocol, it is reported here.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ip protocol icmp drop
                ct state established,related accept
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
                icmp type echo-request drop
                tcp dport 22 accept
              }
            }
            """),
        .init(
          .iptablesSave,
          bad: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD ACCEPT [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -p icmp -j DROP
            COMMIT
            """,
          good: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD ACCEPT [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -p icmp -m icmp --icmp-type echo-request -j DROP
            COMMIT
            """),
      ],
      fixSafety: "`widen`: accepts ICMP packets in state `related` only, before the rule.",
      ignoreWhen: "Hardly ever. To be unpingable, drop echo requests only.",
      notReported: """
        A drop of all ICMP after `ct state related accept`; a drop of echo requests; a default drop that takes what
        is left.
        """,
      checkByHand: "`tracepath -n HOST`; `ping HOST`.",
      sources: "RFC 1812; NIST SP 800-41r1; Firewall Forensics FAQ 8.1"))
) { context in
  var findings: [Finding] = []
  for version in IPVersion.allCases {
    let message =
      version == .v4
      ? ErrorMessage(type: 3, code: 4, name: "fragmentation needed")
      : ErrorMessage(type: 2, code: 0, name: "packet too big")
    for lost in ErrorDelivery.lost(context, version, [message]) {
      guard let rule = lost.judgement.trace.decider.rule, takesWholeProtocol(context, rule, version) else { continue }
      var finding = ErrorDelivery.finding(
        context, lost, code: "ICMP009", level: .error,
        message:
          "this rule refuses every \(version == .v4 ? "ICMP" : "ICMPv6") message, errors about open connections too",
        effect: "path-MTU discovery fails and large transfers hang; errors that would come at once become timeouts")
      finding?.primary = context.ruleset[rule].origin
      finding?.subject = .rule(rule)
      finding?.labels = [Label("takes all types", at: context.ruleset[rule].origin)]
      if let finding { findings.append(finding) }
    }
  }
  return firstOfEach(findings) { $0.subject }
}

/// Does the rule ask for the ICMP protocol and for no type, code or state?
private func takesWholeProtocol(_ context: CheckContext, _ rule: RuleID, _ version: IPVersion) -> Bool {
  guard !context.tests(.icmpType, rule), !context.tests(.icmpCode, rule), !context.tests(.ctState, rule) else {
    return false
  }
  return context.ruleset[rule].steps.contains { step in
    guard case .match(let match) = step else { return false }
    guard case .field(let field, let values) = match.condition else { return false }
    guard field == .transportProtocol || field == .nextHeader else { return false }
    return values.contains(UInt128(version.icmp)) && !values.contains(UInt128(IPProtocol.tcp))
  }
}
