import Foundation
import TestSupport
import Testing

@Suite struct RecordedKernelVerdicts {
  /// 90 random rule sets with 60 packets each, walked by Linux 6.18: verdict, hook, deciding chain and rule, reject
  /// kind and conntrack state.
  @Test(.enabled(if: KernelCase.folder != nil, "no recorded kernel verdicts beside the corpora"))
  func `the walk does what the kernel did`() throws {
    var agreement = CaseAgreement()
    for name in KernelCase.names() {
      if let kernelCase = try KernelCase.read(name) { agreement.compare(kernelCase) }
    }
    print(agreement.summary)
    #expect(agreement.compared > 0)
    #expect(agreement.disagreements.isEmpty)
  }
}
