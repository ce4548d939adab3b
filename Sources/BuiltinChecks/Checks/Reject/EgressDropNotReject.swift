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
        accepted. Inside and outside come from the host facts; without them this is a hint only. A rule that drops a
        service of the same pair and names the interface or the source says itself who is meant.
        """,
      examples: [],
      fixSafety: "`response`: no packet more is accepted; denied ones from inside are answered.",
      ignoreWhen: "Inside hosts are not trusted with the knowledge that something is filtered.",
      notReported: "Drops toward strangers outside, where silence is customary; a default drop without host facts.",
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
    if let finding = egressFinding(context, packet, flow.version, isKnown: isKnown) { findings.append(finding) }
    // A rule that refuses a service to the inside says by itself who is meant.
    for port in context.named.destinationPorts.prefix(32) {
      packet.destinationPort = port
      guard let judgement = context.judge(packet), judgement.isDropped, let rule = judgement.trace.decider.rule,
        context.tests(.inInterface, rule) || context.tests(.outInterface, rule) || context.tests(.source, rule)
      else { continue }
      if let finding = egressFinding(context, packet, flow.version, isKnown: true) { findings.append(finding) }
    }
  }
  return firstOfEach(findings) { $0.subject }
}

/// The finding about one packet from inside that is dropped; nil when it is not.
private func egressFinding(
  _ context: CheckContext, _ packet: Packet, _ version: IPVersion, isKnown: Bool
) -> Finding? {
  guard let judgement = context.judge(packet), judgement.isDropped, let into = packet.inInterface,
    let place = context.range(of: judgement.trace.decider)
  else { return nil }
  let kind: RejectKind = version == .v4 ? .icmp(code: 13) : .icmpv6(code: 1)
  let family = context.ruleset[context.ruleset[judgement.trace.decider.chain ?? ChainID(0)].table].family
  let answer: RejectKind = family == .inet ? .icmpx(code: 3) : kind
  var remedies: [Remedy] = []
  if let rule = judgement.trace.decider.rule, isKnown, context.tests(.destinationPort, rule) {
    remedies.append(Remedy("reject instead", expected: .response, changes: [.setVerdict(rule, .reject(answer))]))
  } else if let before = context.placeBefore(judgement.trace.decider) {
    let rule = NewRule([.inInterface(into)], .reject(answer))
    remedies.append(Remedy("reject what comes from \(into)", expected: .response, changes: [.insert(rule, before)]))
  }
  return Finding(
    code: "REJ007", level: .note, confidence: isKnown ? judgement.confidence : .hint,
    message: "connections from `\(into)` that are not allowed are dropped in silence; their programs wait",
    primary: place.range,
    labels: [context.label(nil, at: judgement.trace, "denied from inside: ")].compactMap { $0 },
    witness: judgement.trace,
    effect: "programs inside wait for minutes and retry, where a reject would end it at once", remedies: remedies,
    subject: place.subject)
}
