/// Chains of one kind of rule, for the shadow analysis.
struct BoxGenerator {
  enum Kind: String, CaseIterable {
    /// Hosts and small networks, well-known ports, some protocols and interfaces; a few rules narrow earlier ones.
    case services
    /// One destination port each.
    case ports
    /// Prefixes of any length, unaligned port ranges, up to three of five fields open.
    case wildcards
    /// Prefix lengths and port classes in the proportions that ClassBench gives for access lists (Taylor and Turner,
    /// "ClassBench: A Packet Classification Benchmark", INFOCOM 2005): specific pairs, few nested prefixes, exact ports
    /// on the destination side.
    case accessLists = "access lists"
    /// The same for firewalls: open sources, ranges, the classes 0-1023 and 1024-65535.
    case firewalls
  }

  private var random: SeededGenerator
  private static let ports = [22, 25, 53, 80, 110, 123, 143, 161, 389, 443, 445, 587, 993, 995, 1433, 3306, 3389, 5432]
  private var networks: [UInt32] = []

  init(seed: UInt64 = 42) { random = SeededGenerator(seed: seed) }

  private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
  private mutating func chance(_ percent: Int) -> Bool { number(0...99) < percent }
  private mutating func one<T>(of values: [T], or fallback: T) -> T { values.randomElement(using: &random) ?? fallback }

  /// An nft script with one forward chain.
  mutating func script(_ kind: Kind, rules: Int) -> String {
    networks = (0..<max(50, rules / 20)).map { _ in UInt32.random(in: 0x0a00_0000...0xdfff_ffff, using: &random) }
    var text = "table ip filter {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy drop;\n"
    for index in 0..<rules {
      let tests: String
      switch kind {
      case .services: tests = service()
      case .ports: tests = "\(index < 65536 ? "tcp" : "udp") dport \(index * 7919 % 65536)"
      case .wildcards: tests = wildcard()
      case .accessLists: tests = classBench(open: 8, lengths: [32, 32, 32, 32, 30, 28, 24, 24, 23, 20, 16], ranges: 4)
      case .firewalls: tests = classBench(open: 35, lengths: [32, 32, 32, 29, 28, 27, 24, 24, 21, 16, 9], ranges: 25)
      }
      text += "\t\t\(tests) \(index % 3 == 0 ? "drop" : "accept")\n"
    }
    return text + "\t}\n}\n"
  }

  private mutating func prefix(_ lengths: [Int]) -> String {
    let length = UInt32(one(of: lengths, or: 32))
    let network = one(of: networks, or: 0x0a00_0000)
    let address = (network ^ UInt32.random(in: 0...0xff, using: &random)) & (length == 0 ? 0 : ~0 << (32 - length))
    let text = "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
    return length == 32 ? text : "\(text)/\(length)"
  }

  private mutating func service() -> String {
    let lengths = [32, 32, 32, 32, 32, 28, 27, 26, 24, 20]
    var tests: [String] = []
    if !chance(15) { tests.append("ip saddr \(prefix(lengths))") }
    if tests.isEmpty || !chance(15) { tests.append("ip daddr \(prefix(lengths))") }
    if chance(30) { tests.append("iifname \"eth\(number(1...8))\"") }
    let port = chance(70) ? one(of: Self.ports, or: 443) : number(1024...65000)
    tests.append("\(chance(75) ? "tcp" : "udp") dport \(chance(8) ? "\(port)-\(port + 99)" : "\(port)")")
    if chance(30) { tests.append("ct state new") }
    return tests.joined(separator: " ")
  }

  private mutating func wildcard() -> String {
    var tests: [String] = []
    let lengths = Array(4...24)
    while tests.count < 2 {
      tests = []
      for side in ["saddr", "daddr"] where chance(50) {
        let length = UInt32(one(of: lengths, or: 8))
        let address = UInt32.random(in: 0...UInt32.max, using: &random) & (~0 << (32 - length))
        tests.append(
          "ip \(side) \(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)/\(length)")
      }
      let word = chance(50) ? one(of: ["tcp", "tcp", "udp"], or: "tcp") : "th"
      for side in ["sport", "dport"] where chance(50) {
        let low = number(0...65535)
        tests.append("\(word) \(side) \(low)-\(min(65535, low + number(1...8000)))")
      }
    }
    return tests.joined(separator: " ")
  }

  private mutating func classBench(open: Int, lengths: [Int], ranges: Int) -> String {
    var tests: [String] = []
    if !chance(open) { tests.append("ip saddr \(prefix(lengths))") }
    if tests.isEmpty || !chance(open / 2) { tests.append("ip daddr \(prefix(lengths))") }
    let word = one(of: ["tcp", "tcp", "tcp", "udp"], or: "tcp")
    switch number(0...99) {
    case ..<12: tests.append("ip protocol \(one(of: ["icmp", "tcp", "udp", "esp"], or: "tcp"))")
    case ..<(12 + ranges): tests.append("\(word) dport \(one(of: ["1024-65535", "0-1023"], or: "0-1023"))")
    case ..<(12 + 2 * ranges):
      let low = number(1...60000)
      tests.append("\(word) dport \(low)-\(low + number(1...2000))")
    default: tests.append("\(word) dport \(one(of: Self.ports + [number(1...65535)], or: 80))")
    }
    if chance(ranges / 2) { tests.append("\(word) sport 1024-65535") }
    return tests.joined(separator: " ")
  }
}
