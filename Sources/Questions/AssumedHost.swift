import FirewallModel
import HostFacts
import PacketSets
import Packets

/// Where translated packets go cannot be told without addresses of the host. When the facts name none, those that the
/// rules name are taken: destinations that are translated are the host's own, their new ones are other machines'.
enum AssumedHost {
  struct Result {
    var host: HostFacts
    /// The same without networks that are there for routing only.
    var namedHost: HostFacts
    var assumption: String?
  }

  static func host(_ ruleset: Ruleset, host: HostFacts, facts: PlaceFacts) -> Result {
    let unchanged = Result(host: host, namedHost: host, assumption: nil)
    if host.interfaces.values.contains(where: { !$0.addresses.isEmpty }) { return unchanged }
    var own: Set<Address> = []
    var targets: Set<Address> = []
    for chain in ruleset.chains where ruleset.tables.indices.contains(chain.table.index) {
      for rule in chain.rules { collect(rule, ruleset[chain.table].family, &own, &targets) }
    }
    if targets.isEmpty { return unchanged }
    own.subtract(targets)
    let inside = facts.zone("lan")?.interfaces
    let interface = inside.flatMap { $0.single }.map { InterfaceName.name($0) }
    var named = host
    var routed = host
    let outside = facts.internet.interfaces.single.map { InterfaceName.name($0) } ?? "eth0"
    named.interfaces[outside, default: .init()].addresses += own.sorted().map(\.description)
    // Some address must be known for the others to be known as not the host's own.
    routed.interfaces[outside, default: .init()].addresses +=
      own.isEmpty ? ["192.0.2.1"] : own.sorted().map(\.description)
    if let interface {
      for target in targets.sorted() {
        guard let network = network(of: target) else { continue }
        if routed.interfaces[interface]?.addresses.contains(network) != true {
          routed.interfaces[interface, default: .init()].addresses.append(network)
        }
      }
    }
    var text = "the targets of dnat are other machines"
    if let interface { text += ", reached by \(interface)" }
    if !own.isEmpty { text = "\(own.sorted().map(\.description).joined(separator: ", ")) is this host; " + text }
    return Result(
      host: routed, namedHost: own.isEmpty ? host : named, assumption: text + "; say otherwise with --host")
  }

  private static func collect(_ rule: Rule, _ family: Family, _ own: inout Set<Address>, _ targets: inout Set<Address>)
  {
    var isV4 = family == .ip6 ? false : true
    var destination: UInt128?
    for step in rule.steps {
      switch step {
      case .match(let match):
        guard case .field(let field, let values) = match.condition else { continue }
        if field == .family, let single = values.single { isV4 = single == NetworkProtocol.ipv4 }
        if field == .destination { destination = values.single }
      case .verdict(.translate(let translation), _) where translation.kind == .dnat:
        guard let range = translation.addresses, range.lowerBound == range.upperBound else { return }
        if isLoopback(range.lowerBound) { return }
        targets.insert(range.lowerBound)
        if let destination { own.insert(QuestionParser.address(destination, isV4: isV4)) }
      case .effect, .verdict, .verdictMap: break
      }
    }
  }

  private static func isLoopback(_ address: Address) -> Bool {
    switch address {
    case .v4(let value): value >> 24 == 127
    case .v6(let value): value == 1
    }
  }

  /// The usual network around a private address, written with its own number so that it is nobody's address.
  private static func network(of address: Address) -> String? {
    switch address {
    case .v4(let value):
      guard AddressBlocks.privateV4.contains(UInt128(value)) else { return nil }
      return "\(Address.v4(value & 0xffff_ff00))/24"
    case .v6(let value): return "\(Address.v6(value & ~((UInt128(1) << 64) - 1)))/64"
    }
  }
}
