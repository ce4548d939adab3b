import FirewallModel
import Foundation
import Lowering
import PacketSets
import Packets
import SourceText
import TestSupport
import Testing

/// The same rule in both languages, as iptables-translate has it: both must come to the same packets.
@Suite(.enabled(if: Corpora.isPresent, Comment(rawValue: Corpora.absent)))
struct IptablesTranslateTests {
  /// A rule as sets of values, or what stands in the way.
  struct Meaning: Equatable {
    var fields: [String: ValueSet] = [:]
    var isEmpty = false
    var isExact = true
    var verdict = ""

    static func == (a: Meaning, b: Meaning) -> Bool {
      a.verdict == b.verdict && (a.isEmpty && b.isEmpty || a.isEmpty == b.isEmpty && a.fields == b.fields)
    }

    mutating func narrow(_ key: String, _ set: ValueSet) {
      fields[key] = fields[key].map { $0.intersection(set) } ?? set
      if fields[key]?.isEmpty == true { isEmpty = true }
    }
  }

  /// The largest value that a packet of the family can have there.
  static func maximum(_ field: Field, isIPv6: Bool) -> UInt128 {
    switch field {
    case .source, .destination: isIPv6 ? .max : 0xffff_ffff
    case .ctState: UInt128(ConntrackState.allCases.count - 1)
    case .packetType: UInt128(PacketType.allCases.count - 1)
    default: field.maximum
    }
  }

  static func add(_ condition: Condition, to meaning: inout Meaning, isIPv6: Bool) {
    switch condition {
    case .field(.family, _): return
    case .field(let field, let set):
      let whole = ValueSet(Interval(0, maximum(field, isIPv6: isIPv6)))
      meaning.narrow("\(field)", set.intersection(whole))
    case .masked(let field, let mask, let set):
      let top = maximum(field, isIPv6: isIPv6)
      let hosts = ~mask & top
      if hosts & (hosts &+ 1) == 0, let value = set.single {
        meaning.narrow("\(field)", ValueSet(Interval(value, value | hosts)))
      } else if mask & top < 0x1_0000 {
        let values = (0...(mask & top)).filter { $0 & mask == $0 && set.contains($0) }
        meaning.narrow("\(field)&\(mask)", ValueSet(values: values))
      } else {
        // Values outside of the mask cannot come; an equality and its negation are told by the one value.
        let isNegated = set.count > 2
        let kept = isNegated ? set.complement(upTo: top) : set
        meaning.narrow("\(field)&\(mask)\(isNegated ? "!" : "")", kept)
      }
    case .all(let parts): for part in parts { add(part, to: &meaning, isIPv6: isIPv6) }
    case .not(.field(let field, let set)):
      let whole = ValueSet(Interval(0, maximum(field, isIPv6: isIPv6)))
      // Every IP packet has these, so to lack the value is to have another.
      let isAlwaysThere = [Field.source, .destination, .transportProtocol, .ttl, .dscp, .ecn, .fragmentOffset].contains(
        field)
      meaning.narrow(isAlwaysThere ? "\(field)" : "\(field) or none", whole.subtracting(set))
    case .not(.any(let parts)): for part in parts { add(.not(part), to: &meaning, isIPv6: isIPv6) }
    case .not(.not(let part)): add(part, to: &meaning, isIPv6: isIPv6)
    case .constant(let holds): if !holds { meaning.isEmpty = true }
    default: meaning.isExact = false
    }
  }

  static func meaning(_ rule: Rule, of ruleset: Ruleset, isIPv6: Bool) -> Meaning {
    var meaning = Meaning()
    for step in rule.steps {
      switch step {
      case .match(let match): add(match.condition, to: &meaning, isIPv6: isIPv6)
      case .verdict(let verdict, _): meaning.verdict += text(verdict, ruleset)
      case .verdictMap: meaning.isExact = false
      case .effect(.counter, _): continue
      case .effect(.log(let log), _): meaning.verdict += "log \(log.prefix) \(log.group.map { "\($0)" } ?? "-") "
      case .effect(.unknown, _), .effect(.setMarkFromMap, _): meaning.isExact = false
      case .effect(.other, _): continue
      case .effect(let effect, _): meaning.verdict += "\(effect) "
      }
    }
    // A mobility header is the last one: the header and the protocol say the same.
    if meaning.fields["transportProtocol"]?.single == 135 { meaning.fields["hasMobilityHeader"] = nil }
    return meaning
  }

  static func text(_ verdict: Verdict, _ ruleset: Ruleset) -> String {
    switch verdict {
    case .jumpToMissing(let name, _): "jump \(name)"
    case .jump(let id): "jump \(ruleset[id].name)"
    case .reject(.icmpx(let code)): "reject x\(code)"
    default: "\(verdict)"
    }
  }

  private static func option(_ letter: String, in words: [String]) -> String? {
    words.firstIndex(of: letter).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
  }

  @Test func `both languages come to the same packets`() throws {
    let root = try #require(Corpora.root)
    let table = TabSeparatedTable(contentsOf: root.appending(path: "iptables/translate-cases.tsv"))
    var pairs = 0
    var exact = 0
    var same = 0
    var differences: [String] = []
    var inexact: [String] = []
    for row in table.rows where !row["iptables"].contains("ebtables") {
      var words = row["iptables"].split(separator: " ").map(String.init)
      let isIPv6 = words.first?.hasPrefix("ip6") ?? false
      let tableName = Self.option("-t", in: words) ?? "filter"
      guard let chain = Self.option("-A", in: words) ?? Self.option("-I", in: words) else { continue }
      words.removeFirst()
      if let index = words.firstIndex(of: "-t") { words.removeSubrange(index...(index + 1)) }
      let text =
        "*\(tableName)\n:\(chain) ACCEPT [0:0]\n:LONGNACCEPT - [0:0]\n\(words.joined(separator: " "))\nCOMMIT\n"
      let ours = lowered(text, isIPv6 ? .ip6tablesSave : .iptablesSave)
      let family = isIPv6 ? "ip6" : "ip"
      let script = "table \(family) \(tableName) {\n chain \(chain) {\n }\n chain LONGNACCEPT {\n }\n}\n\(row["nft"])\n"
      let theirs = lowered(script, .nft)
      guard let a = ours.ruleset.chains.first(where: { $0.name == chain })?.rules.first,
        let b = theirs.ruleset.chains.first(where: { $0.name == chain })?.rules.first
      else {
        inexact.append("not read: \(row["iptables"])")
        pairs += 1
        continue
      }
      pairs += 1
      let left = Self.meaning(a, of: ours.ruleset, isIPv6: isIPv6)
      let right = Self.meaning(b, of: theirs.ruleset, isIPv6: isIPv6)
      guard left.isExact, right.isExact else {
        inexact.append("not exact (\(left.isExact ? "nft" : right.isExact ? "iptables" : "both")): \(row["iptables"])")
        continue
      }
      exact += 1
      if left == right {
        same += 1
      } else {
        differences.append("\(row["iptables"])\n    \(left)\n    \(row["nft"])\n    \(right)")
      }
    }
    print("iptables translations: \(pairs) pairs, \(exact) exact on both sides, \(same) equal")
    for line in inexact { print("  \(line)") }
    for line in differences { print("  differs: \(line)") }
    #expect(pairs > 150)
    let unexplained = differences.filter { line in !Self.wrongTranslations.contains { line.contains($0.text) } }
    #expect(unexplained.isEmpty)
    #expect(exact * 100 >= pairs * 90)
  }

  /// Translations that say something else than the rule: findings about the translator, each by the part of the rule that
  /// it gets wrong.
  static let wrongTranslations: [(text: String, why: String)] = [
    ("! -i +", "no packet; the translation asks for an interface name that none can have"),
    ("--ahlen", "the rule counts bytes, the header's field words of 4 bytes less two"),
    ("--ahres", "the rule asks for a reserved field of 0, the translation for 1"),
    ("--fragres", "the rule asks for reserved bits of 0, the translation for a reserved byte of 1"),
    ("--rt-len", "the rule counts bytes, the header's field words of 8 bytes less one; 22 bytes can never be"),
    ("--set-tos 0x1f", "the rule sets ECN too"), ("--set-tos 0xff", "the rule sets ECN too"),
    ("INVALID", "the rule holds for type 10 alone, the translation for 10 to 15"),
    ("! --uid-owner", "the rule holds for a packet without a socket, the translation does not"),
  ]
}
