extension FactTable {
  /// What the FAQ says of addresses.
  static let addressFacts: [Fact] = [
    Fact(
      ["AD002"], "ad servers of Conducent",
      [.prefix("216.33.210.40/31"), .prefix("216.33.199.77/32"), .prefix("216.33.199.80/31"), .word("adware")],
      means: "The hosts behind ads.conducent.com that the adware of port 17027 called.",
      advice: "Use it only to read old logs.",
      today: "Dated: the addresses have other owners."),
    Fact(
      ["AD003"], "what \"local\" means",
      [.word("local"), .prefix("255.255.255.255/32")],
      means: """
        On cable and ATM networks a neighbour in the sense of the network may live hundreds of miles away.
        """,
      advice: "Think of the topology, not of the map.",
      today: "Holds."),
    Fact(
      ["LS015"], "DST=255.255.255.255",
      [.prefix("255.255.255.255/32"), .word("broadcast")],
      means: "The broadcast of the local segment; it has crossed no router. `IIOP` in its data means CORBA.",
      advice: "Look at the destination port and drop it quietly.",
      today: "Holds.",
      see: ["REJ006"]),
    Fact(
      ["LE023"], "who owns an address?",
      [.word("whois"), .word("owner"), .word("abuse")],
      means: """
        Ask the registries, trace the route, write to abuse@. But the address may be forged, or its owner may be \
        a victim too.
        """,
      advice: "Be polite, and send times with their zone.",
      today: """
        Dated links: use RDAP (RFC 9082) and the five registries ARIN, RIPE NCC, APNIC, LACNIC and AFRINIC.
        """),
    Fact(
      ["LE024"], "can reverse DNS be trusted?",
      [.word("reverse-dns"), .word("ptr"), .word("owner"), .word("whois")],
      means: """
        The owner of an address writes its PTR record and may write anything; a route is much harder to forge.
        """,
      advice: "Check that the name leads back to the address.",
      today: "Holds."),
    Fact(
      ["AD004"], "24.0.0.0/8",
      [.prefix("24.0.0.0/8")],
      means: "The first block of cable subscribers: home machines, many of them broken into.",
      advice: "Treat it as any other.",
      today: "Dated: broadband is everywhere."),
    Fact(
      ["AD005"], "127.0.0.0/8 (loopback)",
      [.prefix("127.0.0.0/8")],
      means: "The host itself. On a wire it is always forged or a fault.",
      advice: "Drop it on every interface except `lo`.",
      today: "Holds; Linux discards it too, unless `route_localnet` is on.",
      see: ["SPOOF007", "SPOOF008"]),
    Fact(
      ["AD006"], "192.0.2.0/24 (documentation)",
      [.prefix("192.0.2.0/24")],
      means: "Reserved for examples (TEST-NET-1); no real host has it.",
      advice: "Drop it at the border, both ways.",
      today: """
        Holds, and more were added: 198.51.100.0/24 and 203.0.113.0/24 (RFC 5737), 2001:db8::/32 (RFC 3849), \
        3fff::/20 (RFC 9637).
        """,
      see: ["SPOOF005"]),
    Fact(
      ["AD007"], "private addresses (RFC 1918)",
      [
        .prefix("10.0.0.0/8"), .prefix("172.16.0.0/12"), .prefix("192.168.0.0/16"), .word("private-source"),
        .word("rfc1918"),
      ],
      means: "Private networks; no router of the Internet should pass them.",
      advice: "Drop them as sources on a public uplink, unless the uplink itself is numbered so.",
      today: "Holds; add 100.64.0.0/10 (RFC 6598) and the table of RFC 6890.",
      see: ["SPOOF005", "SPOOF006"]),
    Fact(
      ["LS016"], "one query from a public and a private source",
      [.word("private-source"), .word("netbios"), .word("dual-homed")],
      means: """
        Windows with two networks sends NetBIOS on each, so the query comes twice, with the same TTL and \
        neighbouring IDs.
        """,
      advice: "Noise.",
      today: "Dated."),
    Fact(
      ["LS018"], "broadcasts from private sources on cable or DSL",
      [
        .word("private-source"), .word("broadcast"), .prefix("10.0.0.0/8"), .prefix("172.16.0.0/12"),
        .prefix("192.168.0.0/16"),
      ],
      means: "Neighbours on your segment with networks of their own.",
      advice: "Drop them quietly.",
      today: "Holds."),
    Fact(
      ["LS019"], "other packets with a private source",
      [.word("private-source"), .prefix("10.0.0.0/8"), .prefix("172.16.0.0/12"), .prefix("192.168.0.0/16")],
      means: "Seldom an attacker; most are leaks from somebody's bad NAT.",
      advice: "Drop them.",
      today: "Holds.",
      see: ["SPOOF005"]),
    Fact(
      ["AD008"], "source 0.0.0.0",
      [.prefix("0.0.0.0/32"), .word("zero-source")],
      means: "With port 0, somebody tries to tell your system by its answer.",
      advice: "Drop it.",
      today: "Holds; but 0.0.0.0:68 to 255.255.255.255:67 is plain DHCP.",
      see: ["EXPOSE009"]),
    Fact(
      ["AD009"], "a subnet's last address (directed broadcast)",
      [.word("directed-broadcast"), .word("broadcast"), .prefix("255.255.255.255/32")],
      means: """
        A packet for .255, or whatever the mask makes the last address, reaches all hosts of the subnet: a \
        search for smurf or fraggle amplifiers, or a sweep that tried every number.
        """,
      advice: "Do not forward it.",
      today: "Holds; the mask decides, not the number 255.",
      see: ["BCAST001"]),
    Fact(
      ["RC013"], "directed broadcasts forwarded",
      [.word("directed-broadcast"), .word("smurf"), .word("fraggle")],
      means: "Your LAN then multiplies whatever somebody sends in a victim's name.",
      advice: "Keep `bc_forwarding=0` and drop broadcasts in forward.",
      today: """
        Superseded as a default: RFC 2644 turned it off, and so does Linux, which delivers such a packet to the \
        input hook instead.
        """,
      see: ["BCAST001"]),
    Fact(
      ["AD010"], "169.254.0.0/16 (link-local)",
      [.prefix("169.254.0.0/16")],
      means: "A host that got no answer from DHCP gave itself this address.",
      advice: "Look at the DHCP server, and at a filter for 67 and 68.",
      today: "Holds (RFC 3927); in clouds 169.254.169.254 serves the instance's metadata.",
      see: ["SPOOF009", "EXPOSE009"]),
    Fact(
      ["AD011"], "host part all ones or all zeros",
      [.word("directed-broadcast"), .word("network-address")],
      means: "Both forms may be a broadcast, if the last router thinks so.",
      advice: "Check both.",
      today: "Superseded for the zero form: since 5.14 Linux treats the lowest address as a plain host.",
      see: ["BCAST003"]),
    Fact(
      ["AD012"], "AXFR from 128.9.160.57 or 198.32.4.13",
      [.prefix("128.9.160.57/32"), .prefix("198.32.4.13/32"), .word("axfr")],
      means: "A study of ISI that counted the in-addr.arpa zones.",
      advice: "Harmless then.",
      today: "Dated: from other times."),
  ]
}
