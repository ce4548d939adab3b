import FirewallAnalysis
import FirewallModel
import HostFacts
import Lowering
import Packets
import Questions
import TestSupport
import Testing

@Suite("Differences of rule sets")
struct DiffTests {
  private func diff(_ old: String, _ oldDialect: Dialect, _ new: String, _ newDialect: Dialect) -> Difference {
    RulesetDiff(
      old: lowered(old, oldDialect).ruleset, new: lowered(new, newDialect).ruleset, host: HostFacts()
    ).run()
  }

  private static let base = """
    table inet f {
      set admins { type ipv4_addr; elements = { 192.0.2.7, 192.0.2.8 } }
      chain services { tcp dport { 80, 443 } accept; udp dport 53 accept; }
      chain in { type filter hook input priority 0; policy drop;
        ct state established,related accept
        ip saddr @admins tcp dport 22 accept
        tcp dport 113 reject with tcp reset
        jump services
        limit rate 5/second log prefix "drop: "
      }
    }
    """

  /// A small edit, and the fates that change with it.
  static let edits: [(from: String, to: String, changes: [String])] = [
    ("policy drop", "policy drop", []),
    ("log prefix \"drop: \"", "log prefix \"other: \"", []),
    ("tcp dport { 80, 443 }", "tcp dport { 443, 80 }", []),
    ("tcp dport { 80, 443 } accept", "tcp dport 80 accept; tcp dport 443 accept", []),
    ("tcp dport { 80, 443 }", "tcp dport { 80, 443, 8080 }", ["every any -> host tcp/8080 is accepted"]),
    ("reject with tcp reset", "drop", ["every any -> host tcp/113 is dropped"]),
    ("reject with tcp reset", "reject", ["every any -> host tcp/113 is rejected with port-unreachable"]),
    ("192.0.2.7, 192.0.2.8", "192.0.2.7", ["every 192.0.2.8 -> host tcp/22 is dropped"]),
    ("udp dport 53 accept;", "", ["every any -> host udp/53 is dropped"]),
    ("ct state established,related accept\n    ip", "ct state established,related counter accept\n    ip", []),
  ]

  @Test(arguments: edits.indices)
  func oneEdit(_ index: Int) throws {
    let edit = Self.edits[index]
    let new = Self.base.replacing(edit.from, with: edit.to)
    let difference = diff(Self.base, .nft, new, .nft)
    #expect(difference.isComplete)
    #expect(difference.isEqual == edit.changes.isEmpty)
    #expect(difference.changes.compactMap { $0.question.map { "\($0)" } } == edit.changes)
    for change in difference.changes {
      #expect(change.isCertain)
      let witness = try #require(change.witness)
      #expect(witness.old.outcome != witness.new.outcome)
    }
  }

  private static let save = """
    *nat
    :PREROUTING ACCEPT [0:0]
    :POSTROUTING ACCEPT [0:0]
    -A PREROUTING -i wan0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.5:8080
    -A POSTROUTING -o wan0 -j MASQUERADE
    COMMIT
    *filter
    :INPUT DROP [0:0]
    :FORWARD DROP [0:0]
    :OUTPUT ACCEPT [0:0]
    :services - [0:0]
    -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    -A INPUT -i lo -j ACCEPT
    -A INPUT -p tcp -j services
    -A INPUT -p tcp -m tcp --dport 113 -j REJECT --reject-with tcp-reset
    -A FORWARD -i lan0 -o wan0 -j ACCEPT
    -A FORWARD -i wan0 -o lan0 -p tcp -m tcp --dport 8080:8081 -j ACCEPT
    -A services -p tcp -m multiport --dports 22,80,443 -j ACCEPT
    COMMIT
    """

  private static let migrated = """
    table ip nat {
      chain pre { type nat hook prerouting priority -100; iifname "wan0" tcp dport 80 dnat to 10.0.0.5:8080; }
      chain post { type nat hook postrouting priority 100; oifname "wan0" masquerade; }
    }
    table ip filter {
      chain input { type filter hook input priority 0; policy drop;
        ct state established,related accept
        iifname "lo" accept
        tcp dport { 22, 80, 443 } accept
        tcp dport 113 reject with tcp reset
      }
      chain forward { type filter hook forward priority 0; policy drop;
        iifname "lan0" oifname "wan0" accept
        iifname "wan0" oifname "lan0" tcp dport 8080-8081 accept
      }
    }
    """

  @Test("A migration from iptables that keeps every packet's fate is equal, and one that does not is told")
  func migration() {
    let same = diff(Self.save, .iptablesSave, Self.migrated, .nft)
    #expect(same.isEqual, "\(same.changes.map { ($0.from, $0.to, $0.question) })")
    let other = diff(
      Self.save, .iptablesSave, Self.migrated.replacing("10.0.0.5:8080", with: "10.0.0.5:8081"), .nft)
    #expect(!other.isEqual)
    #expect(other.changes.allSatisfy { $0.from != $0.to })
    let lost = diff(Self.save, .iptablesSave, Self.migrated.replacing("22, 80, 443", with: "22, 80"), .nft)
    #expect(lost.changes.map { "\($0.question.map { "\($0)" } ?? "")" } == ["every any -> host tcp/443 is dropped"])
  }

  @Test("Rates are the same where they stand the same, and otherwise no more than may")
  func rates() {
    let rules = { (rate: String, end: String) in
      """
      table ip f { chain i { type filter hook input priority 0; policy drop;
        tcp dport 22 limit rate \(rate) accept
        tcp dport 22 \(end)
        }
      }
      """
    }
    #expect(diff(rules("5/second", "drop"), .nft, rules("5/second", "drop"), .nft).isEqual)
    let changed = diff(rules("5/second", "drop"), .nft, rules("5/second", "reject with tcp reset"), .nft)
    #expect(!changed.isEqual)
    #expect(changed.changes.allSatisfy { !$0.isCertain })
    #expect(!diff(rules("5/second", "drop"), .nft, rules("9/second", "drop"), .nft).isEqual)
  }

  @Test("Random edits of a list of 300 rules: every packet that is tried fares as the difference says")
  func sampled() {
    var random = Random(seed: 4)
    func rule() -> String {
      "ip saddr 10.\(random.below(4)).0.0/\(random.pick([16, 17, 18, 24])) tcp dport \(20 + random.below(12)) "
        + random.pick(["accept", "drop", "reject"])
    }
    func text(_ rules: [String]) -> String {
      "table ip f { chain i { type filter hook input priority 0; policy drop;\n\(rules.joined(separator: "\n"))\n}\n}\n"
    }
    for _ in 0..<4 {
      let old = (0..<300).map { _ in rule() }
      var new = old
      for _ in 0..<6 {
        switch random.below(3) {
        case 0: new.remove(at: random.below(new.count))
        case 1: new.insert(rule(), at: random.below(new.count))
        default: new.swapAt(random.below(new.count), random.below(new.count))
        }
      }
      let diff = RulesetDiff(
        old: lowered(text(old), .nft).ruleset, new: lowered(text(new), .nft).ruleset, host: HostFacts())
      let difference = diff.run(limit: .max)
      #expect(difference.isComplete)
      for _ in 0..<400 {
        var packet = Packet(
          source: .v4(0x0a00_0000 | UInt32(random.below(5)) << 16 | UInt32(random.below(65536))),
          destination: .v4(0xc000_0201), transportProtocol: IPProtocol.tcp)
        packet.hook = .input
        packet.inInterface = "eth0"
        packet.sourcePort = 40000
        packet.destinationPort = UInt16(19 + random.below(14))
        packet.tcpFlags = TCPFlag.syn
        packet.reversePathOK = true
        let differs = diff.old.trace(packet).outcome != diff.new.trace(packet).outcome
        let isTold = difference.changes.contains { change in
          change.hook == .input && change.regions.contains { diff.new.contains(packet, in: $0, at: .input) }
        }
        #expect(differs == isTold, "\(packet)")
      }
    }
  }
}
