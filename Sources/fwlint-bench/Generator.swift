/// SplitMix64: the same seed gives the same inputs everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Rule sets and logs that look like those of busy gateways, of any size.
struct InputGenerator {
  var random: SeededGenerator
  private static let ports = [
    22, 25, 53, 80, 110, 123, 143, 161, 389, 443, 465, 587, 636, 993, 995, 1433, 3306, 3389, 5432, 5900, 6379, 8080,
    8443, 9090, 9100, 9200, 27017,
  ]
  private static let interfaces = ["eth0", "eth1", "wan0", "lan0", "dmz0", "br0"]

  init(seed: UInt64 = 42) { random = SeededGenerator(seed: seed) }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
  private mutating func one<T>(of values: [T], or fallback: T) -> T { values.randomElement(using: &random) ?? fallback }
  private mutating func port() -> Int { one(of: Self.ports, or: 443) }
  private mutating func interface() -> String { one(of: Self.interfaces, or: "eth0") }

  private mutating func address() -> UInt32 {
    let first = number(0...9) < 6 ? one(of: [10, 10, 172, 192], or: 10) : number(1...223)
    return UInt32(first) << 24 | UInt32(number(0...0xffff)) << 8 | UInt32(number(1...254))
  }

  private func text(_ address: UInt32) -> String {
    "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
  }

  private mutating func prefix() -> String {
    let address = address()
    if number(0...1) == 0 { return text(address) }
    let length = one(of: [24, 24, 24, 24, 16, 16, 20, 22, 27, 28, 29, 30], or: 24)
    return "\(text(address & ~(UInt32.max >> UInt32(length))))/\(length)"
  }

  private mutating func portRange(_ separator: String) -> String {
    switch number(0...9) {
    case 0...6: return "\(port())"
    case 7...8: return "\(number(1024...65535))"
    default:
      let low = number(1024...60000)
      return "\(low)\(separator)\(low + one(of: [10, 100, 999, 5000], or: 10))"
    }
  }

  private mutating func somePorts(_ count: Int, _ separator: String) -> String {
    let chosen = Self.ports.shuffled(using: &random).prefix(count).sorted()
    return chosen.map(String.init).joined(separator: separator)
  }

  /// One long input chain of an inet table.
  mutating func nftables(rules: Int, withSets: Bool = true) -> String {
    var text = """
      table inet filter {
      \tchain input {
      \t\ttype filter hook input priority 0; policy drop;
      \t\tct state established,related accept
      \t\tct state invalid drop
      \t\tiifname "lo" accept

      """
    for index in 0..<rules { text += "\t\t" + nftRule(index, withSets: withSets) + "\n" }
    return text + "\t}\n}\n"
  }

  private mutating func nftRule(_ index: Int, withSets: Bool) -> String {
    let transport = number(0...3) == 0 ? "udp" : "tcp"
    switch number(0...99) {
    case 0..<35:
      return "ip saddr \(prefix()) ip daddr \(prefix()) \(transport) dport \(portRange("-")) accept"
    case 35..<50 where withSets:
      return "ip saddr \(prefix()) tcp dport { \(somePorts(number(2...5), ", ")) } counter accept"
    case 50..<60:
      return "iifname \"\(interface())\" oifname \"\(interface())\" ip saddr \(prefix()) ct state new \(transport) "
        + "dport \(portRange("-")) accept comment \"rule \(index): allow app\""
    case 60..<70: return "ip saddr \(prefix()) drop"
    case 70..<78:
      return
        "ip6 saddr 2001:db8:\(String(number(0...0xffff), radix: 16))::\(number(1...9999)) tcp dport \(port()) accept"
    case 78..<84 where withSets:
      return "ip saddr \(prefix()) icmp type { echo-request, destination-unreachable } limit rate 10/second accept"
    case 84..<94:
      return "ip daddr \(prefix()) tcp sport 1024-65535 tcp dport \(portRange("-")) ct state new accept"
    default: return "ip saddr \(prefix()) log prefix \"fw-drop-\(index): \" drop"
    }
  }

  /// The filter table of an iptables-save dump.
  mutating func iptables(rules: Int) -> String {
    var text = "*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n"
    text += "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n"
    for index in 0..<rules { text += iptablesRule(index) + "\n" }
    return text + "COMMIT\n"
  }

  private mutating func iptablesRule(_ index: Int) -> String {
    switch number(0...99) {
    case 0..<40:
      return "-A FORWARD -s \(prefix()) -d \(prefix()) -p tcp -m tcp --dport \(portRange(":")) -j ACCEPT"
    case 40..<50: return "-A FORWARD -s \(prefix()) -p udp -m udp --dport \(portRange(":")) -j ACCEPT"
    case 50..<60: return "-A INPUT -s \(prefix()) -p tcp -m multiport --dports \(somePorts(3, ",")) -j ACCEPT"
    case 60..<72:
      return "-A INPUT -i \(interface()) -s \(prefix()) -p tcp -m conntrack --ctstate NEW -m tcp "
        + "--dport \(port()) -m comment --comment \"rule \(index)\" -j ACCEPT"
    case 72..<85: return "-A INPUT -s \(prefix()) -j DROP"
    case 85..<92:
      return "-A INPUT -s \(prefix()) -p icmp -m icmp --icmp-type 8 -m limit --limit 10/sec -j ACCEPT"
    default: return "-A FORWARD -d \(prefix()) -j LOG --log-prefix \"fw-\(index): \""
    }
  }

  /// A named set with that many elements, and one rule that uses it.
  mutating func set(elements: Int, isInterval: Bool) -> String {
    var text = "table inet filter {\n\tset s {\n\t\ttype ipv4_addr\n"
    if isInterval { text += "\t\tflags interval\n" }
    text += "\t\telements = { "
    // An odd step modulo the range's size visits each value once.
    let (low, high): (UInt32, UInt32) = isInterval ? (0x01_0000, 0xdf_0000) : (0x0100_0000, 0xdf00_0000)
    let size = high - low
    var value: UInt32 = 12345
    for index in 0..<elements {
      value = UInt32((UInt64(value) + 7_919_003) % UInt64(size))
      let address = isInterval ? (low + value) << 8 : low + value
      text += (index > 0 ? ",\n\t\t\t" : "") + self.text(address)
      if isInterval { text += "/\(one(of: [24, 25, 26, 28], or: 24))" }
    }
    return text
      + " }\n\t}\n\tchain input {\n\t\ttype filter hook input priority 0; policy accept;\n\t\tip saddr @s drop\n\t}\n}\n"
  }

  /// Netfilter LOG lines of syslog, with some lines of other daemons between them.
  mutating func log(lines: Int) -> String {
    var text = ""
    for index in 0..<lines {
      let seconds = index / 4
      let clock =
        "Nov \(10 + seconds / 86400 % 19) \(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
      if number(0...99) < 15 {
        text += "\(clock) gw sshd[\(number(300...9999))]: Connection closed by 203.0.113.7 port 51322 [preauth]\n"
        continue
      }
      let mac = "MAC=52:54:00:12:34:56:52:54:00:ab:cd:ef:08:00"
      text +=
        "\(clock) gw kernel: [\(index).123456] FW-DROP: IN=eth\(number(0...2)) OUT= \(mac) SRC=\(self.text(address())) "
      text +=
        "DST=198.51.100.1 LEN=\(number(40...1500)) TOS=0x00 PREC=0x00 TTL=\(number(32...250)) ID=\(number(0...65535)) "
      switch number(0...99) {
      case 0..<65:
        text += "DF PROTO=TCP SPT=\(number(1024...65535)) DPT=\(port()) WINDOW=64240 RES=0x00 SYN URGP=0 \n"
      case 65..<90: text += "PROTO=UDP SPT=\(number(1024...65535)) DPT=\(port()) LEN=\(number(8...1400)) \n"
      case 90..<95: text += "PROTO=ICMP TYPE=8 CODE=0 ID=\(number(1...65535)) SEQ=\(number(0...9999)) \n"
      default:
        text += "PROTO=ICMP TYPE=3 CODE=4 [SRC=198.51.100.1 DST=\(self.text(address())) LEN=1500 TOS=0x00 PREC=0x00 "
        text +=
          "TTL=63 ID=1 DF PROTO=TCP SPT=443 DPT=\(number(1024...65535)) WINDOW=501 RES=0x00 ACK URGP=0 ] MTU=1400 \n"
      }
    }
    return text
  }

  private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
