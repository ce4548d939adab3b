extension SymptomFixture {
  private static let own = Line.own
  private static let far = Line.far
  private static let broadcast = "ff:ff:ff:ff:ff:ff:02:00:00:00:00:02:08:00"
  private static let multicast = "01:00:5e:00:00:fb:02:00:00:00:00:02:08:00"

  static let local: [SymptomFixture] = [
    SymptomFixture(
      "nd-dropped", fires: [Line.v6(Line.link, Line.own6, "PROTO=ICMPv6 TYPE=135 CODE=0")],
      // Forged from beyond a router.
      silent: [Line.v6(Line.far6, Line.own6, hops: 60, "PROTO=ICMPv6 TYPE=135 CODE=0")]),
    SymptomFixture(
      "ra-rs-dropped", fires: [Line.v6(Line.link, Line.own6, "PROTO=ICMPv6 TYPE=134 CODE=0")],
      silent: [Line.v6(Line.far6, Line.own6, hops: 60, "PROTO=ICMPv6 TYPE=134 CODE=0")]),
    SymptomFixture(
      "mld-dropped", fires: [Line.v6(Line.link, Line.own6, hops: 1, "PROTO=ICMPv6 TYPE=143 CODE=0")],
      silent: [Line.v6(Line.link, Line.own6, hops: 1, "PROTO=ICMPv6 TYPE=129 CODE=0 ID=1 SEQ=1")]),
    SymptomFixture(
      "dhcpv6-dropped", fires: [Line.v6(Line.link, Line.own6, hops: 64, "PROTO=UDP SPT=547 DPT=546 LEN=90")],
      silent: [Line.v6(Line.link, Line.own6, hops: 64, "PROTO=UDP SPT=546 DPT=547 LEN=90")]),
    SymptomFixture(
      "dhcpv4-noise", fires: [Line.udp("0.0.0.0", "255.255.255.255", 68, 67, mac: broadcast)],
      silent: [Line.udp("192.0.2.1", own, 67, 68)]),
    SymptomFixture(
      "dhcpv4-renewal-dropped", fires: (0..<3).map { Line.udp("192.0.2.1", own, 67, 68, at: 300 * $0) },
      silent: [Line.udp("0.0.0.0", "255.255.255.255", 68, 67, mac: broadcast)]),
    SymptomFixture(
      "apipa", fires: [Line.udp("169.254.7.7", own, 5000, 5001)], silent: [Line.udp("192.0.2.7", own, 5000, 5001)]),
    SymptomFixture(
      "broadcast-noise", fires: [Line.udp("192.0.2.7", "192.0.2.255", 17500, 17500, mac: broadcast)],
      silent: [Line.udp("192.0.2.7", own, 17500, 17500)]),
    SymptomFixture(
      "multicast-noise", fires: [Line.udp("192.0.2.7", "224.0.0.251", 5353, 5353, mac: multicast)],
      silent: [Line.udp("192.0.2.7", own, 5353, 5353)]),
    SymptomFixture(
      "igmp-dropped",
      fires: [Line.head(0, "IN=eth0 OUT=", mac: multicast) + Line.v4("192.0.2.1", "224.0.0.1") + "PROTO=2 "],
      silent: [Line.head(0, "IN=eth0 OUT=", mac: multicast) + Line.v4("192.0.2.1", "224.0.0.18") + "PROTO=112 "]),
    SymptomFixture(
      "netbios-137", fires: [Line.udp("192.0.2.7", "192.0.2.255", 137, 137, mac: broadcast, length: 58)],
      silent: [Line.udp("192.0.2.7", "192.0.2.255", 1137, 1137, mac: broadcast)]),
    SymptomFixture(
      "traceroute-in", fires: (0..<6).map { Line.udp(far, own, 40000, 33434 + $0, at: $0) },
      silent: (0..<6).map { Line.udp(far, own, 40000, 33334 + $0, at: $0) }),
    SymptomFixture(
      "game-stream", fires: (0..<6).map { Line.udp("198.51.100.\($0)", own, 27960, 40000, at: $0) },
      silent: (0..<6).map { Line.udp("198.51.100.\($0)", own, 40000, 27960, at: $0) }),
    SymptomFixture(
      "own-source-outside", fires: [Line.tcp("127.0.0.1", own, 40000, 80)],
      silent: [Line.tcp("126.0.0.1", own, 40000, 80)]),
    SymptomFixture(
      "private-source-outside",
      fires: (0..<4).map { Line.tcp("10.1.2.\($0)", own, 40000, 80, at: $0, on: "IN=wan0 OUT=") },
      silent: (0..<4).map { Line.tcp("10.1.2.\($0)", own, 40000, 80, at: $0, on: "IN=lan0 OUT=") }),
    SymptomFixture(
      "private-source-leaving",
      fires: (0..<4).map { Line.tcp("10.1.2.\($0)", far, 40000, 80, "RST", at: $0, on: "IN=lan0 OUT=wan0") },
      silent: (0..<4).map { Line.tcp(far, "10.1.2.\($0)", 80, 40000, "RST", at: $0, on: "IN=wan0 OUT=lan0") }),
    SymptomFixture(
      "source-route-drop", fires: [Line.udp(far, own, 5000, 5001, options: "OPT (8307040A09090900) ")],
      // 0x83 inside another option is data.
      silent: [Line.udp(far, own, 5000, 5001, options: "OPT (44088383838383830000) ".replacing("0000) ", with: ") "))]),
    SymptomFixture(
      "ip-options-drop",
      fires: (0..<4).map {
        Line.head($0, "IN=eth0 OUT=") + Line.v4(far, "192.0.2.\($0)", options: "OPT (94040000) ") + "PROTO=46 "
      },
      silent: (0..<4).map { Line.head($0, "IN=eth0 OUT=") + Line.v4(far, "192.0.2.\($0)") + "PROTO=46 " }),
    SymptomFixture(
      "fragment-drop",
      fires: (0..<4).map {
        Line.head($0, "IN=eth0 OUT=") + Line.v4("198.51.100.\($0)", own, options: "FRAG:185 ") + "PROTO=UDP "
      },
      silent: (0..<4).map { Line.udp("198.51.100.\($0)", own, 5000, 5001, at: $0) }),
    SymptomFixture(
      "docker-bridge",
      fires: (0..<4).map { Line.tcp("172.17.0.\($0)", far, 40000, 443, at: $0, on: "IN=docker0 OUT=eth0") },
      silent: (0..<4).map { Line.tcp("172.17.0.\($0)", far, 40000, 443, at: $0, on: "IN=dock0 OUT=eth0") }),
    SymptomFixture(
      "vpn-not-accepted",
      fires: (0..<4).map { Line.udp("198.51.100.\($0)", own, 500, 500, at: $0) },
      silent: (0..<4).map { Line.udp("198.51.100.\($0)", own, 5000, 501, at: $0) }),
    SymptomFixture(
      "loopback-dropped", fires: [Line.tcp("127.0.0.1", "127.0.0.1", 40000, 5432, on: "IN=lo OUT=")],
      silent: [Line.tcp("192.0.2.7", own, 40000, 5432, on: "IN=loop0 OUT=")]),
    SymptomFixture(
      "output-dropped", fires: (0..<4).map { Line.tcp(own, "198.51.100.\($0)", 40000, 25, at: $0, on: "IN= OUT=eth0") },
      silent: (0..<4).map { Line.tcp("198.51.100.\($0)", own, 40000, 25, at: $0) }),
    SymptomFixture(
      "directed-broadcast", fires: [Line.icmp(far, "192.0.2.255", 8, 0, mac: broadcast)],
      silent: [Line.icmp(far, "192.0.2.25", 8, 0)]),
    SymptomFixture(
      "directed-broadcast-amplify", fires: [Line.icmp(far, "192.0.2.255", 8, 0, on: "IN=wan0 OUT=lan0")],
      silent: [Line.icmp(far, "192.0.2.255", 8, 0, mac: broadcast)]),
    SymptomFixture(
      "conntrack-full", fires: [Line.message("nf_conntrack: nf_conntrack: table full, dropping packet")],
      silent: [Line.message("nf_conntrack: table of contents")]),
    SymptomFixture(
      "nat-exhausted", fires: [Line.message("nf_conntrack: expectation table full")],
      silent: [Line.message("nf_conntrack: expectation ok")]),
    SymptomFixture(
      "syn-flood", fires: [Line.message("TCP: request_sock_TCP: Possible SYN flooding on port 80. Sending cookies.")],
      silent: [Line.message("TCP: Hash tables configured")]),
    SymptomFixture(
      "martian-source", fires: [Line.message("IPv4: martian source 192.0.2.10 from 203.0.113.7, on dev eth1")],
      silent: [Line.message("IPv4: not a martian")]),
    SymptomFixture(
      "neighbour-overflow", fires: [Line.message("neighbour: arp_cache: neighbor table overflow!")],
      silent: [Line.message("neighbour: fine")]),
    SymptomFixture(
      "log-suppressed", fires: [Line.message("net_ratelimit: 12 callbacks suppressed")],
      silent: [Line.message("net_ratelimit: none")]),
    SymptomFixture(
      "helper-warning",
      fires: [
        Line.message("nf_conntrack: default automatic helper assignment has been turned off for security reasons")
      ],
      silent: [Line.message("nf_conntrack: helper registered")]),
    SymptomFixture(
      "nic-duplicate-address", fires: [Line.message("IPv6: eth0: IPv6 duplicate address fe80::1 detected!")],
      silent: [Line.message("IPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready")]),
    SymptomFixture(
      "mtu-messages", fires: [Line.message("wg0: mtu less than device minimum")], silent: [Line.message("wg0: up")]),
    SymptomFixture(
      "redirect-ignored",
      fires: [Line.message("IPv4: host 192.0.2.7/if2 ignores redirects for 198.51.100.9 to 192.0.2.254")],
      silent: [Line.message("IPv4: host 192.0.2.7")]),
    SymptomFixture(
      "bogus-icmp",
      fires: [
        Line.message("icmp: 192.0.2.7 sent an invalid ICMP type 3, code 3 error to a broadcast: 192.0.2.255 on eth0")
      ],
      silent: [Line.message("icmp: fine")]),
    SymptomFixture(
      "conntrack-invalid-window", fires: [Line.message("nf_ct_proto_6: invalid packet ignored in state ESTABLISHED")],
      silent: [Line.message("nf_ct_proto_6: fine")]),
  ]
}
