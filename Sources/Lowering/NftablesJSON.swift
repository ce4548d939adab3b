import FirewallModel
import NftablesSyntax
package import SourceText

extension Lowering {
  /// Reads and lowers nft JSON: the output of `nft -j list ruleset`, or a file of commands for `nft -j -f`. All ranges
  /// point into the JSON. What is not recognised is counted as in a script.
  package static func nftablesJSON(_ file: SourceFile, options: NftablesOptions = NftablesOptions()) -> Lowered {
    let translated = JSONScript(translating: file)
    var lowered = nftables(translated.script, options: options) { _ in .failed("JSON has no includes") }
    lowered.dialect = .nftJSON
    for index in lowered.ruleset.tables.indices { lowered.ruleset.tables[index].dialect = .nftJSON }
    // What a placeholder makes the parser say has been said better already.
    lowered.problems.removeAll { translated.isPlaceholder($0.range) }
    lowered.mapRanges { translated.origin(of: $0) }
    lowered.problems = (translated.problems + lowered.problems).enumerated()
      .sorted { ($0.element.range, $0.offset) < ($1.element.range, $1.offset) }.map(\.element)
    return lowered
  }
}

extension Lowered {
  /// Replaces every source range. For texts that were read by way of another text.
  mutating func mapRanges(_ map: (SourceRange) -> SourceRange) {
    for index in problems.indices {
      problems[index].range = map(problems[index].range)
      for label in problems[index].labels.indices {
        problems[index].labels[label].range = map(problems[index].labels[label].range)
      }
    }
    for index in ruleset.tables.indices { ruleset.tables[index].origin = map(ruleset.tables[index].origin) }
    for index in ruleset.chains.indices { ruleset.chains[index].mapRanges(map) }
    for index in ruleset.sets.indices {
      ruleset.sets[index].origin = map(ruleset.sets[index].origin)
      if case .map(var elements, let fallback) = ruleset.sets[index].contents {
        for element in elements.indices { elements[element].origin = map(elements[element].origin) }
        ruleset.sets[index].contents = .map(elements, fallback: fallback)
      }
    }
    for index in ruleset.coverage.notUnderstood.indices {
      ruleset.coverage.notUnderstood[index].range = map(ruleset.coverage.notUnderstood[index].range)
    }
    for index in ruleset.coverage.notModelled.indices {
      ruleset.coverage.notModelled[index].range = map(ruleset.coverage.notModelled[index].range)
    }
  }
}

extension Chain {
  fileprivate mutating func mapRanges(_ map: (SourceRange) -> SourceRange) {
    origin = map(origin)
    end = map(end)
    if let policy = base?.policyOrigin { base?.policyOrigin = map(policy) }
    for rule in rules.indices {
      rules[rule].origin = map(rules[rule].origin)
      rules[rule].steps = rules[rule].steps.map { step in
        switch step {
        case .match(var match):
          match.origin = map(match.origin)
          return .match(match)
        case .effect(let effect, let place): return .effect(effect, at: map(place))
        case .verdict(let verdict, let place): return .verdict(verdict, at: map(place))
        case .verdictMap(let verdictMap, let place): return .verdictMap(verdictMap, at: map(place))
        }
      }
    }
  }
}
