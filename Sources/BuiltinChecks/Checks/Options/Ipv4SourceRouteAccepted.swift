package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let ipv4SourceRouteAccepted = Check(
  CheckMetadata(
    code: "OPT001", name: "ipv4-source-route-accepted", level: .error, group: .options,
    summary: "IPv4 packets with a source route get through",
    page: CheckPage(
      finds: """
        A rule that accepts packets because of a source-route option; or a host whose sysctls honour source routes and
        whose rules let such packets pass.
        """,
      matters: """
        The sender dictates the way of the packet and of the answer: address filters and private networks are walked
        around.
        """,
      decides: """
        Sends a TCP SYN with a loose source route (LSRR) to input and forward. The kernel drops such packets by itself
        while `net.ipv4.conf.all.accept_source_route` is 0 (the default), so without sysctls only rules that name the
        option count.
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
                ip option lsrr exists tcp dport 22 accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                ip option lsrr exists drop
                tcp dport 22 accept
              }
            }
            """)
      ],
      fixSafety: "`narrow`: drops packets with the option.",
      ignoreWhen: "A test network that uses source routes.",
      notReported: """
        Rule sets without sysctls that do not name the option; `accept_source_route=0`; a drop of the option anywhere
        on the way.
        """,
      checkByHand: "`sysctl net.ipv4.conf.all.accept_source_route`",
      sources: "RFC 7126; kernel documentation ip-sysctl; Firewall Forensics FAQ 3.1"))
) { context in
  let all = context.host.sysctls?["net.ipv4.conf.all.accept_source_route"]
  if let all, all.value == "0" { return [] }
  guard all != nil || namesSourceRoute(context) else { return [] }
  guard let stranger = context.stranger(.v4), let own = context.other(.v4) else { return [] }
  let ports = [context.named.unusedLowPort] + context.named.destinationPorts.prefix(8)
  var findings: [Finding] = []
  for hook in [Hook.input, .forward] where context.isFiltered(hook, .v4) {
    for name in context.interfacesToTry {
      for port in ports {
        let out = hook == .forward ? context.otherInterface(than: name) : nil
        var packet = Packet.tcp(hook, from: stranger, context.named.ephemeralPort, to: own, port).on(in: name, out: out)
        packet.ipOptions = ["lsrr"]
        guard let judgement = context.judge(packet), judgement.isAccepted else { continue }
        let rule = judgement.trace.acceptingRule
        let names = rule.map { context.tests(.hasLSRR, $0) || context.tests(.hasSSRR, $0) } ?? false
        guard names || all != nil else { continue }
        guard
          let place = rule.map({ Finding.Place(range: context.ruleset[$0].origin, subject: .rule($0)) })
            ?? context.range(of: judgement.trace.acceptedBy.last ?? judgement.trace.decider)
        else { continue }
        findings.append(finding(context, judgement, place, all))
      }
    }
  }
  return firstOfEach(findings) { $0.witness?.packet.hook }
}

/// Does any rule ask for a source route?
private func namesSourceRoute(_ context: CheckContext) -> Bool {
  context.outlines.areNaming(.hasLSRR) || context.outlines.areNaming(.hasSSRR)
}

private func finding(
  _ context: CheckContext, _ judgement: Judgement, _ place: Finding.Place, _ sysctl: Sysctls.Entry?
) -> Finding {
  var labels = [Label("lets it pass", at: place.range)]
  if let sysctl { labels.append(Label("the kernel honours source routes", at: sysctl.origin)) }
  var changes: [Remedy.Change] = []
  if case .rule(let rule) = place.subject {
    for option in [Field.hasLSRR, .hasSSRR] {
      changes.append(.insert(NewRule([.ipOption(option)], .drop), .before(rule)))
    }
  }
  let host = Remedy(
    "let the kernel drop source routes", expected: .host,
    changes: [.sysctl(key: "net.ipv4.conf.all.accept_source_route", value: "0")])
  let drop = Remedy("drop packets with a source route", expected: .narrow, changes: changes)
  return Finding(
    code: "OPT001", level: .error, confidence: sysctl == nil ? .likely : judgement.confidence,
    message: "source-routed packets are accepted", primary: place.range, labels: labels, witness: judgement.trace,
    effect: "a stranger dictates the way of packets and answers, past address filters",
    remedies: changes.isEmpty ? [host] : [drop, host], subject: place.subject)
}
