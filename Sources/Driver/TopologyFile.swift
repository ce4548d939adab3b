import HostFacts
import JSONText

/// A host's interfaces, routes and sysctls as the kernel oracle takes them:
/// `{"interfaces":{"eth0":{"addrs":["192.0.2.1/24"],"mac":"02:00:00:00:00:01","mtu":1500}},
///   "routes":[{"dst":"default","dev":"eth0","via":"192.0.2.254"}],"sysctl":{"net/ipv4/conf/all/rp_filter":1}}`.
enum TopologyFile {
  /// Puts the topology into the facts of a host. Throws what is wrong with the text, in plain words.
  static func read(_ bytes: [UInt8], into host: inout HostFacts) throws(UsageError) {
    let json: JSONValue
    do { json = try JSONValue(parsing: bytes) } catch { throw UsageError("the topology is not JSON: \(error)") }
    guard let members = json.members else { throw UsageError("the topology is no object") }
    var topology = HostFacts.Topology()
    for (key, value) in members {
      switch key {
      case "interfaces":
        host.interfaces = [:]
        for (name, facts) in value.members ?? [] { host.interfaces[name] = try interface(name, facts) }
      case "routes":
        for route in value.arrayValue ?? [] { topology.routes.append(try self.route(route)) }
      case "sysctl":
        for (name, setting) in value.members ?? [] {
          topology.sysctls[name.contains("/") ? name.replacing("/", with: ".") : name] = text(setting)
        }
      default: throw UsageError("unknown member `\(key)` of the topology; it has interfaces, routes and sysctl")
      }
    }
    host.topology = topology
  }

  /// The host that the oracle sets up when it is told nothing: three networks, a default route, a router that trusts.
  static func standard(_ host: inout HostFacts) {
    host.interfaces = [:]
    for index in 0..<3 {
      host.interfaces["eth\(index)"] = HostFacts.Interface(
        addresses: ["192.168.\(index).1/24", "fd00:0:0:\(index)::1/64"])
    }
    host.topology = HostFacts.Topology()
    host.topology?.routes = [HostFacts.Route(destination: "default", device: "eth0")]
  }

  private static func text(_ value: JSONValue) -> String {
    value.stringValue ?? value.intValue.map(String.init) ?? value.boolValue.map { $0 ? "1" : "0" } ?? ""
  }

  private static func interface(_ name: String, _ json: JSONValue) throws(UsageError) -> HostFacts.Interface {
    var interface = HostFacts.Interface()
    interface.addresses = json["addrs"]?.arrayValue?.compactMap(\.stringValue) ?? []
    interface.mtu = json["mtu"]?.intValue
    if let mac = json["mac"]?.stringValue {
      let digits = mac.replacing(":", with: "")
      guard digits.utf8.count == 12, let number = UInt64(digits, radix: 16) else {
        throw UsageError("`mac` of interface `\(name)` is no Ethernet address")
      }
      interface.mac = number
    }
    return interface
  }

  private static func route(_ json: JSONValue) throws(UsageError) -> HostFacts.Route {
    guard let destination = json["dst"]?.stringValue, let device = json["dev"]?.stringValue else {
      throw UsageError("a route of the topology needs `dst` and `dev`")
    }
    return HostFacts.Route(destination: destination, device: device, gateway: json["via"]?.stringValue)
  }
}
