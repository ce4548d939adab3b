import BuiltinChecks
import CheckKit
import FirewallAnalysis
import FirewallModel
import HostFacts
import Lowering
import Packets
import Repairs
import SourceText
import TestSupport
import Testing

/// The chain of a table and the places in it, for remedies by hand.
struct Places {
  var ruleset: Ruleset
  func chain(_ name: String) -> ChainID { ChainID(ruleset.chains.firstIndex { $0.name == name } ?? 0) }
  func rule(_ name: String, _ index: Int) -> RuleID { RuleID(chain: chain(name), index: index) }
}

/// What proving one remedy says, with a check that is content as soon as the rule set is another one.
func proposal(
  _ text: String, _ dialect: Dialect = .nft, expected: FixClass, host: HostFacts = HostFacts(),
  changes: (Places) -> [Remedy.Change]
) throws -> (proposal: Proposal, input: RepairInput) {
  let ruleset = lowered(text, dialect).ruleset
  let remedy = Remedy("test", expected: expected, changes: changes(Places(ruleset: ruleset)))
  let before = String(describing: ruleset.chains)
  let check = single(remedy, on: ChainID(0)) { String(describing: $0.chains) == before }
  let input = repairInput(text, dialect, checks: [check], host: host)
  let finding = try #require(input.findings.first)
  let proposals = Repairs.proposals(for: [finding], in: input, limit: 1)
  return (try #require(proposals.first?.first), input)
}

@Suite struct `Proof of edits` {
  static func host(_ rules: String, policy: String = "drop") -> String {
    """
    table inet filter {
      chain input {
        type filter hook input priority 0; policy \(policy);
        \(rules.split(separator: ";").map { $0.trimmed() }.joined(separator: "\n    "))
      }
    }

    """
  }

  struct Case: CustomTestStringConvertible {
    var name: String
    var text: String
    var change: @Sendable (Places) -> [Remedy.Change]
    /// nil: refused.
    var effect: FixClass?
    var declared: FixClass
    init(
      _ name: String, _ text: String, _ effect: FixClass?, declared: FixClass = .change,
      _ change: @escaping @Sendable (Places) -> [Remedy.Change]
    ) {
      self.name = name
      self.text = text
      self.effect = effect
      self.declared = declared
      self.change = change
    }
    var testDescription: String { name }
  }

  static let ssh = NewRule([.transportProtocol(6), .destinationPort(22...22)], .accept)
  static let cases: [Case] = [
    Case(
      "a rule that an earlier one shadows", host("tcp dport 22 accept; tcp dport 22 ip saddr 10.0.0.0/8 drop"),
      .equivalent
    ) {
      [.remove($0.rule("input", 1))]
    },
    Case("a rule that says what the policy says", host("tcp dport 22 accept; tcp dport 23 drop"), .equivalent) {
      [.remove($0.rule("input", 1))]
    },
    Case("a rule that accepts", host("tcp dport 22 accept; tcp dport 23 drop"), .narrow) {
      [.remove($0.rule("input", 0))]
    },
    Case("a rule that drops under a policy of accept", host("tcp dport 23 drop", policy: "accept"), .widen) {
      [.remove($0.rule("input", 0))]
    },
    Case("drop becomes reject", host("tcp dport 113 drop"), .response) {
      [.setVerdict($0.rule("input", 0), .reject(.tcpReset))]
    },
    Case("a reject before a drop", host("tcp dport 22 accept"), .response) {
      [.insert(identReject, .atEnd($0.chain("input")))]
    },
    Case("a reject before an accept", host("tcp dport 100-200 accept"), .narrow) {
      [.insert(identReject, .before($0.rule("input", 0)))]
    },
    Case("a reject declared harmless", host("tcp dport 100-200 accept"), nil, declared: .response) {
      [.insert(identReject, .before($0.rule("input", 0)))]
    },
    Case("a reject that no packet reaches", host("tcp dport 100-200 accept"), .equivalent) {
      [.insert(identReject, .after($0.rule("input", 0)))]
    },
    Case("an accept", host("ct state established accept"), .widen) { [.insert(ssh, .atEnd($0.chain("input")))] },
    Case("an accept of what the policy accepts", host("ct state established accept", policy: "accept"), .equivalent) {
      [.insert(ssh, .atEnd($0.chain("input")))]
    },
    Case("more states", host("ct state established accept"), .widen) {
      [.addStates($0.rule("input", 0), [.related])]
    },
    Case("an accept behind a rate", host("tcp dport 22 limit rate 3/minute accept"), .widen) {
      [.insert(ssh, .atEnd($0.chain("input")))]
    },
    Case(
      "an accept behind a rate, declared to change nothing", host("tcp dport 22 limit rate 3/minute accept"), nil,
      declared: .equivalent
    ) {
      [.insert(ssh, .atEnd($0.chain("input")))]
    },
    Case(
      "a reject behind a rate", host("meta l4proto tcp limit rate 3/minute accept; udp dport 53 accept"), .response,
      declared: .response
    ) { [.insert(identReject, .atEnd($0.chain("input")))] },
    Case(
      "a reject before a rate", host("meta l4proto tcp limit rate 3/minute accept; udp dport 53 accept"), nil,
      declared: .response
    ) { [.insert(identReject, .atStart($0.chain("input")))] },
    Case(
      "a dead rule behind a rate", host("limit rate over 9/second drop; tcp dport 22 accept; tcp dport 22 drop"),
      .equivalent, declared: .equivalent
    ) { [.remove($0.rule("input", 2))] },
    Case("a rule that only a rate keeps packets from", host("limit rate 9/second drop; tcp dport 22 accept"), .narrow) {
      [.remove($0.rule("input", 1))]
    },
    Case("a log", host("tcp dport 22 accept"), .response) {
      [.insert(NewRule([.limit(rate: "5/minute", burst: 5)], .log(prefix: "in: ")), .atEnd($0.chain("input")))]
    },
    Case("the policy becomes drop", host("tcp dport 22 accept", policy: "accept"), .narrow) {
      [.setPolicy($0.chain("input"), .drop)]
    },
    Case("a policy that no packet reaches", host("tcp dport 22 accept; accept", policy: "accept"), .equivalent) {
      [.setPolicy($0.chain("input"), .drop)]
    },
    Case("one in, one out", host("tcp dport 22 accept"), .change) {
      [
        .setVerdict($0.rule("input", 0), .drop),
        .insert(NewRule([.transportProtocol(17)], .accept), .atEnd($0.chain("input"))),
      ]
    },
    Case("a rule that marks packets", host("tcp dport 22 meta mark set 7 accept"), nil) {
      [.remove($0.rule("input", 0))]
    },
    Case("a rule of unknown effect", host("tcp dport 22 accept; frobnicate"), nil) { [.remove($0.rule("input", 1))] },
  ]

  @Test(arguments: cases)
  func `the effect is computed`(_ item: Case) throws {
    let (proposal, _) = try proposal(item.text, expected: item.declared, changes: item.change)
    if let effect = item.effect {
      #expect(proposal.status == .proved)
      #expect(proposal.fixClass == effect)
    } else {
      guard case .refused = proposal.status else {
        Issue.record("\(proposal)")
        return
      }
    }
  }

  @Test func `a chain behind another base chain counts`() throws {
    // The second base chain drops what the first accepts: accepting more in the first changes nothing.
    let text = """
      table inet filter {
        chain input { type filter hook input priority 0; policy drop;
          ct state established accept
        }
        chain second { type filter hook input priority 10; policy accept;
          tcp dport 22 drop
        }
      }

      """
    let (result, _) = try proposal(text, expected: .widen) { [.insert(Self.ssh, .atEnd($0.chain("input")))] }
    #expect(result.status == .proved)
    #expect(result.fixClass == .equivalent)
  }

  /// The accept of an earlier base chain can spare a packet its refusal, so it must not be left out when asking what
  /// comes here.
  @Test func `a rate in an earlier chain`() throws {
    let text = """
      table inet filter {
        chain early { type filter hook prerouting priority -150; policy drop;
          limit rate 3/minute accept
        }
        chain input { type filter hook input priority 0; policy drop;
          tcp dport 22 accept
        }
      }

      """
    let (result, _) = try proposal(text, expected: .narrow) { [.remove($0.rule("input", 0))] }
    #expect(result.status == .proved)
    #expect(result.fixClass == .narrow)
  }

  /// What syn-flood chains look like: up to a rate back to the caller, else dropped.
  @Test func `a return at times before an edit`() throws {
    let text = """
      table inet filter {
        chain flood {
          limit rate 25/second return
          drop
        }
        chain rest {
          udp dport 53 accept
          tcp dport 23 drop
        }
        chain input { type filter hook input priority 0; policy drop;
          tcp flags syn jump flood
          jump rest
        }
      }

      """
    let reject = try proposal(text, expected: .response) { [.insert(identReject, .atEnd($0.chain("rest")))] }
    #expect(reject.proposal.status == .proved)
    #expect(reject.proposal.fixClass == .response)
    let dead = try proposal(
      text.replacing("udp dport 53 accept", with: "drop"), expected: .equivalent
    ) { [.remove($0.rule("rest", 1))] }
    #expect(dead.proposal.status == .proved)
    #expect(dead.proposal.fixClass == .equivalent)
    // In the flood chain itself the rate does matter.
    let inside = try proposal(text, expected: .response) { [.insert(identReject, .atStart($0.chain("flood")))] }
    #expect(inside.proposal.status == .proved || inside.proposal.fixClass != .equivalent)
  }

  @Test func `many fixes at once stay few rounds`() throws {
    let count = 600
    let rules = (0..<count).map {
      "    tcp dport \(1000 + $0) accept\n    ip saddr 10.0.0.1 tcp dport \(1000 + $0) drop\n"
    }
    let text =
      "table inet filter {\n  chain input {\n    type filter hook input priority 0; policy drop;\n\(rules.joined())  }\n}\n"
    let check = Check(
      CheckMetadata(
        code: "TEST002", name: "test", level: .warning, group: .rules, summary: "test",
        page: CheckPage(
          finds: "", matters: "", decides: "", examples: [], fixSafety: "", ignoreWhen: "", notReported: "",
          checkByHand: "", sources: ""))
    ) { context in
      context.ruleset.chains[0].rules.enumerated().compactMap { index, rule in
        guard rule.steps.contains(where: { if case .verdict(.drop, _) = $0 { true } else { false } }) else {
          return nil
        }
        let id = RuleID(chain: ChainID(0), index: index)
        return Finding(
          code: "TEST002", level: .warning, confidence: .proved, message: "dead", primary: rule.origin,
          remedies: [Remedy("remove", expected: .equivalent, changes: [.remove(id)])], subject: .rule(id))
      }
    }
    let input = repairInput(text, checks: [check])
    #expect(input.findings.count == count)
    let fix = Repairs.combined(in: input, selecting: FixSelection(classes: [.equivalent]))
    #expect(fix.applied.count == count)
    #expect(fix.classes == [.equivalent])
    #expect(fix.remaining.isEmpty)
    #expect(!String(decoding: fix.newBytes, as: UTF8.self).contains("drop\n"))
    let proposals = Repairs.proposals(for: input.findings, in: input, limit: 2)
    #expect(proposals.filter { $0.first?.status == .proved }.count == 2)
    #expect(proposals.filter { $0.first?.status == .notYetProved }.count == count - 2)
  }

  @Test func `administrators keep their way in`() throws {
    var host = HostFacts()
    host.adminFrom = ["10.0.0.0/8"]
    let text = Self.host("tcp dport 22 accept; tcp dport 80 accept")
    let cut = try proposal(text, expected: .narrow, host: host) { [.remove($0.rule("input", 0))] }
    guard case .refused(let reason) = cut.proposal.status else {
      Issue.record("not refused")
      return
    }
    #expect(reason.contains("admin-from"))
    let other = try proposal(text, expected: .narrow, host: host) { [.remove($0.rule("input", 1))] }
    #expect(other.proposal.status == .proved)
    let finding = try #require(cut.input.findings.first)
    let allowed = Repairs.proposals(for: [finding], in: cut.input, limit: 1, allowsLockout: true)
    #expect(allowed.first?.first?.status == .proved)
  }

  @Test func `what is beyond the limit is not proved and says so`() throws {
    let text = Self.host("tcp dport 113 drop")
    let (_, input) = try proposal(text, expected: .response) { [.setVerdict($0.rule("input", 0), .reject(.tcpReset))] }
    let finding = try #require(input.findings.first)
    let proposals = Repairs.proposals(for: [finding, finding], in: input, limit: 1)
    #expect(proposals.count == 2)
    #expect(proposals[0].first?.status == .proved)
    #expect(proposals[1].first?.status == .notYetProved)
    #expect(proposals[1].first?.edits == proposals[0].first?.edits)
  }
}

@Suite struct `Fixes of the built-in checks` {
  static let gateway = """
    table inet filter {
      chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established accept
        iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
      }
    }

    """

  @Test func `the gateway gets its path-MTU errors`() throws {
    let input = repairInput(Self.gateway)
    let finding = try #require(input.findings.first { $0.code == "ICMP001" })
    let proposal = try #require(Repairs.proposals(for: [finding], in: input, limit: 1).first?.first)
    #expect(proposal.status == .proved)
    #expect(proposal.fixClass == .widen)
    let text = try #require(applied(proposal, to: input))
    #expect(
      text
        == Self.gateway.replacing(
          "established accept\n",
          with: "established accept\n    ct state related meta l4proto { icmp, ipv6-icmp } accept\n"))
    #expect(!repairInput(text).findings.contains { $0.code == "ICMP001" })
  }

  @Test func `ident is answered in the words of iptables-save`() throws {
    let text = """
      *filter
      :INPUT DROP [0:0]
      :FORWARD DROP [0:0]
      :OUTPUT ACCEPT [0:0]
      -A INPUT -i lo -j ACCEPT
      -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A INPUT -p tcp -m tcp --dport 25 -j ACCEPT
      COMMIT

      """
    let input = repairInput(text, .iptablesSave)
    let finding = try #require(input.findings.first { $0.code == "REJ001" })
    let proposal = try #require(Repairs.proposals(for: [finding], in: input, limit: 1).first?.first)
    #expect(proposal.status == .proved)
    #expect(proposal.fixClass == .response)
    #expect(
      applied(proposal, to: input)
        == text.replacing(
          "--dport 25 -j ACCEPT\n",
          with: "--dport 25 -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 113 -j REJECT --reject-with tcp-reset\n"))
  }

  @Test func `all fixes together, and nothing to do the second time`() throws {
    let text = """
      # keep me
      table inet filter {
        chain input {
          type filter hook input priority filter; policy drop;
          ct state established accept   # and me
          iifname "lo" accept
          tcp dport { 22, 25 } accept
        }
        chain forward {
          type filter hook forward priority filter; policy drop;
          ct state established accept
          iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
        }
      }

      """
    let input = repairInput(text)
    let all = FixSelection(classes: [.equivalent, .response, .widen, .narrow, .change])
    let fix = Repairs.combined(in: input, selecting: all)
    #expect(fix.isComplete)
    #expect(fix.applied.contains { $0.finding.code == "ICMP001" })
    #expect(!fix.remaining.contains { $0.code == "ICMP001" })
    let new = String(decoding: fix.newBytes, as: UTF8.self)
    #expect(new.contains("# keep me") && new.contains("# and me"))
    #expect(String(decoding: fix.diff, as: UTF8.self).hasPrefix("--- test\n+++ test\n@@ "))
    let again = Repairs.combined(in: repairInput(new), selecting: all)
    #expect(!again.isChanged)
    #expect(again.diff.isEmpty)
    #expect(again.newBytes == fix.newBytes)
    let none = Repairs.combined(in: input, selecting: FixSelection(classes: [.equivalent]))
    #expect(!none.applied.contains { $0.finding.code == "ICMP001" })
  }
}

extension StringProtocol {
  func trimmed() -> String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
