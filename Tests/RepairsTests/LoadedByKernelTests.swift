import CheckKit
import FirewallModel
import Packets
import Repairs
import SourceText
import Testing

/// Each sentence of the remedies' language, and the families that have it.
struct Sentence: CustomTestStringConvertible {
  var rule: NewRule
  var families: [Family]
  init(_ conditions: [NewRule.Condition], _ verdict: NewRule.Verdict, _ families: [Family], comment: String? = nil) {
    rule = NewRule(conditions, verdict, comment: comment)
    self.families = families
  }
  var testDescription: String { "\(rule)" }

  static let all: [Family] = [.ip, .ip6, .inet]
  static let sentences: [Sentence] = [
    Sentence([.inInterface("lan0"), .outInterface("wan0")], .accept, all),
    Sentence([.notInInterface("lo"), .source("10.0.0.0/8")], .drop, [.ip, .inet]),
    Sentence([.source("192.0.2.1")], .drop, [.ip, .inet], comment: "a b"),
    Sentence([.source("2001:db8::/32"), .destination("2001:db8::1")], .drop, [.ip6, .inet], comment: "one"),
    Sentence([.transportProtocol(6), .destinationPort(113...113)], .reject(.tcpReset), all),
    Sentence(
      [.states([.new]), .transportProtocol(6), .sourcePort(53...53), .destinationPort(1024...65535)], .drop, all),
    Sentence([.transportProtocol(17), .destinationPort(53...53)], .reject(.icmpx(code: 1)), all),
    Sentence([.transportProtocol(47)], .accept, all),
    Sentence([.transportProtocol(200)], .accept, all),
    Sentence([.anyICMP, .states([.related])], .accept, all),
    Sentence([.states([.related]), .anyICMP], .accept, all),
    Sentence([.states([.established, .related, .untracked])], .accept, all),
    Sentence([.icmp(type: 3, code: 4)], .accept, [.ip, .inet]),
    Sentence([.icmp(type: 11, code: 0)], .accept, [.ip, .inet]),
    Sentence([.icmp(type: 40, code: nil)], .drop, [.ip, .inet]),
    Sentence([.icmpv6(type: 2)], .accept, [.ip6, .inet]),
    Sentence([.icmpv6Types([133, 134, 135, 136, 137, 143, 200]), .hopLimit(255)], .accept, [.ip6, .inet]),
    Sentence([.hopLimit(1)], .drop, all),
    Sentence([.ipOption(.hasLSRR)], .drop, [.ip, .inet]),
    Sentence([.ipOption(.hasSSRR)], .drop, [.ip, .inet]),
    Sentence([.ipOption(.hasRecordRoute)], .drop, [.ip, .inet]),
    Sentence([.ipOption(.hasRouterAlert)], .drop, [.ip, .inet]),
    Sentence([.destinationIsBroadcast], .drop, [.ip, .inet]),
    Sentence([.limit(rate: "5/second", burst: 10)], .log(prefix: "drop: "), all),
    Sentence([.limit(rate: "3/minute", burst: 5), .transportProtocol(6)], .log(prefix: "x"), all),
    Sentence([], .reject(.icmp(code: 13)), [.ip, .inet]),
    Sentence([], .reject(.icmpv6(code: 1)), [.ip6, .inet]),
    Sentence([], .reject(.icmpx(code: 2)), all),
  ]
}

@Suite(.disabled(if: Privileges.absent, Comment(rawValue: Privileges.reason)))
struct `Written rules are loaded by the kernel's own tools` {
  @Test(arguments: Family.allCases.filter { [.ip, .ip6, .inet].contains($0) })
  func `nft takes every sentence`(family: Family) throws {
    var model = Handmade(
      "table \(family.rawValue) filter {\n\tchain input {\n\t\ttype filter hook input priority 0;\n\t}\n}\n",
      family: family)
    model.ruleset.tables[0].family = family
    let changes = Sentence.sentences.filter { $0.families.contains(family) }
      .map { Remedy.Change.insert($0.rule, .atEnd(model.chain)) }
    let text = try #require(model.after(changes))
    #expect(text.split(separator: "\n").count == changes.count + 5)
    let result = try #require(inNamespace("nft -f - && nft list ruleset", input: text))
    #expect(result.status == 0, "\(result.output)\n\(text)")
    for sentence in Sentence.sentences where !sentence.families.contains(family) && !sentence.rule.conditions.isEmpty {
      #expect(model.refusal([.insert(sentence.rule, .atEnd(model.chain))]) != nil, "\(sentence.rule)")
    }
  }

  /// Written as iptables-save prints: loaded and saved again it is the same text.
  @Test(arguments: [Family.ip, .ip6])
  func `iptables-save prints what was written`(family: Family) throws {
    let text = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:user - [0:0]\nCOMMIT\n"
    let model = Handmade(
      text, family == .ip ? .iptablesSave : .ip6tablesSave, family: family, chainText: ":user -", name: "user")
    let options: (NewRule) -> Bool = { rule in
      rule.conditions.contains {
        if case .ipOption = $0 { return true }
        return false
      }
    }
    let changes = Sentence.sentences.filter { $0.families.contains(family) && !options($0.rule) }
      .map { Remedy.Change.insert($0.rule, .atEnd(model.chain)) }
    let written = try #require(model.after(changes))
    let tool = family == .ip ? "iptables" : "ip6tables"
    let result = try #require(inNamespace("\(tool)-restore && \(tool)-save", input: written))
    func rules(_ text: String) -> [Substring] { text.split(separator: "\n").filter { $0.hasPrefix("-A") } }
    #expect(result.status == 0, "\(result.output)\n\(written)")
    #expect(rules(result.output) == rules(written))
    #expect(!rules(written).isEmpty)
  }
}
