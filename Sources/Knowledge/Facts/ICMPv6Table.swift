/// IANA, "ICMPv6 Parameters".
enum ICMPv6Table {
  static let all: [ICMPTables.Entry] = errors + neighbourDiscovery + others

  private static let errors: [ICMPTables.Entry] = [
    .init(0, ["reserved"], "Reserved.", .refuse),
    .init(
      1, ["destination-unreachable"], "A packet of ours did not arrive; the code says why.", .related,
      "Holds: RFC 4890 says it must not be dropped.", see: ["ICMP006"]),
    .init(1, 0, ["no-route"], "A router has no route to the destination.", .related),
    .init(1, 1, ["admin-prohibited", "communication-prohibited"], "A filter forbids the packet.", .related),
    .init(
      1, 2, ["beyond-scope"], "The source address does not reach so far, such as a link-local one behind a router.",
      .related),
    .init(
      1, 3, ["addr-unreachable", "address-unreachable"], "The last router found no neighbour with that address.",
      .related),
    .init(1, 4, ["port-unreachable"], "Nobody listens at that port.", .related),
    .init(1, 5, ["policy-fail", "failed-policy"], "The source address is not allowed here.", .related),
    .init(1, 6, ["reject-route"], "The route says: reject.", .related),
    .init(1, 7, ["source-routing-error"], "A strict source route could not be followed.", .related),
    .init(1, 8, ["headers-too-long"], "The chain of headers is longer than the node reads (RFC 8883).", .related),
    .init(
      2, ["packet-too-big", "pmtu"],
      "The packet is larger than the next hop's MTU; only its sender can make it smaller.", .mustPass,
      "Holds (RFC 8201): routers never fragment IPv6, so without it large packets vanish.", see: ["ICMP005"]),
    .init(
      2, 0, ["packet-too-big-code-0"], "The only code there is; some senders use others, and receivers must ignore it.",
      .mustPass),
    .init(3, ["time-exceeded"], "A packet of ours ended on its way.", .related, see: ["ICMP006"]),
    .init(
      3, 0, ["ttl-zero-during-transit", "hop-limit-exceeded"], "Its hop limit ran out.", .related,
      "Holds: RFC 4890 says it must not be dropped."),
    .init(3, 1, ["ttl-zero-during-reassembly"], "Not all of its fragments came in time.", .related),
    .init(4, ["parameter-problem"], "A header of ours could not be read.", .related, see: ["ICMP006"]),
    .init(4, 0, ["bad-header"], "A field is wrong.", .related),
    .init(
      4, 1, ["unknown-header-type"], "The next header is not known.", .related,
      "Holds: RFC 4890 says it must not be dropped."),
    .init(
      4, 2, ["unknown-option"], "An option is not known.", .related, "Holds: RFC 4890 says it must not be dropped."),
    .init(4, 3, ["incomplete-header-chain"], "The first fragment does not hold all headers (RFC 7112).", .related),
    .init(
      4, 4, ["sr-upper-layer-header-error"], "A segment-routed packet has a wrong upper header (RFC 8754).", .related),
    .init(4, 5, ["unknown-header-in-transit"], "A node on the way does not know the next header (RFC 8883).", .related),
    .init(4, 6, ["extension-header-too-big"], "An extension header is too large for a node (RFC 8883).", .related),
    .init(
      4, 7, ["extension-header-chain-too-long"], "The chain of headers is too long for a node (RFC 8883).", .related),
    .init(4, 8, ["too-many-extension-headers"], "More headers than a node takes (RFC 8883).", .related),
    .init(4, 9, ["too-many-options"], "More options in one header than a node takes (RFC 8883).", .related),
    .init(4, 10, ["option-too-big"], "An option is too large for a node (RFC 8883).", .related),
    .init(100, ["private-experiment-100"], "For private experiments with errors.", .refuse, see: ["IP6011"]),
    .init(101, ["private-experiment-101"], "For private experiments with errors.", .refuse, see: ["IP6011"]),
    .init(127, ["reserved-errors"], "Kept to make room for more errors.", .refuse, see: ["IP6011"]),
  ]

  private static let neighbourDiscovery: [ICMPTables.Entry] = [
    .init(
      130, ["mld-listener-query", "multicast-listener-query"],
      "A router or switch asks who listens to which multicast group.", .local,
      see: ["IP6004"]),
    .init(131, ["mld-listener-report"], "A host listens to a group (MLDv1).", .local, see: ["IP6004"]),
    .init(
      132, ["mld-listener-done", "mld-listener-reduction"], "A host stops listening (MLDv1).", .local, see: ["IP6004"]),
    .init(
      143, ["mld2-listener-report"], "A host's groups (MLDv2); neighbour discovery needs it where switches snoop.",
      .local, see: ["IP6004"]),
    .init(
      133, ["nd-router-solicit", "router-solicitation"], "A host asks for routers.", .local, "Holds (RFC 4861).",
      see: ["IP6001"]),
    .init(
      134, ["nd-router-advert", "router-advertisement"],
      "A router announces itself, prefixes and MTU. A forged one takes over the link's traffic.", .local,
      "Holds (RFC 4861); RFC 6104 tells of rogue ones.", see: ["IP6001", "IP6006"]),
    .init(
      135, ["nd-neighbor-solicit", "neighbour-solicitation", "neighbor-solicitation"],
      "Asks for a neighbour's hardware address, as ARP does in IPv4. Without it IPv6 stops.", .local,
      "Holds (RFC 4861).",
      see: ["IP6001", "IP6002"]),
    .init(
      136, ["nd-neighbor-advert", "neighbour-advertisement", "neighbor-advertisement"], "The answer: here I am.",
      .local,
      "Holds (RFC 4861).", see: ["IP6001", "IP6002"]),
    .init(137, ["nd-redirect", "redirect"], "A router of the link names a better next hop.", .policy, see: ["IP6007"]),
    .init(
      141, ["ind-neighbor-solicit", "inverse-nd-solicitation"],
      "Asks which address belongs to a link-layer address (RFC 3122).", .local, see: ["IP6005"]),
    .init(142, ["ind-neighbor-advert", "inverse-nd-advertisement"], "The answer to it.", .local, see: ["IP6005"]),
    .init(
      148, ["certification-path-solicitation"], "Asks for a router's certificates (SEND, RFC 3971).", .local,
      "Holds; SEND is rare.", see: ["IP6005"]),
    .init(
      149, ["certification-path-advertisement"], "A router's certificates (SEND).", .local, "Holds; SEND is rare.",
      see: ["IP6005"]),
    .init(
      151, ["multicast-router-advertisement"], "A multicast router announces itself (RFC 4286).", .local,
      see: ["IP6005"]),
    .init(152, ["multicast-router-solicitation"], "Asks for multicast routers.", .local, see: ["IP6005"]),
    .init(153, ["multicast-router-termination"], "A multicast router leaves.", .local, see: ["IP6005"]),
    .init(157, ["duplicate-address-request"], "Checks an address in a low-power network (6LoWPAN, RFC 6775).", .policy),
    .init(158, ["duplicate-address-confirmation"], "The answer to it.", .policy),
  ]

  private static let others: [ICMPTables.Entry] = [
    .init(
      128, ["echo-request", "ping", "echo"], "A ping.", .request, "Holds: RFC 4890 wants it to pass.", see: ["ICMP018"]),
    .init(129, ["echo-reply", "pong"], "The answer to a ping.", .reply, see: ["ICMP018", "ICMP017"]),
    .init(
      138, ["router-renumbering"], "Gives all routers of a site new prefixes (RFC 2894).", .refuse,
      "Dated: hardly used.", see: ["IP6009"]),
    .init(138, 0, ["router-renumbering-command"], "The order.", .refuse, "Dated."),
    .init(138, 1, ["router-renumbering-result"], "The result.", .refuse, "Dated."),
    .init(138, 255, ["router-renumbering-sequence-reset"], "Resets the counter.", .refuse, "Dated."),
    .init(
      139, ["node-information-query"], "Asks a host for its name or addresses (RFC 4620).", .refuse,
      "Holds; Linux does not answer it.", see: ["IP6008"]),
    .init(139, 0, ["node-information-query-ipv6"], "About an IPv6 address.", .refuse),
    .init(139, 1, ["node-information-query-name"], "About a name.", .refuse),
    .init(139, 2, ["node-information-query-ipv4"], "About an IPv4 address.", .refuse),
    .init(140, ["node-information-response"], "The answer to it.", .refuse, see: ["IP6008"]),
    .init(140, 0, ["node-information-success"], "With what was asked.", .refuse),
    .init(140, 1, ["node-information-refused"], "The host will not tell.", .refuse),
    .init(140, 2, ["node-information-unknown"], "The host does not know the question.", .refuse),
    .init(
      144, ["home-agent-discovery-request"], "A mobile host looks for its home agent (RFC 6275).", .policy,
      see: ["IP6010"]),
    .init(145, ["home-agent-discovery-reply"], "The answer to it.", .policy, see: ["IP6010"]),
    .init(146, ["mobile-prefix-solicitation"], "A mobile host asks for its home prefixes.", .policy, see: ["IP6010"]),
    .init(147, ["mobile-prefix-advertisement"], "The answer to it.", .policy, see: ["IP6010"]),
    .init(
      150, ["experimental-mobility"], "Experimental mobility protocols such as Seamoby (RFC 4065).", .refuse,
      "Dated: an experiment."),
    .init(154, ["fmipv6"], "Fast handovers of Mobile IPv6 (RFC 5568).", .policy, see: ["IP6010"]),
    .init(155, ["rpl-control"], "Routing in low-power networks (RPL, RFC 6550).", .policy),
    .init(
      156, ["ilnpv6-locator-update"], "A node of ILNP tells its new locators (RFC 6743).", .policy,
      "Holds as an experiment."),
    .init(159, ["mpl-control"], "Multicast in low-power networks (RFC 7731).", .policy),
    .init(
      160, ["extended-echo-request"], "PROBE: asks about an interface of the receiver or its neighbour (RFC 8335).",
      .request),
    .init(161, ["extended-echo-reply"], "The answer to PROBE.", .reply),
    .init(161, 0, ["extended-echo-no-error"], "The interface exists; its state follows.", .reply),
    .init(161, 1, ["extended-echo-malformed-query"], "The question could not be read.", .reply),
    .init(161, 2, ["extended-echo-no-such-interface"], "There is no such interface.", .reply),
    .init(161, 3, ["extended-echo-no-such-table-entry"], "No such neighbour in the table.", .reply),
    .init(161, 4, ["extended-echo-multiple-interfaces"], "More than one interface fits the question.", .reply),
    .init(200, ["private-experiment-200"], "For private experiments.", .refuse, see: ["IP6011"]),
    .init(201, ["private-experiment-201"], "For private experiments.", .refuse, see: ["IP6011"]),
    .init(255, ["reserved-informational"], "Kept to make room for more types.", .refuse, see: ["IP6011"]),
  ]
}
