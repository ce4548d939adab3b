import CheckKit
import FirewallAnalysis
import FirewallModel
import PacketSets
import Packets

/// A packet that two rules match, with its walk, when the earlier one of them decides it.
enum LostPacket {
  static func trace(_ context: CheckContext, _ common: Box, takenBy taker: RuleID) -> Trace? {
    guard let root = context.chains.roots[taker.chain.index].first, let base = context.ruleset[root].base else {
      return nil
    }
    let hook: Hook
    switch base.hook {
    case .input, .prerouting, .ingress: hook = .input
    case .forward: hook = .forward
    case .output, .postrouting, .egress: hook = .output
    }
    var box = common
    if box[.transportProtocol] == nil { box = box.preferring(.transportProtocol, [UInt128(IPProtocol.tcp)]) }
    for version in IPVersion.allCases
    where version.isSeen(by: context.ruleset[context.ruleset[taker.chain].table].family) {
      let number = version == .v4 ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6
      let narrowed = box.narrowed(.family, to: number)
      guard !narrowed.isEmpty, let packet = context.witness(in: narrowed, at: hook) else { continue }
      let trace = context.analysis.trace(packet)
      let isTaken = trace.steps.contains { step in
        guard step.rule == taker, case .matched(_?) = step.event else { return false }
        return true
      }
      if isTaken { return trace }
    }
    return nil
  }
}

/// Fields and their values in words.
enum FieldWords {
  static func name(_ field: Field) -> String {
    switch field {
    case .source: "source"
    case .destination: "destination"
    case .sourcePort: "source port"
    case .destinationPort: "destination port"
    case .transportProtocol: "protocol"
    case .inInterface: "input interface"
    case .outInterface: "output interface"
    case .ctState: "state"
    case .icmpType: "ICMP type"
    default: "\(field)"
    }
  }

  static func text(_ values: ValueSet, _ field: Field) -> String {
    let shown = values.intervals.prefix(4).map { interval in
      interval.lower == interval.upper
        ? text(interval.lower, field) : "\(text(interval.lower, field))-\(text(interval.upper, field))"
    }
    return shown.joined(separator: ", ") + (values.intervalCount > 4 ? " …" : "")
  }

  private static func text(_ value: UInt128, _ field: Field) -> String {
    switch field {
    case .source, .destination:
      value <= UInt128(UInt32.max) ? "\(Address.v4(UInt32(truncatingIfNeeded: value)))" : "\(Address.v6(value))"
    case .inInterface, .outInterface: InterfaceName.name(value)
    case .ctState: ConntrackState(rawValue: UInt8(truncatingIfNeeded: value))?.name ?? "\(value)"
    default: "\(value)"
    }
  }
}
