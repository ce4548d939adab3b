import HostFacts
import Packets

/// IPv4 networks on the host's interfaces, from the host facts.
struct AttachedNetworks {
  struct Network {
    var interface: String
    var broadcast: Address
  }
  /// Sorted by interface.
  var list: [Network] = []

  init(_ host: HostFacts) {
    for name in host.interfaces.keys.sorted() {
      for text in host.interfaces[name]?.addresses ?? [] {
        let parts = text.split(separator: "/")
        guard parts.count == 2, case .v4(let address)? = Address(parts[0]) else { continue }
        // Prefixes of 31 and 32 bits have no broadcast address.
        guard let length = UInt32(parts[1]), length > 0, length < 31 else { continue }
        list.append(Network(interface: name, broadcast: .v4(address | UInt32.max >> length)))
      }
    }
  }
}
