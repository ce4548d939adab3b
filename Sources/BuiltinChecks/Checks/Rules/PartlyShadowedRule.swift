package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let partlyShadowedRule = Check(
  CheckMetadata(
    code: "RULE002", name: "partly-shadowed-rule", level: .note, group: .rules,
    summary: "an earlier rule takes a part of a rule's packets and decides otherwise",
    page: CheckPage(
      finds: """
        A rule that lists values, or a range, of which an earlier rule with the other decision takes some: whole elements of
        the list, or one end of the range.
        """,
      matters: """
        For those packets the rule does not do what it says.
        """,
      decides: """
        The earlier rule matches all that this one does, but for one field; in that field it holds whole elements of a list,
        or the two overlap without one holding the other. Reported with a packet whose walk ends at the earlier rule.
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
                tcp dport 22 drop
                tcp dport { 22, 80 } accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 22 drop
                tcp dport 80 accept
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
            -A INPUT -p tcp -m tcp --dport 1000:2000 -j DROP
            -A INPUT -p tcp -m tcp --dport 1500:2500 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 1000:2000 -j DROP
            -A INPUT -p tcp -m tcp --dport 2001:2500 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: """
        No edit is offered: which of the two rules is meant is not known.
        """,
      ignoreWhen: """
        The list or range is kept whole for its readers, and the earlier rule is the exception to it.
        """,
      notReported: """
        Exceptions that lie within the rule in every field (a host before its network); rules that are taken wholly
        (RULE001); rules that overlap in two or more fields (RULE004); pairs that stand far apart in chains of thousands of rules.
        """,
      checkByHand: """
        Trace the packet that is shown: `fwlint trace`.
        """,
      sources: "Al-Shaer and Hamed, Firewall Policy Advisor (2003): partial shadowing"))
) { context in
  var findings: [Finding] = []
  for loss in context.relations.losses where findings.count < 50 {
    guard !findings.contains(where: { $0.subject == .rule(loss.rule) }) else { continue }
    guard let trace = LostPacket.trace(context, loss.common, takenBy: loss.taker) else { continue }
    let advice = "take those packets out of this rule, or move it before the other one"
    let name = FieldWords.name(loss.field)
    let lost = loss.common[loss.field].map { FieldWords.text($0, loss.field) } ?? ""
    findings.append(
      Finding(
        code: "RULE002", level: .note, confidence: trace.isCertain ? .proved : .likely,
        message: "an earlier rule takes a part of this rule's packets and decides otherwise: \(name) \(lost)",
        primary: context.ruleset[loss.rule].origin,
        labels: [
          Label("1: takes them", at: context.ruleset[loss.taker].origin),
          Label("2: so this rule does not see them", at: context.ruleset[loss.rule].origin),
        ], witness: trace, effect: "for these packets the rule does not do what it says",
        remedies: [Remedy(advice, expected: .change, changes: [.advice(advice)])], subject: .rule(loss.rule)))
  }
  return findings
}
