package import SourceText

/// What a rule file cannot tell about its host: given by `--host`, `--sysctl` or the configuration, never looked up.
package struct HostFacts: Sendable {
  package enum Role: String, Sendable, CaseIterable { case host, router, bridge }

  package struct Interface: Hashable, Sendable {
    package var zone: String?
    package var mtu: Int?
    /// Prefixes as written, e.g. `198.51.100.7/24`.
    package var addresses: [String]
    /// The Ethernet address, 48 bits; nil: not known.
    package var mac: UInt64?
    package init(zone: String? = nil, mtu: Int? = nil, addresses: [String] = []) {
      self.zone = zone
      self.mtu = mtu
      self.addresses = addresses
    }
  }

  /// One route of the main table.
  package struct Route: Hashable, Sendable {
    /// A prefix as written, or `default`.
    package var destination: String
    package var device: String
    package var gateway: String?
    package init(destination: String, device: String, gateway: String? = nil) {
      self.destination = destination
      self.device = device
      self.gateway = gateway
    }
  }

  /// Everything that decides where a packet goes: with it the interfaces, addresses and routes are all there are.
  package struct Topology: Sendable {
    package var routes: [Route] = []
    /// By dotted key. What is not named has the value that the kernel oracle's hosts have: a router without reverse
    /// path filter that accepts source routes.
    package var sysctls: [String: String] = [:]
    package init() {}
  }

  /// nil: derive it from the rules.
  package var role: Role?
  package var interfaces: [String: Interface] = [:]
  /// Prefixes that must keep their way in (lock-out guard).
  package var adminFrom: [String] = []
  /// nil: no sysctls were given, so nothing may be said about them.
  package var sysctls: Sysctls?
  /// nil: where a packet goes is known only as far as the interfaces tell.
  package var topology: Topology?

  package init() {}
}

/// Sysctl values by dotted key (`net.ipv4.conf.all.accept_source_route`), from `sysctl -a` output or sysctl.conf text.
package struct Sysctls: Sendable {
  package struct Entry: Sendable {
    package var value: String
    package var origin: SourceRange
    package init(value: String, origin: SourceRange) {
      self.value = value
      self.origin = origin
    }
  }
  package var entries: [String: Entry] = [:]
  package init() {}

  package subscript(key: String) -> Entry? { entries[key] }
}
