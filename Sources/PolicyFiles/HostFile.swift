package import HostFacts
import Packets

/// Facts about a host as YAML: the `--host` file, and `host:` in the configuration.
package struct HostFile: Sendable {
  package var facts = HostFacts()
  /// The file with its sysctls, as written; the caller reads it.
  package var sysctl: String?

  package init() {}

  static let keys = ["role", "interfaces", "admin-from", "sysctl"]

  /// Reads a `--host` file:
  ///
  ///     role: router
  ///     interfaces:
  ///       wan0: { zone: internet, mtu: 1492, addresses: [198.51.100.7/24] }
  ///     admin-from: [10.0.0.0/8]
  ///     sysctl: sysctl.txt
  package static func read(_ bytes: [UInt8], path: String) -> Result<HostFile, ConfigurationProblems> {
    var reader = YAMLReader(path: path, bytes: bytes)
    switch YAMLTree.read(bytes, path: path) {
    case .failure(let problem): return .failure(ConfigurationProblems([problem]))
    case .success(nil): return .success(HostFile())
    case .success(let node?):
      let host = reader.host(node, "the host facts", extraKeys: ["schema"])
      return reader.problems.isEmpty ? .success(host) : .failure(ConfigurationProblems(reader.problems))
    }
  }
}

extension YAMLReader {
  mutating func host(_ node: YAMLNode, _ what: String, extraKeys: [String] = []) -> HostFile {
    var host = HostFile()
    let values = mapping(node, what, known: HostFile.keys + extraKeys)
    if values["schema"] != nil { schema(values, of: node) }
    if let node = values["role"] { host.facts.role = choice(node, "`role`", HostFacts.Role.self) }
    if let node = values["interfaces"] {
      for (key, name, value) in pairs(node, "`interfaces`") {
        guard !name.isEmpty, name.utf8.count <= InterfaceName.maximumLength,
          !name.utf8.contains(where: { $0 <= 32 || $0 == 47 })
        else {
          complain(
            "\(Escaping.quoted(name)) cannot name an interface", at: key, hint: "at most 15 bytes, no blank, no `/`")
          continue
        }
        host.facts.interfaces[name] = interface(value, name)
      }
    }
    if let node = values["admin-from"] { host.facts.adminFrom = prefixes(node, "`admin-from`") }
    if let node = values["sysctl"] { host.sysctl = text(node, "`sysctl`") }
    return host
  }

  private mutating func interface(_ node: YAMLNode, _ name: String) -> HostFacts.Interface {
    var interface = HostFacts.Interface()
    let values = mapping(node, "the interface \(Escaping.quoted(name))", known: ["zone", "mtu", "addresses"])
    if let node = values["zone"] { interface.zone = text(node, "`zone`") }
    // 68 is the smallest MTU of IPv4 (RFC 791); loopback has 65536.
    if let node = values["mtu"] { interface.mtu = integer(node, "`mtu`", in: 68...65536) }
    if let node = values["addresses"] { interface.addresses = prefixes(node, "`addresses`") }
    return interface
  }

  /// Addresses or prefixes, as written.
  private mutating func prefixes(_ node: YAMLNode, _ what: String) -> [String] {
    var result: [String] = []
    for item in items(node, what) {
      guard let text = text(item, "an item of \(what)") else { continue }
      let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let address = Address(parts[0]),
        parts.count == 1 || Int(parts[1]).map({ (0...address.width).contains($0) }) == true
      else {
        complain("\(Escaping.quoted(text)) is no address or prefix", at: item)
        continue
      }
      result.append(text)
    }
    return result
  }
}
