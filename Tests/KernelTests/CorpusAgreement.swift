import BuiltinChecks
import CheckKit
import FirewallAnalysis
import FirewallModel
import Foundation
import HostFacts
import JSONText
import Lowering
import PacketSets
import Packets
import SourceText
import TestSupport
import Testing

/// What was claimed of a packet, to be confirmed by the kernel.
struct Claim {
  var packet: Packet
  var outcome: Outcome
  var source: String
}

/// Sums of one comparison with the kernel.
struct Tally {
  var rulesets = 0
  var notLoaded = 0
  var confirmed = 0
  var outside = 0
  var disagreements: [String] = []

  mutating func compare(_ url: URL, _ dialect: Dialect, _ claims: [Claim]) throws {
    guard !claims.isEmpty else { return }
    guard let answers = try KernelOracle.ask(url, dialect, claims.map(\.packet)) else {
      notLoaded += 1
      return
    }
    rulesets += 1
    for (claim, answer) in zip(claims, answers) {
      if answer.isOutside {
        outside += 1
        continue
      }
      var own = CaseAgreement.word(claim.outcome)
      var kernel = answer.verdict
      // What goes out through lo comes in again, and the oracle follows it: the claim is of the way out alone.
      let hooks = answer.json["hooks"]
      if claim.packet.hook == .output, claim.packet.outInterface == "lo", hooks?["output"] == "accept",
        hooks?["postrouting"] ?? "accept" == "accept"
      {
        kernel = "accept"
      }
      if own == "reject", kernel == "reject" {
        own += " " + CaseAgreement.word(reject: claim.outcome)
        kernel += " " + (answer.json["reject"]?["with"]?.stringValue ?? CaseAgreement.word(reject: claim.outcome))
      }
      if own == kernel {
        confirmed += 1
      } else {
        let rule = answer.json["rule"]?.stringValue ?? answer.json["chain"]?.stringValue ?? ""
        disagreements.append(
          "\(url.lastPathComponent) \(claim.source): claimed \(own), kernel \(kernel) by \(rule); "
            + claim.packet.json.text())
      }
    }
  }

  var summary: String {
    ([
      "\(rulesets) rule sets loaded, \(notLoaded) not; \(confirmed) packets agree, \(disagreements.count) disagree, "
        + "\(outside) lost outside the rules"
    ] + disagreements.prefix(30)).joined(separator: "\n")
  }
}

@Suite(.enabled(if: KernelOracle.obstacle == nil, "\(KernelOracle.obstacle ?? "")"), .serialized)
struct CorpusAgreement {
  /// FWLINT_KERNEL_FULL=1 takes every file; otherwise every fourth.
  static var rulesets: [(url: URL, dialect: Dialect)] {
    let all = KernelOracle.corpusRulesets()
    if ProcessInfo.processInfo.environment["FWLINT_KERNEL_FULL"] != nil { return all }
    return all.enumerated().filter { $0.offset % 4 == 0 }.map(\.element)
  }

  static func lower(_ url: URL, _ dialect: Dialect) throws -> Ruleset {
    let file = SourceFile(id: SourceID(0), path: url.lastPathComponent, bytes: [UInt8](try Data(contentsOf: url)))
    switch dialect {
    case .nft, .nftJSON: return Lowering.nftables(file).ruleset
    case .iptablesSave, .ip6tablesSave: return Lowering.iptablesSave(file, dialect: dialect).ruleset
    }
  }

  /// Each piece's witness meets in the kernel what the piece says; so do packets made of the rule set's own numbers.
  @Test func `pieces and random packets of real rule sets`() throws {
    var tally = Tally()
    for (url, dialect) in Self.rulesets {
      let ruleset = try Self.lower(url, dialect)
      let analysis = Analysis(ruleset, host: KernelOracle.host)
      var claims: [Claim] = []
      for hook in [Hook.input, .forward, .output] {
        for region in Self.regions(dialect) {
          let partition = analysis.partition(region, at: hook, budget: 200_000)
          for piece in partition.pieces.prefix(6) {
            guard var packet = analysis.witness(in: piece.region, at: hook) else { continue }
            // The oracle's routes are its own: what depends on the way back is not asked.
            packet.reversePathOK = nil
            let trace = analysis.trace(packet)
            if case .may = trace.outcome { continue }
            claims.append(Claim(packet: packet, outcome: trace.outcome, source: "piece at \(hook.name)"))
            if case .may = piece.outcome { continue }
            #expect(trace.outcome == piece.outcome, "\(url.lastPathComponent): \(packet)")
          }
        }
      }
      try tally.compare(url, dialect, claims)
    }
    print(tally.summary)
    #expect(tally.disagreements.isEmpty)
  }

  private static func regions(_ dialect: Dialect) -> [Box] {
    func box(_ fields: (Field, UInt128)...) -> Box {
      fields.reduce(Box.all) { $0.narrowed($1.0, to: $1.1) }
    }
    let families: [UInt128]
    switch dialect {
    case .nft, .nftJSON: families = [2, 10]
    case .iptablesSave: families = [2]
    case .ip6tablesSave: families = [10]
    }
    return families.flatMap { family in
      let icmp: UInt128 = family == 2 ? 1 : 58
      return [
        box((.family, family), (.transportProtocol, 6), (.ctState, 3)),
        box((.family, family), (.transportProtocol, 17), (.ctState, 3)),
        box((.family, family), (.transportProtocol, icmp)),
        box((.family, family), (.ctState, 1)), box((.family, family), (.ctState, 2)),
        box((.family, family), (.ctState, 0), (.transportProtocol, 6)),
      ]
    }
  }

  /// Every witness of every finding.
  @Test func `witnesses of findings on real rule sets`() throws {
    var tally = Tally()
    var findings = 0
    for (url, dialect) in Self.rulesets {
      let ruleset = try Self.lower(url, dialect)
      let context = CheckContext(Analysis(ruleset, host: KernelOracle.host))
      var claims: [Claim] = []
      for check in allChecks {
        for finding in check.run(context) {
          findings += 1
          guard let witness = finding.witness, finding.confidence == .proved else { continue }
          if case .may = witness.outcome { continue }
          claims.append(Claim(packet: witness.packet, outcome: witness.outcome, source: finding.code))
        }
      }
      try tally.compare(url, dialect, claims)
    }
    print("\(findings) findings; \(tally.summary)")
    #expect(tally.disagreements.isEmpty)
  }
}
