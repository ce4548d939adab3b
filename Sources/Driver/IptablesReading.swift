import FirewallModel
import Lowering
import SourceText

/// Reading a dump for the benchmark.
package enum IptablesReading {
  /// The number of rules of an iptables-save dump after reading and lowering it.
  package static func rules(in bytes: [UInt8]) -> Int {
    let source = SourceFile(id: SourceID(0), path: "dump", bytes: bytes)
    return Lowering.iptablesSave(source, dialect: .iptablesSave).ruleset.ruleCount
  }
}
