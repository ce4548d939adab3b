import FirewallAnalysis
import FirewallModel
import PacketSets
import Testing

@Suite struct PartitionCoverage {
  /// The agreement tests say something only when most partitions end and few pieces are uncertain.
  @Test func `most partitions are complete and certain`() {
    var complete = 0
    var pieces = 0
    var uncertain = 0
    for seed in 0..<150 {
      var random = Random(state: UInt64(seed))
      let (ruleset, hook) = PartitionTests.randomRuleset(&random)
      let partition = Analysis(ruleset).partition(.all, at: hook, budget: 3_000_000)
      if partition.isComplete { complete += 1 }
      pieces += partition.pieces.count
      uncertain += partition.pieces.count { if case .may = $0.outcome { true } else { false } }
    }
    print("complete \(complete) of 150, pieces \(pieces), uncertain \(uncertain)")
    #expect(complete > 140)
  }
}
