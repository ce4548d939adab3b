package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let stateMatchBeforeConntrack = Check(
  CheckMetadata(
    code: "RULE013", name: "state-match-before-conntrack", level: .error, group: .rules,
    summary: "a rule asks for the connection state before conntrack knows it",
    page: CheckPage(
      finds: """
        A rule that tests `ct state` in a prerouting or output chain with a priority below -200.
        """,
      matters: """
        There every packet reads as `invalid`: a drop of `invalid` drops everything, and an accept of `established`
        accepts nothing.
        """,
      decides: """
        A rule with a state test, reached only from base chains before conntrack (priority -200). Where the test
        decides the fate of an ordinary SYN that is refused, the finding is an error with that packet; otherwise a
        warning.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip early {
              chain prerouting {
                type filter hook prerouting priority raw; policy accept;
                ct state invalid drop
              }
            }
            """,
          good: """
            table ip early {
              chain prerouting {
                type filter hook prerouting priority mangle; policy accept;
                ct state invalid drop
              }
            }
            """),
        .init(
          .iptablesSave,
          bad: """
            *raw
            :PREROUTING ACCEPT [0:0]
            :OUTPUT ACCEPT [0:0]
            -A PREROUTING -m conntrack --ctstate INVALID -j DROP
            COMMIT
            """,
          good: """
            *mangle
            :PREROUTING ACCEPT [0:0]
            :INPUT ACCEPT [0:0]
            :FORWARD ACCEPT [0:0]
            :OUTPUT ACCEPT [0:0]
            :POSTROUTING ACCEPT [0:0]
            -A PREROUTING -m conntrack --ctstate INVALID -j DROP
            COMMIT
            """),
      ],
      fixSafety: """
        No edit is offered: move the chain to a priority above -200, or the rule to input.
        """,
      ignoreWhen: "Hardly ever.",
      notReported: """
        Chains at or after priority -200; input and forward chains; `untracked` after a notrack of the same chain.
        """,
      checkByHand: "`nft list chains`",
      sources: "measured on Linux 6.18"))
) { context in
  context.eachRule(naming: .ctState) { id, rule in
    let roots = context.chains.roots[id.chain.index].compactMap { context.ruleset[$0].base }
    guard !roots.isEmpty, roots.allSatisfy(isBeforeConntrack), let match = context.match(on: .ctState, in: id) else {
      return nil
    }
    guard !match.set.contains(.untracked) || match.set.count > 1 else { return nil }
    let witness = refusedHere(context, id)
    let advice = "move the rule to a chain at priority -150 or later"
    return Finding(
      code: "RULE013", level: witness == nil ? .warning : .error, confidence: .proved,
      message: match.set.contains(.invalid)
        ? "before conntrack every packet reads as `invalid`, so this rule takes them all"
        : "before conntrack every packet reads as `invalid`, so this rule never matches",
      primary: match.range, witness: witness,
      effect: witness == nil ? "the rule does not do what it says" : "every packet is dropped, new connections too",
      remedies: [Remedy(advice, expected: .change, changes: [.advice(advice)])], subject: .rule(id))
  }
}

private func isBeforeConntrack(_ base: BaseHook) -> Bool {
  base.hook == .ingress || (base.hook == .prerouting || base.hook == .output) && base.priority < -200
}

/// An ordinary SYN that the rule refuses.
private func refusedHere(_ context: CheckContext, _ id: RuleID) -> Trace? {
  for version in IPVersion.allCases {
    guard let stranger = context.stranger(version), let own = context.other(version) else { continue }
    for hook in [Hook.input, .output] {
      let name = context.interfacesToTry.first ?? "eth0"
      let packet = Packet.tcp(hook, from: stranger, context.named.ephemeralPort, to: own, 443)
        .on(in: hook == .input ? name : nil, out: hook == .output ? name : nil)
      let trace = context.analysis.trace(packet)
      if trace.outcome.isRefused, trace.decider.rule == id { return trace }
    }
  }
  return nil
}
