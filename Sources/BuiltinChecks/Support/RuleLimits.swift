import CheckKit
import FirewallModel
import PacketSets
import Packets

extension CheckContext {
  /// The interface and address tests of a rule in words that a new rule can have; nil when it has tests beside
  /// protocol, ports and state that cannot be said so.
  func limits(of id: RuleID) -> [NewRule.Condition]? {
    var result: [NewRule.Condition] = []
    for step in ruleset[id].steps {
      switch step {
      case .match(let match):
        guard case .field(let field, let values) = match.condition else { return nil }
        switch field {
        case .family, .transportProtocol, .sourcePort, .destinationPort, .ctState, .udpLength: continue
        case .inInterface:
          guard let value = values.single else { return nil }
          result.append(.inInterface(InterfaceName.name(value)))
        case .outInterface:
          guard let value = values.single else { return nil }
          result.append(.outInterface(InterfaceName.name(value)))
        case .source, .destination:
          guard let text = prefix(values, isV6: isV6(id)) else { return nil }
          result.append(field == .source ? .source(text) : .destination(text))
        default: return nil
        }
      case .verdictMap: return nil
      case .effect, .verdict: continue
      }
    }
    return result
  }

  private func isV6(_ id: RuleID) -> Bool {
    if ruleset[ruleset[id.chain].table].family == .ip6 { return true }
    return ruleset[id].steps.contains { step in
      guard case .match(let match) = step, case .field(.family, let values) = match.condition else { return false }
      return values.single == NetworkProtocol.ipv6
    }
  }

  /// One prefix as text; nil for anything else.
  private func prefix(_ values: ValueSet, isV6: Bool) -> String? {
    let intervals = values.intervals
    guard intervals.count == 1, let interval = intervals.first else { return nil }
    let width = isV6 ? 128 : 32
    let span = interval.upper - interval.lower
    guard span & (span &+ 1) == 0, interval.lower & span == 0 else { return nil }
    let length = width - (128 - span.leadingZeroBitCount)
    let address: Address = isV6 ? .v6(interval.lower) : .v4(UInt32(truncatingIfNeeded: interval.lower))
    return length == width ? "\(address)" : "\(address)/\(length)"
  }
}
