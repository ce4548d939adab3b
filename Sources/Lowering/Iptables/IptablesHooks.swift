import FirewallModel
import Packets

/// The tables of iptables with their hooks and priorities as the kernel registers them
/// (include/uapi/linux/netfilter_ipv4.h).
enum IptablesHooks {
  static let tables = ["raw", "mangle", "nat", "filter", "security"]

  /// The base hook of a built-in chain; nil when the table has no such chain. The nf_tables back end has the security table
  /// at another place than the kernel's own (measured with iptables 1.8.9).
  static func hook(table: String, chain: String, isNFTables: Bool = false) -> (
    type: ChainType, hook: Hook, priority: Int32
  )? {
    guard let hook = hook(of: chain) else { return nil }
    switch (table, hook) {
    case ("raw", .prerouting), ("raw", .output): return (.filter, hook, -300)
    case ("mangle", _): return (hook == .output ? .route : .filter, hook, -150)
    case ("nat", .prerouting), ("nat", .output): return (.nat, hook, -100)
    case ("nat", .input), ("nat", .postrouting): return (.nat, hook, 100)
    case ("filter", .input), ("filter", .forward), ("filter", .output): return (.filter, hook, 0)
    case ("security", .input), ("security", .forward), ("security", .output):
      return (.filter, hook, isNFTables ? 150 : 50)
    default: return nil
    }
  }

  private static func hook(of chain: String) -> Hook? {
    switch chain {
    case "PREROUTING": .prerouting
    case "INPUT": .input
    case "FORWARD": .forward
    case "OUTPUT": .output
    case "POSTROUTING": .postrouting
    default: nil
    }
  }
}
