import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import PacketLogs
import SourceText
import Symptoms
import TestSupport
import Testing

private func report(_ lines: [String], _ rules: String, _ dialect: Dialect = .nft) -> (LogReport, Ruleset) {
  let ruleset = lowered(rules, dialect).ruleset
  var analysis = LogAnalysis()
  analysis.consume(Array((lines.joined(separator: "\n") + "\n").utf8)[...])
  analysis.finish()
  return (analysis.report(ruleset: Analysis(ruleset)), ruleset)
}

private func chain(_ name: String, _ ruleset: Ruleset) throws -> ChainID {
  ChainID(try #require(ruleset.chains.firstIndex { $0.name == name }))
}

@Suite struct RuleFinderTests {
  static let gateway = """
    table inet filter {
      chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established accept
        iifname "lan0" oifname "wan0" tcp dport { 80, 443 } accept
        log prefix "FWD-DROP: "
      }
    }
    """

  static func pmtu(_ prefix: String, at: Int = 0) -> String {
    Line.icmp("198.51.100.9", "192.0.2.10", 3, 4, inner: "203.0.113.9", mtu: 1300, at: at, on: "IN=wan0 OUT=lan0")
      .replacing("DROP: ", with: prefix)
  }

  @Test func `the policy that drops path-MTU errors is named, and the remedy stands before the log`() throws {
    let (log, ruleset) = report([Self.pmtu("FWD-DROP: ")], Self.gateway)
    let symptom = try #require(log.named("pmtu-blackhole-v4"))
    let forward = try chain("forward", ruleset)
    #expect(symptom.chain == forward)
    #expect(symptom.rule == nil)
    #expect(!symptom.isProbable)
    let remedy = try #require(symptom.remedies.first)
    #expect(remedy.expected == .widen)
    guard case .insert(let rule, .before(let place)) = try #require(remedy.changes.first) else {
      Issue.record("not an insertion before a rule: \(remedy)")
      return
    }
    #expect(rule.verdict == .accept)
    #expect(place == RuleID(chain: forward, index: 2))
  }

  @Test func `the rule that drops ident is named in an iptables dump`() throws {
    let rules = """
      *filter
      :INPUT ACCEPT [0:0]
      :FORWARD DROP [0:0]
      :OUTPUT ACCEPT [0:0]
      -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
      -A INPUT -p tcp -m tcp --dport 113 -j LOG --log-prefix "IDENT "
      -A INPUT -p tcp -m tcp --dport 113 -j DROP
      COMMIT

      """
    let lines = [0, 1, 3, 7].map {
      Line.tcp(Line.far, Line.own, 40113, 113, at: $0).replacing("DROP: ", with: "IDENT ")
    }
    let (log, ruleset) = report(lines, rules, .iptablesSave)
    let symptom = try #require(log.named("ident-dropped"))
    let input = try chain("INPUT", ruleset)
    #expect(symptom.rule == RuleID(chain: input, index: 3))
    #expect(!symptom.isProbable)
    #expect(symptom.needsAction)
    let remedy = try #require(symptom.remedies.first)
    #expect(remedy.expected == .response)
    guard case .insert(let rule, .before(let place)) = try #require(remedy.changes.first) else {
      Issue.record("not an insertion before a rule: \(remedy)")
      return
    }
    #expect(rule.verdict == .reject(.tcpReset))
    #expect(place == RuleID(chain: input, index: 2))
  }

  @Test func `two states that end at different rules make it probable`() throws {
    let rules = """
      table inet filter {
        chain forward {
          type filter hook forward priority filter; policy accept;
          ct state established accept
          log prefix "FWD: "
          ct state invalid drop
          icmp type destination-unreachable drop
        }
      }
      """
    let (log, ruleset) = report([Self.pmtu("FWD: ")], rules)
    let symptom = try #require(log.named("pmtu-blackhole-v4"))
    #expect(symptom.isProbable)
    // Related is the likelier state of an ICMP error.
    #expect(symptom.rule == RuleID(chain: try chain("forward", ruleset), index: 3))
  }

  @Test func `a prefix tells which of two logs it was`() throws {
    let rules = """
      table inet filter {
        chain forward {
          type filter hook forward priority filter; policy accept;
          ct state invalid log prefix "INVALID: " drop
          log prefix "FWD: " drop
        }
      }
      """
    let (invalid, ruleset) = report([Self.pmtu("INVALID: ")], rules)
    let forward = try chain("forward", ruleset)
    #expect(try #require(invalid.named("pmtu-blackhole-v4")).rule == RuleID(chain: forward, index: 0))
    #expect(try #require(invalid.named("pmtu-blackhole-v4")).isProbable == false)
    let (other, _) = report([Self.pmtu("FWD: ")], rules)
    #expect(try #require(other.named("pmtu-blackhole-v4")).rule == RuleID(chain: forward, index: 1))
  }

  @Test func `a log of accepted packets is not taken for a drop`() throws {
    let rules = """
      table inet filter {
        chain forward {
          type filter hook forward priority filter; policy drop;
          ct state established,related log prefix "OK: " accept
        }
      }
      """
    let (log, _) = report([Self.pmtu("OK: ")], rules)
    let symptom = try #require(log.named("pmtu-blackhole-v4"))
    #expect(symptom.isAccepted)
    #expect(!symptom.needsAction)
    #expect(symptom.remedies.isEmpty)
  }

  @Test func `a prefix that the rules do not have makes it probable only`() throws {
    let (log, _) = report([Self.pmtu("ELSEWHERE: ")], Self.gateway)
    #expect(try #require(log.named("pmtu-blackhole-v4")).isProbable)
  }

  @Test func `findings that the log confirms are counted`() throws {
    let (log, ruleset) = report((0..<1204).map { Self.pmtu("FWD-DROP: ", at: $0) }, Self.gateway)
    let forward = try chain("forward", ruleset)
    let range = SourceRange(file: SourceID(0), lower: 0, upper: 1)
    func finding(_ code: String, _ subject: Finding.Subject) -> Finding {
      Finding(code: code, level: .error, confidence: .proved, message: "m", primary: range, subject: subject)
    }
    let elsewhere = ChainID(7)
    let found = log.confirmations(of: [
      finding("STATE001", .chain(forward)), finding("ICMP001", .chain(forward)), finding("ICMP001", .chain(elsewhere)),
    ])
    #expect(found.map(\.finding) == [1])
    #expect(found.first?.count == 1204)
    #expect(found.first?.text == "seen 1,204 times in the log since Nov 23 08:00:00")
  }
}

@Suite struct HostileLogTests {
  @Test func `no line brings the analysis down, with a rule set or without`() {
    let lines = (SymptomFixture.all + SymptomFixture.local).flatMap(\.fires) + KernelCapture.lines
    var state: UInt64 = 0x2545_f491_4f6c_dd1d
    func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    var changed: [String] = []
    for line in lines {
      var bytes = Array(line.utf8)
      for _ in 0...(next() % 4) where !bytes.isEmpty {
        let place = Int(next() % UInt64(bytes.count))
        switch next() % 4 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: Array("99999999999999999999999 IN=\u{0}[".utf8), at: place)
        default: bytes.removeSubrange(place...)
        }
      }
      changed.append(String(decoding: bytes, as: UTF8.self))
    }
    changed.append("Nov 23 21:00:00 gw kernel: net_ratelimit: 9223372036854775807 callbacks suppressed")
    changed.append("Nov 23 21:00:00 gw kernel: net_ratelimit: 9223372036854775807 callbacks suppressed")
    changed.append("4,1,\(String(repeating: "9", count: 400)),-;\(RuleFinderTests.pmtu("X").drop { $0 != "I" })")
    let (withRules, _) = report(lines + changed, RuleFinderTests.gateway)
    #expect(withRules.lines >= lines.count + changed.count)
    #expect(withRules.netfilter >= lines.count - 40)
  }
}
