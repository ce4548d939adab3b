import Driver
import Foundation

/// A host's rule set of sixty rules, and packets for it, for the row of `fwlint trace --packets`.
struct TraceInput {
  private var state: UInt64 = 0x2545_f491_4f6c_dd1d

  private mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(truncatingIfNeeded: (state >> 33) % UInt64(max(1, bound)))
  }

  /// Two base chains and a jumped one: states, interfaces, addresses, ports, ICMP types, a set, a verdict map.
  mutating func rules() -> String {
    var input: [String] = ["ct state established,related accept", "ct state invalid drop", "iifname \"lo\" accept"]
    var forward: [String] = ["ct state established,related accept", "ct state invalid drop"]
    for index in 0..<25 {
      let port = 20 + next(9000)
      switch index % 5 {
      case 0: input.append("ip saddr 10.\(next(256)).0.0/16 tcp dport \(port) accept")
      case 1: input.append("udp dport { \(port), \(port + 3), \(port + 9) } accept")
      case 2: input.append("ip saddr 192.0.2.\(next(256)) drop")
      case 3: input.append("iifname \"eth\(next(3))\" tcp dport \(port)-\(port + 50) counter accept")
      default: input.append("ip6 saddr 2001:db8:\(next(4096))::/48 tcp dport \(port) accept")
      }
    }
    for _ in 0..<22 {
      forward.append(
        "iifname \"eth\(next(3))\" oifname \"eth\(next(3))\" ip daddr 172.16.\(next(256)).0/24 "
          + "tcp dport \(20 + next(9000)) accept")
    }
    input += ["icmp type echo-request accept", "icmpv6 type { 128, 133, 134, 135, 136 } accept"]
    input += ["tcp dport vmap { 22 : jump admin, 25 : drop, 80 : accept, 443 : accept }", "tcp dport 113 reject"]
    let admin = ["ip saddr 198.51.100.0/24 accept", "ip6 saddr fd00::/8 accept", "drop"]
    func chain(_ name: String, _ head: String, _ rules: [String]) -> String {
      " chain \(name) {\n\(head)" + rules.map { "  \($0)\n" }.joined() + " }\n"
    }
    return "table inet filter {\n" + chain("admin", "", admin)
      + chain("input", "  type filter hook input priority 0; policy drop;\n", input)
      + chain("forward", "  type filter hook forward priority 0; policy drop;\n", forward) + "}\n"
  }

  mutating func packets(_ count: Int) -> String {
    var text = ""
    text.reserveCapacity(count * 140)
    for index in 0..<count {
      let isForwarded = next(3) == 0
      let port = [22, 25, 53, 80, 113, 443, 8080, 20 + next(9000)][next(8)]
      text += "{\"id\":\(index),\"hook\":\"\(isForwarded ? "forward" : "input")\","
      text += "\"iif\":\"eth\(next(3))\"," + (isForwarded ? "\"oif\":\"eth\(next(3))\"," : "")
      let isV6 = next(4) == 0
      text +=
        isV6
        ? "\"src\":\"2001:db8:\(String(next(4096), radix: 16))::\(next(9) + 1)\",\"dst\":\"fd00::1\","
        : "\"src\":\"10.\(next(256)).\(next(256)).\(next(255) + 1)\",\"dst\":\"192.168.0.1\","
      let isTCP = next(3) != 0
      text += "\"proto\":\"\(isTCP ? "tcp" : "udp")\",\"sport\":\(1024 + next(60000)),\"dport\":\(port)"
      text += isTCP ? ",\"flags\":\"\(["S", "A", "PA", "R"][next(4)])\"}\n" : "}\n"
    }
    return text
  }

  /// What `fwlint trace --format json --packets` does, in a process of its own.
  static func trace(_ arguments: [String]) async {
    guard arguments.count == 2 else { exit(2) }
    var options = CheckOptions()
    options.ignoresConfig = true
    var command = TraceCommand(words: [arguments[0]], options: options, world: .real())
    command.packetFile = arguments[1]
    command.format = .json
    exit(await command.run().rawValue)
  }
}
