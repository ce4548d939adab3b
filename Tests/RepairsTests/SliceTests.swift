import BuiltinChecks
import CheckKit
import FirewallAnalysis
import FirewallModel
import Lowering
import PacketSets
import Packets
import SourceText
import Synchronization
import Testing

@testable import Repairs

/// Proofs that read only the rules concerned must say what proofs of the whole file say.
@Suite struct SliceTests {
  /// A busy host: open services, sources with their own rules, dead rules among them, and a few faults.
  private static func busy(_ count: Int, _ dialect: Dialect) -> String {
    var rules: [String] = []
    for index in 0..<count {
      let (a, b) = (index / 200, index % 200 + 1)
      let port = [22, 25, 53, 80, 443, 993, 8080][index % 7]
      let transport = index % 5 == 0 ? "udp" : "tcp"
      let isDrop = index % 11 == 3
      switch (dialect, isDrop) {
      case (.nft, true): rules.append("ip saddr 10.\(a).\(b).0/24 drop")
      case (.nft, false): rules.append("ip saddr 10.\(a).\(b).7 \(transport) dport \(port) accept")
      case (_, true): rules.append("-A INPUT -s 10.\(a).\(b).0/24 -j DROP")
      case (_, false):
        rules.append("-A INPUT -s 10.\(a).\(b).7/32 -p \(transport) -m \(transport) --dport \(port) -j ACCEPT")
      }
      // Each tenth drop takes what the next rule would accept.
      if index % 110 == 3 {
        rules.append(
          dialect == .nft
            ? "ip saddr 10.\(a).\(b).9 tcp dport 22 accept"
            : "-A INPUT -s 10.\(a).\(b).9/32 -p tcp -m tcp --dport 22 -j ACCEPT")
      }
    }
    if dialect == .nft {
      return """
        table inet filter {
          chain input {
            type filter hook input priority filter; policy drop;
            iifname "lo" accept
            ct state established accept # and no errors
            tcp dport { 25, 587 } accept
            \(rules.joined(separator: "\n    "))
            udp sport 53 accept
            tcp dport 113 drop
          }
        }

        """
    }
    return """
      *filter
      :INPUT DROP [0:0]
      :FORWARD DROP [0:0]
      :OUTPUT ACCEPT [0:0]
      -A INPUT -i lo -j ACCEPT
      -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
      -A INPUT -p tcp -m multiport --dports 25,587 -j ACCEPT
      \(rules.joined(separator: "\n"))
      -A INPUT -p udp -m udp --sport 53 -j ACCEPT
      -A INPUT -p tcp -m tcp --dport 113 -j DROP
      COMMIT

      """
  }

  @Test(arguments: [Dialect.nft, .iptablesSave])
  func `a slice gives the class and the answer of the whole file`(_ dialect: Dialect) throws {
    let input = repairInput(Self.busy(150, dialect), dialect)
    #expect(input.findings.contains { $0.code == "ICMP001" } && input.findings.contains { $0.code == "RULE001" })
    let writer = RemedyWriter(ruleset: input.lowered.ruleset, file: input.file, dialect: dialect)
    let slicer = try #require(RuleSlicer(input, writer: writer))
    let whole = Prover(input)
    var compared = 0
    for finding in input.findings {
      for remedy in finding.remedies {
        let remedy = ReplyWay.completed(remedy, in: input.analysis)
        let written = writer.write(remedy)
        guard !written.edits.isEmpty, let slice = slicer.slice(for: remedy, edits: written.edits, of: finding) else {
          continue
        }
        #expect(slice.input.lowered.ruleset.ruleCount * 2 <= input.lowered.ruleset.ruleCount)
        let small = try? Prover(slice.input).effect(
          of: slice.edits, expected: written.expected, for: slice.finding, allowsLockout: false)
        guard let small else { continue }
        let large = try whole.effect(
          of: written.edits, expected: written.expected, for: finding, allowsLockout: false)
        #expect(small.effect.fixClass == large.effect.fixClass, "\(finding.code): \(remedy.title)")
        #expect(
          slice.holds(
            small.difference, slice.input.lowered.ruleset, small.lowered.ruleset, rewritten: slicer.rewritten))
        compared += 1
      }
    }
    #expect(compared >= 5, "only \(compared) proofs were compared")
  }

  @Test func `what is read again for a proof does not grow with the file`() {
    let read = ReadBytes()
    var input = repairInput(Self.busy(600, .iptablesSave), .iptablesSave)
    let reread = input.reread
    input.reread = { file in
      read.total.withLock { $0 += file.bytes.count }
      return reread(file)
    }
    let proposals = Repairs.proposals(for: input.findings, in: input, limit: 16).flatMap { $0 }
    let proved = proposals.count { $0.status == .proved }
    #expect(proved >= 6, "\(proposals.map { "\($0.title): \($0.status)" })")
    let total = read.total.withLock { $0 }
    #expect(total < proposals.count * input.file.bytes.count / 4, "\(total) bytes for \(proposals.count) proofs")
  }

  @Test func `a region that leaves out what the edit touches is noticed`() throws {
    let input = repairInput(Self.busy(150, .iptablesSave), .iptablesSave)
    let writer = RemedyWriter(ruleset: input.lowered.ruleset, file: input.file, dialect: .iptablesSave)
    let slicer = try #require(RuleSlicer(input, writer: writer))
    let finding = try #require(input.findings.first { $0.code == "REJ001" })
    let remedy = try #require(finding.remedies.first)
    let written = writer.write(remedy)
    let slice = try #require(slicer.slice(for: remedy, edits: written.edits, of: finding))
    let outcome = try Prover(slice.input).apply(slice.edits)
    let wrong = RuleSlice(
      input: slice.input, edits: slice.edits, finding: slice.finding,
      regions: [.all.narrowed(.destinationPort, to: 25)], removesDead: false)
    #expect(
      !wrong.holds(
        outcome.difference, slice.input.lowered.ruleset, outcome.lowered.ruleset, rewritten: slicer.rewritten)
    )
  }

  @Test func `dead rules go together, however many`() {
    let many = (1...300).map { "    tcp dport \($0 + 2000) accept" }.joined(separator: "\n")
    let input = repairInput(
      """
      table ip filter {
        chain input {
          type filter hook input priority filter; policy drop;
          ct state established,related accept
          tcp dport 2000-3000 accept
      \(many)
        }
      }

      """)
    let fix = Repairs.combined(in: input, selecting: FixSelection(classes: [.equivalent]))
    #expect(fix.applied.count == 300)
    #expect(fix.classes == [.equivalent])
    #expect(!fix.remaining.contains { $0.code == "RULE001" })
  }
}

/// Counts what is read again.
private final class ReadBytes: Sendable {
  let total = Mutex(0)
}
