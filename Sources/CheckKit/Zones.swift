package import FirewallModel
package import HostFacts
import PacketSets
import Packets

/// What is known of the interfaces that a packet may come in by.
package struct Zones: Sendable {
  /// Said to be outside by the host facts.
  package private(set) var outside: [String] = []
  /// Said to be inside by the host facts.
  package private(set) var inside: [String] = []
  /// Not said, but rules translate source addresses of what leaves here, or the name says it.
  package private(set) var likelyOutside: [String] = []
  /// Leaves the box translated: `masquerade` or `snat` by some rule.
  package private(set) var hasSourceNAT = false

  package init(_ ruleset: Ruleset, host: HostFacts, names: [String]) {
    for name in host.interfaces.keys.sorted() {
      guard let zone = host.interfaces[name]?.zone else { continue }
      if Self.outsideZones.contains(zone.lowercased()) { outside.append(name) } else { inside.append(name) }
    }
    var translated: Set<String> = []
    for chain in ruleset.chains {
      for rule in chain.rules where Self.translatesSource(rule) {
        hasSourceNAT = true
        for step in rule.steps {
          guard case .match(let match) = step, case .field(.outInterface, let set) = match.condition else { continue }
          if let value = set.single { translated.insert(InterfaceName.name(value)) }
        }
      }
    }
    let known = Set(outside + inside)
    likelyOutside = names.filter { name in
      guard !known.contains(name) else { return false }
      return translated.contains(name) || Self.outsideNames.contains { name.hasPrefix($0) }
    }
  }

  private static let outsideZones: Set<String> = [
    "internet", "wan", "external", "outside", "untrusted", "public", "red",
  ]
  private static let outsideNames = ["wan", "pppoe", "wwan", "inet", "internet", "ext"]

  private static func translatesSource(_ rule: Rule) -> Bool {
    rule.steps.contains { step in
      guard case .verdict(.translate(let translation), _) = step else { return false }
      return translation.kind == .masquerade || translation.kind == .snat
    }
  }

  /// Interfaces known or held to be outside.
  package var allOutside: [String] { outside + likelyOutside }
}
