import FirewallAnalysis
import FirewallModel
import HostFacts
import Lowering
import Packets
import Questions
import TestSupport
import Testing

/// Each example question of the language on a rule set on which reasoning gives the answer, in both dialects.
@Suite("Answers to questions")
struct AnswerTests {
  static let gateway = """
    table inet filter {
      chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        ct state invalid drop
        iifname "lo" accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } ip6 hoplimit 255 accept
        tcp dport 113 reject with tcp reset
        iifname "lan0" tcp dport 22 accept
        iifname "lan0" udp dport { 53, 67 } accept
        iifname "wan0" tcp dport 8443 log prefix "admin: " drop
      }
      chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        iifname "lan0" oifname "wan0" accept
        iifname "wan0" oifname "lan0" ip daddr 10.0.0.5 tcp dport 8080 accept
      }
      chain output {
        type filter hook output priority filter; policy accept;
      }
    }
    table ip nat {
      chain prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        iifname "wan0" ip daddr 198.51.100.7 tcp dport 80 dnat to 10.0.0.5:8080
      }
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "wan0" masquerade
      }
    }
    """

  static let gatewaySave = """
    *nat
    :PREROUTING ACCEPT [0:0]
    :INPUT ACCEPT [0:0]
    :OUTPUT ACCEPT [0:0]
    :POSTROUTING ACCEPT [0:0]
    -A PREROUTING -d 198.51.100.7/32 -i wan0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080
    -A POSTROUTING -o wan0 -j MASQUERADE
    COMMIT
    *filter
    :INPUT DROP [0:0]
    :FORWARD DROP [0:0]
    :OUTPUT ACCEPT [0:0]
    -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    -A INPUT -m conntrack --ctstate INVALID -j DROP
    -A INPUT -i lo -j ACCEPT
    -A INPUT -p tcp -m tcp --dport 113 -j REJECT --reject-with tcp-reset
    -A INPUT -i lan0 -p tcp -m tcp --dport 22 -j ACCEPT
    -A INPUT -i lan0 -p udp -m multiport --dports 53,67 -j ACCEPT
    -A INPUT -i wan0 -p tcp -m tcp --dport 8443 -j LOG --log-prefix "admin: "
    -A INPUT -i wan0 -p tcp -m tcp --dport 8443 -j DROP
    -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    -A FORWARD -i lan0 -o wan0 -j ACCEPT
    -A FORWARD -d 10.0.0.5/32 -i wan0 -o lan0 -p tcp -m tcp --dport 8080 -j ACCEPT
    COMMIT
    """

  static let facts: HostFacts = {
    var host = HostFacts()
    host.interfaces["wan0"] = .init(zone: "internet", addresses: ["198.51.100.7/24"])
    host.interfaces["lan0"] = .init(zone: "lan", addresses: ["10.0.0.1/24"])
    return host
  }()

  static let questions: [(text: String, answer: Answer.Verdict)] = [
    ("any internet -> host tcp/22 is accepted", .no),
    ("any lan -> host tcp/22 is accepted", .yes),
    ("every lan -> host tcp/22 is accepted", .yes),
    ("every internet -> host tcp/113 is answered", .yes),
    ("every internet -> host tcp/113 is rejected with tcp-reset", .yes),
    ("every internet -> host tcp/113 is rejected with port-unreachable", .no),
    ("every internet -> host tcp/22 is silent", .yes),
    ("every internet -> host tcp/22 is dropped", .yes),
    ("every internet -> host icmp 3/4 state related is accepted", .yes),
    ("any internet -> lan tcp/445 is accepted", .no),
    ("every lan -> internet tcp/443 is accepted", .yes),
    ("any internet -> host udp sport 53 state new is accepted", .no),
    ("any internet -> host udp sport 53 state established is accepted", .yes),
    ("any 10.0.0.0/8 -> host in wan0 is accepted", .no),
    // The forwarded port 80 takes source-routed packets, too.
    ("any internet -> any option lsrr is accepted", .yes),
    ("any internet -> host option lsrr is accepted", .no),
    ("any internet -> host udp/19 to broadcast is accepted", .no),
    ("every internet -> 198.51.100.7 tcp/80 is translated to 10.0.0.5:8080", .yes),
    ("every internet -> 198.51.100.7 tcp/80 is translated to 10.0.0.6:8080", .no),
    ("every internet -> 198.51.100.7 tcp/80 is accepted", .yes),
    ("any internet -> lan tcp/80 is accepted", .yes),
    ("any internet -> host tcp/80 is accepted", .no),
    ("any internet -> 198.51.100.7 tcp/81 is translated to 10.0.0.5", .no),
    ("every internet -> host tcp/8443 is logged", .yes),
    ("any internet -> host tcp/8444 is logged", .no),
    ("every host -> internet udp/53 is accepted", .yes),
    ("any host -> internet udp/53 is dropped", .no),
    ("every lan -> internet tcp/443 is answered", .yes),
    ("any lan -> host udp/{53,67,68} is dropped", .yes),
    ("every lan -> host udp/{53,67} is accepted", .yes),
    ("any lan -> host not udp/{53,67} is accepted", .yes),
    ("any lan -> host udp not dport {53,67} is accepted", .no),
    ("every internet -> host tcp flags rst is dropped", .yes),
    ("any lo -> host tcp/25 is accepted", .yes),
    ("any any -> host tcp/25 is accepted", .no),
    ("any any -> host tcp/25 in lo is accepted", .yes),
    ("any wan0 -> lan0 tcp/22 is accepted", .no),
    ("every internet -> host via prerouting tcp/22 is accepted", .yes),
  ]

  @Test(arguments: questions.indices)
  func inNft(_ index: Int) throws { try check(Self.gateway, .nft, Self.facts, Self.questions[index]) }

  @Test(arguments: questions.indices)
  func inIptables(_ index: Int) throws { try check(Self.gatewaySave, .iptablesSave, Self.facts, Self.questions[index]) }

  @Test("Without host facts the rules tell, and the answer says what it assumed", arguments: questions.indices)
  func withoutFacts(_ index: Int) throws {
    try check(Self.gateway, .nft, HostFacts(), Self.questions[index])
    try check(Self.gatewaySave, .iptablesSave, HostFacts(), Self.questions[index])
    let answer = try Questioner(lowered(Self.gateway, .nft).ruleset, host: HostFacts())
      .ask(PacketQuestion(parsing: "any internet -> host tcp/22 is accepted"))
    #expect(answer.assumptions == ["`internet` is behind wan0; say otherwise with --host"])
  }

  private func check(
    _ text: String, _ dialect: Dialect, _ host: HostFacts, _ case: (text: String, answer: Answer.Verdict)
  ) throws {
    let rules = lowered(text, dialect)
    #expect(rules.problems.isEmpty)
    let questioner = Questioner(rules.ruleset, host: host)
    let question = try PacketQuestion(parsing: `case`.text)
    let answer = try questioner.ask(question)
    #expect(answer.verdict == `case`.answer, "\(`case`.text) \(answer.because)")
    // Whatever is shown has been walked on its own.
    for witness in answer.witnesses {
      let own = questioner.analysis.trace(witness.trace.packet)
      #expect(own.outcome == witness.trace.outcome)
    }
    let needsExample = (question.quantifier == .any) == (answer.verdict == .yes)
    #expect(answer.verdict == .may || answer.witnesses.isEmpty != needsExample)
  }

  @Test("Neighbour discovery is untracked, and asked for all the same")
  func neighbourDiscovery() throws {
    try check(Self.gateway, .nft, Self.facts, ("every any -> host icmpv6 neighbour-solicitation is accepted", .yes))
    try check(Self.gateway, .nft, Self.facts, ("every any -> host icmpv6 router-solicitation is accepted", .no))
  }

  @Test("The answer of a reject must leave by output, where only established passes here")
  func silentReject() throws {
    let rules = """
      table inet filter {
        chain input { type filter hook input priority 0; policy drop; tcp dport 113 reject with tcp reset; tcp dport 80 accept; }
        chain output { type filter hook output priority 0; policy drop; ct state established accept; }
      }
      """
    try check(rules, .nft, HostFacts(), ("every internet -> host tcp/113 is rejected", .yes))
    try check(rules, .nft, HostFacts(), ("every internet -> host tcp/113 is answered", .no))
    try check(rules, .nft, HostFacts(), ("every internet -> host tcp/113 is silent", .yes))
    try check(rules, .nft, HostFacts(), ("every internet -> host tcp/80 is answered", .yes))
  }

  @Test("What depends on a rate is not decided, and the statement is named")
  func rates() throws {
    let rules = lowered(
      """
      table ip f { chain i { type filter hook input priority 0; policy drop; tcp dport 22 limit rate 5/minute accept; }
      }
      """, .nft)
    let answer = try Questioner(rules.ruleset, host: HostFacts())
      .ask(PacketQuestion(parsing: "any internet -> host tcp/22 is accepted"))
    #expect(answer.verdict == .may)
    #expect(answer.because.map(\.text) == ["limit rate 5/minute"])
  }

  @Test("Names that nobody knows, and packets that cannot be")
  func refused() throws {
    let questioner = Questioner(lowered(Self.gateway, .nft).ruleset, host: Self.facts)
    for (text, part) in [
      ("any internte -> host is accepted", "`internte`"), ("any dmz -> host is accepted", "`dmz`"),
      ("any @nothing -> host is accepted", "`@nothing`"), ("any host -> host is accepted", "loopback"),
      ("any internet -> host tcp udp is accepted", "contradict"),
      ("any internet -> host udp state untracked is accepted", "untracked"),
    ] {
      #expect {
        _ = try questioner.ask(PacketQuestion(parsing: text))
      } throws: { error in
        (error as? QuestionProblem)?.message.contains(part) ?? false
      }
    }
  }
}
