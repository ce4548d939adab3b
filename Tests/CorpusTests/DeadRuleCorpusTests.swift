import FirewallAnalysis
import FirewallModel
import Foundation
import HostFacts
import Lowering
import PacketSets
import Packets
import SourceText
import TestSupport
import Testing

/// Rules of real rule sets that are said to match no packet.
@Suite struct DeadRuleCorpusTests {
  struct Input: CustomStringConvertible {
    var name: String
    var ruleset: Ruleset
    var description: String { name }
  }

  /// The rule sets of the corpora that load, up to a size.
  static func inputs(upTo rules: Int) throws -> [Input] {
    let root = try #require(Corpora.root)
    var inputs: [Input] = []
    for row in TabSeparatedTable(contentsOf: root.appending(path: "manifest.tsv")).rows {
      let path = row["path"].isEmpty ? row["file"] : row["path"]
      guard let dialect = dialect(row["kind"] + " " + row["format"] + " " + row["dialect"], path),
        let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8)
      else { continue }
      let lowered = lowered(text, dialect)
      guard (1...rules).contains(lowered.ruleset.ruleCount) else { continue }
      inputs.append(Input(name: path, ruleset: lowered.ruleset))
    }
    return inputs
  }

  private static func dialect(_ words: String, _ path: String) -> Dialect? {
    if words.contains("ip6tables") { return .ip6tablesSave }
    if words.contains("iptables") { return .iptablesSave }
    if words.contains("nft") && !words.contains("json") { return .nft }
    return nil
  }

  /// None is missed and none is too many, as the slow reference says.
  @Test(.enabled(if: Corpora.isPresent, "\(Corpora.absent)"))
  func `the dead rules are those that no packet reaches`() throws {
    var compared = 0
    var exact = 0
    var rules = 0
    for input in try Self.inputs(upTo: 300) {
      let reference = SlowReachability(input.ruleset)
      let dead = Analysis(input.ruleset).deadRules()
      if reference.isAborted { continue }
      compared += 1
      let found = Set(dead.rules.map(\.rule))
      rules += found.count
      for rule in found where !reference.isDead(rule) && !reference.isCoarse {
        Issue.record("\(input.name): rule \(rule.index) of \(input.ruleset[rule.chain].name) is reached")
      }
      guard dead.isComplete else { continue }
      exact += 1
      for chain in reference.entered {
        for index in input.ruleset[chain].rules.indices {
          let rule = RuleID(chain: chain, index: index)
          if reference.isDead(rule), !found.contains(rule), !reference.isCoarse {
            Issue.record("\(input.name): rule \(index) of \(input.ruleset[chain].name) is missed")
          }
        }
      }
    }
    print("dead rules: \(compared) rule sets compared, \(exact) of them completely; \(rules) dead rules")
    #expect(compared > 0)
  }

  /// Packets from the corners of what a dead rule matches walk past it.
  @Test(.enabled(if: Corpora.isPresent, "\(Corpora.absent)"))
  func `no packet from the corners of a dead rule reaches it`() throws {
    var packets = 0
    var rules = 0
    for input in try Self.inputs(upTo: Corpora.isFull ? 20_000 : 150) {
      let analysis = Analysis(input.ruleset)
      for dead in analysis.deadRules().rules.prefix(Corpora.isFull ? 60 : 6) {
        rules += 1
        for corner in Self.corners(of: dead.rule, in: input.ruleset) {
          for hook in [Hook.input, .forward, .output] {
            guard let packet = analysis.witness(in: corner, at: hook) else { continue }
            packets += 1
            for step in analysis.trace(packet).steps where step.rule == dead.rule {
              if case .matched = step.event {
                Issue.record("\(input.name): \(dead.rule.index) of \(input.ruleset[dead.rule.chain].name): \(packet)")
              }
            }
          }
        }
      }
    }
    print("dead rules: \(packets) packets from the corners of \(rules) rules")
  }

  /// Boxes with one value in each field that the rule tests: first, last and beside the bounds of its intervals.
  private static func corners(of id: RuleID, in ruleset: Ruleset) -> [Box] {
    var box = Box()
    for step in ruleset[id].steps {
      guard case .match(let match) = step else { continue }
      switch match.condition {
      case .field(let field, let values): box = box.narrowed(field, to: values)
      case .member(let set, let fields, false):
        if fields.count == 1, case .values(let values) = ruleset[set].contents {
          box = box.narrowed(fields[0], to: values)
        }
      default: continue
      }
    }
    var corners: [Box] = []
    for variant in 0..<12 {
      var corner = box
      for (place, constraint) in box.constraints.enumerated() {
        let intervals = constraint.values.intervals
        guard !intervals.isEmpty else { continue }
        let interval = intervals[(variant / 3 + place * variant) % intervals.count]
        let middle = interval.lower + (interval.upper - interval.lower) / 2
        corner = corner.narrowed(constraint.field, to: [interval.lower, interval.upper, middle][(variant + place) % 3])
      }
      corners.append(corner)
    }
    return corners
  }
}
