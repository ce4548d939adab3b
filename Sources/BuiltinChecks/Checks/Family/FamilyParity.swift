package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let familyParity = Check(
  CheckMetadata(
    code: "FAM001", name: "family-parity", level: .warning, group: .family,
    summary: "IPv6 accepts what IPv4 refuses",
    page: CheckPage(
      finds: """
        Ports that strangers may reach by IPv6 and not by IPv4, in a rule set that filters both.
        """,
      matters: """
        The IPv6 side was forgotten when the rules were tightened; scanners find hosts with IPv6 through their names
        and logs.
        """,
      decides: """
        Cuts a stranger's new TCP and UDP packets to the host by destination port, for both versions, and compares
        what is accepted. DHCPv6 is left out.
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
                tcp dport 443 accept
              }
            }
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
                tcp dport { 443, 8443 } accept
              }
            }
            """,
          good: """
            table ip filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 443 accept
              }
            }
            table ip6 filter {
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
                tcp dport 443 accept
              }
            }
            """)
      ],
      fixSafety: "No edit is offered: which of the two is right is not known.",
      ignoreWhen: "The service is meant for IPv6 only.",
      notReported: """
        Rule sets that filter one version only (IP6013); IPv6 that accepts everything by policy (STATE001); services
        open by IPv4 only.
        """,
      checkByHand: "`nmap -6 HOST` and `nmap HOST`",
      sources: "RFC 7123"))
) { context in
  guard let name = context.interfacesToTry.first else { return [] }
  var findings: [Finding] = []
  for number in [IPProtocol.tcp, IPProtocol.udp] {
    let openings = context.openings.filter { $0.hook == .input && $0.transportProtocol == number && $0.isComplete }
    guard let v4 = openings.first(where: { $0.version == .v4 }), let v6 = openings.first(where: { $0.version == .v6 })
    else {
      continue
    }
    guard !ExposedPorts.isWideOpen(context, v6, on: name) else { continue }
    let more = accepted(v6, name).subtracting(accepted(v4, name)).subtracting(ValueSet(Interval(546, 547)))
    guard let port = more.first, let own = context.other(.v6), let stranger = context.stranger(.v6) else { continue }
    let destination = UInt16(truncatingIfNeeded: port)
    let from = context.named.ephemeralPort
    let packet =
      number == IPProtocol.tcp
      ? Packet.tcp(.input, from: stranger, from, to: own, destination)
      : Packet.udp(.input, from: stranger, from, to: own, destination)
    guard let judgement = context.judge(packet.on(in: name, out: nil)), judgement.isAccepted else { continue }
    guard let rule = judgement.trace.acceptingRule else { continue }
    let shown = more.intervals.prefix(4).map { $0.lower == $0.upper ? "\($0.lower)" : "\($0.lower)-\($0.upper)" }
    let word = number == IPProtocol.tcp ? "TCP" : "UDP"
    let advice = "accept the same ports for both versions, best in one `inet` table"
    findings.append(
      Finding(
        code: "FAM001", level: .warning, confidence: judgement.confidence,
        message: "\(word) port \(shown.joined(separator: ", ")) is open by IPv6 and closed by IPv4",
        primary: context.ruleset[rule].origin, witness: judgement.trace,
        effect: "a service that IPv4 hides can be reached by IPv6",
        remedies: [Remedy(advice, expected: .change, changes: [.advice(advice)])], subject: .rule(rule)))
  }
  return findings
}

/// Destination ports that a stranger reaches on the interface at some address of the host.
private func accepted(_ opening: Opening, _ name: String) -> ValueSet {
  var ports = ValueSet.empty
  for piece in opening.pieces where piece.outcome == .accept {
    guard piece.region.admits(.inInterface, InterfaceName.value(name)) else { continue }
    guard ExposedPorts.takesUnicast(piece.region, opening.version) else { continue }
    ports = ports.union(piece.region[.destinationPort] ?? ValueSet(allOf: .destinationPort))
  }
  return ports
}
