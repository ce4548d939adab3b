import CheckKit
import FirewallModel
import Packets
import Repairs
import SourceText
import Testing

@Suite struct `Edits of nft scripts` {
  static let block = """
    table inet filter {
    \tchain input {
    \t\ttype filter hook input priority filter; policy drop;
    \t\tct state established accept
    \t\t# ssh
    \t\ttcp dport 22 accept # from anywhere
    \t}
    }

    """
  let model = Handmade(block, rules: ["ct state established accept", "tcp dport 22 accept"], policyText: "drop")

  @Test func `a rule after another copies its indentation`() {
    #expect(
      model.after([.insert(identReject, .after(model.rule(0)))])
        == Self.block.replacing(
          "established accept\n", with: "established accept\n\t\ttcp dport 113 reject with tcp reset\n"))
  }

  @Test func `a rule before another goes above that one's comment`() {
    #expect(
      model.after([.insert(identReject, .before(model.rule(1)))])
        == Self.block.replacing("\t\t# ssh", with: "\t\ttcp dport 113 reject with tcp reset\n\t\t# ssh"))
  }

  @Test func `a rule at the end stands after the last rule's comment`() {
    #expect(
      model.after([.insert(identReject, .atEnd(model.chain))])
        == Self.block.replacing(
          "# from anywhere\n", with: "# from anywhere\n\t\ttcp dport 113 reject with tcp reset\n"))
  }

  @Test func `CRLF stays CRLF`() {
    let text = Self.block.replacing("\n", with: "\r\n")
    let model = Handmade(text, rules: ["ct state established accept", "tcp dport 22 accept"])
    #expect(
      model.after([.insert(identReject, .after(model.rule(0)))])
        == text.replacing(
          "established accept\r\n", with: "established accept\r\n\t\ttcp dport 113 reject with tcp reset\r\n"))
  }

  @Test func `removing keeps the comment of the line`() {
    #expect(
      model.after([.remove(model.rule(1))])
        == Self.block.replacing("tcp dport 22 accept # from anywhere", with: "# from anywhere"))
    #expect(
      model.after([.remove(model.rule(0))]) == Self.block.replacing("\t\tct state established accept\n", with: ""))
  }

  @Test func `a rule beside a suppression is not removed`() {
    let text = Self.block.replacing("# ssh", with: "# fwlint: ignore[EXPOSE007] reason=\"lab\"")
    let model = Handmade(text, rules: ["ct state established accept", "tcp dport 22 accept"])
    #expect(model.after([.remove(model.rule(1))]) == nil)
  }

  @Test func `the policy word is replaced or added`() {
    #expect(
      model.after([.setPolicy(model.chain, .accept)]) == Self.block.replacing("policy drop", with: "policy accept"))
    let text = Self.block.replacing(" policy drop;", with: "")
    let other = Handmade(text, rules: ["ct state established accept", "tcp dport 22 accept"])
    #expect(other.after([.setPolicy(other.chain, .drop)]) == Self.block)
    let variable = Handmade(
      Self.block.replacing("policy drop", with: "policy $p"), rules: ["ct state established accept"],
      policyText: "policy $p")
    #expect(variable.after([.setPolicy(variable.chain, .accept)]) == nil)
  }

  @Test(
    arguments: [
      ("ct state established accept", "ct state established,related accept"),
      ("ct state { established } accept", "ct state { established, related } accept"),
      ("ct state { established, new } accept", "ct state { established, new, related } accept"),
      ("ct state {established,new} accept", "ct state {established,new,related} accept"),
      ("ct state established,new counter accept", "ct state established,new,related counter accept"),
      ("ct state == established accept", "ct state == established,related accept"),
      ("ct state != new accept", nil),
      ("ct state $good accept", nil),
      ("ct state established|new accept", nil),
      ("ct state vmap { established : accept }", nil),
      ("ct state established,related accept", nil),
    ] as [(String, String?)])
  func `states are added to the list`(rule: String, expected: String?) {
    let text = Self.block.replacing("ct state established accept", with: rule)
    let model = Handmade(text, rules: [rule])
    #expect(
      model.after([.addStates(model.rule(0), [.related])])
        == expected.map { Self.block.replacing("ct state established accept", with: $0) })
  }

  @Test(
    arguments: [
      ("tcp dport 113 drop", "tcp dport 113 reject with icmpx type port-unreachable"),
      (
        "tcp dport 113 counter drop comment \"drop it\"",
        "tcp dport 113 counter reject with icmpx type port-unreachable comment \"drop it\""
      ),
      ("tcp dport 113 reject with icmpx type no-route", "tcp dport 113 reject with icmpx type port-unreachable"),
      ("tcp dport 113 reject with icmp host-unreachable", "tcp dport 113 reject with icmpx type port-unreachable"),
      ("tcp dport 113 reject with tcp reset", "tcp dport 113 reject with icmpx type port-unreachable"),
      ("tcp dport vmap { 113 : drop }", nil),
      ("tcp dport 113 jump refuse", nil),
    ] as [(String, String?)])
  func `only the verdict's words are replaced`(rule: String, expected: String?) {
    let text = Self.block.replacing("tcp dport 22 accept", with: rule)
    let model = Handmade(text, rules: [rule])
    #expect(
      model.after([.setVerdict(model.rule(0), .reject(.icmpx(code: 1)))])
        == expected.map { Self.block.replacing("tcp dport 22 accept", with: $0) })
  }

  @Test func `rules on one line stay on one line`() {
    let text =
      "table inet filter {\n  chain input { type filter hook input priority 0; tcp dport 22 accept; tcp dport 80 drop; }\n}\n"
    let model = Handmade(text, rules: ["tcp dport 22 accept", "tcp dport 80 drop"])
    let new = "tcp dport 113 reject with tcp reset; "
    #expect(
      model.after([.insert(identReject, .before(model.rule(0)))])
        == text.replacing("tcp dport 22", with: new + "tcp dport 22"))
    #expect(
      model.after([.insert(identReject, .after(model.rule(0)))])
        == text.replacing("tcp dport 80", with: new + "tcp dport 80"))
    #expect(
      model.after([.insert(identReject, .atEnd(model.chain))]) == text.replacing("drop; }", with: "drop; \(new)}"))
    #expect(model.after([.remove(model.rule(0))]) == text.replacing("tcp dport 22 accept; ", with: ""))
    #expect(model.after([.remove(model.rule(1))]) == text.replacing("tcp dport 80 drop; ", with: ""))
  }

  @Test(arguments: [
    (
      "table inet filter {\n  chain input {\n    type filter hook input priority 0; policy drop;\n  }\n}\n",
      "table inet filter {\n  chain input {\n    type filter hook input priority 0; policy drop;\n    tcp dport 113 reject with tcp reset\n  }\n}\n"
    ),
    (
      "table inet filter {\n  chain input {\n  }\n}\n",
      "table inet filter {\n  chain input {\n    tcp dport 113 reject with tcp reset\n  }\n}\n"
    ),
    (
      "table inet filter {\n  chain input { }\n}\n",
      "table inet filter {\n  chain input { tcp dport 113 reject with tcp reset; }\n}\n"
    ),
    (
      "table inet filter {\n  chain input { type filter hook input priority 0; }\n}\n",
      "table inet filter {\n  chain input { type filter hook input priority 0; tcp dport 113 reject with tcp reset; }\n}\n"
    ),
    (
      "add table inet filter\nadd chain inet filter input { type filter hook input priority 0; }\n",
      "add table inet filter\nadd chain inet filter input { type filter hook input priority 0; }\nadd rule inet filter input tcp dport 113 reject with tcp reset\n"
    ),
  ])
  func `an empty chain gets its first rule`(text: String, expected: String) {
    let model = Handmade(text, chainText: text.contains("add chain") ? "add chain inet filter input" : "chain input")
    #expect(model.after([.insert(identReject, .atEnd(model.chain))]) == expected)
    #expect(model.after([.insert(identReject, .atStart(model.chain))]) == expected)
  }

  @Test func `commands are answered with commands`() {
    let text = "add rule inet filter input tcp dport 22 accept\nadd rule inet filter input drop\n"
    let new = "add rule inet filter input tcp dport 113 reject with tcp reset\n"
    for rules in [
      ["add rule inet filter input tcp dport 22 accept", "add rule inet filter input drop"],
      ["tcp dport 22 accept", "drop"],
    ] {
      let model = Handmade(text, chainText: "", rules: rules)
      #expect(model.after([.insert(identReject, .before(model.rule(0)))]) == new + text)
      #expect(model.after([.insert(identReject, .atEnd(model.chain))]) == text + new)
      #expect(model.after([.remove(model.rule(1))]) == "add rule inet filter input tcp dport 22 accept\n")
    }
  }

  @Test func `commands that insert run backwards`() {
    let text = "insert rule inet filter input drop\ninsert rule inet filter input tcp dport 22 accept\n"
    let model = Handmade(text, chainText: "", rules: ["tcp dport 22 accept", "drop"], anyOrder: true)
    #expect(
      model.after([.insert(identReject, .before(model.rule(0)))])
        == text + "insert rule inet filter input tcp dport 113 reject with tcp reset\n")
    let placed = Handmade(
      "add rule inet filter input position 3 tcp dport 22 accept\n", chainText: "", rules: ["tcp dport 22 accept"])
    #expect(placed.after([.insert(identReject, .before(placed.rule(0)))]) == nil)
  }

  @Test func `a file without a last line end`() {
    let text = "add rule inet filter input tcp dport 22 accept"
    let model = Handmade(text, chainText: "", rules: [text])
    #expect(
      model.after([.insert(identReject, .atEnd(model.chain))])
        == text + "\nadd rule inet filter input tcp dport 113 reject with tcp reset")
  }

  @Test func `rules of an included file are refused with a reason`() throws {
    var model = model
    model.ruleset.chains[0].rules[0].origin.file = SourceID(7)
    let reason = try #require(model.refusal([.insert(identReject, .before(model.rule(0)))]))
    #expect(reason.contains("included file"))
  }

  @Test func `two changes go together`() {
    #expect(
      model.after([
        .insert(identReject, .before(model.rule(1))), .addStates(model.rule(0), [.related]),
      ])
        == Self.block.replacing("established accept", with: "established,related accept")
        .replacing("\t\t# ssh", with: "\t\ttcp dport 113 reject with tcp reset\n\t\t# ssh"))
  }

  @Test func `a rule over several lines is one rule`() {
    let text =
      "table inet filter {\n  chain input {\n    tcp dport { 22,\n      80 } \\\n      accept\n    drop\n  }\n}\n"
    let model = Handmade(text, rules: ["tcp dport { 22,\n      80 } \\\n      accept", "drop"])
    #expect(
      model.after([.insert(identReject, .after(model.rule(0)))])
        == text.replacing("accept\n", with: "accept\n    tcp dport 113 reject with tcp reset\n"))
    #expect(model.after([.remove(model.rule(0))]) == "table inet filter {\n  chain input {\n    drop\n  }\n}\n")
  }
}
