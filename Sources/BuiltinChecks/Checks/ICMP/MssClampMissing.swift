package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let mssClampMissing = Check(
  CheckMetadata(
    code: "ICMP020", name: "mss-clamp-missing", level: .warning, group: .icmp,
    summary: "TCP through a link with a small MTU is not clamped",
    page: CheckPage(
      finds: """
        A router that forwards TCP over an interface with an MTU below 1500 and does not adapt the segment size that
        the two sides agree on.
        """,
      matters: """
        Where any hop on the Internet drops path-MTU errors, connections through the link hang on the first large
        packet. Clamping makes TCP independent of these errors.
        """,
      decides: """
        Only with host facts that give the MTU of interfaces: a forwarded SYN that the rules accept over such an
        interface must pass a rule that clamps the MSS.
        """,
      examples: [],
      fixSafety: "`response`: no packet more is accepted; SYNs are rewritten.",
      ignoreWhen: "All paths deliver path-MTU errors.",
      notReported: """
        Links with an MTU of 1500 or more; hosts whose MTUs are not given; clamping in any chain on the way.
        """,
      checkByHand: "`tcpdump -n 'tcp[tcpflags] & tcp-syn != 0'` and look at mss.",
      sources: "RFC 2923; RFC 6691"))
) { context in
  var findings: [Finding] = []
  for flow in context.flows where flow.hook == .forward && flow.isCarried {
    let packet = flow.opener.trace.packet
    let small = [packet.outInterface, packet.inInterface].compactMap { $0 }.first { name in
      guard let mtu = context.host.interfaces[name]?.mtu else { return false }
      return mtu < 1500 && mtu >= 576
    }
    guard let small, !isClamped(context, flow.opener.trace) else { continue }
    guard let rule = flow.opener.trace.acceptingRule else { continue }
    let advice =
      "clamp the MSS: nft `tcp flags syn tcp option maxseg size set rt mtu`, iptables `-t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`"
    findings.append(
      Finding(
        code: "ICMP020", level: .warning, confidence: flow.opener.confidence,
        message: "TCP over `\(small)` (MTU \(context.host.interfaces[small]?.mtu ?? 0)) is not clamped to its MTU",
        primary: context.ruleset[rule].origin,
        labels: [Label("forwards connections over it", at: context.ruleset[rule].origin)],
        witness: flow.opener.trace,
        effect: "where a hop drops path-MTU errors, connections hang on the first large packet",
        remedies: [Remedy("clamp the segment size to the path MTU", expected: .response, changes: [.advice(advice)])],
        subject: .rule(rule)))
  }
  return firstOfEach(findings) { $0.message }
}

/// Did the packet pass a rule that adapts the MSS?
private func isClamped(_ context: CheckContext, _ trace: Trace) -> Bool {
  trace.steps.contains { step in
    guard let rule = step.rule, case .matched = step.event else { return false }
    return context.ruleset[rule].steps.contains { part in
      if case .effect(.clampMSS, _) = part { return true }
      return false
    }
  }
}
