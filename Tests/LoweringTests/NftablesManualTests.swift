import FirewallModel
import Foundation
import Lowering
import SourceText
import TestSupport
import Testing

/// The tables of man/fwlint-nftables.7 say what the reader does.
@Suite struct NftablesManualTests {
  private static func lines(from begin: String, to end: String) throws -> [[String]] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "man/fwlint-nftables.7"), encoding: .utf8)
    let start = try #require(text.range(of: begin))
    let stop = try #require(text.range(of: end))
    return text[start.upperBound..<stop.lowerBound].split(separator: "\n").dropFirst().filter { !$0.hasPrefix(".") }
      .map { line in line.components(separatedBy: " | ").map { $0.trimmingCharacters(in: .whitespaces) } }
  }

  private static func lowered(_ text: String) -> Lowered {
    Lowering.nftables(SourceFile(id: SourceID(0), path: "manual", text: text))
  }

  private static func kinds(_ rule: Rule) -> Set<Uncertainty.Kind> {
    var result: Set<Uncertainty.Kind> = []
    for step in rule.steps {
      switch step {
      case .match(let match): if case .unknown(let why) = match.condition { result.insert(why.kind) }
      case .effect(.unknown(let why), _), .verdict(.unknown(let why), _): result.insert(why.kind)
      default: break
      }
    }
    return result
  }

  @Test func `each example of what may match is of the kind that the manual says`() throws {
    let rows = try Self.lines(from: ".\\\" may-match:", to: ".\\\" end of may-match")
    #expect(rows.count > 40)
    for row in rows {
      try #require(row.count == 3, "\(row)")
      let lowered = Self.lowered("table inet t {\n\tchain c {\n\t\t\(row[0])\n\t}\n}\n")
      #expect(lowered.problems.isEmpty, "\(row[0]): \(lowered.problems.first?.message ?? "")")
      let rule = try #require(lowered.ruleset.chains.first?.rules.first)
      #expect(Self.kinds(rule).map(\.rawValue) == [row[1]], "\(row[0])")
    }
  }

  @Test func `what the manual does not list is exact`() throws {
    let exact = [
      "ip saddr 10.0.0.0/8", "ip6 daddr ::1", "tcp dport { 22, 80-90 }", "ct state established,related",
      "iifname \"eth*\"",
      "meta l4proto { tcp, udp }", "tcp flags & (syn | ack) == syn", "icmp type echo-request",
      "ip frag-off & 0x1fff != 0",
      "meta mark & 0xff == 0x10", "fib daddr type local", "fib saddr . iif oif missing", "ct status dnat",
      "exthdr frag exists",
      "tcp option maxseg size 500-1460", "@th,16,16 53", "meta pkttype broadcast",
      "ip saddr . tcp dport { 10.0.0.1 . 22 }",
    ]
    for text in exact {
      let lowered = Self.lowered("table inet t {\n\tchain c {\n\t\t\(text)\n\t}\n}\n")
      #expect(lowered.problems.isEmpty, "\(text)")
      let rule = try #require(lowered.ruleset.chains.first?.rules.first)
      #expect(Self.kinds(rule).isEmpty, "\(text)")
    }
  }

  @Test func `what newer releases take is taken`() throws {
    let rows = try Self.lines(from: ".\\\" newer:", to: ".\\\" end of newer")
    #expect(rows.count >= 10)
    for row in rows {
      let lowered = Self.lowered("add table ip t\nadd chain ip t c\n\(row[0])\n")
      #expect(lowered.problems.isEmpty, "\(row[0]): \(lowered.problems.first?.message ?? "")")
      #expect(lowered.ruleset.coverage.notUnderstood.isEmpty, "\(row[0])")
    }
  }
}
