import FirewallModel
import Packets

/// Whom to name for a packet that every base chain accepted.
enum AcceptDecider {
  /// The last rule that accepted in the packet's own hook, else the policy of its first filter chain at priority 0 or
  /// later, else whatever accepted last there.
  static func choose(_ acceptedBy: [Decider], hook: Hook, _ ruleset: Ruleset) -> Decider {
    let own = acceptedBy.filter { $0.hook == hook }
    if let rule = own.last(where: { $0.rule != nil }) { return rule }
    let filter = own.first { decider in
      guard let base = decider.chain.flatMap({ ruleset[$0].base }) else { return false }
      return base.type == .filter && base.priority >= 0
    }
    return filter ?? own.last ?? Decider(hook: hook, chain: nil, rule: nil)
  }
}
