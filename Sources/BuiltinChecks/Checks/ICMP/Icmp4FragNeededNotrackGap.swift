package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp4FragNeededNotrackGap = Check(
  CheckMetadata(
    code: "ICMP002", name: "icmp4-frag-needed-notrack-gap", level: .error, group: .icmp,
    summary: "path-MTU errors about untracked packets are refused",
    page: CheckPage(
      finds: """
        A service whose packets are exempted from connection tracking, and whose ICMP errors are therefore refused.
        """,
      matters: """
        Conntrack knows nothing of an untracked packet, so an error that quotes one is `invalid`: neither `related`
        nor `untracked` matches it. Large answers of the service (DNS over UDP, TCP bulk) are lost on paths with a
        smaller MTU.
        """,
      decides: """
        For each notrack rule at prerouting a packet that fits it is followed to input. Where it is accepted, the
        error that quotes its answer is sent in state `invalid`.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip dns {
              chain prerouting {
                type filter hook prerouting priority raw; policy accept;
                udp dport 53 notrack
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state invalid drop
                udp dport 53 ct state untracked accept
                ct state established,related accept
              }
            }
            """,
          good: """
            table ip dns {
              chain prerouting {
                type filter hook prerouting priority raw; policy accept;
                udp dport 53 notrack
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                icmp type destination-unreachable accept
                udp dport 53 ct state untracked accept
                ct state established,related accept
              }
            }
            """),
        .init(
          .iptablesSave,
          bad: """
            *raw
            :PREROUTING ACCEPT [0:0]
            :OUTPUT ACCEPT [0:0]
            -A PREROUTING -p udp -m udp --dport 53 -j CT --notrack
            COMMIT
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate INVALID -j DROP
            -A INPUT -p udp -m udp --dport 53 -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            COMMIT
            """,
          good: """
            *raw
            :PREROUTING ACCEPT [0:0]
            :OUTPUT ACCEPT [0:0]
            -A PREROUTING -p udp -m udp --dport 53 -j CT --notrack
            COMMIT
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -p icmp -m icmp --icmp-type 3 -j ACCEPT
            -A INPUT -p udp -m udp --dport 53 -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "`widen`: accepts the error messages whatever their state.",
      ignoreWhen: "The service's answers never exceed 1280 bytes.",
      notReported: """
        Notrack rules whose service is not accepted; explicit accepts of the error types before `invalid` is dropped.
        """,
      checkByHand: "`tracepath` toward the service over a link of smaller MTU.",
      sources: "RFC 1191; RFC 8201; measured on Linux 6.18"))
) { context in
  var findings: [Finding] = []
  for (index, chain) in context.ruleset.chains.enumerated() {
    let roots = context.chains.roots[index].filter { context.ruleset[$0].base?.hook == .prerouting }
    guard let root = roots.first else { continue }
    let family = context.ruleset[context.ruleset[root].table].family
    for id in context.outlines.rules(.exempts, of: ChainID(index)) where exempts(chain.rules[id.index]) {
      for version in IPVersion.allCases where version.isSeen(by: family) {
        if let finding = finding(context, id, version) { findings.append(finding) }
      }
    }
  }
  return firstOfEach(findings) { $0.subject }
}

private func exempts(_ rule: Rule) -> Bool {
  rule.steps.contains { step in
    if case .effect(.notrack, _) = step { return true }
    return false
  }
}

private func finding(_ context: CheckContext, _ id: RuleID, _ version: IPVersion) -> Finding? {
  guard let stranger = context.stranger(version), let own = context.other(version), let router = context.router(version)
  else { return nil }
  var box = Region.ordinary(.input, version)
  for step in context.ruleset[id].steps {
    guard case .match(let match) = step, case .field(let field, let values) = match.condition else { continue }
    if field != .family { box = box.narrowed(field, to: values) }
  }
  box = box.preferring(.transportProtocol, [UInt128(IPProtocol.udp), UInt128(IPProtocol.tcp)])
  if box[.transportProtocol]?.single == UInt128(IPProtocol.tcp) {
    box = box.preferring(.tcpFlags, [UInt128(TCPFlag.syn)])
  }
  box = box.preferring(.source, [stranger.value]).preferring(.destination, [own.value])
    .preferring(.inInterface, context.interfacesToTry.map { InterfaceName.value($0) })
    .preferring(.sourcePort, [UInt128(context.named.ephemeralPort)])
  guard !box.isEmpty, var query = context.witness(in: box, at: .input) else { return nil }
  query.state = .untracked
  guard let accepted = context.judge(query), accepted.isAccepted, let service = accepted.trace.acceptingRule else {
    return nil
  }
  let type: UInt8 = version == .v4 ? 3 : 2
  var inner = query
  swap(&inner.source, &inner.destination)
  swap(&inner.sourcePort, &inner.destinationPort)
  inner.hook = nil
  inner.state = nil
  inner.inInterface = nil
  var error = Packet.icmp(.input, type, version == .v4 ? 4 : 0, from: router, to: query.destination, state: .invalid)
    .on(in: query.inInterface, out: nil)
  error.icmpMTU = 1400
  error.inner = [inner]
  guard let lost = context.judge(error), lost.isRefused, let place = context.range(of: lost.trace.decider) else {
    return nil
  }
  var remedies: [Remedy] = []
  if let before = context.placeBefore(lost.trace.decider) {
    let condition: NewRule.Condition = version == .v4 ? .icmp(type: 3, code: nil) : .icmpv6(type: 2)
    remedies.append(
      Remedy(
        "accept the error whatever its state", expected: .widen,
        changes: [.insert(NewRule([condition], .accept), before)]))
  }
  return Finding(
    code: "ICMP002", level: .error, confidence: min(accepted.confidence, lost.confidence),
    message: "path-MTU errors about packets that this rule exempts from tracking are dropped",
    primary: context.ruleset[id].origin,
    labels: [
      Label("1: not tracked from here on", at: context.ruleset[id].origin),
      Label("2: the service is accepted", at: context.ruleset[service].origin),
      Label("3: an error that quotes it is `invalid`, and ends here", at: place.range),
    ], witness: lost.trace, effect: "large answers of this service are lost on paths with a smaller MTU",
    remedies: remedies,
    subject: .rule(id))
}
