package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let limitOnVerdict = Check(
  CheckMetadata(
    code: "HYG003", name: "limit-on-verdict", level: .error, group: .hygiene,
    summary: "a rate limit on a drop lets the excess through",
    page: CheckPage(
      finds: """
        A rule that drops up to a rate, where packets above the rate go on and are accepted.
        """,
      matters: """
        The rule was meant to limit a log or a flood; in effect it stops a few packets a second and accepts the flood.
        """,
      decides: """
        For each rule with a plain `limit` and a refusing verdict, a packet that fits it is followed through the same
        rule set without that rule. Reported when it is accepted.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy accept;
                iifname "lo" accept
                tcp dport 23 limit rate 5/second log prefix "telnet: " drop
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy accept;
                iifname "lo" accept
                tcp dport 23 limit rate 5/second log prefix "telnet: "
                tcp dport 23 drop
              }
            }
            """),
        .init(
          .iptablesSave,
          bad: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 23 -m limit --limit 5/second -j DROP
            COMMIT
            """,
          good: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 23 -j DROP
            COMMIT
            """),
      ],
      fixSafety: """
        No edit is offered: take the limit off the drop (a limit for the log goes into a rule of its own), or write
        `limit rate over`.
        """,
      ignoreWhen: "Hardly ever.",
      notReported: """
        `limit rate over … drop`, `--hashlimit-above`; limited drops where the excess is refused by a later rule or
        the policy.
        """,
      checkByHand: "Send more packets than the rate and watch the counters.",
      sources: "nft(8), limit statement"))
) { context in
  var findings: [Finding] = []
  for (index, chain) in context.ruleset.chains.enumerated() where !context.chains.roots[index].isEmpty {
    for id in context.outlines.rules([.hasRate, .refuses], of: ChainID(index)) {
      guard findings.count < 8, let limit = plainLimit(chain.rules[id.index]) else { continue }
      guard let judgement = fateOfExcess(context, id), judgement.isAccepted else { continue }
      let advice = "take the limit off the drop; a limit for the log goes into a rule of its own"
      var labels = [Label("1: above this rate the rule does not match", at: limit)]
      let decider = judgement.trace.acceptedBy.last { $0.hook == judgement.trace.packet.hook }
      if let decider, let place = context.range(of: decider) {
        labels.append(Label("2: so the excess is accepted", at: place.range))
      }
      findings.append(
        Finding(
          code: "HYG003", level: .error, confidence: judgement.confidence,
          message: "the limit applies to the drop: what exceeds it is accepted", primary: limit, labels: labels,
          witness: judgement.trace, effect: "a flood gets through; only the first few packets a second are stopped",
          remedies: [Remedy(advice, expected: .narrow, changes: [.advice(advice)])], subject: .rule(id)))
    }
  }
  return findings
}

/// The words of a limit below which a refusing rule matches; nil when there is none, or it matches above the rate.
private func plainLimit(_ rule: Rule) -> SourceRange? {
  switch rule.steps.last {
  case .verdict(.drop, _)?, .verdict(.reject, _)?: break
  default: return nil
  }
  for step in rule.steps {
    guard case .match(let match) = step, case .unknown(let uncertainty) = match.condition else { continue }
    guard uncertainty.kind == .rate else { continue }
    let text = uncertainty.text
    let isPlain = text.hasPrefix("limit rate ") || text.hasPrefix("-m limit") || text.hasPrefix("limit")
    if isPlain, !text.contains(" over "), !text.contains("above") { return match.origin }
  }
  return nil
}

/// What happens to a packet that fits the rule and exceeds its rate.
private func fateOfExcess(_ context: CheckContext, _ id: RuleID) -> Judgement? {
  guard let root = context.chains.roots[id.chain.index].first, let base = context.ruleset[root].base else { return nil }
  let hook: Hook = base.hook == .forward ? .forward : base.hook == .output ? .output : .input
  let family = context.ruleset[context.ruleset[root].table].family
  guard let version = IPVersion.allCases.first(where: { $0.isSeen(by: family) }) else { return nil }
  guard let stranger = context.stranger(version), let own = context.other(version) else { return nil }
  var box = Region.ordinary(hook, version).narrowed(.ctState, to: UInt128(ConntrackState.new.rawValue))
  for step in context.ruleset[id].steps {
    guard case .match(let match) = step, case .field(let field, let values) = match.condition else { continue }
    box = box.narrowed(field, to: values)
  }
  if box[.transportProtocol] == nil { box = box.narrowed(.transportProtocol, to: UInt128(IPProtocol.tcp)) }
  if box[.transportProtocol]?.single == UInt128(IPProtocol.tcp) {
    box = box.preferring(.tcpFlags, [UInt128(TCPFlag.syn)])
  }
  guard !box.isEmpty else { return nil }
  box = box.preferring(.source, [stranger.value]).preferring(.destination, [own.value])
  box = box.preferring(.inInterface, context.interfacesToTry.map { InterfaceName.value($0) })
  guard let packet = context.witness(in: box, at: hook) else { return nil }
  // With no rate below its limit, as the typical rule set has it, the packet passes too: that costs one walk.
  guard context.typical.trace(packet).outcome == .accept else { return nil }
  var without = context.ruleset
  without.chains[id.chain.index].rules[id.index].steps = [
    .match(Match(.constant(false), at: context.ruleset[id].origin))
  ]
  let trace = Analysis(without, host: context.host).trace(packet)
  guard trace.isCertain else { return nil }
  return Judgement(trace: trace, confidence: .likely)
}
