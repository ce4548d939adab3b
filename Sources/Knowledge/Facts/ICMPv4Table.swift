/// IANA, "ICMP Type Numbers".
enum ICMPv4Table {
  static let all: [ICMPTables.Entry] = errors + informational + obsolete

  private static let errors: [ICMPTables.Entry] = [
    .init(
      3, ["destination-unreachable"], "A packet of ours did not arrive; the code says why.", .related, see: ["ICMP008"]),
    .init(
      3, 0, ["network-unreachable", "net-unreachable"], "A router has no route to the destination's network.", .related),
    .init(3, 1, ["host-unreachable"], "The last router cannot reach the host; it did not answer ARP.", .related),
    .init(3, 2, ["protocol-unreachable", "prot-unreachable"], "The host does not speak that IP protocol.", .related),
    .init(3, 3, ["port-unreachable"], "Nobody listens at that UDP port, or a filter rejected the packet.", .related),
    .init(
      3, 4, ["fragmentation-needed", "frag-needed", "packet-too-big", "pmtu"],
      "The packet is larger than the next hop's MTU and must not be fragmented; the message tells that MTU.", .mustPass,
      "Holds (RFC 1191); in IPv6 it is type 2.", see: ["ICMP001", "ICMP002", "ICMP003", "ICMP004"]),
    .init(
      3, 5, ["source-route-failed"], "A source-routed packet could not go the way its sender prescribed.", .related),
    .init(
      3, 6, ["network-unknown", "net-unknown"], "The destination's network does not exist.", .related,
      "Dated: routers send code 0."),
    .init(3, 7, ["host-unknown"], "The destination host does not exist.", .related, "Dated: routers send code 1."),
    .init(3, 8, ["source-host-isolated"], "The sender is cut off.", .refuse, "Dated: a code of the ARPANET."),
    .init(
      3, 9, ["network-prohibited", "net-prohibited"], "A filter forbids that network (made for military networks).",
      .related,
      "Holds; Linux' REJECT offers it, though code 13 is the modern one."),
    .init(3, 10, ["host-prohibited"], "A filter forbids that host; older REJECT rules answer so.", .related),
    .init(
      3, 11, ["TOS-network-unreachable", "tos-network-unreachable"], "No route for that type of service.", .related,
      "Dated: nobody routes by TOS."),
    .init(
      3, 12, ["TOS-host-unreachable", "tos-host-unreachable"], "The host cannot be reached with that type of service.",
      .related, "Dated: nobody routes by TOS."),
    .init(
      3, 13, ["communication-prohibited", "admin-prohibited"],
      "A filter forbids the packet (`reject with icmp admin-prohibited`).",
      .related, "Holds (RFC 1812)."),
    .init(3, 14, ["host-precedence-violation"], "The host may not use that precedence.", .related, "Dated."),
    .init(3, 15, ["precedence-cutoff"], "The precedence is below what the network demands.", .related, "Dated."),
    .init(
      4, ["source-quench"], "Asks the sender to slow down.", .refuse,
      "Superseded: deprecated by RFC 6633; hosts must ignore it.",
      see: ["ICMP011"]),
    .init(5, ["redirect"], "A router names a better gateway.", .refuse, see: ["ICMP012"]),
    .init(
      5, 0, ["network-redirect"], "Another gateway for a whole network.", .refuse,
      "Dated: RFC 1812 wants code 1 instead."),
    .init(5, 1, ["host-redirect"], "Another gateway for one host.", .refuse),
    .init(
      5, 2, ["TOS-network-redirect", "tos-network-redirect"], "Another gateway for a network and type of service.",
      .refuse, "Dated."),
    .init(
      5, 3, ["TOS-host-redirect", "tos-host-redirect"], "Another gateway for a host and type of service.", .refuse,
      "Dated."),
    .init(11, ["time-exceeded", "ttl-exceeded"], "A packet of ours ended on its way.", .related, see: ["ICMP008"]),
    .init(
      11, 0, ["ttl-zero-during-transit"], "Its TTL ran out: a traceroute, a loop, or a start that was too low.",
      .related),
    .init(11, 1, ["ttl-zero-during-reassembly"], "Not all of its fragments came in time.", .related),
    .init(12, ["parameter-problem"], "A header of ours could not be read.", .related, see: ["ICMP008"]),
    .init(12, 0, ["ip-header-bad"], "The message points at the byte that is wrong.", .related),
    .init(
      12, 1, ["required-option-missing"], "An IP option is missing (military networks, RFC 1108).", .related, "Dated."),
    .init(12, 2, ["bad-length"], "A length is wrong.", .related),
  ]

  private static let informational: [ICMPTables.Entry] = [
    .init(0, ["echo-reply", "pong"], "The answer to a ping.", .reply, see: ["ICMP017"]),
    .init(8, ["echo-request", "ping", "echo"], "A ping.", .request, see: ["ICMP016"]),
    .init(
      9, ["router-advertisement"], "A router of the link offers itself as a gateway (IRDP, RFC 1256).", .refuse,
      "Dated: hardly used in IPv4.", see: ["ICMP015"]),
    .init(9, 0, ["normal-router-advertisement"], "The plain form.", .refuse, "Dated."),
    .init(
      9, 16, ["does-not-route-common-traffic"], "A mobility agent that routes only for its own clients (RFC 5944).",
      .refuse, "Dated."),
    .init(
      10, ["router-solicitation"], "A host asks the link's routers to announce themselves.", .refuse,
      "Dated: hardly used in IPv4.", see: ["ICMP015"]),
    .init(
      13, ["timestamp-request"], "Asks for the time of day in milliseconds.", .refuse,
      "Dated: NTP does it better; scanners still ask.", see: ["ICMP014"]),
    .init(14, ["timestamp-reply"], "The answer to a timestamp request.", .refuse, "Dated.", see: ["ICMP014"]),
    .init(
      40, ["photuris"], "Security failures of the Photuris key exchange (RFC 2521).", .refuse, "Dated: an experiment."),
    .init(40, 0, ["photuris-bad-spi"], "An unknown security parameter index.", .refuse, "Dated."),
    .init(40, 1, ["photuris-authentication-failed"], "A packet failed its check.", .refuse, "Dated."),
    .init(40, 2, ["photuris-decompression-failed"], "A packet could not be unpacked.", .refuse, "Dated."),
    .init(40, 3, ["photuris-decryption-failed"], "A packet could not be decrypted.", .refuse, "Dated."),
    .init(40, 4, ["photuris-need-authentication"], "The receiver wants authentication.", .refuse, "Dated."),
    .init(40, 5, ["photuris-need-authorization"], "The receiver wants authorisation.", .refuse, "Dated."),
    .init(
      41, ["experimental-mobility"], "Experimental mobility protocols such as Seamoby (RFC 4065).", .refuse,
      "Dated: an experiment."),
    .init(
      42, ["extended-echo-request"], "PROBE: asks about an interface of the receiver or its neighbour (RFC 8335).",
      .request,
      "Holds; Linux answers only with `icmp_echo_enable_probe=1`."),
    .init(43, ["extended-echo-reply"], "The answer to PROBE.", .reply),
    .init(43, 0, ["extended-echo-no-error"], "The interface exists; its state follows.", .reply),
    .init(43, 1, ["extended-echo-malformed-query"], "The question could not be read.", .reply),
    .init(43, 2, ["extended-echo-no-such-interface"], "There is no such interface.", .reply),
    .init(43, 3, ["extended-echo-no-such-table-entry"], "No such neighbour in the table.", .reply),
    .init(43, 4, ["extended-echo-multiple-interfaces"], "More than one interface fits the question.", .reply),
  ]

  private static let obsolete: [ICMPTables.Entry] =
    [
      old(6, "alternate-host-address", "Told a host to use another address."),
      old(15, "information-request", "A diskless host asked for its network number."),
      old(16, "information-reply", "The answer to an information request."),
      old(17, "address-mask-request", "Asked for the subnet's mask; scanners use it to tell systems apart."),
      old(18, "address-mask-reply", "The answer with the mask."),
      old(30, "traceroute", "A traceroute that routers were to report to (RFC 1393)."),
      old(31, "datagram-conversion-error", "A packet could not be turned into another protocol (RFC 1475)."),
      old(32, "mobile-host-redirect", "Redirected a mobile host."),
      old(33, "ipv6-where-are-you", "An early way to find an IPv6 neighbour."),
      old(34, "ipv6-i-am-here", "The answer to where-are-you."),
      old(35, "mobile-registration-request", "Registered a mobile host."),
      old(36, "mobile-registration-reply", "The answer to a registration."),
      old(37, "domain-name-request", "Asked an address for its name (RFC 1788)."),
      old(38, "domain-name-reply", "The answer with the name."),
      old(39, "skip", "Found out the algorithms of SKIP, a forerunner of IPsec keys."),
    ] + [
      .init(19, ["reserved-for-security"], "Set aside and never used.", .refuse),
      .init(253, ["experiment-1"], "For experiments (RFC 4727).", .refuse),
      .init(254, ["experiment-2"], "For experiments (RFC 4727).", .refuse),
      .init(255, ["reserved"], "Reserved.", .refuse),
    ]
    + (20...29).map { (type: UInt8) in
      .init(
        type, ["reserved-for-robustness-experiment"], "Set aside for an experiment on robustness, and never used.",
        .refuse)
    }

  private static func old(_ type: UInt8, _ name: String, _ meaning: String) -> ICMPTables.Entry {
    .init(type, [name], meaning, .refuse, "Superseded: formally deprecated by RFC 6918.", see: ["ICMP014"])
  }
}
