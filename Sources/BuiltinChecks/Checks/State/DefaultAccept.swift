package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let defaultAccept = Check(
  CheckMetadata(
    code: "STATE001", name: "default-accept", level: .error, group: .state,
    summary: "what no rule matches is accepted",
    page: CheckPage(
      finds: """
        An input chain (or, on a router, a forward chain) that accepts what its rules do not match, although the rules
        list what may pass; as a note, one whose rules only refuse this and that.
        """,
      matters: """
        The accept rules decide nothing: every service on the host is open, whatever the rules say.
        """,
      decides: """
        Sends TCP and UDP packets of a stranger to unused ports, on every interface that rules name and on one that
        none names. Reported when all are accepted by policy, so that no rule at the end refuses them.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy accept;
                iifname "lo" accept
                ct state established,related accept
                tcp dport { 22, 443 } accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport { 22, 443 } accept
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
      fixSafety: """
        `narrow`: drops what no rule accepts. Make sure that your own way in is accepted by a rule.
        """,
      ignoreWhen: """
        A host that filters in another place, or whose rules are meant only to stop a few senders.
        """,
      notReported: """
        A last rule that drops or rejects; chains that filter one interface and refuse its rest.
        """,
      checkByHand: "`nft list chains`, `iptables -S | grep -- -P`",
      sources: "NIST SP 800-41r1"))
) { context in
  var findings: [Finding] = []
  for version in IPVersion.allCases {
    for hook in [Hook.input, .forward] where context.isFiltered(hook, version) {
      guard hook == .input || context.role == .router else { continue }
      if let finding = DefaultQuestion(context: context, version: version, hook: hook).finding() {
        findings.append(finding)
      }
    }
  }
  return firstOfEach(findings) { $0.subject }
}

private struct DefaultQuestion {
  let context: CheckContext
  let version: IPVersion
  let hook: Hook

  func finding() -> Finding? {
    guard let stranger = context.stranger(version), let own = context.other(version) else { return nil }
    let judged = UnmatchedPackets.judge(context, hook, from: stranger, to: own)
    guard let first = judged.first, judged.allSatisfy({ $0.isAccepted && $0.trace.acceptingRule == nil }) else {
      return nil
    }
    let lists = Lists(context, version, hook)
    guard lists.hasRules, let chain = lists.chain else { return unfiltered(first) }
    let base = context.ruleset[chain].base
    let range = base?.policyOrigin ?? context.ruleset[chain].origin
    let decides = lists.serviceRule != nil
    guard decides || lists.refuses else { return unfiltered(first) }
    var labels: [Label] = []
    if let rule = lists.serviceRule {
      labels.append(Label("1: accepts this service, as if the rest were refused", at: context.ruleset[rule].origin))
    }
    labels.append(Label("\(labels.count + 1): accepts all the rest as well", at: range))
    let isRouterGuess = hook == .forward && context.host.role == nil
    return Finding(
      code: "STATE001", level: decides ? .error : lists.refusesService ? .warning : .note,
      confidence: isRouterGuess ? min(first.confidence, .likely) : first.confidence,
      message: decides
        ? "what no rule matches is accepted, so the accept rules of \(context.name(chain)) decide nothing"
        : "\(context.name(chain)) refuses this and that and accepts everything else",
      primary: range, labels: labels, witness: first.trace,
      effect: hook == .input
        ? "every service of this host can be reached, whatever the rules list"
        : "every host behind this router can be reached, whatever the rules list",
      remedies: [Remedy("drop what no rule accepts", expected: .narrow, changes: [.setPolicy(chain, .drop)])],
      subject: .chain(chain))
  }
}

extension DefaultQuestion {
  /// The note about a host's chain that decides nothing at all.
  private func unfiltered(_ judgement: Judgement) -> Finding? {
    guard hook == .input || context.host.role == .router,
      let chain = context.chains.filters(at: hook, version, in: context.ruleset).last
    else {
      return nil
    }
    let range = context.ruleset[chain].base?.policyOrigin ?? context.ruleset[chain].origin
    return Finding(
      code: "STATE001", level: .note, confidence: judgement.confidence,
      message: "\(context.name(chain)) refuses nothing", primary: range,
      labels: [Label("accepts everything", at: range)], witness: judgement.trace,
      effect: "every service of this host can be reached", subject: .chain(chain))
  }
}

/// What the chains of a hook are made for.
private struct Lists {
  var hasRules = false
  var refuses = false
  /// Refuses new packets to a port, whoever sends them.
  var refusesService = false
  /// Accepts new packets to a port.
  var serviceRule: RuleID?
  /// The filter chain of the hook that stands for the policy.
  var chain: ChainID?

  /// Asks for fields only: no rates, no sets.
  private static func isPlain(_ rule: Rule) -> Bool {
    rule.steps.allSatisfy { step in
      guard case .match(let match) = step else { return true }
      if case .field = match.condition { return true }
      return false
    }
  }

  init(_ context: CheckContext, _ version: IPVersion, _ hook: Hook) {
    let bases = context.chains.filters(at: hook, version, in: context.ruleset)
    for (index, content) in context.ruleset.chains.enumerated() {
      guard let root = context.chains.roots[index].first(where: { bases.contains($0) }) else { continue }
      // An accept before a refusing rule makes an exception to it; only one with nothing after it decides nothing.
      var service: RuleID?
      for (number, rule) in content.rules.enumerated() {
        let id = RuleID(chain: ChainID(index), index: number)
        guard case .verdict(let verdict, _)? = rule.steps.last else { continue }
        switch verdict {
        case .drop, .reject:
          refuses = true
          hasRules = true
          service = nil
          if context.tests(.destinationPort, id), !context.tests(.source, id), Self.isPlain(rule) {
            refusesService = true
          }
          if chain == nil { chain = root }
        case .jump, .goto: service = nil
        case .accept:
          hasRules = true
          if service == nil, context.tests(.destinationPort, id) { service = id }
        default: continue
        }
      }
      if let service, serviceRule == nil, content.base != nil {
        serviceRule = service
        chain = root
      }
    }
  }
}
