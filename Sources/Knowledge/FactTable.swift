/// All facts, in the order in which equally close ones are shown.
enum FactTable {
  static let all: [Fact] =
    portsBelow100 + portsBelow1024 + highPorts + trojans + games + sourcePorts + icmpFacts + addressFacts + addressesV4
    + addressesV6 + scanFacts + tracerouteFacts + ttlFacts + netbiosFacts + identFacts + otherLogFacts + rpcFacts

  /// All words that facts answer to, in order of first appearance.
  static let words: [String] = {
    var seen: Set<String> = []
    var result: [String] = []
    for fact in all {
      for case .word(let word) in fact.triggers where seen.insert(word).inserted { result.append(word) }
    }
    return result
  }()
}
