package import FirewallModel
import Packets

/// IPv4 or IPv6, as checks that speak of both go through them.
package enum IPVersion: Int, CaseIterable, Hashable, Sendable {
  case v4, v6

  /// NFPROTO number as in `Field.family`.
  package var family: UInt128 { self == .v4 ? NetworkProtocol.ipv4 : NetworkProtocol.ipv6 }

  /// As people write it.
  package var name: String { self == .v4 ? "IPv4" : "IPv6" }

  /// Its control message protocol.
  package var icmp: UInt8 { self == .v4 ? IPProtocol.icmp : IPProtocol.icmpv6 }

  /// Do chains of a table family see packets of this version?
  package func isSeen(by family: Family) -> Bool {
    switch family {
    case .ip: self == .v4
    case .ip6: self == .v6
    case .inet: true
    case .arp, .bridge, .netdev: false
    }
  }
}
