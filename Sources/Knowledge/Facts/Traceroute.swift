extension FactTable {
  /// Traceroute, smurf, fraggle, source routing.
  static let tracerouteFacts: [Fact] = [
    Fact(
      ["LS021"], "udp 33434 to 33600, rising, from one source",
      [.ports(33434...33600, .udp), .word("traceroute")],
      means: "A Unix traceroute arrives.",
      advice: "Harmless.",
      today: "Holds.",
      see: ["EXPOSE012"]),
    Fact(
      ["TI004"], "how far away a traceroute started",
      [.ports(33434...33600, .udp), .word("traceroute"), .ttl],
      means: """
        Three probes for each hop count up from 33434, so the first port that you see is about 33434 + 3 × (hops \
        − 1).
        """,
      advice: "Take it as an estimate, one hop more or less.",
      today: "Holds, with that caveat: versions start at 33434 or 33435."),
    Fact(
      ["LS029"], "7/udp over .63 .64 .127 .128 .191 .255",
      [.port(7, .udp), .word("fraggle"), .word("directed-broadcast")],
      means: """
        Someone floods the edges of all subnets that /25 and /26 can make, in the victim's name, with random \
        source ports.
        """,
      advice: "Block directed broadcasts. The source is the victim.",
      today: "Dated.",
      see: ["BCAST001"]),
    Fact(
      ["LE029"], "only one of your networks is hit",
      [.word("fraggle"), .word("smurf"), .word("amplifier-search")],
      means: "It stands in a public list of networks that amplify.",
      advice: "Repair it, then ask to be taken off.",
      today: "Dated."),
    Fact(
      ["LE030"], "why echo of all ports?",
      [.port(7, .udp), .word("fraggle")],
      means: """
        The tools sent it by default, hosts answered it even as a broadcast, and filters often let it pass.
        """,
      advice: "Nothing more than blocking it.",
      today: "Dated."),
    Fact(
      ["RC011"], "source-routed packets not blocked",
      [.word("source-routing"), .word("source-route"), .word("lsrr"), .word("ssrr")],
      means: """
        With the options LSRR and SSRR the sender chooses the way, and the way back: it reaches private hosts \
        behind the firewall, and answers to forged addresses come to it.
        """,
      advice: "Drop both options at the firewall, and set `accept_source_route=0` everywhere.",
      today: "Holds: RFC 7126 says drop; IPv6 abolished its routing header of type 0 (RFC 5095).",
      see: ["OPT001", "OPT002", "OPT005"]),
    Fact(
      ["LE022"], "source routing for tests",
      [.word("source-routing"), .word("source-route")],
      means: "Managers once measured the way from A by B to C with it.",
      advice: "No such use is left.",
      today: "Dated."),
    Fact(
      ["RC012"], "trust by source address alone",
      [.word("source-routing"), .word("spoofing")],
      means: "Whoever can forge an address, or route its answers, gets what the address may.",
      advice: "Bind the address to the interface it must come from.",
      today: "Holds.",
      see: ["HYG014", "SPOOF001"]),
  ]
}
