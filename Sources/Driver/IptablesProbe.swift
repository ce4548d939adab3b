import FirewallModel
import IptablesSyntax
import Lowering
import SourceText

/// Reads iptables and ipset texts for fuzzing, with nothing else around it.
package enum IptablesProbe {
  /// Tokens, model and writer. The saved form of each rule that is taken must be taken and must save as itself.
  package static func read(_ bytes: [UInt8]) -> ProbeOutcome {
    let isIPv6 = bytes.count % 2 == 1
    let dialect: Dialect = isIPv6 ? .ip6tablesSave : .iptablesSave
    let source = SourceFile(id: SourceID(0), path: "-", bytes: bytes)
    let lowered = Lowering.iptablesSave(source, dialect: dialect)
    let once = SourceFile(
      id: SourceID(0), path: "-", bytes: IptablesWriter.formatted(source, isIPv6: isIPv6))
    let isStable = IptablesWriter.formatted(once, isIPv6: isIPv6) == once.bytes
    // Lists of addresses become several rules, which no deletion by number survives; so only what loads is compared.
    let stays = !lowered.isLoadable || Lowering.iptablesSave(once, dialect: dialect).isLoadable
    return ProbeOutcome(
      isLoadable: lowered.isLoadable,
      isLossless: isStable && stays && IptablesFile(reading: source).printed() == source.bytes)
  }

  private static let rules = SourceFile(
    id: SourceID(1), path: "rules",
    text: """
      *filter
      :INPUT ACCEPT [0:0]
      -A INPUT -m set --match-set s src -j ACCEPT
      -A INPUT -p tcp -m set ! --match-set s src,dst -j ACCEPT
      -A INPUT -m set --match-set t dst,src,dst --return-nomatch -j DROP
      -A INPUT -m set --match-set u src,src -j DROP
      COMMIT

      """)

  /// Sets, and rules that ask them.
  package static func ipset(_ bytes: [UInt8]) -> ProbeOutcome {
    let source = SourceFile(id: SourceID(0), path: "-", bytes: bytes)
    let file = IpsetFile(reading: source)
    let lowered = Lowering.iptablesSave(rules, dialect: .iptablesSave, ipsets: [source])
    return ProbeOutcome(
      isLoadable: file.problems.isEmpty && lowered.isLoadable, isLossless: file.printed() == source.bytes)
  }
}
