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
  let program: Program

  package init(_ ruleset: Ruleset, host: HostFacts = HostFacts()) {
    self.ruleset = ruleset
    self.host = host
    program = Program(ruleset)
  }

  /// Walks one packet. `packet.hook` nil is taken as input. `packet.state` nil: the state that the kernel gives it when
  /// no flow is known.
  package func trace(_ packet: Packet, recordsFailures: Bool = false) -> Trace {
    var walk = ConcreteWalk(self, packet, recordsFailures: recordsFailures)
    return walk.run()
  }

  /// Cuts the packets of `region` by their fate on the journey that ends at `hook` (input, forward or output). Exact:
  /// pieces are disjoint and, when complete, cover the region; what is uncertain has outcome `may`.
  /// `budget` bounds the work in rule visits × pieces.
  package func partition(_ region: Box, at hook: Hook, budget: Int = 2_000_000) -> Partition {
    Partition(pieces: [], isComplete: false)
  }

  /// A packet of the region as people would expect to see it (an unused port, a documentation address where the
  /// region leaves the choice), with `hook` set. nil when the region is empty or cannot be told as a packet.
  package func witness(in region: Box, at hook: Hook) -> Packet? { nil }
}
