extension SymptomFixture {
  static let more: [SymptomFixture] = [
    SymptomFixture(
      "ecn-dropped",
      fires: (0..<4).map { Line.tcp("198.51.100.\($0)", Line.own, 40000 + $0, 443, "CWR ECE SYN", at: $0 * 20) },
      silent: (0..<4).map { Line.tcp("198.51.100.\($0)", Line.own, 40000 + $0, 443, at: $0 * 20) }),
    SymptomFixture(
      "inherited-address",
      fires: (0..<40).map { Line.tcp("198.51.\($0).9", Line.own, 40000, 6881, at: $0 * 10) },
      silent: (0..<5).map { Line.tcp("198.51.\($0).9", Line.own, 40000, 6881, at: $0 * 10) }),
    SymptomFixture(
      "rp-drop-silent", fires: [Line.message("TcpExtIPReversePathFilter       17                 0.0")],
      silent: [Line.message("TcpExtIPReversePathFilter       0                  0.0")]),
    SymptomFixture(
      "reject-answer-lost",
      fires: [Line.tcp(Line.own, Line.far, 8080, 40000, "ACK RST", on: "IN= OUT=eth0")],
      silent: [Line.tcp(Line.far, Line.own, 8080, 40000, "ACK RST")]),
    SymptomFixture(
      "ident-reset-lost",
      fires: [Line.tcp(Line.own, Line.far, 113, 40000, "ACK RST", on: "IN= OUT=eth0")],
      silent: [Line.tcp(Line.own, Line.far, 8080, 40000, "ACK RST", on: "IN= OUT=eth0")]),
    SymptomFixture(
      "dns-refused",
      fires: (0..<4).map { Line.udp(Line.own, Line.far, 40000 + $0, 53, at: $0 * 70, on: "IN= OUT=eth0") },
      silent: (0..<4).map { Line.udp(Line.far, Line.own, 40000 + $0, 53, at: $0 * 70) }),
    SymptomFixture(
      "adware-egress",
      fires: (0..<60).map { Line.tcp("192.168.1.9", Line.far, 40000 + $0, 6699, at: $0 / 3, on: "IN=lan0 OUT=wan0") },
      silent: (0..<6).map { Line.tcp("192.168.1.9", Line.far, 40000 + $0, 6699, at: $0 * 70, on: "IN=lan0 OUT=wan0") }),
    SymptomFixture(
      "sscan",
      fires: (0..<6).map { Line.tcp(Line.far, Line.own, 2, [23, 25, 110, 143, 80, 111][$0], "ACK", at: $0) }
        + (0..<6).map { Line.tcp(Line.far, "192.0.2.\($0 + 1)", 3, 79, at: $0) },
      silent: (0..<6).map { Line.tcp(Line.far, Line.own, 40000, [23, 25, 110, 143, 80, 111][$0], at: $0) }),
    SymptomFixture(
      "icmp-limited",
      fires: (0..<6).map {
        Line.icmp(Line.far, "192.0.2.\($0 + 1)", 3, 1, inner: "203.0.113.9", at: $0)
          .replacing("DROP:", with: "icmp-limit:")
      },
      silent: (0..<6).map { Line.icmp(Line.far, "192.0.2.\($0 + 1)", 3, 1, inner: "203.0.113.9", at: $0) }),
    SymptomFixture(
      "probes", fires: [Line.tcp(Line.far, Line.own, 40000, 5631), Line.udp(Line.far, Line.own, 40000, 1434)],
      silent: [Line.message("nf_conntrack: nf_conntrack: table full, dropping packet")]),
  ]
}
