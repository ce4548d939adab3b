import Testing

/// Lines as syslog keeps them, built from the parts that matter to a symptom.
enum Line {
  static func stamp(_ second: Int) -> String {
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "Nov 23 \(two(8 + second / 3600)):\(two(second / 60 % 60)):\(two(second % 60)) gw kernel: "
  }

  static func head(_ at: Int, _ interfaces: String, mac: String? = "02:00:00:00:00:01:02:00:00:00:00:02:08:00")
    -> String
  {
    stamp(at) + "DROP: \(interfaces) " + (interfaces.hasPrefix("IN= ") ? "" : mac.map { "MAC=\($0) " } ?? "MAC= ")
  }

  static func v4(_ source: String, _ destination: String, options: String = "") -> String {
    "SRC=\(source) DST=\(destination) LEN=60 TOS=0x00 PREC=0x00 TTL=60 ID=7 \(options)"
  }

  static func tcp(
    _ source: String, _ destination: String, _ sport: Int, _ dport: Int, _ flags: String = "SYN", at: Int = 0,
    on interfaces: String = "IN=eth0 OUT=", options: String = ""
  ) -> String {
    head(at, interfaces) + v4(source, destination, options: options)
      + "PROTO=TCP SPT=\(sport) DPT=\(dport) WINDOW=64240 RES=0x00 \(flags.isEmpty ? "" : flags + " ")URGP=0 "
  }

  static func udp(
    _ source: String, _ destination: String, _ sport: Int, _ dport: Int, at: Int = 0,
    on interfaces: String = "IN=eth0 OUT=", mac: String? = "02:00:00:00:00:01:02:00:00:00:00:02:08:00",
    options: String = "", length: Int = 40
  ) -> String {
    head(at, interfaces, mac: mac) + v4(source, destination, options: options)
      + "PROTO=UDP SPT=\(sport) DPT=\(dport) LEN=\(length) "
  }

  static func icmp(
    _ source: String, _ destination: String, _ type: Int, _ code: Int, inner: String? = nil, mtu: Int? = nil,
    at: Int = 0, on interfaces: String = "IN=eth0 OUT=", mac: String? = "02:00:00:00:00:01:02:00:00:00:00:02:08:00"
  ) -> String {
    var text = head(at, interfaces, mac: mac) + v4(source, destination) + "PROTO=ICMP TYPE=\(type) CODE=\(code) "
    if type == 8 || type == 0 { text += "ID=1 SEQ=1 " }
    if type == 5 { text += "GATEWAY=192.0.2.254 " }
    if let inner {
      text += "[\(v4(destination, inner))DF PROTO=TCP SPT=5000 DPT=443 WINDOW=501 RES=0x00 ACK URGP=0 ] "
    }
    if let mtu { text += "MTU=\(mtu) " }
    return text
  }

  static func v6(
    _ source: String, _ destination: String, hops: Int = 255, _ rest: String, at: Int = 0,
    on interfaces: String = "IN=eth0 OUT="
  ) -> String {
    head(at, interfaces, mac: "02:00:00:00:00:01:02:00:00:00:00:02:86:dd")
      + "SRC=\(source) DST=\(destination) LEN=72 TC=0 HOPLIMIT=\(hops) FLOWLBL=0 \(rest) "
  }

  static let link = "fe80:0000:0000:0000:0000:0000:0000:0002"
  static let own6 = "2001:0db8:0001:0000:0000:0000:0000:0001"
  static let far6 = "2001:0db8:0099:0000:0000:0000:0000:0009"
  static let own = "192.0.2.10"
  static let far = "198.51.100.9"
  static func message(_ text: String, at: Int = 0) -> String { stamp(at) + text }
}

/// A log that shows a symptom, and one that looks like it and does not.
struct SymptomFixture: Sendable, CustomTestStringConvertible {
  var name: String
  var fires: [String]
  var silent: [String]
  var testDescription: String { name }

  init(_ name: String, fires: [String], silent: [String]) {
    self.name = name
    self.fires = fires
    self.silent = silent
  }

  private static let own = Line.own
  private static let far = Line.far

  static let all: [SymptomFixture] = [
    SymptomFixture(
      "pmtu-blackhole-v4", fires: [Line.icmp(far, own, 3, 4, inner: "203.0.113.9", mtu: 1300)],
      silent: (0..<9).map { Line.icmp(far, own, 3, 3, inner: "203.0.113.9", at: $0) }),
    SymptomFixture(
      "pmtu-blackhole-v6",
      fires: [Line.v6(Line.far6, Line.own6, hops: 60, "PROTO=ICMPv6 TYPE=2 CODE=0 MTU=1280")],
      silent: [Line.v6(Line.far6, Line.own6, hops: 60, "PROTO=ICMPv6 TYPE=128 CODE=0 ID=2 SEQ=0")]),
    SymptomFixture(
      "pmtu-egress-lost",
      fires: [Line.icmp(own, far, 3, 4, inner: "192.0.2.10", mtu: 1300, on: "IN= OUT=eth0")],
      silent: [Line.icmp(far, own, 3, 4, inner: "203.0.113.9", mtu: 1300)]),
    SymptomFixture(
      "unreachables-dropped",
      fires: (0..<6).map { Line.icmp(far, "192.0.2.\($0 + 1)", 3, 1, inner: "203.0.113.9", at: $0) },
      silent: (0..<3).map { Line.icmp(far, "192.0.2.\($0 + 1)", 3, 1, inner: "203.0.113.9", at: $0 * 100) }),
    SymptomFixture(
      "backscatter",
      fires: (0..<40).map { Line.icmp("198.51.100.\($0)", "192.0.2.\($0)", 3, 3, inner: "203.0.113.\($0)", at: $0) },
      silent: (0..<6).map { Line.icmp(far, "192.0.2.\($0 + 1)", 3, 1, inner: "203.0.113.9", at: $0) }),
    SymptomFixture(
      "time-exceeded-dropped",
      fires: (0..<4).map { Line.icmp("198.51.100.\($0)", own, 11, 0, inner: "203.0.113.9", at: $0) },
      silent: [Line.icmp(far, own, 11, 0, inner: "203.0.113.9")]),
    SymptomFixture(
      "redirect-seen", fires: [Line.icmp("192.0.2.1", own, 5, 1, inner: far)],
      silent: [Line.icmp("192.0.2.1", own, 9, 0)]),
    SymptomFixture(
      "source-quench-seen", fires: [Line.icmp(far, own, 4, 0, inner: "203.0.113.9")],
      silent: [Line.icmp(far, own, 13, 0)]),
    SymptomFixture(
      "ping-sweep", fires: (1..<13).map { Line.icmp(far, "192.0.2.\($0)", 8, 0, at: $0) },
      silent: (1..<13).map { Line.icmp(far, own, 8, 0, at: $0) }),
    SymptomFixture(
      "unsolicited-echo-reply", fires: (0..<25).map { Line.icmp(far, "192.0.2.\($0)", 0, 0, at: $0) },
      silent: (0..<5).map { Line.icmp(far, "192.0.2.\($0)", 0, 0, at: $0) }),
    SymptomFixture(
      "late-dns-answer", fires: (0..<3).map { Line.udp("192.0.2.53", own, 53, 40000 + $0, at: $0 * 40) },
      silent: (0..<3).map { Line.udp("192.0.2.53", own, 5300, 40000 + $0, at: $0 * 40) }),
    SymptomFixture(
      "dns-poison-or-reflection", fires: (0..<60).map { Line.udp("198.51.100.\($0)", own, 53, 40000, at: $0 / 2) },
      silent: (0..<3).map { Line.udp("192.0.2.53", own, 53, 40000 + $0, at: $0 * 40) }),
    SymptomFixture(
      "dns-tcp-refused", fires: (0..<3).map { Line.tcp("192.0.2.\(20 + $0)", own, 40000, 53, at: $0) },
      silent: (0..<3).map { Line.tcp("192.0.2.\(20 + $0)", own, 40000, 80, at: $0) }),
    SymptomFixture(
      "ntp-replies-dropped", fires: (0..<4).map { Line.udp("192.0.2.123", own, 123, 123 + $0, at: $0 * 60) },
      silent: (0..<4).map { Line.udp("192.0.2.123", own, 1230, 123, at: $0 * 60) }),
    SymptomFixture(
      "low-source-port", fires: (0..<6).map { Line.udp("198.51.100.\($0)", own, 900, 40000 + $0, at: $0) },
      silent: (0..<6).map { Line.udp("198.51.100.\($0)", own, 9000, 40000 + $0, at: $0) }),
    SymptomFixture(
      "udp-late-quic", fires: (0..<4).map { Line.udp(far, own, 443, 40000 + $0, at: $0) },
      silent: (0..<4).map { Line.udp(far, own, 40000 + $0, 443, at: $0) }),
    SymptomFixture(
      "ident-dropped", fires: [0, 1, 3, 7].map { Line.tcp(far, own, 40113, 113, at: $0) },
      // Port 113 among many others: a scan.
      silent: (100..<140).map { Line.tcp(far, own, 40113, $0, at: 0) }),
    SymptomFixture(
      "established-tail", fires: (0..<6).map { Line.tcp(far, own, 443, 40000 + $0, "ACK FIN", at: $0) },
      silent: (0..<6).map { Line.tcp(far, own, 443, 40000 + $0, "SYN", at: $0) }),
    SymptomFixture(
      "asymmetric-route",
      fires: (0..<25).map {
        Line.tcp("192.0.2.20", "198.51.100.\($0)", 40000, 443, "ACK", at: $0, on: "IN=lan0 OUT=lan0")
      },
      silent: (0..<25).map {
        Line.tcp("192.0.2.20", "198.51.100.\($0)", 40000, 443, "SYN", at: $0, on: "IN=lan0 OUT=lan0")
      }),
    SymptomFixture(
      "new-without-syn", fires: (0..<6).map { Line.tcp(far, own, 40000 + $0, 443, "ACK PSH", at: $0) },
      silent: (0..<6).map { Line.tcp(far, own, 40000 + $0, 443, "SYN", at: $0) }),
    SymptomFixture(
      "syn-ack-unsolicited", fires: (0..<6).map { Line.tcp(far, "192.0.2.\($0)", 80, 40000, "ACK SYN", at: $0) },
      silent: (0..<6).map { Line.tcp(far, "192.0.2.\($0)", 80, 40000, "SYN", at: $0) }),
    SymptomFixture(
      "syn-port-scan", fires: (1000..<1040).map { Line.tcp(far, own, 40000, $0, at: ($0 - 1000) / 4) },
      silent: (1000..<1040).map { Line.tcp(far, own, 40000, 1000 + $0 % 4, at: ($0 - 1000) / 4) }),
    SymptomFixture(
      "null-scan", fires: (1000..<1010).map { Line.tcp(far, own, 40000, $0, "", at: 0) },
      silent: (1000..<1010).map { Line.tcp(far, own, 40000, $0, "SYN", at: 0) }),
    SymptomFixture(
      "xmas-scan", fires: (1000..<1010).map { Line.tcp(far, own, 40000, $0, "URG PSH FIN", at: 0) },
      silent: (1000..<1010).map { Line.tcp(far, own, 40000, $0, "ACK PSH FIN", at: 0) }),
    SymptomFixture(
      "fin-scan", fires: (1000..<1010).map { Line.tcp(far, own, 40000, $0, "FIN", at: 0) },
      silent: (1000..<1010).map { Line.tcp(far, own, 443, $0, "ACK FIN", at: 0) }),
    SymptomFixture(
      "syn-fin-scan", fires: (1000..<1010).map { Line.tcp(far, own, 40000, $0, "SYN FIN", at: 0) },
      silent: (1000..<1010).map { Line.tcp(far, own, 40000, $0, "SYN", at: 0) }),
    SymptomFixture(
      "network-scan", fires: (1..<40).map { Line.tcp(far, "192.0.2.\($0)", 40000, 22, at: $0 / 2) },
      silent: (1..<40).map { Line.tcp("198.51.100.\($0)", own, 40000, 22, at: $0 / 2) }),
    SymptomFixture(
      "telnet-worm", fires: [Line.tcp(far, own, 40000, 23), Line.tcp(far, own, 40001, 2323, at: 1)],
      silent: [Line.tcp(far, own, 40000, 23), Line.tcp(far, own, 40001, 23, at: 1)]),
    SymptomFixture(
      "proxy-check",
      fires: [1080, 3128, 8080, 8000, 6588, 23, 2323].map { Line.tcp(far, own, 40000, $0) },
      silent: [8080, 8080, 80].map { Line.tcp(far, own, 40000, $0) }),
    SymptomFixture(
      "service-shut",
      fires: (0..<4).flatMap { host in
        [0, 1, 3, 7].map { Line.tcp("198.51.100.\(host)", own, 40000, 8443, at: host + $0) }
      },
      silent: (0..<4).map { Line.tcp("198.51.100.\($0)", own, 40000, 8443, at: $0) }),
  ]
}
