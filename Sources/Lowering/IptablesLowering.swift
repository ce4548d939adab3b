package import FirewallModel
import IptablesSyntax
package import SourceText

extension Lowering {
  /// Reads and lowers one iptables-save or ip6tables-save dump. `ipsets` are ipset-save files given beside it.
  package static func iptablesSave(_ file: SourceFile, dialect: Dialect, ipsets: [SourceFile] = []) -> Lowered {
    var builder = IptablesBuilder(file: IptablesFile(reading: file), dialect: dialect, ipsets: ipsets)
    builder.run()
    return builder.finish()
  }
}
