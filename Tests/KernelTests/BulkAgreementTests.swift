import Driver
import Foundation
import JSONText
import Testing

/// `fwlint trace --format json --packets` against recorded kernel verdicts: verdict, hook, table, chain, rule or policy,
/// rule, and what a reject sends.
@Suite struct BulkKernelVerdicts {
  @Test(.enabled(if: KernelCase.folder != nil, "no recorded kernel verdicts beside the corpora"))
  func `the bulk command answers as the kernel did`() async throws {
    var agreement = BulkAgreement()
    for name in KernelCase.names() {
      guard let folder = KernelCase.folder else { continue }
      let json = try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: name))))
      agreement.compare(name, json, try await BulkCommand.answers(to: json))
    }
    print(agreement.summary)
    #expect(agreement.compared > 0)
    #expect(agreement.disagreements.isEmpty)
    // Only what counts packets stays open.
    #expect(agreement.uncertain.keys.allSatisfy { $0.contains("limit") })
  }

  /// Cases that once disagreed, each with the kernel's own verdicts.
  @Test func `recorded disagreements stay solved`() async throws {
    var agreement = BulkAgreement()
    for (name, json) in try BulkCommand.recorded() {
      agreement.compare(name, json, try await BulkCommand.answers(to: json))
    }
    print(agreement.summary)
    #expect(agreement.compared > 0)
    #expect(agreement.disagreements.isEmpty)
  }
}
