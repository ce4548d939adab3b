import FirewallAnalysis
import FirewallModel
import HostFacts
import PacketSets
import Packets

/// Keeps a fix from cutting the way in that administrators use: TCP port 22 from the prefixes of `admin-from`.
enum LockoutGuard {
  static let sshPort: UInt128 = 22

  /// True when some packet of an administrator's SSH session was accepted and is no longer, or may be no longer.
  static func cutsAdministrators(old: Analysis, new: Analysis) -> Bool {
    old.host.adminFrom.contains { prefix in
      guard let (address, length) = parse(prefix) else { return false }
      var region = Box.all.narrowed(.family, to: address.family)
        .narrowed(.transportProtocol, to: UInt128(IPProtocol.tcp)).narrowed(.destinationPort, to: sshPort)
        .narrowed(.ctState, to: ValueSet(values: [ConntrackState.new, .established].map { UInt128($0.rawValue) }))
      region = region.narrowed(.source, to: interval(address, length))
      return loses(region, old, new)
    }
  }

  private static func loses(_ region: Box, _ old: Analysis, _ new: Analysis) -> Bool {
    let before = old.partition(region, at: .input)
    let after = new.partition(region, at: .input)
    guard before.isComplete, after.isComplete else { return true }
    for was in before.pieces where was.outcome == .accept {
      for becomes in after.pieces where becomes.outcome != .accept {
        if !was.region.intersection(becomes.region).isEmpty { return true }
      }
    }
    return false
  }

  private static func parse(_ prefix: String) -> (Address, Int)? {
    let parts = prefix.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let head = parts.first, let address = Address(head) else { return nil }
    guard parts.count == 2 else { return (address, address.width) }
    guard let length = Int(parts[1]), length >= 0, length <= address.width else { return nil }
    return (address, length)
  }

  private static func interval(_ address: Address, _ length: Int) -> ValueSet {
    let free = address.width - length
    let mask: UInt128 = free >= 128 ? .max : (UInt128(1) << UInt128(free)) - 1
    let lower = address.value & ~mask
    return ValueSet(Interval(lower, lower | mask))
  }
}
