package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp4RedirectAccepted = Check(
  CheckMetadata(
    code: "ICMP012", name: "icmp4-redirect-accepted", level: .warning, group: .icmp,
    summary: "ICMP redirects are accepted and acted upon",
    page: CheckPage(
      finds: """
        A rule that names ICMP type 5 (redirect) and accepts it from strangers; or, where sysctls are given, a host that
        acts on redirects and whose rules let them in.
        """,
      matters: "Whoever is on the same link can send a redirect and draw the host's traffic to himself.",
      decides: """
        Sends an unsolicited redirect (conntrack state `invalid`) to the host. With sysctls the effective value of
        `accept_redirects` decides: on a host `all` OR the interface's own, on a router `all` AND the interface's own.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                icmp type { redirect, echo-request } accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                icmp type redirect drop
                ct state established,related accept
                icmp type echo-request accept
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
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -p icmp -m icmp --icmp-type redirect -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -p icmp -m icmp --icmp-type redirect -j DROP
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "`narrow`: drops ICMP type 5 only. The sysctls are printed, not written.",
      ignoreWhen: "A link with several gateways that really use redirects, and trusted neighbours.",
      notReported: "Rules for all of ICMP when no sysctls are given; hosts whose `accept_redirects` is off.",
      checkByHand: "`sysctl net.ipv4.conf.all.accept_redirects net.ipv4.conf.all.shared_media`",
      sources: "kernel documentation ip-sysctl; RFC 1122; Firewall Forensics FAQ 2"))
) { context in
  if let sysctls = context.host.sysctls, redirectsAreIgnored(sysctls, context.role) { return [] }
  return AcceptedTypes(
    code: "ICMP012", level: .warning, version: .v4, types: [5], state: .invalid, hooks: [.input],
    message: { _ in "ICMP redirects are accepted from anybody" },
    effect: "a neighbour on the link can draw this host's traffic to himself"
  ).findings(context).map { finding in
    var finding = finding
    finding.remedies.append(
      Remedy(
        "ignore redirects", expected: .host,
        changes: [
          .sysctl(key: "net.ipv4.conf.all.accept_redirects", value: "0"),
          .sysctl(key: "net.ipv4.conf.default.accept_redirects", value: "0"),
        ]))
    return finding
  }
}

/// On a host an interface ignores redirects when `all` and its own value are 0; on a router one of them is enough.
private func redirectsAreIgnored(_ sysctls: Sysctls, _ role: HostFacts.Role) -> Bool {
  guard let all = sysctls["net.ipv4.conf.all.accept_redirects"]?.value else { return false }
  if role == .router { return all == "0" }
  let own = sysctls.entries.keys.sorted().filter {
    $0.hasPrefix("net.ipv4.conf.") && $0.hasSuffix(".accept_redirects") && !$0.contains(".all.")
  }
  return all == "0" && !own.isEmpty && own.allSatisfy { sysctls[$0]?.value == "0" }
}
