package import FirewallModel
package import HostFacts
package import PacketSets
package import Packets

/// What one host's rule set does to packets. Built once for a rule set; immutable.
///
/// A packet's journey is given by its hook: `input` passes ingress, prerouting and input; `forward` passes ingress,
/// prerouting, forward and postrouting; `output` passes output and postrouting. Its fate is decided over all base
/// chains of all tables on that way.
package struct Analysis: Sendable {
  package let ruleset: Ruleset
  package let host: HostFacts
  let core: AnalysisCore
  var program: Program { core.program }
  var localAddresses: LocalAddresses { core.localAddresses }
  var router: Router? { core.router }

  package init(_ ruleset: Ruleset, host: HostFacts = HostFacts()) {
    self.ruleset = ruleset
    self.host = host
    core = AnalysisCore(ruleset, host, Program(ruleset))
  }

  /// What a rule set does that differs from an earlier one in the tests of some rules only. O(changed), and one look at
  /// the steps of all rules.
  package init(_ ruleset: Ruleset, after earlier: Analysis, changed: [RuleID]) {
    self.ruleset = ruleset
    host = earlier.host
    core = AnalysisCore(ruleset, host, Program(ruleset, after: earlier.program, changed: changed))
  }

  /// Walks one packet. `packet.hook` nil is taken as input. `packet.state` nil: the state that the kernel gives it when
  /// no flow is known.
  package func trace(_ packet: Packet, recordsFailures: Bool = false) -> Trace {
    var walk = ConcreteWalk(self, packet, recordsFailures: recordsFailures)
    return walk.run()
  }

  /// Cuts the packets of `region` by their fate on the journey that ends at `hook` (input, forward or output). Exact:
  /// pieces are disjoint and, when complete, cover the region; what is uncertain has outcome `may`.
  /// `budget` bounds the work in rule visits × pieces. A number above a field's maximum in a piece stands for "absent".
  /// `candidates`: of the region or of one that holds it; they make walks through large chains short.
  package func partition(
    _ region: Box, at hook: Hook, budget: Int = 2_000_000, among candidates: RuleCandidates? = nil
  ) -> Partition {
    var result = Partition(pieces: [], isComplete: true)
    var left = budget
    for (isV4, part) in Self.families(of: region) {
      var walk = SymbolicWalk(self, to: hook, isV4: isV4, budget: left)
      walk.candidates = candidates
      result.pieces += walk.run(part)
      result.isComplete = result.isComplete && walk.isComplete
      left = walk.budget
    }
    result.work = budget - left
    return result
  }

  /// The first piece of the region that is as asked, or nil with `isComplete` telling whether there is none.
  package func search(
    _ region: Box, at hook: Hook, budget: Int = 2_000_000, where isWanted: @escaping (Piece) -> Bool
  ) -> (piece: Piece?, isComplete: Bool) {
    var left = budget
    var isComplete = true
    for (isV4, part) in Self.families(of: region) {
      var walk = SymbolicWalk(self, to: hook, isV4: isV4, budget: left)
      walk.isEnough = isWanted
      if let found = walk.run(part).first(where: isWanted) { return (found, true) }
      isComplete = isComplete && walk.isComplete
      left = walk.budget
    }
    return (nil, isComplete)
  }

  private static func families(of region: Box) -> [(isV4: Bool, part: Box)] {
    let allowed = region[.family]
    var parts: [(isV4: Bool, part: Box)] = []
    for (isV4, number) in [(true, NetworkProtocol.ipv4), (false, NetworkProtocol.ipv6)] {
      guard allowed?.contains(number) ?? true else { continue }
      let part = region.narrowed(.family, to: number)
      if !part.isEmpty { parts.append((isV4, part)) }
    }
    return parts
  }

  /// A packet of the region as people would expect to see it (a documentation address, an ordinary port where the
  /// region leaves the choice), with `hook` set. nil when the region is empty or cannot be told as a packet.
  package func witness(in region: Box, at hook: Hook) -> Packet? {
    WitnessFinder(analysis: self, region: region, hook: hook).find { _ in true }
  }

  /// Is the packet one of the region, as it comes on the way that ends at `hook`?
  package func contains(_ packet: Packet, in region: Box, at hook: Hook) -> Bool {
    RegionMembership.contains(region, packet, hook: hook)
  }

  /// A packet of the piece whose own walk ends as the piece says.
  package func witness(for piece: Piece, at hook: Hook) -> Trace? {
    var found: Trace? = nil
    _ = WitnessFinder(analysis: self, region: piece.region, hook: hook).find { packet in
      let trace = self.trace(packet)
      guard trace.outcome == piece.outcome else { return false }
      found = trace
      return true
    }
    return found
  }
}

/// What every walk over a rule set reads. Immutable and shared.
final class AnalysisCore: Sendable {
  let ruleset: Ruleset
  let program: Program
  let localAddresses: LocalAddresses
  /// nil: the host's topology is not known.
  let router: Router?

  init(_ ruleset: Ruleset, _ host: HostFacts, _ program: Program) {
    self.ruleset = ruleset
    self.program = program
    localAddresses = LocalAddresses(host)
    router = Router(host)
  }
}
