import BuiltinChecks
import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import Lowering
import Repairs
import SourceText

/// A rule set read and checked as the program does it.
func repairInput(
  _ text: String, _ dialect: Dialect = .nft, checks: [Check] = allChecks, host: HostFacts = HostFacts()
) -> RepairInput {
  let file = SourceFile(id: SourceID(0), path: "test", text: text)
  let reread: @Sendable (SourceFile) -> Lowered = { file in
    dialect.isIptables ? Lowering.iptablesSave(file, dialect: dialect) : Lowering.nftables(file)
  }
  let relint: @Sendable (Lowered, Analysis) -> [Finding] = { _, analysis in
    let context = CheckContext(analysis)
    return checks.flatMap { $0.run(context) }
  }
  let lowered = reread(file)
  let analysis = Analysis(lowered.ruleset, host: host)
  return RepairInput(
    file: file, lowered: lowered, analysis: analysis, findings: relint(lowered, analysis), reread: reread,
    relint: relint)
}

/// The text after the edits of a proposal.
func applied(_ proposal: Proposal, to input: RepairInput) -> String? {
  input.file.applying(proposal.edits).map { String(decoding: $0, as: UTF8.self) }
}

/// A check that reports one finding with the given remedies, once, as long as a condition holds: for proofs of remedies
/// whatever the built-in checks say.
func single(_ remedy: Remedy, on chain: ChainID, while holds: @escaping @Sendable (Ruleset) -> Bool) -> Check {
  Check(
    CheckMetadata(
      code: "TEST001", name: "test", level: .warning, group: .rules, summary: "test",
      page: CheckPage(
        finds: "", matters: "", decides: "", examples: [], fixSafety: "", ignoreWhen: "", notReported: "",
        checkByHand: "", sources: ""))
  ) { context in
    guard holds(context.ruleset), context.ruleset.chains.indices.contains(chain.index) else { return [] }
    return [
      Finding(
        code: "TEST001", level: .warning, confidence: .likely, message: "test",
        primary: context.ruleset[chain].origin, remedies: [remedy], subject: .chain(chain))
    ]
  }
}
