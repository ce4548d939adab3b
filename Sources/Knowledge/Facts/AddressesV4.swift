extension FactTable {
  /// IPv4 addresses with a meaning of their own (IANA's special-purpose and multicast registries).
  static let addressesV4: [Fact] = addressesV41 + addressesV42

  /// Part 1 of `addressesV4`; a part stays small for the type checker.
  private static let addressesV41: [Fact] = [
    Fact(
      ["address-0.0.0.0/8"], "0.0.0.0/8 (this network)",
      [.prefix("0.0.0.0/8")],
      means: """
        "This host on this network": only a source before a host has an address.
        """,
      advice: "Drop it at the border as a source; 0.0.0.0 to 255.255.255.255 on the link is DHCP.",
      today: "Holds (RFC 6890).",
      see: ["SPOOF005"]),
    Fact(
      ["address-100.64.0.0/10"], "100.64.0.0/10 (carrier NAT)",
      [.prefix("100.64.0.0/10")],
      means: """
        Between customers and a provider's own NAT (RFC 6598); overlay networks such as Tailscale use it too.
        """,
      advice: "Drop it as a source from outside only when your own uplink is not numbered so.",
      today: "Holds.",
      see: ["SPOOF005", "SPOOF006"]),
    Fact(
      ["address-169.254.169.254/32"], "169.254.169.254 (cloud metadata)",
      [.prefix("169.254.169.254/32")],
      means: "In many clouds, where an instance reads its own settings and credentials.",
      advice: "Let only the programs that need it reach it (match the user in output), and never forward to it.",
      today: "Holds."),
    Fact(
      ["address-192.0.0.0/24"], "192.0.0.0/24 (IETF protocols)",
      [.prefix("192.0.0.0/24")],
      means: """
        Set aside for protocols: 192.0.0.0/29 serves DS-Lite, 192.0.0.8 is a dummy source, 192.0.0.170 and .171 \
        find a NAT64.
        """,
      advice: "Drop it at the border.",
      today: "Holds (RFC 6890).",
      see: ["SPOOF005"]),
    Fact(
      ["address-192.31.196.0/24"], "192.31.196.0/24 (AS112)",
      [.prefix("192.31.196.0/24"), .prefix("192.175.48.0/24")],
      means: """
        Name servers that take the reverse queries for private addresses (RFC 7534, RFC 7535). Ordinary anycast.
        """,
      advice: "Nothing to do; if many packets go there, your resolver should answer those zones itself.",
      today: "Holds."),
    Fact(
      ["address-192.52.193.0/24"], "192.52.193.0/24 (AMT)",
      [.prefix("192.52.193.0/24")],
      means: "Relays of automatic multicast tunnelling (RFC 7450).",
      advice: "Nothing to do.",
      today: "Holds."),
    Fact(
      ["address-192.88.99.0/24"], "192.88.99.0/24 (6to4 relays)",
      [.prefix("192.88.99.0/24")],
      means: "Once the anycast address of 6to4 relays.",
      advice: "Drop it.",
      today: "Superseded: deprecated by RFC 7526.",
      see: ["SPOOF010"]),
    Fact(
      ["address-198.18.0.0/15"], "198.18.0.0/15 (benchmarks)",
      [.prefix("198.18.0.0/15")],
      means: """
        For tests of network devices (RFC 2544); some proxies use it inside a host for made-up addresses.
        """,
      advice: "Drop it at the border.",
      today: "Holds.",
      see: ["SPOOF005"]),
    Fact(
      ["address-198.51.100.0/24"], "198.51.100.0/24 (documentation)",
      [.prefix("198.51.100.0/24")],
      means: "Reserved for examples (TEST-NET-2).",
      advice: "Drop it at the border.",
      today: "Holds (RFC 5737).",
      see: ["SPOOF005"]),
    Fact(
      ["address-203.0.113.0/24"], "203.0.113.0/24 (documentation)",
      [.prefix("203.0.113.0/24")],
      means: "Reserved for examples (TEST-NET-3).",
      advice: "Drop it at the border.",
      today: "Holds (RFC 5737).",
      see: ["SPOOF005"]),
    Fact(
      ["address-240.0.0.0/4"], "240.0.0.0/4 (reserved)",
      [.prefix("240.0.0.0/4")],
      means: "Former class E; no public host has such an address, though some clouds use it inside.",
      advice: "Drop it at the border.",
      today: "Holds (RFC 1112).",
      see: ["SPOOF005"]),
    Fact(
      ["address-224.0.0.0/4"], "224.0.0.0/4 (multicast)",
      [.prefix("224.0.0.0/4"), .word("multicast")],
      means: "A group of hosts, never a single one, and never a right source.",
      advice: "Drop it as a source. As a destination, accept the groups that you use.",
      today: "Holds (RFC 5771).",
      see: ["EXPOSE011"]),
    Fact(
      ["address-224.0.0.0/24"], "224.0.0.0/24 (multicast on the link)",
      [.prefix("224.0.0.0/24")],
      means: "Control traffic of one link, with TTL 1; routers never pass it on.",
      advice: "Accept what the link's protocols need; drop the rest quietly.",
      today: "Holds."),
    Fact(
      ["address-224.0.0.1/32"], "224.0.0.1 (all hosts)",
      [.prefix("224.0.0.1/32")],
      means: "Every host of the link; IGMP queries go there.",
      advice: "Accept IGMP to it where multicast is used.",
      today: "Holds.",
      see: ["EXPOSE011"]),
    Fact(
      ["address-224.0.0.2/32"], "224.0.0.2 (all routers)",
      [.prefix("224.0.0.2/32")],
      means: "Every router of the link; IGMPv2 leaves and HSRP go there.",
      advice: "Accept it on routers.",
      today: "Holds."),
    Fact(
      ["address-224.0.0.5/32"], "224.0.0.5 and 224.0.0.6 (OSPF)",
      [.prefix("224.0.0.5/32"), .prefix("224.0.0.6/32")],
      means: "OSPF routers, and its designated routers.",
      advice: "Accept protocol 89 on links with OSPF only.",
      today: "Holds."),
    Fact(
      ["address-224.0.0.9/32"], "224.0.0.9 (RIP)",
      [.prefix("224.0.0.9/32")],
      means: "RIPv2 routers, at 520/udp.",
      advice: "Drop it unless you run RIP.",
      today: "Holds."),
    Fact(
      ["address-224.0.0.10/32"], "224.0.0.10 (EIGRP)",
      [.prefix("224.0.0.10/32")],
      means: "Cisco routers with EIGRP.",
      advice: "Drop it unless you run EIGRP.",
      today: "Holds."),
    Fact(
      ["address-224.0.0.13/32"], "224.0.0.13 (PIM)",
      [.prefix("224.0.0.13/32")],
      means: "Multicast routers with PIM, protocol 103.",
      advice: "Drop it unless you route multicast.",
      today: "Holds."),
    Fact(
      ["address-224.0.0.18/32"], "224.0.0.18 (VRRP)",
      [.prefix("224.0.0.18/32")],
      means: "Routers that share an address (keepalived), protocol 112.",
      advice: "Accept it from the partner, else both become master.",
      today: "Holds."),
    Fact(
      ["address-224.0.0.22/32"], "224.0.0.22 (IGMPv3)",
      [.prefix("224.0.0.22/32")],
      means: "Hosts tell which groups they want.",
      advice: "Accept IGMP where multicast is used: switches and routers depend on it.",
      today: "Holds.",
      see: ["EXPOSE011"]),
    Fact(
      ["address-224.0.0.251/32"], "224.0.0.251 (mDNS)",
      [.prefix("224.0.0.251/32")],
      means: "Names and services on the link, 5353/udp.",
      advice: "Accept it on trusted links, else drop it quietly.",
      today: "Holds (RFC 6762)."),
    Fact(
      ["address-224.0.0.252/32"], "224.0.0.252 (LLMNR)",
      [.prefix("224.0.0.252/32")],
      means: "Windows asks the link for a name, 5355/udp.",
      advice: "Drop it quietly.",
      today: "Holds; Windows is giving it up for mDNS."),
    Fact(
      ["address-224.0.1.1/32"], "224.0.1.1 (NTP)",
      [.prefix("224.0.1.1/32")],
      means: "Time by multicast.",
      advice: "Drop it unless you use it.",
      today: "Holds; rarely used."),
    Fact(
      ["address-224.0.1.129/32"], "224.0.1.129 to 132 (PTP)",
      [.prefix("224.0.1.129/32"), .prefix("224.0.1.130/31"), .prefix("224.0.1.132/32")],
      means: "Precise time (IEEE 1588), 319 and 320/udp.",
      advice: "Accept it where clocks are kept by PTP.",
      today: "Holds."),
  ]

  /// Part 2 of `addressesV4`; a part stays small for the type checker.
  private static let addressesV42: [Fact] = [
    Fact(
      ["address-232.0.0.0/8"], "232.0.0.0/8 (source-specific multicast)",
      [.prefix("232.0.0.0/8")],
      means: "Groups that belong to one sender (RFC 4607).",
      advice: "Accept what you receive on purpose.",
      today: "Holds."),
    Fact(
      ["address-233.0.0.0/8"], "233.0.0.0/8 (GLOP)",
      [.prefix("233.0.0.0/8")],
      means: "Groups that belong to the holder of an AS number (RFC 3180).",
      advice: "Accept what you receive on purpose.",
      today: "Holds."),
    Fact(
      ["address-239.0.0.0/8"], "239.0.0.0/8 (private multicast)",
      [.prefix("239.0.0.0/8")],
      means: "Groups that stay inside a site (RFC 2365).",
      advice: "Do not let it cross the border.",
      today: "Holds."),
    Fact(
      ["address-239.255.255.250/32"], "239.255.255.250 (SSDP)",
      [.prefix("239.255.255.250/32")],
      means: "UPnP (1900/udp) and WS-Discovery (3702/udp) look for devices.",
      advice: "Drop it quietly where no device is wanted.",
      today: "Holds."),
    Fact(
      ["address-255.255.255.255/32"], "255.255.255.255 (limited broadcast)",
      [.prefix("255.255.255.255/32")],
      means: "All hosts of this link; no router passes it on.",
      advice: "Let DHCP through and drop the rest quietly; never answer it with a reject.",
      today: "Holds.",
      see: ["REJ006"]),
  ]
}
