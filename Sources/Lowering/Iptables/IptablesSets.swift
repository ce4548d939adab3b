import FirewallModel
import IptablesSyntax
import PacketSets
import Packets
import SourceText

/// The sets of the ipset files that were given, lowered when a rule first asks for them.
struct SetLibrary {
  private var sets: [String: IpsetFile.Set] = [:]
  /// What each set and direction became.
  private var lowered: [String: Condition] = [:]
  private(set) var problems: [Problem] = []

  init(_ files: [SourceFile]) {
    for source in files {
      let file = IpsetFile(reading: source)
      problems += file.problems
      for set in file.sets { sets[set.name] = set }
    }
  }

  subscript(name: String) -> IpsetFile.Set? { sets[name] }

  /// The test for a set, or nil when no file has it. `directions` holds 0 for src and 1 for dst. With
  /// `returnsExceptions` (`--return-nomatch`) the elements marked `nomatch` match and the others do not.
  mutating func condition(
    _ name: String, directions: [UInt128], isIPv6: Bool, isNegated: Bool, returnsExceptions: Bool = false,
    in ruleset: inout Ruleset
  ) -> Condition? {
    guard let set = sets[name] else { return nil }
    let question = SetQuestion(directions: directions, isIPv6: isIPv6, returnsExceptions: returnsExceptions)
    let test = membership(set, question, in: &ruleset, depth: 0)
    guard isNegated else { return test }
    // Addresses are always there, so the plain negation is the same; a packet without ports is in no set of ports.
    if case .member(let id, let fields, false) = test, fields.allSatisfy({ $0 == .source || $0 == .destination }) {
      return .member(id, fields, negated: true)
    }
    return .not(test)
  }

  private mutating func membership(
    _ set: IpsetFile.Set, _ question: SetQuestion, in ruleset: inout Ruleset, depth: Int
  ) -> Condition {
    if set.dimensions == [.set] {
      guard depth < 4 else { return .unknown(Uncertainty(.notModelled, "set `\(set.name)`")) }
      var members: [Condition] = []
      for part in set.parts {
        guard case .name(let name) = part, let member = sets[name] else { continue }
        members.append(membership(member, question, in: &ruleset, depth: depth + 1))
      }
      return .any(members)
    }
    let hasAddress = set.dimensions.contains(.ip) || set.dimensions.contains(.net)
    if hasAddress, set.isIPv6 != question.isIPv6 { return .constant(false) }
    guard !set.dimensions.isEmpty, question.directions.count >= set.dimensions.count else { return .constant(false) }
    let key = set.name + question.key(for: set.dimensions.count)
    if let known = lowered[key] { return known }
    var contents = SetContents(set, question)
    let condition = contents.condition(in: &ruleset)
    lowered[key] = condition
    return condition
  }
}

/// How a rule asks for a set.
struct SetQuestion {
  var directions: [UInt128]
  var isIPv6: Bool
  var returnsExceptions: Bool

  func key(for count: Int) -> String {
    "|" + directions.prefix(count).map { $0 == 0 ? "s" : "d" }.joined() + (isIPv6 ? "6" : "4")
      + (returnsExceptions ? "!" : "")
  }

  func isSource(_ dimension: Int) -> Bool { dimension < directions.count && directions[dimension] == 0 }
}
