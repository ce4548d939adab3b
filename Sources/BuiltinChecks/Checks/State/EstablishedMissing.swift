package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let establishedMissing = Check(
  CheckMetadata(
    code: "STATE002", name: "established-missing", level: .error, group: .state,
    summary: "replies to connections that the rules let open are refused",
    page: CheckPage(
      finds: """
        A default drop that refuses the answers to connections which this host, or hosts behind it, may open.
        """,
      matters: """
        Nothing that is opened from here works: no name lookup, no update, no outgoing mail.
        """,
      decides: """
        Takes connections that the output or forward chains let open and sends their SYN+ACK, in state `established`.
        Reported when the answers of all of them are refused at a hook that accepts something else.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
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
                tcp dport 22 accept
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
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
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
      fixSafety: "`widen`: accepts packets of connections that conntrack knows.",
      ignoreWhen: """
        A host that is to open no connection, whose output is left unfiltered.
        """,
      notReported: """
        `ct state established` accepts; stateless rules that accept answers; a host that accepts nothing at all.
        """,
      checkByHand: "`curl https://example.org` on the host.",
      sources: "netfilter conntrack documentation"))
) { context in
  var findings: [Finding] = []
  for version in IPVersion.allCases {
    for hook in [Hook.output, .forward] {
      let flows = context.flows.filter { $0.hook == hook && $0.version == version }
      guard !flows.isEmpty, flows.allSatisfy({ $0.reply?.isRefused ?? false }) else { continue }
      guard acceptsSomething(context, flows, version) else { continue }
      if let flow = flows.first, let finding = finding(context, flow, version) { findings.append(finding) }
    }
  }
  return firstOfEach(findings) { $0.subject }
}

/// A hook that accepts nothing is closed on purpose.
private func acceptsSomething(_ context: CheckContext, _ flows: [Flow], _ version: IPVersion) -> Bool {
  guard let hook = flows.first?.replyHook else { return false }
  if hook == .forward { return flows.contains { $0.opener.trace.acceptingRule != nil } }
  return context.flows.contains { $0.hook == hook && $0.version == version && $0.opener.trace.acceptingRule != nil }
}

private func finding(_ context: CheckContext, _ flow: Flow, _ version: IPVersion) -> Finding? {
  guard let lost = flow.reply, let place = context.range(of: lost.trace.decider) else { return nil }
  guard let chain = lost.trace.decider.chain else { return nil }
  var labels: [Label] = []
  if let rule = flow.opener.trace.acceptingRule {
    labels.append(Label("1: opens connections", at: context.ruleset[rule].origin))
  }
  if let label = context.label(labels.count + 1, at: lost.trace, "their answers are ") { labels.append(label) }
  let usesState = context.outlines.areNaming(.ctState)
  let rule = NewRule([.states([.established, .related])], .accept)
  let base = context.chains.roots[chain.index].first ?? chain
  return Finding(
    code: "STATE002", level: .error, confidence: usesState ? lost.confidence : min(lost.confidence, .likely),
    message: flow.hook == .forward
      ? "answers to forwarded \(version.name) connections are refused"
      : "answers to this host's own \(version.name) connections are refused",
    primary: place.range, labels: labels, witness: lost.trace,
    effect: flow.hook == .forward
      ? "no connection through this box can be used" : "no name lookup, update or outgoing mail of this host works",
    remedies: [
      Remedy("accept packets of tracked connections", expected: .widen, changes: [.insert(rule, .atStart(base))])
    ], subject: place.subject)
}
