package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let icmp6EchoBlocked = Check(
  CheckMetadata(
    code: "ICMP018", name: "icmp6-echo-blocked", level: .warning, group: .icmp,
    summary: "a rule refuses ICMPv6 echo requests",
    page: CheckPage(
      finds: "A rule that names ICMPv6 echo requests and refuses them, on a host or router that speaks IPv6.",
      matters: """
        RFC 4890 puts ICMPv6 echo into the class that must not be dropped: tunnels such as Teredo test reachability with
        it, and faults cannot be found without it. Scanning an IPv6 network by ping is hopeless anyway.
        """,
      decides: """
        Sends an echo request from an address that no rule singles out. Reports a rule that names the type (not a
        default drop), where IPv6 connections are carried.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                icmpv6 type echo-request drop
                meta l4proto ipv6-icmp accept
                tcp dport 443 accept
              }
            }
            """,
          good: """
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                ct state established,related accept
                icmpv6 type echo-request limit rate 100/second accept
                meta l4proto ipv6-icmp accept
                tcp dport 443 accept
              }
            }
            """),
        .init(
          .ip6tablesSave,
          bad: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD ACCEPT [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j DROP
            COMMIT
            """,
          good: """
            *filter
            :INPUT ACCEPT [0:0]
            :FORWARD ACCEPT [0:0]
            :OUTPUT ACCEPT [0:0]
            -A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 139 -j DROP
            COMMIT
            """),
      ],
      fixSafety: "`widen`: accepts echo requests.",
      ignoreWhen: "Site policy forbids ping, knowing the price.",
      notReported: "A default drop without a rule for echo; rate caps; IPv4 echo.",
      checkByHand: "`ping -6 HOST`",
      sources: "RFC 4890"))
) { context in
  guard context.flows.contains(where: { $0.version == .v6 && $0.isCarried }) else { return [] }
  guard let stranger = context.stranger(.v6), let own = context.other(.v6) else { return [] }
  var findings: [Finding] = []
  for hook in [Hook.input, .forward] where context.isFiltered(hook, .v6) {
    for name in context.interfacesToTry {
      let packet = Packet.icmp(hook, 128, from: stranger, to: own, state: .new)
        .on(in: name, out: hook == .forward ? context.otherInterface(than: name) : nil)
      guard let judgement = context.judge(packet), judgement.isRefused else { continue }
      guard let rule = judgement.trace.decider.rule, context.singlesOut(128, rule) else { continue }
      let accept = NewRule([.icmpv6(type: 128), .limit(rate: "100/second", burst: 20)], .accept)
      findings.append(
        Finding(
          code: "ICMP018", level: .warning, confidence: judgement.confidence,
          message: "ICMPv6 echo requests are refused, which RFC 4890 says must not be dropped",
          primary: context.ruleset[rule].origin, witness: judgement.trace,
          effect: "reachability tests of tunnels fail and faults are hard to find; hiding gains nothing in IPv6",
          remedies: [
            Remedy("accept echo requests up to a rate", expected: .widen, changes: [.insert(accept, .before(rule))])
          ], subject: .rule(rule)))
    }
  }
  return firstOfEach(findings) { $0.subject }
}
