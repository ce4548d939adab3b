package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let loopbackNotIsolated = Check(
  CheckMetadata(
    code: "SPOOF007", name: "loopback-not-isolated", level: .warning, group: .spoofing,
    summary: "packets on the loopback interface are refused",
    page: CheckPage(
      finds: """
        Rules that refuse connections over `lo`, on a host that accepts others.
        """,
      matters: """
        Local programs cannot talk to each other: name lookups by a local resolver, databases, mail delivery fail or
        hang.
        """,
      decides: """
        Sends a SYN from 127.0.0.1 to itself over `lo` (for IPv6 from ::1) through output and input. Reported where
        the host accepts connections from elsewhere.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
                tcp dport 22 accept
              }
            }
            """,
          good: """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                icmpv6 type { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
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
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -s 127.0.0.0/8 -j DROP
            -A INPUT -i lo -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            COMMIT
            """,
          good: """
            *filter
            :INPUT DROP [0:0]
            :FORWARD DROP [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            -A INPUT -s 127.0.0.0/8 ! -i lo -j DROP
            -A INPUT -i lo -j ACCEPT
            -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
            COMMIT
            """),
      ],
      fixSafety: "`widen`: accepts what comes in by lo, which no other host can send.",
      ignoreWhen: "Hardly ever.",
      notReported: """
        `iifname "lo" accept`; `-i lo -j ACCEPT`; policies that accept. That 127.0.0.0/8 from other interfaces is not
        dropped by a rule is no finding, since the kernel drops it.
        """,
      checkByHand: "`nc -vz 127.0.0.1 22`",
      sources: "RFC 1122; Firewall Forensics FAQ 3.3"))
) { context in
  var findings: [Finding] = []
  for (version, local) in [(IPVersion.v4, Address.v4(0x7f00_0001)), (.v6, Address.v6(1))] {
    let isUsed = context.flows.contains { $0.version == version && $0.hook != .forward && $0.isCarried }
    guard isUsed else { continue }
    let ports = [context.named.unusedLowPort, context.named.unusedHighPort]
    for hook in [Hook.output, .input] where context.isFiltered(hook, version) {
      let judged = ports.compactMap { port -> Judgement? in
        let packet = Packet.tcp(hook, from: local, context.named.ephemeralPort, to: local, port)
          .on(in: hook == .input ? "lo" : nil, out: hook == .output ? "lo" : nil)
        return context.judge(packet)
      }
      guard judged.count == ports.count, judged.allSatisfy({ $0.isRefused }), let first = judged.first else { continue }
      guard let place = context.range(of: first.trace.decider), let chain = first.trace.decider.chain else { continue }
      let condition: NewRule.Condition = hook == .input ? .inInterface("lo") : .outInterface("lo")
      let base = context.chains.roots[chain.index].first ?? chain
      findings.append(
        Finding(
          code: "SPOOF007", level: .warning, confidence: first.confidence,
          message: "packets on the loopback interface are refused; local programs cannot talk to each other",
          primary: place.range, labels: [context.label(nil, at: first.trace, "over lo: ")].compactMap { $0 },
          witness: first.trace, effect: "a local resolver, database or mail server cannot be reached; programs hang",
          remedies: [
            Remedy(
              "accept what comes over lo", expected: .widen,
              changes: [.insert(NewRule([condition], .accept), .atStart(base))])
          ], subject: place.subject))
    }
  }
  return firstOfEach(findings) { $0.subject }
}
