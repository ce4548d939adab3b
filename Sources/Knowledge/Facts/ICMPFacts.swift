extension FactTable {
  /// What the FAQ says of ICMP.
  static let icmpFacts: [Fact] = icmpFacts1 + icmpFacts2

  /// Part 1 of `icmpFacts`; a part stays small for the type checker.
  private static let icmpFacts1: [Fact] = [
    Fact(
      ["LE015"], "ICMP with ports in the log",
      [.word("icmp-port"), .icmp(8)],
      means: """
        A line such as "from A:8 to B:0 proto 1" shows type and code of ICMP where ports would stand: here 8/0, \
        a ping.
        """,
      advice: "With protocol 1, read the two numbers as type and code.",
      today: "Holds."),
    Fact(
      ["IC001"], "icmp 0 (echo reply)",
      [.icmp(0)],
      means: "The answer to a ping.",
      advice: "Accept it only as the answer to a request of yours (`ct state established`).",
      today: "Holds.",
      see: ["ICMP017"]),
    Fact(
      ["LS006"], "echo replies nobody asked for",
      [.icmp(0), .word("covert-channel"), .word("decoy")],
      means: """
        Somebody inside pings, or a program measures the line; else a sweep used your address as a decoy, or a \
        hidden channel carries commands.
        """,
      advice: "Let conntrack judge: an unasked reply is `invalid`, and is dropped.",
      today: "Holds: Linux gives such a packet the state invalid.",
      see: ["ICMP017"]),
    Fact(
      ["RC007"], "echo replies accepted without state",
      [.icmp(0), .word("covert-channel")],
      means: "Tools that control floods hid their orders in echo replies, because filters let those in.",
      advice: "Accept replies by state only.",
      today: "Holds.",
      see: ["ICMP017"]),
    Fact(
      ["LE016"], "pings of several sizes from PCs",
      [.icmp(8), .word("ping")],
      means: "Net.Medic and the like measured the speed of a line so.",
      advice: "Harmless.",
      today: "Dated."),
    Fact(
      ["IC002"], "icmp 3 (destination unreachable)",
      [.icmp(3)],
      means: "A packet of yours did not arrive; the code says why.",
      advice: "Accept it when it belongs to a flow of yours (`related`).",
      today: "Holds.",
      see: ["ICMP008"]),
    Fact(
      ["RC008"], "all unreachables dropped on the way in",
      [.icmp(3), .word("unreachable")],
      means: """
        Without them your programs wait for timeouts where they could fail at once, and a flooded host cannot \
        discard forged half-open connections.
        """,
      advice: "Accept `related`.",
      today: "Holds.",
      see: ["ICMP008"]),
    Fact(
      ["LS007"], "unreachables from hosts you never asked",
      [.icmp(3), .word("backscatter"), .word("decoy")],
      means: """
        Somebody sends with your address as a forged source, as a decoy or in a flood, and you get the echo \
        (backscatter).
        """,
      advice: """
        Look at the packet quoted in the brackets: ports that jump about mean a decoy scan. Open nothing.
        """,
      today: "Holds."),
    Fact(
      ["IC003"], "icmp 3/0 (network unreachable)",
      [.icmp(3, code: 0)],
      means: "A router knows no way: the routing is broken, or the address was wrong.",
      advice: "Accept `related`.",
      today: "Holds; RFC 1122 calls it a soft error, which must not end a connection.",
      see: ["ICMP008"]),
    Fact(
      ["IC015"], "icmp 3/0 together with \"No route to host\"",
      [.icmp(3, code: 0)],
      means: "Your own routing table lacks the way; seen often on point-to-point lines.",
      advice: "Look at `ip route`.",
      today: "Holds."),
    Fact(
      ["IC004"], "icmp 3/1 (host unreachable)",
      [.icmp(3, code: 1)],
      means: "The last router got no ARP answer: the host is off or not there.",
      advice: "Accept `related`.",
      today: "Holds.",
      see: ["ICMP008"]),
    Fact(
      ["IC005"], "icmp 3/3 (port unreachable)",
      [.icmp(3, code: 3)],
      means: "Nobody listens at that UDP port.",
      advice: "Accept `related`: it ends the waiting.",
      today: "Holds.",
      see: ["ICMP008"]),
    Fact(
      ["LE017"], "the quoted packet in 3/3",
      [.icmp(3, code: 3), .word("embedded-packet"), .word("inner-packet")],
      means: """
        The error quotes the head of the packet it is about; the quoted UDP ports say what was tried. In the \
        FAQ's hex dump 08A7 and 7919 are ports 2215 and 31001, the length 51.
        """,
      advice: "Read the part in brackets of the log line.",
      today: "Holds."),
    Fact(
      ["LS008"], "many 3/3 whose quoted port changes",
      [.icmp(3, code: 3), .word("decoy"), .word("backscatter")],
      means: "One host refuses ports that you never tried: a UDP scan was sent in your name.",
      advice: "Ignore it or tell that host's owner.",
      today: "Holds."),
    Fact(
      ["LS009"], "3/3 that quotes source port 53",
      [.icmp(3, code: 3), .word("late-dns")],
      means: "The client had given up when the DNS answer came at last.",
      advice: "Make the resolver faster; the firewall is not the cause.",
      today: "Holds."),
    Fact(
      ["LS010"], "3/3 that quotes a second DNS answer",
      [.icmp(3, code: 3), .word("late-dns"), .word("dns-poisoning")],
      means: """
        The answer came twice: an old Sun with two interfaces of one MAC address, a faulty resolver, or somebody \
        who tries to poison the cache.
        """,
      advice: "Check whether the copies come from the same place.",
      today: "The hardware is dated; poisoning is not."),
    Fact(
      ["LS011"], "3/3 that quotes port 137",
      [.icmp(3, code: 3), .word("netbios")],
      means: "Windows asked a host that is no Windows for its name and was refused.",
      advice: "Give the address a name in DNS (PTR).",
      today: "Dated."),
    Fact(
      ["LS012"], "three 3/3 in a row, quoted port from 33434",
      [.icmp(3, code: 3), .word("traceroute")],
      means: "A traceroute of somebody inside has arrived.",
      advice: "Harmless.",
      today: "Holds."),
    Fact(
      ["LS023"], "three 3/3 in a row on the way out",
      [.icmp(3, code: 3), .word("traceroute")],
      means: "Somebody's traceroute has reached a host of yours.",
      advice: "Harmless.",
      today: "Holds."),
    Fact(
      ["IC006"], "icmp 3/4 (fragmentation needed)",
      [.icmp(3, code: 4), .word("pmtu"), .word("path-mtu")],
      means: """
        A hop cannot carry a packet so large; the sender must make smaller ones. A firewall that refuses this \
        message harms itself.
        """,
      advice: "Let it through: `ct state related accept`.",
      today: "Holds: RFC 1191; in IPv6 the same is type 2, packet too big (RFC 8201).",
      see: ["ICMP001", "ICMP005"]),
    Fact(
      ["RC009"], "icmp 3/4 not accepted",
      [.icmp(3, code: 4), .word("pmtu"), .word("path-mtu")],
      means: """
        Connections open, for small packets pass, and then hang at the first full one: half a page loads, a \
        transfer stops. Tunnels such as IPsec make it likely.
        """,
      advice: "Accept 3/4 before any rule that drops ICMP.",
      today: "Holds; it is the commonest serious fault of filters.",
      see: ["ICMP001"]),
    Fact(
      ["LE018"], "why senders avoid fragments",
      [.icmp(3, code: 4), .word("pmtu"), .word("path-mtu"), .word("fragments")],
      means: """
        A 1500-byte packet on a hop of 600 becomes three pieces, each with its own risk; so stacks set DF and \
        learn what the path takes.
        """,
      advice: "Nothing to do, but let the answers in.",
      today: "Holds."),
    Fact(
      ["IC007"], "icmp 4 (source quench)",
      [.icmp(4)],
      means: "A router or host asks the sender to slow down.",
      advice: "Drop it.",
      today: "Superseded: RFC 6633 forbids sending it and demands that hosts ignore it.",
      see: ["ICMP011"]),
    Fact(
      ["RC010"], "source quench accepted",
      [.icmp(4), .word("source-quench")],
      means: "Anybody who forges it can slow down a connection of yours.",
      advice: "Drop type 4.",
      today: "Superseded: hosts must ignore it (RFC 6633), so accepting it gains nothing.",
      see: ["ICMP011"]),
    Fact(
      ["LE019"], "who sent a source quench",
      [.icmp(4), .word("source-quench")],
      means: """
        During a flood its source address means nothing, since it can be forged; some mail servers really sent \
        it.
        """,
      advice: "Do not chase the address.",
      today: "Dated."),
  ]

  /// Part 2 of `icmpFacts`; a part stays small for the type checker.
  private static let icmpFacts2: [Fact] = [
    Fact(
      ["IC008"], "icmp 5 (redirect)",
      [.icmp(5)],
      means: """
        Somebody asks your host to use another gateway; on a LAN that is how a man puts himself in the middle.
        """,
      advice: "Drop it from outside, and set `accept_redirects=0`.",
      today: "Holds.",
      see: ["ICMP012"]),
    Fact(
      ["IC009"], "icmp 8 (echo request)",
      [.icmp(8), .word("ping")],
      means: "A ping.",
      advice: "Your choice; a rate limit is enough.",
      today: "Holds.",
      see: ["ICMP016"]),
    Fact(
      ["LS013"], "ping to .0 or .255",
      [.icmp(8), .word("smurf"), .word("amplifier-search")],
      means: "Someone looks for a network that answers a broadcast, to use it for smurf.",
      advice: "Do not forward directed broadcasts.",
      today: "Holds as a principle.",
      see: ["BCAST001"]),
    Fact(
      ["LS028"], "pings to a broadcast address",
      [.icmp(8), .word("smurf")],
      means: "A smurf attack: the source address is forged, and its owner is the victim of all the answers.",
      advice: "Do not blame the source; block directed broadcasts.",
      today: "Holds as a principle.",
      see: ["BCAST001", "BCAST004"]),
    Fact(
      ["LE020"], "what a ping carries",
      [.icmp(8), .word("ping")],
      means: "Scanners such as ISS and WhatsUp ping first, and sign the data in it.",
      advice: "A packet capture shows it; a log line does not.",
      today: "Dated tools."),
    Fact(
      ["LE021"], "scanned although ping is blocked",
      [.icmp(8), .word("ack-scan"), .word("ping")],
      means: "A TCP segment with ACK passes filters without state, and its RST tells that the host is there.",
      advice: "Filter by state, and drop new TCP that is no SYN.",
      today: "Holds.",
      see: ["STATE005", "SRC010"]),
    Fact(
      ["LS022"], "pings with rising TTL",
      [.icmp(8), .word("traceroute")],
      means: "Windows' `tracert` uses pings where Unix uses UDP.",
      advice: "Harmless.",
      today: "Holds."),
    Fact(
      ["IC010"], "icmp 9 (router advertisement)",
      [.icmp(9)],
      means: """
        A forged advertisement of ICMP router discovery (IRDP) changed the default route of Windows 9x and \
        Solaris.
        """,
      advice: "Drop it.",
      today: """
        Dated for IPv4; its successor in IPv6 is type 134, and rogue advertisements are real there (RFC 6104).
        """,
      see: ["ICMP015", "IP6006"]),
    Fact(
      ["IC011"], "icmp 11 (time exceeded)",
      [.icmp(11)],
      means: "A packet ended on its way.",
      advice: "Accept `related`.",
      today: "Holds.",
      see: ["ICMP008"]),
    Fact(
      ["IC012"], "icmp 11/0 (TTL exceeded)",
      [.icmp(11, code: 0), .word("traceroute")],
      means: "The answer that traceroute lives on; without one, the sign of a routing loop.",
      advice: "Accept `related` on the way in.",
      today: "Holds.",
      see: ["ICMP008"]),
    Fact(
      ["LS014"], "many 11/0 on the way in",
      [.icmp(11, code: 0), .word("traceroute"), .word("routing-loop")],
      means: """
        Somebody inside runs traceroute, a route loops, or a system starts with too small a TTL for the \
        distance.
        """,
      advice: "Harmless, unless it goes on for one destination: then it is a loop.",
      today: "Holds."),
    Fact(
      ["LS017"], "11/0 from a private address",
      [.icmp(11, code: 0), .word("private-source"), .word("traceroute")],
      means: "Your provider's routers have private addresses, and answer your traceroute from them.",
      advice: "Harmless. Do not drop `related` packets for their private source.",
      today: "Holds.",
      see: ["SPOOF006"]),
    Fact(
      ["RC015"], "11/0 let out",
      [.icmp(11, code: 0), .word("traceroute")],
      means: "Outsiders can draw your inner network by it; the FAQ would block it.",
      advice: "Your choice. Who blocks it spoils others' search for faults.",
      today: """
        Superseded in spirit: RFC 1812 requires routers to send it, and RFC 4890 says of IPv6 that 3/0 must not \
        be dropped.
        """,
      see: ["ICMP008"]),
    Fact(
      ["IC013"], "icmp 11/1 (reassembly time exceeded)",
      [.icmp(11, code: 1)],
      means: "Not all pieces of a packet came in time.",
      advice: "Accept `related`.",
      today: "Holds.",
      see: ["ICMP008"]),
    Fact(
      ["IC016"], "11/1 seen",
      [.icmp(11, code: 1), .word("fragments")],
      means: "Traffic between two sites is fragmented, and pieces get lost.",
      advice: "Look for an MTU problem, or a crowded line.",
      today: "Holds: RFC 8900 tells why fragments are fragile."),
    Fact(
      ["IC014"], "icmp 12 (parameter problem)",
      [.icmp(12)],
      means: "A header could not be read; the FAQ suspects an attack.",
      advice: "Accept `related`, drop the rest.",
      today: "Dated view: a bad IP option gives it rightly."),
    Fact(
      ["IC017"], "icmp 12 seen",
      [.icmp(12), .word("fingerprinting")],
      means: "Perhaps somebody tries how your system treats broken headers.",
      advice: "Log it.",
      today: "Dated."),
    Fact(
      ["RC016"], "all ICMP denied",
      [.word("icmp"), .word("icmp-blocked"), .icmp(3, code: 4)],
      means: "ICMP is how IP steers itself. At least 3/4 must pass, else transfers hang.",
      advice: "Accept errors by state, and echo requests at a limited rate.",
      today: "Holds; RFC 4890 gives the minimum for IPv6.",
      see: ["ICMP009", "ICMP001"]),
    Fact(
      ["RC017"], "unreachables denied",
      [.icmp(3), .word("unreachable")],
      means: "Accepting them makes failures quick, but somebody could forge one to cut a connection.",
      advice: "Accept `related` only: conntrack checks the quoted packet.",
      today: "Holds; TCP itself checks too (RFC 5927).",
      see: ["ICMP008"]),
    Fact(
      ["RC018"], "ping and traceroute for users",
      [.icmp(8), .icmp(0), .word("ping"), .word("traceroute")],
      means: "People want them; nothing needs them. Echo replies can hide a channel.",
      advice: "Accept requests on the way out, and answers by state.",
      today: "Holds.",
      see: ["ICMP017"]),
  ]
}
