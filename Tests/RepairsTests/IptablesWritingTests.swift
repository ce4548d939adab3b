import CheckKit
import FirewallModel
import Packets
import Repairs
import SourceText
import Testing

@Suite struct `Edits of iptables-save dumps` {
  static let text = """
    *filter
    :INPUT DROP [0:0]
    :FORWARD DROP [0:0]
    :OUTPUT ACCEPT [0:0]
    -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
    -A INPUT -p tcp -m tcp --dport 113 -j DROP
    COMMIT

    """
  let model = Handmade(
    text, .iptablesSave, family: .ip, chainText: ":INPUT DROP [0:0]", name: "INPUT",
    rules: ["-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT", "-A INPUT -p tcp -m tcp --dport 113 -j DROP"])
  let line = "-A INPUT -p tcp -m tcp --dport 113 -j REJECT --reject-with tcp-reset\n"

  @Test func `the ident answer stands where it was asked for`() {
    #expect(
      model.after([.insert(identReject, .before(model.rule(1)))])
        == Self.text.replacing("-A INPUT -p tcp", with: line + "-A INPUT -p tcp"))
    #expect(
      model.after([.insert(identReject, .atEnd(model.chain))]) == Self.text.replacing("COMMIT", with: line + "COMMIT"))
  }

  @Test func `counters only where the neighbours have them`() {
    let text = Self.text.replacing("-A INPUT", with: "[12:345] -A INPUT")
    let model = Handmade(
      text, .iptablesSave, family: .ip, chainText: ":INPUT DROP [0:0]", name: "INPUT",
      rules: ["[12:345] -A INPUT -m", "[12:345] -A INPUT -p"])
    #expect(
      model.after([.insert(identReject, .after(model.rule(1)))])
        == text.replacing("COMMIT", with: "[0:0] " + line + "COMMIT"))
  }

  @Test func `the verdict's words`() {
    #expect(
      model.after([.setVerdict(model.rule(1), .reject(.tcpReset))])
        == Self.text.replacing("113 -j DROP", with: "113 -j REJECT --reject-with tcp-reset"))
    #expect(model.after([.setVerdict(model.rule(0), .reject(.tcpReset))]) == nil)
  }

  @Test(
    arguments: [
      ("-m conntrack --ctstate ESTABLISHED", "-m conntrack --ctstate RELATED,ESTABLISHED"),
      ("-m state --state ESTABLISHED", "-m state --state RELATED,ESTABLISHED"),
      ("-m conntrack --ctstate ESTABLISHED,NEW", "-m conntrack --ctstate ESTABLISHED,NEW,RELATED"),
      ("-m conntrack ! --ctstate NEW", nil),
      ("-m conntrack --ctstate DNAT", nil),
    ] as [(String, String?)])
  func `states are added to the list`(match: String, expected: String?) {
    let text = Self.text.replacing("-m conntrack --ctstate ESTABLISHED", with: match)
    let model = Handmade(
      text, .iptablesSave, family: .ip, chainText: ":INPUT DROP [0:0]", name: "INPUT",
      rules: ["-A INPUT \(match) -j ACCEPT"])
    #expect(
      model.after([.addStates(model.rule(0), [.related])])
        == expected.map { Self.text.replacing("-m conntrack --ctstate ESTABLISHED", with: $0) })
  }

  @Test func `the policy`() {
    #expect(
      model.after([.setPolicy(model.chain, .accept)]) == Self.text.replacing(":INPUT DROP", with: ":INPUT ACCEPT"))
  }

  @Test func `a removed rule takes its line with it`() {
    #expect(
      model.after([.remove(model.rule(0))])
        == Self.text.replacing("-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n", with: ""))
  }

  @Test func `an empty chain gets its first rule behind the chains before it`() {
    let forward = Handmade(
      Self.text, .iptablesSave, family: .ip, chainText: ":FORWARD DROP [0:0]", name: "FORWARD")
    #expect(
      forward.after([.insert(NewRule([.states([.established, .related])], .accept), .atEnd(forward.chain))])
        == Self.text.replacing(
          ":OUTPUT ACCEPT [0:0]\n",
          with: ":OUTPUT ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"))
  }

  @Test func `the list that iptables -S prints`() {
    let text = "-P INPUT DROP\n-N user\n-A INPUT -i lo -j ACCEPT\n"
    let model = Handmade(
      text, .iptablesSave, family: .ip, chainText: "-P INPUT DROP", name: "INPUT", rules: ["-A INPUT -i lo -j ACCEPT"])
    #expect(model.after([.insert(identReject, .atEnd(model.chain))]) == text + line)
    #expect(model.after([.setPolicy(model.chain, .accept)]) == text.replacing("-P INPUT DROP", with: "-P INPUT ACCEPT"))
  }

  @Test func `a line that stands for two rules is refused`() {
    let text = "*filter\n:INPUT DROP [0:0]\n-A INPUT -s 10.0.0.1,10.0.0.2 -j ACCEPT\nCOMMIT\n"
    var model = Handmade(
      text, .iptablesSave, family: .ip, chainText: ":INPUT", name: "INPUT",
      rules: ["-A INPUT -s 10.0.0.1,10.0.0.2 -j ACCEPT"])
    model.ruleset.chains[0].rules.append(model.ruleset.chains[0].rules[0])
    #expect(model.after([.remove(model.rule(0))]) == nil)
  }
}
