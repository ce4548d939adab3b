extension FactTable {
  /// Destination ports from 1024 up that the FAQ speaks of, without trojans and games.
  static let highPorts: [Fact] = highPorts1 + highPorts2

  /// Part 1 of `highPorts`; a part stays small for the type checker.
  private static let highPorts1: [Fact] = [
    Fact(
      ["P038"], "ports 1024 to 1027",
      [.ports(1024...1027, .both)],
      means: "The first ports that old systems handed to clients; they mean nothing in themselves.",
      advice: "Look at the source port, which tells the service.",
      today: "Dated: clients start far higher now and choose at random (RFC 6056).",
      see: ["SRC009"]),
    Fact(
      ["P039"], "port 1080/tcp (socks)",
      [.port(1080, .tcp)],
      means: """
        Hunters of open proxies: IRC networks that check their users, spammers, and keepers of proxy lists.
        """,
      advice: """
        Never offer a proxy to the world. A probe right after you joined IRC is that network's check; reject it.
        """,
      today: "Holds.",
      see: ["EXPOSE005"]),
    Fact(
      ["P040"], "port 1114/tcp (mini-SQL)",
      [.port(1114, .tcp)],
      means: "One of the ports that the scanner sscan tries.",
      advice: "Take it as a sign of sscan (see `explain sscan`), not of interest in a database.",
      today: "Dated."),
    Fact(
      ["P042"], "port 1433/tcp (Microsoft SQL Server)",
      [.port(1433, .tcp)],
      means: "Worms and people try the database, first of all the account `sa` with a weak password.",
      advice: "Never let a database be reached from outside.",
      today: "Holds.",
      see: ["EXPOSE004"]),
    Fact(
      ["LS036"], "a sweep of 1433/tcp",
      [.port(1433, .tcp), .word("sql-sweep"), .word("worms")],
      means: "One source asks many hosts for Microsoft SQL Server: a worm, or a search for bad passwords.",
      advice: "Drop it.",
      today: "Holds.",
      see: ["EXPOSE004"]),
    Fact(
      ["P043"], "port 1434/udp (SQL Server browser)",
      [.port(1434, .udp)],
      means: "Asks which database instances run, or carries the Slammer worm.",
      advice: "Never let it be reached from outside, and never let it out.",
      today: "Holds for the port. Corrected: the worm broke out on 25 January 2003, not on the 26th.",
      see: ["EXPOSE004"]),
    Fact(
      ["LS037"], "1434/udp, one packet of LEN=404",
      [.port(1434, .udp), .word("slammer"), .word("worms")],
      means: "Slammer: one packet for each source, 376 bytes of payload and so an IP length of 404.",
      advice: "Drop it. If it comes from inside, that host is infected: unplug it.",
      today: "Dated, yet single packets are still seen."),
    Fact(
      ["RC020"], "1434/udp not filtered on the way out",
      [.port(1434, .udp), .word("egress"), .word("slammer")],
      means: """
        One infected host inside fills the whole uplink, since the worm sends as fast as the line allows.
        """,
      advice: "Let out only what is needed.",
      today: "Holds as a principle: deny by default on the way out too.",
      see: ["EXPOSE008"]),
    Fact(
      ["LE037"], "who sends most of a worm's packets",
      [.port(1434, .udp), .word("worms"), .word("slammer")],
      means: """
        A few hosts on fast lines send most of what you log; the number of lines tells little of the number of \
        infected machines.
        """,
      advice: "Count sources, not lines.",
      today: "Holds."),
    Fact(
      ["P044"], "port 1524/tcp (ingreslock)",
      [.port(1524, .tcp)],
      means: "A root shell that exploits of Sun RPC services left behind here.",
      advice: "If the port was open on a host of yours, look for that shell, and for how it came.",
      today: "Dated."),
    Fact(
      ["P045"], "port 2049 (nfs)",
      [.port(2049, .both)],
      means: "Goes straight to NFS and so around a filter that only blocks the portmapper.",
      advice: "Never let NFS be reached from outside.",
      today: "Holds.",
      see: ["EXPOSE002"]),
    Fact(
      ["P046"], "port 2766/tcp (System V listener)",
      [.port(2766, .tcp)],
      means: "The Solaris print listener; the exploit of snmpXdmid left its shell here.",
      advice: "Treat it as 1524.",
      today: "Dated."),
    Fact(
      ["P047"], "port 3128/tcp (squid)",
      [.port(3128, .tcp)],
      means: "A search for open web proxies, or a chat network that checks you for one.",
      advice: "Never offer a proxy to the world.",
      today: "Holds.",
      see: ["EXPOSE005"]),
    Fact(
      ["P048"], "port 5632/udp (pcAnywhere)",
      [.port(5632, .udp), .port(22, .udp)],
      means: "A pcAnywhere client asks its whole class C network for hosts when it starts; attackers ask too.",
      advice: """
        Judge by distance: a near source is a neighbour (drop it quietly), a far one is looking for victims.
        """,
      today: "Dated: the product ended in 2014."),
    Fact(
      ["P050"], "ports 6970 to 7170/udp (RealAudio)",
      [.ports(6970...7170, .udp)],
      means: "An audio stream to a client, agreed on over 7070/tcp.",
      advice: "A user of yours is listening, or the address's last holder was.",
      today: "Dated."),
    Fact(
      ["P098"], "ports 6970 to 7170/udp after a new address",
      [.ports(6970...7170, .udp), .word("inherited-address")],
      means: "A stream that was meant for the last holder of your address.",
      advice: "Harmless; it stops by itself.",
      today: "Dated."),
    Fact(
      ["P051"], "port 13223/tcp (PowWow)",
      [.port(13223, .tcp)],
      means: "A chat program that calls again and again, as regularly as a heart; its data starts with `OPNG`.",
      advice: "Ignore it on a dynamic address: the last holder chatted.",
      today: "Dated."),
    Fact(
      ["P052"], "port 17027/tcp on the way out (Conducent)",
      [.port(17027, .tcp), .word("adware")],
      means: "Advertising software on a PC inside calls its home.",
      advice: """
        Reject the port and clean the PC. Do not route the ad servers' addresses to nowhere: the client then \
        hammers.
        """,
      today: "Dated product; the principle holds."),
    Fact(
      ["RC004"], "adware stopped by address",
      [.port(17027, .tcp), .word("adware"), .word("egress")],
      means: "A client whose packets vanish tries again at once and for ever; one that is refused goes quiet.",
      advice: "Reject what is forbidden on the way out, instead of dropping it.",
      today: "Holds as a principle.",
      see: ["REJ007"]),
    Fact(
      ["P057"], "ports 32770 to 32900 (Solaris RPC)",
      [.ports(32770...32900, .both)],
      means: """
        Sun's RPC services live here, with a second portmapper on old Solaris, behind the back of a filter for \
        low ports.
        """,
      advice: "Deny high ports by default too.",
      today: "Dated range; the principle holds.",
      see: ["EXPOSE002"]),
    Fact(
      ["P058"], "ports 33434 to 33600/udp (traceroute)",
      [.ports(33434...33600, .udp), .word("traceroute")],
      means: "Traceroute of Unix counts its probes up from port 33434.",
      advice: "Reject with port unreachable, so that the trace ends well, or drop it quietly.",
      today: "Holds: 33434 is still the base.",
      see: ["EXPOSE012"]),
    Fact(
      ["P059"], "port 41508/udp (Inoculan)",
      [.port(41508, .udp)],
      means: "An antivirus product floods the subnet to find its peers.",
      advice: "Set the product right.",
      today: "Dated."),
    Fact(
      ["P082"], "web servers at other ports",
      [
        .port(81, .tcp), .port(88, .tcp), .port(8000, .tcp), .port(8080, .tcp), .port(8888, .tcp),
        .word("remapped-port"),
      ],
      means: "81, 88, 8000, 8080, 8888 and the like are web servers or proxies that moved from 80.",
      advice: "Treat them as the web.",
      today: "Holds (88/tcp is Kerberos as well).",
      see: ["EXPOSE005"]),
    Fact(
      ["P085"], "the ports of a proxy scan",
      [
        .port(80, .tcp), .port(81, .tcp), .port(88, .tcp), .port(3128, .tcp), .port(8000, .tcp), .port(8080, .tcp),
        .port(8888, .tcp), .word("proxy-scan"),
      ],
      means: "Three or more of 80, 81, 88, 3128, 8000, 8080 and 8888 from one source: it looks for proxies.",
      advice: "Refuse them.",
      today: "Holds.",
      see: ["EXPOSE005"]),
    Fact(
      ["P083"], "port 1100/tcp (POP3 moved)",
      [.port(1100, .tcp), .word("remapped-port")],
      means: "A POP3 server that was moved from 110 by adding a zero.",
      advice: "Treat it as POP3.",
      today: "Dated."),
  ]

  /// Part 2 of `highPorts`; a part stays small for the type checker.
  private static let highPorts2: [Fact] = [
    Fact(
      ["P084"], "numbers that people like",
      [
        .port(42, .both), .port(69, .both), .port(666, .both), .port(12345, .both), .port(23456, .both),
        .port(34567, .both), .port(31337, .both), .word("remapped-port"),
      ],
      means: """
        42, 69, 666, 12345, 23456, 34567, 31337: programmers choose such ports for fun, so they say nothing for \
        certain.
        """,
      advice: "Look at the data before you name it.",
      today: "Holds."),
    Fact(
      ["LE013"], "why a service sits above 1023",
      [.word("remapped-port"), .portRange(1024...49151), .port(8080, .tcp)],
      means: "The server's owner has no root rights, or the provider blocks the low ports.",
      advice: "Nothing to do; it is no sign of malice.",
      today: "Holds."),
    Fact(
      ["LE014"], "what does an unknown port want?",
      [.word("unknown-port"), .portRange(1024...49151), .portRange(49152...65535)],
      means: "The first bytes that the caller sends tell more than the number.",
      advice: "Listen and look, on a host where nothing can break: `nc -lk PORT`, or `tcpdump -X port PORT`.",
      today: "Holds as a method; the FAQ's netcat options are those of its time."),
  ]
}
