import Foundation
import TestSupport
import Testing

@Suite struct NftablesSuiteTests {
  @Test(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
  func `rules of nftables' own suite are taken and refused as nft does`() throws {
    let result = try NftablesSuiteResult(in: #require(Corpora.root))
    print("nft suite: \(result.accepted) of \(result.expectedOK) good rules taken")
    for line in result.wronglyRefused { print("  refused: \(line)") }
    print("nft suite: \(result.refused) of \(result.expectedFail) bad rules refused")
    for line in result.wronglyAccepted { print("  taken: \(line)") }
    #expect(result.accepted * 1000 >= result.expectedOK * 900)
    #expect(result.refused * 100 >= result.expectedFail * 50)
  }
}
