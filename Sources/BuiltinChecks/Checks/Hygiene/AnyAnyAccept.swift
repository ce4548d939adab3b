package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let anyAnyAccept = Check(
  CheckMetadata(
    code: "HYG013", name: "any-any-accept", level: .error, group: .hygiene,
    summary: "a rule accepts everything from anywhere",
    page: CheckPage(
      finds: """
        A rule that accepts what no other rule is made for, on every interface, where the chain would refuse it.
        """,
      matters: "The rule makes all rules and the policy after it meaningless.",
      decides: """
        Sends TCP and UDP packets of a stranger to unused ports on every interface that may be outside. Reported when
        one and the same rule accepts all of them.
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
                tcp dport 22 accept
                counter accept
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
                counter
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
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            -A INPUT -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        `narrow`: the rule is removed. Make sure that your own way in is accepted by another rule.
        """,
      ignoreWhen: "A box that filters nothing on purpose.",
      notReported: """
        `iifname "lo" accept`; accepts for an inside interface or for addresses; accepts by policy (STATE001).
        """,
      checkByHand: """
        `nft list ruleset`, `iptables -S` (not `-L`, which hides the interface)
        """,
      sources: "NIST SP 800-41r1"))
) { context in
  var findings: [Finding] = []
  for version in IPVersion.allCases {
    guard let stranger = context.stranger(version), let own = context.other(version) else { continue }
    for hook in [Hook.input, .forward] where context.isFiltered(hook, version) {
      let judged = UnmatchedPackets.judge(context, hook, from: stranger, to: own)
      guard let first = judged.first, let rule = first.trace.acceptingRule else { continue }
      guard judged.allSatisfy({ $0.isAccepted && $0.trace.acceptingRule == rule }) else { continue }
      guard isStrict(context, rule) else { continue }
      var labels = [Label("1: accepts everything", at: context.ruleset[rule].origin)]
      if let base = context.chains.roots[rule.chain.index].first, let origin = context.ruleset[base].base?.policyOrigin
      {
        labels.append(Label("2: so this is never reached", at: origin))
      }
      findings.append(
        Finding(
          code: "HYG013", level: .error, confidence: first.confidence,
          message: hook == .input
            ? "this rule accepts every packet from anybody" : "this rule forwards every packet from anybody to anybody",
          primary: context.ruleset[rule].origin, labels: labels, witness: first.trace,
          effect: "all rules and the policy after it mean nothing",
          remedies: [Remedy("remove the rule", expected: .narrow, changes: [.remove(rule)])], subject: .rule(rule)))
    }
  }
  return firstOfEach(findings) { $0.subject }
}

/// Would the chain refuse something without the rule? Else the policy accepts it anyway.
private func isStrict(_ context: CheckContext, _ rule: RuleID) -> Bool {
  let roots = context.chains.roots[rule.chain.index]
  if roots.contains(where: { context.ruleset[$0].base?.policy == .drop }) { return true }
  return context.ruleset[rule.chain].rules.dropFirst(rule.index + 1).contains { later in
    switch later.steps.last {
    case .verdict(.drop, _)?, .verdict(.reject, _)?: return true
    default: return false
    }
  }
}
