package import SourceText

/// What a rule file cannot tell about its host: given by `--host`, `--sysctl` or the configuration, never looked up.
package struct HostFacts: Sendable {
  package enum Role: String, Sendable, CaseIterable { case host, router, bridge }

  package struct Interface: Hashable, Sendable {
    package var zone: String?
    package var mtu: Int?
    /// Prefixes as written, e.g. `198.51.100.7/24`.
    package var addresses: [String]
    package init(zone: String? = nil, mtu: Int? = nil, addresses: [String] = []) {
      self.zone = zone
      self.mtu = mtu
      self.addresses = addresses
    }
  }

  /// nil: derive it from the rules.
  package var role: Role?
  package var interfaces: [String: Interface] = [:]
  /// Prefixes that must keep their way in (lock-out guard).
  package var adminFrom: [String] = []
  /// nil: no sysctls were given, so nothing may be said about them.
  package var sysctls: Sysctls?

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
