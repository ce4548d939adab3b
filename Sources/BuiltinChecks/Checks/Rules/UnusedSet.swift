package import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets
import SourceText

package let unusedSet = Check(
  CheckMetadata(
    code: "RULE008", name: "unused-set", level: .note, group: .rules,
    summary: "a named set or map that no rule uses",
    page: CheckPage(
      finds: """
        A named set, map or verdict map of a table to which no rule of the table refers.
        """,
      matters: """
        It costs memory, and what it lists is neither accepted nor refused by it: perhaps the rule was forgotten.
        """,
      decides: """
        Collects the sets that rules test, look up, translate by or change, and those whose `@name` stands in a statement that
        is not modelled. One finding for a table.
        """,
      examples: [
        .init(
          .nft,
          bad: """
            table ip filter {
              set blocked {
                type ipv4_addr
                elements = { 203.0.113.7 }
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 22 accept
              }
            }
            """,
          good: """
            table ip filter {
              set blocked {
                type ipv4_addr
                elements = { 203.0.113.7 }
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                ip saddr @blocked drop
                tcp dport 22 accept
              }
            }
            """),
        .init(
          .nft,
          bad: """
            table ip filter {
              map services {
                type inet_service : verdict
                elements = { 22 : accept, 23 : drop }
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport 22 accept
              }
            }
            """,
          good: """
            table ip filter {
              map services {
                type inet_service : verdict
                elements = { 22 : accept, 23 : drop }
              }
              chain input {
                type filter hook input priority filter; policy drop;
                iifname "lo" accept
                ct state established,related accept
                tcp dport vmap @services
              }
            }
            """),
      ],
      fixSafety: """
        No edit is offered: perhaps it is the rule that is missing.
        """,
      ignoreWhen: """
        Another program reads the set, or adds the rule at run time.
        """,
      notReported: """
        Sets of ipset, which other rule sets may use; tables without rules; sets without a name.
        """,
      checkByHand: """
        `nft list ruleset | grep @NAME`
        """,
      sources: "nft(8), sets and maps"))
) { context in
  guard context.ruleset.sets.contains(where: { !$0.name.isEmpty && $0.table != nil }) else { return [] }
  let used = SetUse(context.ruleset)
  return context.ruleset.tables.indices.compactMap { index in
    let table = TableID(index)
    guard context.ruleset.chains.contains(where: { $0.table == table && !$0.rules.isEmpty }) else { return nil }
    let unused = context.ruleset.sets.indices.filter { place in
      let set = context.ruleset.sets[place]
      return set.table == table && !set.name.isEmpty && !used.isUsed(SetID(place), named: set.name)
    }
    guard let first = unused.first else { return nil }
    let names = unused.prefix(4).map { "`\(context.ruleset.sets[$0].name)`" }
    let rest = unused.count > 4 ? " and \(unused.count - 4) more" : ""
    let advice = "add the rule that was to use it, or delete it"
    return Finding(
      code: "RULE008", level: .note, confidence: .likely,
      message: "no rule uses \(rest.isEmpty ? listed(names) : names.joined(separator: ", ") + rest)",
      primary: context.ruleset.sets[first].origin,
      labels: unused.dropFirst().prefix(20).map { Label("nor this one", at: context.ruleset.sets[$0].origin) },
      effect: "what is listed there is neither accepted nor refused by it",
      remedies: [Remedy(advice, expected: .equivalent, changes: [.advice(advice)])], subject: .table(table))
  }
}

/// The sets and maps that rules refer to.
private struct SetUse {
  private var ids: Set<SetID> = []
  /// Names after `@` in statements that are not modelled.
  private var names: Set<Substring> = []
  /// Texts of such statements, held while they are read.
  private var texts: Set<String> = []

  init(_ ruleset: Ruleset) {
    for chain in ruleset.chains.indices {
      for rule in ruleset.chains[chain].rules.indices {
        for step in ruleset.chains[chain].rules[rule].steps { add(step) }
      }
    }
    for text in texts {
      for part in text.split(separator: "@").dropFirst() {
        names.insert(part.prefix { $0.isLetter || $0.isNumber || "_-./".contains($0) })
      }
    }
  }

  func isUsed(_ id: SetID, named name: String) -> Bool { ids.contains(id) || names.contains(name[...]) }

  private mutating func add(_ step: Step) {
    switch step {
    case .match(let match): add(match.condition, depth: 0)
    case .verdictMap(let map, _): ids.insert(map.map)
    case .verdict(.translate(let translation), _): if let map = translation.map { ids.insert(map) }
    case .verdict(.unknown(let why), _): add(text: why.text)
    case .effect(let effect, _):
      switch effect {
      case .setMarkFromMap(let id, _): ids.insert(id)
      case .updateSet(let id, let text):
        if let id { ids.insert(id) }
        add(text: text)
      case .other(let text): add(text: text)
      case .unknown(let why): add(text: why.text)
      default: return
      }
    case .verdict: return
    }
  }

  private mutating func add(_ condition: Condition, depth: Int) {
    guard depth < 32 else { return }
    switch condition {
    case .member(let id, _, _): ids.insert(id)
    case .any(let list), .all(let list): for part in list { add(part, depth: depth + 1) }
    case .not(let inner): add(inner, depth: depth + 1)
    case .unknown(let why): add(text: why.text)
    case .field, .masked, .constant: return
    }
  }

  private mutating func add(text: String) { if text.utf8.contains(UInt8(ascii: "@")) { texts.insert(text) } }
}
