package import FirewallModel
package import Lowering
import SourceText

/// Reads a rule set from a string, as the tests write it.
package func lowered(_ text: String, _ dialect: Dialect, path: String = "test") -> Lowered {
  let file = SourceFile(id: SourceID(0), path: path, text: text)
  switch dialect {
  case .nft: return Lowering.nftables(file)
  case .nftJSON: return Lowering.nftablesJSON(file)
  case .iptablesSave, .ip6tablesSave: return Lowering.iptablesSave(file, dialect: dialect)
  }
}
