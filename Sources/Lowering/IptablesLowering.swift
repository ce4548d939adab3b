package import FirewallModel
package import SourceText

extension Lowering {
  /// Reads and lowers one iptables-save or ip6tables-save dump. `ipsets` are ipset-save files given beside it.
  package static func iptablesSave(_ file: SourceFile, dialect: Dialect, ipsets: [SourceFile] = []) -> Lowered {
    Lowered(ruleset: Ruleset(), dialect: dialect, problems: [])
  }
}
