package import CheckKit
package import FirewallModel
import Packets
package import SourceText

/// A remedy as edits of the file's text, or why it could not be written.
package struct WrittenRemedy: Sendable {
  package var title: String
  package var expected: FixClass
  /// In the order of the remedy's changes; not overlapping. Empty when refused or when nothing is to be edited.
  package var edits: [TextEdit]
  /// Lines for people: sysctls, advice, and for what could not be written the rule to write by hand.
  package var instructions: [String]
  /// Why the edits are missing; nil when they are not.
  package var refusal: Refusal?

  package init(
    title: String, expected: FixClass, edits: [TextEdit] = [], instructions: [String] = [], refusal: Refusal? = nil
  ) {
    self.title = title
    self.expected = expected
    self.edits = edits
    self.instructions = instructions
    self.refusal = refusal
  }
}

/// Writes remedies in a file's own dialect, indentation, line ends and form. Holds what is known of one file's text, so
/// that many remedies of one file cost one pass over it.
package struct RemedyWriter: Sendable {
  private enum Form {
    case nftables(NftablesEdits)
    case iptables(IptablesEdits)
    case other(String)
  }
  private let form: Form
  private let ruleset: Ruleset

  /// `ruleset` must have been read from `file`. Cost: one pass over the file for nft.
  package init(ruleset: Ruleset, file: SourceFile, dialect: Dialect) {
    self.ruleset = ruleset
    switch dialect {
    case .nft: form = .nftables(NftablesEdits(ruleset: ruleset, file: file))
    case .iptablesSave: form = .iptables(IptablesEdits(ruleset: ruleset, lines: TextLines(file), isV6: false))
    case .ip6tablesSave: form = .iptables(IptablesEdits(ruleset: ruleset, lines: TextLines(file), isV6: true))
    case .nftJSON: form = .other("JSON rule sets are not edited")
    }
  }

  package func write(_ remedy: Remedy) -> WrittenRemedy {
    var result = WrittenRemedy(title: remedy.title, expected: remedy.expected)
    for change in remedy.changes {
      switch change {
      case .sysctl(let key, let value): result.instructions.append("\(key) = \(value)")
      case .advice(let text): result.instructions.append(text)
      default:
        do throws(Refusal) {
          result.edits += try edits(for: change)
        } catch {
          if result.refusal == nil { result.refusal = error }
          if let text = byHand(change) { result.instructions.append(text) }
        }
      }
    }
    if result.refusal != nil {
      result.edits = []
    } else if Self.overlap(result.edits) {
      result.edits = []
      result.refusal = Refusal("two changes of the remedy meet in the same text")
    }
    return result
  }

  private func edits(for change: Remedy.Change) throws(Refusal) -> [TextEdit] {
    guard isInside(change) else { throw Refusal("the remedy speaks of a rule that is not there") }
    switch form {
    case .other(let reason): throw Refusal(reason)
    case .nftables(let writer):
      switch change {
      case .insert(let rule, let place): return try writer.insertion(rule, place)
      case .remove(let id): return try writer.removal(of: id)
      case .setVerdict(let id, let verdict): return try writer.verdictEdit(of: id, to: verdict)
      case .addStates(let id, let states): return try writer.statesEdit(of: id, adding: states)
      case .setPolicy(let id, let policy): return try writer.policyEdit(of: id, to: policy)
      case .sysctl, .advice: return []
      }
    case .iptables(let writer):
      switch change {
      case .insert(let rule, let place): return try writer.insertion(rule, place)
      case .remove(let id): return try writer.removal(of: id)
      case .setVerdict(let id, let verdict): return try writer.verdictEdit(of: id, to: verdict)
      case .addStates(let id, let states): return try writer.statesEdit(of: id, adding: states)
      case .setPolicy(let id, let policy): return try writer.policyEdit(of: id, to: policy)
      case .sysctl, .advice: return []
      }
    }
  }

  /// For each chain and rule the bytes that hold the rule and nothing else, as a line of its own where it is one; nil
  /// for a rule whose text cannot be left out by itself. nil where rules are placed by number, so that leaving one out would
  /// move others. O(rules).
  func cuts() -> [[Range<Int>?]]? {
    switch form {
    case .other: return nil
    case .nftables(let writer):
      return ruleset.chains.indices.map { chain in
        ruleset.chains[chain].rules.indices.map { writer.cut(RuleID(chain: ChainID(chain), index: $0)) }
      }
    case .iptables(let writer):
      return ruleset.chains.indices.map { chain in
        ruleset.chains[chain].rules.indices.map { writer.cut(RuleID(chain: ChainID(chain), index: $0)) }
      }
    }
  }

  private func isInside(_ change: Remedy.Change) -> Bool {
    func holds(_ id: ChainID) -> Bool { ruleset.chains.indices.contains(id.index) }
    func holds(_ id: RuleID) -> Bool { holds(id.chain) && ruleset[id.chain].rules.indices.contains(id.index) }
    switch change {
    case .insert(_, .before(let id)), .insert(_, .after(let id)): return holds(id)
    case .insert(_, .atEnd(let id)), .insert(_, .atStart(let id)): return holds(id)
    case .remove(let id), .setVerdict(let id, _), .addStates(let id, _): return holds(id)
    case .setPolicy(let id, _): return holds(id)
    case .sysctl, .advice: return true
    }
  }

  /// The lines of a new rule in the file's dialect, without place: for instructions and help texts.
  package func text(of rule: NewRule, in chain: ChainID) -> [String]? {
    guard ruleset.chains.indices.contains(chain.index) else { return nil }
    let table = ruleset[ruleset[chain].table]
    if table.dialect.isIptables {
      guard let texts = try? IptablesText.rules(rule, isV6: table.family == .ip6) else { return nil }
      return texts.map { "-A \(ruleset[chain].name) \($0)" }
    }
    guard let text = try? NftablesText.rule(rule, family: table.family) else { return nil }
    return [text]
  }

  private func byHand(_ change: Remedy.Change) -> String? {
    guard isInside(change) else { return nil }
    func name(_ id: ChainID) -> String {
      let table = ruleset[ruleset[id].table]
      return table.dialect.isIptables
        ? "chain \(ruleset[id].name) of table \(table.name)"
        : "chain \(ruleset[id].name) of table \(table.family.rawValue) \(table.name)"
    }
    switch change {
    case .insert(let rule, let place):
      let (chain, words): (ChainID, String) =
        switch place {
        case .before(let id): (id.chain, "before rule \(id.index + 1) of")
        case .after(let id): (id.chain, "after rule \(id.index + 1) of")
        case .atEnd(let id): (id, "at the end of")
        case .atStart(let id): (id, "at the start of")
        }
      return text(of: rule, in: chain).map { "write `\($0.joined(separator: "`, `"))` \(words) \(name(chain))" }
    case .remove(let id): return "remove rule \(id.index + 1) of \(name(id.chain))"
    case .setVerdict(let id, _): return "change the verdict of rule \(id.index + 1) of \(name(id.chain))"
    case .addStates(let id, let states):
      return
        "add \(states.map(\.name).joined(separator: ", ")) to the states of rule \(id.index + 1) of \(name(id.chain))"
    case .setPolicy(let id, let policy): return "set the policy of \(name(id)) to \(policy.rawValue)"
    case .sysctl, .advice: return nil
    }
  }

  /// Do two edits touch the same bytes? Two insertions at one place do not.
  static func overlap(_ edits: [TextEdit]) -> Bool {
    let sorted = edits.sorted { $0.range < $1.range }
    return zip(sorted, sorted.dropFirst()).contains { first, second in
      first.range.file == second.range.file && second.range.lower < first.range.upper
    }
  }
}

extension Remedy.Place {
  /// The chain that the rule goes into.
  var chain: ChainID {
    switch self {
    case .before(let id), .after(let id): id.chain
    case .atEnd(let id), .atStart(let id): id
    }
  }
}
