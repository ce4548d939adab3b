import BuiltinChecks
import CheckKit
import FirewallAnalysis
import FirewallModel
import Foundation
import HostFacts
import Lowering
import Repairs
import SourceText
import TestSupport
import Testing

/// The remedies of all findings on real rule sets: what is proved must still load, and must not crash on the way.
@Suite(.disabled(if: !Corpora.isPresent, Comment(rawValue: Corpora.absent)))
struct `Fixes on real rule sets` {
  @Test func `proved fixes still load`() throws {
    guard let root = Corpora.root else { return }
    let rows = TabSeparatedTable(contentsOf: root.appending(path: "manifest.tsv")).rows
    var counts: [String: Int] = [:]
    var loads = 0
    for row in rows where row["format"] == "nft" || row["format"] == "iptables-save" {
      guard let data = try? Data(contentsOf: root.appending(path: row["path"])), data.count < 100_000 else { continue }
      let isV6 = ["ip6", "ipv6"].contains { row["path"].contains($0) } || row["path"].hasSuffix(".v6")
      let dialect: Dialect = row["format"] == "nft" ? .nft : isV6 ? .ip6tablesSave : .iptablesSave
      let input = repairInput(String(decoding: data, as: UTF8.self), dialect)
      // Two findings of each check: some checks report many alike.
      var ofCode: [String: Int] = [:]
      let findings = input.findings.filter { finding in
        ofCode[finding.code, default: 0] += 1
        return !finding.remedies.isEmpty && ofCode[finding.code, default: 0] <= 2
      }
      let proposals = Repairs.proposals(for: findings, in: input, limit: 8, workBudget: 10_000)
      for (finding, list) in zip(findings, proposals) {
        for proposal in list {
          let status: String
          switch proposal.status {
          case .proved: status = "proved \(proposal.fixClass.rawValue)"
          case .notYetProved: status = proposal.edits.isEmpty ? "printed only" : "not yet proved"
          case .refused(let reason): status = "refused: \(reason)"
          }
          counts["\(finding.code) \(status)", default: 0] += 1
          if case .refused = proposal.status, ProcessInfo.processInfo.environment["FWLINT_SHOW_REFUSED"] != nil {
            print("\(row["path"]) \(finding.code) \(proposal.title): \(status)")
          }
          guard proposal.status == .proved, row["reference_tool_verdict"] == "ok", !Privileges.absent, loads < 150
          else {
            continue
          }
          loads += 1
          let text = try #require(applied(proposal, to: input))
          let tool =
            switch dialect {
            case .iptablesSave: "iptables-restore --test"
            case .ip6tablesSave: "ip6tables-restore --test"
            default: "nft -c -f -"
            }
          let result = try #require(inNamespace(tool, input: text))
          #expect(result.status == 0, "\(row["path"]) \(finding.code): \(result.output)")
        }
      }
    }
    for key in counts.keys.sorted() { print("\(counts[key] ?? 0)\t\(key)") }
    print("\(loads) edited files loaded")
  }
}
