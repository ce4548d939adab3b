package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let unknownInterface = Check(
  CheckMetadata(
    code: "HYG015", name: "unknown-interface", level: .note, group: .hygiene,
    summary: "a rule names an interface that the host does not have",
    page: CheckPage(
      finds: "A rule that names an interface which the host facts do not list.",
      matters: "The rule never matches; often the interface was renamed.",
      decides: "Only with host facts that list interfaces. Wildcards are left out.",
      examples: [],
      fixSafety: "No edit is offered.",
      ignoreWhen: "Interfaces that come and go (VPN, containers).",
      notReported: "Rule sets without host facts; wildcards; lo.",
      checkByHand: "`ip -br link`",
      sources: "nft(8); iptables(8)"))
) { context in
  guard !context.host.interfaces.isEmpty else { return [] }
  let known = Set(context.host.interfaces.keys)
  let findings = context.eachRule(naming: .inInterface, .outInterface) { id, rule in
    for step in rule.steps {
      guard case .match(let match) = step, case .field(let field, let values) = match.condition else { continue }
      guard field == .inInterface || field == .outInterface else { continue }
      let positive = values.contains(.max) ? values.complement(in: field) : values
      let names = positive.intervals.prefix(64).filter { $0.lower == $0.upper }.map { InterfaceName.name($0.lower) }
      guard let name = names.first(where: { !$0.isEmpty && $0 != "lo" && !known.contains($0) }) else { continue }
      let advice = "rename the interface in the rule, or add it to the host facts"
      return Finding(
        code: "HYG015", level: .note, confidence: .likely, message: "the host has no interface `\(name)`",
        primary: match.origin, effect: "the rule never matches",
        remedies: [Remedy(advice, expected: .change, changes: [.advice(advice)])], subject: .rule(id))
    }
    return nil
  }
  return firstOfEach(findings) { $0.message }
}
