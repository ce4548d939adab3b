extension FactTable {
  /// IPv6 addresses with a meaning of their own (IANA's special-purpose and multicast registries).
  static let addressesV6: [Fact] = addressesV61 + addressesV62

  /// Part 1 of `addressesV6`; a part stays small for the type checker.
  private static let addressesV61: [Fact] = [
    Fact(
      ["address-::/128"], "::/128 (unspecified)",
      [.prefix("::/128")],
      means: "A host without an address: the source while it checks that its own is not taken.",
      advice: "Accept it for neighbour solicitations and MLD on the link, drop it otherwise.",
      today: "Holds (RFC 4291).",
      see: ["IP6002"]),
    Fact(
      ["address-::1/128"], "::1/128 (loopback)",
      [.prefix("::1/128")],
      means: "The host itself.",
      advice: "Drop it on every interface except `lo`.",
      today: "Holds.",
      see: ["SPOOF007"]),
    Fact(
      ["address-::ffff:0.0.0.0/96"], "::ffff:0:0/96 (IPv4-mapped)",
      [.prefix("::ffff:0.0.0.0/96")],
      means: "How a program sees an IPv4 peer; on a wire it is wrong.",
      advice: "Drop it.",
      today: "Holds (RFC 4291).",
      see: ["SPOOF005"]),
    Fact(
      ["address-64:ff9b::/96"], "64:ff9b::/96 (NAT64)",
      [.prefix("64:ff9b::/96")],
      means: "IPv4 hosts as seen through a NAT64; the last 32 bits are their address.",
      advice: "Treat it as the Internet, not as a bogon, where NAT64 is in use.",
      today: "Holds (RFC 6052).",
      see: ["SPOOF006"]),
    Fact(
      ["address-64:ff9b:1::/48"], "64:ff9b:1::/48 (local NAT64)",
      [.prefix("64:ff9b:1::/48")],
      means: "NAT64 of a site's own (RFC 8215).",
      advice: "Do not let it cross the border.",
      today: "Holds."),
    Fact(
      ["address-100::/64"], "100::/64 (discard)",
      [.prefix("100::/64")],
      means: "A sink: routers send floods to it.",
      advice: "Drop it at the border.",
      today: "Holds (RFC 6666).",
      see: ["SPOOF005"]),
    Fact(
      ["address-2000::/3"], "2000::/3 (global unicast)",
      [.prefix("2000::/3")],
      means: "The part of IPv6 from which public addresses come.",
      advice: "Nothing to do; filter by service, for there is no NAT to hide behind.",
      today: "Holds.",
      see: ["IP6013"]),
    Fact(
      ["address-2001::/32"], "2001::/32 (Teredo)",
      [.prefix("2001::/32")],
      means: "IPv6 in UDP through NAT, an old way of Windows.",
      advice: "Drop it, and 3544/udp with it.",
      today: "Superseded: its servers are switched off.",
      see: ["SPOOF010"]),
    Fact(
      ["address-2001:2::/48"], "2001:2::/48 (benchmarks)",
      [.prefix("2001:2::/48")],
      means: "For tests of network devices (RFC 5180).",
      advice: "Drop it at the border.",
      today: "Holds.",
      see: ["SPOOF005"]),
    Fact(
      ["address-2001:20::/28"], "2001:20::/28 (ORCHIDv2)",
      [.prefix("2001:20::/28")],
      means: "Identifiers of hosts, not addresses (RFC 7343).",
      advice: "Drop it.",
      today: "Holds.",
      see: ["SPOOF005"]),
    Fact(
      ["address-2001:db8::/32"], "2001:db8::/32 (documentation)",
      [.prefix("2001:db8::/32")],
      means: "Reserved for examples.",
      advice: "Drop it at the border.",
      today: "Holds (RFC 3849).",
      see: ["SPOOF005"]),
    Fact(
      ["address-2002::/16"], "2002::/16 (6to4)",
      [.prefix("2002::/16")],
      means: "IPv6 over IPv4 with the IPv4 address inside.",
      advice: "Drop it: its public relays are deprecated.",
      today: "Superseded (RFC 7526).",
      see: ["SPOOF010"]),
    Fact(
      ["address-3fff::/20"], "3fff::/20 (documentation)",
      [.prefix("3fff::/20")],
      means: "Reserved for examples, for large plans.",
      advice: "Drop it at the border.",
      today: "Holds (RFC 9637).",
      see: ["SPOOF005"]),
    Fact(
      ["address-5f00::/16"], "5f00::/16 (SRv6)",
      [.prefix("5f00::/16")],
      means: "Identifiers of segment routing inside a network (RFC 9602).",
      advice: "Do not let it cross the border.",
      today: "Holds.",
      see: ["SPOOF005"]),
    Fact(
      ["address-fc00::/7"], "fc00::/7 (unique local)",
      [.prefix("fc00::/7")],
      means: "Private addresses (RFC 4193); in practice fd00::/8.",
      advice: "Do not let it cross the border.",
      today: "Holds.",
      see: ["SPOOF005"]),
    Fact(
      ["address-fe80::/10"], "fe80::/10 (link-local)",
      [.prefix("fe80::/10")],
      means: "Every interface has one. Neighbour discovery, router advertisements and DHCPv6 need it.",
      advice: "Accept those on the link, and never forward it.",
      today: "Holds.",
      see: ["IP6001", "IP6002", "SPOOF009"]),
    Fact(
      ["address-fec0::/10"], "fec0::/10 (site-local)",
      [.prefix("fec0::/10")],
      means: "An early form of private addresses.",
      advice: "Drop it.",
      today: "Superseded: deprecated by RFC 3879.",
      see: ["SPOOF005"]),
    Fact(
      ["address-ff00::/8"], "ff00::/8 (multicast)",
      [.prefix("ff00::/8"), .word("multicast")],
      means: """
        A group of hosts, never a right source. The fourth hex digit is the scope: 1 host, 2 link, 5 site, 8 \
        organisation, e global.
        """,
      advice: "Drop it as a source; accept link scope for neighbour discovery and MLD.",
      today: "Holds.",
      see: ["IP6004"]),
    Fact(
      ["address-ff01::/16"], "ff01::/16 (inside the host)",
      [.prefix("ff01::/16")],
      means: "Never seen on a wire.",
      advice: "Drop it.",
      today: "Holds."),
    Fact(
      ["address-ff02::/16"], "ff02::/16 (link scope)",
      [.prefix("ff02::/16")],
      means: "Control traffic of one link.",
      advice: "Accept what neighbour discovery and MLD need.",
      today: "Holds.",
      see: ["IP6001", "IP6004"]),
    Fact(
      ["address-ff02::1/128"], "ff02::1 (all nodes)",
      [.prefix("ff02::1/128")],
      means: "Every node of the link: router and neighbour advertisements go there.",
      advice: "Accept ICMPv6 134, 136 and 130 to it.",
      today: "Holds.",
      see: ["IP6001"]),
    Fact(
      ["address-ff02::2/128"], "ff02::2 (all routers)",
      [.prefix("ff02::2/128")],
      means: "Every router of the link: router solicitations go there.",
      advice: "Accept ICMPv6 133 to it on routers.",
      today: "Holds.",
      see: ["IP6001"]),
    Fact(
      ["address-ff02::5/128"], "ff02::5 and ff02::6 (OSPFv3)",
      [.prefix("ff02::5/128"), .prefix("ff02::6/128")],
      means: "OSPFv3 routers.",
      advice: "Accept protocol 89 on links with OSPF only.",
      today: "Holds."),
    Fact(
      ["address-ff02::9/128"], "ff02::9 (RIPng)",
      [.prefix("ff02::9/128")],
      means: "RIPng routers, 521/udp.",
      advice: "Drop it unless you run RIPng.",
      today: "Holds."),
    Fact(
      ["address-ff02::d/128"], "ff02::d (PIM)",
      [.prefix("ff02::d/128")],
      means: "Multicast routers with PIM.",
      advice: "Drop it unless you route multicast.",
      today: "Holds."),
  ]

  /// Part 2 of `addressesV6`; a part stays small for the type checker.
  private static let addressesV62: [Fact] = [
    Fact(
      ["address-ff02::12/128"], "ff02::12 (VRRP)",
      [.prefix("ff02::12/128")],
      means: "Routers that share an address.",
      advice: "Accept it from the partner.",
      today: "Holds."),
    Fact(
      ["address-ff02::16/128"], "ff02::16 (MLDv2)",
      [.prefix("ff02::16/128")],
      means: "Hosts tell which groups they want: ICMPv6 143.",
      advice: "Accept it; switches that snoop drop neighbour discovery without it.",
      today: "Holds.",
      see: ["IP6004"]),
    Fact(
      ["address-ff02::fb/128"], "ff02::fb (mDNS)",
      [.prefix("ff02::fb/128")],
      means: "Names and services on the link, 5353/udp.",
      advice: "Accept it on trusted links, else drop it quietly.",
      today: "Holds."),
    Fact(
      ["address-ff02::1:2/128"], "ff02::1:2 (DHCPv6)",
      [.prefix("ff02::1:2/128")],
      means: "All DHCPv6 servers and relays of the link, 547/udp.",
      advice: "Accept it on servers; clients need the answer to 546.",
      today: "Holds.",
      see: ["IP6012"]),
    Fact(
      ["address-ff02::1:3/128"], "ff02::1:3 (LLMNR)",
      [.prefix("ff02::1:3/128")],
      means: "Windows asks the link for a name, 5355/udp.",
      advice: "Drop it quietly.",
      today: "Holds."),
    Fact(
      ["address-ff02::1:ff00:0/104"], "ff02::1:ff00:0/104 (solicited node)",
      [.prefix("ff02::1:ff00:0/104")],
      means: "Where the neighbour with those last 24 bits listens: neighbour solicitations go there.",
      advice: "Accept ICMPv6 135 to it; without it IPv6 stops.",
      today: "Holds.",
      see: ["IP6001"]),
    Fact(
      ["address-ff05::1:3/128"], "ff05::1:3 (DHCPv6 servers)",
      [.prefix("ff05::1:3/128")],
      means: "All DHCPv6 servers of the site.",
      advice: "Accept it on servers.",
      today: "Holds."),
    Fact(
      ["address-ff05::/16"], "ff05::/16 (site scope)",
      [.prefix("ff05::/16")],
      means: "Groups of a site.",
      advice: "Do not let it cross the border.",
      today: "Holds."),
  ]
}
