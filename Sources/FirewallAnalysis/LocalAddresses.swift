import HostFacts
import Packets

/// Which addresses are the host's own and which networks hang on which interface, as far as the facts tell.
struct LocalAddresses: Sendable {
  private var own: [Address] = []
  private var networks: [(interface: String, isV4: Bool, lower: UInt128, upper: UInt128)] = []

  init(_ host: HostFacts) {
    for (name, interface) in host.interfaces.sorted(by: { $0.key < $1.key }) {
      for text in interface.addresses { add(text, name) }
    }
  }

  private mutating func add(_ text: String, _ interface: String) {
    let parts = text.split(separator: "/", maxSplits: 1)
    guard let first = parts.first, let address = Address(first) else { return }
    own.append(address)
    let length = parts.count > 1 ? Int(parts[1]) ?? address.width : address.width
    guard length >= 0, length <= address.width else { return }
    let free = address.width - length
    let mask: UInt128 = free == 128 ? .max : (UInt128(1) << UInt128(free)) - 1
    networks.append((interface, address.isV4, address.value & ~mask, address.value | mask))
  }

  /// nil: not known. Loopback addresses are the host's own anywhere.
  func isLocal(_ address: Address) -> Bool? {
    switch address {
    case .v4(let value) where value >> 24 == 127: return true
    case .v6(1): return true
    default: break
    }
    if own.isEmpty { return nil }
    return own.contains(address)
  }

  /// The interface whose network holds the address; nil when none is known to.
  func interface(towards address: Address) -> String? {
    networks.first { $0.isV4 == address.isV4 && $0.lower <= address.value && address.value <= $0.upper }?.interface
  }
}
