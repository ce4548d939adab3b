import FirewallModel
import NftablesSyntax
import SourceText

/// An expression or statement: a node of one of the files read, with the variables that are known there.
struct Ex {
  var file: Int32
  var node: NodeID
  /// Index into `NftablesReader.scopes`.
  var scope: Int32
}

/// The variables that are known at one place of the text, innermost block last.
struct Scope {
  var frames: [[String: Ex]] = [[:]]

  func lookup(_ name: String) -> Ex? {
    for frame in frames.reversed() {
      if let found = frame[name] { return found }
    }
    return nil
  }

  var names: [String] { frames.flatMap { $0.keys.sorted() } }
}

/// What the commands read so far have made of the rule set. Rules stay unread until all commands have taken effect.
struct TableState {
  var family: Family
  var name: String
  var origin: SourceRange
  var isDormant = false
  var comment: String?
  var chains: [ChainState] = []
  var chainIndex: [String: Int] = [:]
  var sets: [SetState] = []
  var setIndex: [String: Int] = [:]
  /// Counters, quotas, limits, helpers …: `counter name`.
  var objects: Set<String> = []
  var flowtables: Set<String> = []
  /// The same with what they say, in order.
  var declarations: [Declaration] = []
  var isDeleted = false
  /// Where this table's chains and sets begin in the final arrays.
  var firstChain = 0
  var firstSet = 0
  var chainIDs: [Int] = []
  var setIDs: [Int] = []
}

struct RuleState {
  var rule: Ex
  /// The node whose bytes are the rule as written: the rule, or the command that adds it.
  var written: NodeID
}

struct ChainState {
  var name: String
  var hook: Ex?
  var policy: Ex?
  /// The block, counted over the whole text, that gave the policy.
  var policyBlock = 0
  var comment: String?
  var extraDevices: [Ex] = []
  var rules: [RuleState] = []
  var origin: SourceRange
  var end: SourceRange
  var registration = 0
  var isDeleted = false
}

struct SetState {
  var name: String
  var isMap: Bool
  /// Entries of its block in order.
  var entries: [Ex] = []
  /// Where the entries of each further declaration of the set begin.
  var declarations: [Int] = []
  var elements: [(ex: Ex, isDeletion: Bool)] = []
  /// Positions in `elements` of deletions by `destroy`, which is content with elements that are not there.
  var tolerantDeletions: Set<Int> = []
  var origin: SourceRange
  var isDeleted = false
}

/// A flowtable or a stateful object as declared.
struct Declaration {
  enum Kind { case flowtable, object }
  var kind: Kind
  /// `counter`, `ct` …
  var word: Word = .none
  /// `helper`, `timeout` or `expectation` of ct.
  var field: Word = .none
  var name: String
  /// The node that holds its body.
  var ex: Ex
}

extension TableState {
  /// A later declaration of the same name adds nothing.
  mutating func declare(_ declaration: Declaration) {
    let isKnown = declarations.contains {
      $0.kind == declaration.kind && $0.word == declaration.word && $0.field == declaration.field
        && $0.name == declaration.name
    }
    if !isKnown { declarations.append(declaration) }
  }

  mutating func undeclare(_ kind: Declaration.Kind, _ word: Word, _ name: String) {
    declarations.removeAll { $0.kind == kind && $0.name == name && (kind == .flowtable || $0.word == word) }
  }
}
