package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let logUnlimited = Check(
  CheckMetadata(
    code: "HYG002", name: "log-unlimited", level: .warning, group: .hygiene,
    summary: "a log rule that strangers can reach has no rate limit",
    page: CheckPage(
      finds: """
        A rule that writes to the kernel log for each packet, and that packets of a stranger can reach.
        """,
      matters: """
        A scan or flood fills the disk and keeps the processor busy with logging; the lines that matter drown.
        """,
      decides: """
        For each log rule without a rate among its tests, or before it in its chain of jumps, a stranger's new packet
        that fits the rule is followed. Reported when it passes the log statement.
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
                log prefix "in-drop: "
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
                limit rate 5/second log prefix "in-drop: "
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
            -A INPUT -j LOG --log-prefix "in-drop: "
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -m limit --limit 5/second -j LOG --log-prefix "in-drop: "
            COMMIT
            """),
      ],
      fixSafety: """
        No edit is offered: put `limit rate 5/second` before `log`; where the rule also decides, split it, since the
        limit would apply to the verdict too.
        """,
      ignoreWhen: "The log goes to a collector that can bear it.",
      notReported: """
        NFLOG and ulogd groups; rules with limit or hashlimit; rules that only established packets or named addresses
        reach.
        """,
      checkByHand: "`nft list ruleset | grep log`",
      sources: "Firewall Forensics FAQ 11.3"))
) { context in
  var first: Finding?
  var more: [Label] = []
  let walks = StrangerWalks(context)
  for (index, chain) in context.ruleset.chains.enumerated() where !context.chains.roots[index].isEmpty {
    for id in context.outlines.rules(.logs, of: ChainID(index)) {
      if more.count >= 20 { break }
      let rule = chain.rules[id.index]
      guard logsUnlimited(rule) else { continue }
      guard let trace = LogQuestion(context: context, walks: walks, rule: id).witness() else { continue }
      guard let range = logRange(rule) else { continue }
      if first != nil {
        more.append(Label("here too", at: range))
        continue
      }
      let advice = "put a rate limit before the log statement, in a rule of its own where it also decides"
      first = Finding(
        code: "HYG002", level: .warning, confidence: trace.isCertain ? .proved : .likely,
        message: "packets of strangers are logged without a rate limit", primary: range, witness: trace,
        effect: "a scan or flood fills the disk, and the lines that matter drown",
        remedies: [Remedy(advice, expected: .response, changes: [.advice(advice)])], subject: .rule(id))
    }
  }
  guard var finding = first else { return [] }
  finding.labels = more
  if !more.isEmpty { finding.message += ", by \(more.count + 1) rules" }
  return [finding]
}

/// Writes to the kernel log and has no rate before that.
private func logsUnlimited(_ rule: Rule) -> Bool {
  for step in rule.steps {
    switch step {
    case .match(let match): if isRate(match.condition) { return false }
    case .effect(.log(let log), _): return log.group == nil
    case .effect, .verdict, .verdictMap: continue
    }
  }
  return false
}

private func isRate(_ condition: Condition) -> Bool {
  switch condition {
  case .unknown(let uncertainty): uncertainty.kind == .rate || uncertainty.kind == .dynamicSet
  case .not(let inner): isRate(inner)
  default: false
  }
}

private func logRange(_ rule: Rule) -> SourceRange? {
  for step in rule.steps { if case .effect(.log, let range) = step { return range } }
  return nil
}

/// The walks of packets to unused ports, done once for all log rules: on a rule set with many of them they are what
/// costs.
private struct StrangerWalks {
  struct Walk {
    var hook: Hook
    var version: IPVersion
    var trace: Trace
    /// The rules that the packet matched.
    var matched: Set<RuleID>
  }
  private(set) var walks: [Walk] = []

  init(_ context: CheckContext) {
    for hook in [Hook.input, .forward] {
      for version in IPVersion.allCases {
        for packet in Self.packets(context, hook, version) {
          for trace in context.walks(of: packet) {
            walks.append(Walk(hook: hook, version: version, trace: trace, matched: trace.matchedRules))
          }
        }
      }
    }
  }

  private static func packets(_ context: CheckContext, _ hook: Hook, _ version: IPVersion) -> [Packet] {
    guard let stranger = context.stranger(version), let own = context.other(version) else { return [] }
    guard let name = context.interfacesToTry.first else { return [] }
    let out = hook == .forward ? context.otherInterface(than: name) : nil
    let port = context.named.ephemeralPort
    return [
      Packet.tcp(hook, from: stranger, port, to: own, context.named.unusedLowPort).on(in: name, out: out),
      Packet.udp(hook, from: stranger, port, to: own, context.named.unusedHighPort).on(in: name, out: out),
      Packet.icmp(hook, version == .v4 ? 8 : 128, from: stranger, to: own, state: .new).on(in: name, out: out),
      Packet.tcp(hook, from: stranger, port, to: own, context.named.unusedLowPort, flags: TCPFlag.fin, state: .invalid)
        .on(in: name, out: out),
    ]
  }
}

extension CheckContext {
  /// The walk through the rules, and through the typical view of them where there is one.
  fileprivate func walks(of packet: Packet) -> [Trace] {
    hasTypicalView ? [analysis.trace(packet), typical.trace(packet)] : [analysis.trace(packet)]
  }
}

extension Trace {
  fileprivate var matchedRules: Set<RuleID> {
    var rules: Set<RuleID> = []
    for step in steps {
      if case .matched = step.event, let rule = step.rule { rules.insert(rule) }
    }
    return rules
  }
}

/// Is there a stranger's new packet that passes the log statement?
private struct LogQuestion {
  let context: CheckContext
  let walks: StrangerWalks
  let rule: RuleID

  func witness() -> Trace? {
    for root in context.chains.roots[rule.chain.index].prefix(3) {
      guard let base = context.ruleset[root].base else { continue }
      let hook: Hook = base.hook == .prerouting || base.hook == .ingress ? .input : base.hook
      guard hook == .input || hook == .forward else { continue }
      for version in IPVersion.allCases {
        guard version.isSeen(by: context.ruleset[context.ruleset[root].table].family) else { continue }
        let passing = walks.walks.first { $0.hook == hook && $0.version == version && $0.matched.contains(rule) }
        if let passing { return passing.trace }
        guard let packet = fitting(hook, version) else { continue }
        if let trace = context.walks(of: packet).first(where: { $0.matchedRules.contains(rule) }) { return trace }
      }
    }
    return nil
  }

  /// A packet that is made to fit the rule's own tests.
  private func fitting(_ hook: Hook, _ version: IPVersion) -> Packet? {
    guard let stranger = context.stranger(version) else { return nil }
    var box = Region.newTCP(hook, version).narrowed(.source, to: stranger.value)
    for step in context.ruleset[rule].steps {
      guard case .match(let match) = step, case .field(let field, let values) = match.condition else { continue }
      box = box.narrowed(field, to: values)
    }
    return box.isEmpty ? nil : context.witness(in: box, at: hook)
  }
}
