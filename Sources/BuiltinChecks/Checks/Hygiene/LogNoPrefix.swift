package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let logNoPrefix = Check(
  CheckMetadata(
    code: "HYG004", name: "log-no-prefix", level: .note, group: .hygiene,
    summary: "log rules have no prefix of their own",
    page: CheckPage(
      finds: """
        Log rules without a prefix, or whose prefix does not end in a space or colon.
        """,
      matters: """
        The prefix is the only reliable link from a log line to its rule; without a space it glues to `IN=`.
        """,
      decides: "Looks at the prefix of each rule that writes to the kernel log.",
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                limit rate 5/second log
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                limit rate 5/second log prefix "in-drop "
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
            -A INPUT -m limit --limit 5/second -j LOG
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -i lo -j ACCEPT
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -m limit --limit 5/second -j LOG --log-prefix "in-drop "
            COMMIT
            """),
      ],
      fixSafety: "No edit is offered: give each log rule a prefix that ends in a space.",
      ignoreWhen: "The rule set has a single log rule.",
      notReported: "Prefixes that end in a space or colon; NFLOG groups.",
      checkByHand: "`journalctl -k | grep IN=`",
      sources: "kernel source nf_log_syslog.c"))
) { context in
  var found: [(RuleID, SourceRange)] = []
  for id in context.outlines.rules(.logs) {
    for step in context.ruleset[id].steps {
      guard case .effect(.log(let log), let range) = step, log.group == nil else { continue }
      let isFine = log.prefix.hasSuffix(" ") || log.prefix.hasSuffix(":") || log.prefix.hasSuffix("=")
      if !isFine { found.append((id, range)) }
    }
  }
  guard let first = found.first else { return [] }
  let advice = "give each log rule a prefix of its own that ends in a space"
  return [
    Finding(
      code: "HYG004", level: .note, confidence: .proved,
      message: found.count == 1
        ? "this log rule has no prefix that ends in a space"
        : "\(found.count) log rules have no prefix that ends in a space",
      primary: first.1, labels: found.dropFirst().prefix(20).map { Label("here too", at: $0.1) },
      effect: "log lines cannot be traced back to their rule",
      remedies: [Remedy(advice, expected: .response, changes: [.advice(advice)])], subject: .rule(first.0))
  ]
}
