package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let egressDropNotReject = Check(
  CheckMetadata(
    code: "REJ007", name: "egress-drop-not-reject", level: .note, group: .reject,
    summary: "what inside clients may not do is dropped in silence instead of rejected",
    page: CheckPage(
      finds: "A router that drops denied connections from its inside interfaces without an answer.",
      matters: """
        A program inside that may not connect waits for its timeout, minutes in the worst case, and tries again and
        again; with a reject it fails at once and says so.
        """,
      decides: """
        Sends a SYN to an unused port from an inside interface to an outside one, where other ports of the same pair are
        accepted. Inside and outside come from the host facts; without them this is a hint only.
        """,
      examples: [],
      fixSafety: "`response`: no packet more is accepted; denied ones from inside are answered.",
      ignoreWhen: "Inside hosts are not trusted with the knowledge that something is filtered.",
      notReported: "Drops toward strangers outside, where silence is customary; rule sets without host facts.",
      checkByHand: "From inside: `nc -vz -w 5 HOST 797` should fail at once.",
      sources: "RFC 1812; Firewall Forensics FAQ 1.1 (17027)"))
) { context in
  let isKnown = !context.zones.inside.isEmpty && !context.zones.outside.isEmpty
  var findings: [Finding] = []
  for flow in context.flows where flow.hook == .forward && flow.isCarried {
    var packet = flow.opener.trace.packet
    guard let into = packet.inInterface, let out = packet.outInterface else { continue }
    guard context.zones.allOutside.contains(out), !context.zones.allOutside.contains(into) else { continue }
    if isKnown, !context.zones.inside.contains(into) { continue }
    packet.destinationPort = context.named.unusedLowPort
    guard let judgement = context.judge(packet), judgement.isDropped else { continue }
    guard let place = context.range(of: judgement.trace.decider) else { continue }
    var remedies: [Remedy] = []
    if let before = context.placeBefore(judgement.trace.decider) {
      let conditions: [NewRule.Condition] = [.inInterface(into)]
      let kind: RejectKind = flow.version == .v4 ? .icmp(code: 13) : .icmpv6(code: 1)
      let family = context.ruleset[context.ruleset[judgement.trace.decider.chain ?? ChainID(0)].table].family
      let answer: RejectKind = family == .inet ? .icmpx(code: 3) : kind
      remedies.append(
        Remedy(
          "reject what comes from \(into)", expected: .response,
          changes: [.insert(NewRule(conditions, .reject(answer)), before)]))
    }
    findings.append(
      Finding(
        code: "REJ007", level: .note, confidence: isKnown ? judgement.confidence : .hint,
        message: "connections from `\(into)` that are not allowed are dropped in silence; their programs wait",
        primary: place.range,
        labels: [context.label(nil, at: judgement.trace, "denied from inside: ")].compactMap { $0 },
        witness: judgement.trace,
        effect: "programs inside wait for minutes and retry, where a reject would end it at once",
        remedies: remedies, subject: place.subject))
  }
  return firstOfEach(findings) { $0.subject }
}
